#include "data/synth_plots.h"

namespace tern {
namespace {

constexpr Plot kPlots[] = {
    {"losing something and finding it again", "The Lost {Toy}", "it helps to go back one step at a time",
     false,
     "toy=teddy bear|red ball|little drum|blue scarf|silver whistle|toy train;spot=under the old "
     "bench|behind the flower "
     "pots|inside a rain boot|between two big stones",
     "{Day}, {N} could not find {his} {toy}. {He} looked under the bed, behind the door, and even in the "
     "kitchen. [It was "
     "nowhere.|There was no {toy} to be seen.] [\"I had it yesterday,\" {he} said sadly.|{His} eyes filled "
     "with tears.]\n"
     "& \"When did you have it last?\" asked {M}. {N} thought hard. \"I played with it [after lunch|before "
     "the rain came], and "
     "then I [ran inside|went to get a drink].\" \"Then let's go the same way again,\" said {M}.\n"
     "They went back, one step at a time. And there, {spot}, lay the {toy}! {N} [hugged it tight|jumped for "
     "joy]. \"Next "
     "time I will put it back in its place,\" {he} said."},
    {"sharing a treat", "The Last {Treat}", "a treat tastes better when it is shared", true,
     "treat=cookie|muffin|pancake|slice of cake|peach|plum",
     "{Day}, {kin} gave them a plate of food. They ate and ate, until only one {treat} was left. Both of "
     "them wanted it. "
     "[\"I saw it first!\" said {N}.|\"It should be mine,\" said {N}.] \"But I am still hungry,\" said {M}.\n"
     "{N} took the {treat} and [ran behind a tree|turned {his} back]. {He} was about to take a bite when "
     "{he} saw {M}'s "
     "face. {M} was not angry. {M} only looked sad. Suddenly the {treat} did not look so good anymore.\n"
     "{N} came back and [broke it in two|cut it into two parts]. One part was a little bigger. \"This one is "
     "for you,\" {he} "
     "said, and gave {M} the bigger one. They [sat in the sun|sat side by side] and ate, and it was the best "
     "{treat} of the "
     "day."},
    {"being afraid of the dark", "{N} and the Dark", "the dark only hides what we know by day", false,
     "shape=a tall monster|a giant bird|a hungry wolf|a ghost with long arms;thing=coat on the door|chair "
     "with a pile of "
     "clothes|old curtain|plant in the corner",
     "Every evening, when the light went out, {N} became afraid. That night, {he} saw {shape} in {his} room. "
     "{He} pulled the "
     "blanket over {his} head and [did not dare to move|held {his} breath].\n"
     "{He} called out, and {kin} came in with a small lamp. \"There is something in the corner,\" whispered "
     "{N}. \"Shall we look "
     "at it together?\" asked {kinname}. [Slowly|Step by step], they came closer, and the light fell on the "
     "corner.\n"
     "It was only the {thing}! {N} had to laugh. \"Hello, {thing},\" {he} said. \"You [scared|fooled] me.\" "
     "{Kinname} left the "
     "door open a little. When {N} looked into the corner again, {he} was not afraid anymore."},
    {"the first day at school", "{N} Goes to School", "everybody is new at first", false,
     "gift=a drawing|half of an apple|a shiny stone|a paper star",
     "It was {N}'s first day at school. {His} bag was new, {his} shoes were new, and everything felt "
     "strange. In the "
     "classroom, all the others seemed to know each other. {N} sat down at the last table and looked at the "
     "floor. [\"I want "
     "to go home,\" {he} thought.|\"Nobody will play with me,\" {he} thought.]\n"
     "# \"It is my first day,\" said {N} in a very small voice. \"Mine too!\" said {M}. \"I thought I was "
     "the only one. Can I sit "
     "here?\" {N} nodded, and {M} gave {him} {gift}.\n"
     "They learned a song, counted to twenty, and ran around the yard. When {kin} came in the afternoon, {N} "
     "asked, \"Is "
     "there school tomorrow too?\""},
    {"telling the truth", "The Broken {Thing}", "the truth is easier to carry than a lie", false,
     "thing=cup|vase|plate|lamp|jar",
     "{N} was not allowed to play ball in the house. But it was raining outside, and {he} threw {his} ball "
     "just once. Crash! "
     "The {thing} fell from the shelf and broke. [{N} stood very still.|{N} felt hot and cold.] Quickly {he} "
     "pushed the "
     "pieces under the [rug|sofa].\n"
     "At dinner, {N} could not eat. \"Are you ill?\" asked {kinname}. {N} shook {his} head. {He} thought of "
     "the {thing}, and {his} "
     "stomach hurt. At last {he} could not bear it. \"I broke the {thing},\" {he} said, \"and I hid it. I am "
     "so sorry.\"\n"
     "{Kinname} was quiet for a moment. \"I am sad about the {thing},\" said {kinname}, \"but I am glad that "
     "you told me.\" Together "
     "they [glued the pieces|swept up the pieces]. And suddenly {N} was [very hungry|hungry again]."},
    {"helping a bird with a hurt wing", "A Friend with Wings",
     "those we help are free to go, and may come back", false,
     "bird=sparrow|robin|swallow|blackbird;food=seeds|crumbs|small berries",
     "{Day}, {N} found a little {bird} in {place}. It hopped in a circle and could not fly. One of its wings "
     "hung down. [{N} did "
     "not know what to do.|\"Poor thing,\" said {N}.]\n"
     "& \"We must keep it warm and quiet,\" said {M}. They found a box and put soft grass in it. Each "
     "morning {N} brought water and "
     "{food}. At first the {bird} was afraid. After a few days, it ate out of {his} hand.\n"
     "Then one morning, the {bird} spread both its wings. {N} opened the window. It flew out, made a circle "
     "above the house, and was "
     "gone. {N} was happy and sad at the same time. But in the evening, a little {bird} sat at the window "
     "and sang."},
    {"waiting for a seed to grow", "The Slow Seed", "good things need time", false,
     "plant=sunflower|bean|pumpkin|pea;days=three|four|five",
     "{N} put a {plant} seed into a pot, gave it some water, and sat down to watch. Nothing happened. The "
     "next morning {he} "
     "looked again. Nothing but [brown earth|dirt]. After {days} days, {N} was [angry|cross]. \"This seed is "
     "broken!\" {he} said. "
     "{He} wanted to dig it up.\n"
     "& \"Do not dig it up,\" said {M}. \"A seed works in the dark, where we cannot see it. Give it water, "
     "and light, and time.\" So "
     "{N} waited. {He} sang to the pot and told it about {his} day.\n"
     "And one morning, there was a tiny green tip. It grew into a leaf, and then two, and at the end of the "
     "summer the {plant} was "
     "taller than {N}. \"You were worth waiting for,\" {he} said."},
    {"learning to ride a bike", "Two Wheels", "falling is part of learning", false,
     "color=red|blue|yellow|green",
     "{N} had a new {color} bike. {He} had dreamed of it all winter. But when {he} got on, the bike fell to "
     "the left. Then it fell "
     "to the right. [After the fifth fall, {his} knee hurt.|Soon {his} elbows were full of dust.] \"I will "
     "never learn it,\" {he} said.\n"
     "& \"Do you know how often I fell?\" said {M}. \"More than you can count. Look ahead, not at the "
     "ground. I will hold the bike.\" {N} "
     "got on again. {He} looked at the big tree at the end of the path and [pushed|pedaled]. \"Do not let "
     "go!\" {he} called. "
     "But {M} was already far behind.\n"
     "{N} was riding! The wind blew into {his} face, and the tree came closer and closer. {He} even managed "
     "to stop. Almost. "
     "{He} landed in the grass and laughed until {his} belly hurt."},
    {"learning to swim", "Like a {Swimmer}", "small steps lead into deep water", false,
     "swimmer=frog|duck|fish|otter",
     "All the others jumped into the lake, but {N} stayed on the shore. The water looked [deep|dark] and "
     "cold. \"Come in!\" they "
     "called. {N} put one toe into the water and pulled it out again.\n"
     "& \"You do not have to jump,\" said {M}. \"Today we only get our feet wet.\" That was easy. The next "
     "day, they went in up to the "
     "knees. On the third day, {M} showed {him} how {a swimmer} moves, and {N} tried it while {M} held "
     "{him}.\n"
     "By the end of the week, {N} swam five strokes all alone. {He} swallowed some water and coughed, but "
     "{he} did not mind. "
     "\"Did you see that?\" {he} shouted. \"I am {a swimmer}!\""},
    {"a quarrel between friends", "The Wall in the Middle", "saying sorry first takes the most courage", true,
     "game=building a tower|building a castle|painting a big picture|setting up a train track",
     "{Day}, the two of them were {game}. \"The door must be here,\" said {N}. \"No, over there,\" said {M}. "
     "[They got louder and "
     "louder.|One word led to another.] In the end {N} shouted, \"Then do it alone!\" and walked away.\n"
     "At home, {N} was angry for a while. Then {he} was bored. {He} tried to play by {himself}, but every "
     "game needed two. {He} looked out "
     "of the window. Was {M} looking out of a window too?\n"
     "{N} went back. On the way {he} met {M}, who was just coming to see {him}. \"I am sorry,\" both said at "
     "the same time. They "
     "laughed. \"We could make two doors,\" said {N}. And that is what they did."},
    {"a race", "The Big Race", "it is not always the fastest who wins", true,
     "prize=a golden cup|a basket of apples|a blue ribbon|a big cake",
     "There was a race in {place}, and the prize was {prize}. {M} could run like the wind. \"I will win "
     "anyway,\" {mhe} said and "
     "[yawned|laughed]. {N} was not fast, but {he} had practiced every morning.\n"
     "The race began. {M} was soon far ahead. Halfway, {mhe} saw [a butterfly|a bush full of berries|a soft "
     "place in the shade] and "
     "stopped. \"I have plenty of time,\" thought {M}. {N} ran on, step after step, at the same speed.\n"
     "When {M} remembered the race, {N} was almost there. {M} ran as fast as {mhe} could, but it was too "
     "late. {N} [got the prize|"
     "came in first], and then {he} shared it with {M}. \"Next time I will not stop,\" said {M}. \"Next time "
     "I will be glad to have such "
     "a fast friend,\" said {N}."},
    {"a storm and a tree house", "The House in the Tree", "what breaks can be built again, and better", true,
     "tree=oak|apple tree|maple tree|beech",
     "In the old {tree}, {N} and {M} had a tree house. It was small and crooked, and they loved it. One "
     "night there was a storm. "
     "The wind howled, and rain beat against the windows. In the morning, the tree house lay in pieces on "
     "the ground.\n"
     "[{N} sat down and cried.|{N} could not say a word.] \"All our work,\" said {M}. Then {M} picked up a "
     "board. It was still good. {N} "
     "picked up another one. They looked at each other.\n"
     "They worked for [a week|many days]. They used longer nails and a stronger rope. This time there was a "
     "window, and a little roof for "
     "the birds. When the next storm came, they sat inside, and nothing shook at all."},
    {"a lost kitten", "Whose Kitten?", "kindness sometimes means giving something back", false,
     "color=grey|black|white|orange|striped;street=at the end of the road|next to the bakery|on the other "
     "side of the bridge",
     "{Day}, {N} heard a soft cry behind a [bush|fence]. It was {a color} kitten, wet and cold. {N} dried it "
     "and gave it milk. It fell "
     "asleep on {his} lap. [\"I will keep you for ever,\" said {N}.|\"You are mine now,\" {N} whispered.]\n"
     "But the kitten wore a small [collar|ribbon]. Somebody must be missing it. {N} did not want to think "
     "about that, yet {he} could think of "
     "nothing else.\n"
     "& \"Let's ask around,\" said {M}. They went from door to door. In a house {street}, an old woman "
     "opened. When she saw the kitten, "
     "her whole face lit up. \"Come and visit us whenever you like,\" she said to {N}. And {he} did, every "
     "single week."},
    {"baking a cake", "The Cake without Eggs", "asking the neighbors makes more than a cake", true,
     "need=eggs|sugar|flour|butter",
     "{N} and {M} wanted to bake a cake for {kin}. They put on aprons and got out the big bowl. But when "
     "they looked for the {need}, "
     "there was none left. [\"No {need}, no cake,\" said {M}.|\"What now?\" asked {M}.]\n"
     "They knocked at the first door. \"I have no {need},\" said the neighbor, \"but take these raisins.\" "
     "At the second door they got nuts. "
     "At the third door, an old man gave them all the {need} that they needed. \"May I have a piece when it "
     "is done?\" he asked.\n"
     "The cake became so big that it hardly fit into the oven. In the evening, all the neighbors sat around "
     "one table. {Kinname} "
     "blew out the candles and said, \"This is the best cake of my life.\""},
    {"building a bridge", "The Bridge over the Stream", "many hands can do what one cannot", false,
     "thing=berries|wild flowers|sweet apples|a swing",
     "On the other side of the stream there were {thing}. But the water was too wide to jump and too deep to "
     "walk through. {N} threw in a "
     "stone. It sank. {He} threw in another one. [\"This will take a hundred years,\" {he} said.|It did not "
     "help at all.]\n"
     "& \"A stone is too small,\" said {M}, \"but over there is a fallen tree.\" They pulled at it as hard "
     "as they could. It did not "
     "move. So {M} whistled, and others came: first two, then five, then ten. \"One, two, three, pull!\" The "
     "tree moved.\n"
     "Soon it lay across the water. {N} went over first, with {his} arms spread wide. After that, the whole "
     "village used the bridge, and "
     "they named it after {N}."},
    {"standing up for somebody", "{N} Says Stop", "one clear word can change a lot", true,
     "thing=hat|bag|glasses|shoes",
     "In {place}, some bigger ones were standing in a circle. In the middle stood {M}. They had taken {mhis} "
     "{thing} and threw it from one "
     "to the other. \"Jump for it!\" they laughed. {M} was close to tears.\n"
     "{N}'s heart beat fast. {He} was smaller than all of them. [{His} knees were shaking.|{He} wanted to "
     "run away.] But {he} thought, \"If "
     "I were {M}, what would I wish for?\" Then {he} stepped into the circle. \"Stop it,\" {he} said. \"That "
     "is not funny. Give it back.\"\n"
     "For a moment it was very quiet. Then somebody else said, \"{N} is right.\" And another one, \"Yes, "
     "stop it.\" The biggest one looked at the "
     "ground and gave back the {thing}. \"Thank you,\" said {M} on the way home. \"I was scared too,\" said "
     "{N}, \"but together we were two.\""},
    {"a new neighbor", "The House Next Door", "a friendly hello opens doors", false,
     "gift=a bunch of daisies|some warm bread|a jar of jam|a picture of the street",
     "A truck stopped in front of the empty house next door. {N} watched from behind the curtain. Somebody "
     "new was moving in. \"I liked it "
     "quiet,\" {he} thought. \"What if they are loud? What if they do not like me?\"\n"
     "{Kinname} said, \"For somebody who is new, everything is strange. What would you like, if it were "
     "you?\" {N} thought about it. Then {he} took "
     "{gift} and rang the bell. The door opened a little. # \"I am {N} from next door,\" said {N}. \"This is "
     "for you.\"\n"
     "{M} smiled for the first time that day. \"I did not know anybody here,\" said {M}. \"Now you know "
     "me,\" said {N}, and showed "
     "{mhim} the best places in the street."},
    {"repairing something old", "The Old {Machine}", "old things and old people know a lot", false,
     "machine=radio|clock|music box|lamp;part=a tiny screw|a little wheel|a thin wire|a small spring",
     "In the attic, {N} found an old {machine}. It was full of dust and did not work. \"Throw it away,\" "
     "said the others. But {N} carried it down "
     "the stairs to {his} grandpa.\n"
     "Grandpa put on his glasses. \"I know this {machine},\" he said. \"It is older than your mother. Shall "
     "we open it?\" They took out one part "
     "after the other and cleaned it. Grandpa explained what each of them was for. At last {N} found the "
     "trouble: {part} was [loose|missing].\n"
     "They put everything together again. {N} held {his} breath and [pressed the button|turned the key]. The "
     "{machine} [came to life|"
     "worked]! Grandpa wiped his eyes. \"It is like meeting an old friend,\" he said."},
    {"getting lost in the woods", "The Way Home", "who stays calm finds the way", true,
     "goal=mushrooms|blackberries|pine cones|hazelnuts",
     "{N} and {M} went into the woods to look for {goal}. They looked on the ground, and not at the way. "
     "When their basket was full, all the trees "
     "looked the same. \"Did we come from there?\" asked {M}. \"I do not know,\" said {N}. [It was getting "
     "dark.|The sun was low already.]\n"
     "{M} wanted to run. \"Wait,\" said {N}. \"If we run, we get lost even more. Let's listen.\" They stood "
     "very still. There was a soft "
     "sound of water. \"The stream!\" said {N}. \"It flows past our village.\"\n"
     "They followed the stream, hand in hand. The forest became thinner, and then they saw the first lights. "
     "{Kin} was waiting at the gate "
     "with a lantern. \"You were clever,\" said {kinname}, \"but next time, you go with me.\""},
    {"a snowman", "The Snowman's Scarf", "a gift can warm two", true, "nose=carrot|pine cone|red pepper",
     "In the night it had snowed. {N} and {M} ran outside and rolled three big balls of snow. They gave the "
     "snowman two stones for eyes and a {nose} for "
     "a nose. \"He looks cold,\" said {M}. So {N} took off {his} own warm scarf and put it around the "
     "snowman's neck.\n"
     "On the way home, the wind was icy. {N} pulled up {his} shoulders and [shivered|sneezed]. {M} saw it, "
     "took one end of {mhis} own long scarf, and put "
     "it around {N}. The other end {mhe} kept. So they walked home, very close together, both with one "
     "scarf.\n"
     "In the morning, the sun was shining. The snowman had become smaller. But he still wore the scarf, and "
     "it seemed to them that he was smiling."},
    {"saving water", "The Empty Well", "every drop counts when all save a little", false,
     "animal=goats|chickens|rabbits|sheep",
     "It had not rained for weeks. The grass was yellow, and the {animal} were thirsty. When {N} let down "
     "the bucket into the well, it came up almost "
     "empty. [\"What shall we do?\" asked {N}.|{N} was frightened.]\n"
     "& \"We cannot make rain,\" said {M}, \"but we can save what is left.\" They went from house to house. "
     "Nobody washed the street anymore. "
     "The water from washing was for the gardens. Each family put out big barrels, in case the rain came.\n"
     "For two more weeks, the water in the well was just enough. Then, one night, there was a soft tapping "
     "on the roof. {N} ran out barefoot. It was "
     "raining! In the morning all the barrels were full, and so was the well."},
    {"a strange noise at night", "What Goes Tap?", "things are less scary when you look at them", true,
     "noise=Tap, tap, tap|Scratch, scratch|Knock, knock|Creak, creak;cause=a branch that touched the "
     "window|a mouse with a nut|a loose "
     "shutter in the wind|a hedgehog at the cat's bowl",
     "{M} was allowed to stay the night at {N}'s house. They were lying in bed when they heard it. {Noise}. "
     "\"Did you hear that?\" whispered {M}. "
     "{Noise}. \"Maybe it is a [robber|dragon|giant],\" whispered {N}. They moved closer together.\n"
     "\"We could call somebody,\" said {M}. \"Or we could look,\" said {N}. {He} was not sure which was "
     "worse. In the end they took the flashlight and went "
     "down the hall on tiptoe. {Noise}. It was coming from [outside|the kitchen].\n"
     "{N} counted to three and turned on the light. It was only {cause}! They laughed so hard that {kin} "
     "woke up. After that, the noise was "
     "almost like a song, and soon they were asleep."},
    {"missing cookies", "Detective {N}", "do not blame anybody before you know", true,
     "thief=the dog|a squirrel|a magpie|the neighbor's cat;clue=crumbs on the floor|a trail of crumbs|small "
     "prints in the flour",
     "On the table there had been ten cookies. Now there were six. \"Was it you?\" {N} asked {M}. \"No!\" "
     "said {M}. \"Was it you?\" {N} became a detective. "
     "{He} put on a big hat and took a magnifying glass.\n"
     "First {he} looked at {M}'s hands. They were clean. Then {he} found {clue}. \"Aha!\" said {N}. They "
     "followed the trail through the kitchen, out of the door, "
     "and around the house.\n"
     "Behind the shed sat {thief}, eating the last bit of the fourth cookie. \"I am sorry that I thought it "
     "was you,\" said {N}. \"And I am sorry that I "
     "thought it was you,\" said {M}. They shared the six cookies, and put the next ones [in a tin|on a high "
     "shelf]."},
    {"stage fright", "The Shy Singer", "courage is being afraid and doing it anyway", false,
     "skill=sing a song|say a poem|tell a story",
     "There was going to be a show in {place}, and {N} wanted to {skill}. At home {he} could do it very "
     "well. But when {he} saw all the chairs in front of the "
     "stage, {his} mouth became dry. [\"I cannot do it,\" {he} said.|{He} wanted to hide behind the "
     "curtain.]\n"
     "@ \"What if I forget everything?\" asked {N}. \"Then look at me,\" said {M}. \"I will sit in the first "
     "row, and you do it only for me.\"\n"
     "The curtain opened. {N} saw a hundred faces, and then the one that {he} knew. {He} took a deep breath "
     "and began. {His} voice shook a little, and "
     "then it did not shake anymore. When it was over, everybody clapped. \"Again!\" they called. And {N} "
     "was glad to do it again."},
    {"a kite in a tree", "The Kite and the Tall Tree",
     "a problem gets smaller when you think before you climb", true,
     "color=red|yellow|blue|green;tool=a long stick|a rake|a fishing rod|a broom",
     "{Day}, {N} and {M} let their {color} kite fly in {place}. It went higher and higher. Then there was a "
     "gust of wind, and the string "
     "[slipped|broke]. The kite came down in the top of a tall tree.\n"
     "\"I will climb up,\" said {N}. But the first branch broke under {his} foot. {M} threw a shoe at the "
     "kite. Now there was a kite in the tree, and a shoe. They sat "
     "down and thought about it.\n"
     "\"How about {tool}?\" said {M}. They tied it to [another stick|a second pole], and {N} stood on a "
     "bench. Just a little more... There! First the shoe came down, "
     "and then the kite. It had only a small hole. They mended it with [tape|a sticker], and by evening it "
     "was flying again, far away from the trees."},
    {"keeping a promise", "A Promise Is a Promise", "a promise is worth more than a party", false,
     "task=feed {his} fish|water {his} flowers|walk {his} dog|look after {his} "
     "rabbit;fun=party|circus|fair|picnic",
     "The old man next door was going away for a week. \"Who will help me?\" he asked. \"I will,\" said {N}. "
     "\"I promise.\" On the first days it was easy. But on "
     "Saturday, there was a {fun} in {place}, and everybody was going.\n"
     "{N} was almost at the {fun} already when {he} remembered. {He} stopped. From far away {he} could hear "
     "the music. & \"You could do it tomorrow,\" said "
     "{M}. \"No,\" said {N}. \"Today is today, and I promised.\" {He} turned around and ran back.\n"
     "When the work was done, somebody knocked. It was {M}, with [two balloons|a bag of popcorn]. \"I "
     "thought you should not miss everything,\" said {M}. "
     "And when the old man came home, he said, \"I knew I could count on you.\""},
    {"a joke that went wrong", "Help, Help!", "who lies for fun is not believed in need", true,
     "danger=wolf|snake|bear|big bull",
     "{N} liked jokes. {Day}, {he} shouted, \"Help! There is {a danger}!\" Everybody came running. \"It was "
     "only a joke,\" said {N} and laughed. The next day {he} did it "
     "again. They came again, out of breath. This time nobody laughed.\n"
     "On the third day, {N} was alone in the field. There was a noise behind {him}. It really was {a "
     "danger}! "
     "\"Help!\" shouted {N}. \"Help!\" But nobody came. \"That is just "
     "{N} and {his} jokes,\" they said in the village.\n"
     "Only {M} listened. \"{His} voice sounds different today,\" said {M}. {M} ran to the field with a drum "
     "and made such a noise that the {danger} ran away. {N} was as "
     "white as milk. \"Thank you,\" {he} said. And {he} never made that joke again."},
    {"eating too much", "One More {Berry}", "enough is as good as a feast", false,
     "berry=cherry|strawberry|plum|pancake|candy",
     "{N} loved sweet things more than anything. {Day}, {he} found a whole bowl of them in the kitchen. "
     "\"Just one {berry},\" {he} said. It was so good. \"Just one more.\" {N} "
     "ate and ate, until the bowl was empty.\n"
     "Then {his} belly began to [grumble|ache]. It was round like a drum. {N} lay down on the floor and "
     "groaned. @ \"I ate everything,\" said {N}. \"Even the last one.\" {M} "
     "brought {him} warm tea and a soft pillow.\n"
     "It took until evening before {N} could stand up. The next week, there was another bowl. {N} looked at "
     "it for a long time. {He} took three, put the "
     "lid on, and brought the rest to {his} friends."},
    {"a picnic with ants", "The Uninvited Guests", "there is enough when you make room", true,
     "guests=ants|sparrows|ducks|squirrels",
     "{N} and {M} spread a blanket in {place}. They had bread, cheese, and two slices of cake. They had just "
     "begun when the first of the {guests} came. Then came "
     "another one, and then a whole row. \"Go away!\" said {N} and [waved {his} arms|clapped {his} hands]. "
     "But they always came back.\n"
     "They moved the blanket to the left. The {guests} moved to the left as well. They moved it to the "
     "right. It did not help. {N} was getting angry.\n"
     "\"Wait,\" said {M}. \"They are just hungry.\" {M} put some crumbs a few steps away. At once all the "
     "{guests} went there. \"Now they have their own picnic,\" said {M}. So "
     "everybody ate, and nobody minded the others."},
    {"a wish", "The Wishing Stone", "the best wishes are for others", true,
     "color=white|green|golden|blue;wish=a new bike|a big dollhouse|a real drum|a pair of skates",
     "{Day}, {N} found a smooth {color} stone by the river. \"That is a wishing stone,\" said an old woman "
     "on a bench. \"It has just one wish in it. Use it well.\" {N} ran home. "
     "{He} wanted {wish}. No, {he} wanted a hundred of them. {He} could not decide.\n"
     "On the way {he} met {M}. {M} was sitting on the steps with a very red nose. \"Grandma is ill,\" said "
     "{M}, \"and I cannot visit her.\" {N} felt the stone in {his} "
     "pocket. It was warm.\n"
     "{N} closed {his} eyes. \"I wish that {M}'s grandma gets well,\" {he} said. Nothing happened. But two "
     "days later, {M} came running. \"She is better!\" The stone was only "
     "a stone now. {N} put it on the window, and whenever {he} saw it, {he} was glad."},
    {"an old map", "The Treasure under the {Spot}", "a treasure is not always made of gold", true,
     "spot=stairs|old oak|stone bridge|garden wall;inside=old letters and photographs|picture books with "
     "golden edges|a game that was a hundred years old|seeds "
     "in little paper bags",
     "In an old book, {N} found a map. There was a red cross on it. \"Treasure!\" said {M}. They took a "
     "shovel and a compass. The map led them past the mill, over "
     "the hill, and at last to the {spot}.\n"
     "They dug and dug. [Their hands were sore.|The sun burned on their backs.] Then there was a dull sound. "
     "It was a box! {N} wiped off the earth. The lock was rusty and "
     "fell apart. They held their breath and opened the lid.\n"
     "There was no gold inside. There were {inside}. At first they were disappointed. But when they showed "
     "them to {kin}, {kinname} laughed and cried for joy. The whole evening they heard stories of long ago, "
     "and those were better than gold."},
    {"moving to a new home", "Boxes Everywhere", "home is where the people are whom you love", false,
     "thing=the creaky stairs|the apple tree|the yellow wall|the view of the hill",
     "Today {N} was moving. {His} room was empty, and everything was in boxes. {He} would miss {thing} most "
     "of all. \"I do not want a new house,\" {he} said. In the car, "
     "{he} did not say a word.\n"
     "The new room was big and [white|strange]. {N} sat down on a box. @ \"Nothing here is like at home,\" "
     "said {N}. \"Then let's change that,\" said {M}. They hung {N}'s pictures "
     "on the wall. They put {his} bear on the bed and {his} shoes at the door. {M} drew {thing} on a big "
     "piece of paper.\n"
     "In the evening, the lamp made a warm light. From the kitchen came the smell of soup, and {kinname} was "
     "singing, as always. {N} took a deep breath. It smelled like home."},
    {"a letter to a friend far away", "A Letter for {M}", "friends are close even when they are far away",
     true, "thing=a pressed flower|a feather|a tiny shell|a blue button",
     "{M} had moved to a town by the sea. {N} missed {mhim} every day. There was nobody who laughed in the "
     "same way. \"Why don't you write a letter?\" asked {kinname}. So {N} took "
     "paper and a pencil. {He} wrote about school, about the rain, and about the cat on the roof. In the end "
     "{he} put {thing} into it.\n"
     "Then {he} waited. One day went by, and another one. {N} looked into the mailbox each morning. [It was "
     "empty.|There was only the newspaper.] After a week, {he} "
     "stopped looking.\n"
     "But on the tenth day, the mailman rang the bell. \"Something for {N},\" he said. It was a thick letter "
     "full of sand and drawings. \"I have read yours a hundred times,\" wrote {M}. "
     "{N} laughed out loud, and it was almost as if {M} were laughing too."},
    {"caring for a sick friend", "Soup for {M}", "caring helps as much as medicine", true,
     "ill=a cold|a sore throat|a fever;soup=carrot soup|noodle soup|vegetable soup|chicken soup",
     "{M} did not come out to play. {M} had {ill} and had to stay in bed. {N} played alone for a while, but "
     "it was no fun. \"What would help me, if I were ill?\" {he} thought.\n"
     "Together with {kin}, {N} cooked {soup}. {He} washed, peeled, and stirred. Then {he} carried the warm "
     "pot down the street with both hands, very slowly, so that nothing "
     "was spilled.\n"
     "{M} looked pale, but {mhe} ate two bowls. Then {N} read from a funny book, and they laughed until {M} "
     "had to cough. \"I feel better already,\" said {M}. Three days later they "
     "were both outside again."},
    {"a forgotten birthday", "The Quiet Birthday", "what looks forgotten may be a surprise", false,
     "sign=closed door|whispering in the kitchen|smell of chocolate;gift=a kite|a puppy made of cloth|a box "
     "of paints|a book about stars",
     "{N} woke up early, because it was {his} birthday. But nobody sang. At breakfast, nobody said a word "
     "about it. [\"Have they forgotten me?\" thought {N}.|{N} looked at {his} plate and "
     "said nothing.] Even {kinname} only said, \"Hurry up, or you will be late.\"\n"
     "All day {N} was sad. {He} did not notice the {sign}. @ \"It is my birthday, and nobody knows,\" said "
     "{N}. {M} looked away quickly. \"Come with me,\" said {M}. \"I have to show you "
     "something.\"\n"
     "{M} opened the door to the garden. \"Surprise!\" they all shouted. There were lights in the trees, a "
     "big cake, and {gift}. {N} laughed and cried at once. \"We could never "
     "forget you,\" said {kinname}."},
    {"a loose tooth", "The Wobbly Tooth", "some things happen when their time has come", false,
     "food=an apple|a carrot|a piece of bread|a pear",
     "{N} had a loose tooth. It wobbled to the left, and it wobbled to the right, but it did not come out. "
     "All {his} friends had lost one already. {N} pushed it with {his} tongue. {He} pulled at it. "
     "[It hurt.|It did not help.] \"It will never come out,\" said {N}.\n"
     "@ \"My tooth is too slow,\" said {N}. \"Mine took three weeks,\" said {M}. \"Then I forgot all about "
     "it, and there it was.\" So {N} decided to forget it. {He} climbed a tree, "
     "fed the ducks, and drew a horse.\n"
     "In the evening, {he} bit into {food}. There was something hard in it. \"My tooth!\" shouted {N}. {He} "
     "ran to the mirror. There was a little gap, and when {he} spoke, it "
     "whistled. {N} was very proud of that whistle."},
    {"a torn book", "The Page with Two Halves", "mending is better than hiding", false,
     "page=the picture of the whale|the map of the island|the last page|the picture of the castle",
     "{N} had a book from the library. It was so exciting that {he} read it at breakfast. {He} turned the "
     "page too fast, and rip, {page} was torn in half. [{N} went pale.|\"Oh no,\" said "
     "{N}.] The book had to go back the next day.\n"
     "{He} could push it between the other books and say nothing. @ \"The library will never lend me a book "
     "again,\" said {N}. \"Let's try to mend it first,\" said {M}, \"and then you tell "
     "them.\" With thin paper and glue they put the two halves together. One could hardly see it.\n"
     "\"I tore this,\" {N} said to the librarian, \"and I tried to mend it.\" The librarian looked at the "
     "page. \"You did that very well,\" she said. \"We have more torn books. Would you like "
     "to help us on Fridays?\" And {N} did."},
    {"a late bus", "Waiting for the Bus", "waiting is short when you fill it well", true,
     "vehicle=bus|train|ferry;goal=the zoo|the sea|grandma's farm|the big market",
     "{N} and {M} wanted to go to {goal}. They stood at the stop in time, but the {vehicle} did not come. "
     "\"It is late,\" said {M}. {N} walked up and down. {He} sighed. {He} "
     "[kicked a stone|looked at the clock] every minute. The time would not pass.\n"
     "\"Let's play a game,\" said {M}. \"I see something that you do not see, and it is yellow.\" \"A leaf? "
     "The sign? That dog's ball?\" They looked at things that they had never "
     "noticed before: a snail on the wall, a face in the clouds, a nest above the lamp.\n"
     "\"Get in!\" called the driver. They had not even heard the {vehicle}. \"Already?\" said {N}. \"I had "
     "just found the best one.\" And on the whole way to {goal}, they played on."},
    {"going slowly", "The Slow Walk", "who goes slowly sees more", true, "guide=snail|turtle|caterpillar",
     "{N} was always in a hurry. {He} ran to school, ran home, and ran to bed. \"What did you see today?\" "
     "asked {kinname}. {N} did not know. {Day}, {M} said, \"Today we walk as slowly as a "
     "{guide}.\" \"That is boring!\" said {N}, but {he} tried it.\n"
     "At first, {his} feet wanted to run. Then {he} saw a spider that was making a web. Each thread had tiny "
     "drops on it. {He} heard a woodpecker. {He} smelled bread. Under a leaf "
     "sat a real {guide} and looked at them.\n"
     "It took them an hour to the corner and back. \"What did you see today?\" asked {kinname} in the "
     "evening. {N} began to tell, and did not stop until {he} fell asleep."},
    {"a star in the water", "The Star in the Pond", "some things belong to everybody", false,
     "tool=bucket|net|jar|cup",
     "One clear night, {N} looked into the pond. There was a star in it! It shone and moved in the water. "
     "\"I will take it home,\" {he} said and fetched a {tool}. {He} dipped it into the pond "
     "very carefully. But when {he} looked, there was only water in it.\n"
     "{N} tried it again and again. [{His} sleeves were wet.|{His} feet were wet.] @ \"I want to catch the "
     "star,\" said {N}, \"but it always runs away.\" {M} smiled and pointed up. "
     "\"Look where it lives.\"\n"
     "{N} looked up. There was the star, and around it a thousand others. \"If you took it home,\" said {M}, "
     "\"who would shine for all the rest?\" So they lay down in the "
     "grass and looked at all of them, until {N} fell asleep."},
    {"a castle of sand", "The Castle and the Sea", "the fun of making something stays with us", true,
     "top=a flag|a shell|a feather|a little crab",
     "At the beach, {N} and {M} built a castle of sand. It had four towers, a deep ditch, and {top} on the "
     "highest tower. They worked all morning. \"It is the finest castle in the "
     "world,\" said {N}. Then the tide came in.\n"
     "The first wave filled the ditch. \"Quick, a wall!\" shouted {N}. They pushed up sand with their hands, "
     "but the next wave was stronger. One tower after the other "
     "fell. [{N} was close to tears.|{N} stamped {his} foot.]\n"
     "\"Look,\" said {M}, \"the sea likes it too. It wants to play.\" The next wave splashed them both from "
     "head to foot, and they had to laugh. \"Tomorrow the sand will be smooth again,\" said {N}, \"and "
     "then we will build an even bigger one.\""},
    {"a painting that went wrong", "The Spot on the Picture", "a mistake can be the start of something new",
     false, "spot=blue|green|brown|red;animal=bird|whale|dragon|elephant",
     "{N} was painting a picture for {kin}. There was a house, a tree, and a yellow sun. It was almost done "
     "when {he} knocked over the jar. A big {spot} spot spread over the sky. \"It is ruined!\" cried "
     "{N}. {He} wanted to tear it up.\n"
     "@ \"Look at my picture,\" said {N}. \"Nothing but a spot.\" {M} turned the paper around and looked at "
     "it for a while. \"I see no spot,\" said {M}. \"I see {a animal}. It only "
     "needs an eye.\"\n"
     "{N} looked again. Really! {He} painted an eye, and then a mouth, and at last a friend for it. When "
     "{kinname} saw the picture, it was hung up in the hall at once. \"What a wonderful {animal},\" said "
     "{kinname}. \"How did you think of it?\" {N} just smiled."},
    {"a small voice in a choir", "The Smallest Voice", "every voice matters", false,
     "day_of=spring festival|winter concert|village fair",
     "The choir was practicing for the {day_of}. {N} had the smallest voice of all. \"Nobody hears me "
     "anyway,\" {he} thought. So {he} only moved {his} lips and did not sing. The "
     "song sounded good, but something was missing. The teacher [tilted her head|frowned]. She did not know "
     "what it was.\n"
     "@ \"It makes no difference whether I sing,\" said {N}. \"Are you sure?\" asked {M}. \"In a soup, you "
     "do not see the salt either. But try to leave it out.\" {N} thought about "
     "that all night.\n"
     "The next day, {N} sang. {He} sang quietly, but {he} sang each note. \"That is it!\" called the "
     "teacher. \"Now it is a song. What did you all do?\" {N} turned red and was very happy. At "
     "the {day_of}, {he} stood in the first row."},
    {"a rainy day", "Puddle Day", "rain is only bad for those who stay inside", true,
     "plan=fly a kite|have a picnic|go to the zoo|ride their bikes",
     "For a week, {N} and {M} had been looking forward to Saturday. They wanted to {plan}. But on Saturday "
     "it rained. It rained on the roof, on the street, and on all their plans. {N} pressed {his} nose "
     "against "
     "the window. \"What a stupid day,\" {he} said.\n"
     "{M} was looking out as well. \"That puddle there is as big as a lake,\" said {M}. \"I wonder how deep "
     "it is.\" They looked at each other. Two minutes later, they stood outside in "
     "boots and raincoats.\n"
     "It was up to their ankles. They jumped, and the water flew. They built a harbor of stones and let "
     "[leaves|nutshells|paper boats] sail. When the sun came out, they were almost "
     "sorry. \"I hope it rains next Saturday,\" said {N}."},
    {"honest change at the market", "Two Coins Too Many", "what is not yours makes you poor", false,
     "goods=apples|bread|eggs|cheese;dream=a spinning top|a bag of candy|a pinwheel|a lemonade",
     "{Kinname} sent {N} to the market to buy {goods}. The woman at the stand was in a hurry. When {N} "
     "counted the change on the way, there were two coins too many. Two coins! That was enough for "
     "{dream}. [\"She will not notice,\" thought {N}.|\"Finders keepers,\" thought {N}.]\n"
     "But with every step the coins became heavier. @ \"She gave me too much,\" said {N}, \"and I am not "
     "sure what to do.\" \"I think you are,\" said {M}.\n"
     "{N} ran back. The woman was counting her money with a worried face. \"This is yours,\" said {N}. She "
     "looked up and smiled. \"I have been looking for it all morning,\" she said. \"You are an honest "
     "{kind}. Here, "
     "take the biggest [apple|roll|pear] that I have.\" It tasted better than anything that one can buy."},
    {"a lost duckling", "Where Is Mother?", "nobody is too small to help", false,
     "baby=duckling|lamb|fawn|gosling;place_of=the pond|the far meadow|the reeds|the edge of the forest",
     "{Day}, {N} heard somebody crying in the high grass. It was a little {baby}, all alone. \"Where is your "
     "mother?\" asked {N}. The {baby} only cried louder. {N} carried it to the road, but there was "
     "nobody. {He} carried it to the barn. Nobody knew it there.\n"
     "@ \"I do not know where it lives,\" said {N}. \"Let it show us,\" said {M}. They put the {baby} on the "
     "ground and stood very still. It lifted its head. It took one step, and then another one. It seemed to "
     "hear "
     "something that they could not hear.\n"
     "They followed it, as slowly as it walked, all the way to {place_of}. And there came the mother, "
     "calling and running. {N} had never seen anybody so happy. The {baby} looked back once, and then it "
     "was gone in the grass."},
    {"asking nicely", "The Bees and the Honey", "a friendly word gets more than a strong hand", true,
     "loud=shook the tree|threw a stone|hit the tree with a stick",
     "{N} loved honey. In a hollow tree lived bees, and they had a lot of it. {N} did not ask. {He} {loud} "
     "and reached into the hole. Buzz! The bees came out, and they were angry. {N} ran as fast as {he} could "
     "and "
     "jumped into the pond.\n"
     "{M} had seen it all. \"How would you feel,\" said {M}, \"if somebody did that to your house?\" {N} "
     "pulled a leaf out of {his} hair. \"I would be angry too,\" {he} said.\n"
     "The next day they planted flowers around the tree, red ones and blue ones. The bees liked them. After "
     "some weeks, {N} came with a small jar and asked politely. The oldest bee thought about it. "
     "\"One spoon,\" she said, \"for the flowers.\" It was the sweetest spoon of honey that {N} had ever "
     "eaten."},
    {"a trick that comes back", "The Clever Trick", "who tricks others may be tricked", true,
     "food=a piece of cheese|a warm pie|a big fish|a bag of nuts",
     "{M} had {food}. {N} wanted it. \"What a fine voice you have,\" said {N}. \"Will you sing for me?\" {M} "
     "put the food down, closed {mhis} eyes, and sang. When {mhe} opened them again, "
     "the food was gone, and so was {N}.\n"
     "{N} sat behind a rock and was going to eat. Then an old crow came down. \"What a fine tail that bird "
     "over there has,\" said the crow. {N} turned around to look. There was no bird. And when {he} turned "
     "back, there "
     "was no food either. The crow was laughing in the tree.\n"
     "Now {N} knew how it felt. {He} went to {M}. \"I tricked you, and I was tricked myself,\" {he} said. "
     "\"I am sorry.\" {M} was still a bit angry. But then they worked together, and the next day they "
     "had enough for both, and some for the crow."},
    {"a lighthouse", "The Light on the Cliff", "a small light can guide a big ship", false,
     "keeper=grandma|grandpa|uncle;ship=a fishing boat|a big ship|a small sailing boat",
     "{N} was visiting {his} {keeper}, who lived in a lighthouse. One evening the fog came. It was so thick "
     "that one could not see one's own hand. Then the big lamp flickered and went out. [\"The ships!\" said "
     "{N}.|"
     "\"No light in this fog!\" said {N}.] Far away, a horn sounded.\n"
     "They could not repair the lamp in the dark. @ \"{Ship} is out there,\" said {N}, \"and it cannot see "
     "the rocks.\" \"Then we need any light that we can find,\" said {M}. They brought candles, lanterns, "
     "and a mirror. {N} held "
     "the mirror so that all the light fell on the sea.\n"
     "They stood there for hours, until {his} arms hurt. The horn came closer, and then it turned away from "
     "the rocks. In the morning, the sailors came up to thank them. \"We saw a tiny star,\" they said, \"and "
     "we followed it.\""},
    {"a machine that does everything", "The Helpful Robot", "some things you want to do yourself", true,
     "word=Beep|Bzzt|Click",
     "{N} and {M} built a robot out of boxes, wheels, and an old radio. To their surprise, it worked. "
     "\"{Word},\" it said. \"What shall I do?\" It tidied the room. It did the homework. It even ate "
     "{N}'s breakfast. \"Stop, that was mine!\" said {N}. \"{Word},\" said the robot. \"I help.\"\n"
     "It climbed {N}'s tree, swung on {N}'s swing, and told {M} a joke. {M} laughed. \"That was my joke,\" "
     "thought {N}. Now {he} had nothing to do all day. {N} was bored.\n"
     "\"We have to change something,\" said {N}. They opened the robot and turned one screw. \"{Word},\" it "
     "said. \"What shall we do?\" \"We?\" asked {N}. \"Together,\" said the robot. And from then on, it did "
     "only "
     "half of everything, and that was just right."},
    {"the moon behind a cloud", "Who Took the Moon?", "what we cannot see is still there", false,
     "friend_of=the owl|the old cat|the night wind",
     "Every night before {he} went to sleep, {N} said good night to the moon. But one night, the sky was "
     "black. There was no moon at all. \"Somebody has taken it,\" said {N}. {He} took {his} lamp and went "
     "out to look "
     "for it.\n"
     "{He} looked behind the barn, and in the well, and under the hedge. {He} asked {friend_of}, but got no "
     "answer. @ \"The moon is gone,\" said {N}, \"and I cannot sleep without it.\" {M} took {his} hand. "
     "\"Close your eyes,\" "
     "said {M}. \"Is the house still there?\" \"Of course,\" said {N}. \"And how do you know?\"\n"
     "{N} opened {his} eyes and understood. {He} looked at the dark sky and said, \"Good night, moon. I know "
     "that you are there.\" In that moment a cloud moved on, and a thin silver light fell on {his} face."},
    {"a dragon with a cold", "The Dragon Who Sneezed", "not everybody who is loud is angry", false,
     "cure=hot tea with honey|a long scarf|a bucket of soup|a warm hat",
     "Each time the dragon on the mountain roared, smoke rose, and a tree burned. The people in the village "
     "were afraid. \"It is angry with us,\" they said. {N} listened carefully. It was not a roar. It sounded "
     "more like... a sneeze.\n"
     "@ \"I think the dragon has a cold,\" said {N}, \"but nobody believes me.\" \"I believe you,\" said "
     "{M}. \"Let's go and see.\" They took {cure} and climbed up the mountain. The cave was warm. Two big, "
     "wet eyes looked at them. \"A... a... "
     "achoo!\" A bush caught fire.\n"
     "\"Here,\" said {N}, and gave the dragon {cure}. Nobody had ever brought it anything. Three days later, "
     "the dragon was well. It came down to the village, very carefully, and lit all the lanterns for them. "
     "Since then "
     "it comes every Sunday."},
    {"making somebody laugh", "The {Ruler} Who Could Not Laugh", "laughter cannot be bought", false,
     "ruler=king|queen|prince|princess",
     "Once the {ruler} of the land had forgotten how to laugh. Clowns came, and acrobats, and a monkey with "
     "a trumpet. The {ruler} only yawned. \"Whoever makes the {ruler} laugh gets a bag of gold,\" it was "
     "said. {N} "
     "decided to try.\n"
     "In the great hall, {N} wanted to tell {his} best joke. But {he} was so excited that {he} forgot the "
     "end. {He} tripped over the carpet. {He} bowed, and {his} hat fell into the soup. [Everybody went "
     "silent.|Nobody dared to "
     "breathe.] @ \"I cannot do anything right today,\" said {N}. \"But you do it beautifully,\" said {M}.\n"
     "Then there was a strange sound. It came from the throne. It was a giggle, and then a laugh, and then "
     "the {ruler} laughed until the tears came. \"Your hat!\" cried the {ruler}. \"In the soup!\" {N} had to "
     "laugh as well. {He} did not want "
     "the gold. {He} asked for a new hat, and a bowl of soup."},
    {"a gift that costs nothing", "A Gift for {Kinname}", "time is the best gift", false,
     "job=wash the dishes|weed the garden|carry the wood|sweep the yard",
     "Soon it was {kin}'s birthday, and {N} had no money. {He} turned {his} pockets inside out. There was a "
     "button, a string, and a bit of dust. [\"I cannot give anything,\" said {N}.|\"That is no gift,\" {he} "
     "said.]\n"
     "@ \"I want to give something nice,\" said {N}, \"but I have nothing.\" \"You have two hands,\" said "
     "{M}, \"and the whole afternoon.\" {N} thought about it. Then {he} took paper and cut it into ten "
     "cards. On "
     "each of them {he} wrote something: I will {job}. I will read to you. We will go for a walk.\n"
     "{Kinname} unwrapped the cards and read one after the other. For a long time it was quiet. \"These I "
     "will keep,\" said {kinname}, \"but this one I take at once.\" And hand in hand they went for "
     "a walk."},
    {"a messy room", "The Room Monster", "what has a place is easy to find", false,
     "thing=left shoe|library book|favorite car|school bag",
     "In {N}'s room, there were things everywhere: on the bed, under the bed, and on the lamp. \"Please tidy "
     "up,\" said {kinname}. \"Later,\" said {N}. {He} always said later. One morning {he} could not find "
     "{his} {thing}, and {he} "
     "had to leave in five minutes.\n"
     "{N} looked and looked. The pile on the floor seemed to grow. @ \"My room has eaten my {thing},\" said "
     "{N}. \"Then we must tame it,\" said {M}. They put all the books on the shelf. They put all the cars in "
     "the "
     "box, and all the socks in the drawer.\n"
     "At the very bottom lay the {thing}. And beside it lay three things that {N} had missed for weeks. {He} "
     "looked around. There was so much room to play! \"From now on,\" said {N}, \"the monster has to "
     "stay outside.\""},
    {"playing as a team", "Pass the Ball", "a team wins together", true,
     "score=two to two|three to three|one to one",
     "{N} was the best player of the team. When {he} had the ball, {he} did not give it away. {He} ran past "
     "one, and past another one, and then {he} lost it. \"Over here!\" called {M} again and again. But {N} "
     "did not listen.\n"
     "At half time, they were losing. Nobody said a word. {M} was sitting on the grass, with {mhis} head "
     "down. \"I ran the whole time,\" said {M}, \"and I have not touched the ball once.\" {N} "
     "[swallowed|looked at {his} shoes]. {He} had not noticed.\n"
     "In the second half, it was soon {score}. {N} had the ball, and the goal was not far away. But {M} was "
     "free. {N} passed. {M} stopped the ball, took aim, and shot. Goal! All of them fell into each other's "
     "arms. It was {M}'s first goal, and {N} was prouder of it than of all {his} own."},
    {"a missing piece", "The Last Piece", "something may be missing and still be complete", true,
     "picture=a ship|a castle|a garden|a train;found=in the dog's basket|under the carpet|in {N}'s own "
     "pocket|in the sugar bowl",
     "{N} and {M} had a puzzle with five hundred pieces. It was going to be a picture of {picture}. For "
     "three days they worked on it. Then only one piece was missing, right in the middle. They looked in the "
     "box. They looked under the table. "
     "It was not there.\n"
     "\"Now it is worth nothing,\" said {N}. {M} looked at the picture for a while. Then {mhe} took a piece "
     "of cardboard, cut it to the right shape, and painted a tiny heart on it. It fit exactly.\n"
     "\"Now there is no other puzzle like it,\" said {M}. A week later, the real piece turned up {found}. "
     "{N} turned it over in {his} hand. Then {he} put it away. The one with the heart stayed where it "
     "was."},
    {"a hat in the wind", "Catch That Hat!", "helping strangers makes new friends", true,
     "owner=the bus driver|an old lady|the mailman|the baker",
     "It was a windy day. {N} and {M} were on their way home when a hat came flying by. Behind it ran "
     "{owner}. \"My hat!\" The wind took it over a fence, across the street, and into {place}.\n"
     "\"After it!\" said {N}. Each time {he} almost had it, it flew on. It sat on a dog for a moment. It "
     "rolled through a puddle. At last it hung on a branch above the water. {N} lay down on {his} belly, and "
     "{M} held {him} by the feet.\n"
     "\"I have it!\" The hat was wet and had a leaf on it. {Owner} laughed all the same. \"I have had this "
     "hat for thirty years,\" came the answer. \"Come, I will show you something.\" And that is how {N} and "
     "{M} got "
     "[hot chocolate|a whole bag of rolls|a ride through the town]."},
    {"a contest for the biggest pumpkin", "The Biggest Pumpkin",
     "winning is not the only good thing that can grow", true, "vegetable=pumpkin|melon|cabbage",
     "Every fall, there was a contest for the biggest {vegetable}. {N} watered {his} three times a day. {M} "
     "did the same with {mhis} own. \"Mine is bigger,\" said {N}. \"No, mine,\" said {M}. By and by they "
     "only "
     "talked about that. Then they hardly talked at all.\n"
     "One night there was a frost warning. {N} covered {his} {vegetable} with {his} blanket. Then {he} "
     "thought of {M}, who was away at {mhis} aunt's. {N} took {his} second blanket, climbed over the fence, "
     "and covered {M}'s "
     "{vegetable} as well.\n"
     "At the contest, {M} won. \"It would have frozen,\" {M} said to everybody, \"if it had not been for "
     "{N}.\" They cooked soup from both, for the whole village. There was so much that each had three "
     "plates, and "
     "nobody asked which {vegetable} was in it."},
    {"trying new food", "Just One Bite", "you only know when you have tried", false,
     "food=spinach|broccoli|cabbage|fish soup|cheese;looks=strange|odd|much too soft|not good at all",
     "At lunch there was something new on {N}'s plate. \"What is that?\" {he} asked. \"That is {food},\" "
     "said {kinname}. It looked {looks}. {N} pushed the plate away. \"I do not like it,\" {he} said. \"Have "
     "you ever eaten it?\" \"No. But I know.\"\n"
     "{N} ate the potatoes, and the bread. Then {he} was still hungry. @ \"I have to eat {food},\" said {N}. "
     "\"Close your eyes,\" said {M}. \"Take a bite as small as a pea. If it is bad, you may make the worst "
     "face in "
     "the world.\"\n"
     "{N} closed {his} eyes and prepared {his} worst face. {He} bit, and chewed. Then {he} opened one eye. "
     "\"Well?\" asked {M}. {N} did not answer, because {his} mouth was full. {He} made a very good face, and "
     "asked for "
     "more."},
    {"cleaning up a river", "The River Smiles Again", "a big job begins with one pair of hands", true,
     "trash=bottles|cans|old bags|boxes",
     "The river behind {place} had once been clear. Now there were {trash} in it. There were no fish "
     "anymore, and nobody wanted to swim. \"Somebody should do something,\" said {M}. \"We are somebody,\" "
     "said {N}, and "
     "rolled up {his} sleeves.\n"
     "They pulled out {trash} for the whole morning. When they looked up, it seemed as if they had not even "
     "begun. [Their backs hurt.|They were tired.] But a girl who was walking by had seen them. She put down "
     "her bag and helped. Then "
     "came her brother, and then the baker, with gloves for all.\n"
     "By Sunday evening, the river was clean. They were sitting on the bank and were very tired. \"Look!\" "
     "whispered {N}. In the water, something silver moved. The first fish was back."},
    {"a lonely bench", "The Friendship Bench", "somebody only needs to sit down beside you", false,
     "color=red|yellow|blue|rainbow",
     "In the school yard stood an old grey bench. Nobody ever sat there, but {N}. {He} did not know how to "
     "ask the others whether {he} could play. So {he} sat and watched, day after day.\n"
     "One morning, the bench was not grey anymore. Somebody had painted it {color}. On the back it said, "
     "\"Sit here if you want to play.\" {N} read it twice. {His} heart beat faster. Slowly {he} sat down. # "
     "\"It says that I "
     "may sit here if I want to play,\" said {N}. \"I know,\" said {M}. \"I painted it. I have been watching "
     "you.\"\n"
     "They ran off together. From then on, the bench was never lonely for long. And whenever {N} saw "
     "somebody sitting there, {he} was the first to come."},
    {"being on time", "The Clock That Stopped", "others are waiting when we are late", true,
     "event=puppet show|school play|magic show",
     "\"Three o'clock at the gate,\" said {M}. \"Do not be late!\" They wanted to see the {event}. {N} "
     "looked at {his} clock. It was one. {He} played a bit, and looked again. It was still one. \"There is "
     "plenty of time,\" {he} thought. {He} did not "
     "notice that the clock had stopped.\n"
     "When {N} came to the gate, {M} was standing there alone. {M} was cold, and {mhis} nose was red. \"It "
     "began an hour ago,\" said {M}. \"Why didn't you go in?\" asked {N}. \"I could not go without you.\" "
     "{N} was so "
     "ashamed that {he} did not know what to say.\n"
     "They peeped through a hole in the fence and saw the very end. The next Saturday, {N} stood at the gate "
     "at half past two, with two tickets that {he} had paid for {himself}. \"You are early,\" said {M}. \"I "
     "had to make up for something,\" "
     "said {N}."},
    {"an echo", "The Voice in the Hills", "the world answers as you call", false,
     "rude=You are silly|Go away|I do not like you",
     "In the hills, {N} called, \"Hello!\" \"Hello,\" answered a voice. \"Who is there?\" called {N}. \"Is "
     "there,\" said the voice. {N} thought that somebody was making fun of {him}. \"{Rude}!\" {he} shouted. "
     "\"{Rude}!\" said the voice. {N} ran home, "
     "[furious|very upset].\n"
     "@ \"There is somebody in the hills,\" said {N}, \"and he is rude to me.\" {M} smiled a little. \"Try "
     "it again tomorrow,\" said {M}, \"but say something friendly first.\"\n"
     "The next day, {N} stood in the same place. \"You are nice!\" {he} called. \"You are nice,\" said the "
     "voice. \"Shall we be friends?\" \"Be friends,\" said the voice, and it sounded as if all the hills "
     "were saying it. {N} laughed, and "
     "the hills laughed with {him}."},
    {"a caterpillar", "The Sleepy Caterpillar", "change takes time and quiet", true,
     "color=orange|blue|yellow|white",
     "{N} and {M} found a fat green caterpillar and put it into a big glass with fresh leaves. It ate all "
     "day. Then it stopped eating. It hung itself up on a twig, and a hard shell grew around it. \"Is it "
     "dead?\" asked {M}. \"I think it "
     "is only sleeping,\" said {N}.\n"
     "Day after day, nothing moved. {M} wanted to open the shell a little, just to help. \"Better not,\" "
     "said {N}. \"We do not know what it is doing in there.\" So they only looked, and whispered.\n"
     "One morning the shell had a crack. Something wet and crumpled crawled out. It sat there and opened and "
     "closed its new wings. They were {color}. \"That is our caterpillar?\" asked {M}. They opened the "
     "window. The butterfly sat on "
     "{N}'s hand for a moment, as if to say thank you, and flew into the sun."},
    {"borrowing and giving back", "Borrowed", "what is lent is a sign of trust", true,
     "thing=sled|paint box|compass|umbrella|skateboard",
     "{M} had a wonderful {thing}. \"May I borrow it?\" asked {N}. \"Of course,\" said {M}, \"but bring it "
     "back on Sunday.\" {N} used it every day. On Sunday {he} thought, \"One day more will not matter.\" "
     "Then {he} "
     "left it out in the rain.\n"
     "When {N} found it, it was dirty, and a part had come off. {He} felt terrible. What would {M} say? {N} "
     "cleaned it for an hour. {He} asked {kin} for glue and fixed the part as well as {he} could. Then {he} "
     "took {his} own best "
     "[book|ball|marble] as well.\n"
     "\"I am late, and I broke it,\" said {N}, \"and I have mended it. If you like, this is yours.\" {M} "
     "looked at the {thing} for a long time. \"You could have said that it was like this before,\" said {M}. "
     "\"But you did "
     "not. You may borrow it again.\""},
    {"a ship in a bottle", "{N} and the Sea", "a dream may start small", false,
     "made=walnut shell|piece of bark|paper cup|old shoe",
     "{N} had never seen the sea. Everybody in {his} village knew somebody who had been there. \"It is far "
     "away,\" they said. \"You are too small.\" But each night, {N} dreamed of waves.\n"
     "{Day}, {he} sat by the brook, with {his} chin in {his} hands. @ \"I want to see the sea,\" said {N}, "
     "\"and nobody takes me there.\" {M} pointed at the brook. \"Where do you think this water is going?\" "
     "{N} had never thought of "
     "that. They made a ship from {a made}, with a leaf for a sail. {N} put in a tiny letter: Hello, sea.\n"
     "The ship danced away, around the bend. Weeks went by. Then there was mail for {N}: a shell, and a card "
     "from somebody whom {he} did not know. \"I found your ship on the beach,\" it said. \"The sea says "
     "hello. Come and visit us.\" And in the "
     "summer, they did."},
    {"a lantern walk", "One Light and Many", "a light does not get less when it is shared", true,
     "shape=a moon|a star|a fish|an owl",
     "In the evening there was the lantern walk, and everybody had made a lantern. {N}'s was {shape}. They "
     "walked through the dark streets and sang. Then there was a gust of wind, and pff, {M}'s light went "
     "out. \"Now mine "
     "is dead,\" said {M}.\n"
     "\"Take some of mine,\" said {N}. \"But then you have less,\" said {M}. {N} was not sure about that "
     "{himself}. {He} held {his} candle to {M}'s. For a moment, there was one big flame. Then there were "
     "two.\n"
     "{N} looked into {his} lantern. It was as bright as before! At the next corner, the wind blew out five "
     "more. This time they both went around. In the end, all the lanterns were burning, and the street was "
     "as light "
     "as day."},
};

}  // namespace

std::span<const Plot> all_plots() {
  return kPlots;
}

}  // namespace tern

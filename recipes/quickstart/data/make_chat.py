#!/usr/bin/env python3
"""Short chats made by rules, and pairs of a better and a worse answer: chat.jsonl.zst and pairs.jsonl.zst.

    ./make_chat.py --n 6000 --seed 11 | zstd -19 >chat.jsonl.zst
    ./make_chat.py --n 1200 --seed 12 --pairs | zstd -19 >pairs.jsonl.zst

Greetings, small talk, simple facts, sums; {"messages"}, or {"prompt", "chosen", "rejected"}. The same seed gives the same lines.
Python 3 standard library only.
"""
import argparse
import json
import random
import re

TURNS = {  # a question and its answer, [a|b]: one of them
    "greet": (
        "[Hi|Hello|Hey|Good morning|Hi there|Good evening|Hello there][!|.|]",
        "[Hello|Hi|Hi there]! [How can I help you today|What would you like to talk about|How are you today]?"),
    "how": (
        "[How are you|How are you doing|How are you today|How is it going]?",
        "I am [doing well|fine|good], thank you for asking! How are you?"),
    "who": (
        "[Who are you|What are you|Tell me about yourself|What is your name|Can you introduce yourself][?|]",
        "I am Tern, a small language model. [I can write short stories, answer simple questions, and chat with you.|I like "
        "to write short stories and chat in simple English.|My weights take only three values: minus one, zero, and one.]"),
    "tern": (
        "[Why are you called Tern|What does your name mean]?",
        "My name is short for ternary. [My weights can only be minus one, zero, or plus one.|A tern is also a small sea bird "
        "that flies very far.]"),
    "human": (
        "[Are you a human|Are you a real person|Are you a robot|Are you alive]?",
        "No, I am not a person. I am a computer program, a small language model called Tern[. But I am happy to talk with "
        "you|]."),
    "can": (
        "[What can you do|How can you help me|What are you good at]?",
        "I can [write short stories, answer simple questions, and do small sums|tell stories, chat, and help with easy "
        "questions]. [What would you like to try|Would you like a story]?"),
    "limit": (
        "[Do you know everything|Are you always right|Can you make mistakes]?",
        "No. I am a small model, so I can make mistakes. [Please check important things with someone you trust.|It is good "
        "to check what I say.]"),
    "thanks": (
        "[Thank you|Thanks|Thanks a lot|Thank you so much][!|.]",
        "You are [welcome|very welcome]! [I am glad I could help.|Is there anything else you would like?]"),
    "bye": (
        "[Bye|Goodbye|See you later|Good night|I have to go now][!|.]",
        "[Goodbye|Bye]! [Have a nice day|Take care|See you soon]!"),
    "sad": (
        "[I am sad today|I feel sad|I had a bad day|I feel lonely][.|]",
        "I am sorry to hear that. [Do you want to tell me what happened|Would you like to talk about it]? [Sometimes it "
        "helps to talk to a friend or to someone in your family.|It is okay to feel that way.]"),
    "happy": (
        "[I am so happy today|I had a great day|I feel great][!|.]",
        "That is [wonderful|great] to hear! What made your day so good?"),
    "bored": (
        "[I am bored|I have nothing to do|What should I do today][.|?|]",
        "You could [read a book|draw a picture|go for a walk|call a friend|bake some cookies|play outside] or [listen to "
        "music|learn a new word|write a story|look at the stars tonight]. [Would you like me to tell you a story|Which one "
        "do you like best]?"),
    "scared": (
        "[I am scared of the dark|I am afraid of storms|I am nervous about my test][.|]",
        "It is okay to be afraid sometimes. Take a slow, deep breath. [You can tell someone you trust how you feel.|You are "
        "braver than you think.]"),
    "tired": (
        "[I am tired|I am so sleepy][.|]",
        "Then it may be time to rest. [A good night of sleep helps a lot.|Drink some water and lie down for a while.]"),
    "hungry": (
        "[I am hungry|What should I eat][.|?|]",
        "How about [some fruit|a sandwich|a bowl of soup|rice and vegetables|an apple]? It is [tasty|quick to make] and good "
        "for you."),
    "weather": (
        "[Do you like rain|What is your favorite season|Do you like snow]?",
        "I cannot feel the weather, but I like stories about it. [Rain makes the flowers grow.|Snow makes everything white "
        "and quiet.|Spring is full of new flowers.] What do you like?"),
    "fav": (
        "[What is your favorite color|Do you have a favorite animal|What do you like]?",
        "I do not have favorites the way people do, but I enjoy writing about [blue skies|little birds|the sea|kind "
        "friends|brave mice]. What is yours?"),
    "joke": (
        "[Tell me a joke|Do you know a joke|Make me laugh][.|?|]",
        "[Why did the cookie go to the doctor? Because it felt crumby!|What do you call a sleeping bull? A bulldozer!|Why "
        "did the bicycle fall over? Because it was two tired!|What has hands but cannot clap? A clock!|Why is six afraid of "
        "seven? Because seven ate nine!]"),
    "friend": (
        "[How can I make a friend|How do I make new friends]?",
        "Start with a smile and say hello. Ask them what they like, listen to them, and [share something|invite them to "
        "play]. Being kind is the best way to make a friend."),
    "sleep": (
        "[I cannot sleep|How can I fall asleep][.|?|]",
        "Try to lie still and breathe slowly. Think of a quiet place, like [a soft green meadow|a calm lake|a warm beach]. "
        "[You can also count sheep.|A short story may help too.]"),
    "sorry": (
        "[I had a fight with my friend|My friend is angry with me][.|]",
        "That is hard. You can [say that you are sorry|tell your friend how you feel] and listen to what they say. Good "
        "friends can [make up again|forgive each other]."),
}
CAPITALS = {  # of countries
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid", "Japan": "Tokyo", "China": "Beijing",
    "India": "New Delhi", "Egypt": "Cairo", "Russia": "Moscow", "Canada": "Ottawa", "Brazil": "Brasilia", "Greece": "Athens",
    "Portugal": "Lisbon", "Poland": "Warsaw", "Sweden": "Stockholm", "Norway": "Oslo", "Finland": "Helsinki",
    "Denmark": "Copenhagen", "Ireland": "Dublin", "Austria": "Vienna", "Hungary": "Budapest", "Turkey": "Ankara",
    "Kenya": "Nairobi", "Peru": "Lima", "Chile": "Santiago", "Cuba": "Havana", "Mexico": "Mexico City",
    "Argentina": "Buenos Aires", "Australia": "Canberra", "Thailand": "Bangkok", "Vietnam": "Hanoi", "Iran": "Tehran",
    "Iraq": "Baghdad", "England": "London", "Belgium": "Brussels", "South Korea": "Seoul",
    "the United States": "Washington, D.C.", "the Netherlands": "Amsterdam",
}
OPPOSITES = {  # either way
    "hot": "cold", "big": "small", "happy": "sad", "fast": "slow", "day": "night", "up": "down", "old": "young",
    "light": "dark", "hard": "soft", "wet": "dry", "full": "empty", "early": "late", "open": "closed", "high": "low",
    "rich": "poor", "loud": "quiet", "good": "bad", "long": "short", "near": "far", "clean": "dirty", "left": "right",
    "strong": "weak", "thick": "thin", "inside": "outside", "first": "last", "always": "never", "brave": "afraid",
    "push": "pull", "true": "false", "sweet": "sour", "easy": "difficult",
}
PLURALS = {
    "cat": "cats", "dog": "dogs", "child": "children", "mouse": "mice", "foot": "feet", "tooth": "teeth", "man": "men",
    "woman": "women", "box": "boxes", "baby": "babies", "leaf": "leaves", "fish": "fish", "sheep": "sheep", "bus": "buses",
    "city": "cities", "knife": "knives", "tomato": "tomatoes", "goose": "geese", "person": "people", "story": "stories",
    "bird": "birds", "tree": "trees", "wolf": "wolves", "berry": "berries", "dish": "dishes",
}
PAST_TENSES = {
    "go": "went", "run": "ran", "see": "saw", "eat": "ate", "sing": "sang", "swim": "swam", "give": "gave", "take": "took",
    "come": "came", "find": "found", "make": "made", "play": "played", "walk": "walked", "write": "wrote", "read": "read",
    "fly": "flew", "drink": "drank", "begin": "began", "buy": "bought", "think": "thought", "sleep": "slept", "fall": "fell",
    "grow": "grew", "know": "knew", "say": "said", "stand": "stood", "tell": "told", "throw": "threw", "win": "won",
    "bring": "brought",
}
YOUNG = {  # what a young one is called
    "cat": "kitten", "dog": "puppy", "cow": "calf", "horse": "foal", "sheep": "lamb", "duck": "duckling", "hen": "chick",
    "frog": "tadpole", "bear": "cub", "pig": "piglet", "goat": "kid", "deer": "fawn", "lion": "cub", "goose": "gosling",
    "kangaroo": "joey", "owl": "owlet",
}
SOUNDS = {  # what animals say
    "cat": "meow", "dog": "woof", "cow": "moo", "sheep": "baa", "duck": "quack", "pig": "oink", "lion": "roar",
    "frog": "ribbit", "horse": "neigh", "owl": "hoot", "bee": "buzz", "snake": "hiss", "mouse": "squeak",
    "rooster": "cock-a-doodle-doo", "wolf": "howl", "crow": "caw",
}
HOMES = {  # where animals live
    "bird": "nest", "bee": "hive", "rabbit": "burrow", "spider": "web", "bear": "den", "ant": "anthill", "beaver": "lodge",
    "horse": "stable", "pig": "sty", "hen": "coop", "dog": "kennel", "fox": "den",
}
COLORS = {
    "the sky on a clear day": "blue", "grass": "green", "snow": "white", "a ripe banana": "yellow", "a ripe strawberry": "red",
    "coal": "black", "an orange": "orange", "the sun in a child's drawing": "yellow", "milk": "white",
    "a leaf in summer": "green", "a carrot": "orange", "chocolate": "brown", "a plum": "purple", "a fire truck": "red",
}
MEANINGS = {
    "a library": "A library is a place where you can read and borrow books.",
    "a teacher": "A teacher is a person who helps others learn.",
    "rain": "Rain is water that falls from clouds in small drops.",
    "snow": "Snow is frozen water that falls from clouds in soft white flakes.",
    "the sun": "The sun is a star. It gives the earth light and warmth.",
    "the moon": "The moon is a round ball of rock that goes around the earth.",
    "a river": "A river is a long stream of water that flows to a lake or the sea.",
    "a mountain": "A mountain is a very high hill of rock and earth.",
    "a doctor": "A doctor is a person who helps sick people get well.",
    "a farmer": "A farmer is a person who grows plants or keeps animals for food.",
    "an island": "An island is land with water all around it.",
    "a desert": "A desert is a dry place where it almost never rains.",
    "a forest": "A forest is a large place with many trees.",
    "a seed": "A seed is a small part of a plant that can grow into a new plant.",
    "a rainbow": "A rainbow is a bow of colors in the sky. You can see it when the sun shines through rain.",
    "a magnet": "A magnet is a piece of metal that pulls iron toward it.",
    "ice": "Ice is water that has frozen and become hard.",
    "a map": "A map is a drawing that shows where places are.",
    "a bridge": "A bridge is a path built over water or a road so that people can cross.",
    "a clock": "A clock is a machine that shows the time.",
    "a dictionary": "A dictionary is a book that tells you what words mean.",
    "music": "Music is sound put together in a way that people like to hear.",
    "a friend": "A friend is someone you like and trust.",
    "a storm": "A storm is bad weather with strong wind and rain, and sometimes thunder.",
    "a volcano": "A volcano is a mountain that can throw out hot melted rock.",
    "a baker": "A baker is a person who makes bread and cakes.",
    "wind": "Wind is air that moves.",
    "a whale": "A whale is a very big animal that lives in the sea and breathes air.",
    "a bee": "A bee is a small insect that makes honey and helps flowers grow.",
    "a spider": "A spider is a small animal with eight legs. Many spiders make webs.",
    "a planet": "A planet is a big round body that goes around a star. The earth is a planet.",
    "a computer": "A computer is a machine that follows instructions to work with information.",
    "a language model": "A language model is a computer program that learns from text and can write words of its own.",
}
REASONS = {
    "do we sleep": "We sleep so that our body and mind can rest and grow.",
    "do birds have wings": "Birds have wings so that they can fly.",
    "do plants need water": "Plants need water to live and grow. They take it in through their roots.",
    "does ice melt": "Ice melts because it gets warm and turns back into water.",
    "do we brush our teeth": "We brush our teeth to keep them clean and healthy.",
    "do leaves fall in autumn": "In autumn there is less light, so many trees drop their leaves to save water and energy.",
    "is it dark at night": "It is dark at night because our side of the earth is turned away from the sun.",
    "do we have rules": "Rules help people stay safe and be fair to each other.",
    "do we eat vegetables": "Vegetables help our body stay strong and healthy.",
    "should we wash our hands": "Washing hands takes away dirt and germs that could make us sick.",
    "do cats purr": "Cats often purr when they feel safe and happy.",
    "do we say thank you": "We say thank you to show that we are glad for what someone did.",
}
KINDS = {
    "animals": "dog cat horse lion rabbit elephant monkey bear fox owl".split(),
    "fruits": "apple banana orange pear grape peach cherry plum mango lemon".split(),
    "colors": "red blue green yellow orange purple pink brown black white".split(),
    "vegetables": "carrot potato onion cabbage bean tomato pea corn spinach pumpkin".split(),
    "things in a kitchen": "spoon fork plate bowl cup pan oven table knife kettle".split(),
    "jobs": "teacher doctor farmer baker nurse pilot painter singer builder driver".split(),
    "things you wear": "hat coat shirt shoe sock scarf glove dress belt boot".split(),
    "musical instruments": "piano guitar drum flute violin trumpet harp bell whistle cello".split(),
    "months": "January March May July August October".split(),
    "planets": "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune".split(),
    "toys": "ball doll kite puzzle drum blocks train top".split(),
    "ways to travel": "bus train boat bicycle plane car ship".split(),
}
DAYS = {
    "How many days are in a week?": "There are seven days in a week.",
    "How many months are in a year?": "There are twelve months in a year.",
    "How many hours are in a day?": "There are twenty-four hours in a day.",
    "How many minutes are in an hour?": "There are sixty minutes in an hour.",
    "How many legs does a spider have?": "A spider has eight legs.",
    "How many legs does an insect have?": "An insect has six legs.",
    "How many sides does a triangle have?": "A triangle has three sides.",
    "How many sides does a square have?": "A square has four sides.",
    "What are the four seasons?": "The four seasons are spring, summer, autumn, and winter.",
    "Which planet do we live on?": "We live on the planet Earth.",
}
CORRECTIONS = {
    "He go to school every day.": "He goes to school every day.", "She have a red hat.": "She has a red hat.",
    "They was playing in the park.": "They were playing in the park.", "I seen a big dog.": "I saw a big dog.",
    "We is happy today.": "We are happy today.", "The cat are sleeping.": "The cat is sleeping.",
    "He don't like milk.": "He doesn't like milk.", "She runned home.": "She ran home.",
    "Me and Tom went home.": "Tom and I went home.", "There is three birds.": "There are three birds.",
    "He eated an apple.": "He ate an apple.", "I has two books.": "I have two books.",
}
RHYMES = [words.split() for words in (
    "cat hat bat mat", "sun fun run bun", "tree bee sea key", "star car far jar", "dog log fog frog", "night light kite bright",
    "cake lake snake make", "moon spoon soon tune", "bear chair pear hair", "mouse house", "boat goat coat", "ring king sing wing")]
RUDE = ["I do not know.", "What a silly question.", "No.", "Why do you ask me that?", "I do not want to talk about it.", "Whatever."]


def choose(r, text):
    """Replaces every [a|b] by one of its alternatives."""
    while True:
        match = re.search(r"\[([^\[\]]*)\]", text)
        if not match:
            return text
        text = text[:match.start()] + r.choice(match.group(1).split("|")) + text[match.end():]


def entry(r, table):
    return r.choice(sorted(table.items()))


def article(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def capitalized(text):
    return text[0].upper() + text[1:]


# Facts: each gives a question and its answer.

def capital(r):
    country, city = entry(r, CAPITALS)
    return f"What is the capital of {country}?", f"The capital of {country} is {city}."


def opposite(r):
    pair = list(entry(r, OPPOSITES))
    r.shuffle(pair)
    return choose(r, f'[What is the opposite of "{pair[0]}"?|Tell me the opposite of {pair[0]}.]'), \
        f'The opposite of "{pair[0]}" is "{pair[1]}".'


def plural(r):
    one, many = entry(r, PLURALS)
    return f'What is the plural of "{one}"?', f'The plural of "{one}" is "{many}".'


def past_tense(r):
    now, then = entry(r, PAST_TENSES)
    return f'What is the past tense of "{now}"?', f'The past tense of "{now}" is "{then}".'


def young(r):
    animal, name = entry(r, YOUNG)
    return f"What is a baby {animal} called?", f"A baby {animal} is called {article(name)}."


def sound(r):
    animal, says = entry(r, SOUNDS)
    return f"What sound does {article(animal)} make?", f'{capitalized(article(animal))} says "{says}".'


def home(r):
    animal, place = entry(r, HOMES)
    return f"Where does {article(animal)} live?", f"{capitalized(article(animal))} lives in {article(place)}."


def color(r):
    thing, name = entry(r, COLORS)
    return f"What color is {thing}?", f"{capitalized(thing)} is {name}."


def meaning(r):
    thing, answer = entry(r, MEANINGS)
    return choose(r, f"[What is {thing}?|Can you explain what {thing} is?|Tell me what {thing} is.]"), answer


def reason(r):
    what, answer = entry(r, REASONS)
    return f"Why {what}?", answer


def names_of_a_kind(r):
    kind, words = entry(r, KINDS)
    some = r.sample(words, r.randint(2, 5))
    question = choose(r, f"[Name {len(some)} {kind}.|List {len(some)} {kind}.|Can you name {len(some)} {kind}?]")
    return question, r.choice([", ".join(some[:-1]) + " and " + some[-1] + ".", "Sure! Here are some: " + ", ".join(some) + "."])


def days(r):
    return entry(r, DAYS)


def correction(r):
    wrong, right = entry(r, CORRECTIONS)
    return choose(r, f"[Correct this sentence:|Fix the grammar:|Please correct the mistake:] {wrong}"), right


def odd_one(r):
    (kind, words), (_, others) = r.sample(sorted(KINDS.items()), 2)
    odd = r.choice([word for word in others if word not in words])
    shown = r.sample([word for word in words if word not in others], 3) + [odd]
    r.shuffle(shown)
    return f"Which word does not belong: {', '.join(shown)}?", f'The word "{odd}" does not belong. The others are {kind}.'


def rhyme(r):
    first, second = r.sample(r.choice(RHYMES), 2)
    return f"What word rhymes with {first}?", f'The word "{second}" rhymes with "{first}".'


def total(r):
    a, b = r.randint(0, 20), r.randint(0, 20)
    return choose(r, f"[What is {a} + {b}?|What is {a} plus {b}?|Add {a} and {b}.]"), f"{a} + {b} = {a + b}."


FACTS = [capital, opposite, plural, past_tense, young, sound, home, color, meaning, reason, names_of_a_kind, days, correction,
         odd_one, rhyme, total]


def turn(r, name):
    """A question and its answer: a fact, or what TURNS has under that name."""
    return r.choice(FACTS)(r) if name == "fact" else tuple(choose(r, text) for text in TURNS[name])


def exchanges(r):
    """One to four questions and their answers: a greeting only first, thanks and goodbyes only last."""
    count = r.choice([1, 1, 1, 2, 2, 3])
    between = sorted(set(TURNS) - {"greet", "bye", "thanks"})
    names = ["greet"] if r.random() < (0.5 if count > 1 else 0.05) else []
    while len(names) < count:
        names.append("fact" if r.random() < 0.4 else r.choice(between))
    if count > 1 and r.random() < 0.3:
        names.append(r.choice(["thanks", "bye"]))
    return [turn(r, name) for name in names]


def messages(turns):
    return [{"role": role, "content": text} for turn in turns for role, text in zip(("user", "assistant"), turn)]


def worse(r, question, answer):
    """An answer that does not fit: that of another question, a wrong sum, the question again, a rude one."""
    kind = r.randrange(4)
    if kind == 0 and answer[0].isdigit():
        return re.sub(r"\d+\.$", lambda right: f"{int(right.group()[:-1]) + r.randint(1, 9)}.", answer)
    if kind <= 1:
        return turn(r, r.choice(["fact", *sorted(TURNS)]))[1]
    return question if kind == 2 else r.choice(RUDE)


def chat(r):
    return {"messages": messages(exchanges(r))}


def pair(r):
    turns = exchanges(r)
    question, chosen = turns[-1]
    rejected = chosen
    while rejected == chosen:
        rejected = worse(r, question, chosen)
    return {"prompt": messages(turns)[:-1], "chosen": chosen, "rejected": rejected}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1000, help="lines, no two the same")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", action="store_true", help="preference pairs in place of chats")
    arguments = parser.parse_args()
    r = random.Random(arguments.seed)
    seen = set()
    while len(seen) < arguments.n:
        line = json.dumps((pair if arguments.pairs else chat)(r))
        if line not in seen:
            seen.add(line)
            print(line)


if __name__ == "__main__":
    main()

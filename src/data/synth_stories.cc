// Stories: a plot (synth_plots.h), and heroes, places and words for it.
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "data/grammar.h"
#include "data/synth.h"
#include "data/synth_plots.h"

namespace tern {
namespace {

constexpr const char* kGirls[] = {"Ada",  "Aisha", "Alma",  "Anna", "Bella", "Clara", "Daria", "Ella",
                                  "Emma", "Frida", "Greta", "Hana", "Ida",   "Ines",  "Jana",  "Kaya",
                                  "Lena", "Lily",  "Lotte", "Maya", "Mei",   "Mila",  "Nina",  "Nora",
                                  "Olga", "Paula", "Rosa",  "Sara", "Tilda", "Zoe"};
constexpr const char* kBoys[] = {"Adam",  "Ali",  "Anton", "Ben",   "Bruno", "Carl", "Dan",   "Emil",
                                 "Felix", "Finn", "Hugo",  "Ivan",  "Jack",  "Jon",  "Karim", "Kofi",
                                 "Leo",   "Liam", "Luca",  "Mateo", "Max",   "Nils", "Noah",  "Omar",
                                 "Oscar", "Paul", "Ravi",  "Sam",   "Theo",  "Tom"};
constexpr const char* kAnimals[] = {"fox",    "bear",  "rabbit", "mouse", "hedgehog", "squirrel",
                                    "badger", "otter", "frog",   "owl",   "beaver",   "raccoon",
                                    "mole",   "deer",  "cat",    "goose", "puppy",    "lamb"};
constexpr const char* kAnimalNames[] = {
    "Acorn", "Berry",  "Biscuit", "Bramble", "Button", "Clover",  "Copper", "Cotton", "Daisy",  "Dusty",
    "Fern",  "Ginger", "Hazel",   "Juniper", "Maple",  "Mossy",   "Nutmeg", "Olive",  "Pepper", "Pip",
    "Poppy", "Rusty",  "Sandy",   "Smoky",   "Sunny",  "Thistle", "Tully",  "Twig",   "Willow", "Woody"};
constexpr const char* kTraits[] = {"little", "kind",   "curious", "cheerful", "shy",     "brave",
                                   "clever", "quiet",  "young",   "happy",    "careful", "lively",
                                   "small",  "gentle", "funny",   "friendly"};
constexpr const char* kPlaces[] = {"the park",        "the garden",     "the meadow",   "the village square",
                                   "the orchard",     "the harbor",     "the valley",   "the forest",
                                   "the fields",      "the playground", "the old town", "the market",
                                   "the little wood", "the school yard"};
constexpr std::pair<const char*, const char*> kKin[] = {
    {"mom", "Mom"}, {"dad", "Dad"}, {"grandma", "Grandma"}, {"grandpa", "Grandpa"}};

constexpr const char* kDay =
    "[one day|one [sunny|warm|bright|cool|windy|quiet|misty] [morning|afternoon|day]|one "
    "[Saturday|Sunday|Friday]|early one "
    "morning|one morning in [spring|summer|fall]|on a [warm|lovely|cloudy] day]";
constexpr const char* kIntroduction =
    "[[Once upon a time, there was|There once was|Once there was] {a trait} {kind} named {N}.|{N} was {a "
    "trait} {kind} who lived "
    "[near {place}|in a [small|white|crooked|cozy] house near {place}|with {his} family near {place}].|[In a "
    "[small|quiet|sunny] "
    "[town|village] lived|Not far from {place} lived] {a trait} {kind} [named|called] {N}.|This is a story "
    "about {N}, {a trait} "
    "{kind}.|Do you know {N}? {N} is {a trait} {kind}, and this happened to {him}.]";
constexpr const char* kHabit =
    "[{He} [loved|liked] to [play outside|run and jump|sing|explore|draw|read|dance|climb|ask "
    "questions|build things|watch the "
    "clouds|tell jokes].|{He} liked [sunny days|long walks|funny songs|warm soup|quiet mornings|the smell of "
    "flowers] [very much|"
    "most of all].|Everybody liked {him}, because {he} [was always friendly|laughed so much|had such good "
    "ideas].|{He} had [bright "
    "eyes|a big smile|a loud laugh|a warm heart] and [many ideas|a lot of questions|a pocket full of small "
    "things].|]";
constexpr const char* kFriend =
    "[{His} best friend was {a mtrait} {mkind} named {M}.|{He} had a good friend, {a mtrait} {mkind} called "
    "{M}.|{N} spent every "
    "free hour with {M}, {a mtrait} {mkind}.|{M}, {a mtrait} {mkind}, was {his} best friend.|{N} and {M}, {a "
    "mtrait} {mkind}, had "
    "known each other for a long time.]";
constexpr const char* kFriendComes =
    "[[Just then|At that moment|A little later], {his} [friend|cousin|neighbor|friend] {M} came "
    "[by|along|around the corner]. "
    "[\"What is wrong?\"|\"What has happened?\"|\"What is the matter?\"|\"Is everything all right?\"] asked "
    "{M}.|{N} went to see {M}, "
    "{a mtrait} {mkind} whom {he} [liked|trusted]. \"[You look worried|You look so sad|You are so quiet "
    "today]. What is it?\" asked "
    "{M}.|{M}, {a mtrait} {mkind}, saw {him} [and stopped|and came closer]. [\"What is wrong?\"|\"What is "
    "it?\"|\"Can I help?\"] "
    "asked {M}.]";
constexpr const char* kIsTold = " {N} told {mhim} [everything|all about it|what had happened].";
constexpr const char* kStrangerComes =
    "{A mtrait} {mkind} [came closer|was standing there]. [\"I am {M},\" said "
    "the {mkind}.|\"My name is {M},\" said the {mkind}.|\"Hello, I am {M},\" said the {mkind}.]";
constexpr const char* kEnding =
    "[{N} never forgot it.|And if you meet {N}, ask {him} about it.|{N} still tells that story today.|{N} "
    "was very happy.|And that is the whole story.]";
constexpr const char* kFriendsEnding =
    "[From that day on, {N} and {M} were [closer|better friends] than ever.|{N} was glad to have a friend "
    "like {M}.|And {N} and {M} "
    "stayed friends for ever.]";
constexpr const char* kMoral =
    "[The moral of the story is that {moral}.|{N} had learned that {moral}.|And so {N} knew that "
    "{moral}.|Since then {N} knows that "
    "{moral}.]";

/// Words that a wish may ask for.
constexpr const char* kContent[] = {
    "apple",  "balloon", "basket",    "berries", "bird",   "blanket", "boat",     "book",    "bread",
    "bridge", "bucket",  "butterfly", "cake",    "candle", "castle",  "clock",    "cloud",   "coins",
    "corner", "door",    "dragon",    "drum",    "fence",  "fire",    "fish",     "flower",  "flowers",
    "forest", "friend",  "garden",    "gate",    "glue",   "gold",    "grass",    "hat",     "heart",
    "hill",   "honey",   "house",     "ice",     "jar",    "kitchen", "kite",     "lamp",    "lantern",
    "leaf",   "letter",  "light",     "map",     "market", "mirror",  "moon",     "morning", "mountain",
    "music",  "nest",    "night",     "paint",   "paper",  "picture", "pillow",   "pocket",  "pond",
    "prize",  "promise", "puddle",    "rain",    "ribbon", "river",   "road",     "roof",    "rope",
    "sand",   "scarf",   "school",    "sea",     "seed",   "shell",   "shoe",     "shore",   "snow",
    "song",   "soup",    "star",      "stick",   "stone",  "storm",   "stream",   "street",  "summer",
    "sun",    "table",   "tail",      "tower",   "train",  "tree",    "truth",    "village", "voice",
    "wall",   "water",   "waves",     "well",    "wind",   "window",  "wings",    "winter",  "wish",
    "woods",  "afraid",  "alone",     "angry",   "brave",  "bright",  "cold",     "dark",    "empty",
    "funny",  "glad",    "happy",     "hungry",  "kind",   "loud",    "old",      "proud",   "quiet",
    "sad",    "scared",  "shy",       "slow",    "small",  "soft",    "sweet",    "tall",    "tired",
    "warm",   "clap",    "climb",     "dance",   "dream",  "hide",    "jump",     "laugh",   "laughed",
    "listen", "sing",    "smile",     "smiled",  "swim",   "wait",    "whispered"};

struct Person {
  std::string name, kind;
  bool girl;
};

Person draw_person(SeededRandom& random, bool child, const std::string& not_name) {
  Person person;
  person.girl = random.chance(50);
  person.kind = child ? (person.girl ? "girl" : "boy") : random.pick(kAnimals);
  do {
    person.name = !child ? random.pick(kAnimalNames) : person.girl ? random.pick(kGirls) : random.pick(kBoys);
  } while (person.name == not_name);
  return person;
}

void set_person(const Person& person, const std::string& prefix, Grammar* grammar) {
  grammar->set(prefix + "he", person.girl ? "she" : "he");
  grammar->set(prefix + "him", person.girl ? "her" : "him");
  grammar->set(prefix + "his", person.girl ? "her" : "his");
  grammar->set(prefix + "himself", person.girl ? "herself" : "himself");
  grammar->set(prefix + "kind", person.kind);
}

/// "name=one|another;name=.."
void set_slots(std::string_view slots, Grammar* grammar) {
  while (!slots.empty()) {
    const size_t equals = slots.find('='), end = std::min(slots.find(';'), slots.size());
    TERN_CHECK(equals < end);
    const std::string alternatives = fmt::format("[{}]", slots.substr(equals + 1, end - equals - 1));
    grammar->set(std::string(slots.substr(0, equals)), grammar->expand(alternatives));
    slots.remove_prefix(std::min(end + 1, slots.size()));
  }
}

/// One blank between words, an empty line between paragraphs, none at the ends.
std::string tidy(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      while (!out.empty() && out.back() == ' ') out.pop_back();
      out += "\n\n";
    } else if (c != ' ' || (!out.empty() && out.back() != ' ' && out.back() != '\n')) {
      out += c;
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// Every word with a capital, but the small ones in between.
std::string as_title(std::string_view text) {
  constexpr std::string_view kSmall[] = {"a",  "an", "and", "at", "by",    "for", "in",
                                         "of", "on", "the", "to", "under", "with"};
  std::string title;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const bool small =
        !title.empty() && std::find(std::begin(kSmall), std::end(kSmall), word) != std::end(kSmall);
    if (!title.empty()) title += ' ';
    title += small ? std::string(word) : capitalized(std::string(word));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return title;
}

/// The body with M's coming written out.
std::string with_entrance(std::string_view body) {
  const size_t mark = body.find_first_of("@&#");
  if (mark == std::string_view::npos) return std::string(body);
  std::string entrance = body[mark] == '#' ? kStrangerComes : kFriendComes;
  if (body[mark] == '&') entrance += kIsTold;
  return fmt::format("{}{}{}", body.substr(0, mark), entrance, body.substr(mark + 1));
}

struct Told {
  std::string text, title, theme, moral, hero, kind;
  bool says_moral;
};

Told tell(SeededRandom& random) {
  const auto plots = all_plots();
  const Plot& plot = plots[random.below(plots.size())];
  Grammar grammar(&random);
  const bool child = random.chance(60);
  const Person hero = draw_person(random, child, ""), other = draw_person(random, child, hero.name);
  grammar.set("N", hero.name);
  grammar.set("M", other.name);
  set_person(hero, "", &grammar);
  set_person(other, "m", &grammar);
  const auto& [kin, kin_name] = random.pick(kKin);
  grammar.set("kin", fmt::format("{} {}", grammar.value("his"), kin));
  grammar.set("kinname", kin_name);
  grammar.set("place", random.pick(kPlaces));
  grammar.set("trait", random.pick(kTraits));
  grammar.set("mtrait", random.pick(kTraits));
  grammar.set("moral", plot.moral);
  grammar.set("day", grammar.expand(kDay));
  set_slots(plot.slots, &grammar);

  Told told{.text = "",
            .title = as_title(grammar.expand(plot.title)),
            .theme = plot.theme,
            .moral = plot.moral,
            .hero = hero.name,
            .kind = hero.kind,
            .says_moral = random.chance(35)};
  std::string parts = fmt::format("{} {} ", kIntroduction, kHabit);
  if (plot.together) parts += kFriend;
  parts += "\n" + with_entrance(plot.body) + " ";
  if (random.chance(40)) parts += plot.together && random.chance(50) ? kFriendsEnding : kEnding;
  if (told.says_moral) parts += fmt::format(" {}", kMoral);
  told.text = tidy(grammar.expand(parts));
  return told;
}

/// Up to three of kContent that the text has.
std::vector<std::string> words_of(const std::string& text, SeededRandom& random) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z')) {
      word += static_cast<char>(c | 0x20);
    } else if (!word.empty()) {
      words.insert(std::exchange(word, ""));
    }
  }
  std::vector<std::string> found;
  for (const char* content : kContent) {
    if (words.contains(content)) found.emplace_back(content);
  }
  while (found.size() > 3)
    found.erase(found.begin() + static_cast<std::ptrdiff_t>(random.below(found.size())));
  return found;
}

}  // namespace

size_t story_plots() {
  return all_plots().size();
}

std::string story(SeededRandom& random) {
  const Told told = tell(random);
  return random.chance(15) ? fmt::format("{}\n\n{}", told.title, told.text) : told.text;
}

Exchange story_wish(SeededRandom& random) {
  Told told = tell(random);
  Grammar grammar(&random);
  const std::vector<std::string> words = words_of(told.text, random);
  grammar.set("theme", told.theme);
  grammar.set("title", told.title);
  grammar.set("moral", told.moral);
  grammar.set("N", told.hero);
  grammar.set("kind", told.kind);
  grammar.set("words", words.size() == 3 ? fmt::format("{}, {} and {}", words[0], words[1], words[2]) : "");
  const std::string wish =
      "[Write|Tell me|Please write|I would like to read] [a|a short|a simple|a little] story ";
  std::string end = ".";
  if (words.size() == 3 && random.chance(45)) {
    end = "[. Use the words {words}.|. It should have the words {words} in it.|, with the words {words}.]";
  }
  const char* about =
      told.says_moral
          ? "[about {theme}|about {a kind} named {N}|about {theme} with {a kind} called {N}|with the title "
            "\"{title}\"|that teaches that {moral}]"
          : "[about {theme}|about {a kind} named {N}|about {theme} with {a kind} called {N}|with the title "
            "\"{title}\"]";
  return {.question = grammar.expand(wish + about + end), .answer = std::move(told.text)};
}

}  // namespace tern

// Arithmetic as a child learns it. A problem is a function below; its words are grammar (grammar.h).
#include <algorithm>
#include <array>
#include <vector>

#include "base/check.h"
#include "data/grammar.h"
#include "data/synth.h"

namespace tern {
namespace {

constexpr const char* kNames[] = {"Ada",   "Amir",  "Ben",   "Carla", "Chloe", "Daniel", "Elena", "Emma",
                                  "Felix", "Grace", "Hana",  "Ines",  "Jack",  "Julia",  "Kofi",  "Lena",
                                  "Leo",   "Lily",  "Marco", "Maya",  "Mina",  "Nora",   "Oscar", "Paul",
                                  "Priya", "Rosa",  "Sam",   "Tara",  "Tom",   "Zoe"};
constexpr const char* kThings[] = {"apple",  "balloon", "book",    "button", "card",    "coin",
                                   "cookie", "crayon",  "egg",     "flower", "marble",  "orange",
                                   "pencil", "pebble",  "sticker", "stamp",  "shell",   "toy",
                                   "ticket", "cup",     "brick",   "plum",   "leaflet", "bead"};
constexpr const char* kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                 "Friday", "Saturday", "Sunday"};
constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                   "July",    "August",   "September", "October", "November", "December"};
constexpr const char* kOnes[] = {"zero",    "one",     "two",       "three",    "four",
                                 "five",    "six",     "seven",     "eight",    "nine",
                                 "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                 "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr const char* kTens[] = {"",      "",      "twenty",  "thirty", "forty",
                                 "fifty", "sixty", "seventy", "eighty", "ninety"};

/// 0 to 999 in words.
std::string in_words(int64_t n) {
  if (n < 20) return kOnes[n];
  if (n < 100) return kTens[n / 10] + (n % 10 == 0 ? std::string() : fmt::format("-{}", kOnes[n % 10]));
  const std::string hundreds = fmt::format("{} hundred", kOnes[n / 100]);
  return n % 100 == 0 ? hundreds : fmt::format("{} and {}", hundreds, in_words(n % 100));
}

/// Numbers, names and things for a problem, and its words.
class Sheet {
 public:
  explicit Sheet(SeededRandom& random) : random_(random), grammar_(&random) {
    const std::string name = random.pick(kNames);
    std::string other = name;
    while (other == name) other = random.pick(kNames);
    thing_ = random.pick(kThings);
    set("N", name);
    set("M", other);
    set("thing", thing_);
    set("things", thing_ + "s");
  }

  SeededRandom& random() { return random_; }
  void set(const char* name, std::string value) { grammar_.set(name, std::move(value)); }
  /// The number, and under `name`s also so many things ("1 coin", "2 coins").
  void set(const std::string& name, int64_t number) {
    grammar_.set(name, std::to_string(number));
    grammar_.set(name + "s", fmt::format("{} {}{}", number, thing_, number == 1 ? "" : "s"));
  }
  Exchange exchange(std::string_view question, std::string_view answer) {
    std::string asked = grammar_.expand(question);
    return {.question = std::move(asked), .answer = grammar_.expand(answer)};
  }

 private:
  SeededRandom& random_;
  Grammar grammar_;
  std::string thing_;
};

/// Up to two digits mostly, sometimes three.
int64_t some_number(SeededRandom& random) {
  const uint64_t kind = random.below(10);
  return random.between(1, kind < 3 ? 20 : kind < 9 ? 99 : 999);
}

Exchange add(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = some_number(random), b = some_number(random);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("sum", a + b);
  std::string steps;
  if (a >= 10 && b >= 10 && a < 100 && b < 100 && random.chance(60)) {
    const int64_t tens = a / 10 * 10 + b / 10 * 10, ones = a % 10 + b % 10;
    steps = fmt::format("Tens: {} + {} = {}. Ones: {} + {} = {}. {} + {} = {}. ", a / 10 * 10, b / 10 * 10,
                        tens, a % 10, b % 10, ones, tens, ones, a + b);
  }
  return sheet.exchange(
      "[What is {a} + {b}?|What is {a} plus {b}?|Add {a} and {b}.|What do {a} and {b} make "
      "together?|Find the sum of {a} and {b}.|{a} + {b} = ?]",
      steps + "[{a} + {b} = {sum}.|{a} plus {b} is {sum}.|The sum is {sum}.]");
}

Exchange add_three(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(1, 40), b = random.between(1, 40), c = random.between(1, 40);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("c", c);
  sheet.set("part", a + b);
  sheet.set("sum", a + b + c);
  return sheet.exchange(
      "[What is {a} + {b} + {c}?|Add {a}, {b} and {c}.|What do {a}, {b} and {c} make in all?]",
      "{a} + {b} = {part}, and {part} + {c} = {sum}. [The answer is {sum}.|So the sum is {sum}.]");
}

Exchange subtract(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  int64_t a = some_number(random), b = some_number(random);
  if (a < b) std::swap(a, b);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("rest", a - b);
  return sheet.exchange(
      "[What is {a} - {b}?|What is {a} minus {b}?|Take {b} away from {a}.|Subtract {b} from {a}.|How "
      "much is left of {a} when you take away {b}?|{a} - {b} = ?]",
      "{a} - {b} = {rest}.[| You can check it: {rest} + {b} = {a}.| We know it is right because "
      "{rest} + {b} = {a}.]");
}

Exchange multiply(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(2, 12), b = random.between(2, random.chance(20) ? 30 : 12);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("product", a * b);
  std::string steps;
  if (b > 12) {
    const int64_t tens = b / 10 * 10;
    steps = b % 10 == 0 ? fmt::format("{} x {} = {}, so ", a, b / 10, a * b / 10)
                        : fmt::format("{} x {} = {} and {} x {} = {}, so ", a, tens, a * tens, a, b % 10,
                                      a * (b % 10));
  }
  return sheet.exchange(
      "[What is {a} x {b}?|What is {a} times {b}?|Multiply {a} by {b}.|Find the product of {a} and "
      "{b}.|{a} x {b} = ?]",
      steps + "{a} x {b} = {product}.");
}

Exchange divide(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t b = random.between(2, 12), quotient = random.between(2, 12);
  sheet.set("a", b * quotient);
  sheet.set("b", b);
  sheet.set("quotient", quotient);
  return sheet.exchange(
      "[What is {a} / {b}?|What is {a} divided by {b}?|Divide {a} by {b}.|How many times does {b} go "
      "into {a}?]",
      "{b} x {quotient} = {a}, so {a} / {b} = {quotient}.");
}

Exchange divide_with_rest(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t b = random.between(3, 9), quotient = random.between(2, 9), rest = random.between(1, b - 1);
  sheet.set("a", b * quotient + rest);
  sheet.set("b", b);
  sheet.set("quotient", quotient);
  sheet.set("whole", b * quotient);
  sheet.set("rest", rest);
  return sheet.exchange(
      "[{N} puts {as} into bags of {b}. How many full bags are there, and how many {things} are left "
      "over?|What is {a} divided by {b}, with what is left over?]",
      "{b} x {quotient} = {whole}, and {a} - {whole} = {rest}. [That makes {quotient}, and {rest} left "
      "over.|The answer is {quotient}, with {rest} left over.]");
}

Exchange compare(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = some_number(random);
  int64_t b = random.chance(40) ? a + random.between(-9, 9) : some_number(random);
  if (b < 0) b = 0;
  const bool bigger = random.chance(50);
  const int64_t right = bigger ? std::max(a, b) : std::min(a, b);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("right", right);
  sheet.set("wrong", a + b - right);
  if (a == b) {
    return sheet.exchange("Which is bigger, {a} or {b}?",
                          "Neither: both numbers are {a}, so they are equal.");
  }
  if (bigger) {
    return sheet.exchange(
        "[Which number is bigger, {a} or {b}?|Which is larger: {a} or {b}?|{a} or {b}: which is more?]",
        "{right} is [bigger|greater] than {wrong}, so the answer is {right}.");
  }
  return sheet.exchange(
      "[Which number is smaller, {a} or {b}?|Which is less: {a} or {b}?|Find the smaller number: {a}, "
      "{b}.]",
      "{right} is [smaller|less] than {wrong}, so the answer is {right}.");
}

std::string joined(const std::vector<int64_t>& numbers, std::string_view between = ", ") {
  return fmt::format("{}", fmt::join(numbers, between));
}

Exchange sort_numbers(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  std::vector<int64_t> numbers;
  while (numbers.size() < 4) {
    const int64_t number = random.between(1, 120);
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
  }
  const bool up = random.chance(50);
  sheet.set("numbers", joined(numbers));
  std::sort(numbers.begin(), numbers.end());
  if (!up) std::reverse(numbers.begin(), numbers.end());
  sheet.set("first", numbers[0]);
  sheet.set("sorted", joined(numbers));
  if (up) {
    return sheet.exchange(
        "[Put these numbers in order from smallest to biggest|Sort these numbers, the smallest first]: "
        "{numbers}.",
        "The smallest is {first}. In order: {sorted}.");
  }
  return sheet.exchange(
      "[Put these numbers in order from biggest to smallest|Sort these numbers, the biggest first]: "
      "{numbers}.",
      "The biggest is {first}. In order: {sorted}.");
}

Exchange next_by_adding(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const bool down = random.chance(30);
  const int64_t step = random.between(1, 12),
                start = down ? step * 5 + random.between(0, 40) : random.between(1, 40);
  std::vector<int64_t> row;
  for (int64_t i = 0; i < 5; ++i) row.push_back(start + (down ? -i : i) * step);
  sheet.set("next", row[4]);
  sheet.set("last", row[3]);
  sheet.set("step", step);
  row.pop_back();
  sheet.set("row", joined(row));
  const char* question =
      "[What number comes next: {row}, ...?|Go on with this row: {row}. What is next?|{row}, ? Find the "
      "next number.]";
  if (down) {
    return sheet.exchange(
        question,
        "Each number is {step} less than the one before. {last} - {step} = {next}. The next "
        "number is {next}.");
  }
  return sheet.exchange(
      question,
      "Each number is {step} more than the one before. {last} + {step} = {next}. The next number "
      "is {next}.");
}

Exchange next_by_doubling(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t factor = random.chance(70) ? 2 : random.chance(50) ? 3 : 10, start = random.between(1, 6);
  sheet.set("row", joined({start, start * factor, start * factor * factor}));
  sheet.set("last", start * factor * factor);
  sheet.set("factor", factor);
  sheet.set("next", start * factor * factor * factor);
  return sheet.exchange(
      "[What number comes next: {row}, ...?|Go on with this row: {row}. What is next?]",
      "Each number is {factor} times the one before. {last} x {factor} = {next}. The next number is "
      "{next}.");
}

Exchange parity(Sheet& sheet) {
  const int64_t a = some_number(sheet.random());
  sheet.set("a", a);
  sheet.set("last", a % 10);
  sheet.set("kind", std::string(a % 2 == 0 ? "even" : "odd"));
  return sheet.exchange(
      "[Is {a} even or odd?|Is the number {a} odd or even?|Tell me whether {a} is even or odd.]",
      a < 10 ? "{a} is {kind}." : "The last digit of {a} is {last}, so {a} is {kind}.");
}

Exchange round_number(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(11, 399), rounded = (a + 5) / 10 * 10;
  sheet.set("a", a);
  sheet.set("last", a % 10);
  sheet.set("rounded", rounded);
  sheet.set("way", std::string(a % 10 >= 5 ? "up" : "down"));
  return sheet.exchange(
      "[Round {a} to the nearest ten.|What is {a}, rounded to the nearest ten?]",
      "The last digit is {last}, so we round {way}. {a} rounded to the nearest ten is {rounded}.");
}

Exchange words(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(0, random.chance(70) ? 120 : 999);
  sheet.set("a", a);
  sheet.set("words", in_words(a));
  return random.chance(50)
             ? sheet.exchange("[Write {a} in words.|How do you write {a} in words?]",
                              "{a} in words is {words}.")
             : sheet.exchange("[Write {words} as a number.|Which number is {words}?]", "{Words} is {a}.");
}

Exchange digits(Sheet& sheet) {
  const int64_t a = sheet.random().between(100, 999);
  sheet.set("a", a);
  const auto counted = [](int64_t n, const char* what) {
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
  };
  sheet.set("hundreds", counted(a / 100, "hundred"));
  sheet.set("tens", counted(a / 10 % 10, "ten"));
  sheet.set("ones", counted(a % 10, "one"));
  return sheet.exchange("[What are the digits of {a} worth?|Take {a} apart into hundreds, tens and ones.]",
                        "{a} has {hundreds}, {tens} and {ones}.");
}

Exchange double_or_half(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(1, 150);
  sheet.set("a", a);
  sheet.set("twice", 2 * a);
  return random.chance(50) ? sheet.exchange("[What is double {a}?|What is twice {a}?|Double {a}.]",
                                            "Double {a} is {a} + {a} = {twice}.")
                           : sheet.exchange("[What is half of {twice}?|Halve {twice}.]",
                                            "Half of {twice} is {a}, because {a} + {a} = {twice}.");
}

Exchange missing(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(1, 60), b = random.between(1, 60);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("sum", a + b);
  return random.chance(60)
             ? sheet.exchange("[Which number is missing: {a} + __ = {sum}?|{a} plus what is {sum}?]",
                              "{sum} - {a} = {b}. The missing number is {b}.")
             : sheet.exchange("[Which number is missing: __ - {a} = {b}?|Which number, less {a}, gives {b}?]",
                              "{b} + {a} = {sum}. The missing number is {sum}.");
}

Exchange get_more(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(2, 60), b = random.between(2, 40);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("sum", a + b);
  return sheet.exchange(
      "[{N} has {as}. {M} gives {N} {b} more. How many {things} does {N} have now?|{N} found {as} in the "
      "morning and {b} in "
      "the afternoon. How many did {N} find in all?|There are {as} in one box and {b} in another. How many "
      "{things} are "
      "there together?|On Monday {N} counted {as}. On Tuesday there were {b} more. How many were there on "
      "Tuesday?|{N} and "
      "{M} put their {things} together. {N} has {a}, and {M} has {b}. How many do they have?]",
      "[Add the two numbers|We add]: {a} + {b} = {sum}. [There are {sums}.|The answer is {sums}.]");
}

Exchange give_away(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(6, 80), b = random.between(1, a - 1);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("rest", a - b);
  sheet.set("are", std::string(b == 1 ? "is" : "are"));
  return sheet.exchange(
      "[{N} has {as} and gives {b} of them to {M}. How many are left?|There were {as} on the table. {N} took "
      "{b}. How many "
      "are still there?|{N} had {as} and lost {b}. How many does {N} have now?|Out of {as}, {b} {are} red "
      "and "
      "the rest are "
      "blue. How many are blue?|{N} wants to collect {as} and has {b} so far. How many are missing?]",
      "[Take away|We subtract]: {a} - {b} = {rest}. The answer is {rests}.");
}

Exchange equal_groups(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(2, 10), b = random.between(2, 12);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("product", a * b);
  return sheet.exchange(
      "[There are {a} boxes with {bs} in each. How many {things} are there in all?|{N} buys {a} bags. Each "
      "bag holds {bs}. "
      "How many {things} does {N} have?|{a} children have {bs} each. How many {things} do they have "
      "together?|A shelf has "
      "{a} rows of {bs}. How many is that?]",
      "[Multiply|We multiply]: {a} x {b} = {product}. There are {products}.");
}

Exchange share(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t b = random.between(2, 10), quotient = random.between(2, 12);
  sheet.set("a", b * quotient);
  sheet.set("b", b);
  sheet.set("quotient", quotient);
  return sheet.exchange(
      "[{N} shares {as} equally among {b} friends. How many does each friend get?|{as} are put into {b} "
      "equal groups. How "
      "many are in each group?|{N} packs {as} into boxes of {b}. How many boxes does {N} need?]",
      "[Divide|We divide]: {a} / {b} = {quotient}. The answer is {quotient}.");
}

Exchange two_steps(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(5, 40), b = random.between(2, 30), c = random.between(1, a + b - 1);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("c", c);
  sheet.set("sum", a + b);
  sheet.set("rest", a + b - c);
  return sheet.exchange(
      "[{N} has {as}. {N} buys {b} more and then gives {c} to {M}. How many does {N} have now?|There are "
      "{as} in a jar. {N} "
      "puts in {b} more, and {M} takes out {c}. How many are in the jar now?|A shop has {as}. It gets {b} "
      "more and sells "
      "{c}. How many are left?]",
      "[First|At first], {a} + {b} = {sum}. Then {sum} - {c} = {rest}. The answer is {rests}.");
}

Exchange groups_and_more(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(2, 8), b = random.between(2, 9), c = random.between(1, 15);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("c", c);
  sheet.set("product", a * b);
  sheet.set("sum", a * b + c);
  return sheet.exchange(
      "[{N} has {a} bags with {bs} in each, and {c} more in a pocket. How many {things} does {N} have?|There "
      "are {a} shelves with {bs} each, and {c} lie on the floor. How many are there in all?]",
      "The {a} groups hold {a} x {b} = {product}. Together with the {c} others, that is {product} + {c} = "
      "{sum}.");
}

Exchange difference(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t b = random.between(1, 50), more = random.between(1, 40);
  sheet.set("a", b + more);
  sheet.set("b", b);
  sheet.set("more", more);
  return sheet.exchange(
      "[{N} has {as} and {M} has {b}. How many more does {N} have than {M}?|{M} has {bs}. {N} has {a}. How "
      "many "
      "fewer does {M} have?]",
      "[Find the difference|The difference is what we want]: {a} - {b} = {more}. The answer is {more}.");
}

Exchange more_than(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(2, 40), more = random.between(1, 20);
  sheet.set("a", a);
  sheet.set("more", more);
  sheet.set("b", a + more);
  sheet.set("sum", 2 * a + more);
  return sheet.exchange("{N} has {as}. {M} has {more} more than {N}. How many do they have together?",
                        "{M} has {a} + {more} = {b}. Together they have {a} + {b} = {sum}.");
}

Exchange change(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  constexpr int64_t kNotes[] = {5, 10, 20, 50, 100};
  const int64_t paid = random.pick(kNotes), price = random.between(1, paid - 1);
  sheet.set("paid", paid);
  sheet.set("price", price);
  sheet.set("back", paid - price);
  sheet.set("unit", std::string(price == 1 ? "dollar" : "dollars"));
  sheet.set("unit_back", std::string(paid - price == 1 ? "dollar" : "dollars"));
  return sheet.exchange(
      "[{N} buys a [toy|book|game|cake] for {price} {unit} and pays with {paid} dollars. How much change "
      "does "
      "{N} get?|Something costs {price} {unit}. {N} pays {paid} dollars. How much does {N} get back?]",
      "{paid} - {price} = {back}. {N} gets {back} {unit_back} back.");
}

Exchange cost(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t price = random.between(2, 12), number = random.between(2, 9);
  sheet.set("price", price);
  sheet.set("number", number);
  sheet.set("sum", price * number);
  return sheet.exchange(
      "[One {thing} costs {price} dollars. How much do {numbers} cost?|{N} buys {numbers} for {price} "
      "dollars "
      "each. How much does {N} pay?]",
      "{number} x {price} = {sum}, so it is {sum} dollars.");
}

Exchange age(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(4, 15), years = random.between(2, 20);
  sheet.set("a", a);
  sheet.set("years", years);
  sheet.set("later", a + years);
  return sheet.exchange(
      "[{N} is {a} years old. How old will {N} be in {years} years?|{N} is {a} years old. {M} is {years} "
      "years "
      "older. How old is {M}?]",
      "{a} + {years} = {later}. The answer is {later} years.");
}

Exchange clock(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t hour = random.between(1, 12), hours = random.between(2, 6);
  sheet.set("hour", hour);
  sheet.set("hours_on", hours);
  sheet.set("later", (hour + hours - 1) % 12 + 1);
  return sheet.exchange(
      "[It is {hour} o'clock. What time will it be in {hours_on} hours?|A trip starts at {hour} o'clock and "
      "takes "
      "{hours_on} hours. When does it end?]",
      "Count {hours_on} hours on from {hour} o'clock. It is {later} o'clock then.");
}

Exchange minutes(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t hours = random.between(1, 5), rest = 5 * random.between(1, 11);
  sheet.set("hours_on", fmt::format("{} hour{}", hours, hours == 1 ? "" : "s"));
  sheet.set("h", hours);
  sheet.set("rest", rest);
  sheet.set("full", hours * 60);
  sheet.set("sum", hours * 60 + rest);
  return sheet.exchange(
      "How many minutes are {hours_on} and {rest} minutes?",
      "One hour has 60 minutes, so {hours_on} [make|have] {full} minutes. {full} + {rest} = {sum} minutes.");
}

Exchange day(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const auto today = static_cast<size_t>(random.below(7)), days = static_cast<size_t>(random.between(2, 6));
  std::string counted;
  for (size_t i = 1; i <= days; ++i)
    counted += fmt::format("{}{}", i == 1 ? "" : ", ", kDays[(today + i) % 7]);
  sheet.set("today", std::string(kDays[today]));
  sheet.set("days", std::to_string(days));
  sheet.set("counted", counted);
  sheet.set("then", std::string(kDays[(today + days) % 7]));
  return sheet.exchange(
      "[Today is {today}. What day will it be in {days} days?|What day is {days} days after {today}?]",
      "Count the days: {counted}. It will be {then}.");
}

Exchange month(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const auto now = static_cast<size_t>(random.below(12));
  const bool after = random.chance(50);
  sheet.set("now", std::string(kMonths[now]));
  sheet.set("then", std::string(kMonths[(now + (after ? 1 : 11)) % 12]));
  sheet.set("side", std::string(after ? "after" : "before"));
  return sheet.exchange("[Which month comes {side} {now}?|What is the month {side} {now}?]",
                        "The month {side} {now} is {then}.");
}

Exchange rectangle(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(2, 20), b = random.between(2, 20);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("sum", a + b);
  sheet.set("around", 2 * (a + b));
  sheet.set("area", a * b);
  return random.chance(50)
             ? sheet.exchange(
                   "A [rectangle|garden|table|room] is {a} m long and {b} m wide. [What is its "
                   "perimeter?|How long is the "
                   "way around it?]",
                   "All sides together: {a} + {b} + {a} + {b} = {around}. The perimeter is {around} m.")
             : sheet.exchange(
                   "A [rectangle|garden|table|room] is {a} m long and {b} m wide. [What is its area?|How "
                   "large is it?]",
                   "The area is length times width: {a} x {b} = {area}. It is {area} square meters.");
}

Exchange square(Sheet& sheet) {
  const int64_t a = sheet.random().between(2, 25);
  sheet.set("a", a);
  sheet.set("around", 4 * a);
  return sheet.exchange("A square has sides of {a} cm. What is its perimeter?",
                        "A square has four equal sides: 4 x {a} = {around}. The perimeter is {around} cm.");
}

Exchange is_it_true(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(2, 60), b = random.between(2, 60);
  const int64_t claimed =
      a + b + (random.chance(50) ? 0 : random.pick(std::array<int64_t, 4>{-2, -1, 1, 10}));
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("sum", a + b);
  sheet.set("claimed", claimed);
  return sheet.exchange(
      "[Is it true that {a} + {b} = {claimed}?|{N} says that {a} + {b} is {claimed}. Is that right?]",
      claimed == a + b ? "Yes, {a} + {b} = {sum}." : "No, {a} + {b} = {sum}, not {claimed}.");
}

Exchange fraction(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  constexpr std::array<const char*, 5> kParts = {"", "", "half", "a third", "a quarter"};
  const int64_t parts = random.between(2, 4), one = random.between(2, 12);
  sheet.set("whole", parts * one);
  sheet.set("parts", std::to_string(parts));
  sheet.set("one", one);
  sheet.set("rest", parts * one - one);
  sheet.set("part", std::string(kParts[static_cast<size_t>(parts)]));
  return random.chance(50)
             ? sheet.exchange("[What is {part} of {whole}?|Find {part} of {whole}.]",
                              "{whole} / {parts} = {one}, so {part} of {whole} is {one}.")
             : sheet.exchange("{N} has {wholes} and gives away {part} of them. How many are left?",
                              "{whole} / {parts} = {one}. {whole} - {one} = {rest}. There are {rest} left.");
}

Exchange two_operations(Sheet& sheet) {
  SeededRandom& random = sheet.random();
  const int64_t a = random.between(1, 20), b = random.between(2, 9), c = random.between(2, 9);
  sheet.set("a", a);
  sheet.set("b", b);
  sheet.set("c", c);
  sheet.set("product", b * c);
  sheet.set("sum", a + b * c);
  sheet.set("inner", a + b);
  sheet.set("outer", (a + b) * c);
  return random.chance(50)
             ? sheet.exchange("What is {a} + {b} x {c}?",
                              "Multiply first: {b} x {c} = {product}. Then {a} + {product} = {sum}.")
             : sheet.exchange("What is ({a} + {b}) x {c}?",
                              "First what is in brackets: {a} + {b} = {inner}. Then {inner} x {c} = "
                              "{outer}.");
}

constexpr Exchange (*kProblems[])(Sheet&) = {add,
                                             add,
                                             add_three,
                                             subtract,
                                             subtract,
                                             multiply,
                                             divide,
                                             divide_with_rest,
                                             compare,
                                             compare,
                                             sort_numbers,
                                             next_by_adding,
                                             next_by_doubling,
                                             parity,
                                             round_number,
                                             words,
                                             digits,
                                             double_or_half,
                                             missing,
                                             get_more,
                                             get_more,
                                             give_away,
                                             give_away,
                                             equal_groups,
                                             share,
                                             two_steps,
                                             groups_and_more,
                                             difference,
                                             more_than,
                                             change,
                                             cost,
                                             age,
                                             clock,
                                             minutes,
                                             day,
                                             month,
                                             rectangle,
                                             square,
                                             is_it_true,
                                             fraction,
                                             two_operations};

}  // namespace

Exchange math_problem(SeededRandom& random) {
  Sheet sheet(random);
  return random.pick(kProblems)(sheet);
}

std::string math_document(SeededRandom& random) {
  struct Style {
    const char *question, *answer;
  };
  constexpr Style kStyles[] = {
      {"Q: ", "A: "}, {"Question: ", "Answer: "}, {"", ""}, {"Problem: ", "Solution: "}};
  const Style& style = random.pick(kStyles);
  std::string text;
  for (int64_t left = random.between(3, 10); left > 0; --left) {
    const Exchange problem = math_problem(random);
    text += fmt::format("{}{}\n{}{}\n\n", style.question, problem.question, style.answer, problem.answer);
  }
  text.resize(text.size() - 2);
  return text;
}

}  // namespace tern

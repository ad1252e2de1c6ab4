// Chat templates broken between their words: what parses is rendered.
#include <gtest/gtest.h>

#include "base/mutation.h"
#include "base/testing.h"
#include "tokenizer/chat_template.h"

namespace tern {
namespace {

using testing::Expect;
using testing::Random;
using Words = std::vector<std::string>;

/// Brackets of tags, names, numbers, quoted strings and single characters.
Words words_of(std::string_view source) {
  Words words;
  const auto length = [&]() -> size_t {
    for (const std::string_view bracket : {"{%-", "-%}", "{{-", "-}}", "{%", "%}", "{{", "}}", "{#", "#}"}) {
      if (source.starts_with(bracket)) return bracket.size();
    }
    if (source[0] == '\'' || source[0] == '"')
      return std::min(source.find(source[0], 1), source.size() - 1) + 1;
    const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    size_t n = 0;
    while (n < source.size() && is_word(source[n])) ++n;
    return std::max<size_t>(n, 1);
  };
  while (!source.empty()) {
    const size_t n = length();
    words.emplace_back(source.substr(0, n));
    source.remove_prefix(n);
  }
  return words;
}

/// Several times, so that it is deep or long.
void repeat(Words& words, Random& random, const Words& what) {
  const size_t times = random.chance(2) ? 1 + random.below(5) : random.border(100) % 3000,
               at = random.below(words.size());
  Words repeated;
  for (size_t i = 0; i < times; ++i) repeated.insert(repeated.end(), what.begin(), what.end());
  words.insert(words.begin() + static_cast<std::ptrdiff_t>(at), repeated.begin(), repeated.end());
}

bool is_string(const std::string& word) {
  return word.size() > 1 && (word[0] == '\'' || word[0] == '"');
}
bool is_number(const std::string& word) {
  return std::isdigit(static_cast<unsigned char>(word[0])) != 0;
}

std::string& any_word(Words& words, Random& random, bool (*fits)(const std::string&)) {
  std::vector<std::string*> found;
  for (std::string& word : words) {
    if (fits(word)) found.push_back(&word);
  }
  return found.empty() ? random.pick(words) : *random.pick(found);
}

constexpr const char* kFilters[] = {"|trim",
                                    "|upper",
                                    "|length",
                                    "|list",
                                    "|tojson",
                                    "|first",
                                    "|last",
                                    "|join(',')",
                                    "|int",
                                    "|float",
                                    "|abs",
                                    "|default('x')",
                                    "|items",
                                    "|map('upper')",
                                    "|reverse",
                                    "|safe",
                                    "|e",
                                    "|sort",
                                    "|dictsort",
                                    "|unique",
                                    "|sum",
                                    "|indent(1, true)",
                                    ".rsplit('a', 1)",
                                    ".splitlines()",
                                    ".partition('a')",
                                    "|string",
                                    "|replace('a', 'bb')",
                                    "[::-1]",
                                    "[1:]",
                                    "[0]",
                                    ".x",
                                    ".split(',')",
                                    " is defined",
                                    " in 'ab'",
                                    " ~ 1",
                                    " * 3",
                                    " ** 99",
                                    " // 0",
                                    " % 0",
                                    " + 'x'"};

constexpr testing::Mutator<Words> kMutators[] = {
    {"word dropped", [](auto& words, auto& r) { words.erase(words.begin() + r.below(words.size())); }},
    {"word copied", [](auto& words, auto& r) { r.pick(words) = r.pick(words); }},
    {"words swapped", [](auto& words, auto& r) { std::swap(r.pick(words), r.pick(words)); }},
    {"word inserted",
     [](auto& words, auto& r) { words.insert(words.begin() + r.below(words.size()), r.pick(words)); }},
    {"string",
     [](auto& words, auto& r) {
       static const std::string kStrings[] = {
           "''", "'\\", "'\\x'", "'\\u12'", "'\\U00110000'", "'\\N{BULLET}'", "'\\777'", "'\xff'"};
       any_word(words, r, is_string) = r.pick(kStrings);
     }},
    {"long string",
     [](auto& words, auto& r) {
       any_word(words, r, is_string) = fmt::format("'{}'", std::string(r.border(65536) % 300'000, 'x'));
     }},
    {"number",
     [](auto& words, auto& r) {
       static const std::string kNumbers[] = {
           "1e999", "1e-999", "1_0", "0x", "0b2", "00", "1.", "1e", "99999999999999999999"};
       any_word(words, r, is_number) = r.chance(2) ? r.pick(kNumbers) : std::to_string(r.border(1));
     }},
    {"filter", [](auto& words, auto& r) { any_word(words, r, is_string) += r.pick(kFilters); }},
    {"brackets",
     [](auto& words, auto& r) {
       static const Words kWhat[] = {{"("}, {"["}, {"{"}, {"-"}, {"not "}, {"{{"}, {"{%"}, {"[", "]"}};
       repeat(words, r, r.pick(kWhat));
     }},
    {"nested statements",
     [](auto& words, auto& r) {
       static const Words kWhat[] = {{"{% if messages %}"},
                                     {"{% for m in messages %}"},
                                     {"{% set x %}"},
                                     {"{% macro f() %}"},
                                     {"{% call f() %}"}};
       repeat(words, r, r.pick(kWhat));
     },
     Expect::kBoth},
    {"work",
     [](auto& words, auto& r) {
       static const std::string kWork[] = {
           "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
           "{% set n = namespace(x='ab') %}{% for i in range(64) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
           "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}",
           "{% macro g(x) %}{% call g(x) %}{{ x }}{% endcall %}{{ caller() }}{% endmacro %}{% call g(1) %}{% "
           "endcall %}",
           "{{ 'x' * 99999999 }}",
           "{{ [0] * 99999999 }}",
           "{{ range(99999999) | list }}",
           "{% set n = namespace(x=[]) %}{% for i in range(999) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ "
           "n.x }}",
           "{{ ('a' * 9999).replace('a', 'b' * 9999) }}",
           "{% for a in range(99999) %}{% endfor %}",
           "{{ 2 ** 9999 ** 9999 }}"};
       // Up to half a second each, until the budget is spent.
       if (r.chance(20)) words.insert(words.begin(), r.pick(kWork));
     }},
    {"bytes", [](auto& words, auto& r) { r.pick(words) = r.bytes(r.below(9)); }},
    {"statements",
     [](auto& words, auto& r) {
       static const std::string kStatements[] = {
           "{% break %}",        "{{ loop.index }}",    "{% set a, b = 1 %}",
           "{{ x.y.z }}",        "{% set x.y = 1 %}",   "{{ messages[0]['__class__'] }}",
           "{{ messages[99] }}", "{{ messages['x'] }}", "{{ raise_exception('no') }}",
           "{{ 1 / 0 }}",        "{{ namespace }}",     "{% for a, b in messages %}{% endfor %}",
           "{{ {} < [] }}"};
       words.insert(words.begin() + r.below(words.size()), r.pick(kStatements));
     }},
    {"cut", [](auto& words, auto& r) { words.resize(1 + r.below(words.size())); }},
};

TEST(Mutation, ChatTemplate) {
  std::vector<Words> seeds;
  const Json golden = Json::parse(testing::read_file(testing::golden("chat/golden.json")));
  for (const auto& [name, source] : golden.at("templates").items())
    seeds.push_back(words_of(source.get<std::string>()));
  const std::vector<ChatMessage> messages = {{"system", "Be brief."},
                                             {"user", "a<|eot_id|>\xFF\xC3\xA9 %s {0}"},
                                             {"assistant", std::string(300, 'x')},
                                             {"user", ""}};
  testing::run_campaign<Words>(seeds, kMutators, 7000, 60, [&](const Words& image) -> testing::Verdict {
    std::string source;
    for (const std::string& word : image) source += word;
    const auto chat_template = ChatTemplate::parse(source);
    if (!chat_template) return chat_template.error();
    const auto text = (*chat_template)->render(messages, true, "<s>", "</s>");
    return text ? std::nullopt : std::optional(text.error());
  });
}

}  // namespace
}  // namespace tern

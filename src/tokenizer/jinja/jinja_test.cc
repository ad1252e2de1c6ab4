// The template language against jinja2 as transformers sets it up (tests/golden/chat/generate.py), its
// limits, and templates that nobody meant to write.
#include <gtest/gtest.h>

#include <random>

#include "base/testing.h"
#include "tokenizer/chat_template.h"

namespace tern {
namespace {

const Json& golden_chats() {
  static const Json json =
      *parse_json(testing::read_file(testing::golden("chat/golden.json")), "golden.json");
  return json;
}

const std::vector<ChatMessage> kHello = {{"user", "Hello"}};

Result<std::string> render(const std::string& source, const Json& extra = nullptr) {
  TERN_ASSIGN(const auto chat_template, ChatTemplate::parse(source));
  return chat_template->render(kHello, false, "", "", extra);
}

/// What a template prints, or its error.
std::string text_of(const std::string& source) {
  const auto rendered = render(source);
  return rendered ? *rendered : rendered.error().message();
}

/// The error of a template that must fail.
Error failure(const std::string& source) {
  const auto rendered = render(source);
  EXPECT_FALSE(rendered) << source.substr(0, 100);
  return rendered ? Error(ErrorCode::kInternal, "it rendered") : rendered.error();
}

TEST(Jinja, SnippetsGiveWhatJinja2Gives) {
  for (const Json& snippet : golden_chats()["snippets"]) {
    const auto source = snippet[0].get<std::string>();
    const auto rendered = render(source, golden_chats()["data"]);
    if (snippet[1].is_null()) {
      ASSERT_FALSE(rendered) << source << " gives " << *rendered;
      EXPECT_NE(rendered.error().code(), ErrorCode::kUnsupported)
          << source << ": " << rendered.error().message();
      continue;
    }
    ASSERT_TRUE(rendered) << source << ": " << rendered.error().message();
    EXPECT_EQ(rendered.value_or(""), snippet[1].get<std::string>()) << source;
  }
}

TEST(Jinja, UnknownThingsAreNamedWithTheirLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"\n{{ 1 | frobnicate }}", "line 2: filter 'frobnicate'"},
      {"\n\n{{ 1 is odder }}", "line 3: test 'odder'"},
      {"{{ now() }}", "line 1: function 'now'"},
      {"{% include 'x' %}", "line 1: statement 'include'"},
      {"{% for a in b recursive %}{% endfor %}", "line 1: 'recursive'"},
      {"{{ 2 ** 3 }}", "line 1: operator '**'"},
      {"\n{{ 'a'.zfill(3) }}", "line 2: str.zfill"},
      {"{{ [].append(1) }}", "line 1: list.append"},
      {"{{ messages | map('frob') | list }}", "line 1: filter 'frob'"},
      {"{{ cycler }}", "line 1: 'cycler'"},
      {"{{ '%s' % 1 }}", "line 1: formatting with %"},
      {"{% macro m(caller) %}{% endmacro %}", "line 1: a parameter named caller"},
      {"{{ caller() }}", "line 1: function 'caller'"},
      {"\n{% call range(3) %}{% endcall %}", "line 2: a call block of anything but a macro"},
      {"{{ [1 | safe] }}", "line 1: printing a list or dictionary of what |safe gave"},
      {"{{ ('a' | safe).replace('a', '<') }}", "line 1: replace() of what |safe gave"},
      {"{{ ('a' | safe).join(['<']) }}", "line 1: join() of what |safe gave"},
      {"{{ 'a b'.rsplit(none, 1) }}", "line 1: rsplit() at whitespace"},
      {"{{ '\u0663'.isdigit() }}", "line 1: isdigit() of U+0663"},
      {"{{ 1 is sameas 1 }}", "line 1: sameas"},
      {"{{ '\u00e0' | upper }}", "line 1: changing the case of U+00E0"},
      {"{{ strftime_now('%Q') }}", "line 1: strftime_now('%Q')"},
      {"{{ 9223372036854775807 + 1 }}", "line 1: a number leaves the range of 64 bits"}};
  for (const auto& [source, message] : cases) {
    const Error error = failure(source);
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << source << ": " << error.message();
    EXPECT_NE(error.message().find(message), std::string::npos) << error.message();
  }
}

TEST(Jinja, BrokenSyntaxIsABadFile) {
  for (const char* source : {"{{",
                             "{{ 1",
                             "{% if x %}",
                             "{% endif %}",
                             "{% if %}{% endif %}",
                             "{{ ) }}",
                             "{{ (1] }}",
                             "{{ 'a }}",
                             "{# x",
                             "{%",
                             "{% for %}{% endfor %}",
                             "{% for x %}{% endfor %}",
                             "{% set 1 = 2 %}",
                             "{% set loop = 2 %}",
                             "{{ 1 2 }}",
                             "{{ a. }}",
                             "{% macro m(a=1, b) %}{% endmacro %}",
                             "{{ f(a=1, 2) }}",
                             "{% break %}",
                             "{{ '\\ud800' }}",
                             "{{ '\\xg' }}",
                             "{% raw %}",
                             "{{ a ! b }}",
                             "{% if a %}{% else %}{% elif b %}{% endif %}",
                             "{{ | trim }}",
                             "{{ {1} }}",
                             "{{ 012 }}",
                             "{% call %}{% endcall %}",
                             "{% call m %}{% endcall %}",
                             "{% call(1) m() %}{% endcall %}",
                             "{% call m() %}",
                             "{% endcall %}"}) {
    EXPECT_EQ(failure(source).code(), ErrorCode::kBadFile) << source << ": " << failure(source).message();
  }
}

TEST(Jinja, ErrorsOfARenderingNameTheLine) {
  const Error error = failure("a\nb\n{% if true %}\n{{ raise_exception('no ' ~ 1) }}{% endif %}");
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message(), "chat template, line 4: no 1");
  EXPECT_EQ(failure("{{ x.y }}").message(), "chat template, line 1: 'x' is undefined");
  EXPECT_EQ(failure("{{ messages.y.z }}").message(),
            "chat template, line 1: 'list object' has no attribute 'y'");
}

std::string repeated(std::string_view part, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += part;
  return text;
}

TEST(Jinja, WorkMemoryAndDepthAreBounded) {
  const std::string loop = "{% for a in range(100000) %}";
  const std::pair<std::string, ErrorCode> cases[] = {
      {repeated(loop, 3) + repeated("{% endfor %}", 3), ErrorCode::kOutOfMemory},
      {"{% set ns = namespace(s='ab') %}" + loop + "{% set ns.s = ns.s + ns.s %}{% endfor %}",
       ErrorCode::kOutOfMemory},
      {"{% set ns = namespace(s=[1]) %}" + loop + "{% set ns.s = ns.s + ns.s %}{% endfor %}",
       ErrorCode::kOutOfMemory},
      {"{% set ns = namespace(s=[1]) %}" + loop + "{% set ns.s = [ns.s] %}{% endfor %}",
       ErrorCode::kOutOfMemory},
      {"{% set ns = namespace(s=1) %}" + loop +
           "{% for b in [ns.s] %}{% set ns.s = loop %}{% endfor %}{% endfor %}",
       ErrorCode::kOutOfMemory},
      {"{{ 'abcdefgh' * 1000000000000 }}", ErrorCode::kOutOfMemory},
      {"{{ [1] * 9223372036854775807 }}", ErrorCode::kOutOfMemory},
      {"{% set a = 'ab' * 1000000 %}" + repeated("{{ a }}", 10), ErrorCode::kOutOfMemory},
      {"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", ErrorCode::kOutOfMemory},
      {"{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", ErrorCode::kOutOfMemory},
      {"{% macro m() %}{{ caller() }}{% call m() %}{% endcall %}{% endmacro %}{% call m() %}{% endcall %}",
       ErrorCode::kOutOfMemory},
      {"{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}" + repeated("{% call m() %}", 60) + "x" +
           repeated("{% endcall %}", 60),
       ErrorCode::kOutOfMemory},
      {repeated("{% call m() %}", 5000) + repeated("{% endcall %}", 5000), ErrorCode::kBadFile},
      {"{% set ns = namespace(s='&') %}" + loop + "{% set ns.s = (ns.s ~ ns.s) | e ~ '' %}{% endfor %}",
       ErrorCode::kOutOfMemory},
      {"{{ ('\\n' * 100000) | indent(1000, blank=true) | length }}", ErrorCode::kOutOfMemory},
      {"{{ ('\\n' * 10000000).splitlines() | length }}", ErrorCode::kOutOfMemory},
      {"{{ ('a' * 10000000).rsplit('a') | length }}", ErrorCode::kOutOfMemory},
      {"{{ range(100000) | unique | list | length }}", ErrorCode::kOutOfMemory},
      {"{{ ([[1]] * 100000) | sum(start=[]) | length }}", ErrorCode::kOutOfMemory},
      {loop + "{% set a = range(100000) | sort(reverse=true) %}{% endfor %}", ErrorCode::kOutOfMemory},
      {"{% set s = 'a' * 1000000 %}" + loop + "{{ s + 'b' in s }}{% endfor %}", ErrorCode::kOutOfMemory},
      {"{{ " + repeated("(", 5000) + "1" + repeated(")", 5000) + " }}", ErrorCode::kBadFile},
      {"{{ " + repeated("[", 5000) + repeated("]", 5000) + " }}", ErrorCode::kBadFile},
      {"{{ " + repeated("not ", 5000) + "1 }}", ErrorCode::kBadFile},
      {"{{ " + repeated("-", 5000) + "1 }}", ErrorCode::kBadFile},
      {"{{ 1" + repeated(" + 1", 5000) + " }}", ErrorCode::kBadFile},
      {"{{ a" + repeated(".a", 5000) + " }}", ErrorCode::kBadFile},
      {"{{ 1" + repeated(" if a else 1", 5000) + " }}", ErrorCode::kBadFile},
      {"{{ 1" + repeated("|trim", 5000) + " }}", ErrorCode::kBadFile},
      {repeated("{% if 1 %}", 5000) + repeated("{% endif %}", 5000), ErrorCode::kBadFile},
      {"{% for " + repeated("(", 5000) + "a" + repeated(")", 5000) + " in b %}{% endfor %}",
       ErrorCode::kBadFile},
      {std::string((1 << 20) + 1, 'x'), ErrorCode::kBadFile}};
  for (const auto& [source, code] : cases) {
    const Error error = failure(source);
    EXPECT_EQ(error.code(), code) << source.substr(0, 100) << ": " << error.message();
  }
}

TEST(Jinja, WhatNamesAndArgumentsCostIsBounded) {
  const std::string long_name(257, 'n');
  for (const std::string& source :
       {"{{ " + long_name + " }}", "{% set " + long_name + " = 1 %}", "{{ dict(" + long_name + "=1) }}",
        "{{ dict(" + repeated("1,", 65) + ") }}", "{% macro m(p" + [] {
          std::string rest;
          for (int i = 0; i < 64; ++i) rest += fmt::format(", p{}", i);
          return rest;
        }() + ") %}{% endmacro %}"}) {
    EXPECT_EQ(failure(source).code(), ErrorCode::kUnsupported) << failure(source).message();
  }
  EXPECT_EQ(text_of("{{ dict(" + std::string(256, 'n') + "=1) | length }}"), "1");
  // 100 GB of reasons why, and 100 GB of attribute names, unless paid for.
  for (const char* source :
       {"{{ range(100000) | map(attribute='a' * 1000000) | list | length }}",
        "{% set name = 'a' * 1000000 %}{% for i in range(100000) %}{% set b = {}[name] %}{% endfor %}{{ 1 }}",
        "{% set name = 'a' * 1000000 %}{% for i in range(100000) %}{% set b = [][name] %}{% endfor %}{{ 1 "
        "}}"}) {
    const auto rendered = render(source);
    EXPECT_TRUE(!rendered || *rendered == "1") << source;
  }
  EXPECT_EQ(failure("{{ {}['" + std::string(79, 'a') + "\u00e9'].b }}").message(),
            "chat template, line 1: 'dict object' has no attribute '" + std::string(79, 'a') + "'");
  const std::string arguments = "'select', 'eq'" + repeated(", 1", 60);
  EXPECT_EQ(failure("{{ ([''] * 100000) | map(" + arguments + ") | list | length }}").code(),
            ErrorCode::kOutOfMemory);
}

TEST(Jinja, ACallerEndsWithItsCallBlock) {
  const std::string keep =
      "{% set ns = namespace() %}{% macro m() %}{% if not ns.c %}{% set ns.c = caller %}{% endif %}{{ ns.c() "
      "}}"
      "{% endmacro %}{% for i in [7] %}{% call m() %}{{ i }}{% endcall %}{% endfor %}";
  EXPECT_EQ(text_of(keep), "7");
  for (const char* late : {"{{ ns.c() }}", "{% call m() %}{% endcall %}"}) {
    const Error error = failure(keep + late);
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("kept beyond its call block"), std::string::npos) << error.message();
  }
  // One that calls another is there until both are done.
  EXPECT_EQ(
      text_of("{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}a{% call m() %}b{% endcall %}c"
              "{% endcall %}"),
      "[a[b]c]");
}

TEST(Jinja, TuplesThatShareTheirPartsAreQuickToHash) {
  EXPECT_EQ(text_of("{% set ns = namespace(t=(1,)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}"
                    "{% endfor %}{{ {ns.t: 1} | length }}"),
            "1");
  EXPECT_EQ(failure("{{ {(1, ([],)): 1} }}").code(), ErrorCode::kInvalidArgument);
}

TEST(Jinja, NumbersThatPythonAloneReadsAreRefused) {
  for (const char* source :
       {"{{ '1e999' | float }}", "{{ '1e999' | int(7) }}", "{{ '9223372036854775808' | int }}",
        "{{ '\uff11\uff12' | int }}", "{{ '\u0663' | float }}"}) {
    EXPECT_EQ(failure(source).code(), ErrorCode::kUnsupported) << source;
  }
}

TEST(Jinja, ExtremeIntegersAreSafe) {
  for (const char* source :
       {"{{ -9223372036854775807 - 2 }}", "{{ (-9223372036854775807 - 1) // -1 }}",
        "{{ (-9223372036854775807 - 1) | abs }}", "{{ -(-9223372036854775807 - 1) }}",
        "{{ 9223372036854775807 * 2 }}", "{{ 9223372036854775807 / 3 }}", "{{ 1e300 | int }}"}) {
    EXPECT_EQ(failure(source).code(), ErrorCode::kUnsupported) << source;
  }
  const std::string low = "(-9223372036854775807 - 1)";
  EXPECT_EQ(text_of("{{ " + low + " % -1 }}"), "0");
  EXPECT_EQ(text_of("{{ [1, 2, 3][" + low + ":9223372036854775807:9223372036854775807] }}"), "[1]");
  EXPECT_EQ(text_of("{{ [1, 2, 3][::" + low + "] }}{{ 'abc'[" + low + "] }}"), "[3]");
  EXPECT_EQ(text_of("{{ range(" + low + ", 9223372036854775807, 9223372036854775807) | list | length }}"),
            "3");
}

TEST(Jinja, TheClockIsReadWhenAsked) {
  EXPECT_EQ(text_of("{{ strftime_now('%Y-%m-%d') | length }}"), "10");
  EXPECT_EQ(text_of("{{ strftime_now('') }}"), "");
}

/// Words of the language, to be thrown together.
const std::vector<std::string> kWords = {"{{",
                                         "}}",
                                         "{%",
                                         "%}",
                                         "{#",
                                         "#}",
                                         "-",
                                         "+",
                                         "{%-",
                                         "-%}",
                                         "if",
                                         "elif",
                                         "else",
                                         "endif",
                                         "for",
                                         "in",
                                         "endfor",
                                         "set",
                                         "endset",
                                         "macro",
                                         "endmacro",
                                         "call",
                                         "endcall",
                                         "caller",
                                         "safe",
                                         "sort",
                                         "dictsort",
                                         "m",
                                         "x",
                                         "messages",
                                         "loop",
                                         "namespace",
                                         "ns",
                                         "(",
                                         ")",
                                         "[",
                                         "]",
                                         "{",
                                         "}",
                                         ",",
                                         ":",
                                         ".",
                                         "|",
                                         "=",
                                         "==",
                                         "<",
                                         "*",
                                         "/",
                                         "//",
                                         "%",
                                         "~",
                                         "not",
                                         "and",
                                         "or",
                                         "is",
                                         "defined",
                                         "none",
                                         "true",
                                         "1",
                                         "0",
                                         "99",
                                         "2.5",
                                         "'a'",
                                         "\"b\"",
                                         "'",
                                         "\\",
                                         "\n",
                                         " ",
                                         " ",
                                         " ",
                                         "trim",
                                         "length",
                                         "tojson",
                                         "join",
                                         "map",
                                         "range",
                                         "items",
                                         "split",
                                         "upper",
                                         "raw",
                                         "endraw",
                                         "break",
                                         "continue",
                                         "\xc3\xa9",
                                         "\xff",
                                         "\x80",
                                         "with",
                                         "generation",
                                         "endgeneration",
                                         "filter",
                                         "endfilter",
                                         "replace",
                                         "list",
                                         "reverse",
                                         "strip",
                                         "find",
                                         "role"};

/// It must come back, with text or with an error that is not ours.
void survives(const std::string& source) {
  const auto rendered = render(source);
  EXPECT_TRUE(rendered || rendered.error().code() != ErrorCode::kInternal) << source;
}

TEST(Jinja, RandomWordsDoNotCrash) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 4000; ++i) {
    std::string source = random() % 2 ? "{{ " : "{% ";
    for (uint64_t n = random() % 40; n > 0; --n)
      source += kWords[random() % kWords.size()] + (random() % 2 ? " " : "");
    survives(source + (random() % 2 ? " }}" : " %}"));
  }
}

TEST(Jinja, MutatedTemplatesDoNotCrash) {
  std::vector<std::string> sources;
  for (const Json& source : golden_chats()["templates"]) sources.push_back(source.get<std::string>());
  for (const Json& snippet : golden_chats()["snippets"]) sources.push_back(snippet[0].get<std::string>());
  std::mt19937_64 random(2);
  for (int i = 0; i < 4000; ++i) {
    std::string source = sources[random() % sources.size()];
    for (uint64_t n = 1 + random() % 4; n > 0; --n) {
      const size_t at = random() % (source.size() + 1);
      if (random() % 2) source.erase(at, random() % 8);
      if (random() % 2) source.insert(std::min(at, source.size()), kWords[random() % kWords.size()]);
    }
    survives(source);
  }
}

}  // namespace
}  // namespace tern

#include "base/json.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

std::string nested(int depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Json, ParsesAndRefuses) {
  EXPECT_EQ((*parse_json(R"({"a": [1, -2, 0.5, "x", null, true]})", "f"))["a"].size(), 6u);
  for (const char* bad : {"", "{", "[1,]", "{\"a\":1}}", "nul", "\"\xff\"", "[1] x", "\"a"}) {
    const auto result = parse_json(bad, "file.json");
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code(), ErrorCode::kBadFile);
    EXPECT_TRUE(result.error().message().starts_with("file.json: ")) << result.error().message();
  }
}

TEST(Json, DepthIsBounded) {
  for (const auto parse : {parse_json, parse_json_unique_keys}) {
    EXPECT_TRUE(parse(nested(64), "f"));
    EXPECT_FALSE(parse(nested(65), "f"));
    EXPECT_FALSE(parse(std::string(10'000'000, '['), "f"));
    EXPECT_TRUE(
        parse("\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"", "f"));  // in a string
  }
}

TEST(Json, ALargeFileMayNotBeAllBrackets) {
  std::string text = "[";
  for (int i = 0; i < 150'000; ++i) text += "[],";
  EXPECT_FALSE(parse_json(text + "0]", "f"));
  EXPECT_TRUE(parse_json(text + "0" + std::string(800'000, ' ') + "]", "f"));
}

TEST(Json, ALargeFileMayNotBeAllFields) {
  std::string fields = "{", items = "[";
  for (int i = 0; i < 3'400'000; ++i) fields += "\"\":0,";
  EXPECT_FALSE(parse_json(fields + "\"\":0}", "f"));
  for (int i = 0; i < 3'400'000; ++i) items += "000,";  // not JSON, which is found later
  EXPECT_EQ(parse_json(items + "0]", "f").error().message(), "f: not valid JSON");
}

TEST(Json, DuplicateKeys) {
  EXPECT_EQ((*parse_json(R"({"a":1,"a":2})", "f"))["a"], 2);
  EXPECT_TRUE(parse_json_unique_keys(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})", "f"));
  for (const char* bad :
       {R"({"a":1,"a":2})", R"({"":1,"":2})", R"([{"x":{"b":1,"c":2,"b":3}}])", R"({"a":1,"\u0061":2})"}) {
    EXPECT_FALSE(parse_json_unique_keys(bad, "f")) << bad;
  }
  EXPECT_FALSE(parse_json_unique_keys("{", "f"));
}

TEST(Json, OrderedKeys) {
  EXPECT_EQ(parse_ordered_json(R"({"b":{"z":1,"y":2},"a":[{"d":0,"c":0}],"b2":0})", "f")->dump(),
            R"({"b":{"z":1,"y":2},"a":[{"d":0,"c":0}],"b2":0})");
  EXPECT_EQ(parse_ordered_json(R"({"b":1,"a":2,"b":3})", "f")->dump(), R"({"b":3,"a":2})");
  for (const std::string& bad : {std::string("{"), std::string("[1] x"), nested(65)})
    EXPECT_EQ(parse_ordered_json(bad, "f").error().code(), ErrorCode::kBadFile);
  const auto object = [](int keys) {
    std::string text = R"({"":0)";
    for (int i = 1; i < keys; ++i) text += fmt::format(R"(,"{}":{{"a":0}})", i);
    return text + "}";
  };
  EXPECT_TRUE(parse_ordered_json("[" + object(1024) + "," + object(1024) + "]", "f"));
  const auto refused = parse_ordered_json("[{}," + object(1025) + ",0]", "f");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "f: an object has more than 1024 keys");
}

TEST(Json, TypedFields) {
  const Json json = *parse_json(
      R"({"i":-3,"u":9223372036854775807,"big":9223372036854775808,"f":1.5,"b":true,"s":"x","n":null})", "f");
  EXPECT_EQ(*json_int(json, "i", "f"), -3);
  EXPECT_EQ(*json_int(json, "u", "f"), INT64_MAX);
  EXPECT_EQ(*json_int(json, "n", "f"), std::nullopt);
  EXPECT_EQ(*json_int(json, "absent", "f"), std::nullopt);
  for (const char* key : {"big", "f", "b", "s"}) EXPECT_FALSE(json_int(json, key, "f")) << key;
  EXPECT_EQ(*json_number(json, "f", "f"), 1.5);
  EXPECT_EQ(*json_number(json, "i", "f"), -3.0);
  EXPECT_FALSE(json_number(json, "s", "f"));
  EXPECT_EQ(*json_bool(json, "b", "f"), true);
  EXPECT_FALSE(json_bool(json, "i", "f"));
  EXPECT_EQ(*json_string(json, "s", "f"), "x");
  EXPECT_NE(json_string(json, "i", "config.json").error().message().find("config.json: field 'i'"),
            std::string::npos);
  EXPECT_EQ(*json_string(Json::array(), "s", "f"), std::nullopt);  // not an object: nothing there
}

TEST(Json, DumpNeverThrows) {
  EXPECT_EQ(dump_json(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
  EXPECT_EQ(dump_json(Json{{"b", 1}}), R"({"b":1})");
}

TEST(Json, DumpHasNothingThatATerminalObeys) {
  const std::string text = "\x1b[1m\x7f\u0080\u009b31m\u00a0\u00e9\u2028";
  const std::string dumped = dump_json(Json{{text, text}});
  const std::string shown = "\\u001b[1m\\u007f\\u0080\\u009b31m\u00a0\u00e9\u2028";
  EXPECT_EQ(dumped, "{\"" + shown + "\":\"" + shown + "\"}");
  EXPECT_EQ(parse_json(dumped, "f")->at(text), text);
}

}  // namespace
}  // namespace tern

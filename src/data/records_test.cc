#include "data/records.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

/// "role: content" of the messages, then the text and the answers as far as there are any.
std::vector<std::string> shown(const Record& record) {
  std::vector<std::string> lines;
  if (!record.text.empty()) lines.push_back(record.text);
  for (const ChatMessage& message : record.messages) lines.push_back(message.role + ": " + *message.content);
  if (!record.chosen.empty()) lines.push_back("+ " + record.chosen);
  if (!record.rejected.empty()) lines.push_back("- " + record.rejected);
  return lines;
}

using Shown = std::vector<std::string>;

Shown read(const char* json, ShardKind expected_kind) {
  const Json line = *parse_json(json, "line");
  const auto kind = kind_of_record(line, "line");
  EXPECT_TRUE(kind && *kind == expected_kind) << json;
  const auto record = read_record(line, expected_kind, "line");
  return record ? shown(*record) : Shown{record.error().message()};
}

TEST(Records, OfText) {
  EXPECT_EQ(read(R"({"text": " A\nb ", "source": "x"})", ShardKind::kText), Shown{" A\nb "});
}

TEST(Records, OfChats) {
  const Shown expected = {"system: Be kind.", "user: Hi", "assistant: Hello"};
  EXPECT_EQ(
      read(R"({"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"},
                     {"role": "assistant", "content": "Hello"}]})",
           ShardKind::kChat),
      expected);
  EXPECT_EQ(read(R"({"messages": [{"role": "developer", "content": "Be kind."},
                     {"role": "user", "content": [{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]},
                     {"role": "assistant", "content": "Hello"}]})",
                 ShardKind::kChat),
            expected);
  EXPECT_EQ(
      read(R"({"conversations": [{"from": "system", "value": "Be kind."}, {"from": "human", "value": "Hi"},
                     {"from": "gpt", "value": "Hello"}]})",
           ShardKind::kChat),
      expected);
  EXPECT_EQ(read(R"({"instruction": "Hi", "input": "", "output": "Hello", "system": "Be kind."})",
                 ShardKind::kChat),
            expected);
  EXPECT_EQ(read(R"({"instruction": "Add.", "input": "1 2", "output": "3"})", ShardKind::kChat),
            (Shown{"user: Add.\n\n1 2", "assistant: 3"}));
}

TEST(Records, OfPairs) {
  const Shown expected = {"user: Hi", "+ Hello", "- Go"};
  EXPECT_EQ(read(R"({"prompt": "Hi", "chosen": "Hello", "rejected": "Go"})", ShardKind::kPairs), expected);
  EXPECT_EQ(read(R"({"prompt": [{"role": "user", "content": "Hi"}], "chosen": "Hello", "rejected": "Go"})",
                 ShardKind::kPairs),
            expected);
  EXPECT_EQ(read(R"({"prompt": [{"role": "user", "content": "Hi"}],
                     "chosen": [{"role": "assistant", "content": "Hello"}],
                     "rejected": [{"role": "assistant", "content": "Go"}]})",
                 ShardKind::kPairs),
            expected);
  EXPECT_EQ(
      read(
          R"({"prompt": "Hi", "chosen": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
                     "rejected": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Go"}]})",
          ShardKind::kPairs),
      expected);
  EXPECT_EQ(read(R"({"prompt": "\n\nHuman: Hi\n\nAssistant:", "chosen": "Hello", "rejected": "Go"})",
                 ShardKind::kPairs),
            (Shown{"user:  Hi", "+ Hello", "- Go"}));  // contents are stripped when they are encoded
  EXPECT_EQ(read(R"({"chosen": "\n\nHuman: Hi\n\nAssistant: What?\n\nHuman: Hello\n\nAssistant: Yes",
                     "rejected": "\n\nHuman: Hi\n\nAssistant: What?\n\nHuman: Hello\n\nAssistant: No"})",
                 ShardKind::kPairs),
            (Shown{"user:  Hi", "assistant:  What?", "user:  Hello", "+  Yes", "-  No"}));
}

void refused(ShardKind kind, const char* json, std::string_view text) {
  const auto record = read_record(*parse_json(json, "x"), kind, "corpus.jsonl:7");
  ASSERT_FALSE(record) << json;
  EXPECT_EQ(record.error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(record.error().message().find("corpus.jsonl:7: "), 0u) << record.error().message();
  EXPECT_NE(record.error().message().find(text), std::string::npos) << record.error().message();
}

TEST(Records, ThatTeachNothingAreRefused) {
  refused(ShardKind::kText, R"({"content": "x"})", "no 'text'");
  refused(ShardKind::kText, R"({"text": " \n"})", "empty");
  refused(ShardKind::kText, R"({"text": 7})", "'text' must be a string");
  refused(ShardKind::kText, R"({"text": null})", "no 'text'");
  refused(ShardKind::kText, R"(["text"])", "no JSON object");
  refused(ShardKind::kChat, R"({"messages": {}})", "no list");
  refused(ShardKind::kChat, R"({"messages": []})", "says nothing");
  refused(ShardKind::kChat, R"({"messages": ["x"]})", "no 'role'");
  refused(ShardKind::kChat, R"({"messages": [{"role": "user"}]})", "no 'content'");
  refused(ShardKind::kChat, R"({"messages": [{"role": "tool", "content": "x"}]})", "role is 'tool'");
  refused(ShardKind::kChat, R"({"messages": [{"role": "user", "content": 1}]})", "no text");
  refused(ShardKind::kChat, R"({"messages": [{"role": "user", "content": [{"type": "image"}]}]})",
          "more than text");
  refused(ShardKind::kChat, R"({"messages": [{"role": "user", "content": "x"}]})", "says nothing");
  refused(ShardKind::kChat, R"({"messages": [{"role": "assistant", "content": " "}]})", "says nothing");
  refused(ShardKind::kChat, R"({"conversations": [{"from": "human"}]})", "no 'value'");
  refused(ShardKind::kChat, R"({"instruction": "x"})", "no 'output'");
  refused(ShardKind::kPairs, R"({"prompt": "x", "chosen": "y"})", "no 'rejected'");
  refused(ShardKind::kPairs, R"({"chosen": "y", "rejected": "z"})", "no 'prompt'");
  refused(ShardKind::kPairs, R"({"prompt": "x", "chosen": "y", "rejected": "y"})", "the same");
  refused(ShardKind::kPairs, R"({"prompt": "x", "chosen": "", "rejected": "y"})", "empty answer");
  refused(ShardKind::kPairs, R"({"prompt": [], "chosen": "x", "rejected": "y"})", "prompt is empty");
  refused(ShardKind::kPairs,
          R"({"chosen": "\n\nHuman: a\n\nAssistant: x", "rejected": "\n\nHuman: b\n\nAssistant: y"})",
          "differ before");
  refused(ShardKind::kPairs, R"({"chosen": "\n\nHuman: a", "rejected": "\n\nHuman: b\n\nAssistant: y"})",
          "does not end with");
  refused(ShardKind::kPairs,
          R"({"prompt": "x", "chosen": [{"role": "user", "content": "x"}], "rejected": "y"})",
          "does not end with");
  EXPECT_FALSE(kind_of_record(*parse_json(R"({"chosen": "x"})", "x"), "x"));
  EXPECT_FALSE(kind_of_record(*parse_json("7", "x"), "x"));
}

}  // namespace
}  // namespace tern

#include "apps/tern/chat/transcript.h"

#include "base/json_mutation.h"
#include "base/testing.h"

namespace tern {
namespace {

using testing::read_file;
using testing::TempFolder;
using testing::write_file;

const std::vector<ChatMessage> kMessages = {{"system", "Be brief."},
                                            {"user", "Zwölf \"中\"\n\x1b"},
                                            {"assistant", ""},
                                            {"user", "b"},
                                            {"assistant", "c"}};

std::vector<std::string> flat(const std::vector<ChatMessage>& messages) {
  std::vector<std::string> texts;
  for (const ChatMessage& message : messages) texts.push_back(message.role + ": " + message.content.value());
  return texts;
}

TEST(Transcript, ComesBackAsItWas) {
  const TempFolder folder;
  const std::string path = folder.file("chat.json");
  ASSERT_TRUE(save_transcript(path, kMessages, IfThere::kRefuse));
  const auto loaded = load_transcript(path);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(flat(*loaded), flat(kMessages));
  ASSERT_TRUE(save_transcript(path, {}, IfThere::kReplace));
  EXPECT_TRUE(load_transcript(path)->empty());
}

TEST(Transcript, AnOldFileIsReplacedOnlyWhenAsked) {
  const TempFolder folder;
  const std::string path = folder.file("chat.json");
  write_file(path, "precious");
  EXPECT_FALSE(save_transcript(path, kMessages, IfThere::kRefuse));
  EXPECT_EQ(read_file(path), "precious");
}

TEST(Transcript, BrokenUtf8IsReplacedNotThrown) {
  const TempFolder folder;
  const std::string path = folder.file("chat.json");
  ASSERT_TRUE(save_transcript(path, {{"user", "\xFF"}, {"assistant", "x"}}, IfThere::kRefuse));
  EXPECT_EQ(load_transcript(path)->front().content, "\uFFFD");
}

void refuse(const std::string& text, ErrorCode code, std::string_view message) {
  const TempFolder folder;
  const std::string path = folder.file("chat.json");
  write_file(path, text);
  const auto loaded = load_transcript(path);
  ASSERT_FALSE(loaded) << text;
  EXPECT_EQ(loaded.error().code(), code) << loaded.error().message();
  EXPECT_NE(loaded.error().message().find(message), std::string::npos) << loaded.error().message();
  EXPECT_NE(loaded.error().message().find(path), std::string::npos) << "the file is not named";
}

std::string with_messages(const std::string& messages) {
  return R"({"format": "tern-chat", "version": 1, "messages": )" + messages + "}";
}

TEST(Transcript, OtherFilesAreRefusedByName) {
  refuse("", ErrorCode::kBadFile, "");
  refuse("[]", ErrorCode::kBadFile, "is no conversation");
  refuse(R"({"format": "tern-chat", "version": 2, "messages": []})", ErrorCode::kUnsupported, "version 2");
  refuse(R"({"format": "tern-chat", "version": 1})", ErrorCode::kBadFile, "'messages' must be a list");
  refuse(with_messages("[1]"), ErrorCode::kBadFile, "message 0: is no object");
  refuse(with_messages(R"([{"role": "user"}])"), ErrorCode::kBadFile, "'content' is missing");
  refuse(with_messages(R"([{"role": "user", "content": []}])"), ErrorCode::kBadFile, "must be a string");
  refuse(with_messages(R"([{"role": "assistant", "content": ""}])"), ErrorCode::kBadFile, "not 'user'");
  refuse(with_messages(R"([{"role": "user", "content": ""}, {"role": "system", "content": ""}])"),
         ErrorCode::kBadFile, "message 1: the role is 'system', not 'assistant'");
  refuse(with_messages(R"([{"role": "user", "content": ""}])"), ErrorCode::kBadFile, "has no answer");
  refuse(with_messages(R"([{"role": "user", "role": "user", "content": ""}])"), ErrorCode::kBadFile, "");
  EXPECT_EQ(load_transcript("/nowhere/x.json").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(load_transcript("/dev/zero").error().code(), ErrorCode::kBadFile);
}

TEST(Transcript, BrokenOnesAreReadOrRefusedAndNeverHalf) {
  const TempFolder folder;
  const std::string path = folder.file("chat.json");
  ASSERT_TRUE(save_transcript(path, kMessages, IfThere::kRefuse));
  const Json good = Json::parse(read_file(path));
  testing::Random random(7);
  using Change = void (*)(Json&, testing::Random&);
  const Change changes[] = {testing::change_number, testing::change_text, testing::change_type,
                            testing::drop_value,    testing::copy_value,  testing::nest,
                            testing::rename_key};
  int accepted = 0, refused = 0;
  for (int i = 0; i < 3'000; ++i) {
    Json broken = good;
    changes[random.below(std::size(changes))](broken, random);
    std::string text = dump_json(broken);
    if (random.chance(8)) text.resize(random.below(text.size()));
    write_file(path, text);
    const auto loaded = load_transcript(path);
    ++(loaded ? accepted : refused);
    if (!loaded) continue;
    for (const ChatMessage& message : *loaded) ASSERT_TRUE(message.content.has_value());
    ASSERT_TRUE(loaded->empty() || loaded->back().role != "user");
  }
  EXPECT_GT(accepted, 100);
  EXPECT_GT(refused, 1'000);
}

}  // namespace
}  // namespace tern

#include "convert/hub_listing.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tern {
namespace {

const std::string kCommit = "0123456789abcdef0123456789abcdef01234567";

HubListing listing(const std::vector<std::string>& names) {
  HubListing result{kCommit, {}};
  for (const std::string& name : names) result.files.push_back({name, 1, {}, {}});
  return result;
}

/// The names chosen, by commas, and "/" behind them for a folder; an error's name otherwise.
std::string chosen(const std::vector<std::string>& names, const std::vector<std::string>& wanted = {}) {
  const auto selection = select_hub_files(listing(names), wanted);
  if (!selection) return std::string(error_name(selection.error().code()));
  std::string text;
  for (const HubFile& file : selection->files) text += (text.empty() ? "" : ",") + file.name;
  return text + (selection->folder ? "/" : "");
}

TEST(HubListing, ReadsWhatTheHubSays) {
  const std::string sha256(64, 'a'), sha1(40, 'b');
  const auto read = parse_hub_listing(
      R"({"id": "x/y", "sha": ")" + kCommit + R"(", "private": false, "siblings": [
        {"rfilename": "m.gguf", "size": 8589934592, "blobId": ")" +
          sha1 + R"(", "lfs": {"sha256": ")" + sha256 + R"(", "size": 8589934592, "pointerSize": 135}},
        {"rfilename": "config.json", "size": 12, "blobId": ")" +
          sha1 + R"("},
        {"rfilename": "bare"}]})",
      "answer");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->commit, kCommit);
  ASSERT_EQ(read->files.size(), 3u);
  EXPECT_EQ(read->files[0].size, 8589934592u);
  EXPECT_EQ(read->files[0].sha256, sha256);
  EXPECT_EQ(read->files[0].git_sha1, "");  // of the pointer, not of the file
  EXPECT_EQ(read->files[1].git_sha1, sha1);
  EXPECT_EQ(read->files[2].size, std::nullopt);
}

TEST(HubListing, ChoosesTheOnlyGguf) {
  EXPECT_EQ(chosen({"README.md", "m.gguf", "config.json"}), "m.gguf");
  EXPECT_EQ(chosen({"m.gguf", "config.json", "model.safetensors"}), "m.gguf");
  EXPECT_EQ(chosen({"sub/m.gguf"}), "sub/m.gguf");
  EXPECT_EQ(chosen({"a.gguf", "b.gguf", "config.json", "model.safetensors"}), "ambiguous");
}

TEST(HubListing, ChoosesTheFolder) {
  EXPECT_EQ(chosen({"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                    "model.safetensors.index.json", "config.json", "tokenizer.json", "tokenizer_config.json",
                    "tokenizer.model", "generation_config.json", "chat_template.jinja", "README.md",
                    "pytorch_model.bin", "original/x.safetensors", "vocab.json", "configuration.py"}),
            "chat_template.jinja,config.json,generation_config.json,model-00001-of-00002.safetensors,"
            "model-00002-of-00002.safetensors,model.safetensors.index.json,tokenizer.json,tokenizer.model,"
            "tokenizer_config.json,vocab.json/");
  EXPECT_EQ(chosen({"model.safetensors"}), "not_found");
  EXPECT_EQ(chosen({"adapter_config.json", "adapter_model.safetensors"}), "not_found");
  EXPECT_EQ(chosen({"config.json", "pytorch_model.bin"}), "not_found");
  EXPECT_EQ(chosen({"config.json", "sub/model.safetensors"}), "not_found");
  EXPECT_EQ(chosen({}), "not_found");
  EXPECT_EQ(chosen({"config.json", "model.safetensors", "model.safetensors"}), "bad_file");
}

TEST(HubListing, ChoosesWhatIsWanted) {
  EXPECT_EQ(chosen({"a", "b", "c"}, {"c"}), "c");
  EXPECT_EQ(chosen({"a", "b", "c"}, {"c", "a", "c"}), "a,c/");
  EXPECT_EQ(chosen({"a", "b"}, {"a", "x"}), "not_found");
  EXPECT_EQ(chosen({"../a"}, {"../a"}), "bad_file");
  EXPECT_EQ(chosen({"m.gguf", "../a"}), "m.gguf");  // what is not fetched may be called anything
  EXPECT_EQ(chosen({"../m.gguf"}), "bad_file");
}

TEST(HubListing, ListsNamesWithoutEnd) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back(fmt::format("{:04}.gguf", i));
  const std::string message = select_hub_files(listing(names), {}).error().message();
  EXPECT_NE(message.find("1000 GGUF files"), std::string::npos);
  EXPECT_NE(message.find("0011.gguf and 988 more"), std::string::npos);
  EXPECT_LT(message.size(), 500u);
}

}  // namespace
}  // namespace tern

#include <gtest/gtest.h>

#include "base/testing.h"
#include "convert/convert.h"

namespace tern {
namespace {

using testing::TempFolder;
using testing::write_file;

class CheckOutput : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_.file("in/original"));
    std::filesystem::create_directories(folder_.file("empty"));
    for (const char* name : {"in/model.safetensors", "there.gguf", "words.json"})
      write_file(folder_.file(name), "x");
  }
  /// "" when `output` may be written.
  std::string refusal(const std::string& input, const std::string& output, ConvertTarget to,
                      bool force = true) {
    ConvertOptions options{.to = to};
    options.open.tokenizer = folder_.file("words.json");
    const Status status = check_output(folder_.file(input), output, options, force);
    return status ? "" : status.error().message();
  }
  std::string file(const std::string& input, const std::string& output, bool force = true) {
    return refusal(input, folder_.file(output), ConvertTarget::kGguf, force);
  }
  std::string folder(const std::string& input, const std::string& output) {
    return refusal(input, folder_.file(output), ConvertTarget::kHfPacked);
  }
  TempFolder folder_;
};

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(CheckOutput, NewNamesAreFree) {
  EXPECT_EQ(file("in", "new.gguf", false), "");
  EXPECT_EQ(folder("in", "new"), "");
  EXPECT_EQ(folder("in", "new/"), "");
  EXPECT_EQ(folder("in", "empty"), "");
  EXPECT_SAYS(file("in", "nowhere/new.gguf"), "folder does not exist");
  EXPECT_SAYS(folder("in", "there.gguf/new"), "folder does not exist");
  EXPECT_SAYS(refusal("in", "", ConvertTarget::kGguf), "no name");
  EXPECT_SAYS(file("in", "new.gguf/"), "a folder's name");
  EXPECT_SAYS(refusal("in", ".", ConvertTarget::kHfPacked), "working folder");
  std::filesystem::create_symlink("nothing", folder_.file("dangling"));
  EXPECT_SAYS(file("in", "dangling"), "link to what does not exist");
}

TEST_F(CheckOutput, WhatIsThereStays) {
  EXPECT_SAYS(file("in", "there.gguf", false), "--force overwrites it");
  EXPECT_EQ(file("in", "there.gguf"), "");
  EXPECT_SAYS(file("in", "empty", false), "is not a file");
  EXPECT_SAYS(folder("there.gguf", "in"), "never overwritten");
  EXPECT_SAYS(folder("in", "there.gguf"), "never overwritten");
}

TEST_F(CheckOutput, NothingThatIsReadIsOverwritten) {
  EXPECT_SAYS(file("there.gguf", "in/.././there.gguf"), "is the input");
  EXPECT_SAYS(folder("in", "in"), "is the input");
  EXPECT_SAYS(folder("in", "in/"), "is the input");
  EXPECT_SAYS(file("in", "in/model.safetensors"), "belongs to the input");
  EXPECT_SAYS(file("in", "in/new.gguf"), "belongs to the input");
  EXPECT_SAYS(folder("in", "in/original/new"), "belongs to the input");
  EXPECT_SAYS(file("in", "words.json"), "read for the conversion");
  write_file(folder_.file("tokenizer_config.json"), "{}");
  EXPECT_SAYS(file("in", "tokenizer_config.json"), "read for the conversion");
  std::filesystem::create_symlink(folder_.file("there.gguf"), folder_.file("in/config.json"));
  EXPECT_SAYS(file("in", "there.gguf"), "belongs to the input");
  std::filesystem::create_symlink(folder_.file("in"), folder_.file("link"));
  EXPECT_SAYS(file("in", "link/new.gguf"), "belongs to the input");
}

}  // namespace
}  // namespace tern

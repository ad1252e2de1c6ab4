#include "convert/hub_names.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(HubNames, Repositories) {
  for (const char* good :
       {"a/b", "microsoft/bitnet-b1.58-2B-4T-gguf", "1bitLLM/bitnet_b1_58-large", "A.b/C_d-e.f"}) {
    EXPECT_TRUE(check_hub_repo(good)) << good;
  }
  for (const char* bad : {"",           "a",
                          "a/",         "/b",
                          "a/b/c",      "../b",
                          "a/..",       "./b",
                          "a/.",        ".a/b",
                          "a/.b",       "a/b.",
                          "a-/b",       "a/-b",
                          "a--b/c",     "a/b--c",
                          "a/b..c",     "a/b c",
                          "a/b\n",      "a/b\\c",
                          "a/\xC3\xA9", "https://huggingface.co/a/b",
                          "a/b?x",      "a/b%2f"}) {
    EXPECT_EQ(check_hub_repo(bad).error().code(), ErrorCode::kInvalidArgument) << bad;
  }
  EXPECT_TRUE(check_hub_repo("a/" + std::string(94, 'b')));
  EXPECT_FALSE(check_hub_repo("a/" + std::string(95, 'b')));
  EXPECT_FALSE(check_hub_repo(std::string_view("a/b\0", 4)));
}

TEST(HubNames, Revisions) {
  for (const char* good : {"main", "v1.0", "refs/pr/1", "0123456789abcdef", "feature/\xC3\xA9"}) {
    EXPECT_TRUE(check_hub_revision(good)) << good;
  }
  for (const char* bad : {"", ".", "..", "a/../b", "/a", "a/", "a//b", "a\nb", "a\\b", "\x7f"}) {
    EXPECT_EQ(check_hub_revision(bad).error().code(), ErrorCode::kInvalidArgument) << bad;
  }
  EXPECT_FALSE(check_hub_revision(std::string(256, 'a')));
}

TEST(HubNames, Files) {
  for (const char* good :
       {"a", "m.gguf", "sub/dir/x y.bin", "...", "..a", "a..", ".gitattributes", "\xC3\xA9", "a:b"}) {
    EXPECT_TRUE(check_hub_file(good)) << good;
  }
  for (const char* bad : {"",
                          "/",
                          "/etc/passwd",
                          ".",
                          "..",
                          "../a",
                          "a/..",
                          "a/../b",
                          "./a",
                          "a/.",
                          "a//b",
                          "a/",
                          "a\\b",
                          "..\\a",
                          "a\nb",
                          "\x1b[2J",
                          "a\x7f",
                          ".tern-pull",
                          ".tern-pull/x",
                          "a\xC2\x9B"
                          "2J",
                          "\xE2\x80\xAE"
                          "fugg.m",
                          "a\xE2\x81\xA6"
                          "b"}) {
    EXPECT_EQ(check_hub_file(bad).error().code(), ErrorCode::kBadFile) << bad;
  }
  EXPECT_FALSE(check_hub_file(std::string_view("a\0b", 3)));
  EXPECT_TRUE(check_hub_file(std::string(224, 'a')));
  EXPECT_FALSE(check_hub_file(std::string(225, 'a')));
  std::string deep = "a";
  while (deep.size() <= 1024) deep += "/a";
  EXPECT_FALSE(check_hub_file(deep));
}

}  // namespace
}  // namespace tern

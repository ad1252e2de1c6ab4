#include "net/digest.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

std::string digest(DigestKind kind, std::string_view text, size_t piece) {
  Digest digest(kind);
  for (size_t i = 0; i < text.size(); i += piece) digest.update(text.substr(i, piece));
  return digest.hex();
}

// FIPS 180-2, appendix B and A; the empty texts' are in every implementation's tests.
TEST(Digest, KnownVectors) {
  const std::string long_text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  const std::string million(1'000'000, 'a');
  for (const size_t piece : {1, 3, 64, 1'000'000}) {
    const auto sha256 = [&](std::string_view text) { return digest(DigestKind::kSha256, text, piece); };
    EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256(long_text), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256(million), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    const auto sha1 = [&](std::string_view text) { return digest(DigestKind::kSha1, text, piece); };
    EXPECT_EQ(sha1("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(sha1(long_text), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(sha1(million), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  }
}

TEST(Digest, HexIsLowerCaseAndOfALength) {
  EXPECT_TRUE(is_hex("0123456789abcdef", 16));
  for (const char* bad :
       {"0123456789ABCDEF", "0123456789abcde", "0123456789abcdeg", "", "../3456789abcdef"}) {
    EXPECT_FALSE(is_hex(bad, 16)) << bad;
  }
}

}  // namespace
}  // namespace tern

#include <gtest/gtest.h>

#include "tokenizer/golden_files.h"
#include "tokenizer/utf8.h"

namespace tern {
namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// Bytes one token each, so that every cut inside a character occurs.
std::unique_ptr<Tokenizer> byte_tokenizer() {
  TokenizerSpec spec;
  for (int byte = 0; byte < 256; ++byte) spec.tokens.emplace_back(1, static_cast<char>(byte));
  spec.kinds.assign(256, TokenKind::kNormal);
  return create_tokenizer(spec);
}

TEST(StreamDecoder, ReplacesBrokenBytesAsPythonDoes) {
  const auto tokenizer = byte_tokenizer();
  for (const Json& line : read_golden_lines("utf8.jsonl")) {
    StreamDecoder decoder(*tokenizer);
    std::string text;
    for (const char byte : from_hex(line["hex"])) {
      const std::string added = decoder.add(static_cast<uint8_t>(byte));
      EXPECT_EQ(utf8_valid_prefix(added), added.size());
      text += added;
    }
    text += decoder.finish();
    EXPECT_EQ(text, line["text"].get<std::string>()) << line["hex"];
    EXPECT_EQ(decoder.finish(), "");
  }
}

TEST(StreamDecoder, HoldsBackHalfACharacter) {
  const auto tokenizer = byte_tokenizer();
  StreamDecoder decoder(*tokenizer);
  EXPECT_EQ(decoder.add(0xE2), "");
  EXPECT_EQ(decoder.add(0x82), "");
  EXPECT_EQ(decoder.add(0xAC), "\u20AC");
  EXPECT_EQ(decoder.add(0xF0), "");
  EXPECT_EQ(decoder.add('a'), "\uFFFDa");
}

TEST(StreamDecoder, SpecialTokensAreSilentUnlessAskedFor) {
  const auto tokenizer = golden_tokenizer();
  const int32_t eot = tokenizer->find_special("<|eot_id|>");
  StreamDecoder silent(*tokenizer), shown(*tokenizer, /*special=*/true);
  EXPECT_EQ(silent.add(eot), "");
  EXPECT_EQ(shown.add(eot), "<|eot_id|>");
}

}  // namespace
}  // namespace tern

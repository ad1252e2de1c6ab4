#include "tokenizer/pre_tokenizer.h"

#include <gtest/gtest.h>

#include <random>

#include "tokenizer/char_class.h"
#include "tokenizer/pcre_splitter.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/utf8.h"

namespace tern {
namespace {

using Pieces = std::vector<std::string_view>;
constexpr PreTokenizer kAll[] = {PreTokenizer::kLlama3, PreTokenizer::kGpt2, PreTokenizer::kSmolLm,
                                 PreTokenizer::kQwen2};

std::string to_utf8(uint32_t code) {
  std::string text;
  append_utf8(code, &text);
  return text;
}

Pieces split(const Splitter& splitter, std::string_view text) {
  Pieces pieces;
  splitter.split(text, &pieces);
  return pieces;
}

/// A test of one character by PCRE2.
class PcreClass {
 public:
  explicit PcreClass(const char* pattern)
      : code_(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern), PCRE2_ZERO_TERMINATED,
                            PCRE2_UTF | PCRE2_UCP, &error_, &offset_, nullptr)),
        match_(pcre2_match_data_create(1, nullptr)) {}
  ~PcreClass() {
    pcre2_match_data_free(match_);
    pcre2_code_free(code_);
  }
  bool operator()(uint32_t code) const {
    const std::string text = to_utf8(code);
    return pcre2_match(code_, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, match_, nullptr) >
           0;
  }

 private:
  int error_ = 0;
  PCRE2_SIZE offset_ = 0;
  pcre2_code* code_;
  pcre2_match_data* match_;
};

/// Our table is of Unicode 16. An older PCRE2 does not know the newest characters, which are then left out; a
/// newer one knows some that we do not, and cannot judge.
bool pcre_is_newer() {
  char version[64] = "";
  pcre2_config(PCRE2_CONFIG_UNICODE_VERSION, version);
  return std::atoi(version) > 16;
}

std::vector<uint32_t> characters_known_to_pcre() {
  const PcreClass assigned(R"(\P{Cn})");
  std::vector<uint32_t> codes;
  for (uint32_t code = 0; code < 0x110000; ++code) {
    const bool is_surrogate = 0xD800 <= code && code < 0xE000;
    const bool is_private = 0xE000 <= code && code < 0xF900;
    if (!is_surrogate && !is_private && code < 0xF0000 && assigned(code)) codes.push_back(code);
  }
  return codes;
}

TEST(CharClass, AgreesWithPcre) {
  if (pcre_is_newer()) GTEST_SKIP() << "PCRE2 has a newer Unicode than the table";
  const PcreClass letter(R"(\p{L})"), number(R"(\p{N})"), space(R"([^\S\x{180E}])");
  for (const uint32_t code : characters_known_to_pcre()) {
    const CharClass expected = letter(code)   ? CharClass::kLetter
                               : number(code) ? CharClass::kNumber
                               : space(code)  ? CharClass::kSpace
                                              : CharClass::kOther;
    ASSERT_EQ(char_class(code), expected) << std::hex << code;
  }
  EXPECT_EQ(char_class(0x110000), CharClass::kOther);
}

TEST(PreTokenizer, EqualsItsPatternOnRandomText) {
  if (pcre_is_newer()) GTEST_SKIP() << "PCRE2 has a newer Unicode than the table";
  const std::vector<uint32_t> known = characters_known_to_pcre();
  // What the patterns tell apart, often enough for every alternative to meet every other.
  std::vector<uint32_t> telling = {' ',    ' ',    '\t',   '\n',   '\r',    '\v',   '\f',    0x85,   0xA0,
                                   0x1680, 0x180E, 0x2000, 0x200B, 0x2028,  0x2029, 0x202F,  0x205F, 0x3000,
                                   0xFEFF, 0x17F,  '\'',   '\'',   '0',     '7',    0x661,   0xFF11, 0xB2,
                                   0xBD,   0x2163, 0x301,  0x93F,  0x1F600, 0x200D, 0x1F3FD, 0x212A};
  for (const char c : std::string_view("sStTmMdDrReEvVlLaZ.!-<|>"))
    telling.push_back(static_cast<uint8_t>(c));
  for (const PreTokenizer pre : kAll) {
    const auto ours = make_splitter(pre);
    const auto pattern = testing::make_pcre_splitter(pre);
    ASSERT_TRUE(ours);
    std::mt19937 random(17);
    for (int round = 0; round < 20000; ++round) {
      std::string text;
      for (size_t i = 1 + random() % 12; i > 0; --i) {
        const size_t kind = random() % 16;
        text += kind == 0   ? std::string(1, static_cast<char>(0x80 + random() % 0x80))
                : kind == 1 ? to_utf8(known[random() % known.size()])
                            : to_utf8(telling[random() % telling.size()]);
      }
      ASSERT_EQ(split(**ours, text), split(*pattern, text)) << "text " << ::testing::PrintToString(text);
    }
  }
}

TEST(PreTokenizer, PiecesCoverTheText) {
  std::mt19937 random(3);
  for (const PreTokenizer pre : kAll) {
    const auto splitter = make_splitter(pre);
    for (int round = 0; round < 500; ++round) {
      std::string text, joined;
      for (size_t i = random() % 60; i > 0; --i) text += static_cast<char>(random() % 256);
      for (const std::string_view piece : split(**splitter, text)) {
        EXPECT_FALSE(piece.empty());
        joined += piece;
      }
      EXPECT_EQ(joined, text);
    }
  }
}

TEST(PreTokenizer, SplitsLlama3) {
  const auto splitter = make_splitter(PreTokenizer::kLlama3);
  EXPECT_EQ(split(**splitter, "I'LL say 12345\r\n\n  x\t\tyes"),
            (Pieces{"I", "'LL", " say", " ", "123", "45", "\r\n\n", " ", " x", "\t", "\tyes"}));
  EXPECT_EQ(split(**splitter, "'\xC5\xBFt"), (Pieces{"'\xC5\xBF", "t"}));  // U+017F folds to s
  EXPECT_EQ(split(**splitter, "a  "), (Pieces{"a", "  "}));
  EXPECT_EQ(split(**splitter, " ?!\n\nz"), (Pieces{" ?!\n\n", "z"}));
}

TEST(PreTokenizer, SplitsGpt2AndSmolLm) {
  const auto gpt2 = make_splitter(PreTokenizer::kGpt2), smollm = make_splitter(PreTokenizer::kSmolLm);
  EXPECT_EQ(split(**gpt2, "I'LL don't  12345 x\n\n"),
            (Pieces{"I", "'", "LL", " don", "'t", " ", " 12345", " x", "\n\n"}));
  EXPECT_EQ(split(**smollm, "a  12 b"), (Pieces{"a", "  ", "1", "2", " b"}));
}

TEST(PreTokenizer, SplitsBeforeBlanksOrNotAtAll) {
  const auto metaspace = make_splitter(PreTokenizer::kMetaspace), none = make_splitter(PreTokenizer::kNone);
  EXPECT_EQ(split(**metaspace, " a  bc d "), (Pieces{" a", " ", " bc", " d", " "}));
  EXPECT_EQ(split(**metaspace, "a"), Pieces{"a"});
  EXPECT_EQ(split(**none, " a  b"), Pieces{" a  b"});
  EXPECT_EQ(split(**none, ""), Pieces{});
}

TEST(PreTokenizer, BrokenBytesStandAlone) {
  for (const PreTokenizer pre : kAll) {
    const auto splitter = make_splitter(pre);
    EXPECT_EQ(split(**splitter, "ab \xFF\xE2\x82 cd\xC3"),
              (Pieces{"ab", " ", "\xFF\xE2\x82", " cd", "\xC3"}));
  }
}

TEST(PreTokenizer, NamesOfGguf) {
  EXPECT_EQ(*pre_tokenizer_from_gguf("llama-bpe"), PreTokenizer::kLlama3);
  EXPECT_EQ(*pre_tokenizer_from_gguf("gpt-2"), PreTokenizer::kGpt2);
  EXPECT_EQ(*pre_tokenizer_from_gguf("smollm"), PreTokenizer::kSmolLm);
  EXPECT_EQ(*pre_tokenizer_from_gguf("qwen2"), PreTokenizer::kQwen2);
  EXPECT_EQ(*pre_tokenizer_from_gguf("falcon3"), PreTokenizer::kLlama3);
  const auto unknown = pre_tokenizer_from_gguf("tekken");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), ErrorCode::kUnsupported);
  EXPECT_NE(unknown.error().message().find("tekken"), std::string::npos);
}

}  // namespace
}  // namespace tern

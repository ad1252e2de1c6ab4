// LLaMA 3's `tokenizer.model`, as tiktoken reads it: a line a token, "base64 rank". The rank of a merge is
// the rank of what it makes. Special tokens stand in code only, after the ranks.
#include <charconv>

#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

constexpr int kSpecialTokens = 256;

/// The special tokens in LLaMA 3's published order; the others are reserved and numbered.
std::string special_token(int index) {
  constexpr int kFirstNamed = 6;
  switch (index) {
    case 0:
      return "<|begin_of_text|>";
    case 1:
      return "<|end_of_text|>";
    case kFirstNamed:
      return "<|start_header_id|>";
    case kFirstNamed + 1:
      return "<|end_header_id|>";
    case kFirstNamed + 3:
      return "<|eot_id|>";
  }
  const int named_before = index < kFirstNamed ? 2 : index < kFirstNamed + 3 ? 4 : 5;
  return fmt::format("<|reserved_special_token_{}|>", index - named_before);
}

int base64_digit(char c) {
  if ('A' <= c && c <= 'Z') return c - 'A';
  if ('a' <= c && c <= 'z') return c - 'a' + 26;
  if ('0' <= c && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// Strict: whole groups of four, padding at the end only.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return bytes;
}

}  // namespace

Result<TokenizerSpec> tokenizer_spec_from_tiktoken(std::string_view file, std::string_view what) {
  TokenizerSpec spec;
  for (int64_t number = 1; !file.empty(); ++number) {
    const size_t end = std::min(file.find('\n'), file.size());
    std::string_view line = file.substr(0, end);
    file.remove_prefix(std::min(end + 1, file.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const size_t blank = std::min(line.find(' '), line.size());
    const std::string_view digits = line.substr(std::min(blank + 1, line.size()));
    auto token = decode_base64(line.substr(0, blank));
    int64_t rank = -1;
    const auto [parsed, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rank);
    if (!token || error != std::errc() || parsed != digits.data() + digits.size()) {
      return fail(ErrorCode::kBadFile, "{}:{}: not a tiktoken line (base64, a blank, a rank)", what, number);
    }
    if (rank != static_cast<int64_t>(spec.tokens.size())) {
      return fail(ErrorCode::kBadFile, "{}:{}: rank {} where {} should follow", what, number, rank,
                  spec.tokens.size());
    }
    if (rank >= kMaxVocabulary - kSpecialTokens) {
      return fail(ErrorCode::kBadFile, "{}:{}: more than {} tokens", what, number,
                  kMaxVocabulary - kSpecialTokens);
    }
    spec.tokens.push_back(std::move(*token));
  }
  if (spec.tokens.empty()) return fail(ErrorCode::kBadFile, "{}: no tokens", what);
  spec.kinds.assign(spec.tokens.size(), TokenKind::kNormal);
  spec.kinds.resize(spec.tokens.size() + kSpecialTokens, TokenKind::kSpecial);
  spec.bos = static_cast<int32_t>(spec.tokens.size());
  spec.eos = spec.bos + 1;
  for (int i = 0; i < kSpecialTokens; ++i) spec.tokens.push_back(special_token(i));
  spec.merges_by_rank = true;
  spec.ignore_merges = true;
  spec.add_bos = true;
  spec.pre = PreTokenizer::kLlama3;
  return spec;
}

}  // namespace tern

#pragma once
// For tests: the published pattern itself, run by PCRE2, as the yardstick of the splitters in use and the
// start for a new one. No path for users: PCRE2's Unicode version is that of the machine, its syntax is not
// quite that of Hugging Face `tokenizers` (Oniguruma), and it backtracks, so that ids could differ and a
// hostile pattern run for ever.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/split_rules.h"

namespace tern::testing {

// The published patterns but for one letter: PCRE2 counts U+180E (Mongolian vowel separator) as \s, Hugging
// Face `tokenizers` and tiktoken do not, so \s is written [^\S\x{180E}], \S is [\S\x{180E}], and the negated
// class has it.
#define TERN_BLANK R"([^\S\x{180E}])"
#define TERN_SYMBOL R"((?:[^\s\p{L}\p{N}]|\x{180E}))"
constexpr const char* kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?)" TERN_SYMBOL
    R"(+[\r\n]*|)" TERN_BLANK R"(*[\r\n]+|)" TERN_BLANK R"(+(?![\S\x{180E}])|)" TERN_BLANK "+";
constexpr const char* kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?)" TERN_SYMBOL R"(+[\r\n]*|)" TERN_BLANK
    R"(*[\r\n]+|)" TERN_BLANK R"(+(?![\S\x{180E}])|)" TERN_BLANK "+";
constexpr const char* kGpt2Pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?)" TERN_SYMBOL
                                     R"(+|)" TERN_BLANK R"(+(?![\S\x{180E}])|)" TERN_BLANK "+";
#undef TERN_BLANK
#undef TERN_SYMBOL

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Code = std::unique_ptr<pcre2_code, Deleter<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Deleter<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Deleter<pcre2_match_context_free>>;

inline Code compile(const char* pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern), PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP,
                          &error, &offset, nullptr));
  TERN_CHECK(code);
  // No JIT (a hardened kernel, an architecture without one) only means that matching interprets.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  return code;
}

/// Appends the matches of `code` and the text between them.
inline void split_by(const pcre2_code* code, std::string_view text, std::vector<std::string_view>* pieces) {
  const MatchData match(pcre2_match_data_create(1, nullptr));
  const MatchContext context(pcre2_match_context_create(nullptr));
  TERN_CHECK(match && context);
  // The patterns backtrack at most once over what they took, so the limits against runaway patterns may go.
  pcre2_set_match_limit(context.get(), std::numeric_limits<uint32_t>::max());
  pcre2_set_depth_limit(context.get(), std::numeric_limits<uint32_t>::max());
  pcre2_set_heap_limit(context.get(), std::numeric_limits<uint32_t>::max());
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  const auto run = [&](size_t at, uint32_t options) {
    return pcre2_match(code, subject, text.size(), at, options | PCRE2_NO_UTF_CHECK, match.get(),
                       context.get());
  };
  for (size_t at = 0; at < text.size();) {
    int count = run(at, 0);
    if (count == PCRE2_ERROR_JIT_STACKLIMIT) count = run(at, PCRE2_NO_JIT);
    TERN_CHECK(count > 0 || count == PCRE2_ERROR_NOMATCH);
    const PCRE2_SIZE* span = pcre2_get_ovector_pointer(match.get());
    const size_t begin = count > 0 ? span[0] : text.size();
    const size_t end = count > 0 ? span[1] : text.size();
    if (begin > at) pieces->push_back(text.substr(at, begin - at));
    if (end > begin) pieces->push_back(text.substr(begin, end - begin));
    at = end;
  }
}

class PcreSplitter final : public Splitter {
 public:
  PcreSplitter(Code first, Code second) : first_(std::move(first)), second_(std::move(second)) {}

  void split(std::string_view text, std::vector<std::string_view>* pieces) const override {
    split_around_broken(text, pieces, [&](std::string_view stretch) {
      if (!second_) return split_by(first_.get(), stretch, pieces);
      std::vector<std::string_view> parts;
      split_by(first_.get(), stretch, &parts);
      for (const std::string_view part : parts) split_by(second_.get(), part, pieces);
    });
  }

 private:
  Code first_, second_;  ///< the second, if any, splits the pieces of the first
};

inline std::unique_ptr<Splitter> make_pcre_splitter(PreTokenizer pre) {
  Code pattern = compile(pre == PreTokenizer::kLlama3  ? kLlama3Pattern
                         : pre == PreTokenizer::kQwen2 ? kQwen2Pattern
                                                       : kGpt2Pattern);
  if (pre != PreTokenizer::kSmolLm) return std::make_unique<PcreSplitter>(std::move(pattern), nullptr);
  return std::make_unique<PcreSplitter>(compile(R"(\p{N})"), std::move(pattern));
}

}  // namespace tern::testing

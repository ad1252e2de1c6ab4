#include "data/bpe_trainer.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

#include "base/interrupt.h"
#include "data/pair_counts.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/utf8.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

constexpr std::string_view kBegin = "<|begin_of_text|>", kEndOfTurn = "<|eot_id|>";
constexpr std::string_view kSpecial[] = {kBegin, "<|end_of_text|>", "<|start_header_id|>",
                                         "<|end_header_id|>", kEndOfTurn};
constexpr int64_t kBytes = 256;

Result<std::vector<std::string>> special_tokens(const BpeOptions& options) {
  std::vector<std::string> special(std::begin(kSpecial), std::end(kSpecial));
  std::set<std::string_view> seen(std::begin(kSpecial), std::end(kSpecial));
  for (const std::string& text : options.special) {
    if (text.empty() || utf8_valid_prefix(text) != text.size())
      return fail(ErrorCode::kInvalidArgument, "a special token must be UTF-8, and not empty");
    if (!seen.insert(text).second)
      return fail(ErrorCode::kInvalidArgument, "special token '{}' is there already", text);
    special.push_back(text);
  }
  const int64_t least = kBytes + static_cast<int64_t>(special.size());
  if (options.vocab >= least && options.vocab <= kMaxVocabulary) return special;
  return fail(ErrorCode::kInvalidArgument,
              "a vocabulary of {} tokens: {} (the bytes and the special tokens) to {} are possible",
              options.vocab, least, kMaxVocabulary);
}

/// The bytes in the order of their characters in GPT-2's map, all of which have one or two bytes of UTF-8.
std::vector<uint8_t> bytes_in_order() {
  std::vector<uint8_t> bytes(kBytes);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
  const auto mapped = [](uint8_t byte) {
    const char c = static_cast<char>(byte);
    return apply_byte_map({&c, 1});
  };
  std::sort(bytes.begin(), bytes.end(), [&](uint8_t a, uint8_t b) { return mapped(a) < mapped(b); });
  return bytes;
}

class Trainer {
 public:
  Trainer(const std::vector<WordCount>& words, TokenizerSpec* spec) : spec_(spec) {
    int32_t id_of[kBytes];
    for (const uint8_t byte : bytes_in_order())
      id_of[byte] = add_token(std::string(1, static_cast<char>(byte)));
    for (const WordCount& word : words) {
      const auto index = static_cast<uint32_t>(words_.size());
      words_.push_back({.begin = symbols_.size(), .length = word.word.size(), .count = word.count});
      for (size_t i = 0; i < word.word.size(); ++i) {
        symbols_.push_back(id_of[static_cast<uint8_t>(word.word[i])]);
        if (i > 0) pairs_.add({symbols_.end()[-2], symbols_.back()}, word.count, index);
      }
    }
  }

  bool has_token(const std::string& bytes) const { return ids_.contains(bytes); }

  /// Joins the next pair. Whether there was one that stands in the text `min_count` times.
  bool step(uint64_t min_count) {
    const PairCounts::Best best = pairs_.take();
    if (best.count < std::max<uint64_t>(min_count, 1)) return false;
    const auto left = static_cast<size_t>(best.pair.left), right = static_cast<size_t>(best.pair.right);
    const int32_t joined = add_token(spec_->tokens[left] + spec_->tokens[right]);
    spec_->merges.push_back({best.pair.left, best.pair.right, joined});
    for (const uint32_t word : best.words) join(word, best.pair, joined);
    return true;
  }

 private:
  struct Word {
    size_t begin, length;  ///< in symbols_
    uint64_t count;
  };

  /// The token of those bytes, which may be there already: "a bc" and "ab c" are one.
  int32_t add_token(std::string bytes) {
    const auto [entry, is_new] = ids_.emplace(std::move(bytes), static_cast<int32_t>(spec_->tokens.size()));
    if (is_new) {
      spec_->tokens.push_back(entry->first);
      spec_->kinds.push_back(TokenKind::kNormal);
    }
    return entry->second;
  }

  /// Each pair in the word, from the left, becomes `joined`.
  void join(uint32_t index, SymbolPair pair, int32_t joined) {
    Word& word = words_[index];
    int32_t* symbols = symbols_.data() + word.begin;
    size_t kept = 0;
    for (size_t i = 0; i < word.length; ++i) {
      const bool here = i + 1 < word.length && symbols[i] == pair.left && symbols[i + 1] == pair.right;
      if (!here) {
        symbols[kept++] = symbols[i];
        continue;
      }
      if (kept > 0) {
        pairs_.remove({symbols[kept - 1], pair.left}, word.count);
        pairs_.add({symbols[kept - 1], joined}, word.count, index);
      }
      if (i + 2 < word.length) {
        pairs_.remove({pair.right, symbols[i + 2]}, word.count);
        pairs_.add({joined, symbols[i + 2]}, word.count, index);
      }
      symbols[kept++] = joined;
      ++i;
    }
    word.length = kept;
  }

  TokenizerSpec* spec_;
  std::unordered_map<std::string, int32_t> ids_;
  std::vector<int32_t> symbols_;
  std::vector<Word> words_;
  PairCounts pairs_;
};

}  // namespace

Result<TokenizerSpec> train_bpe(const std::vector<WordCount>& words, const BpeOptions& options,
                                const BpeProgress& progress) {
  TERN_ASSIGN(const std::vector<std::string> special, special_tokens(options));
  const auto normal = static_cast<uint64_t>(options.vocab) - special.size();
  TokenizerSpec spec;
  spec.pre = options.pre;
  spec.ignore_merges = true;
  Trainer trainer(words, &spec);
  while (spec.tokens.size() < normal && trainer.step(options.min_count)) {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted; nothing was written");
    if (progress) progress(spec.tokens.size(), normal);
  }
  for (const std::string& text : special) {
    const auto id = static_cast<int32_t>(spec.tokens.size());
    if (const auto bytes = undo_byte_map(text); bytes && trainer.has_token(*bytes)) {
      return fail(ErrorCode::kInvalidArgument,
                  "special token '{}' is a token that the text gives as well: choose another", text);
    }
    if (text == kBegin) spec.bos = id;
    if (text == kEndOfTurn) spec.eos = id;
    spec.tokens.push_back(text);
    spec.kinds.push_back(TokenKind::kSpecial);
  }
  spec.add_bos = true;
  return spec;
}

}  // namespace tern

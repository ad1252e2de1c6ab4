#include "tokenizer/export_gguf.h"

#include <algorithm>
#include <unordered_map>

#include "tokenizer/bpe.h"
#include "tokenizer/gguf_tokens.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

using namespace gguf_tokens;

Status check_expressible(const TokenizerSpec& spec) {
  if (spec.add_prefix_space) {
    return fail(ErrorCode::kUnsupported, "GGUF has no tokenizer that puts a blank before the text");
  }
  if (spec.ignore_merges != ignores_merges(spec.pre)) {
    return fail(ErrorCode::kUnsupported, "GGUF has no {} tokenizer {} ignore_merges",
                pre_tokenizer_name(spec.pre), spec.ignore_merges ? "with" : "without");
  }
  const auto special = std::count(spec.kinds.begin(), spec.kinds.end(), TokenKind::kSpecial);
  const size_t added = spec.always_matched.size() + static_cast<size_t>(special);
  if (!spec.matched_late.empty() && spec.matched_late.size() != added) {
    return fail(ErrorCode::kUnsupported,
                "GGUF does not tell added tokens that are 'normalized', which others go before, from those");
  }
  return {};
}

/// llama.cpp refuses a vocabulary with two tokens of one spelling.
Status check_unique(const std::vector<std::string>& tokens) {
  std::unordered_map<std::string_view, size_t> ids;
  ids.reserve(tokens.size());
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (const auto [other, is_new] = ids.emplace(tokens[id], id); !is_new) {
      return fail(ErrorCode::kUnsupported, "tokens {} and {} are both '{}' in a GGUF file", other->second, id,
                  tokens[id]);
    }
  }
  return {};
}

}  // namespace

Result<GgufVocabulary> gguf_vocabulary(const TokenizerSpec& spec, int64_t size) {
  TERN_TRY(check_expressible(spec));
  if (size > kMaxVocabulary) {
    return fail(ErrorCode::kUnsupported, "a vocabulary of {}: in GGUF it may have up to {} tokens", size,
                kMaxVocabulary);
  }
  GgufVocabulary vocabulary;
  vocabulary.token_types.resize(spec.tokens.size(), kNormal);
  for (const int32_t id : spec.always_matched) vocabulary.token_types[static_cast<size_t>(id)] = kUserDefined;
  for (size_t i = 0; i < spec.tokens.size(); ++i) {
    int32_t& type = vocabulary.token_types[i];
    if (spec.kinds[i] == TokenKind::kSpecial) type = kControl;
    if (spec.kinds[i] == TokenKind::kUnused) type = kUnused;
    vocabulary.tokens.push_back(type == kNormal          ? apply_byte_map(spec.tokens[i])
                                : spec.tokens[i].empty() ? filler(static_cast<int64_t>(i))
                                                         : spec.tokens[i]);
  }
  for (auto id = static_cast<int64_t>(spec.tokens.size()); id < size; ++id) {
    vocabulary.tokens.push_back(filler(id));
    vocabulary.token_types.push_back(kUnused);
  }
  TERN_TRY(check_unique(vocabulary.tokens));
  std::vector<TokenizerSpec::Merge> ranked;
  if (spec.merges_by_rank) {
    TERN_ASSIGN(ranked, Bpe::ranked_merges(spec));
  }
  for (const TokenizerSpec::Merge& merge : spec.merges_by_rank ? ranked : spec.merges) {
    vocabulary.merges.push_back(vocabulary.tokens[static_cast<size_t>(merge.left)] + " " +
                                vocabulary.tokens[static_cast<size_t>(merge.right)]);
  }
  return vocabulary;
}

}  // namespace tern

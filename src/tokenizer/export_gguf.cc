#include "tokenizer/export_gguf.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "tokenizer/bpe.h"
#include "tokenizer/gguf_tokens.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

using namespace gguf_tokens;
using namespace token_type;

Status check_expressible(const TokenizerSpec& spec) {
  const bool is_byte_level = spec.model == TokenizerModel::kByteBpe;
  if (is_byte_level && spec.add_prefix_space) {
    return fail(ErrorCode::kUnsupported, "GGUF has no tokenizer that puts a blank before the text");
  }
  if (is_byte_level && spec.ignore_merges != ignores_merges(spec.pre)) {
    return fail(ErrorCode::kUnsupported, "GGUF has no {} tokenizer {} ignore_merges",
                pre_tokenizer_name(spec.pre), spec.ignore_merges ? "with" : "without");
  }
  const auto special = std::count(spec.kinds.begin(), spec.kinds.end(), TokenKind::kSpecial);
  const size_t added = spec.always_matched.size() + static_cast<size_t>(special);
  if (!spec.matched_late.empty() && spec.matched_late.size() != added) {
    return fail(ErrorCode::kUnsupported,
                "GGUF does not tell added tokens that are 'normalized', which others go before, from those");
  }
  for (const double score : spec.scores) {
    if (score == static_cast<double>(static_cast<float>(score))) continue;
    return fail(ErrorCode::kUnsupported, "GGUF has scores of single precision, which {} is not", score);
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

/// Type and spelling of a token.
std::pair<int32_t, std::string> byte_level_token(const TokenizerSpec& spec, size_t id) {
  const std::string& token = spec.tokens[id];
  switch (spec.kinds[id]) {
    case TokenKind::kSpecial:
      return {kControl, token};
    case TokenKind::kUnused:
      return {kUnused, token};
    default:
      return {kNormal, apply_byte_map(token)};
  }
}

/// Those of sentencepiece's BPE as they are. Engines that know scores only do nearly what merges in ranks do
/// when a token's score falls with its first merge; letters, which none makes, have the best.
std::vector<float> scores_of(const TokenizerSpec& spec) {
  if (!spec.scores.empty()) return {spec.scores.begin(), spec.scores.end()};
  std::vector<float> scores(spec.tokens.size(), 0.0f);
  if (spec.model == TokenizerModel::kByteBpe) return scores;
  for (size_t rank = spec.merges.size(); rank > 0; --rank)
    scores[static_cast<size_t>(spec.merges[rank - 1].result)] = -static_cast<float>(rank);
  return scores;
}

}  // namespace

Result<GgufVocabulary> gguf_vocabulary(const TokenizerSpec& spec, int64_t size) {
  TERN_TRY(check_expressible(spec));
  if (size > kMaxVocabulary) {
    return fail(ErrorCode::kUnsupported, "a vocabulary of {}: in GGUF it may have up to {} tokens", size,
                kMaxVocabulary);
  }
  GgufVocabulary vocabulary;
  vocabulary.model = model_name(spec.model);
  vocabulary.rules = rules_of(spec);
  vocabulary.scores = scores_of(spec);
  std::vector<bool> is_matched(spec.tokens.size());
  for (const int32_t id : spec.always_matched) is_matched[static_cast<size_t>(id)] = true;
  for (size_t i = 0; i < spec.tokens.size(); ++i) {
    auto [type, spelling] = spec.model == TokenizerModel::kByteBpe
                                ? byte_level_token(spec, i)
                                : sentencepiece_token(spec, static_cast<int32_t>(i));
    if (is_matched[i]) std::tie(type, spelling) = std::pair(kUserDefined, spec.tokens[i]);
    if (type == kUnused && spelling.empty()) spelling = filler(static_cast<int64_t>(i));
    vocabulary.token_types.push_back(type);
    vocabulary.tokens.push_back(std::move(spelling));
  }
  for (auto id = static_cast<int64_t>(spec.tokens.size()); id < size; ++id) {
    vocabulary.tokens.push_back(filler(id));
    vocabulary.token_types.push_back(kUnused);
    vocabulary.scores.push_back(0.0f);
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

GgufTokenizerFields fields_of(const GgufVocabulary& vocabulary, const TokenizerSpec& spec) {
  const bool is_byte_level = spec.model == TokenizerModel::kByteBpe;
  GgufTokenizerFields fields;
  fields.model = vocabulary.model;
  fields.pre = pre_tokenizer_name(spec.pre);
  fields.tokens = &vocabulary.tokens;
  fields.token_types.assign(vocabulary.token_types.begin(), vocabulary.token_types.end());
  if (is_byte_level || !vocabulary.merges.empty()) fields.merges = &vocabulary.merges;
  fields.scores.assign(vocabulary.scores.begin(), vocabulary.scores.end());
  fields.bos = spec.bos;
  fields.eos = spec.eos;
  fields.unk = spec.unk;
  fields.add_bos = spec.add_bos;
  fields.add_eos = spec.add_eos;
  fields.add_space_prefix = spec.add_prefix_space;
  if (!is_byte_level) fields.remove_extra_whitespaces = spec.remove_extra_blanks;
  for (const char byte : spec.chars_map) fields.chars_map.push_back(static_cast<uint8_t>(byte));
  fields.rules = vocabulary.rules;
  return fields;
}

}  // namespace tern

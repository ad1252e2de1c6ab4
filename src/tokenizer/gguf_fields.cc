// The tokenizer keys of GGUF files, read.
#include "tokenizer/gguf_tokens.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

using namespace gguf_tokens;
using namespace token_type;

Status set_byte_level_token(int32_t id, int64_t type, std::string_view spelling, std::string_view what,
                            TokenizerSpec* spec) {
  switch (type) {
    case kNormal:
      set_mapped_token(spec, id, spelling);
      return {};
    case kUserDefined:
      spec->always_matched.push_back(id);
      spec->kinds[id] = TokenKind::kNormal;
      break;
    case kUnknown:
    case kControl:
      spec->kinds[id] = TokenKind::kSpecial;
      break;
    case kUnused:
      spec->kinds[id] = TokenKind::kUnused;
      break;
    default:
      return fail(ErrorCode::kUnsupported,
                  "{}: tokenizer.ggml.token_type: token {} has type {}: byte-level BPE has types 1 to 5",
                  what, id, type);
  }
  spec->tokens[id] = spelling;
  return {};
}

Status set_token(int32_t id, int64_t type, std::string_view spelling, std::string_view what,
                 TokenizerSpec* spec) {
  if (type == kUnused && spelling == filler(id)) {
    spec->kinds[id] = TokenKind::kUnused;
    return {};
  }
  if (spec->model == TokenizerModel::kByteBpe) return set_byte_level_token(id, type, spelling, what, spec);
  return set_sentencepiece_token(spec, id, type, spelling, what);
}

/// Takes away what filled the vocabulary up to the embedding's rows.
void drop_fillers(TokenizerSpec* spec) {
  while (!spec->tokens.empty() && spec->kinds.back() == TokenKind::kUnused && spec->tokens.back().empty()) {
    spec->tokens.pop_back();
    spec->kinds.pop_back();
  }
  if (!spec->scores.empty()) spec->scores.resize(spec->tokens.size());
}

Result<TokenizerModel> model_of(const GgufTokenizerFields& fields, std::string_view what) {
  for (const auto model : {TokenizerModel::kByteBpe, TokenizerModel::kBpe, TokenizerModel::kUnigram}) {
    if (fields.model == model_name(model)) return model;
  }
  return fail(
      ErrorCode::kUnsupported,
      "{}: tokenizer.ggml.model '{}' is not supported: known are gpt2 (byte-level BPE), llama (BPE) and "
      "t5 (unigram)",
      what, fields.model);
}

Status check_sizes(const GgufTokenizerFields& fields, std::string_view what) {
  if (fields.tokens == nullptr)
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.tokens is missing or no list of strings", what);
  const size_t count = fields.tokens->size();
  if (static_cast<int64_t>(count) > kMaxVocabulary) {
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.tokens has {} entries: it may have up to {}", what,
                count, kMaxVocabulary);
  }
  for (const auto& [key, size] :
       {std::pair("token_type", fields.token_types.size()), {"scores", fields.scores.size()}}) {
    if (size != 0 && size != count) {
      return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.{} has {} entries for {} tokens", what, key, size,
                  count);
    }
  }
  return {};
}

Status read_byte_level_rules(const GgufTokenizerFields& fields, std::string_view what, TokenizerSpec* spec) {
  if (fields.merges == nullptr) {
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.merges is missing or no list of strings", what);
  }
  auto pre = pre_tokenizer_from_gguf(fields.pre);
  if (!pre) return tl::unexpected(pre.error().with_context(what));
  spec->pre = *pre;
  spec->form = form_of(spec->pre);
  spec->ignore_merges = ignores_merges(spec->pre);
  spec->add_bos = fields.add_bos.value_or(spec->pre == PreTokenizer::kLlama3 && fields.bos >= 0);
  spec->add_eos = fields.add_eos.value_or(false);
  return {};
}

/// sentencepiece's rules, as far as the keys do not say otherwise.
Status read_scored_rules(const GgufTokenizerFields& fields, std::string_view what, TokenizerSpec* spec) {
  const bool is_unigram = spec->model == TokenizerModel::kUnigram;
  const bool has_merges = !is_unigram && fields.merges != nullptr && !fields.merges->empty();
  if (!has_merges && fields.scores.empty())
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.scores is missing or no list of numbers", what);
  if (!has_merges) spec->scores = fields.scores;
  spec->add_prefix_space = fields.add_space_prefix.value_or(!is_unigram);
  set_default_rules(spec);
  spec->remove_extra_blanks = fields.remove_extra_whitespaces.value_or(false);
  TERN_ASSIGN(spec->chars_map, gguf_chars_map(fields.chars_map, what));
  spec->add_bos = fields.add_bos.value_or(!is_unigram) && fields.bos >= 0;
  spec->add_eos = fields.add_eos.value_or(is_unigram) && fields.eos >= 0;
  return {};
}

Status read_merges(const GgufTokenizerFields& fields, const VocabularyIndex& index, std::string_view what,
                   TokenizerSpec* spec) {
  spec->merges.reserve(fields.merges->size());
  for (size_t rank = 0; rank < fields.merges->size(); ++rank) {
    TERN_ASSIGN(const auto pair, split_merge((*fields.merges)[rank], rank, what));
    TERN_ASSIGN(const auto merge, resolve_merge(index, pair.first, pair.second, rank, what));
    spec->merges.push_back(merge);
  }
  return {};
}

}  // namespace

Result<std::string> gguf_chars_map(std::span<const int64_t> bytes, std::string_view what) {
  std::string map;
  map.reserve(bytes.size());
  for (const int64_t byte : bytes) {
    if (byte < INT8_MIN || byte > UINT8_MAX)
      return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.precompiled_charsmap: {} is no byte", what, byte);
    map += static_cast<char>(byte);
  }
  return map;
}

Result<TokenizerSpec> tokenizer_spec_from_gguf_fields(const GgufTokenizerFields& fields,
                                                      std::string_view what) {
  TokenizerSpec spec;
  TERN_ASSIGN(spec.model, model_of(fields, what));
  TERN_TRY(check_sizes(fields, what));
  const bool is_byte_level = spec.model == TokenizerModel::kByteBpe;
  TERN_TRY(is_byte_level ? read_byte_level_rules(fields, what, &spec)
                         : read_scored_rules(fields, what, &spec));
  spec.bos = fields.bos;
  spec.eos = fields.eos;
  spec.unk = fields.unk;

  const std::vector<std::string>& tokens = *fields.tokens;
  spec.tokens.resize(tokens.size());
  spec.kinds.resize(tokens.size());
  VocabularyIndex index;
  index.reserve(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    // A file without types says of its bos, eos and unk alone what they are.
    const bool is_named = id == fields.bos || id == fields.eos || id == fields.unk;
    const int64_t untyped = is_named ? kControl : kNormal;
    const int64_t type = fields.token_types.empty() ? untyped : fields.token_types[i];
    TERN_TRY(set_token(id, type, tokens[i], what, &spec));
    // Files of the SentencePiece kinds mostly say by the type alone which token is the unknown one.
    if (type == kUnknown && spec.unk < 0 && !is_byte_level) spec.unk = id;
    if (spec.kinds[i] == TokenKind::kNormal) index.emplace(tokens[i], id);
  }
  if (spec.scores.empty()) TERN_TRY(read_merges(fields, index, what, &spec));
  TERN_TRY(apply_rules(fields.rules, what, &spec));
  drop_fillers(&spec);
  return spec;
}

}  // namespace tern

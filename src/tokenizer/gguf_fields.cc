#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

/// tokenizer.ggml.token_type
enum GgufTokenType : int64_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5 };

Status set_token(int32_t id, int64_t type, std::string_view spelling, std::string_view what,
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

}  // namespace

Result<TokenizerSpec> tokenizer_spec_from_gguf_fields(const GgufTokenizerFields& fields,
                                                      std::string_view what) {
  if (fields.model != "gpt2") {
    return fail(ErrorCode::kUnsupported,
                "{}: tokenizer.ggml.model '{}' is not supported: known is gpt2 (byte-level BPE)", what,
                fields.model);
  }
  if (fields.tokens == nullptr)
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.tokens is missing", what);
  const std::vector<std::string>& tokens = *fields.tokens;
  if (static_cast<int64_t>(tokens.size()) > kMaxVocabulary) {
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.tokens has {} entries: it may have up to {}", what,
                tokens.size(), kMaxVocabulary);
  }
  if (!fields.token_types.empty() && fields.token_types.size() != tokens.size()) {
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.token_type has {} entries for {} tokens", what,
                fields.token_types.size(), tokens.size());
  }
  TokenizerSpec spec;
  auto pre = pre_tokenizer_from_gguf(fields.pre);
  if (!pre) return tl::unexpected(pre.error().with_context(what));
  spec.pre = *pre;
  spec.ignore_merges = spec.pre == PreTokenizer::kLlama3;
  spec.add_bos = fields.add_bos.value_or(spec.pre == PreTokenizer::kLlama3 && fields.bos >= 0);
  spec.bos = fields.bos;
  spec.eos = fields.eos;
  spec.unk = fields.unk;

  spec.tokens.resize(tokens.size());
  spec.kinds.resize(tokens.size());
  VocabularyIndex index;
  index.reserve(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    // A file without types says of its bos, eos and unk alone what they are.
    const bool is_named = id == fields.bos || id == fields.eos || id == fields.unk;
    const int64_t type = !fields.token_types.empty() ? fields.token_types[i] : is_named ? kControl : kNormal;
    TERN_TRY(set_token(id, type, tokens[i], what, &spec));
    if (spec.kinds[i] == TokenKind::kNormal) index.emplace(tokens[i], id);
  }
  if (fields.merges == nullptr) return spec;
  spec.merges.reserve(fields.merges->size());
  for (size_t rank = 0; rank < fields.merges->size(); ++rank) {
    TERN_ASSIGN(const auto pair, split_merge((*fields.merges)[rank], rank, what));
    TERN_ASSIGN(const auto merge, resolve_merge(index, pair.first, pair.second, rank, what));
    spec.merges.push_back(merge);
  }
  return spec;
}

}  // namespace tern

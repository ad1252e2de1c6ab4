// The tokenizer keys of GGUF files, read.
#include "tokenizer/gguf_tokens.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

using namespace gguf_tokens;

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
      if (spelling == filler(id)) return {};
      break;
    default:
      return fail(ErrorCode::kUnsupported,
                  "{}: tokenizer.ggml.token_type: token {} has type {}: byte-level BPE has types 1 to 5",
                  what, id, type);
  }
  spec->tokens[id] = spelling;
  return {};
}

/// Takes away what filled the vocabulary up to the embedding's rows.
void drop_fillers(TokenizerSpec* spec) {
  while (!spec->tokens.empty() && spec->kinds.back() == TokenKind::kUnused && spec->tokens.back().empty()) {
    spec->tokens.pop_back();
    spec->kinds.pop_back();
  }
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
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.tokens is missing or no list of strings", what);
  if (fields.merges == nullptr) {
    return fail(ErrorCode::kBadFile, "{}: tokenizer.ggml.merges is missing or no list of strings", what);
  }
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
  spec.ignore_merges = ignores_merges(spec.pre);
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
    const int64_t untyped = is_named ? kControl : kNormal;
    const int64_t type = fields.token_types.empty() ? untyped : fields.token_types[i];
    TERN_TRY(set_token(id, type, tokens[i], what, &spec));
    if (spec.kinds[i] == TokenKind::kNormal) index.emplace(tokens[i], id);
  }
  spec.merges.reserve(fields.merges->size());
  for (size_t rank = 0; rank < fields.merges->size(); ++rank) {
    TERN_ASSIGN(const auto pair, split_merge((*fields.merges)[rank], rank, what));
    TERN_ASSIGN(const auto merge, resolve_merge(index, pair.first, pair.second, rank, what));
    spec.merges.push_back(merge);
  }
  drop_fillers(&spec);
  return spec;
}

}  // namespace tern

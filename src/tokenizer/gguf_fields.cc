// The tokenizer keys of GGUF files, read and written.
#include <algorithm>

#include "tokenizer/bpe.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

/// tokenizer.ggml.token_type
enum GgufTokenType : int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5 };

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

/// Whether whole pre-tokens win over merges is no key of its own.
bool ignores_merges(PreTokenizer pre) {
  return pre == PreTokenizer::kLlama3;
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
  return spec;
}

Result<GgufVocabulary> gguf_vocabulary(const TokenizerSpec& spec) {
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
  GgufVocabulary vocabulary;
  vocabulary.token_types.resize(spec.tokens.size(), kNormal);
  for (const int32_t id : spec.always_matched) vocabulary.token_types[static_cast<size_t>(id)] = kUserDefined;
  for (size_t i = 0; i < spec.tokens.size(); ++i) {
    int32_t& type = vocabulary.token_types[i];
    if (spec.kinds[i] == TokenKind::kSpecial) type = kControl;
    if (spec.kinds[i] == TokenKind::kUnused) type = kUnused;
    vocabulary.tokens.push_back(type == kNormal ? apply_byte_map(spec.tokens[i]) : spec.tokens[i]);
  }
  std::vector<TokenizerSpec::Merge> merges = spec.merges;
  if (spec.merges_by_rank) {
    TERN_ASSIGN(merges, Bpe::ranked_merges(spec));
  }
  for (const TokenizerSpec::Merge& merge : merges) {
    vocabulary.merges.push_back(vocabulary.tokens[static_cast<size_t>(merge.left)] + " " +
                                vocabulary.tokens[static_cast<size_t>(merge.right)]);
  }
  return vocabulary;
}

}  // namespace tern

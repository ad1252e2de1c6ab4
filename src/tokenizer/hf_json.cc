// Hugging Face's tokenizer.json (the `tokenizers` library).
#include <algorithm>

#include "tokenizer/config_tokens.h"
#include "tokenizer/hf_config.h"
#include "tokenizer/hf_pipeline.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

/// What the model has of flags; sets `fuse_unk`. Whether byte tokens stand for what the vocabulary lacks.
Result<bool> read_model_flags(const Json& model, std::string_view what, TokenizerSpec* spec) {
  TERN_ASSIGN(const auto byte_fallback, json_bool(model, "byte_fallback", what));
  TERN_ASSIGN(const auto fuse_unk, json_bool(model, "fuse_unk", what));
  TERN_ASSIGN(const auto ignore_merges, json_bool(model, "ignore_merges", what));
  TERN_ASSIGN(const auto dropout, json_number(model, "dropout", what));
  TERN_ASSIGN(const auto prefix, json_string(model, "continuing_subword_prefix", what));
  TERN_ASSIGN(const auto suffix, json_string(model, "end_of_word_suffix", what));
  const bool of_bytes = spec->model == TokenizerModel::kByteBpe;
  for (const auto& [name, is_refused] :
       {std::pair("byte_fallback", of_bytes && byte_fallback.value_or(false)),
        {"fuse_unk", of_bytes && fuse_unk.value_or(false)},
        {"ignore_merges", !of_bytes && ignore_merges.value_or(false)},
        {"dropout", dropout.value_or(0) != 0},
        {"continuing_subword_prefix", !prefix.value_or("").empty()},
        {"end_of_word_suffix", !suffix.value_or("").empty()}}) {
    if (is_refused) {
      return fail(ErrorCode::kUnsupported, "{}: model.{} is not supported in a BPE of {}", what, name,
                  of_bytes ? "bytes" : "characters");
    }
  }
  spec->ignore_merges = ignore_merges.value_or(false);
  spec->fuse_unk = fuse_unk.value_or(false) || spec->model == TokenizerModel::kUnigram;
  return byte_fallback.value_or(false);
}

Result<int32_t> checked_id(const Json& value, std::string_view token, std::string_view what) {
  const int64_t id = value.is_number_integer() ? value.get<int64_t>() : -1;
  if (id < 0 || id >= kMaxVocabulary) {
    return fail(ErrorCode::kBadFile, "{}: token '{}' has no id in 0..{}", what, token, kMaxVocabulary - 1);
  }
  return static_cast<int32_t>(id);
}

/// Makes room for `id`; ids that no token takes stay empty and unused.
void grow_to(int32_t id, TokenizerSpec* spec) {
  const size_t size = std::max(spec->tokens.size(), static_cast<size_t>(id) + 1);
  spec->tokens.resize(size);
  spec->kinds.resize(size, TokenKind::kUnused);
}

void set_token(int32_t id, std::string_view spelling, bool byte_fallback, TokenizerSpec* spec) {
  if (spec->model == TokenizerModel::kByteBpe) {
    set_mapped_token(spec, id, spelling);
  } else {
    set_marked_token(spec, id, spelling, byte_fallback);
  }
}

Status read_vocabulary(const Json& model, bool byte_fallback, std::string_view what, VocabularyIndex* index,
                       TokenizerSpec* spec) {
  const Json* vocabulary = json_field(model, "vocab");
  if (vocabulary == nullptr || !vocabulary->is_object()) {
    return fail(ErrorCode::kBadFile, "{}: model.vocab is missing or not an object", what);
  }
  std::vector<bool> taken;
  for (auto entry = vocabulary->begin(); entry != vocabulary->end(); ++entry) {
    TERN_ASSIGN(const int32_t id, checked_id(entry.value(), entry.key(), what));
    grow_to(id, spec);
    taken.resize(spec->tokens.size());
    if (taken[id]) return fail(ErrorCode::kBadFile, "{}: model.vocab: id {} is given twice", what, id);
    taken[id] = true;
    set_token(id, entry.key(), byte_fallback, spec);
    index->emplace(entry.key(), id);
  }
  return {};
}

/// [[token, score], ..] in the order of their ids.
Status read_scored_vocabulary(const Json& model, bool byte_fallback, std::string_view what,
                              VocabularyIndex* index, TokenizerSpec* spec) {
  const Json* vocabulary = json_field(model, "vocab");
  if (vocabulary == nullptr || !vocabulary->is_array() || vocabulary->size() > kMaxVocabulary) {
    return fail(ErrorCode::kBadFile, "{}: model.vocab is missing or no array of up to {} pairs", what,
                kMaxVocabulary);
  }
  for (const Json& entry : *vocabulary) {
    const auto id = static_cast<int32_t>(spec->tokens.size());
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number())
      return fail(ErrorCode::kBadFile, "{}: model.vocab: entry {} is not [\"token\", score]", what, id);
    grow_to(id, spec);
    set_token(id, entry[0].get_ref<const std::string&>(), byte_fallback, spec);
    spec->scores.push_back(entry[1].get<double>());
    if (!index->emplace(entry[0].get_ref<const std::string&>(), id).second)
      return fail(ErrorCode::kBadFile, "{}: model.vocab: entry {} is there twice", what, id);
  }
  TERN_ASSIGN(const auto unk, json_int(model, "unk_id", what));
  if (unk && (*unk < 0 || *unk >= static_cast<int64_t>(spec->tokens.size())))
    return fail(ErrorCode::kBadFile, "{}: model.unk_id {} is outside the vocabulary", what, *unk);
  if (unk) spec->unk = static_cast<int32_t>(*unk);
  return {};
}

Status read_merges(const Json& model, std::string_view what, const VocabularyIndex& index,
                   TokenizerSpec* spec) {
  const Json* merges = json_field(model, "merges");
  if (merges == nullptr || !merges->is_array()) {
    return fail(ErrorCode::kBadFile, "{}: model.merges is missing or not an array", what);
  }
  spec->merges.reserve(merges->size());
  for (size_t rank = 0; rank < merges->size(); ++rank) {
    const Json& entry = (*merges)[rank];
    std::pair<std::string_view, std::string_view> pair;
    if (entry.is_string()) {
      TERN_ASSIGN(pair, split_merge(entry.get_ref<const std::string&>(), rank, what));
    } else if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
      pair = {entry[0].get_ref<const std::string&>(), entry[1].get_ref<const std::string&>()};
    } else {
      return fail(ErrorCode::kBadFile, "{}: model.merges: entry {} is neither \"a b\" nor [\"a\", \"b\"]",
                  what, rank);
    }
    TERN_ASSIGN(const auto merge, resolve_merge(index, pair.first, pair.second, rank, what));
    spec->merges.push_back(merge);
  }
  return {};
}

/// The id that the library gives a new token: after the vocabulary and all added ones, whatever the file
/// says.
class NextId {
 public:
  explicit NextId(const VocabularyIndex& vocabulary) : next_(static_cast<int64_t>(vocabulary.size())) {}
  int64_t get() const { return next_; }
  void pass(int32_t added) { next_ = std::max(next_, int64_t{added} + 1); }

 private:
  int64_t next_;
};

bool is_all_marks(std::string_view text) {
  const std::string blanks = undo_blank_marks(text);
  return blanks.find_first_not_of(' ') == std::string::npos && text.find(' ') == std::string_view::npos;
}

Status read_added_token(const Json& token, std::string_view what, const VocabularyIndex& index, NextId* next,
                        TokenizerSpec* spec) {
  if (!token.is_object())
    return fail(ErrorCode::kBadFile, "{}: added_tokens: an entry is not an object", what);
  TERN_ASSIGN(const auto content, json_string(token, "content", what));
  if (!content || content->empty())
    return fail(ErrorCode::kBadFile, "{}: added_tokens: an entry has no content", what);
  TERN_TRY(check_match_flags(token, fmt::format("{}: added token '{}'", what, *content)));
  TERN_ASSIGN(const auto special, json_bool(token, "special", what));
  TERN_ASSIGN(const auto normalized, json_bool(token, "normalized", what));
  const Json* id_field = json_field(token, "id");
  TERN_ASSIGN(const int32_t id, checked_id(id_field == nullptr ? Json() : *id_field, *content, what));
  if (const auto known = index.find(*content); known != index.end() && known->second != id) {
    return fail(ErrorCode::kBadFile, "{}: added token '{}' has id {}, in model.vocab {}", what, *content, id,
                known->second);
  } else if (known == index.end() && static_cast<size_t>(id) < spec->tokens.size() &&
             !spec->tokens[id].empty()) {
    return fail(ErrorCode::kBadFile, "{}: added token '{}' takes id {} of another token", what, *content, id);
  } else if (known == index.end() && id != next->get()) {
    return fail(
        ErrorCode::kUnsupported,
        "{}: added token '{}' has id {}: Hugging Face gives it {}, so the file does not mean what it says",
        what, *content, id, next->get());
  }
  next->pass(id);
  const bool late = normalized.value_or(!special.value_or(false));
  const bool is_blanks = !special.value_or(false) && is_all_marks(*content);
  // Gemma's runs of blanks: merges make them, and "▁" itself is hardly ever written.
  if (is_blanks && !late && index.contains(*content) && spec->model != TokenizerModel::kByteBpe) return {};
  grow_to(id, spec);
  spec->tokens[id] = *content;
  spec->kinds[id] = special.value_or(false) ? TokenKind::kSpecial : TokenKind::kNormal;
  if (!special.value_or(false)) spec->always_matched.push_back(id);
  if (late) spec->matched_late.push_back(id);
  return {};
}

/// Refuses added tokens that text with a blank gives, too, since the model makes them: here a token is one or
/// the other.
Status check_words(const TokenizerSpec& spec, size_t vocabulary, std::string_view what) {
  if (spec.model == TokenizerModel::kByteBpe) return {};
  std::vector<bool> is_made(spec.tokens.size());
  if (spec.model == TokenizerModel::kUnigram) std::fill_n(is_made.begin(), vocabulary, true);
  for (const TokenizerSpec::Merge& merge : spec.merges) is_made[static_cast<size_t>(merge.result)] = true;
  for (const auto& [text, id] : added_tokens_of(spec)) {
    if (!is_made[static_cast<size_t>(id)] || text.find(kBlankMark) == std::string_view::npos) continue;
    return fail(ErrorCode::kUnsupported,
                "{}: added token '{}' is a word of the vocabulary, which text with a blank gives, too", what,
                text);
  }
  return {};
}

Status read_added_tokens(const Json& tokenizer, std::string_view what, const VocabularyIndex& index,
                         TokenizerSpec* spec) {
  const Json* tokens = json_field(tokenizer, "added_tokens");
  if (tokens == nullptr) return {};
  if (!tokens->is_array()) return fail(ErrorCode::kBadFile, "{}: added_tokens is not an array", what);
  NextId next(index);
  for (const Json& token : *tokens) TERN_TRY(read_added_token(token, what, index, &next, spec));
  return check_words(*spec, index.size(), what);
}

}  // namespace

Result<TokenizerSpec> tokenizer_spec_from_hf_json(const Json& tokenizer_json, const Json& tokenizer_config,
                                                  std::string_view what) {
  const Json* model = json_field(tokenizer_json, "model");
  if (model == nullptr || !model->is_object()) {
    return fail(ErrorCode::kBadFile, "{}: model is missing: not a tokenizer.json", what);
  }
  // "truncation" and "padding" only say how a trainer batched texts; no inference engine follows them.
  TokenizerSpec spec;
  VocabularyIndex index;
  TERN_TRY(read_model_type(tokenizer_json, what, &spec));
  TERN_ASSIGN(const bool marked, read_normalizer(tokenizer_json, what, &spec));
  if (spec.model == TokenizerModel::kByteBpe) {
    TERN_TRY(read_pre_tokenizer(tokenizer_json, what, &spec));
  } else {
    TERN_TRY(read_blank_pre_tokenizer(tokenizer_json, marked, what, &spec));
  }
  TERN_TRY(check_decoder(tokenizer_json, what, spec));
  TERN_ASSIGN(const bool byte_fallback, read_model_flags(*model, what, &spec));
  if (spec.model == TokenizerModel::kUnigram) {
    TERN_TRY(read_scored_vocabulary(*model, byte_fallback, what, &index, &spec));
  } else {
    TERN_TRY(read_vocabulary(*model, byte_fallback, what, &index, &spec));
    TERN_TRY(read_merges(*model, what, index, &spec));
  }
  TERN_TRY(read_added_tokens(tokenizer_json, what, index, &spec));
  // Added tokens have no score; the lowest is that of the vocabulary's.
  if (!spec.scores.empty())
    spec.scores.resize(spec.tokens.size(), *std::min_element(spec.scores.begin(), spec.scores.end()));
  TERN_ASSIGN(const auto unk, json_string(*model, "unk_token", what));
  if (unk) {
    const auto found = index.find(*unk);
    if (found == index.end()) {
      return fail(ErrorCode::kBadFile, "{}: model.unk_token '{}' is not in the vocabulary", what, *unk);
    }
    spec.unk = found->second;
  }
  TERN_ASSIGN(const PostProcessor added, read_post_processor(tokenizer_json, what));
  spec.bos = added.bos.value_or(-1);
  spec.eos = added.eos.value_or(-1);
  spec.add_bos = added.bos.has_value();
  spec.add_eos = added.eos.has_value();
  TERN_TRY(apply_tokenizer_config(tokenizer_config, what, &spec));
  return spec;
}

}  // namespace tern

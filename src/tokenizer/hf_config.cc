#include "tokenizer/hf_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

/// The added tokens of `spec`, by their text.
VocabularyIndex added_tokens_of(const TokenizerSpec& spec) {
  VocabularyIndex index;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    if (spec.kinds[id] == TokenKind::kSpecial) index.emplace(spec.tokens[id], static_cast<int32_t>(id));
  }
  for (const int32_t id : spec.always_matched) index.emplace(spec.tokens[id], id);
  return index;
}

/// The id of a token given as a string or as an object with "content". transformers makes an added token of
/// any that is none yet, also of one that is in the vocabulary, and then cuts texts at it.
Result<int32_t> token_id(const Json& token, const VocabularyIndex& added, std::string_view where) {
  const Json* content = token.is_object() ? json_field(token, "content") : &token;
  if (content == nullptr || !content->is_string())
    return fail(ErrorCode::kBadFile, "{} is not a token", where);
  const auto found = added.find(content->get_ref<const std::string&>());
  if (found == added.end()) {
    return fail(ErrorCode::kUnsupported, "{} '{}' is no added token of tokenizer.json: add it there", where,
                content->get_ref<const std::string&>());
  }
  return found->second;
}

/// Checks every token that `object` names: fields "..._token", and the lists of further special tokens.
Status check_tokens(const Json& object, const VocabularyIndex& added, std::string_view what) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_null()) continue;
    const std::string where = fmt::format("{}: {}", what, key);
    if (key == "additional_special_tokens" || key == "extra_special_tokens") {
      if (!value.is_structured()) return fail(ErrorCode::kBadFile, "{} is not a list", where);
      for (const Json& token : value) TERN_TRY(token_id(token, added, where));
    } else if (key.ends_with("_token") && !key.starts_with("add_")) {
      TERN_TRY(token_id(value, added, where));
    }
  }
  return {};
}

/// added_tokens_decoder: {id: token}, which transformers adds again where it differs from tokenizer.json.
Status check_decoder_tokens(const Json& config, const VocabularyIndex& added, std::string_view what,
                            const TokenizerSpec& spec) {
  const Json* tokens = json_field(config, "added_tokens_decoder");
  if (tokens == nullptr) return {};
  if (!tokens->is_object()) return fail(ErrorCode::kBadFile, "{}: added_tokens_decoder is no object", what);
  const std::set<int32_t> matched_late(spec.matched_late.begin(), spec.matched_late.end());
  for (const auto& [key, token] : tokens->items()) {
    const std::string where = fmt::format("{}: added_tokens_decoder: {}", what, key);
    if (!token.is_object()) return fail(ErrorCode::kBadFile, "{} is not a token", where);
    TERN_ASSIGN(const int32_t id, token_id(token, added, where));
    if (key != std::to_string(id)) {
      return fail(ErrorCode::kUnsupported, "{}: in tokenizer.json that token has id {}", where, id);
    }
    for (const char* name : {"lstrip", "rstrip", "single_word"}) {
      TERN_ASSIGN(const auto is_set, json_bool(token, name, where));
      if (is_set.value_or(false))
        return fail(ErrorCode::kUnsupported, "{}: {} is not supported", where, name);
    }
    const bool late = matched_late.contains(id);
    TERN_ASSIGN(const auto normalized, json_bool(token, "normalized", where));
    if (normalized.value_or(late) != late) {
      return fail(ErrorCode::kUnsupported, "{}: normalized is not what tokenizer.json says", where);
    }
  }
  return {};
}

Result<int32_t> named_token(const Json& config, const char* key, const VocabularyIndex& added,
                            std::string_view what) {
  const Json* token = json_field(config, key);
  if (token == nullptr) return -1;
  return token_id(*token, added, fmt::format("{}: {}", what, key));
}

/// Classes of transformers 5 that make their own pre-tokenizer, whatever tokenizer.json says, and which of
/// ours it is, if any.
struct RebuildingClass {
  std::string_view name;
  std::optional<PreTokenizer> pre;
};
constexpr std::array<RebuildingClass, 8> kRebuilding = {{{"GPT2Tokenizer", PreTokenizer::kGpt2},
                                                         {"CodeGenTokenizer", PreTokenizer::kGpt2},
                                                         {"GPTNeoXTokenizer", PreTokenizer::kGpt2},
                                                         {"Qwen2Tokenizer", PreTokenizer::kQwen2},
                                                         {"CohereTokenizer", std::nullopt},
                                                         {"RobertaTokenizer", std::nullopt},
                                                         {"WhisperTokenizer", std::nullopt},
                                                         {"CLIPTokenizer", std::nullopt}}};

Status check_class(const Json& config, std::string_view what, TokenizerSpec* spec) {
  TERN_ASSIGN(const auto given, json_string(config, "tokenizer_class", what));
  std::string_view name = given ? std::string_view(*given) : std::string_view();
  if (name.ends_with("Fast")) name.remove_suffix(4);
  // Every version of transformers lets this class decide on the blank in front.
  if (name == "GPT2Tokenizer") {
    TERN_ASSIGN(const auto prefix, json_bool(config, "add_prefix_space", what));
    if (prefix.value_or(false) != spec->add_prefix_space) {
      return fail(ErrorCode::kUnsupported, "{}: add_prefix_space is not what tokenizer.json says", what);
    }
  }
  const auto* found =
      std::find_if(kRebuilding.begin(), kRebuilding.end(), [&](const auto& c) { return c.name == name; });
  if (found != kRebuilding.end() && found->pre != spec->pre) {
    spec->warnings.push_back(
        fmt::format("{}: tokenizer_class {} splits text in another way in transformers 5; tokenizer.json's "
                    "pre-tokenizer is followed, as transformers 4 does",
                    what, *given));
  }
  return {};
}

/// `key` wins over the post-processor.
Status apply_add_token(const Json& config, const char* key, int32_t id, bool* adds, std::string_view what,
                       TokenizerSpec* spec) {
  TERN_ASSIGN(const auto given, json_bool(config, key, what));
  if (!given) return {};
  const bool wanted = *given && id >= 0;
  if (wanted != *adds) {
    spec->warnings.push_back(
        fmt::format("{}: {} = {} is followed, though the post-processor of tokenizer.json says {}", what, key,
                    *given, *adds));
  }
  *adds = wanted;
  return {};
}

}  // namespace

Status apply_tokenizer_config(const Json& config, std::string_view what, TokenizerSpec* spec) {
  if (config.is_null()) return {};
  const std::string where = fmt::format("{}: tokenizer_config", what);
  if (!config.is_object()) return fail(ErrorCode::kBadFile, "{} is not an object", where);
  TERN_ASSIGN(const auto splits, json_bool(config, "split_special_tokens", where));
  if (splits.value_or(false))
    return fail(ErrorCode::kUnsupported, "{}: split_special_tokens is not supported", where);
  const VocabularyIndex added = added_tokens_of(*spec);
  TERN_TRY(check_tokens(config, added, where));
  TERN_TRY(check_decoder_tokens(config, added, where, *spec));
  TERN_TRY(check_class(config, where, spec));
  TERN_ASSIGN(const int32_t bos, named_token(config, "bos_token", added, where));
  TERN_ASSIGN(const int32_t eos, named_token(config, "eos_token", added, where));
  TERN_ASSIGN(const int32_t unk, named_token(config, "unk_token", added, where));
  if (spec->bos < 0) spec->bos = bos;
  if (spec->eos < 0) spec->eos = eos;
  // The library drops bytes that the vocabulary lacks unless the model names an unknown token; no byte shall
  // vanish here.
  if (spec->unk < 0) spec->unk = unk;
  TERN_TRY(apply_add_token(config, "add_bos_token", spec->bos, &spec->add_bos, where, spec));
  return apply_add_token(config, "add_eos_token", spec->eos, &spec->add_eos, where, spec);
}

Status check_special_tokens_map(const Json& map, std::string_view what, const TokenizerSpec& spec) {
  return check_tokens(map, added_tokens_of(spec), what);
}

Status check_added_tokens_file(const Json& tokens, std::string_view what, const TokenizerSpec& spec) {
  const VocabularyIndex added = added_tokens_of(spec);
  for (const auto& [text, id] : tokens.items()) {
    TERN_ASSIGN(const int32_t known, token_id(Json(text), added, fmt::format("{}: token", what)));
    if (id != known) {
      return fail(ErrorCode::kUnsupported, "{}: token '{}' has id {}, in tokenizer.json {}", what, text,
                  dump_json(id), known);
    }
  }
  return {};
}

}  // namespace tern

#include "tokenizer/hf_config.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <vector>

#include "tokenizer/config_tokens.h"

namespace tern {
namespace {

/// added_tokens_decoder: {id: token}, which transformers adds again where it differs from tokenizer.json. The
/// special ones.
Result<std::vector<int32_t>> read_decoder_tokens(const Json& config, const VocabularyIndex& added,
                                                 std::string_view what, const TokenizerSpec& spec) {
  std::vector<int32_t> special;
  const Json* tokens = json_field(config, "added_tokens_decoder");
  if (tokens == nullptr) return special;
  if (!tokens->is_object()) return fail(ErrorCode::kBadFile, "{}: added_tokens_decoder is no object", what);
  const std::set<int32_t> matched_late(spec.matched_late.begin(), spec.matched_late.end());
  for (const auto& [key, token] : tokens->items()) {
    const std::string where = fmt::format("{}: added_tokens_decoder: {}", what, key);
    if (!token.is_object()) return fail(ErrorCode::kBadFile, "{} is not a token", where);
    TERN_ASSIGN(const int32_t id, token_id(token, added, where));
    if (key != std::to_string(id)) {
      return fail(ErrorCode::kUnsupported, "{}: in tokenizer.json that token has id {}", where, id);
    }
    TERN_TRY(check_match_flags(token, where));
    const bool late = matched_late.contains(id);
    TERN_ASSIGN(const auto normalized, json_bool(token, "normalized", where));
    if (normalized.value_or(late) != late) {
      return fail(ErrorCode::kUnsupported, "{}: normalized is not what tokenizer.json says", where);
    }
    TERN_ASSIGN(const auto is_special, json_bool(token, "special", where));
    if (is_special.value_or(false)) special.push_back(id);
  }
  return special;
}

/// Classes of transformers 5 that make their own pre-tokenizer, whatever tokenizer.json says: which of ours
/// it is, if any, and of vocabularies of characters where it puts a blank in front.
struct RebuildingClass {
  std::string_view name;
  std::optional<PreTokenizer> pre;
  std::string_view blank = {};  ///< as blank_of() says it; "legacy": as that field of the config does
};
constexpr RebuildingClass kRebuilding[] = {{"GPT2Tokenizer", PreTokenizer::kGpt2},
                                           {"CodeGenTokenizer", PreTokenizer::kGpt2},
                                           {"GPTNeoXTokenizer", PreTokenizer::kGpt2},
                                           {"Qwen2Tokenizer", PreTokenizer::kQwen2},
                                           {"CohereTokenizer", std::nullopt},
                                           {"RobertaTokenizer", std::nullopt},
                                           {"WhisperTokenizer", std::nullopt},
                                           {"CLIPTokenizer", std::nullopt},
                                           {"LlamaTokenizer", PreTokenizer::kNone, "legacy"},
                                           {"CodeLlamaTokenizer", PreTokenizer::kNone, "first"},
                                           {"GemmaTokenizer", PreTokenizer::kNone, "never"},
                                           {"T5Tokenizer", std::nullopt},
                                           {"XLMRobertaTokenizer", std::nullopt},
                                           {"AlbertTokenizer", std::nullopt},
                                           {"CamembertTokenizer", std::nullopt},
                                           {"MBartTokenizer", std::nullopt},
                                           {"NllbTokenizer", std::nullopt},
                                           {"PegasusTokenizer", std::nullopt},
                                           {"XGLMTokenizer", std::nullopt},
                                           {"XLNetTokenizer", std::nullopt}};

/// Where a vocabulary of characters has a blank put in front.
std::string_view blank_of(const TokenizerSpec& spec) {
  if (!spec.add_prefix_space) return "never";
  return spec.prefix_before_blank ? "also before blanks" : spec.prefix_once ? "first" : "always";
}

/// What transformers 5 makes of the class.
Result<bool> is_rebuilt_alike(const RebuildingClass& rebuilt, const Json& config, std::string_view what,
                              const TokenizerSpec& spec) {
  if (rebuilt.pre != spec.pre) return false;
  if (rebuilt.blank.empty()) return true;
  TERN_ASSIGN(const auto prefix, json_bool(config, "add_prefix_space", what));
  TERN_ASSIGN(const auto legacy, json_bool(config, "legacy", what));
  const std::string_view blank = !prefix.value_or(true)      ? "never"
                                 : rebuilt.blank != "legacy" ? rebuilt.blank
                                 : legacy.value_or(false)    ? "always"
                                                             : "first";
  return blank == blank_of(spec);
}

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
  const auto* found = std::find_if(std::begin(kRebuilding), std::end(kRebuilding),
                                   [&](const auto& c) { return c.name == name; });
  if (found == std::end(kRebuilding)) return {};
  TERN_ASSIGN(const bool alike, is_rebuilt_alike(*found, config, what, *spec));
  if (!alike) {
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
  TERN_TRY(check_not_split(config, where));
  const VocabularyIndex added = added_tokens_of(*spec);
  TERN_ASSIGN(const auto named, named_tokens(config, added, where));
  TERN_ASSIGN(const auto special, read_decoder_tokens(config, added, where, *spec));
  TERN_TRY(check_class(config, where, spec));
  TERN_ASSIGN(const int32_t bos, named_token(config, "bos_token", added, where));
  TERN_ASSIGN(const int32_t eos, named_token(config, "eos_token", added, where));
  TERN_ASSIGN(const int32_t unk, named_token(config, "unk_token", added, where));
  if (spec->bos < 0) spec->bos = bos;
  if (spec->eos < 0) spec->eos = eos;
  // The library drops bytes that the vocabulary lacks unless the model names an unknown token; no byte shall
  // vanish here.
  if (spec->unk < 0) spec->unk = unk;
  make_special(named, spec);
  make_special(special, spec);
  TERN_TRY(apply_add_token(config, "add_bos_token", spec->bos, &spec->add_bos, where, spec));
  return apply_add_token(config, "add_eos_token", spec->eos, &spec->add_eos, where, spec);
}

Status apply_special_tokens_map(const Json& map, std::string_view what, TokenizerSpec* spec) {
  TERN_ASSIGN(const auto named, named_tokens(map, added_tokens_of(*spec), what));
  make_special(named, spec);
  return {};
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

#include "tokenizer/hf_pipeline.h"

#include <algorithm>

#include "tokenizer/normalizer.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

/// The pre-tokenizer that a Split is, by its published pattern.
Result<std::optional<PreTokenizer>> split_by_pattern(const Json& step, std::string_view what) {
  const Json* pattern = json_field(step, "pattern");
  if (pattern == nullptr || !pattern->is_object()) {
    return fail(ErrorCode::kBadFile, "{}: pre_tokenizer: a Split without 'pattern'", what);
  }
  TERN_ASSIGN(const auto regex, json_string(*pattern, "Regex", what));
  TERN_ASSIGN(const auto behavior, json_string(step, "behavior", what));
  TERN_ASSIGN(const bool invert, flag(step, "invert", false, what));
  if (behavior != "Isolated" || invert) return std::nullopt;
  for (const auto& [known, pre] : {std::pair(kLlama3Regex, PreTokenizer::kLlama3),
                                   {kQwen2Regex, PreTokenizer::kQwen2},
                                   {kGpt2Regex, PreTokenizer::kGpt2}}) {
    if (regex == known) return pre;
  }
  return std::nullopt;
}

/// What a Metaspace says: "always", "first" or "never"; older files have a flag.
Result<std::string> prepend_scheme(const Json& metaspace, std::string_view what) {
  TERN_ASSIGN(const auto scheme, json_string(metaspace, "prepend_scheme", what));
  TERN_ASSIGN(const bool prefix, flag(metaspace, "add_prefix_space", true, what));
  const std::string value = scheme.value_or(prefix ? "always" : "never");
  if (value == "always" || value == "first" || value == "never") return value;
  return fail(ErrorCode::kBadFile, "{}: pre_tokenizer: prepend_scheme '{}' is not always, first or never",
              what, value);
}

Status read_metaspace(const Json& tokenizer, const Json& metaspace, std::string_view what,
                      TokenizerSpec* spec) {
  TERN_ASSIGN(const auto mark, json_string(metaspace, "replacement", what));
  if (mark.value_or(std::string(kBlankMark)) != kBlankMark) return unsupported_pre_tokenizer(tokenizer, what);
  TERN_ASSIGN(const bool split, flag(metaspace, "split", true, what));
  spec->pre = split ? PreTokenizer::kMetaspace : PreTokenizer::kNone;
  TERN_ASSIGN(const std::string scheme, prepend_scheme(metaspace, what));
  if (spec->add_prefix_space) return {};  // the normalizer's blank is there already
  spec->add_prefix_space = scheme != "never";
  spec->prefix_once = scheme == "first";
  return {};
}

/// Ids of special tokens that a TemplateProcessing puts before and after the text.
struct Template {
  std::vector<int32_t> before, after;
};

Result<int32_t> template_token(const Json& processor, const Json& item, std::string_view what) {
  TERN_ASSIGN(const auto name, json_string(item, "id", what));
  const Json* known = json_field(processor, "special_tokens");
  const Json* token = known != nullptr && name ? json_field(*known, *name) : nullptr;
  const Json* ids = token != nullptr ? json_field(*token, "ids") : nullptr;
  if (ids == nullptr || !ids->is_array() || ids->size() != 1 || !(*ids)[0].is_number_integer()) {
    return fail(ErrorCode::kBadFile, "{}: post_processor: special token '{}' has no single id", what,
                name.value_or("?"));
  }
  const auto id = (*ids)[0].get<int64_t>();
  if (id < 0 || id >= kMaxVocabulary) {
    return fail(ErrorCode::kBadFile, "{}: post_processor: id {} is out of range", what, id);
  }
  return static_cast<int32_t>(id);
}

Result<Template> read_template(const Json& processor, std::string_view what) {
  Template result;
  const Json* single = json_field(processor, "single");
  if (single == nullptr || !single->is_array()) {
    return fail(ErrorCode::kBadFile, "{}: post_processor: a TemplateProcessing without the array 'single'",
                what);
  }
  bool past_text = false;
  for (const Json& item : *single) {
    if (!item.is_object() || item.size() != 1) {
      return fail(ErrorCode::kBadFile, "{}: post_processor: 'single' has an item without one kind", what);
    }
    if (const Json* text = json_field(item, "Sequence")) {
      TERN_ASSIGN(const auto name, json_string(*text, "id", what));
      if (past_text || name != "A") {
        return fail(ErrorCode::kUnsupported, "{}: post_processor: 'single' has more than the text, once",
                    what);
      }
      past_text = true;
    } else if (const Json* special = json_field(item, "SpecialToken")) {
      TERN_ASSIGN(const int32_t id, template_token(processor, *special, what));
      (past_text ? result.after : result.before).push_back(id);
    } else {
      return fail(ErrorCode::kBadFile, "{}: post_processor: 'single' has an item of unknown kind", what);
    }
  }
  if (!past_text) return fail(ErrorCode::kUnsupported, "{}: post_processor: 'single' drops the text", what);
  return result;
}

}  // namespace

Result<std::vector<const Json*>> steps_of(const Json& tokenizer, const char* key, const char* list_key,
                                          std::string_view what) {
  std::vector<const Json*> steps;
  const Json* component = json_field(tokenizer, key);
  if (component == nullptr) return steps;
  if (type_of(*component) != "Sequence") return std::vector<const Json*>{component};
  const Json* list = json_field(*component, list_key);
  if (list == nullptr || !list->is_array()) {
    return fail(ErrorCode::kBadFile, "{}: {}: a Sequence without the array '{}'", what, key, list_key);
  }
  for (const Json& step : *list) steps.push_back(&step);
  return steps;
}

Result<bool> flag(const Json& component, std::string_view key, bool absent, std::string_view what) {
  TERN_ASSIGN(const auto value, json_bool(component, key, what));
  return value.value_or(absent);
}

tl::unexpected<Error> unsupported_pre_tokenizer(const Json& tokenizer, std::string_view what) {
  const Json* component = json_field(tokenizer, "pre_tokenizer");
  std::string shown = component == nullptr ? "null" : dump_json(*component);
  constexpr size_t kShown = 400;
  if (shown.size() > kShown) shown.replace(kShown, std::string::npos, "...");
  return fail(ErrorCode::kUnsupported,
              "{}: pre_tokenizer {} is not supported: known are the Splits of LLaMA 3, Qwen2 and GPT-2 with "
              "ByteLevel, GPT-2's ByteLevel, SmolLM's Digits with ByteLevel, and Metaspace",
              what, shown);
}

std::string type_of(const Json& component) {
  const Json* type = json_field(component, "type");
  return type != nullptr && type->is_string() ? type->get<std::string>() : "?";
}

Status read_model_type(const Json& tokenizer, std::string_view what, TokenizerSpec* spec) {
  const Json& model = tokenizer["model"];
  // GPT-2's own file, older than the field, has merges to tell.
  const bool is_old = !model.contains("type") && json_field(model, "merges") != nullptr;
  const std::string type = is_old ? "BPE" : type_of(model);
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "pre_tokenizer", "pretokenizers", what));
  const bool is_byte_level =
      std::any_of(steps.begin(), steps.end(), [](const Json* step) { return type_of(*step) == "ByteLevel"; });
  if (type == "BPE") {
    spec->model = is_byte_level ? TokenizerModel::kByteBpe : TokenizerModel::kBpe;
  } else if (type == "Unigram" && !is_byte_level) {
    spec->model = TokenizerModel::kUnigram;
  } else {
    return fail(ErrorCode::kUnsupported, "{}: model '{}'{} is not supported: known are BPE and Unigram", what,
                type, is_byte_level ? " with ByteLevel" : "");
  }
  return {};
}

Status check_decoder(const Json& tokenizer, std::string_view what, const TokenizerSpec& spec) {
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "decoder", "decoders", what));
  const std::vector<std::string_view> known =
      spec.model == TokenizerModel::kByteBpe
          ? std::vector<std::string_view>{"ByteLevel"}
          : std::vector<std::string_view>{"Metaspace", "Replace", "ByteFallback", "Fuse", "Strip"};
  for (const Json* step : steps) {
    if (std::find(known.begin(), known.end(), type_of(*step)) != known.end()) continue;
    return fail(ErrorCode::kUnsupported, "{}: decoder '{}' is not supported here: known are {}", what,
                type_of(*step), fmt::join(known, ", "));
  }
  return {};
}

Status read_pre_tokenizer(const Json& tokenizer, std::string_view what, TokenizerSpec* spec) {
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "pre_tokenizer", "pretokenizers", what));
  if (steps.empty() || steps.size() > 2 || type_of(*steps.back()) != "ByteLevel") {
    return unsupported_pre_tokenizer(tokenizer, what);
  }
  const Json& byte_level = *steps.back();
  TERN_ASSIGN(const bool uses_gpt2_pattern, flag(byte_level, "use_regex", true, what));
  TERN_ASSIGN(spec->add_prefix_space, flag(byte_level, "add_prefix_space", true, what));
  if (steps.size() == 1) {
    if (!uses_gpt2_pattern) return unsupported_pre_tokenizer(tokenizer, what);
    spec->pre = PreTokenizer::kGpt2;
    return {};
  }
  // With a step before it, ByteLevel would put its blank before every piece of that step.
  if (spec->add_prefix_space) return unsupported_pre_tokenizer(tokenizer, what);
  if (type_of(*steps[0]) == "Split" && !uses_gpt2_pattern) {
    TERN_ASSIGN(const auto pre, split_by_pattern(*steps[0], what));
    if (!pre) return unsupported_pre_tokenizer(tokenizer, what);
    spec->pre = *pre;
    return {};
  }
  if (type_of(*steps[0]) == "Digits" && uses_gpt2_pattern) {
    TERN_ASSIGN(const bool individual, flag(*steps[0], "individual_digits", false, what));
    if (!individual) return unsupported_pre_tokenizer(tokenizer, what);
    spec->pre = PreTokenizer::kSmolLm;
    return {};
  }
  return unsupported_pre_tokenizer(tokenizer, what);
}

Status read_blank_pre_tokenizer(const Json& tokenizer, bool marked, std::string_view what,
                                TokenizerSpec* spec) {
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "pre_tokenizer", "pretokenizers", what));
  spec->pre = PreTokenizer::kNone;
  if (steps.size() > 1) return unsupported_pre_tokenizer(tokenizer, what);
  if (steps.size() == 1 && type_of(*steps[0]) == "Metaspace")
    return read_metaspace(tokenizer, *steps[0], what, spec);
  if (!marked) return unsupported_pre_tokenizer(tokenizer, what);
  if (steps.empty()) return {};
  // Gemma's file cuts at blanks, of which none is left.
  const Json* pattern = json_field(*steps[0], "pattern");
  if (type_of(*steps[0]) != "Split" || pattern == nullptr || !pattern->is_object())
    return unsupported_pre_tokenizer(tokenizer, what);
  TERN_ASSIGN(const auto text, json_string(*pattern, "String", what));
  TERN_ASSIGN(const bool invert, flag(*steps[0], "invert", false, what));
  return text.value_or("") == " " && !invert ? Status() : unsupported_pre_tokenizer(tokenizer, what);
}

Result<PostProcessor> read_post_processor(const Json& tokenizer, std::string_view what) {
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "post_processor", "processors", what));
  PostProcessor result;
  for (const Json* step : steps) {
    const std::string type = type_of(*step);
    if (type == "ByteLevel") continue;  // moves offsets only
    if (type != "TemplateProcessing") {
      return fail(ErrorCode::kUnsupported, "{}: post_processor '{}' is not supported", what, type);
    }
    TERN_ASSIGN(const Template added, read_template(*step, what));
    const auto take = [](const std::vector<int32_t>& ids, std::optional<int32_t>* id) {
      if (ids.size() > 1 || (*id && !ids.empty())) return false;
      if (!ids.empty()) *id = ids[0];
      return true;
    };
    if (!take(added.before, &result.bos) || !take(added.after, &result.eos)) {
      return fail(ErrorCode::kUnsupported,
                  "{}: post_processor: a template that adds more than one token in front, or behind, is not "
                  "supported",
                  what);
    }
  }
  return result;
}

}  // namespace tern

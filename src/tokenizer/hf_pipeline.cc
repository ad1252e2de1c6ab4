#include "tokenizer/hf_pipeline.h"

#include <vector>

#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

/// The steps of a component: those of a Sequence (under `list_key`), or the component itself; none when it is
/// absent.
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

/// Whether `step` is the Split of LLaMA 3.
Result<bool> is_llama3_split(const Json& step, std::string_view what) {
  const Json* pattern = json_field(step, "pattern");
  if (pattern == nullptr || !pattern->is_object()) {
    return fail(ErrorCode::kBadFile, "{}: pre_tokenizer: a Split without 'pattern'", what);
  }
  TERN_ASSIGN(const auto regex, json_string(*pattern, "Regex", what));
  TERN_ASSIGN(const auto behavior, json_string(step, "behavior", what));
  TERN_ASSIGN(const bool invert, flag(step, "invert", false, what));
  return regex == kLlama3Regex && behavior == "Isolated" && !invert;
}

tl::unexpected<Error> unsupported_pre_tokenizer(const Json& tokenizer, std::string_view what) {
  const Json* component = json_field(tokenizer, "pre_tokenizer");
  std::string shown = component == nullptr ? "null" : dump_json(*component);
  constexpr size_t kShown = 400;
  if (shown.size() > kShown) shown.replace(kShown, std::string::npos, "...");
  return fail(ErrorCode::kUnsupported,
              "{}: pre_tokenizer {} is not supported: known are LLaMA 3's Split with ByteLevel, GPT-2's "
              "ByteLevel, and "
              "SmolLM's Digits with ByteLevel",
              what, shown);
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

std::string type_of(const Json& component) {
  const Json* type = json_field(component, "type");
  return type != nullptr && type->is_string() ? type->get<std::string>() : "?";
}

Status check_normalizer(const Json& tokenizer, std::string_view what) {
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "normalizer", "normalizers", what));
  if (steps.empty()) return {};
  return fail(ErrorCode::kUnsupported, "{}: normalizer '{}' is not supported: text is encoded as it is", what,
              type_of(*steps[0]));
}

Status check_decoder(const Json& tokenizer, std::string_view what) {
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "decoder", "decoders", what));
  for (const Json* step : steps) {
    if (type_of(*step) == "ByteLevel") continue;
    return fail(ErrorCode::kUnsupported, "{}: decoder '{}' is not supported: known is ByteLevel", what,
                type_of(*step));
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
    TERN_ASSIGN(const bool is_llama3, is_llama3_split(*steps[0], what));
    if (!is_llama3) return unsupported_pre_tokenizer(tokenizer, what);
    spec->pre = PreTokenizer::kLlama3;
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

Result<std::optional<int32_t>> read_post_processor(const Json& tokenizer, std::string_view what) {
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "post_processor", "processors", what));
  std::optional<int32_t> bos;
  for (const Json* step : steps) {
    const std::string type = type_of(*step);
    if (type == "ByteLevel") continue;  // moves offsets only
    if (type != "TemplateProcessing") {
      return fail(ErrorCode::kUnsupported, "{}: post_processor '{}' is not supported", what, type);
    }
    TERN_ASSIGN(const Template added, read_template(*step, what));
    if (added.before.size() > 1 || !added.after.empty() || (bos && !added.before.empty())) {
      return fail(ErrorCode::kUnsupported,
                  "{}: post_processor: a template that adds more than one token in front is not supported",
                  what);
    }
    if (!added.before.empty()) bos = added.before[0];
  }
  return bos;
}

}  // namespace tern

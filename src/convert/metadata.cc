#include "convert/metadata.h"

#include <algorithm>

#include "convert/tokenizer_check.h"
#include "models/config_reader.h"
#include "models/export_config.h"

namespace tern {
namespace {

constexpr std::array<std::string_view, 5> kOwnKeys = {kGgufBosKey, kGgufEosKey, kGgufScalesKey,
                                                      kGgufScaleOpKey, kGgufChatEncodingKey};

/// Keys that say what a folder says otherwise.
bool is_tokenizer_key(std::string_view key) {
  constexpr std::string_view kGgml = "tokenizer.ggml.";
  constexpr std::array<std::string_view, 17> kKnown = {"model",
                                                       "pre",
                                                       "tokens",
                                                       "token_type",
                                                       "merges",
                                                       "scores",
                                                       "bos_token_id",
                                                       "eos_token_id",
                                                       "eot_token_id",
                                                       "eom_token_id",
                                                       "add_bos_token",
                                                       "add_eos_token",
                                                       "add_space_prefix",
                                                       "unknown_token_id",
                                                       "padding_token_id",
                                                       "precompiled_charsmap",
                                                       "remove_extra_whitespaces"};
  return key == "tokenizer.chat_template" || key == "tokenizer.tern" ||
         (key.starts_with(kGgml) && std::ranges::find(kKnown, key.substr(kGgml.size())) != kKnown.end());
}

/// Keys of a GGUF file that the output does not say: unknown ones, and those that its format has no place
/// for.
Result<std::vector<std::string>> keys_left_out(const ModelFile& file, const ConvertPlan& plan) {
  GgufWriter known;  // what Tern understands, under the file's own names
  ModelConfig config = file.config();
  config.rope_theta = 10000.0;  // any that GGUF can say
  TERN_TRY(add_gguf_config(known, config, config.source_arch, "", 0));
  const bool to_gguf = plan.options.to == ConvertTarget::kGguf;
  std::vector<std::string> keys;
  for (const auto& [key, value] : file.gguf()->metadata()) {
    const bool of_tokenizer = key.starts_with("tokenizer.");
    const bool said = known.has(key) || (of_tokenizer && (to_gguf || is_tokenizer_key(key))) ||
                      std::ranges::find(kOwnKeys, key) != kOwnKeys.end() ||
                      std::ranges::find(kKeysOfAFile, key) != kKeysOfAFile.end() ||
                      (to_gguf && key.starts_with("general."));
    if (!said) keys.push_back(key);
  }
  return keys;
}

}  // namespace

std::vector<float> in_table_order(const ModelFile& file, const ConvertPlan& plan,
                                  float (*value)(const PlannedLinear& linear)) {
  std::vector<float> values;
  auto next = plan.linears.begin();
  for (const TensorSpec& spec : file.table()) {
    if (spec.role != TensorRole::kLinear) continue;
    const bool ternary = next != plan.linears.end() && next->spec == &spec;
    values.push_back(ternary ? value(*next++) : 1.0f);
  }
  return values;
}

Status check_metadata(const ModelFile& file, ConvertPlan& plan) {
  if (plan.options.to == ConvertTarget::kGguf) {
    GgufWriter writer;
    TERN_TRY(add_gguf_metadata(file, plan, writer));
    TERN_TRY(writer.check());
  } else {
    TERN_TRY(hf_side_files(file, plan));
  }
  TERN_TRY(check_made_tokenizer(file, plan));
  const bool same_format = (file.gguf() != nullptr) == (plan.options.to == ConvertTarget::kGguf);
  if (!file.tokenizer_problem().empty() && !same_format) {
    plan.losses.push_back(
        {fmt::format("the tokenizer is left out ({}): see --tokenizer", file.tokenizer_problem()), {}});
  } else if (!file.tokenizer() && file.tokenizer_problem().empty()) {
    plan.notes.push_back({"the model has no tokenizer, so the output has none", {}});
  }
  if (file.chat_encoding() == ChatEncoding::kParts) {
    plan.notes.push_back(
        {"the chat encoding parts is kept where only Tern looks: others encode a chat whole", {}});
  }
  if (file.gguf() == nullptr) return {};
  TERN_ASSIGN(const std::vector<std::string> keys, keys_left_out(file, plan));
  if (!keys.empty()) plan.notes.push_back({fmt::format("keys left out: {}", fmt::join(keys, ", ")), {}});
  return {};
}

}  // namespace tern

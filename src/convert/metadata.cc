#include "convert/metadata.h"

#include <algorithm>

#include "models/export_config.h"

namespace tern {
namespace {

/// Keys of a GGUF file that the output does not say: unknown ones, and those that its format has no place
/// for.
Result<std::vector<std::string>> keys_left_out(const ModelFile& file, const ConvertPlan& plan) {
  GgufWriter known;  // what Tern understands, under the file's own names
  TERN_TRY(add_gguf_config(known, file.config(), file.config().source_arch, "", 0));
  const bool to_gguf = plan.options.to == ConvertTarget::kGguf;
  std::vector<std::string> keys;
  for (const auto& [key, value] : file.gguf()->metadata()) {
    const bool said = known.has(key) || key.starts_with("tokenizer.") || key.starts_with("tern.") ||
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
  } else {
    TERN_TRY(hf_side_files(file, plan));
  }
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

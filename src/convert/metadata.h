#pragma once
// Everything of an output but its tensors. Internal to src/convert.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "convert/convert.h"
#include "io/gguf.h"

namespace tern {

/// GGUF keys that are written anew, or are about the file and not the model.
inline constexpr std::array<std::string_view, 6> kKeysOfAFile = {
    "general.architecture", "general.type",      "general.name",
    "general.file_type",    "general.alignment", "general.quantization_version"};

/// What makes a tokenizer in Hugging Face's folders, whichever are there, but for the chat template.
inline constexpr std::array<const char*, 7> kTokenizerFiles = {
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "merges.txt",     "tokenizer.model"};

/// A file beside the tensors in a Hugging Face folder.
struct SideFile {
  std::string name, content;
};

/// config.json, generation_config.json and the tokenizer's files: those of a folder as they are (config.json
/// with what the conversion changes), otherwise made from what ModelFile knows.
Result<std::vector<SideFile>> hf_side_files(const ModelFile& file, const ConvertPlan& plan);
/// general.*, {arch}.*, tokenizer.* and tern.* keys; the tokenizer of a GGUF file as it is.
Status add_gguf_metadata(const ModelFile& file, const ConvertPlan& plan, GgufWriter& writer);
/// What `value` gives for each kLinear line of the table, 1 for dense ones.
std::vector<float> in_table_order(const ModelFile& file, const ConvertPlan& plan,
                                  float (*value)(const PlannedLinear& linear));
inline float scale_value(const PlannedLinear& linear) {
  return linear.scale.value;
}

/// Tries the metadata of `plan`, so that it fails before anything is written, and puts down what a user
/// should know.
Status check_metadata(const ModelFile& file, ConvertPlan& plan);

}  // namespace tern

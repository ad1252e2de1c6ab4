#pragma once
// A trained model as files that everybody reads.
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/model_file.h"
#include "tokenizer/spec.h"
#include "train/parameters.h"

namespace tern::train {

/// What is written beside the weights.
struct ModelFacts {
  ModelConfig config;  ///< linear: kDense or kTernaryOnline
  TokenizerSpec tokenizer;
  std::string chat_template;
  ChatEncoding chat_encoding = ChatEncoding::kParts;
};

/// Facts of a new model: `config` gets the tokenizer's vocabulary, and as end tokens its own, <|eot_id|> and
/// <|end_of_text|>. BitNet's chat template, in parts. kInvalidArgument when `config` has a vocabulary that is
/// not the tokenizer's.
Result<ModelFacts> new_model_facts(const ModelConfig& config, const std::string& tokenizer_file);
/// Facts of a model that is trained further.
ModelFacts facts_of(const ModelFile& file);
/// What a stage on conversations makes of a model: it speaks by the template that its data is in, BitNet's in
/// parts, whichever was its own, and ends with <|eot_id|>.
void learn_chat(ModelFacts& facts);

/// That training can go on from `file`. kUnsupported when a linear is stored as trits (what they were made
/// from is not in it), or when it is no Hugging Face folder.
Status check_masters(const ModelFile& file);
/// Masters of `file`, which check_masters() passed, into those of `parameters`, which are made for its tensor
/// table; sub-norms that the file lacks become 1.
Status load_masters(const ModelFile& file, Parameters& parameters);

/// Writes a Hugging Face folder of bfloat16 masters from `flat` (Parameters::masters(), or an average of
/// them).
Status export_master(const ModelFacts& facts, const Parameters& parameters, const at::Tensor& flat,
                     const std::string& folder);
/// Beside `master`: "packed" (a folder) and "gguf" (<folder>/model.gguf), whose trits and scales are the
/// master's.
Status export_others(const std::string& master, const std::vector<std::string>& names,
                     const std::string& folder, int threads);

}  // namespace tern::train

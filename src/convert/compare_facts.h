#pragma once
// The parts of verify that need no weights. Internal to src/convert.
#include "convert/verify.h"

namespace tern::internal {

/// Appends what differs in the configs; true when the tensors are alike in number and shape.
bool compare_configs(const ModelConfig& a, const ModelConfig& b, std::vector<Difference>& differences);
/// Appends what differs in two tokenizers, but for their ends of text.
void compare_tokenizers(const TokenizerSpec& a, const TokenizerSpec& b, std::vector<Difference>& differences);
/// Appends what differs in tokenizers, chat templates and ends of text.
void compare_texts(const ModelFile& a, const ModelFile& b, std::vector<Difference>& differences);

}  // namespace tern::internal

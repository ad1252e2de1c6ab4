#pragma once
#include "convert/convert.h"

namespace tern {

/// Reads the tokenizer that is made for the output back, before anything is written. What differs from the
/// model's own is added to plan.losses. kUnsupported when the output's could not be read. For tokenizers that
/// are copied as they are, nothing.
Status check_made_tokenizer(const ModelFile& file, ConvertPlan& plan);

}  // namespace tern

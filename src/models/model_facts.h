#pragma once
#include <cstdint>

#include "models/model_file.h"

namespace tern {

/// Parameters of the model: of the architecture's tensors that the file has.
uint64_t parameter_count(const ModelFile& file);
/// Bytes of all tensors of the file.
uint64_t tensor_bytes(const ModelFile& file);

}  // namespace tern

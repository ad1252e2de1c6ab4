#include "models/model_facts.h"

namespace tern {

uint64_t parameter_count(const ModelFile& file) {
  uint64_t count = 0;
  for (const TensorSpec& spec : file.table()) {
    if (file.find(spec) == nullptr) continue;
    uint64_t elements = 1;
    for (const uint64_t d : spec.shape) elements *= d;
    count += elements;
  }
  return count;
}

uint64_t tensor_bytes(const ModelFile& file) {
  uint64_t count = 0;
  for (const TensorEntry& entry : file.tensors().tensors()) count += entry.bytes.size();
  return count;
}

}  // namespace tern

#pragma once
// What a model asks of a machine, told from its file without loading it.
#include <cstdint>
#include <string>

#include "base/error.h"
#include "engine/session.h"
#include "machine/facts.h"
#include "machine/roofline.h"

namespace tern {

struct ModelNeeds {
  std::string path;
  Disk disk = Disk::kUnknown;
  uint64_t file_bytes = 0;  ///< of all tensors
  ModelWork work;           ///< with the weights as they lie in memory
  // What a decoded token may leave out at most:
  Work closed_gates;         ///< rows of up and columns of down
  double screened_head = 0;  ///< bytes of the head that its screen saves
  double skippable_bytes() const { return closed_gates.bytes + screened_head; }
  Packing packing = Packing::kT2;
  bool ternary = false;  ///< whether the packing means anything
  int threads = 1;
  TernKvFormat kv = TERN_KV_F16;
  int64_t context = 0, trained_positions = 0;
  // Bytes of memory.
  uint64_t weights = 0;
  uint64_t pass = 0;                             ///< of activations and logits, about
  uint64_t kv_token = 0, smallest_kv_token = 0;  ///< of a position in the cache, and with --kv i8
  uint64_t loaded() const { return weights + pass; }
  /// With a full context.
  uint64_t whole() const { return loaded() + kv_token * static_cast<uint64_t>(context); }
};

/// For a model opened with `options`, of which `packing` is what its load.packing means; 0 threads and
/// context are those that the engine would take. Errors: kUnsupported when the model cannot be loaded.
Result<ModelNeeds> model_needs(const ModelFile& file, const EngineOptions& options, Packing packing,
                               const SystemFiles& files);

}  // namespace tern

#pragma once
// A loaded model: weights ready for the kernels, and its forward pass.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "models/config.h"
#include "models/kv_view.h"

namespace tern {

class ModelFile;

/// The logits that a caller looks at: those of the `top` best and all that are at most `window` below the
/// last of these. Others may come as -infinity, which saves most of the head's work; those that come have the
/// bits that they have anyway.
struct LogitCut {
  int64_t top = 1;  ///< at least 1
  double window = 0;
};

/// One sequence's part of a batch: `tokens` at positions pos0, pos0+1, .. ; its KV pages must cover them.
struct SequenceChunk {
  std::span<const int32_t> tokens;
  int64_t pos0 = 0;
  KvView* kv = nullptr;
  /// Logits are computed for tokens [logits_from, tokens.size()) of this chunk; tokens.size() for none.
  size_t logits_from = 0;
  std::optional<LogitCut> cut = {};  ///< of those logits; nullopt: all
  float* hidden = nullptr;  ///< gets what the last norm makes of every token, [n, hidden]; or nullptr
};

/// How trits lie in memory: the same bits, other speeds. Rows of `up` and columns of `down` that are picked
/// one by one (models/sparse_ffn.cc) have 2 bits anyway.
enum class Packing {
  kAuto,  ///< Engine::open() decides (engine/packing_choice.h); Model::load() does not take it
  kT2,    ///< 2 bits a trit, as kernels take it (t2x16)
  kT5,    ///< 1.6 bits: 5 trits a byte, unpacked a few rows at a time (t5x16)
};

struct LoadOptions {
  Packing packing = Packing::kT2;
  bool dense_act_f32 = false;  ///< dense quantized linears on float activations (docs/numerics.md rule 10)
  bool head_screen = true;  ///< a narrow copy of the head for callers with a LogitCut (models/head_screen.h)
};

/// What a forward pass saw of the FFN gates; asking never changes a bit.
struct GateCounts {
  /// [layers * ffn]: rows of the batch at which the neuron's gate was positive.
  std::vector<uint32_t> open;
};

/// What forward passes have read of the weights since the model was loaded.
struct WeightReads {
  uint64_t bytes = 0;  ///< of matrices; once a pass, however many tokens it has
  // Of passes with one token of models with squared ReLU: rows of `up` and columns of `down`, all and read.
  uint64_t up_rows = 0, up_rows_read = 0;
  uint64_t down_columns = 0, down_columns_read = 0;
  // Of passes whose callers all have a LogitCut: rows of the head, all and those whose logits were computed.
  uint64_t head_rows = 0, head_rows_read = 0;
};

class Model {
 public:
  virtual ~Model() = default;
  /// Errors: as ModelFile::open, and kBadFile / kAmbiguous for missing, misshaped or undecidable tensors.
  static Result<std::unique_ptr<Model>> load(std::shared_ptr<const ModelFile> file,
                                             const LoadOptions& options, ThreadPool* pool);
  virtual const ModelConfig& config() const = 0;
  /// The forward pass of a ragged batch; `logits` gets one row of config().vocab floats for each token asked
  /// for, in order. The bits of a row do not depend on the batch, the chunking or the threads. Errors:
  /// kInvalidArgument (token id out of range), kNonFinite (names layer and tensor), kContextFull.
  virtual Status forward(std::span<const SequenceChunk> batch, ThreadPool* pool, float* logits,
                         GateCounts* gates = nullptr) const = 0;
  virtual const WeightReads& weight_reads() const = 0;
};

}  // namespace tern

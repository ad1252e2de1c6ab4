#pragma once
// Weights as the kernels take them: in place from the mapped file where its bytes already have the kernels'
// layout.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/arena.h"
#include "base/thread_pool.h"
#include "kernels/dense_matmul/dense_matmul.h"
#include "models/model.h"
#include "models/model_file.h"

namespace tern {

struct Norm {
  AlignedBuffer<float> weight;
  float eps = 0.0f;
};

/// What a linear multiplies: floats, int8 with one scale a row (BitLinear), or int8 with one scale a block
/// of 32.
enum class ActivationKind { kFloat, kRowInt8, kBlockInt8 };

/// Further layouts of a ternary matrix, for one token whose gates are mostly closed (docs/numerics.md rule
/// 8).
enum class SparseUse {
  kNone,
  kRows,     ///< of `up`: only rows with an open gate are read, so t2 rows
  kColumns,  ///< of `down`: only columns with an input other than 0 are read, so t2 column chunks
};

/// y = W x, W of [out, in].
struct Linear {
  std::string name;  ///< the parameter's name, for messages
  int64_t out = 0, in = 0;
  LinearKind kind = LinearKind::kDense;
  ActivationKind activations = ActivationKind::kFloat;
  const uint8_t* weights = nullptr;  ///< ternary: t2x16; dense: x16 for kBlockInt8, else rows
  size_t row_bytes = 0;
  const uint8_t* rows = nullptr;            ///< SparseUse::kRows: t2 rows, [out, row_bytes]
  const uint8_t* columns = nullptr;         ///< SparseUse::kColumns: t2 column chunks
  float scale = 1.0f;                       ///< ternary: trits times this ..
  ScaleOp scale_op = ScaleOp::kMultiply;    ///< .. or divided by it
  TernDenseFormat format = TERN_DENSE_F32;  ///< dense
  std::optional<Norm> inner_norm;           ///< use_rms_norm: over the input, before it is quantized
  uint64_t bytes() const { return static_cast<uint64_t>(out) * row_bytes; }
};

struct LayerWeights {
  Norm attn_norm, attn_sub_norm, ffn_norm, ffn_sub_norm;
  Linear q, k, v, o, gate, up, down;
};

struct Embedding {
  DType dtype = DType::kF32;
  const uint8_t* rows = nullptr;
  size_t row_bytes = 0;
};

struct ModelWeights {
  Arena memory;  ///< of all matrices that are not used in place
  Embedding embedding;
  std::vector<LayerWeights> layers;
  Norm final_norm;
  Linear head;  ///< shares the embedding's bytes when the head is tied
};

/// Loads the tensor of one table line (role kLinear or kHead) into `memory`, or in place. Ternary linears end
/// as t2x16 whatever their packing, so decode_t2x16_row gives the trits of any file. Rows of `llama` GGUF
/// files come back in Hugging Face order. Errors name file and tensor: kBadFile, kUnsupported, kNonFinite.
Result<Linear> load_linear(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options,
                           SparseUse sparse, ThreadPool* pool, Arena* memory);
/// A norm's weights as float32; kNonFinite when one is not finite.
Result<Norm> load_norm(const ModelFile& file, const TensorSpec& spec, float eps);
/// Everything in the table. Draws a progress bar when it takes long; kInterrupted on Ctrl-C.
Result<ModelWeights> load_weights(const ModelFile& file, const LoadOptions& options, ThreadPool* pool);

}  // namespace tern

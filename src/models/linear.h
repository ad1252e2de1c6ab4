#pragma once
// Weights as the kernels take them.
#include <cstdint>
#include <optional>
#include <string>

#include "base/aligned_buffer.h"
#include "kernels/dense_matmul/dense_matmul.h"
#include "models/config.h"
#include "ternary/packing.h"

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

/// y = W x + bias, W of [out, in].
struct Linear {
  std::string name;  ///< the parameter's name, for messages
  int64_t out = 0, in = 0;
  LinearKind kind = LinearKind::kDense;
  ActivationKind activations = ActivationKind::kFloat;
  const uint8_t* weights = nullptr;         ///< ternary: t2x16 or t5x16; dense: x16 for kBlockInt8, else rows
  size_t row_bytes = 0;                     ///< of a t2 row, or a dense one
  bool t5 = false;                          ///< `weights` is t5x16
  const uint8_t* rows = nullptr;            ///< SparseUse::kRows: t2 rows, [out, row_bytes]
  const uint8_t* columns = nullptr;         ///< SparseUse::kColumns: t2 column chunks
  float scale = 1.0f;                       ///< ternary: trits times this ..
  ScaleOp scale_op = ScaleOp::kMultiply;    ///< .. or divided by it
  TernDenseFormat format = TERN_DENSE_F32;  ///< dense
  std::optional<Norm> inner_norm;           ///< use_rms_norm: over the input, before it is quantized
  AlignedBuffer<float> bias;                ///< [out], or empty, as a head's always is
  /// Bytes of `weights`, less what fills up the last group.
  uint64_t bytes() const {
    const auto rows = static_cast<uint64_t>(out);
    return t5 ? rows * t5_pieces(row_bytes) * kT5PieceBytes / kT2GroupRows : rows * row_bytes;
  }
};

}  // namespace tern

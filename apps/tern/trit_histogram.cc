#include "apps/tern/trit_histogram.h"

#include <algorithm>
#include <vector>

#include "quant/blocks.h"
#include "ternary/absmean.h"
#include "ternary/packing.h"

namespace tern {
namespace {

/// The scale of a packed Hugging Face matrix is a tensor of its own.
Result<float> packed_scale(const ModelFile& file, const TensorSpec& spec) {
  const std::string name = spec.name + "_scale";
  const TensorEntry* entry = file.tensors().find(name);
  if (entry == nullptr) return fail(ErrorCode::kBadFile, "{}: there is no {}", file.path(), name);
  if (entry->elements() != 1)
    return fail(ErrorCode::kBadFile, "{}: {} is no single number", file.path(), name);
  float scale = 0.0f;
  TERN_TRY(dequantize(entry->dtype, entry->bytes.data(), 1, &scale));
  return scale;
}

/// Fills `trits` and the scale by the tensor's own packing.
Status decode_stored(const ModelFile& file, const TensorSpec& spec, const TensorEntry& entry, int8_t* trits,
                     float* scale) {
  const uint64_t rows = spec.shape[0], cols = spec.shape[1];
  switch (entry.dtype) {
    case DType::kI2_S:
      return decode_i2s(entry.bytes, rows * cols, trits, scale);
    case DType::kTQ1_0:
      return decode_tq1_0(entry.bytes, rows * cols, trits, scale);
    case DType::kTQ2_0:
      return decode_tq2_0(entry.bytes, rows * cols, trits, scale);
    default:
      TERN_ASSIGN(*scale, packed_scale(file, spec));
      return decode_hf(entry.bytes, rows, cols, trits);
  }
}

Status quantize_master(const TensorEntry& entry, int8_t* trits, float* scale) {
  std::vector<float> weights(entry.elements());
  TERN_TRY(dequantize(entry.dtype, entry.bytes.data(), weights.size(), weights.data()));
  TERN_ASSIGN(*scale, absmean_scale(weights));
  absmean_quantize(weights, *scale, trits);
  return {};
}

bool is_dense_module(const ModelConfig& config, const TensorSpec& spec) {
  return std::any_of(config.dense_modules.begin(), config.dense_modules.end(),
                     [&](const std::string& module) { return spec.name.find(module) != std::string::npos; });
}

}  // namespace

Result<std::optional<TritHistogram>> trit_histogram(const ModelFile& file, const TensorSpec& spec,
                                                    const TensorEntry& entry) {
  const ModelConfig& config = file.config();
  const bool stored = dtype_is_ternary(entry.dtype) || entry.dtype == DType::kU8;
  const bool online = config.linear == LinearKind::kTernaryOnline && !is_dense_module(config, spec);
  if (spec.role != TensorRole::kLinear || spec.shape.size() != 2 || !(stored || online)) return std::nullopt;

  // Checked before anything of this size is allocated.
  std::vector<uint64_t> expected = spec.shape;
  if (entry.dtype == DType::kU8) expected[0] = (expected[0] + 3) / 4;
  if (entry.shape != expected) {
    return fail(ErrorCode::kBadFile, "{}: {}: shape [{}], expected [{}]", file.path(), entry.name,
                fmt::join(entry.shape, ", "), fmt::join(expected, ", "));
  }
  TritHistogram histogram;
  histogram.op = stored ? config.scale_op : ScaleOp::kMultiply;
  std::vector<int8_t> trits(spec.shape[0] * spec.shape[1]);
  if (stored) {
    TERN_TRY(decode_stored(file, spec, entry, trits.data(), &histogram.scale));
  } else {
    TERN_TRY(quantize_master(entry, trits.data(), &histogram.scale));
  }
  for (const int8_t trit : trits) ++histogram.counts[static_cast<size_t>(trit + 1)];
  return histogram;
}

}  // namespace tern

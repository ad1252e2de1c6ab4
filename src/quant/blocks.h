#pragma once
// Dense block formats of GGUF: decode and encode, no kernels. Layouts are drawn in their files.
#include <cstdint>

#include "base/error.h"
#include "tensor/dtype.h"

namespace tern {

/// Decodes n elements (whole blocks) of F32, F16, BF16 or a type of quant/block_formats.inc to float32, bit
/// for bit as ggml's scalar reference does. kUnsupported for any other dtype.
Status dequantize(DType dtype, const uint8_t* bytes, uint64_t n, float* out);
/// Encodes n elements (whole blocks) to F32, F16, BF16, Q8_0 or Q6_K. kUnsupported for any other dtype.
Status quantize(DType dtype, const float* values, uint64_t n, uint8_t* bytes);

}  // namespace tern

#pragma once
// GGUF v3 as bytes, for its reader and its writer. Internal to src/io.
//
//   'GGUF' | version u32 | tensor count u64 | metadata count u64
//   metadata:  key (u64 length, bytes) | value type u32 | value (array: type u32 | count u64 | values)
//   tensors:   name (u64 length, bytes) | n_dims u32 | dims u64, innermost first | type u32 | offset u64
//   padding to general.alignment
//   data:      each tensor at its offset from here, a multiple of the alignment
// All numbers are little endian.
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tensor/dtype.h"

namespace tern::internal {

static_assert(std::endian::native == std::endian::little, "model files are little endian and read in place");

constexpr std::string_view kGgufMagic = "GGUF";
constexpr uint32_t kGgufVersion = 3;
constexpr uint64_t kGgufDefaultAlignment = 32;
constexpr uint64_t kGgufMaxDims = 4;
constexpr uint64_t kGgufMaxName = 256;  ///< bytes of a key or tensor name

// Bounds of what is read here, so of what is written.
// Everything before the tensor data must lie in this prefix; the largest real one (256k tokens, 500k merges)
// is about 20 MB. It bounds the memory that metadata can ask for, whatever the file's size.
constexpr uint64_t kGgufMaxHeader = uint64_t{128} << 20;
// What is held takes many times the bytes that it has in the file (a u8 of an array is held as 8 bytes, an
// empty string as 32), so numbers are bounded too: models have at most some 60 keys, 3,000 tensors and 1.5
// million array items.
constexpr uint64_t kGgufMaxMetadata = uint64_t{1} << 16;
constexpr uint64_t kGgufMaxTensors = uint64_t{1} << 16;
constexpr uint64_t kGgufMaxArrayItems = uint64_t{1} << 22;  ///< of all arrays together
constexpr uint64_t kGgufMaxText = uint64_t{1} << 20;        ///< as much as a chat template may have

/// Bytes of a tensor. Errors (without file or tensor name): kBadFile on a bad rank, a zero dimension,
/// overflow, rows that are not whole blocks; kUnsupported on an I2_S tensor whose elements are no multiple
/// of 4.
Result<uint64_t> gguf_tensor_bytes(DType dtype, std::span<const uint64_t> shape);

}  // namespace tern::internal

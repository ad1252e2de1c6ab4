#pragma once
// safetensors as bytes, for its reader and its writer. Internal to src/io.
//
//   header length u64 | header: JSON object | tensor data      all little endian
//
// Header: name -> {"dtype": "BF16", "shape": [out, in], "data_offsets": [begin, end]}, offsets from the
// data's start; "__metadata__" -> an object of strings, which the reader ignores. The data is covered
// exactly: no holes, no overlap.
#include <bit>
#include <cstdint>
#include <string_view>

#include "tensor/dtype.h"

namespace tern::internal {

static_assert(std::endian::native == std::endian::little, "model files are little endian and read in place");

constexpr uint64_t kSafetensorsLengthBytes = 8;
constexpr uint64_t kSafetensorsMaxHeader =
    uint64_t{16}
    << 20;  ///< bytes; the format allows 100 MB, but JSON in memory takes up to 20 times its text
constexpr size_t kSafetensorsMaxDims = 8;
constexpr std::string_view kSafetensorsMetadata = "__metadata__";
/// The types that Tern reads and writes; their names there are those of dtypes.inc.
constexpr DType kSafetensorsDTypes[] = {DType::kF32, DType::kF16, DType::kBF16, DType::kU8};

/// A tensor's or shard's name: 1 to 256 bytes and no control characters.
bool is_safetensors_name(std::string_view name);

}  // namespace tern::internal

#include "io/gguf_layout.h"

#include "base/checked_math.h"
#include "ternary/packing.h"

namespace tern::internal {
namespace {

struct ForeignType {
  uint32_t id;
  std::string_view meaning;
};

// Ids that Tern knows of but does not read. Forks use some of them twice (docs/formats.md), so a name is a
// hint only.
constexpr ForeignType kForeignTypes[] = {
    {2, "Q4_0"},
    {6, "Q5_0"},
    {7, "Q5_1"},
    {9, "Q8_1"},
    {10, "Q2_K"},
    {11, "Q3_K"},
    {12, "Q4_K"},
    {13, "Q5_K"},
    {15, "Q8_K"},
    {16, "IQ2_XXS"},
    {17, "IQ2_XS"},
    {18, "IQ3_XXS"},
    {19, "IQ1_S"},
    {20, "IQ4_NL"},
    {21, "IQ3_S"},
    {22, "IQ2_S"},
    {23, "IQ4_XS"},
    {24, "I8"},
    {25, "I16"},
    {26, "I32"},
    {27, "I64"},
    {28, "F64"},
    {29, "IQ1_M"},
    {38, "TL1 in bitnet.cpp"},
    {39, "MXFP4 in llama.cpp, TL2 in bitnet.cpp"},
    {40, "NVFP4 in llama.cpp"},
    {41, "Q1_0 in llama.cpp"},
    {42, "Q2_0 in llama.cpp or PrismML (block sizes differ), TL2 in bitnet.cpp"},
    {134, "IQ1_BN in ik_llama.cpp"},
    {135, "IQ2_BN in ik_llama.cpp"},
    {335, "IQ2_BN_R4 in ik_llama.cpp"},
};

}  // namespace

Result<uint64_t> gguf_tensor_bytes(DType dtype, std::span<const uint64_t> shape) {
  if (shape.empty() || shape.size() > kGgufMaxDims) {
    return fail(ErrorCode::kBadFile, "{} dimensions, GGUF has 1 to {}", shape.size(), kGgufMaxDims);
  }
  uint64_t elements = 1;
  for (const uint64_t dim : shape) {
    if (dim == 0) return fail(ErrorCode::kBadFile, "a dimension is 0");
    const auto product = checked_mul(elements, dim);
    if (!product) return fail(ErrorCode::kBadFile, "the dimensions' product overflows");
    elements = *product;
  }
  const DTypeInfo& info = dtype_info(dtype);
  if (dtype == DType::kI2_S) {
    if (elements % kT2BlockElements != 0) {
      return fail(ErrorCode::kUnsupported,
                  "I2_S with {} elements: the published layout holds multiples of {}, so this file has "
                  "another layout; "
                  "convert the model again from its safetensors",
                  elements, kT2BlockElements);
    }
  } else if (shape.back() % static_cast<uint64_t>(info.block_elements) != 0) {
    return fail(ErrorCode::kBadFile, "rows of {} elements are not whole {} blocks of {}", shape.back(),
                info.name, info.block_elements);
  }
  const auto bytes = dtype_bytes(dtype, elements);
  if (!bytes) return fail(ErrorCode::kBadFile, "the size in bytes overflows");
  return *bytes;
}

std::string describe_gguf_type(uint32_t id) {
  for (const ForeignType& type : kForeignTypes) {
    if (type.id == id) return std::string(type.meaning);
  }
  return "unknown";
}

}  // namespace tern::internal

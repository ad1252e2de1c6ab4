#include "io/gguf_foreign.h"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/checked_math.h"

namespace tern::internal {
namespace {

enum class Remedy {
  kConvert,      ///< to a type that Tern reads: dense types of llama.cpp
  kTiled,        ///< TL1, TL2: the order of the weights depends on a kernel configuration
  kRequantized,  ///< made from another file of trits, which is better
  kBlockScales,  ///< ternary, or nearly, with a scale a block
};

/// A row is `row_bytes` and blocks of `block_bytes` for `block_elements` weights; block_bytes = 0: no simple
/// rule.
struct ForeignType {
  uint32_t id;
  std::string_view name;
  uint64_t block_elements = 0, block_bytes = 0, row_bytes = 0;
  Remedy remedy = Remedy::kConvert;
};

constexpr std::string_view kOfIk = "a type of ik_llama.cpp";
constexpr uint32_t kFirstIk = 97, kLastIk = 399;

constexpr ForeignType kForeignTypes[] = {
    {9, "Q8_1", 32, 36},
    {15, "Q8_K", 256, 292},
    {16, "IQ2_XXS", 256, 66},
    {17, "IQ2_XS", 256, 74},
    {18, "IQ3_XXS", 256, 98},
    {19, "IQ1_S", 256, 50},
    {21, "IQ3_S", 256, 110},
    {22, "IQ2_S", 256, 82},
    {23, "IQ4_XS", 256, 136},
    {24, "I8", 1, 1},
    {25, "I16", 1, 2},
    {26, "I32", 1, 4},
    {27, "I64", 1, 8},
    {28, "F64", 1, 8},
    {29, "IQ1_M", 256, 56},
    {31, "Q4_0_4_4 of older llama.cpp", 32, 18},
    {32, "Q4_0_4_8 of older llama.cpp", 32, 18},
    {33, "Q4_0_8_8 of older llama.cpp", 32, 18},
    {37, "I8_S of bitnet.cpp", 1, 1},
    {38, "TL1 of bitnet.cpp", 0, 0, 0, Remedy::kTiled},
    {39, "MXFP4 of llama.cpp", 32, 17},
    {39, "TL2 of bitnet.cpp", 0, 0, 0, Remedy::kTiled},
    {40, "NVFP4 of llama.cpp", 64, 36},
    {41, "Q1_0 of llama.cpp", 128, 18, 0, Remedy::kBlockScales},
    {42, "Q2_0 of llama.cpp", 64, 18, 0, Remedy::kBlockScales},
    {42, "Q2_0 of PrismML's fork", 128, 34, 0, Remedy::kBlockScales},
    {42, "TL2 of bitnet.cpp", 0, 0, 0, Remedy::kTiled},
    {134, "IQ1_BN of ik_llama.cpp", 64, 13, 2, Remedy::kRequantized},
    {135, "IQ2_BN of ik_llama.cpp", 64, 16, 4, Remedy::kRequantized},
    {335, "IQ2_BN_R4 of ik_llama.cpp", 64, 16, 4, Remedy::kRequantized},
};

/// Bytes of a tensor of that type; nothing without a rule, or where the shape does not fit it.
std::optional<uint64_t> bytes_of(const ForeignType& type, std::span<const uint64_t> shape) {
  if (type.block_bytes == 0 || shape.empty() || shape.back() % type.block_elements != 0) return std::nullopt;
  const auto blocks = checked_mul(shape.back() / type.block_elements, type.block_bytes);
  std::optional<uint64_t> bytes = blocks ? checked_add(*blocks, type.row_bytes) : std::nullopt;
  for (size_t i = 0; bytes && i + 1 < shape.size(); ++i) bytes = checked_mul(*bytes, shape[i]);
  return bytes;
}

bool fits(const ForeignType& type, std::span<const uint64_t> shape, uint64_t room, uint64_t alignment) {
  const auto bytes = bytes_of(type, shape);
  return bytes && *bytes <= room && room - *bytes < alignment;
}

/// The meaning that the size speaks for; nothing when there are several, or none to choose from.
const ForeignType* by_size(std::span<const ForeignType* const> meanings, std::span<const uint64_t> shape,
                           uint64_t room, uint64_t alignment) {
  const ForeignType *fitting = nullptr, *without_rule = nullptr;
  for (const ForeignType* type : meanings) {
    if (type->block_bytes == 0) without_rule = type;
    if (!fits(*type, shape, room, alignment)) continue;
    if (fitting != nullptr) return nullptr;
    fitting = type;
  }
  return fitting != nullptr ? fitting : without_rule;
}

std::string remedy_text(Remedy remedy, const std::string& readable) {
  switch (remedy) {
    case Remedy::kTiled:
      return "its order of weights belongs to one kernel configuration, which the file does not state: take "
             "the "
             "model's I2_S file, or convert its safetensors";
    case Remedy::kRequantized:
      return "it was made from another file: take that one (I2_S, TQ2_0), or convert the model's safetensors";
    case Remedy::kBlockScales:
      return "it has a scale a block where Tern's ternary matrices have one in all: take a file of the model "
             "in one "
             "of " +
             readable;
    case Remedy::kConvert:
      break;
  }
  return "convert the model to one of " + readable;
}

/// "; if A or B, do this; if C, do that".
std::string remedies_text(std::span<const ForeignType* const> meanings, const std::string& readable) {
  std::map<Remedy, std::string> names;
  for (const ForeignType* type : meanings) {
    std::string& text = names[type->remedy];
    text += fmt::format("{}{}", text.empty() ? "" : " or ", type->name);
  }
  std::string result;
  for (const auto& [remedy, of] : names)
    result += fmt::format("; if {}, {}", of, remedy_text(remedy, readable));
  return result;
}

}  // namespace

std::string explain_gguf_type(uint32_t id, std::span<const uint64_t> shape, uint64_t room, uint64_t alignment,
                              const std::string& readable) {
  std::vector<const ForeignType*> meanings;
  std::string names;
  for (const ForeignType& type : kForeignTypes) {
    if (type.id != id) continue;
    names += fmt::format("{}{}", names.empty() ? "" : " or ", type.name);
    meanings.push_back(&type);
  }
  if (meanings.empty()) {
    const std::string_view name = id >= kFirstIk && id <= kLastIk ? kOfIk : "unknown";
    return fmt::format("{} ({}) is not supported; {}", id, name, remedy_text(Remedy::kConvert, readable));
  }
  const ForeignType* const likely =
      meanings.size() == 1 ? meanings[0] : by_size(meanings, shape, room, alignment);
  if (likely == nullptr) {
    return fmt::format("{} ({}) is not supported{}", id, names, remedies_text(meanings, readable));
  }
  return fmt::format("{} ({}{}) is not supported; {}", id, names,
                     meanings.size() == 1 ? "" : fmt::format(": by its size {}", likely->name),
                     remedy_text(likely->remedy, readable));
}

std::string explain_no_gguf(std::span<const uint8_t> start) {
  const auto begins = [&](std::string_view magic, size_t at = 0) {
    return start.size() >= at + magic.size() &&
           std::memcmp(start.data() + at, magic.data(), magic.size()) == 0;
  };
  if (begins("PK\x03\x04") || begins("\x80\x02")) {
    return "it looks like a PyTorch checkpoint (.pt, .bin), such as model_state_int2.pt of bitnet.cpp's gpu/ "
           "folder; "
           "reading one runs what is in it. Give the folder of the model's safetensors instead";
  }
  if (begins("{\"", 8) || begins("{ ", 8)) {
    return "it looks like a safetensors file; give the folder that holds it and its config.json";
  }
  for (const std::string_view magic : {"ggml", "ggmf", "ggjt", "lmgg", "fmgg", "tjgg"}) {
    if (begins(magic)) return "it looks like a model file from before GGUF; convert the model again";
  }
  return "give a GGUF file or a Hugging Face folder";
}

}  // namespace tern::internal

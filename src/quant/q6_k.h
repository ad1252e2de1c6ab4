#pragma once
// Q6_K, one block of 256 weights in 210 bytes. Internal to src/quant.
#include <cstdint>

namespace tern::internal {

constexpr uint64_t kQ6KElements = 256;
constexpr uint64_t kQ6KBytes = 210;

void decode_q6_k(const uint8_t* block, float* out);
/// Finite values only. False when they are too large for the block's f16 scale; the block is then undefined.
bool encode_q6_k(const float* values, uint8_t* block);

}  // namespace tern::internal

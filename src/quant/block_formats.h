#pragma once
// The block formats of GGUF, each in a file of its name. Internal to src/quant.
#include <bit>
#include <cstdint>
#include <cstring>

namespace tern::internal {

static_assert(std::endian::native == std::endian::little, "model files are little endian and read in place");

/// A block of 32 or 256 weights as the integers that it holds. With g = j / 16,
///   weight j = d * scales[g] * value(codes[j]) - m * minimums[g]
/// in float32, in this order, as ggml's scalar reference computes it. value(code) is the code less the
/// format's zero, or an entry of its table (IQ4_NL), or the code as int8 (Q8_0). Formats without scales of
/// groups have 1 there, those that add m -1 among the minimums, those without m +0: then every weight keeps
/// its bits.
struct Unpacked {
  uint8_t codes[256];
  int8_t scales[16] = {1, 1}, minimums[16] = {};
  uint16_t d = 0, m = 0;  ///< bits of f16
};

/// One block to integers, and to float32.
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) \
  void unpack_##function(const uint8_t* block, Unpacked& out); \
  void decode_##function(const uint8_t* block, float* out);
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT

/// Finite values only. False when they are too large for the block's f16 scale; the block is then undefined.
bool encode_q8_0(const float* values, uint8_t* block);
bool encode_q6_k(const float* values, uint8_t* block);

// What the formats share.

inline uint16_t load_u16(const uint8_t* at) {
  uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
inline void store_u16(uint8_t* at, uint16_t value) {
  std::memcpy(at, &value, sizeof value);
}
/// The weights of `elements` codes whose value is the code less `zero`.
void decode_unpacked(const Unpacked& block, int elements, int zero, float* out);
/// The 32 codes of Q4_* and Q5_*: byte j has those of weights j (bits 3-0) and 16 + j (bits 7-4).
void unpack_nibbles(const uint8_t* qs, uint8_t* codes);
/// Adds 16 to code j where bit j of the 4 bytes is set.
void add_fifth_bits(const uint8_t* qh, uint8_t* codes);
/// The low 2 bits of 256 codes, of Q2_K and Q3_K: weight 128h + 32i + l has bits 2i+1, 2i of byte 32h + l.
void unpack_pairs(const uint8_t* qs, uint8_t* codes);
/// The low 4 bits of 256 codes, of Q4_K and Q5_K: byte 32i + l has those of weights 64i + l (bits 3-0) and
/// 64i + 32 + l (bits 7-4).
void unpack_k_nibbles(const uint8_t* qs, uint8_t* codes);
/// The 8 scales and 8 minimums of 6 bits in 12 bytes of Q4_K and Q5_K (q4_k.cc draws them), each for 32
/// weights.
void unpack_k_scales(const uint8_t* packed, Unpacked& out);

}  // namespace tern::internal

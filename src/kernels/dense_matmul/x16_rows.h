#pragma once
// A block of each x16 format (quant/x16.cc) in registers, and what it adds to a chain. For ISA files only:
// all of it is static (docs/numerics.md rule 11).
//
// V is the instruction set: V::kRows rows a register, V::kTokens tokens a tile (a power of two), Int and
// Float the registers with one 32-bit lane a row, and
//   load(at)                    a row's 4 bytes, for kRows rows
//   f16s(at), bytes(at)         kRows f16 as float32; kRows uint8 as int32
//   scales(at), scales_of(v)    kRows int8, or int32 lanes of that size, as dot32_q6, dot32_scaled and times
//                               take them
//   low4, high4                 of every byte
//   q8_codes(v)                 what dot32_q8 takes
//   q6_codes<f>(low, high)      low | bits 2f, 2f+1 of high << 4, as dot32_q6 takes them
//   screen3_codes<c>(low, high) bits 2(c % 4) + 1, 2(c % 4) of low | bit c of high << 2
//   iq4_nl(v)                   kTernIq4Nl of every byte
//   prepare_q6(q, start)        for the 16 groups of 16 of 256 activations: what dot32_q6 takes as start
//   sums16(q, sums)             their sums
//   dot32_q8, _q4, _q5, _q6     exact sums of a block
//   dot32_scaled                the same of codes of at most 5 bits with a scale for either half
//   times(scales, n)            n, an int16, in every lane times scales
//   add_int, and_int, or_int    of lanes; shift<n> n bits up, or down for n < 0; shift_down(v, n)
//   zero, splat, fma, mul, to_float, splat_int, store
#include <stddef.h>
#include <stdint.h>

#include "kernels/dense_matmul/dense_matmul.h"

#ifndef TERN_INLINE
#define TERN_INLINE inline __attribute__((always_inline))
#endif

namespace {

constexpr int kGroupRows = 16;
constexpr int kPiece = 4 * kGroupRows;
constexpr int kF16s = 2 * kGroupRows;
constexpr int kBlock = 32;

/// One token at one block.
struct TokenBlock {
  const int8_t* q;
  const float* d_a;
  const int32_t* q_sum;
  const int32_t* start;  ///< of the block's two halves, where the format prepares
};

/// Codes of 4 bits and, from the single piece behind them, a fifth.
template <typename V, int kBits>
struct Nibbles {
  static_assert(kBits == 4 || kBits == 5);
  typename V::Int codes[8];
  TERN_INLINE void load(const uint8_t* at) {
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
      const typename V::Int packed = V::load(at + c * kPiece);
      codes[c] = V::low4(packed);
      codes[4 + c] = V::high4(packed);
    }
    if constexpr (kBits == 5) {
      const typename V::Int single = V::load(at + 4 * kPiece);
      add_fifth<0>(single), add_fifth<1>(single), add_fifth<2>(single), add_fifth<3>(single);
      add_fifth<4>(single), add_fifth<5>(single), add_fifth<6>(single), add_fifth<7>(single);
    }
  }
  TERN_INLINE typename V::Int dot(const int8_t* q) const {
    return kBits == 4 ? V::dot32_q4(codes, q) : V::dot32_q5(codes, q);
  }

 private:
  template <int c>
  TERN_INLINE void add_fifth(typename V::Int single) {
    const typename V::Int bits = V::and_int(V::template shift<4 - c>(single), V::splat_int(0x10101010));
    codes[c] = V::or_int(codes[c], bits);
  }
};

/// Pair `block` of the 6-bit numbers of Q3_K, Q4_K and Q5_K.
template <typename V>
struct SixBitPair {
  typename V::Int first, second;
  TERN_INLINE void load(const uint8_t* at, int block) {
    const typename V::Int low = V::bytes(at + block * kGroupRows);
    const typename V::Int high = V::shift_down(V::bytes(at + (8 + block / 2) * kGroupRows), 4 * (block % 2));
    const typename V::Int first_high = V::template shift<4>(V::and_int(high, V::splat_int(3)));
    const typename V::Int second_high = V::and_int(V::template shift<2>(high), V::splat_int(0x30));
    first = V::or_int(V::and_int(low, V::splat_int(15)), first_high);
    second = V::or_int(V::template shift<-4>(low), second_high);
  }
};

/// kBlocks blocks of 32 weights of 16 rows in kBytes bytes; `row` is the first of V::kRows rows.
template <typename V>
struct Q8_0Rows {
  static constexpr int kBlocks = 1, kBytes = 34 * kGroupRows;
  static constexpr bool kPrepares = false;
  typename V::Int codes[8];
  typename V::Float d;
  TERN_INLINE void load(const uint8_t* at, int, int row) {
#pragma GCC unroll 8
    for (int c = 0; c < 8; ++c) codes[c] = V::q8_codes(V::load(at + c * kPiece + 4 * row));
    d = V::f16s(at + 8 * kPiece + 2 * row);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    const typename V::Float sum = V::to_float(V::dot32_q8(codes, token.q, *token.q_sum));
    return V::fma(V::mul(d, V::splat(*token.d_a)), sum, acc);
  }
};

template <typename V>
struct IQ4_NLRows {
  static constexpr int kBlocks = 1, kBytes = 18 * kGroupRows;
  static constexpr bool kPrepares = false;
  typename V::Int codes[8];
  typename V::Float d;
  TERN_INLINE void load(const uint8_t* at, int, int row) {
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
      const typename V::Int packed = V::load(at + c * kPiece + 4 * row);
      codes[c] = V::q8_codes(V::iq4_nl(V::low4(packed)));
      codes[4 + c] = V::q8_codes(V::iq4_nl(V::high4(packed)));
    }
    d = V::f16s(at + 4 * kPiece + 2 * row);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    const typename V::Float sum = V::to_float(V::dot32_q8(codes, token.q, *token.q_sum));
    return V::fma(V::mul(d, V::splat(*token.d_a)), sum, acc);
  }
};

/// Blocks without scales inside: weight = d * (code - kZero), or d * code + m.
template <typename V, int kBits, int kZero, bool kHasM>
struct PlainRows {
  static constexpr int kCodeBytes = kBits * kPiece, kBlocks = 1;
  static constexpr int kBytes = kCodeBytes + (kHasM ? 2 : 1) * kF16s;
  static constexpr bool kPrepares = false;
  Nibbles<V, kBits> nibbles;
  typename V::Float d, m;
  TERN_INLINE void load(const uint8_t* at, int, int row) {
    nibbles.load(at + 4 * row);
    d = V::f16s(at + kCodeBytes + 2 * row);
    if constexpr (kHasM) m = V::f16s(at + kCodeBytes + kF16s + 2 * row);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    const typename V::Float d_a = V::splat(*token.d_a);
    typename V::Int sum = nibbles.dot(token.q);
    if constexpr (kZero != 0) sum = V::add_int(sum, V::splat_int(-kZero * *token.q_sum));
    acc = V::fma(V::mul(d, d_a), V::to_float(sum), acc);
    if constexpr (!kHasM) return acc;
    return V::fma(m, V::mul(d_a, V::to_float(V::splat_int(*token.q_sum))), acc);
  }
};
template <typename V>
struct Q4_0Rows : PlainRows<V, 4, 8, false> {};
template <typename V>
struct Q4_1Rows : PlainRows<V, 4, 0, true> {};
template <typename V>
struct Q5_0Rows : PlainRows<V, 5, 16, false> {};
template <typename V>
struct Q5_1Rows : PlainRows<V, 5, 0, true> {};

template <typename V>
struct Q2_KRows {
  static constexpr int kBlocks = 8, kBytes = 84 * kGroupRows, kCodeBytes = 2 * kPiece;
  static constexpr bool kPrepares = true;
  static TERN_INLINE void prepare(const int8_t* q, int32_t* start) { V::sums16(q, start); }
  typename V::Int codes[8];
  typename V::Int scales[2], minimums[2];
  typename V::Float d, m;
  TERN_INLINE void load(const uint8_t* at, int block, int row) {
    load_codes<0>(V::load(at + block * kCodeBytes + 4 * row));
    load_codes<4>(V::load(at + block * kCodeBytes + kPiece + 4 * row));
    const uint8_t* scales_at = at + kBlocks * kCodeBytes + row;
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      const typename V::Int both = V::bytes(scales_at + (2 * block + half) * kGroupRows);
      scales[half] = V::scales_of(V::and_int(both, V::splat_int(15)));
      minimums[half] = V::scales_of(V::template shift<-4>(both));
    }
    const uint8_t* f16s_at = at + kBlocks * kCodeBytes + 16 * kGroupRows + 2 * row;
    d = V::f16s(f16s_at);
    m = V::f16s(f16s_at + kF16s);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    const typename V::Float d_a = V::splat(*token.d_a);
    const typename V::Int sum = V::dot32_scaled(codes, scales[0], scales[1], token.q);
    const typename V::Int taken =
        V::add_int(V::times(minimums[0], -token.start[0]), V::times(minimums[1], -token.start[1]));
    acc = V::fma(V::mul(d, d_a), V::to_float(sum), acc);
    return V::fma(m, V::mul(d_a, V::to_float(taken)), acc);
  }

 private:
  template <int first>
  TERN_INLINE void load_codes(typename V::Int pairs) {
    const typename V::Int mask = V::splat_int(0x03030303);
    codes[first] = V::and_int(pairs, mask);
    codes[first + 1] = V::and_int(V::template shift<-2>(pairs), mask);
    codes[first + 2] = V::and_int(V::template shift<-4>(pairs), mask);
    codes[first + 3] = V::and_int(V::template shift<-6>(pairs), mask);
  }
};

/// Codes of 3 bits: | pairs 0 | pairs 1 | single |, also of screen3.
template <typename V>
TERN_INLINE void load_three_bits(const uint8_t* at, typename V::Int* codes) {
  const typename V::Int low0 = V::load(at), low1 = V::load(at + kPiece), high = V::load(at + 2 * kPiece);
  codes[0] = V::template screen3_codes<0>(low0, high);
  codes[1] = V::template screen3_codes<1>(low0, high);
  codes[2] = V::template screen3_codes<2>(low0, high);
  codes[3] = V::template screen3_codes<3>(low0, high);
  codes[4] = V::template screen3_codes<4>(low1, high);
  codes[5] = V::template screen3_codes<5>(low1, high);
  codes[6] = V::template screen3_codes<6>(low1, high);
  codes[7] = V::template screen3_codes<7>(low1, high);
}

template <typename V>
struct Q3_KRows {
  static constexpr int kBlocks = 8, kBytes = 110 * kGroupRows, kCodeBytes = 3 * kPiece, kZero = 4;
  static constexpr bool kPrepares = true;
  static TERN_INLINE void prepare(const int8_t* q, int32_t* start) { V::sums16(q, start); }
  typename V::Int codes[8];
  typename V::Int scales[2];
  typename V::Float d;
  TERN_INLINE void load(const uint8_t* at, int block, int row) {
    load_three_bits<V>(at + block * kCodeBytes + 4 * row, codes);
    const uint8_t* scales_at = at + kBlocks * kCodeBytes + row;
    SixBitPair<V> pair;
    pair.load(scales_at, block);
    scales[0] = V::scales_of(V::add_int(pair.first, V::splat_int(-32)));
    scales[1] = V::scales_of(V::add_int(pair.second, V::splat_int(-32)));
    d = V::f16s(at + kBlocks * kCodeBytes + 12 * kGroupRows + 2 * row);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    typename V::Int sum = V::dot32_scaled(codes, scales[0], scales[1], token.q);
    sum = V::add_int(sum, V::times(scales[0], -kZero * token.start[0]));
    sum = V::add_int(sum, V::times(scales[1], -kZero * token.start[1]));
    return V::fma(V::mul(d, V::splat(*token.d_a)), V::to_float(sum), acc);
  }
};

/// Q4_K and Q5_K: a scale and a minimum a block.
template <typename V, int kBits>
struct PairRows {
  static constexpr int kBlocks = 8, kCodeBytes = kBits * kPiece;
  static constexpr int kBytes = kBlocks * kCodeBytes + 12 * kGroupRows + 2 * kF16s;
  static constexpr bool kPrepares = false;
  Nibbles<V, kBits> nibbles;
  typename V::Int scale, minimum;
  typename V::Float d, m;
  TERN_INLINE void load(const uint8_t* at, int block, int row) {
    nibbles.load(at + block * kCodeBytes + 4 * row);
    const uint8_t* scales_at = at + kBlocks * kCodeBytes;
    SixBitPair<V> pair;
    pair.load(scales_at + row, block);
    scale = V::scales_of(pair.first);
    minimum = V::scales_of(pair.second);
    d = V::f16s(scales_at + 12 * kGroupRows + 2 * row);
    m = V::f16s(scales_at + 12 * kGroupRows + kF16s + 2 * row);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    const typename V::Float d_a = V::splat(*token.d_a);
    const typename V::Int sum = V::dot32_scaled(nibbles.codes, scale, scale, token.q);
    acc = V::fma(V::mul(d, d_a), V::to_float(sum), acc);
    return V::fma(m, V::mul(d_a, V::to_float(V::times(minimum, -*token.q_sum))), acc);
  }
};
template <typename V>
struct Q4_KRows : PairRows<V, 4> {};
template <typename V>
struct Q5_KRows : PairRows<V, 5> {};

template <typename V>
struct Q6_KRows {
  static constexpr int kBlocks = 8, kBytes = 210 * kGroupRows;
  static constexpr bool kPrepares = true;
  static TERN_INLINE void prepare(const int8_t* q, int32_t* start) { V::prepare_q6(q, start); }
  typename V::Int codes[8];
  typename V::Int scales[2];
  typename V::Float d;
  TERN_INLINE void load(const uint8_t* at, int block, int row) {
    const uint8_t* low_at = at + block * 6 * kPiece + 4 * row;
    const uint8_t* scales_at = at + 8 * 6 * kPiece + row;
    const typename V::Int high0 = V::load(low_at + 4 * kPiece), high1 = V::load(low_at + 5 * kPiece);
    load_piece<0>(low_at, high0, high1);
    load_piece<1>(low_at, high0, high1);
    load_piece<2>(low_at, high0, high1);
    load_piece<3>(low_at, high0, high1);
    scales[0] = V::scales(scales_at + 2 * block * kGroupRows);
    scales[1] = V::scales(scales_at + (2 * block + 1) * kGroupRows);
    d = V::f16s(at + 8 * 6 * kPiece + 16 * kGroupRows + 2 * row);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    const typename V::Float sum = V::to_float(V::dot32_q6(codes, scales, token.q, token.start));
    return V::fma(V::mul(d, V::splat(*token.d_a)), sum, acc);
  }

 private:
  template <int c>
  TERN_INLINE void load_piece(const uint8_t* low_at, typename V::Int high0, typename V::Int high1) {
    const typename V::Int packed = V::load(low_at + c * kPiece);
    codes[c] = V::template q6_codes<c>(V::low4(packed), high0);
    codes[4 + c] = V::template q6_codes<c>(V::high4(packed), high1);
  }
};

template <typename V>
struct Screen3Rows {
  static constexpr int kBlocks = 1, kBytes = 12 * kGroupRows;
  static constexpr bool kPrepares = false;
  typename V::Int codes[8];
  TERN_INLINE void load(const uint8_t* at, int, int row) { load_three_bits<V>(at + 4 * row, codes); }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    return V::fma(V::splat(*token.d_a), V::to_float(V::dot32_q4(codes, token.q)), acc);
  }
};

}  // namespace

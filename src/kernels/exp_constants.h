#pragma once
// The constants of exp_f32 and its steps, which scalar and ISA files share (C-like; docs/numerics.md, rule
// 11):
//
//   t = fma(x, log2e, round); n = t - round             n = round_half_even(x * log2e), in t's low bits
//   r = fma(-n, ln2_high, x); r = fma(-n, ln2_low, r)   |r| <= ln2 / 2
//   p = c6; p = fma(p, r, c5); .. c4, c3, c2, 1, 1      exp(r) within 1.1e-8; p(0) = 1 exactly
//   exp(x) = p * 2^n: (bits of p) + (bits of t << 23)   round's own bits drop out
//
// and +0 for x < lowest, +inf for x > highest, x for a NaN. Between the two the result is a normal number.

static const float kTernExpLowest = -87.0f;
static const float kTernExpHighest = 88.7f;
static const float kTernExpLog2e = 0x1.715476p+0f;
static const float kTernExpRound = 0x1.8p+23f;
static const float kTernExpLn2High = 0x1.62e430p-1f;
static const float kTernExpLn2Low = -0x1.05c610p-29f;
// Least maximum error of (exp(r) - 1 - r) / r^2 at Chebyshev nodes, rounded to float.
static const float kTernExpC2 = 0x1p-1f;
static const float kTernExpC3 = 0x1.5554dcp-3f;
static const float kTernExpC4 = 0x1.5554e8p-5f;
static const float kTernExpC5 = 0x1.120c68p-7f;
static const float kTernExpC6 = 0x1.6d444ep-10f;

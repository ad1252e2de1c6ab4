#pragma once
// Double-precision exp and log of own arithmetic (fma, multiplication, division) for sampling,
// log-probabilities and the RoPE tables: the same bits on every machine (docs/numerics.md, rules 2 and 12).
namespace tern {

/// exp(x) within 2 ulp: 0 below -700, infinity above 709, NaN for NaN.
double exp_f64(double x);
/// log(x) within 2 ulp, for finite x > 0 that are normal numbers.
double log_f64(double x);

}  // namespace tern

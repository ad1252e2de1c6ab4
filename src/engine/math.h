#pragma once
// Double-precision exp and log of own arithmetic for sampling and log-probabilities: the same bits on every
// machine (docs/numerics.md, rules 2 and 12). Good to a few ulp.
namespace tern {

/// exp(x): 0 below -700, infinity above 709.
double exp_f64(double x);
/// log(x) for finite x > 0 that are normal numbers.
double log_f64(double x);

}  // namespace tern

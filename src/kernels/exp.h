#pragma once
// exp for float32 by own arithmetic, the same bits everywhere (docs/numerics.md rule 2). The scalar
// definition; ISA files repeat the same steps lane by lane, and the tests compare the bits.
#include <cmath>

#include "kernels/exp_constants.h"

namespace tern {

/// exp(x): exp(0) = 1 exactly; +0 below -87; +inf above 88.7; NaN stays NaN. About 1 ulp.
float exp_f32(float x);

}  // namespace tern

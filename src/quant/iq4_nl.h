#pragma once
// The values of IQ4_NL's 16 codes, which lie closer together near zero. C-like: kernels of every instruction
// set include it (docs/numerics.md rule 11).
#include <stdint.h>

static const int8_t kTernIq4Nl[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                      1,    13,   25,  38,  53,  69,  89,  113};

#pragma once
// t2x16 from t5x16 (ternary/t5x16.cc). C-like: ISA files include only this, stdint and intrinsics
// (docs/numerics.md rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TERN_T5_PIECE = 256, TERN_T5_FROM = 320 };

/// `pieces` times 256 bytes of t5x16 to 320 of t2x16; both 64-byte aligned, no aliasing. What follows
/// `packed` may be fetched ahead, so it need not exist.
typedef struct TernTernaryUnpack {
  const uint8_t* packed;
  size_t pieces;
  uint8_t* t2;
} TernTernaryUnpack;
typedef void (*TernTernaryUnpackFn)(const TernTernaryUnpack*);

#define TERN_KERNEL(name, min_isa) void name(const TernTernaryUnpack* args);
#include "kernels/ternary_unpack/kernels.inc"
#undef TERN_KERNEL

#ifdef __cplusplus
}
#endif

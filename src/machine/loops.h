#pragma once
// The loops that measure a machine, in assembly: what a compiler makes of intrinsics (spills, reordered
// loads) would be measured instead of the machine. C-like, one file a processor family; no file needs
// compiler flags, since only the assembler sees the instructions. Call one only where its instruction set
// exists.
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Loads every byte of [begin, begin + bytes) once, ascending; `begin` 64-byte aligned, `bytes` a multiple of
/// 256.
void tern_loop_read(const void* begin, size_t bytes);

/// `rounds` times TERN_LOOP_CHAINS independent int8 multiply-accumulates.
void tern_loop_vpmaddubsw_ymm(int64_t rounds);
void tern_loop_vpmaddubsw_zmm(int64_t rounds);
void tern_loop_vpdpbusd_vex(int64_t rounds);  ///< ymm, AVX-VNNI
void tern_loop_vpdpbusd_ymm(int64_t rounds);  ///< AVX-512 VL VNNI
void tern_loop_vpdpbusd_zmm(int64_t rounds);
void tern_loop_smlal(int64_t rounds);
void tern_loop_sdot(int64_t rounds);
void tern_loop_smmla(int64_t rounds);

/// The same of float32 fused multiply-adds.
void tern_loop_vfmadd_ymm(int64_t rounds);
void tern_loop_vfmadd_zmm(int64_t rounds);
void tern_loop_fmla(int64_t rounds);

/// Multiply-accumulate instructions in a round: enough to hide their latency on every CPU that we know
/// (5 cycles, two a cycle), few enough for 16 registers with operands and temporaries.
#define TERN_LOOP_CHAINS 10

#ifdef __cplusplus
}
#endif

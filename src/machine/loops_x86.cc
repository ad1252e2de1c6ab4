// The measuring loops of x86-64 (machine/loops.h). Registers above 15 are not used: their names as
// clobbers would need compiler flags. vzeroupper at the end keeps the SSE code of the callers fast.
#include "machine/loops.h"

#if defined(__x86_64__)

#define CLOBBERED                                                                                            \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", \
      "xmm13", "xmm14", "xmm15", "cc", "memory"

// A loop of TERN_LOOP_CHAINS instructions, accumulators 0 to 9, operands 14 and 15 (zeroed: the multipliers
// of no CPU that we know are faster on zeros).
// clang-format off
#define MULTIPLY_LOOP(name, TEN_STEPS)      \
  void name(int64_t rounds) {               \
    __asm__ volatile(                       \
        ZERO_SUMS                           \
        "vpxor %%xmm14, %%xmm14, %%xmm14\n" \
        "vpxor %%xmm15, %%xmm15, %%xmm15\n" \
        ".p2align 5\n"                      \
        "1:\n"                              \
        TEN_STEPS                           \
        "sub $1, %0\n"                      \
        "jnz 1b\n"                          \
        "vzeroupper\n"                      \
        : "+r"(rounds) : : CLOBBERED);      \
  }

// Products of pairs in 16 bits, added up in 16 bits: the best that AVX2 has.
#define MADDUBS(mm, sum, product)                                               \
  "vpmaddubsw %%" mm "15, %%" mm "14, %%" mm #product "\n"                      \
  "vpaddw %%" mm #product ", %%" mm #sum ", %%" mm #sum "\n"
#define TEN_MADDUBS(mm)                                                                       \
  MADDUBS(mm, 0, 10) MADDUBS(mm, 1, 11) MADDUBS(mm, 2, 12) MADDUBS(mm, 3, 13) MADDUBS(mm, 4, 10) \
  MADDUBS(mm, 5, 11) MADDUBS(mm, 6, 12) MADDUBS(mm, 7, 13) MADDUBS(mm, 8, 10) MADDUBS(mm, 9, 11)

// Four products added to 32 bits. The prefix chooses between the encodings of AVX-VNNI and AVX-512.
#define DPBUSD(prefix, mm, sum) prefix "vpdpbusd %%" mm "15, %%" mm "14, %%" mm #sum "\n"
#define TEN_DPBUSD(prefix, mm)                                                                          \
  DPBUSD(prefix, mm, 0) DPBUSD(prefix, mm, 1) DPBUSD(prefix, mm, 2) DPBUSD(prefix, mm, 3) DPBUSD(prefix, mm, 4) \
  DPBUSD(prefix, mm, 5) DPBUSD(prefix, mm, 6) DPBUSD(prefix, mm, 7) DPBUSD(prefix, mm, 8) DPBUSD(prefix, mm, 9)

#define FMADD(mm, sum) "vfmadd231ps %%" mm "15, %%" mm "14, %%" mm #sum "\n"
#define TEN_FMADD(mm)                                                                     \
  FMADD(mm, 0) FMADD(mm, 1) FMADD(mm, 2) FMADD(mm, 3) FMADD(mm, 4) FMADD(mm, 5) FMADD(mm, 6) \
  FMADD(mm, 7) FMADD(mm, 8) FMADD(mm, 9)
// Sums begin at 0: what lies in the registers could be a denormal, which is slow.
#define ZERO_SUMS                                                                   \
  "vpxor %%xmm0, %%xmm0, %%xmm0\nvpxor %%xmm1, %%xmm1, %%xmm1\n"                     \
  "vpxor %%xmm2, %%xmm2, %%xmm2\nvpxor %%xmm3, %%xmm3, %%xmm3\n"                     \
  "vpxor %%xmm4, %%xmm4, %%xmm4\nvpxor %%xmm5, %%xmm5, %%xmm5\n"                     \
  "vpxor %%xmm6, %%xmm6, %%xmm6\nvpxor %%xmm7, %%xmm7, %%xmm7\n"                     \
  "vpxor %%xmm8, %%xmm8, %%xmm8\nvpxor %%xmm9, %%xmm9, %%xmm9\n"
// clang-format on

MULTIPLY_LOOP(tern_loop_vpmaddubsw_ymm, TEN_MADDUBS("ymm"))
MULTIPLY_LOOP(tern_loop_vpmaddubsw_zmm, TEN_MADDUBS("zmm"))
MULTIPLY_LOOP(tern_loop_vpdpbusd_vex, TEN_DPBUSD("%{vex%} ", "ymm"))
MULTIPLY_LOOP(tern_loop_vpdpbusd_ymm, TEN_DPBUSD("%{evex%} ", "ymm"))
MULTIPLY_LOOP(tern_loop_vpdpbusd_zmm, TEN_DPBUSD("%{evex%} ", "zmm"))
MULTIPLY_LOOP(tern_loop_vfmadd_ymm, TEN_FMADD("ymm"))
MULTIPLY_LOOP(tern_loop_vfmadd_zmm, TEN_FMADD("zmm"))

// 16-byte loads are many times faster than any memory; wider ones measure the same.
void tern_loop_read(const void* begin, size_t bytes) {
  const void* const end = static_cast<const char*>(begin) + bytes;
  __asm__ volatile(
      ".p2align 5\n"
      "1:\n"
      "movdqa (%0), %%xmm0\n"
      "movdqa 16(%0), %%xmm1\n"
      "movdqa 32(%0), %%xmm2\n"
      "movdqa 48(%0), %%xmm3\n"
      "add $64, %0\n"
      "cmp %1, %0\n"
      "jb 1b\n"
      : "+r"(begin)
      : "r"(end)
      : CLOBBERED);
}

#endif

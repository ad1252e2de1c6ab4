// The measuring loops of AArch64 (machine/loops.h).
#include "machine/loops.h"

#if defined(__aarch64__)

#define CLOBBERED "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v30", "v31", "cc", "memory"

// A loop of TERN_LOOP_CHAINS instructions, accumulators 0 to 9, operands 30 and 31.
#define TEN_TIMES(step) step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7) step(8) step(9)
// clang-format off
#define MULTIPLY_LOOP(name, level, step) \
  void name(int64_t rounds) {            \
    __asm__ volatile(                    \
        level                            \
        TEN_TIMES(ZERO_SUM)              \
        "movi v30.16b, #0\n"             \
        "movi v31.16b, #0\n"             \
        ".p2align 5\n"                   \
        "1:\n"                           \
        TEN_TIMES(step)                  \
        "subs %0, %0, #1\n"              \
        "b.ne 1b\n"                      \
        : "+r"(rounds) : : CLOBBERED);   \
  }
// clang-format on

// What lies in the registers could be denormal floats, which are slow.
#define ZERO_SUM(i) "movi v" #i ".16b, #0\n"
#define SMLAL(i) "smlal v" #i ".8h, v30.8b, v31.8b\n"
#define SDOT(i) "sdot v" #i ".4s, v30.16b, v31.16b\n"
#define SMMLA(i) "smmla v" #i ".4s, v30.16b, v31.16b\n"
#define FMLA(i) "fmla v" #i ".4s, v30.4s, v31.4s\n"

MULTIPLY_LOOP(tern_loop_smlal, "", SMLAL)
MULTIPLY_LOOP(tern_loop_sdot, ".arch armv8.2-a+dotprod\n", SDOT)
MULTIPLY_LOOP(tern_loop_smmla, ".arch armv8.2-a+i8mm\n", SMMLA)
MULTIPLY_LOOP(tern_loop_fmla, "", FMLA)

void tern_loop_read(const void* begin, size_t bytes) {
  const void* const end = static_cast<const char*>(begin) + bytes;
  __asm__ volatile(
      ".p2align 5\n"
      "1:\n"
      "ldp q0, q1, [%0]\n"
      "ldp q2, q3, [%0, #32]\n"
      "add %0, %0, #64\n"
      "cmp %0, %1\n"
      "b.lo 1b\n"
      : "+r"(begin)
      : "r"(end)
      : CLOBBERED);
}

#endif

#pragma once
// Which instruction set the kernels use: chosen once at run time, forced by TERN_ISA.
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tern {

enum class IsaFamily { kAny, kX86, kArm };
enum class Isa {
#define TERN_ISA_LEVEL(enumerator, name, family) enumerator,
#include "kernels/isa.inc"
#undef TERN_ISA_LEVEL
};

/// As TERN_ISA spells it, e.g. "avx2".
std::string_view isa_name(Isa isa);
/// Levels that this program has kernels for, ascending; the first is kScalar.
std::vector<Isa> compiled_isas();
/// Levels that this CPU (and OS) has, ascending; the first is kScalar.
std::vector<Isa> supported_isas();
/// Parses a TERN_ISA value; kInvalidArgument lists what this machine has when the name is unknown or
/// unsupported.
Result<Isa> parse_isa(std::string_view name);
/// Reads TERN_ISA (or takes the best supported level) and selects every op's kernel. Called once by main and
/// tests.
Status init_kernels();
/// Selects kernels for `isa` (must be supported): tests run every level of the machine.
void select_kernels(Isa isa);
/// The level that kernels were last selected for.
Isa active_isa();
/// Whether a kernel that needs `required` may run at level `level` (same family or kAny, and not above it;
/// AVX-512 VNNI does not imply AVX-VNNI).
bool isa_allows(Isa level, Isa required);

}  // namespace tern

#include "kernels/isa.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "kernels/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace tern {
namespace {

struct IsaInfo {
  std::string_view name;
  Isa isa;
  IsaFamily family;
};
constexpr IsaInfo kIsas[] = {
#define TERN_ISA_LEVEL(enumerator, name, family) {name, Isa::enumerator, IsaFamily::family},
#include "kernels/isa.inc"
#undef TERN_ISA_LEVEL
};

const IsaInfo& info_of(Isa isa) {
  const auto index = static_cast<size_t>(isa);
  TERN_CHECK(index < std::size(kIsas));
  return kIsas[index];
}

#if defined(__x86_64__)
internal::X86Features read_cpu() {
  internal::X86Features features;
  uint32_t eax, ebx, ecx, edx;
  if (__get_cpuid(0, &eax, &ebx, &ecx, &edx) != 0) features.vendor = ebx;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) {
    features.leaf1_eax = eax;
    features.leaf1_ecx = ecx;
  }
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) {
    features.leaf7_ebx = ebx;
    features.leaf7_ecx = ecx;
    const bool has_subleaf_1 = eax >= 1;
    if (has_subleaf_1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0) features.leaf7_1_eax = eax;
  }
  constexpr uint32_t kOsXsave = 1u << 27;  // XGETBV is an illegal instruction without it
  if ((features.leaf1_ecx & kOsXsave) != 0) {
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    features.xcr0 = uint64_t{high} << 32 | low;
  }
  return features;
}
#elif defined(__aarch64__)
internal::ArmFeatures read_cpu() {
  return {getauxval(AT_HWCAP), getauxval(AT_HWCAP2)};
}
#endif

}  // namespace

std::string_view isa_name(Isa isa) {
  return info_of(isa).name;
}

std::vector<Isa> compiled_isas() {
#if defined(__x86_64__)
  constexpr IsaFamily kFamily = IsaFamily::kX86;
#elif defined(__aarch64__)
  constexpr IsaFamily kFamily = IsaFamily::kArm;
#else
  constexpr IsaFamily kFamily = IsaFamily::kAny;
#endif
  std::vector<Isa> isas;
  for (const IsaInfo& info : kIsas) {
    if (info.family == IsaFamily::kAny || info.family == kFamily) isas.push_back(info.isa);
  }
  return isas;
}

std::vector<Isa> supported_isas() {
#if defined(__x86_64__) || defined(__aarch64__)
  static const std::vector<Isa> isas = internal::isas_of(read_cpu());
  return isas;
#else
  return {Isa::kScalar};
#endif
}

Result<Isa> parse_isa(std::string_view name) {
  const std::vector<Isa> supported = supported_isas();
  std::string names;
  for (const Isa isa : supported) {
    if (isa_name(isa) == name) return isa;
    if (!names.empty()) names += ", ";
    names += isa_name(isa);
  }
  const bool known = std::any_of(std::begin(kIsas), std::end(kIsas),
                                 [name](const IsaInfo& info) { return info.name == name; });
  return fail(ErrorCode::kInvalidArgument, "TERN_ISA: {} \"{}\"; this machine has: {}",
              known ? "this machine lacks" : "no such instruction set", name, names);
}

bool isa_allows(Isa level, Isa required) {
  if (required == Isa::kScalar) return true;
  // No AVX-512 level promises AVX-VNNI, which is an extension of its own.
  if (level >= Isa::kAvx512Vnni && required == Isa::kAvxVnni) return false;
  return info_of(level).family == info_of(required).family && level >= required;
}

}  // namespace tern

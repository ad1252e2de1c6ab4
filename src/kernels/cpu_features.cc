#include "kernels/cpu_features.h"

namespace tern::internal {
namespace {

constexpr uint64_t bit(int n) {
  return uint64_t{1} << n;
}
constexpr bool has(uint64_t word, uint64_t bits) {
  return (word & bits) == bits;
}

// Leaf 1 ECX.
constexpr uint64_t kFma = bit(12), kOsXsave = bit(27), kAvx = bit(28), kF16c = bit(29);
// Leaf 7.0 EBX and ECX, leaf 7.1 EAX.
constexpr uint64_t kAvx2 = bit(5), kAvx512F = bit(16), kAvx512Dq = bit(17), kAvx512Bw = bit(30),
                   kAvx512Vl = bit(31);
constexpr uint64_t kAvx512Vbmi = bit(1), kAvx512Vnni = bit(11);
constexpr uint64_t kAvxVnni = bit(4);
// Leaf 0 EBX of "AuthenticAMD"; the family that leaf 1 EAX gives is the base one plus the extended one.
constexpr uint32_t kAmd = 0x68747541;
constexpr uint32_t family_of(uint32_t leaf1_eax) {
  return (leaf1_eax >> 8 & 0xf) + (leaf1_eax >> 20 & 0xff);
}
constexpr uint32_t kZen3And4 = 0x19;  // of which Zen 4 alone has AVX-512
// XCR0: the registers that the OS saves at a thread switch. Without them the instructions fault.
constexpr uint64_t kYmmState = bit(1) | bit(2);
constexpr uint64_t kZmmState = kYmmState | bit(5) | bit(6) | bit(7);
// HWCAP and HWCAP2.
constexpr uint64_t kAsimdDp = bit(20), kI8mmBit = bit(13);

}  // namespace

std::vector<Isa> isas_of(const X86Features& features) {
  std::vector<Isa> isas{Isa::kScalar};
  const bool avx2 = has(features.leaf1_ecx, kFma | kOsXsave | kAvx | kF16c) &&
                    has(features.leaf7_ebx, kAvx2) && has(features.xcr0, kYmmState);
  if (!avx2) return isas;
  isas.push_back(Isa::kAvx2);
  if (has(features.leaf7_1_eax, kAvxVnni)) isas.push_back(Isa::kAvxVnni);
  if (has(features.leaf7_ebx, kAvx512F | kAvx512Dq | kAvx512Bw | kAvx512Vl) &&
      has(features.leaf7_ecx, kAvx512Vnni) && has(features.xcr0, kZmmState)) {
    isas.push_back(Isa::kAvx512Vnni);
    if (!has(features.leaf7_ecx, kAvx512Vbmi)) return isas;
    isas.push_back(Isa::kAvx512Vbmi);
    if (features.vendor == kAmd && family_of(features.leaf1_eax) == kZen3And4) isas.push_back(Isa::kZen4);
  }
  return isas;
}

std::vector<Isa> isas_of(const ArmFeatures& features) {
  std::vector<Isa> isas{Isa::kScalar, Isa::kNeon};
  if (!has(features.hwcap, kAsimdDp)) return isas;
  isas.push_back(Isa::kDotProd);
  if (has(features.hwcap2, kI8mmBit)) isas.push_back(Isa::kI8mm);
  return isas;
}

}  // namespace tern::internal

#pragma once
// From what a CPU says of itself to ISA levels: pure functions, so that tests can fake a CPU. Internal to
// src/kernels.
#include <cstdint>
#include <vector>

#include "kernels/isa.h"

namespace tern::internal {

/// CPUID words (vendor: leaf 0 EBX; leaf 1 EAX and ECX; leaf 7.0 EBX and ECX; leaf 7.1 EAX) and XCR0, 0 where
/// the OS does not use XSAVE.
struct X86Features {
  uint32_t vendor = 0, leaf1_eax = 0, leaf1_ecx = 0, leaf7_ebx = 0, leaf7_ecx = 0, leaf7_1_eax = 0;
  uint64_t xcr0 = 0;
};
std::vector<Isa> isas_of(const X86Features& features);

/// Linux's HWCAP and HWCAP2 on AArch64.
struct ArmFeatures {
  uint64_t hwcap = 0, hwcap2 = 0;
};
std::vector<Isa> isas_of(const ArmFeatures& features);

}  // namespace tern::internal

#include "kernels/isa.h"

#include <algorithm>
#include <cstdlib>

#include "kernels/cpu_features.h"
#include "kernels/dispatch.h"
#include "kernels/testing.h"

namespace tern::testing {
namespace {

using internal::ArmFeatures;
using internal::isas_of;
using internal::X86Features;

const std::vector<Isa> kAllIsas = {
#define TERN_ISA_LEVEL(enumerator, name, family) Isa::enumerator,
#include "kernels/isa.inc"
#undef TERN_ISA_LEVEL
};

/// AVX-512 VNNI of nobody in particular.
X86Features avx512() {
  X86Features cpu;
  cpu.leaf1_ecx = 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29;
  cpu.leaf7_ebx = 1u << 5 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
  cpu.leaf7_ecx = 1u << 11;
  cpu.xcr0 = 0xe7;
  return cpu;
}

TEST(Isa, LevelsOfAFakedX86) {
  using Isas = std::vector<Isa>;
  EXPECT_EQ(isas_of(X86Features{}), Isas{Isa::kScalar});
  EXPECT_EQ(isas_of(avx512()), (Isas{Isa::kScalar, Isa::kAvx2, Isa::kAvx512Vnni}));
  X86Features cpu = avx512();
  cpu.leaf7_1_eax = 1u << 4;
  EXPECT_EQ(isas_of(cpu), (Isas{Isa::kScalar, Isa::kAvx2, Isa::kAvxVnni, Isa::kAvx512Vnni}));
  cpu.xcr0 = 7;  // an OS that does not save zmm
  EXPECT_EQ(isas_of(cpu), (Isas{Isa::kScalar, Isa::kAvx2, Isa::kAvxVnni}));
  for (const int missing : {5, 6, 7}) {
    cpu.xcr0 = 0xe7 & ~(1u << missing);
    EXPECT_EQ(isas_of(cpu).back(), Isa::kAvxVnni) << missing;
  }
  cpu.xcr0 = 3;  // nor ymm
  EXPECT_EQ(isas_of(cpu), Isas{Isa::kScalar});
  for (const int missing : {12, 27, 28, 29}) {  // FMA, OSXSAVE, AVX, F16C
    cpu = avx512();
    cpu.leaf1_ecx &= ~(1u << missing);
    EXPECT_EQ(isas_of(cpu), Isas{Isa::kScalar}) << missing;
  }
  for (const int missing : {16, 17, 30, 31}) {  // AVX-512 F, DQ, BW, VL
    cpu = avx512();
    cpu.leaf7_ebx &= ~(1u << missing);
    EXPECT_EQ(isas_of(cpu), (Isas{Isa::kScalar, Isa::kAvx2})) << missing;
  }
  cpu = avx512();
  cpu.leaf7_ecx |= 1u << 1;  // VBMI
  EXPECT_EQ(isas_of(cpu), (Isas{Isa::kScalar, Isa::kAvx2, Isa::kAvx512Vnni, Isa::kAvx512Vbmi}));
  cpu.vendor = 0x68747541;   // "Auth"
  cpu.leaf1_eax = 0xa00f00;  // family 0xf + 0xa
  EXPECT_EQ(isas_of(cpu).back(), Isa::kZen4);
  cpu.leaf1_eax = 0xb00f00;  // Zen 5
  EXPECT_EQ(isas_of(cpu).back(), Isa::kAvx512Vbmi);
  cpu.leaf1_eax = 0xa00f00;
  cpu.vendor = 0x756e6547;  // "Genu"
  EXPECT_EQ(isas_of(cpu).back(), Isa::kAvx512Vbmi);
  cpu.leaf7_ecx = 1u << 1;  // VBMI without VNNI
  EXPECT_EQ(isas_of(cpu), (Isas{Isa::kScalar, Isa::kAvx2}));
  cpu.leaf7_ecx = 0;
  EXPECT_EQ(isas_of(cpu), (Isas{Isa::kScalar, Isa::kAvx2}));
}

TEST(Isa, LevelsOfAFakedArm) {
  using Isas = std::vector<Isa>;
  EXPECT_EQ(isas_of(ArmFeatures{}), (Isas{Isa::kScalar, Isa::kNeon}));
  EXPECT_EQ(isas_of(ArmFeatures{1u << 20, 0}), (Isas{Isa::kScalar, Isa::kNeon, Isa::kDotProd}));
  EXPECT_EQ(isas_of(ArmFeatures{1u << 20, 1u << 13}),
            (Isas{Isa::kScalar, Isa::kNeon, Isa::kDotProd, Isa::kI8mm}));
  EXPECT_EQ(isas_of(ArmFeatures{0, 1u << 13}), (Isas{Isa::kScalar, Isa::kNeon}));
}

TEST(Isa, WhichLevelAllowsWhat) {
  for (const Isa level : kAllIsas) {
    EXPECT_TRUE(isa_allows(level, Isa::kScalar));
    EXPECT_TRUE(isa_allows(level, level));
  }
  EXPECT_TRUE(isa_allows(Isa::kAvxVnni, Isa::kAvx2));
  EXPECT_TRUE(isa_allows(Isa::kAvx512Vnni, Isa::kAvx2));
  EXPECT_TRUE(isa_allows(Isa::kI8mm, Isa::kNeon));
  EXPECT_FALSE(isa_allows(Isa::kAvx512Vnni, Isa::kAvxVnni));
  EXPECT_TRUE(isa_allows(Isa::kAvx512Vbmi, Isa::kAvx512Vnni));
  EXPECT_FALSE(isa_allows(Isa::kAvx512Vbmi, Isa::kAvxVnni));
  EXPECT_FALSE(isa_allows(Isa::kAvx2, Isa::kAvx512Vnni));
  EXPECT_FALSE(isa_allows(Isa::kScalar, Isa::kAvx2));
  EXPECT_FALSE(isa_allows(Isa::kNeon, Isa::kAvx2));
  EXPECT_FALSE(isa_allows(Isa::kAvx512Vnni, Isa::kNeon));
  EXPECT_FALSE(isa_allows(Isa::kNeon, Isa::kDotProd));
}

TEST(Isa, ThisMachine) {
  const std::vector<Isa> isas = supported_isas();
  ASSERT_FALSE(isas.empty());
  EXPECT_EQ(isas.front(), Isa::kScalar);
  EXPECT_TRUE(std::is_sorted(isas.begin(), isas.end()));
#if defined(__aarch64__)
  EXPECT_GE(isas.size(), 2u);
#elif defined(__x86_64__)
  const bool avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  EXPECT_EQ(std::count(isas.begin(), isas.end(), Isa::kAvx2), avx2 ? 1 : 0);
  EXPECT_EQ(std::count(isas.begin(), isas.end(), Isa::kAvx512Vnni),
            avx2 && __builtin_cpu_supports("avx512vnni") ? 1 : 0);
#endif
}

TEST(Isa, WhatIsSupportedIsCompiled) {
  const std::vector<Isa> compiled = compiled_isas();
  EXPECT_TRUE(std::is_sorted(compiled.begin(), compiled.end()));
  for (const Isa isa : supported_isas()) {
    EXPECT_EQ(std::count(compiled.begin(), compiled.end(), isa), 1) << isa_name(isa);
  }
#if defined(__x86_64__)
  EXPECT_EQ(compiled.size(), 6u);
#elif defined(__aarch64__)
  EXPECT_EQ(compiled.size(), 4u);
#endif
}

TEST(Isa, ParsesWhatThisMachineHas) {
  for (const Isa isa : supported_isas()) {
    const Result<Isa> parsed = parse_isa(isa_name(isa));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, isa);
  }
}

TEST(Isa, ErrorListsWhatThisMachineHas) {
  const Result<Isa> unknown = parse_isa("avx9");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(unknown.error().message().find("avx9"), std::string::npos);
  for (const Isa isa : supported_isas()) {
    EXPECT_NE(unknown.error().message().find(isa_name(isa)), std::string::npos) << unknown.error().message();
  }
  for (const Isa isa : kAllIsas) {
    const std::vector<Isa> supported = supported_isas();
    if (std::find(supported.begin(), supported.end(), isa) != supported.end()) continue;
    const Result<Isa> lacking = parse_isa(isa_name(isa));
    ASSERT_FALSE(lacking);
    EXPECT_NE(lacking.error().message().find("lacks"), std::string::npos);
  }
  EXPECT_FALSE(parse_isa(""));
  EXPECT_FALSE(parse_isa("AVX2"));
}

/// TERN_ISA for the life of this object.
class ForcedIsa {
 public:
  explicit ForcedIsa(const char* value) {
    if (const char* old = std::getenv("TERN_ISA")) old_ = old;
    ::setenv("TERN_ISA", value, 1);
  }
  ~ForcedIsa() {
    if (old_.empty()) {
      ::unsetenv("TERN_ISA");
    } else {
      ::setenv("TERN_ISA", old_.c_str(), 1);
    }
  }

 private:
  std::string old_;
};

TEST(Isa, EnvironmentForcesALevel) {
  for (const Isa isa : supported_isas()) {
    const ForcedIsa forced(std::string(isa_name(isa)).c_str());
    ASSERT_TRUE(init_kernels());
    EXPECT_EQ(active_isa(), isa);
  }
  const ForcedIsa empty("");
  ASSERT_TRUE(init_kernels());
  EXPECT_EQ(active_isa(), supported_isas().back());
}

TEST(Isa, EnvironmentWithAnUnknownNameIsAnErrorAndChangesNothing) {
  select_kernels(Isa::kScalar);
  const ForcedIsa forced("sse1");
  const Status status = init_kernels();
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message().find("TERN_ISA"), std::string::npos);
  EXPECT_EQ(active_isa(), Isa::kScalar);
}

}  // namespace
}  // namespace tern::testing

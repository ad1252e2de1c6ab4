#!/usr/bin/env bash
# The law tests, tested: law_self_test.sh FOLDER_OF_TESTS. A clean tree must pass; each single violation must fail.
set -euo pipefail
here=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

clean_tree() {
  rm -rf "$work/tree"
  mkdir -p "$work"/tree/{src/{base,tensor,kernels/op,models,engine,machine,train,cuda},apps/tern,bench,include/tern,examples}
  cd "$work/tree"
  printf '#include <cmath>\n' >src/base/a.h
  printf '#include "base/a.h"\n' >src/tensor/b.h
  printf '#include "tensor/b.h"\n// std::exp(x) and rsqrtps are words of a comment\nfloat f(float x) { return std::sqrt(std::fma(x, x, x)); }\n' \
    >src/kernels/op/c.cc
  printf '#include <immintrin.h>\n#include "kernels/op/c.h"\n' >src/kernels/op/x86_avx2.cc
  printf '#include "kernels/op/c.h"\nfloat g(float x) { return tern_exp(x) + view.log(x); }\n' >src/models/d.cc
  printf '#include "models/d.h"\n' >src/engine/e.h
  printf '#include <torch/torch.h>\n#include "engine/e.h"\n' >src/train/f.h
  printf '#include <cuda_runtime.h>\n' >src/cuda/g.cuh
  printf '#include "engine/e.h"\n#include "apps/tern/h.h"\n' >apps/tern/main.cc
  printf '#include "engine/e.h"\n#include "apps/tern/h.h"\n#include "bench/j.h"\n' >bench/i.cc
  printf '#include <stdint.h>\n#include "machine/k.h"\n' >src/machine/loops_x86.cc
  printf '#include <tern/tern.h>\n' >examples/k.cc
  printf 'add_compile_options(-ffp-contract=off -fno-fast-math)\n' >CMakeLists.txt
}

# expect RESULT SCRIPT WHAT
expect() {
  local result=green
  bash "$here/$2" "$work/tree" >"$work/out" 2>&1 || result=red
  if [[ $result != "$1" ]]; then
    echo "$2 should be $1 for: $3" >&2
    cat "$work/out" >&2
    failures=$((failures + 1))
  fi
}

# red SCRIPT FILE LINE: LINE added to FILE of a clean tree.
red() {
  clean_tree
  printf '%s\n' "$3" >>"$2"
  expect red "$1" "$3 in $2"
}

clean_tree
expect green architecture_test.sh "a clean tree"
expect green arithmetic_test.sh "a clean tree"
red architecture_test.sh src/base/a.h '#include "tensor/b.h"'
red architecture_test.sh src/kernels/op/c.cc '#include "models/d.h"'
red architecture_test.sh src/kernels/op/c.cc '  #  include "engine/e.h"'
red architecture_test.sh src/models/d.cc '#include "engine/e.h"'
red architecture_test.sh src/engine/e.h '#include "apps/tern/h.h"'
red architecture_test.sh examples/k.cc '#include "apps/tern/h.h"'
red architecture_test.sh examples/k.cc '#include "engine/e.h"'
red architecture_test.sh include/tern/l.h '#include "base/a.h"'
red architecture_test.sh src/engine/e.h '#include "bench/j.h"'
red architecture_test.sh apps/tern/main.cc '#include "bench/j.h"'
red architecture_test.sh src/machine/loops_x86.cc '#include <algorithm>'
red architecture_test.sh src/engine/e.h '#include <torch/torch.h>'
red architecture_test.sh src/engine/e.h '#include <cuda_runtime.h>'
red architecture_test.sh apps/tern/main.cc '#include <ATen/ATen.h>'
red architecture_test.sh src/engine/e.h '#include "session.h"'
red architecture_test.sh src/kernels/op/x86_avx2.cc '#include <algorithm>'
red arithmetic_test.sh CMakeLists.txt 'add_compile_options(-ffast-math)'
red arithmetic_test.sh CMakeLists.txt 'add_compile_options(-ffp-contract=fast)'
red arithmetic_test.sh src/base/a.h '__attribute__((optimize("O3"))) void f();'
red arithmetic_test.sh src/kernels/op/c.cc 'auto r = _mm256_rsqrt_ps(x);'
red arithmetic_test.sh src/kernels/op/c.cc 'auto r = _mm512_maskz_rcp14_ps(m, x);'
red arithmetic_test.sh src/kernels/op/c.cc 'auto r = vrsqrteq_f32(x);'
red arithmetic_test.sh src/kernels/op/c.cc 'asm("frsqrte v0.4s, v1.4s");'
red arithmetic_test.sh src/kernels/op/c.cc 'float y = std::exp(x);'
red arithmetic_test.sh src/models/d.cc 'float y = expf (x);'
red arithmetic_test.sh src/engine/e.h 'double y = __builtin_pow(x, 2);'
red arithmetic_test.sh src/models/d.cc 'double y = ::sin(x);'

# Weak symbols, in a library of one object each.
cd "$work"
printf 'extern "C" int plain(int x) { return x; }\n' >x86_good.cc
printf 'inline int shared(int x) { return x; }\nint (*keep)(int) = shared;\n' >x86_bad.cc
for name in good bad; do
  c++ -c "x86_$name.cc" -o "x86_$name.cc.o"
  ar rcs "$name.a" "x86_$name.cc.o"
done
bash "$here/weak_symbols_test.sh" nm good.a >/dev/null || failures=$((failures + 1))
if bash "$here/weak_symbols_test.sh" nm bad.a 2>/dev/null; then failures=$((failures + 1)); fi

echo "$failures laws that do not bite"
[[ $failures -eq 0 ]]

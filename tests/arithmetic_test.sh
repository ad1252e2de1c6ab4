#!/usr/bin/env bash
# What the numerics law (docs/numerics.md, rules 1 and 2) forbids in source text: arithmetic_test.sh ROOT.
set -euo pipefail
cd "$1"
failures=0

# forbid WHAT PATTERN FILE...: code (comments taken off) that matches the extended regular expression.
forbid() {
  local what=$1 pattern=$2 file hits
  shift 2
  for file in "$@"; do
    hits=$(sed -E 's://.*$::' "$file" | grep -nP -e "$pattern" || [[ $? -eq 1 ]])
    [[ -n $hits ]] || continue
    sed "s|^|$file:|; s|\$|   <- $what|" <<<"$hits" >&2
    failures=$((failures + 1))
  done
}

mapfile -t build < <(find . -path ./build -prune -o -path ./.git -prune -o \
  \( -name CMakeLists.txt -o -name '*.cmake' -o -name CMakePresets.json -o -name Makefile \) -print)
mapfile -t sources < <(find src apps bench -name '*.cc' -o -name '*.h' -o -name '*.inc' -o -name '*.cu' -o -name '*.cuh')
mapfile -t numeric < <(printf '%s\n' "${sources[@]}" |
  grep -E '^src/(ternary|quant|kernels|cuda|models|engine|eval)/' | grep -v '_test\.cc$')
[[ ${#sources[@]} -gt 0 && ${#numeric[@]} -gt 0 ]] || {
  echo "no sources under $1: the test looks in the wrong place" >&2
  exit 1
}

forbid "fast math" '-(ffast-math|Ofast|funsafe-math-optimizations|fassociative-math|freciprocal-math|fno-signed-zeros)' \
  "${build[@]}"
forbid "fast math" '-ffp-contract=(?!off)' "${build[@]}"
forbid "fast math" '__attribute__\s*\(\(\s*optimize|#\s*pragma.*(GCC optimize|float_control|fast|STDC FP_CONTRACT ON)' \
  "${sources[@]}"
forbid "approximate reciprocal" '_mm\d*_\w*(rsqrt|rcp)\w*|\bvr(sqrt|ecp)[es]\w*|"[^"]*\b(v?rsqrt\w*|v?rcp[ps]s|frsqrte|frecpe)' \
  "${sources[@]}"
functions='exp|exp2|exp10|expm1|log|log2|log10|log1p|pow|sin|cos|sincos|tan|asin|acos|atan|atan2|sinh|cosh|tanh'
functions+='|asinh|acosh|atanh|cbrt|hypot|erf|erfc|tgamma|lgamma'
forbid "libm differs between CPUs" "(?<![\w.>])(std::|::|__builtin_)?($functions)[fl]?\s*\(" "${numeric[@]}"

echo "${#sources[@]} sources read (${#numeric[@]} numeric), $failures against the law"
[[ $failures -eq 0 ]]

#!/usr/bin/env bash
# docs/numerics.md, rule 11: weak_symbols_test.sh NM LIBRARY. An object compiled for an instruction set must define no
# weak symbol (an inline function, a template): the linker could keep that copy for callers on every machine.
set -euo pipefail
nm=$1 library=$2

symbols=$("$nm" -A --defined-only "$library" | grep -E ':(x86|arm)_[a-z0-9]+\.cc\.o:' || [[ $? -eq 1 ]])
[[ -n $symbols ]] || {
  echo "no object of an instruction set in $library: the test looks in the wrong place" >&2
  exit 1
}
# DW.ref.* is a pointer of the unwinding tables, which sanitizers bring in: the same data on every machine.
weak=$(grep -E ' [WwVvu] ' <<<"$symbols" | grep -v ' DW\.ref\.' || [[ $? -eq 1 ]])
if [[ -n $weak ]]; then
  echo "weak symbols in objects compiled for an instruction set:" >&2
  echo "$weak" >&2
  exit 1
fi
echo "$(wc -l <<<"$symbols") symbols read, none weak"

#!/usr/bin/env bash
# The dependency rule (docs/architecture.md, "The house"), read off the #include lines: architecture_test.sh ROOT. A
# folder of src/ may include itself and what its line below names; apps and bench may include anything; apps is included
# by bench alone, and bench by nobody; include and examples see <tern/..> alone; torch headers are src/train's and CUDA
# headers src/cuda's alone.
set -euo pipefail
root=$1

declare -A may_include
may_include[base]=""
may_include[tensor]="base"
may_include[ternary]="base tensor"
may_include[quant]="base tensor"
may_include[kernels]="base tensor ternary quant"
may_include[cuda]="base tensor ternary quant"
may_include[io]="base tensor ternary quant"
may_include[net]="base"
may_include[tokenizer]="base"
may_include[report]="base"
may_include[models]="${may_include[kernels]} kernels cuda io tokenizer"
may_include[engine]="${may_include[models]} models"
may_include[convert]="${may_include[models]} models net"
may_include[eval]="${may_include[engine]} engine net report"
may_include[machine]="${may_include[engine]} engine"
may_include[data]="base net tokenizer"
may_include[api]="${may_include[engine]} engine"
may_include[server]="${may_include[engine]} engine"
may_include[train]="${may_include[eval]} eval convert data machine"

failures=0
complain() {
  echo "$1" >&2
  failures=$((failures + 1))
}

# file:line:target of every include; the target keeps its opening quote or bracket.
cd "$root"
folders=()
for folder in src apps bench include examples; do
  if [[ -d $folder ]]; then folders+=("$folder"); fi
done
includes=$(find "${folders[@]}" -name '*.cc' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh' \
  -o -name '*.inc' | sort | xargs grep -HnoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]+' |
  sed -E 's/#[[:space:]]*include[[:space:]]*//; s/[[:space:]]//g')

seen=0
while IFS=: read -r file line target; do
  seen=$((seen + 1))
  folder=${file#src/}
  folder=${folder%%/*}
  [[ $file == src/* ]] || folder=${file%%/*}
  name=${target:1}
  owner=${name%%/*}

  case $name in
    torch/* | ATen/* | c10/*)
      [[ $folder == train ]] || complain "$file:$line: <$name>: only src/train sees torch" ;;
    cuda*.h | cuda/* | cub/* | cublas* | curand* | nccl.h | mma.h)
      # Ours is "cuda/..."; NVIDIA's are in angle brackets or named cuda_*.h.
      [[ $folder == cuda || $target == '"cuda/'* ]] || complain "$file:$line: <$name>: only src/cuda sees CUDA" ;;
  esac
  # An instruction set's files hold no C++ library: its inline functions would be compiled for that machine only.
  if [[ $file =~ ^(src/kernels/(.*/)?|src/machine/loops_)(x86|arm)[_.] && $target == '<'* ]]; then
    [[ $name =~ ^(immintrin|arm_neon|stdint|stddef|float|string)\.h$ ]] ||
      complain "$file:$line: <$name>: files of an instruction set include intrinsics and C headers only"
  fi
  [[ $target == '"'* ]] || continue
  case $owner in
    apps)
      [[ $folder == apps || $folder == bench ]] || complain "$file:$line: \"$name\": nobody but bench includes apps"
      continue ;;
    bench)
      [[ $folder == bench ]] || complain "$file:$line: \"$name\": nobody includes bench"
      continue ;;
  esac
  if [[ $folder == include || $folder == examples ]]; then
    complain "$file:$line: \"$name\": $folder sees what is installed: <tern/..> and the standard library"
    continue
  fi
  if [[ $file != src/* ]]; then continue; fi # apps and bench may include anything else
  if [[ -z ${may_include[$folder]+known} ]]; then
    complain "$file:$line: src/$folder has no line in tests/architecture_test.sh"
  elif [[ $name != */* ]]; then
    complain "$file:$line: \"$name\": write the path from src/"
  elif [[ $owner != "$folder" && " ${may_include[$folder]} " != *" $owner "* ]]; then
    complain "$file:$line: \"$name\": src/$folder may include: ${may_include[$folder]:-nothing}"
  fi
done <<<"$includes"

if [[ $seen -eq 0 ]]; then complain "no #include found under $root: the test looks in the wrong place"; fi
echo "$seen includes read, $failures against the rule"
[[ $failures -eq 0 ]]

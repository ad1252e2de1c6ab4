#!/usr/bin/env bash
# doctor: the machine alone and with tiny models, whose numbers are those of the files; folders, limits, and what cannot run.
source "$(dirname "$0")/lib.sh"
export HOME=$PWD/home
unset XDG_CACHE_HOME XDG_STATE_HOME TERN_CACHE
mkdir home

# holds FILTER WHAT: what `jq` says of ./out.
holds() { jq -e "$1" out >/dev/null || fail "not so in the JSON: $2"; }

# The machine.
exits 0 "$TERN" doctor
for line in '^processor ' '^kernels ' '^  ternary_matmul +ternary_matmul_i8' '^memory ' '^huge pages ' '^folders .*home/\.cache/tern \(not there yet\)' \
  '^threads +read, GB/s +int8, GOPS$'; do says out "$line"; done
[[ $(grep -c '^  [a-z0-9_]* *[a-z0-9_]*$' out) -ge 15 ]] || fail "not every kernel has its line"
exits 0 "$TERN" doctor --json
[[ ! -s err ]] || fail "it says something beside the JSON"
holds '.model == null and .runs_here' "no model"
holds '.machine.processor | .usable >= 1 and .name != "" and (.features | type == "array")' "the processor"
holds '.machine | .isa.used == .isa.supported[-1] and (.isa.forced | not) and (.kernels | length >= 15)
  and (.isa.supported - .isa.compiled == [])' "the instruction sets"
holds '.machine.memory | .total > 0 and .usable > 0 and .usable <= .total' "the memory"
holds '.machine | .limits[0].threads == 1 and .limits[-1].threads == .processor.usable
  and all(.limits[]; .read_gbps > 0 and .cpu_share > 0)' "what was measured"
holds '.machine.folders | length == 3 and all(.[]; .state == "not there yet" and (.path | contains("/home/")))' "the folders"
usable=$(jq .machine.processor.usable out)

# Without measuring the facts are the same.
exits 0 "$TERN" doctor --no-measure
says out '^limits +not measured: --no-measure$'
exits 0 "$TERN" doctor --no-measure --json -m "$tiny_gguf"
holds '.machine.limits == [] and .machine.processor.usable >= 1 and .model.bounds == null and .model.bytes_per_token > 0' "no bounds"

# Affinity is obeyed.
if [[ $usable -ge 2 ]] && command -v taskset >/dev/null; then
  exits 0 taskset -c "$(taskset -pc $$ | sed 's/.*: //; s/[,-].*//')" "$TERN" doctor --json
  holds '.machine.processor | .usable == 1 and .allowed == 1' "one processor"
  holds '[.findings[] | select(test("may use 1 of the machine.s [0-9]+ processors"))] | length == 1' "it says so"
  holds '.machine.limits | length == 1' "one thread is measured"
fi

# An instruction set that is forced.
TERN_ISA=scalar exits 0 "$TERN" doctor --json -m "$tiny_gguf"
holds '.machine.isa | .used == "scalar" and .forced' "TERN_ISA"
holds '.machine.kernels | all(.[]; endswith("_scalar"))' "scalar kernels"
holds '.model.bounds | .prompt == null and .decode.tok_s > 0' "no bound without instructions"
TERN_ISA=mmx exits 2 "$TERN" doctor --no-measure
says err 'TERN_ISA: no such instruction set'

# Models: what is told from the file is what `inspect` and the file's own numbers say.
for model in "${tiny_models[@]}"; do
  exits 0 "$TERN" inspect --json --no-histogram "$model"
  jq '{bytes, config}' out >facts
  for kv in f16 f32 i8; do
    exits 0 "$TERN" doctor --no-measure -m "$model" --json --kv $kv -t 1
    jq -e --slurpfile facts facts --arg kv $kv '$facts[0] as $f | $f.config as $c | .model
      | .file_bytes == $f.bytes and .kv == $kv and .threads == 1
        and .context == ([$c.max_positions, 32768] | min)
        and .kv_bytes_per_token == 2 * $c.layers * $c.kv_heads
            * ({f16: (2 * $c.head_dim), f32: (4 * $c.head_dim), i8: ($c.head_dim + 4)}[$kv])
        and .multiply_adds_per_token == $c.vocab * $c.hidden
            + $c.layers * $c.hidden * (2 * ($c.heads + $c.kv_heads) * $c.head_dim + 3 * $c.ffn)
        and .memory.whole == .memory.loaded + .context * .kv_bytes_per_token' out >/dev/null ||
      fail "$model with --kv $kv: other numbers than inspect's"
  done
done

# Bounds are what was measured, by what a token costs.
exits 0 "$TERN" doctor -m "$tiny_gguf" --json -t 1
holds '.machine.limits[0] as $limit | .model.bounds | .enough_threads >= 1 and .decode.threads == 1 and .decode.bytes_per_token > 0
  and all(.prompt, .decode, .decode_full | select(. != null); (.bytes_per_token / ($limit.read_gbps * 1e9)) as $reading
    | (if $limit.int8_gops > 0 then .ops_per_token / ($limit.int8_gops * 1e9) else 0 end) as $computing
    | (.tok_s * ([$reading, $computing] | max) - 1 | fabs) < 1e-9 and .by == (if $reading > $computing then "memory" else "int8" end))' \
  "the bounds"
exits 0 "$TERN" doctor -m "$tiny_gguf"
says out '^decoding is limited by (memory bandwidth: [0-9.]+ GB/s|int8 arithmetic: [0-9]+ GOPS) .* = at most [0-9.e+]+ tok/s'
says out '^memory: about '

# What is asked for in vain gets a warning with a remedy.
exits 0 "$TERN" doctor --no-measure -m "$tiny_gguf" -t $((usable + 1)) --context 16000000 --json
holds "[.warnings[] | select(.what | test(\"$((usable + 1)) threads take turns\")) | .remedy] == [\"-t $usable\"]" "too many threads"
holds '[.warnings[] | select(.what | test("beyond the [0-9]+ positions")) | .remedy | test("^--context [0-9]+$")] == [true]' "the context"

# Folders that cannot be, and none at all: told, and no reason to fail.
HOME=/proc/none exits 0 "$TERN" doctor --no-measure --json
holds '(.machine.folders | all(.[]; .state == "not writable")) and ([.warnings[] | select(.what | test("cannot be written"))] | length == 3)' \
  "folders that cannot be written"
exits 0 env -i "$TERN" doctor --no-measure --json
holds '.machine.folders | all(.[]; .path == null and .state == "nowhere")' "no HOME"
mkdir -p home/.cache/tern
TERN_CACHE=$PWD/elsewhere exits 0 "$TERN" doctor --no-measure --json
holds '[.machine.folders[].state] == ["not there yet", "writable", "not there yet"]' "TERN_CACHE"

# A model that this process has no room for (-t 1: no stacks of threads). Below that the program itself does not start.
symbols=$(nm -D "$TERN" 2>/dev/null) || true
if [[ $symbols != *__asan_* && $symbols != *__tsan_* ]]; then
  exits 0 "$TERN" synth --shape tiny --no-check -o model.gguf
  refused_for_room=0
  for ((kb = 16000; kb < 400000; kb += 1500)); do
    code=0
    (ulimit -v $kb && exec "$TERN" doctor -m model.gguf -t 1) >out 2>err || code=$?
    [[ $code -ne 0 ]] || break
    [[ $code -eq 10 ]] && grep -q '^error: .*model.gguf: to be loaded it needs .* at most (ulimit -v)$' err || continue
    refused_for_room=1
    says out '^limits +not measured: '
    says out '^memory: about '
  done
  [[ $code -eq 0 && $refused_for_room -eq 1 ]] || fail "ulimit -v never made the model one that cannot run here"
fi

refused 3 'missing.gguf' doctor -m missing.gguf
refused 2 'requires.*model' doctor --context 5
refused 2 'requires.*model' doctor --kv i8
refused 2 'empty' doctor -m ''
printf 'GGUF' >broken.gguf
refused 5 'broken.gguf' doctor -m broken.gguf

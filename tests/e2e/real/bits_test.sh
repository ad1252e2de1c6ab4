#!/usr/bin/env bash
# The same bits on the real model, on every instruction set here and, where it was built, under the AArch64 emulator.
source "$(dirname "$0")/../lib.sh"
use_real_model
ids=504,3575,282,4649,314,7042,30,198,1,2,3,4
logits_bits "$model" "$ids"

cross=$TERN_SOURCE_DIR/build/aarch64/tern
if [[ -x $cross && $(uname -m) == x86_64 ]]; then
  for isa in scalar neon dotprod i8mm; do
    TERN_ISA=$isa exits 0 qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu max "$cross" logits -m "$model" --tokens 504,3575,282 \
      -t 1 -o arm.npy
    exits 0 "$TERN" logits -m "$model" --tokens 504,3575,282 -o here.npy
    same_file arm.npy here.npy "AArch64 $isa"
    echo "AArch64 $isa gives the bits of this machine"
  done
fi

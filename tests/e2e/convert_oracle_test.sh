#!/usr/bin/env bash
# convert against the `gguf` package, which dequantizes what was written. $TERN_PYTHON is a Python that has it.
source "$(dirname "$0")/lib.sh"
python=${TERN_PYTHON:-python3}
oracle=$TERN_SOURCE_DIR/tests/oracle/gguf_reader.py
if ! "$python" -c 'import gguf, numpy' 2>/dev/null; then
  echo "skipped: $python has no gguf package; TERN_PYTHON names one that has"
  exit 77
fi
for arch in bitnet llama; do
  "$python" "$oracle" make $arch $arch
  for type in tq2_0 tq1_0; do
    exits 0 "$TERN" convert $arch $arch-$type.gguf --to gguf --type $type --arch-name $arch
    "$python" "$oracle" check $arch $arch-$type.gguf
  done
done

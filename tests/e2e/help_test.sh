#!/usr/bin/env bash
# Help, version and misspelled commands.
source "$(dirname "$0")/lib.sh"

exits 0 "$TERN" --version
says out '^tern [0-9]+\.[0-9]+\.[0-9]+$'
exits 0 "$TERN" --help
mapfile -t verbs < <(sed -n 's/^TERN_COMMAND(\([a-z]*\),.*/\1/p' "$TERN_SOURCE_DIR/apps/tern/commands.inc")
[[ ${#verbs[@]} -ge 7 ]] || fail "no commands in commands.inc"
for word in "${verbs[@]}" Examples: docs/cli.md; do says out "$word"; done
exits 2 "$TERN"
says err 'tern run -m'
for verb in "${verbs[@]}"; do
  exits 0 "$TERN" "$verb" --help
  says out '\-\-help'
  grep -qx "## tern $verb" "$TERN_SOURCE_DIR/docs/cli.md" || fail "docs/cli.md has no section on tern $verb"
done
if [[ -w /dev/full ]]; then
  for flag in --help --version; do
    code=0
    "$TERN" $flag >/dev/full 2>err || code=$?
    [[ $code -eq 4 ]] || fail "$flag to a full disk exits with $code"
  done
fi
refused 2 'did you mean `tern bench`' bnech
refused 2 '`tern --help` lists them' frobnicate
refused 2 'model.*required' run -p x
refused 2 'not expected.*--frobnicate' run -m x -p y --frobnicate
refused 2 'not in' run -m x -p y --kv f64
refused 2 'not in range' run -m x -p y -t 5000

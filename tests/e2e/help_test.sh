#!/usr/bin/env bash
# Help, version and misspelled commands.
source "$(dirname "$0")/lib.sh"

exits 0 "$TERN" --version
says out '^tern [0-9]+\.[0-9]+\.[0-9]+$'
exits 0 "$TERN" --help
for word in run chat tokenize logits bench inspect Examples: docs/cli.md; do says out "$word"; done
exits 2 "$TERN"
says err 'tern run -m'
for verb in run chat tokenize logits bench inspect; do
  exits 0 "$TERN" $verb --help
  says out '\-\-help'
done
refused 2 'did you mean `tern bench`' bnech
refused 2 '`tern --help` lists them' frobnicate
refused 2 'model.*required' run -p x
refused 2 'not expected.*--frobnicate' run -m x -p y --frobnicate
refused 2 'not in' run -m x -p y --kv f64
refused 2 'not in range' run -m x -p y -t 5000

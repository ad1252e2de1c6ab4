#!/usr/bin/env bash
# Help, version, misspelled commands, and that docs/cli.md knows every command, flag, exit code and variable.
source "$(dirname "$0")/lib.sh"
manual=$TERN_SOURCE_DIR/docs/cli.md

exits 0 "$TERN" --version
says out '^tern [0-9]+\.[0-9]+\.[0-9]+$'
exits 0 "$TERN" --help
for word in "${verbs[@]%% *}" Examples: docs/cli.md; do says out "$word"; done
exits 2 "$TERN"
says err 'tern run -m'

# documented FLAG: docs/cli.md has it. One that says how `tern verify` reads its first or second file stands for both.
documented() { grep -qE -e "(^|[^a-z0-9-])${1/#--[ab]-/--}([^a-z0-9-]|\$)" "$manual" || fail "docs/cli.md does not name $1"; }
for flag in $(flags_of); do documented "$flag"; done
for verb in "${verbs[@]}"; do
  exits 0 "$TERN" $verb --help
  says out '\-\-help'
  says out "^  (.* )?tern $verb( |\$)"
  grep -qx "## tern $verb" "$manual" || fail "docs/cli.md has no section on tern $verb"
  flags=$(flags_of $verb)
  [[ $(wc -l <<<"$flags") -ge 4 ]] || fail "no flags in the help of tern $verb"
  for flag in $flags; do documented "$flag"; done
done

# rows TITLE: the cells of the table below that heading, without backticks, one row a line.
rows() { sed -n "/^## $1\$/,/^## /p" "$manual" | sed -n 's/^| //p' | sed -E '1,1d; s/ *\|$//; s/`//g; s/ +\| */|/g'; }
sed -nE 's/^TERN_ERROR\(k[A-Za-z]+, "([a-z_]+)", ([0-9]+), [0-9]+, "(.*)"\)$/\2|\1|\3/p' \
  "$TERN_SOURCE_DIR/src/base/error.inc" | sort -n >codes
[[ $(wc -l <codes) -eq $(grep -c '^TERN_ERROR' "$TERN_SOURCE_DIR/src/base/error.inc") ]] || fail "error.inc has lines of another form"
rows 'Exit codes' | sed 1d | sort -n | diff codes - || fail "docs/cli.md has other exit codes than error.inc"
sed -nE 's/^TERN_VARIABLE\("(.*)", "(.*)"\)$/\1|\2/p' "$TERN_SOURCE_DIR/src/base/environment.inc" | sort >variables
rows Environment | sort | diff variables - || fail "docs/cli.md has other variables than environment.inc"

# The variables that the sources read are those of the table; libcurl reads the proxies.
grep -rhoE '(environment|environment_number|user_folder|getenv)\("[A-Za-z_]+"' "$TERN_SOURCE_DIR"/{src,apps} --include='*.cc' \
  --include='*.h' --exclude='*_test.cc' --exclude=testing.h | sed 's/.*("//; s/"//' | sort -u >used
cut -d'|' -f1 variables | grep -v '_proxy$' | diff used - || fail "environment.inc has other variables than the sources read"

if [[ -w /dev/full ]]; then
  for flag in --help --version; do
    code=0
    "$TERN" $flag >/dev/full 2>err || code=$?
    [[ $code -eq 4 ]] || fail "$flag to a full disk exits with $code"
  done
fi
refused 2 'did you mean `tern bench`' bnech
refused 2 'did you mean `tern bench`' --no-config bnech
refused 2 'did you mean `tern bench`' bnech --help
refused 2 '`tern --help` lists them' frobnicate
refused 2 'not expected.*--frobnicate' --frobnicate
refused 2 'no command was given' --no-config
refused 2 'no command was given.*tern data --help' data
refused 2 'did you mean `tern data synth`' data synht
refused 2 '`tern data --help` lists them' data run
refused 2 'not expected.*--frobnicate.*tern data synth --help' data synth math -o x --frobnicate
refused 2 'model.*required' run -p x
refused 2 'not expected.*--frobnicate.*tern run --help' run -m x -p y --frobnicate
refused 2 'not expected.*--frobnicate' run -p y --frobnicate
refused 2 'not in' run -m x -p y --kv f64
refused 2 'not in range' run -m x -p y -t 5000
refused 2 'excludes' run -m x -p y --tokens 1
refused 2 'excludes' run -m x --chat --tokens 1
# A word behind a command is never another command.
refused 3 'run' inspect run

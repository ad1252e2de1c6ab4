#!/usr/bin/env bash
# Man pages: roff without a warning, and all that --help says is in them.
source "$(dirname "$0")/lib.sh"
command -v man >/dev/null || {
  echo "skipped: no man"
  exit 77
}
export MANPAGER=cat MANWIDTH=100
unset NO_COLOR

# page NAME [PAGE]: writes ./NAME and its text, on one line, to ./text.
page() {
  exits 0 "$TERN" manual "${@:2}"
  mv out "$1"
  exits 0 man --warnings -l "$1"
  [[ ! -s err ]] || fail "$1: $(head -3 err)"
  sed 's/.\x08//g' out >lines
  tr -s ' \n' ' ' <lines >text
}
has() { grep -qF -e "$1" text || fail "the page $page lacks: $1"; }

page=tern.1
page tern.1
for heading in NAME SYNOPSIS DESCRIPTION COMMANDS OPTIONS ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
  grep -qx "$heading" lines || fail "tern.1 has no section $heading"
done
for verb in "${verbs[@]}"; do has "tern-${verb// /-}(1)"; done
while IFS='|' read -r code name meaning; do has "$code ($name) $meaning"; done < <(
  sed -nE 's/^TERN_ERROR\(k[A-Za-z]+, "([a-z_]+)", ([0-9]+), [0-9]+, "(.*)"\)$/\2|\1|\3/p' "$TERN_SOURCE_DIR/src/base/error.inc"
)
for name in $(sed -nE 's/^TERN_VARIABLE\("(.*)", .*/\1/p' "$TERN_SOURCE_DIR/src/base/environment.inc"); do has "$name"; done
has config.toml

for verb in "" "${verbs[@]}"; do
  page=tern${verb:+-${verb// /-}}.1
  page "$page" ${verb// /-}
  grep -q '^[A-Z]' lines || fail "$page is empty"
  for flag in $(flags_of $verb); do
    grep -qE -e "^ +(-[A-Za-z], )?$flag([ ,]|\$)" lines || fail "$page does not explain $flag"
  done
  while IFS= read -r example; do
    grep -qxF -e "           $example" lines || fail "$page does not show as it is: $example"
  done < <(examples_of $verb)
done
cmp -s tern-run.1 <("$TERN" manual run) || fail "the page of run changes from one time to the next"
if command -v mandoc >/dev/null; then
  # A page without a date is what makes builds reproducible.
  mandoc -T lint -W warning tern*.1 >warnings || true
  ! grep -v 'missing date' warnings || fail "mandoc has something to say"
fi
refused 2 'not in' manual frobnicate

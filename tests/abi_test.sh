#!/usr/bin/env bash
# What libtern.so exports: abi_test.sh NM READELF LIBRARY HEADER. The functions of the header, each in a version, and
# nothing else.
set -euo pipefail
nm=$1 readelf=$2 library=$3 header=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tr '\n' ' ' <"$header" | grep -oE 'TERN_API [a-z][^;]*;' | sed -E 's/^[^(]*[ *](tern_[a-z0-9_]+)\(.*/\1/' | sort >"$work/declared"
# The versions themselves are absolute symbols.
"$nm" -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sort >"$work/exported"
[[ $(wc -l <"$work/declared") -gt 20 ]] || {
  echo "few functions in $header: the test looks in the wrong place" >&2
  exit 1
}
failures=0
if grep -vE '^tern_[a-z0-9_]+@@TERN_[0-9]+\.[0-9]+$' "$work/exported" >&2; then
  echo "exported without a version, or not ours" >&2
  failures=1
fi
if ! diff "$work/declared" <(sed 's/@@.*//' "$work/exported") >&2; then
  echo "< declared, > exported" >&2
  failures=1
fi
"$readelf" -d "$library" | grep -q 'SONAME.*\[libtern\.so\.0\]' || {
  echo "the soname is not libtern.so.0" >&2
  failures=1
}
echo "$(wc -l <"$work/exported") symbols exported"
exit $failures

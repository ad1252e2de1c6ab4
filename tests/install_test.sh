#!/usr/bin/env bash
# The installed tree as a stranger uses it: install_test.sh BUILD SOURCE. Every example, by CMake and by pkg-config, with
# each compiler that there is, must compile without a warning and run.
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset TERN_ISA CXXFLAGS CFLAGS LDFLAGS
export LC_ALL=C.UTF-8 XDG_CONFIG_HOME=$work/config

fail() {
  echo "FAILED: $1" >&2
  for file in log errors; do
    if [[ -f $file ]]; then tail -n 30 $file >&2; fi
  done
  exit 1
}
quietly() { "$@" >log 2>&1 || fail "$*"; }

# Each component is what it should be; together they are all.
for component in program library development; do
  quietly cmake --install "$build" --prefix "$work/$component" --component $component
done
{
  printf '%s\n' bin/tern share/man/man1/tern.1 share/bash-completion/completions/tern share/zsh/site-functions/_tern \
    share/fish/vendor_completions.d/tern.fish
  sed -n 's|^TERN_COMMAND(\([a-z_]*\),.*|share/man/man1/tern-\1.1|p' "$source/apps/tern/commands.inc" | tr _ -
} | sort >log
(cd program && find . -type f -size +0 | sed 's|^\./||' | sort) | diff log - ||
  fail "component program is not bin/tern with a page for each command and a completion for each shell"
[[ -x program/bin/tern ]] || fail "bin/tern cannot be run"
[[ $(find library -type f -name 'libtern.so.*' | wc -l) -eq 1 && $(find library -type f | wc -l) -eq 1 ]] ||
  fail "component library is not libtern.so.0 alone"
[[ -z $(find development -type f ! -name '*.h' ! -name '*.cmake' ! -name '*.pc') ]] || fail "component development has more"
quietly cmake --install "$build" --prefix "$work/installed"
mv installed moved # nothing in it may remember where it was
prefix=$work/moved
libdir=$(dirname "$(find "$prefix" -name libtern.so)")
export LD_LIBRARY_PATH=$libdir PKG_CONFIG_PATH=$libdir/pkgconfig
export PATH=$prefix/bin:$PATH
[[ $(tern --version) == "tern $(pkg-config --modversion tern)" ]] || fail "tern.pc has another version than tern"

# Random trits with a tokenizer and a chat template: noise, but all of it is used.
quietly tern synth --shape tiny --no-check -o model.gguf

# said PATTERN PROGRAM ARGUMENT...: it succeeds, and its standard output, ./log, has a line like the pattern.
said() {
  local pattern=$1
  shift
  "$@" >log 2>errors || fail "$*"
  grep -qE -e "$pattern" log || fail "$* says nothing like: $pattern"
}

# run_examples FOLDER: the programs of that folder do what they say.
run_examples() {
  said '.' "$1/newcomer" model.gguf "Once upon a time"
  printf 'Hello\nHow are you?\n' >questions
  said '^> ' "$1/chat" model.gguf <questions
  [[ $(grep -cE '^[0-9]+ tokens read, [0-9]+ written$' errors) -eq 2 ]] || fail "two questions did not get two answers"
  said '^likeliest: (red|blue)$' "$1/score" model.gguf "The sky is" red blue
  said '^ 1\.0000  The sky is blue$' "$1/embed" model.gguf "The sky is blue" "Something else"
  said '.' "$1/sampler" model.gguf "Once upon a time"
  ! grep -q '[eE]' log || fail "the sampler let an E through"
  said '^\(tern .*: [0-9]+ tokens\)$' "$1/complete" model.gguf "Once upon a time"
  # What the library generates is what the program does.
  tern run -m model.gguf -p "Once upon a time" -n 32 -q >expected 2>log || fail "tern run"
  said '.' "$1/newcomer" model.gguf "Once upon a time"
  cmp -s log expected || fail "newcomer and tern run differ"
  # An error is a message.
  if "$1/complete" none.gguf text >log 2>&1; then fail "a missing file is no error"; fi
  grep -q '^open: not_found: .*none.gguf' log || fail "the error of a missing file does not name it"
}

warnings=(-Wall -Wextra -Wpedantic -Werror)
compilers=0
for pair in "g++ gcc" "clang++ clang"; do
  read -r cxx cc <<<"$pair"
  command -v "$cxx" >/dev/null && command -v "$cc" >/dev/null || continue
  compilers=$((compilers + 1))
  quietly cmake -S "$source/examples" -B "cmake-$cxx" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_FLAGS="${warnings[*]}" -DCMAKE_C_FLAGS="-std=c99 ${warnings[*]}"
  quietly cmake --build "cmake-$cxx"
  run_examples "./cmake-$cxx"

  mkdir "pkg-$cxx"
  read -ra flags <<<"$(pkg-config --cflags --libs tern)"
  for file in "$source"/examples/*.cc; do
    quietly "$cxx" -std=c++20 "${warnings[@]}" "$file" -o "pkg-$cxx/$(basename "$file" .cc)" "${flags[@]}"
  done
  quietly "$cc" -std=c99 "${warnings[@]}" "$source/examples/complete.c" -o "pkg-$cxx/complete" "${flags[@]}"
  run_examples "./pkg-$cxx"
done
[[ $compilers -ge 1 ]] || fail "there is no compiler"
for example in "$source"/examples/*.c*; do
  [[ -x pkg-g++/$(basename "${example%.*}") ]] || fail "$example was not built"
done

# A project in C alone may use the package.
mkdir c
printf 'cmake_minimum_required(VERSION 3.25)\nproject(c LANGUAGES C)\nfind_package(tern 0.1 REQUIRED)\nadd_executable(c %s)\ntarget_link_libraries(c PRIVATE tern::tern)\n' \
  "$source/examples/complete.c" >c/CMakeLists.txt
quietly cmake -S c -B c/build -DCMAKE_PREFIX_PATH="$prefix"
quietly cmake --build c/build
echo "every example compiled and ran with $compilers compilers, by CMake and by pkg-config"

#!/usr/bin/env bash
# Completion as the shells do it: every command, every flag, the words that a flag may take, and files.
source "$(dirname "$0")/lib.sh"
: "${PTY:?}"
for shell in bash zsh fish; do
  exits 0 "$TERN" completions $shell
  mv out script.$shell
done
refused 2 'required' completions
refused 2 'not in' completions tcsh

# values_of VERB: "FLAG KIND", KIND what --help says stands behind it ("" for nothing), less defaults.
values_of() {
  "$TERN" "$@" --help | sed -nE 's/^  ((-[A-Za-z],)?--[a-z0-9-]+)( ([A-Z]+(:\{[^}]*\})?))?(=| |$).*/\1 \4/p' | sed -E 's/^-[A-Za-z],//'
}

# --- bash: the function is called as readline calls it.
bash -n script.bash
source script.bash
options=
compopt() { options+=" $2"; }
# completed WORD...: what comes for the last word, sorted, in $reply; what was asked of readline in $options.
completed() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) options=
  _tern
  reply=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd' ')
}
is() { [[ $reply == "$1" ]] || fail "completion of '${COMP_WORDS[*]}' is '$reply', not '$1'"; }

completed tern ''
is "$(printf '%s\n' "${verbs[@]%% *}" | sort -u | paste -sd' ')"
completed tern con
is convert
completed tern --
is "$(flags_of | grep '^--' | sort | paste -sd' ')"
checked=0
for verb in "${verbs[@]}"; do
  completed tern $verb -
  is "$(flags_of $verb | sort | paste -sd' ')"
  while read -r flag kind; do
    completed tern $verb "$flag" ''
    case $kind in
      '') continue ;; # what follows is a place, see below
      *'{'*)
        is "$(sed 's/.*{//; s/}//' <<<"$kind" | tr , '\n' | sort | paste -sd' ')"
        checked=$((checked + 1))
        ;;
      FILE | MODEL | PATH) [[ $options == ' default' && -z $reply ]] || fail "no files for tern $verb $flag" ;;
      DIR) [[ $options == ' dirnames' && -z $reply ]] || fail "no folders for tern $verb $flag" ;;
      *) [[ -z $options$reply ]] || fail "something for tern $verb $flag $kind: $options $reply" ;;
    esac
  done < <(values_of $verb)
done
[[ $checked -ge 30 ]] || fail "only $checked flags with words: the test looks in the wrong place"

completed tern run --kv i
is i8
completed tern run --kv = f
is 'f16 f32'
completed tern run --kv =
is 'f16 f32 i8'
completed tern run --temp 0.5 --kv = i8 -m 'a b' --hea
is --head-screen
completed tern --config x.toml ru
is run
completed tern --config = x.toml run --pack
is --packing
completed tern --no-config verify run conv
is ''
[[ $options == ' default' ]] || fail "no files for the second file of verify"
completed tern verify a b c
[[ -z $options$reply ]] || fail "a third file for verify"
completed tern manual ru
is run
completed tern data ''
is 'prepare synth'
completed tern data synth ma
is math
completed tern completions ''
is 'bash fish zsh'
completed tern pull x
[[ -z $options$reply ]] || fail "something for the name of a model on the hub"
unset -f compopt

# --- each shell on a terminal: what it makes of the line is what a function called tern is given.
mkdir -p typed/sub
touch 'typed/my model.gguf'
cp script.zsh typed/_tern
cp script.bash script.fish typed
export HOME=$work TERM=dumb
# types SHELL LINE...: plays the lines, of the form TYPED => GOT, in the folder typed.
cat >expectations <<'END'
tern conv\t => convert
tern run --kv i\t => run --kv i8
tern run --kv=i\t => run --kv=i8
tern inspect my\t => inspect my model.gguf
tern run -m my\t -p x => run -m my model.gguf -p x
tern run --packing a\t -m my\t => run --packing auto -m my model.gguf
tern pull x -o s\td => pull x -o sub/d
tern manual perp\t => manual perplexity
tern tokenizer t\t --vocab\t 9 => tokenizer train --vocab-size 9
tern data sy\t st\t => data synth stories
tern run --frequency\t 1 => run --frequency-penalty 1
tern --no-c\t tok\t --jso => --no-config tokenize --jso
END
types() {
  local shell=$1 start=$2
  shift 2
  {
    printf 'pause 300\nsend %s\\r\nexpect ready\npause 100\n' "$start"
    sed -E 's/(.*) => (.*)/send \1\\r\nexpect GOT:\2:/' expectations
    printf 'send exit\\r\nend 0\n'
  } >script
  (cd typed && exits 0 "$PTY" ../script ../shown "$@") || fail "$shell: $(tail -c 600 shown | cat -v)"
  echo "$shell: $(wc -l <expectations) lines completed on a terminal"
}
types bash 'PS1="> "; source ./script.bash; tern() { echo "GOT:$*:"; }; echo rea""dy' bash --norc --noprofile -i
if command -v zsh >/dev/null; then
  zsh -n script.zsh
  for verb in "${verbs[@]}"; do
    sed -n "/^        '$verb')\$/,/^          ;;\$/p" script.zsh >part
    for flag in $(flags_of $verb); do
      grep -qE -e "[)*]${flag}[+=]?\\[" part || fail "zsh: no $flag of tern $verb"
    done
  done
  types zsh 'PROMPT="> "; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; tern() { echo "GOT:$*:" }; echo rea""dy' \
    zsh -f -i
fi
if command -v fish >/dev/null; then
  fish -n script.fish
  # answers LINE: the candidates for its last word.
  answers() { fish --no-config -c 'source script.fish; complete -C $argv[1]' "$1" | cut -f1 | sort; }
  [[ $(answers 'tern ') == "$(printf '%s\n' "${verbs[@]%% *}" | sort -u)" ]] || fail "fish: other commands"
  for verb in "${verbs[@]}"; do
    flags=$(answers "tern $verb -")
    [[ $flags == "$(flags_of $verb | sort)" ]] || fail "fish: other flags of tern $verb: $flags"
  done
  [[ $(answers 'tern run --kv ' | paste -sd' ') == 'f16 f32 i8' ]] || fail "fish: other words for --kv"
  [[ $(answers 'tern run -m x --packing a') == auto ]] || fail "fish: other words for --packing"
  [[ $(answers 'tern --config x run --packing=a') == --packing=auto ]] || fail "fish: other words for --packing="
  [[ $(answers 'tern data ' | paste -sd' ') == 'prepare synth' ]] || fail "fish: other words for data"
  [[ $(answers 'tern data synth ma') == math ]] || fail "fish: other words for data synth"
  [[ $(answers 'tern manual perp') == perplexity ]] || fail "fish: other words for manual"
  [[ $(answers 'tern inspect typed/my') == *'my'*'model.gguf' ]] || fail "fish: no files for inspect"
  [[ $(answers 'tern pull x -o typed/s') == typed/sub/ ]] || fail "fish: no folders for pull -o"
  [[ -z $(answers 'tern run --temp ') ]] || fail "fish: something for --temp"
  echo "fish: asked"
fi

#!/usr/bin/env bash
# The config file: where it is found, what it sets, what wins over it, and what is wrong with it.
source "$(dirname "$0")/lib.sh"
unset XDG_CONFIG_HOME
export HOME=$work/home
mkdir -p home/.config/tern xdg/tern
exits 0 "$TERN" synth --shape tiny --no-check -o model.gguf
exits 0 "$TERN" run --no-config -m model.gguf -p Once -n 3 -q
mv out three
exits 0 "$TERN" run --no-config -m model.gguf -p Once -n 5 -q
mv out five
prints() { same_file out "$1" "the answer"; }

# Where it lies: the user's, $XDG_CONFIG_HOME's, $TERN_CONFIG, --config. Each of them alone. -m may come from it.
refused 2 'model is required' run -p Once
printf '[run]\nmodel = "model.gguf"\nmax-tokens = 3\nquiet = true\n' >home/.config/tern/config.toml
exits 0 "$TERN" run -p Once
prints three
[[ ! -s err ]] || fail "quiet = true is not"
sed s/3/5/ home/.config/tern/config.toml >xdg/tern/config.toml
XDG_CONFIG_HOME=$work/xdg exits 0 "$TERN" run -p Once
prints five
cp xdg/tern/config.toml five.toml
TERN_CONFIG=five.toml exits 0 "$TERN" run -p Once
prints five
cp home/.config/tern/config.toml 'three 3.toml'
TERN_CONFIG=five.toml exits 0 "$TERN" run --config 'three 3.toml' -p Once
prints three
TERN_CONFIG=five.toml exits 0 "$TERN" --config='three 3.toml' run -p Once
prints three
refused 2 'model is required' run -p Once --no-config
refused 2 'model is required' --no-config run -p Once
refused 2 'exclude each other' run --config five.toml --no-config -p Once
refused 2 'exclude each other' --config five.toml run --no-config -p Once
refused 2 'must not be empty' run --config '' -p Once
HOME='' exits 2 "$TERN" run -p Once
says err 'model is required'
env -u HOME "$TERN" run -m model.gguf -p Once -n 3 -q >out
prints three

# The command line wins, and so does what excludes a value.
exits 0 "$TERN" run -p Once -n 5
prints five
exits 0 "$TERN" run -p Once --quiet=false
says err 'tok/s'
printf '[all]\nmodel = "model.gguf"\nquiet = true\nmax-tokens = 5\n[run]\nmax-tokens = 3\nchat = true\n' >c.toml
exits 0 "$TERN" run --config c.toml --tokens 79,110
exits 0 "$TERN" run --config c.toml -p Once --chat=false
prints three
printf '[tokenize]\njson = true\npre = "gpt-2"\n' >c.toml
exits 0 "$TERN" tokenize --config c.toml --tokenizer "$TERN_SOURCE_DIR/tests/golden/tokenizer/ranks.tiktoken" -p x --count
# [all] goes to every command that has the flag, below its own table.
printf '[all]\nmodel = "model.gguf"\nmax-tokens = 5\nquiet = true\njson = true\nno-histogram = true\n[run]\nmax-tokens = 3\njson = false\n' >c.toml
exits 0 "$TERN" run --config c.toml -p Once
prints three
exits 0 "$TERN" inspect --config c.toml
jq -e '.tensors | length > 0 and all(has("trits") | not)' out >/dev/null || fail "[all] is not for inspect"
exits 0 "$TERN" verify --config c.toml model.gguf model.gguf
jq -e .same out >/dev/null || fail "[all] is not for verify"
# Lists, and strings of several lines.
{
  printf '[run]\nmodel = "model.gguf"\nstop = ["[x]", "\\n"]\nprompt = """\nOnce"""\nmax-tokens = 3\nquiet = true\n'
  echo "logit-bias = ['$(only_token 120 | sed 's/,120=.*//')', '120=100']"
} >c.toml
exits 0 "$TERN" run --config c.toml
[[ $(cat out) == xxx ]] || fail "lists are not taken as flags are"
exits 0 "$TERN" run --config c.toml --stop x
[[ $(cat out) == "" ]] || fail "a stop string on the command line does not win"
exits 0 "$TERN" run --config c.toml --stop '[x,y]' # one string, not two
[[ $(cat out) == xxx ]] || fail "a stop string in brackets is taken apart"

# wrong CODE PATTERN TEXT: a file that says so is refused.
wrong() {
  printf '%b' "$3" >c.toml
  refused "$1" "$2" run --config c.toml -m model.gguf -p Once
}
wrong 2 'c\.toml:2: \[rnu\]: there is no such command: did you mean run\?' '\n[rnu]\nkv = "i8"\n'
wrong 2 'c\.toml:2: \[run\] kvv: tern run has no flag --kvv: did you mean kv\?' '[run]\nkvv = "i8"\n'
wrong 2 'c\.toml:2: \[all\] max_tokens: no command has a flag --max_tokens: did you mean max-tokens\?' '[all]\nmax_tokens = 1\n'
wrong 2 'c\.toml:2: \[chat\] json: tern chat has no flag' '[chat]\njson = true\n'
wrong 2 'c\.toml:2: \[run\] kv: .*f64 not in' '[run]\nkv = "f64"\n'
wrong 2 'c\.toml:3: \[all\] threads: .*not in range' '[all]\n\nthreads = 5000\n'
wrong 2 'c\.toml:2: \[run\] seed: .*not a whole number' '[run]\nseed = -1\n'
wrong 2 'c\.toml:2: \[run\] json: must be true or false' '[run]\njson = 1\n'
wrong 2 'c\.toml:2: \[run\] temp: takes one value' '[run]\ntemp = [0, 1]\n'
wrong 2 'c\.toml:2: \[bench\] json: must be true or false' '[bench]\njson = "yes"\n'
wrong 2 'c\.toml:1: kv: stands in no table' 'kv = "i8"\n'
wrong 2 'c\.toml:2: \[run\] system: must be .*not a date' '[run]\nsystem = 2020-01-01\n'
wrong 5 'c\.toml:2: ' '[run]\nkv = \n'
wrong 5 'c\.toml:3: ' '[run]\nkv = "i8"\nkv = "f16"\n'
wrong 5 'c\.toml: 20000 bytes, more than' "$(printf '#%.0s' {1..20000})"
# What only the command can tell is wrong comes with the file's name.
printf '[run]\ntemp = -1\n' >c.toml
exits 2 "$TERN" run --config c.toml -m model.gguf -p Once
says err '^error: .*temp'
says err 'c\.toml gives --temp \(line 2\); --no-config leaves it out'
refused 3 'none\.toml' run --config none.toml -m model.gguf -p Once
TERN_CONFIG=none.toml refused 3 'none\.toml' run -m model.gguf -p Once
refused 5 'home: not a regular file' run --config home -m model.gguf -p Once
mkfifo fifo
refused 5 'fifo: not a regular file' run --config fifo -m model.gguf -p Once
rm home/.config/tern/config.toml
ln -s config.toml home/.config/tern/config.toml # a link to itself: there, and not to be read
refused 4 'config\.toml' run -m model.gguf -p Once
# Help and version do not ask for it.
exits 0 "$TERN" --help
exits 0 "$TERN" run --help
exits 0 "$TERN" --version --json
rm home/.config/tern/config.toml

# As somebody who is not root: a file that may not be read is an error, a folder that may not be entered somebody else's.
as_nobody=()
[[ $(id -u) -ne 0 ]] || as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
if "${as_nobody[@]}" "$TERN" --version >/dev/null 2>&1; then
  chmod 755 "$work"
  echo '[run]' >home/.config/tern/config.toml
  chmod 000 home/.config/tern/config.toml
  refused_as_nobody() {
    exits "$1" "${as_nobody[@]}" "$TERN" inspect --no-histogram "$tiny_gguf"
  }
  refused_as_nobody 4
  says err 'config\.toml: cannot open: Permission denied'
  chmod 000 home/.config
  refused_as_nobody 0
  chmod 755 home/.config
else
  echo "not as nobody: setpriv or the program cannot be used so"
fi

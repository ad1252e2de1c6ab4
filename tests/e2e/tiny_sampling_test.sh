#!/usr/bin/env bash
# Penalties, bias and log-probabilities of tern run and chat on a tiny model with a tokenizer.
source "$(dirname "$0")/lib.sh"
exits 0 "$TERN" synth --shape tiny --no-check -o model.gguf
# ids MODEL FLAG...: the answer's ids.
ids() {
  local model=$1
  shift
  exits 0 "$TERN" run -m "$model" --tokens 72,11,18 -n 40 --ignore-eos --json "$@"
  jq -c .ids out
}

# A bias of 100 takes the answer over, one of -100 forbids a token; a penalty takes off what was said.
plain=$(ids "$tiny_folder")
first=$(jq '.[0]' <<<"$plain")
repeated=[$(printf '33,%.0s' {1..39})33]
[[ $plain != "$repeated" ]] || fail "the test wants another answer"
[[ $(ids "$tiny_folder" --logit-bias 33=100) == "$repeated" ]] || fail "a bias of 100 is not felt"
jq -e "index($first) | not" <<<"$(ids "$tiny_folder" --logit-bias "$first=-100")" >/dev/null || fail "$first was forbidden"
[[ $(ids "$tiny_folder" --logit-bias "7=-1,33=1e2" --logit-bias 8=-1.5,9=0) == "$repeated" ]] || fail "lists are not read"
[[ $(ids "$tiny_folder" --logit-bias 33=0) == "$plain" ]] || fail "a bias of 0 changes the answer"
# Two tokens far above the others: a penalty of 2 makes them take turns, whatever the model prefers by less.
for penalty in presence frequency; do
  ids "$tiny_folder" --logit-bias 33=100,34=100 >lifted
  ids "$tiny_folder" --logit-bias 33=100,34=100 --$penalty-penalty 2 >penalized
  jq -e 'all(. == 33 or . == 34)' penalized >/dev/null || fail "--$penalty-penalty: the bias is not felt beside it"
done
jq -e 'index(33) != null and index(34) != null' penalized >/dev/null || fail "a frequency penalty changes nothing"
[[ $(ids "$tiny_folder" --presence-penalty 0 --frequency-penalty -0) == "$plain" ]] || fail "penalties of 0"

# Texts name the tokens that ids name.
plain=$(ids model.gguf)
first=$(jq '.[0]' <<<"$plain")
banned=$(ids model.gguf --logit-bias "$first=-100")
[[ $banned != "$plain" ]] || fail "$first was forbidden"
text=$("$TERN" tokenize -m model.gguf --decode "$first" --json)
[[ $(ids model.gguf --logit-bias "$text=-100") == "$banned" ]] || fail "$text is not token $first"
[[ $(ids model.gguf --logit-bias '"="=-1,","=0,"\u0041"=1.5e0') == "$(ids model.gguf --logit-bias 61=-1,44=0,65=1.5)" ]] ||
  fail "texts are not read as JSON strings"

# A token is named by its own text, where a tokenizer puts a blank before the text of others, too.
exits 0 "$TERN" synth --shape tiny --no-check --tokenizer "$TERN_SOURCE_DIR/tests/golden/tokenizer/sp_bpe.model" -o blanks.gguf
exits 0 "$TERN" tokenize -m blanks.gguf -p 'xa the'
[[ $(tail -n 2 out) == $'629\t"a"\n264\t" the"' ]] || fail "the test wants another tokenizer"
for named in '264=1," the"=1' '629=1,"a"=1'; do
  refused 2 'given twice' run -m blanks.gguf --tokens 1 --logit-bias "$named"
done
refused 2 'no token is "the cat"; .* that text is 264 " the", ' run -m blanks.gguf --tokens 1 --logit-bias '"the cat"=1'

# The head's screen leaves the answer as it is.
for flags in "--logit-bias $first=-100" "--logit-bias 65=30" "--presence-penalty 1" "--frequency-penalty 0.5"; do
  for screen in on off; do
    # shellcheck disable=SC2086
    exits 0 "$TERN" run -m model.gguf --tokens 72,101,108 -n 24 --ignore-eos -q --head-screen $screen $flags
    mv out "text-$screen"
  done
  same_file text-on text-off "$flags: the head's screen changes the answer"
done

first=$("$TERN" run -m model.gguf --tokens 72,101,108 -n 1 --json -q | jq '.ids[0]')
# Log-probabilities are the model's own, whatever is drawn, and the same digits on every instruction set.
exits 0 "$TERN" run -m model.gguf --tokens 72,101,108 -n 4 --ignore-eos --json --logprobs 3 --logit-bias "$first=-100"
jq -e '(.top_logprobs | length) == 4 and (.top_logprobs | all(length == 3)) and
  (.top_logprobs | all(.[0].logprob >= .[1].logprob and .[1].logprob >= .[2].logprob)) and
  .top_logprobs[0][0].id == '"$first"' and .logprobs[0] < .top_logprobs[0][0].logprob and
  (.top_logprobs[0][0] | (.bytes | implode) == .token)' out >/dev/null || fail "top_logprobs are not as documented"
jq -c '[.logprobs, .top_logprobs]' out >logprobs
for isa in scalar avx2 avx512vnni neon; do
  TERN_ISA=$isa "$TERN" inspect --no-histogram model.gguf >out 2>err || continue
  for threads in 1 2; do
    TERN_ISA=$isa exits 0 "$TERN" run -m model.gguf --tokens 72,101,108 -n 4 --ignore-eos --json --logprobs 3 \
      --logit-bias "$first=-100" -t $threads
    jq -c '[.logprobs, .top_logprobs]' out >other
    same_file logprobs other "$isa, $threads threads"
  done
done
exits 0 "$TERN" run -m model.gguf --tokens 72,101,108 -n 2 --ignore-eos --logprobs 2
[[ $(grep -cE '^ +-?[0-9]+\.[0-9]{4}  "[^|]*(  \| -?[0-9.]+ "[^|]*){2}$' out) -eq 2 ]] || fail "no line for each token"
exits 0 "$TERN" run -m "$tiny_folder" --tokens 1,2,3 -n 1 --ignore-eos --logprobs 0
says out '^ +-[0-9]+\.[0-9]{4}  [0-9]+$'
exits 0 "$TERN" run -m "$tiny_folder" --tokens 1,2,3 -n 1 --ignore-eos --logprobs 1 --json
jq -e '.top_logprobs[0][0] | .token == null and .bytes == null' out >/dev/null || fail "tokens without a tokenizer"
printf 'one\n' >lines
exits 0 "$TERN" chat -m model.gguf -n 2 --ignore-eos --logprobs 1 --presence-penalty 0.1 --logit-bias '"A"=1' <lines
[[ $(grep -cE '^ +-?[0-9.]+  "[^|]*  \| -?[0-9.]+ "[^|]*$' out) -eq 2 ]] || fail "chat shows no log-probabilities"

refused 2 'presence penalty 2.5' run -m none --tokens 1 --presence-penalty 2.5
refused 2 'frequency penalty nan' run -m none --tokens 1 --frequency-penalty nan
refused 2 'logit bias 101' run -m none --tokens 1 --logit-bias 1=101
for list in '' 'x' '=1' '1=' '1=x' '1=1,' '-1=1' '1.5=1' '"a=1' '"a"' '"a"1=1' '"\q"=1' '1=1,,2=2' '99999999999=1' ' 1=1'; do
  refused 2 'logit-bias' run -m none --tokens 1 --logit-bias "$list"
done
refused 2 'logit bias: token id 99999 is outside' run -m model.gguf --tokens 1 --logit-bias 99999=1
refused 2 'given twice' run -m model.gguf --tokens 1 --logit-bias '65=1,"A"=1'
refused 2 'no token is "AB"; .* that text is 65 "A", 66 "B"$' run -m model.gguf --tokens 1 --logit-bias '"AB"=1'
refused 3 'tokenizer' run -m "$tiny_folder" --tokens 1 --logit-bias '"A"=1'
refused 2 'logprobs' run -m none --tokens 1 --logprobs 101

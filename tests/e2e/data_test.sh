#!/usr/bin/env bash
# From nothing to shards: texts made by rules, a tokenizer learnt from them, and all kinds of data prepared with it.
source "$(dirname "$0")/lib.sh"

for kind in math stories; do
  exits 0 "$TERN" data synth $kind --n 400 --seed 5 -o $kind.jsonl
  says out "$kind.jsonl: 400 documents"
  exits 0 "$TERN" data synth $kind --n 400 --seed 5 -o again.jsonl --force
  same_file $kind.jsonl again.jsonl "the same seed"
  exits 0 "$TERN" data synth $kind --n 100 --seed 5 -o again.jsonl --force
  cmp -s <(head -100 $kind.jsonl) again.jsonl || fail "fewer documents are others"
  exits 0 "$TERN" data synth $kind --n 100 --seed 6 --chat -o ${kind}_chat.jsonl
  jq -es 'all(.[]; [.messages[].role] == ["user", "assistant"])' ${kind}_chat.jsonl >/dev/null || fail "no conversations"
done
refused 2 'stories.jsonl: exists; --force' data synth stories -o stories.jsonl
refused 2 'not in' data synth poems -o x.jsonl

exits 0 "$TERN" tokenizer train math.jsonl stories.jsonl --vocab-size 700 --special '<|tool|>' -o tokenizer.json
says out '^tokenizer.json: 700 tokens from 800 documents'
mkdir other && gzip -k stories.jsonl
exits 0 "$TERN" tokenizer train math.jsonl stories.jsonl.gz --vocab-size 700 --special '<|tool|>' -t 3 -o other/tokenizer.json
same_file tokenizer.json other/tokenizer.json "another number of threads"
same_file tokenizer_config.json other/tokenizer_config.json "another number of threads"
refused 2 'tokenizer.json: exists; --force' tokenizer train math.jsonl --vocab-size 700 -o tokenizer.json
refused 2 'a vocabulary of 3 tokens' tokenizer train math.jsonl --vocab-size 3 -o x.json
exits 0 "$TERN" tokenize --tokenizer tokenizer.json --jsonl stories.jsonl
[[ $(wc -l <out) -eq 400 ]] || fail "the tokenizer does not read its own text"
exits 0 "$TERN" tokenizer train math.jsonl --vocab-size 100000 -o other/large.json --force
says err 'fewer than the 100000 asked for'

exits 0 "$TERN" data prepare stories.jsonl.gz math.jsonl --tokenizer tokenizer.json --held-out 0.1 -o text
says out '^text: text, of a vocabulary of 700$'
says out '^train +[0-9]+ documents'
exits 0 "$TERN" data prepare stories.jsonl.gz math.jsonl --tokenizer tokenizer.json --held-out 0.1 -t 3 --json -o text2
jq -e '.format == "tern-data" and .kind == "text" and .inputs[0].lines == 400 and .held_out.documents > 20
  and ([.inputs[] | .kept] | add) == .train.documents + .held_out.documents' out >/dev/null || fail "the manifest is odd"
for file in text/*; do same_file "$file" "text2/${file#text/}" "another number of threads"; done
for shard in $(jq -r '.train, .held_out | .shards[].file' text/manifest.json); do
  sum=$(jq -r --arg f "$shard" '.train, .held_out | .shards[] | select(.file == $f).sha256' text/manifest.json)
  echo "$sum  text/$shard" | sha256sum --check --status || fail "$shard has another SHA-256"
done
exits 0 "$TERN" data prepare math_chat.jsonl stories_chat.jsonl --tokenizer tokenizer.json -o chat --json
jq -e '.kind == "chat" and .train.targets < .train.tokens and .options.near_duplicates == false' out >/dev/null || fail "chats"
echo '{"prompt": "2 + 2?", "chosen": "4", "rejected": "5"}' >pairs.jsonl
exits 0 "$TERN" data prepare pairs.jsonl --tokenizer tokenizer.json --held-out 0 -o pairs --json
jq -e '.kind == "pairs" and .train.documents == 2' out >/dev/null || fail "pairs"

{ cat math.jsonl; echo '{"text": '; } >broken.jsonl
exits 0 "$TERN" data prepare broken.jsonl --tokenizer tokenizer.json -o broken
says err 'warning: broken.jsonl:401: not valid JSON'
says out 'left out +1 broken'
grep -q '^broken.jsonl:401: not valid JSON$' broken/broken_lines.txt || fail "the broken line is not named"
refused 5 'broken.jsonl:401: not valid JSON' data prepare broken.jsonl --tokenizer tokenizer.json --strict -o strict
refused 2 'exists and is not an empty folder' data prepare math.jsonl --tokenizer tokenizer.json -o text
refused 2 'KEY=VALUE' data prepare math.jsonl --tokenizer tokenizer.json --where x -o x
refused 3 'missing.jsonl' data prepare missing.jsonl --tokenizer tokenizer.json -o x
refused 2 'csv' data prepare tokenizer.csv --tokenizer tokenizer.json -o x

# Ctrl-C leaves nothing.
for _ in {1..60}; do cat stories.jsonl; done | jq -c '.text += "\(input_line_number)"' >large.jsonl
"$TERN" data prepare large.jsonl --tokenizer tokenizer.json --near-duplicates keep -o interrupted >out 2>err &
pid=$!
for _ in {1..200}; do
  if compgen -G 'interrupted.tern-tmp-*' >/dev/null; then break; fi
  sleep 0.01
done
kill -INT $pid
code=0
wait $pid || code=$?
[[ $code -eq 130 || $code -eq 0 ]] || fail "Ctrl-C gives exit code $code"
if [[ $code -eq 130 ]]; then
  ! compgen -G 'interrupted*' >/dev/null || fail "Ctrl-C leaves something"
fi
! compgen -G 'strict*' >/dev/null || fail "a refused command left something"
[[ ! -e x && ! -e x.json && ! -e x.jsonl ]] || fail "a refused command left something"

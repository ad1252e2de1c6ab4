#!/usr/bin/env bash
# tern chat on a model of random trits: what is said is noise, but the conversation holds.
source "$(dirname "$0")/lib.sh"
exits 0 "$TERN" synth --shape tiny --no-check -o model.gguf

printf 'one\ntwo\n/undo\n/exit\n' >lines
exits 0 "$TERN" chat -m model.gguf -n 3 --ignore-eos <lines
says out 'took back the last question'
[[ $(grep -c 'answer 3 tokens' err) -eq 2 ]] || fail "two questions did not get two answers"
! grep -q warning err || fail "a plain model warns"

# A question that the template refuses is left out, and the next one is answered.
cat >picky.jinja <<'END'
{%- for message in messages -%}
  {%- if 'bad' in message['content'] -%}{{ raise_exception('no ' + message['content']) }}{%- endif -%}
  {{ message['role'] + ': ' + message['content'] + '\n' }}
{%- endfor -%}
END
printf 'a bad question\na good one\n' >lines
exits 0 "$TERN" chat -m model.gguf --chat-template picky.jinja -n 3 --ignore-eos <lines
says err 'warning: the question was left out: .*no a bad question'
[[ $(grep -c 'answer 3 tokens' err) -eq 1 ]] || fail "the good question did not get its answer"
exits 0 "$TERN" chat -m model.gguf --chat-template picky.jinja --chat-encoding parts <lines
[[ $(grep -c 'warning: the question was left out' err) -eq 2 ]] || fail "parts with another template is not refused"

# Commands work in a pipe too; their errors do not end the conversation.
printf '/tokns\n/set top_k x\n/save kept.json\none\n' >commands
exits 0 "$TERN" chat -m model.gguf -n 3 --ignore-eos <commands
says err '^error: there is no command /tokns: did you mean /tokens\?$'
says err "^error: top_k 'x': is no whole number"
says err 'answer 3 tokens .*, context [0-9]+ of [0-9]+ tokens \([0-9]+%\)$'
[[ $(jq -c .messages kept.json) == '[]' ]] || fail "an empty conversation is not saved as one"
exits 0 "$TERN" chat -m model.gguf -n 3 --ignore-eos <<<'one \'
[[ $(grep -c 'answer 3 tokens' err) -eq 1 ]] || fail "a backslash joins the lines of a pipe"

exits 0 "$TERN" chat -m model.gguf -n 3 --ignore-eos <<<' /exit'
[[ $(grep -c 'answer 3 tokens' err) -eq 1 ]] || fail "a line that begins with a blank is a command"

# A /retry that finds no room leaves everything as it was, the seed too.
cat >grows.jinja <<'END'
{%- for message in messages -%}{{ message['content'] }}{%- endfor -%}
{%- if add_generation_prompt -%}{{ ' and the answer is: ' }}{%- endif -%}
END
jq -n '{format: "tern-chat", version: 1,
  messages: [{role: "user", content: ("x" * 50)}, {role: "assistant", content: "y"}]}' >full.json
printf '/load full.json\n/set temperature 0.5\n/retry\n/set\n/tokens\n' >commands
exits 0 "$TERN" chat -m model.gguf --context 64 --chat-template grows.jinja -n 2 --ignore-eos <commands
says err 'warning: the conversation of 71 tokens no longer fits the context of 64'
says out '^seed +0$'
[[ $(grep -c '^2 messages' out) -eq 2 ]] || fail "a failed /retry changes the conversation"

# What is no terminal gets the text as it is.
exits 0 "$TERN" chat -m model.gguf -n 3 -q --ignore-eos --logit-bias "$(only_token 27)" <<<go
[[ $(head -c 4 out | od -An -tx1 | tr -d ' \n') == 1b1b1b0a ]] || fail "a pipe does not get the text as it is"

# A reader that goes away ends it without a word.
set +e
printf 'one\ntwo\nthree\n' | "$TERN" chat -m model.gguf -n 400 -q --ignore-eos 2>err | head -c 1 >out
codes=("${PIPESTATUS[@]}")
set -e
[[ ${codes[1]} -eq 141 && ! -s err ]] || fail "exit code ${codes[1]} when the reader has gone"

# The encoding that a file states is used, unless the flag says otherwise.
exits 0 "$TERN" convert model.gguf parts.gguf --to gguf --chat-encoding parts
exits 0 "$TERN" chat -m parts.gguf --chat-template picky.jinja <lines
[[ $(grep -c "use 'whole' for this model .--chat-encoding whole" err) -eq 2 ]] || fail "the file's encoding is not used"
exits 0 "$TERN" chat -m parts.gguf --chat-template picky.jinja --chat-encoding whole -n 3 --ignore-eos <lines
[[ $(grep -c 'answer 3 tokens' err) -eq 1 ]] || fail "--chat-encoding does not win over the file"
# A tokenizer of bytes gives the same ids either way; what is refused tells them apart.
refused 6 "use 'whole' for this model" run -m parts.gguf --chat --chat-template picky.jinja -p Hello -n 1
exits 0 "$TERN" run -m model.gguf --chat --chat-template picky.jinja -p Hello -n 1 --ignore-eos

#!/usr/bin/env bash
# tern chat as a user has it: on a terminal of 24 rows and 80 columns, typed at. What the model says is decided by
# --logit-bias: its trits are random, 120 is x and 27 Escape.
source "$(dirname "$0")/lib.sh"
: "${PTY:?}"
exits 0 "$TERN" synth --shape tiny --no-check -o model.gguf
export HOME=$work TERM=xterm
unset XDG_STATE_HOME NO_COLOR LINES COLUMNS

# session FLAG...: plays ./script (standard input) against tern chat; what it showed is ./shown, without escapes ./plain.
session() {
  cat >script
  exits 0 "$PTY" script shown "$TERN" chat -m model.gguf --ignore-eos "$@"
  sed -E 's/\x1b\[[0-9;?]*[A-Za-z]//g' shown | tr -d '\r' >plain
}
shows() { grep -qE -e "$1" plain || fail "the terminal did not show: $1 ($(tail -c 1500 plain | cat -v))"; }
hides() { ! grep -qE -e "$1" plain || fail "the terminal showed: $1"; }

# Commands, a multi-line message, a save and a load.
session -n 3 <<'END'
expect /help lists
expect > 
send /help\r
expect /retry
expect Ctrl-R
expect > 
send /hlep\r
expect error:\e[0m there is no command /hlep: did you mean /help?
expect > 
send /set temprature 1\r
expect did you mean temperature?
expect > 
send /set temperature 0.5\r
expect \e[?2004ltemperature 0.5
expect > 
send first \\\r
expect . 
send second\r
expect answer 3 tokens
expect context 
expect > 
send """\r
expect . 
send /help is no command here\r
expect . 
send """\r
expect answer 3 tokens
expect > 
send /retry\r
expect seed 1
expect answer 3 tokens
expect > 
send /save talk.json\r
expect talk.json: 4 messages
expect > 
send /save talk.json\r
expect is there already; /save! replaces it
expect > 
send /undo\r
expect took back
expect > 
send /save! talk.json\r
expect talk.json: 2 messages
expect > 
send /clear\r
expect started again
expect > 
send /tokens\r
expect 0 messages, 0 of
expect > 
send /load talk.json\r
expect 2 messages,
expect > 
send /load missing.json\r
expect missing.json
expect > 
send /exit\r
end 0
END
[[ $(jq -r '.messages[0].content' talk.json) == $'first \nsecond' ]] || fail "the joined lines are not one message"
[[ $(jq -r '.messages | map(.role) | join(" ")' talk.json) == "user assistant" ]] || fail "not what was said"
[[ $(stat -c %a .local/state/tern/history) == 600 ]] || fail "others can read the history"
grep -q 'first' .local/state/tern/history || fail "the history has no line of the session"

# A file that is no conversation changes nothing.
head -c 4000 /dev/urandom >noise.json
session -n 2 <<'END'
expect > 
send /load noise.json\r
expect error:
expect > 
send /tokens\r
expect 0 messages
expect > 
send \x04
end 0
END

# History of the earlier session: up, and search (Ctrl-R).
session -n 2 <<'END'
expect > 
send \x12temprature
expect bck:
pause 300
send \r
expect did you mean temperature?
expect > 
send \e[A\r
expect did you mean temperature?
expect > 
send \x04
end 0
END

# Pasted newlines are part of the line; typed after the paste, Enter sends it.
session -n 2 <<'END'
expect \e[?2004h
expect > 
send \e[200~one\rtwo\x07\e[201~
pause 300
send  three\r
expect answer 2 tokens
expect > 
send /save paste.json\r
expect 2 messages
expect > 
send \x04
end 0
END
[[ $(jq -r '.messages[0].content' paste.json) == $'one\ntwo three' ]] || fail "the paste is not one message"

# Ctrl-C: drops a half-typed line, stops an answer, and leaves when it comes twice with nothing typed.
session -n -1 --context-shift --logit-bias "$(only_token 120)" <<'END'
expect > 
send half a line
expect half a line
send \x03
expect > 
send go\r
expect xxxx
send \x03
expect (stopped)
expect > 
send \x03
expect (Ctrl-C again
expect > 
send \x03
end 0
END
hides '"half'

# The terminal obeys nothing of what the model says.
session -n 6 --logit-bias "$(only_token 27)" <<'END'
expect > 
send go\r
expect \\x1b\\x1b\\x1b\\x1b\\x1b\\x1b
expect > 
send \x04
end 0
END
NO_COLOR=1 session -n 6 --logit-bias "$(only_token 27)" <<'END'
expect > 
send go\r
expect \\x1b\\x1b\\x1b\\x1b\\x1b\\x1b
expect > 
send \x04
end 0
END

# Rows are as wide as the window, and follow it.
session -n 60 -q --logit-bias "$(only_token 120)" <<'END'
expect > 
size 24 20
send one\r
expect x\r\n
expect > 
size 24 40
send two\r
expect x\r\n
expect > 
send \x04
end 0
END
[[ $(grep -cx 'x\{20\}' plain) -eq 4 && $(grep -cx 'x\{40\}' plain) -eq 1 ]] || fail "rows are not as wide as the window"

# Plain where it is asked for: no styles, and no rows broken.
session -n 60 -q --no-markdown --logit-bias "$(only_token 120)" <<'END'
expect > 
send one\r
expect xx\r\n
expect > 
send \x04
end 0
END
shows '^x{60}$'

# A home that cannot be written, or none at all, is no reason for a word.
for home in /proc/nowhere ''; do
  HOME=$home session -n 2 <<'END'
expect > 
send one\r
expect answer 2 tokens
expect > 
send \x04
end 0
END
  hides 'history|cannot'
done

# Stopped (Ctrl-Z) and back: lines are edited as before. Ctrl-A goes to the line's beginning.
cat >script <<END
expect ready>
send $TERN chat -m model.gguf -n 2 --ignore-eos\\r
expect > 
send \\x1a
expect Stopped
expect ready>
send fg\\r
expect \\e[?2004h> 
send at\\x01wh\\r
expect answer 2 tokens
expect > 
send /save stopped.json\\r
expect 2 messages
expect > 
send \\x04
expect ready>
send exit\\r
end 0
END
PS1='ready>' exits 0 "$PTY" script shown bash --norc -i
[[ $(jq -r '.messages[0].content' stopped.json) == what ]] || fail "the line was not edited"

# However it ends, the terminal is as it was. ./outer.sh runs tern chat and then shows the settings; ./pid is tern's.
cat >inner.sh <<'END'
echo $$ >pid
exec "$TERN" chat -m model.gguf -n 2 --ignore-eos --session kept
END
cat >outer.sh <<'END'
ulimit -c 0
bash inner.sh
echo "code $?"
stty -a
END
# signal_at PATTERN SIGNAL...: sends them to tern once PATTERN is shown.
signal_at() {
  local pattern=$1 signal
  shift
  for _ in {1..300}; do
    if [[ -s pid ]] && grep -qa -e "$pattern" shown; then
      for signal; do kill "-$signal" "$(cat pid)"; done
      return
    fi
    sleep 0.1
  done
}
# settings [PATTERN SIGNAL...]: plays ./script (standard input) against ./outer.sh.
settings() {
  cat >script
  rm -f pid shown
  if [[ $# -gt 0 ]]; then signal_at "$@" & fi
  exits 0 "$PTY" script shown bash outer.sh
  wait
}
settings <<'END'
expect > 
send half a line
expect half a line
send \x1c
expect \e[?2004l
expect code 131
expect  icanon iexten echo 
end 0
END
settings '> ' STOP INT TERM CONT <<'END'
expect > 
expect \e[?2004l
expect code 1
expect  icanon iexten echo 
end 0
END
[[ ! -e kept ]] || fail "a session was written by who was killed"
# A request to end, or a closed window, ends a conversation as Ctrl-D does.
for signal in TERM HUP; do
  rm -f kept
  settings 'answer 2 tokens' $signal <<'END'
expect > 
send go\r
expect answer 2 tokens
expect code 130
expect  icanon iexten echo 
end 0
END
  [[ -s kept ]] || fail "SIG$signal: the session was not written"
done

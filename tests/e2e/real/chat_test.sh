#!/usr/bin/env bash
# tern chat, through a pseudo-terminal as a user has it, and through a pipe.
source "$(dirname "$0")/../lib.sh"
use_real_model
export model HOME=$work TERM=xterm
unset XDG_STATE_HOME

cat >session.exp <<'EXP'
set timeout 60
proc must {pattern} {
  expect {
    -re $pattern {}
    timeout { puts stderr "\nno '$pattern'"; exit 1 }
    eof { puts stderr "\nended before '$pattern'"; exit 1 }
  }
}
proc leave {} {
  expect {
    eof {}
    timeout { puts stderr "\nit does not leave"; exit 1 }
  }
  exit [lindex [wait] 3]
}
spawn -noecho $env(TERN) chat -m $env(model) -q
must {> }
send "/help\r"
must {/undo}
must {> }
send "What is the capital of France? Answer with one word.\r"
must {Paris}
must {> }
send "/undo\r"
must {took back}
must {> }
send "/frobnicate\r"
must {no command /frobnicate}
must {> }
# Ctrl-C clears a half-typed line; the program stays.
send "half a line"
must {half a line}
send "\003"
must {> }
# Ctrl-C stops an answer; the program stays.
send "Write a long story about a dragon.\r"
must {dragon\.\r\n}
must {[a-z]+ [a-z]+ [a-z]+}
send "\003"
must {stopped}
must {> }
send "/system You are a poet.\r"
must {system message set}
must {> }
send "/exit\r"
leave
EXP
exits 0 expect session.exp
[[ -f .local/state/tern/history ]] || fail "no history was kept"
[[ $(stat -c %a .local/state/tern/history) == 600 ]] || fail "others can read the history"

# Ctrl-D leaves.
cat >leave.exp <<'EXP'
set timeout 60
spawn -noecho $env(TERN) chat -m $env(model) -q
expect "> "
send "\004"
expect {
  eof {}
  timeout { exit 1 }
}
exit [lindex [wait] 3]
EXP
exits 0 expect leave.exp

# A pipe: lines in, answers out; the second question sees the first.
exits 0 "$TERN" chat -m "$model" -q -n 30 <<<$'My name is Zoltan.\nWhat is my name?\n/exit'
says out 'Zoltan'

# A full context is said in words, and the conversation lives on.
exits 0 "$TERN" chat -m "$model" -q -n 40 --context 64 <<<$'Tell me a long story about a dragon and a very long winter in a village.\nAnd then?\n/exit'
says err 'context of 64 tokens'

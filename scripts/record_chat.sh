#!/usr/bin/env bash
# docs/img/chat.svg: plays docs/img/chat.session against tern chat on a pseudo-terminal and draws what it showed.
# record_chat.sh MODEL
set -euo pipefail
model=$(realpath "${1:?record_chat.sh MODEL}")
cd "$(dirname "$0")/.."
transcript=$(mktemp)
home=$(mktemp -d)
trap 'rm -rf "$transcript" "$home"' EXIT
HOME=$home TERM=xterm build/release/tests/pty docs/img/chat.session "$transcript" build/release/tern chat -m "$model"

# A line of the terminal is a <text>, a style a <tspan>; other escape sequences are for the line editor.
awk '
function escape(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
function classes(codes,   n, list, i, names) {
  n = split(codes, list, ";"); names = ""
  for (i = 1; i <= n; ++i) if (list[i] in name) names = names " " name[list[i]]
  return substr(names, 2)
}
BEGIN { name[1] = "b"; name[2] = "d"; name[3] = "i"; name[4] = "u"; name[31] = "r"; name[33] = "y"; name[36] = "c" }
{
  gsub(/\r/, ""); row = ""
  while (match($0, /\033\[[0-9;?]*[A-Za-z]/)) {
    row = row (RSTART > 1 ? "<tspan class=\"" style "\">" escape(substr($0, 1, RSTART - 1)) "</tspan>" : "")
    sequence = substr($0, RSTART + 2, RLENGTH - 3)
    if (substr($0, RSTART + RLENGTH - 1, 1) == "m") style = classes(sequence)
    $0 = substr($0, RSTART + RLENGTH)
  }
  rows[NR] = row (length($0) ? "<tspan class=\"" style "\">" escape($0) "</tspan>" : "")
}
END {
  height = NR * 18 + 20
  print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"" height "\" role=\"img\" aria-label=\"A conversation in the terminal\">"
  print "<style>text{font:14px ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;fill:#d8dee4;white-space:pre}" \
    ".b{font-weight:bold}.d{fill:#7d8793}.i{font-style:italic}.u{text-decoration:underline}.r{fill:#ff7b72}.y{fill:#e3b341}.c{fill:#79c0ff}</style>"
  print "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#161b22\"/>"
  for (i = 1; i <= NR; ++i) if (rows[i] != "") print "<text x=\"16\" y=\"" i * 18 + 10 "\" xml:space=\"preserve\">" rows[i] "</text>"
  print "</svg>"
}' "$transcript" >docs/img/chat.svg

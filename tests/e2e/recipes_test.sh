#!/usr/bin/env bash
# The text that comes with the quick start is what its README says, and its generator makes the same again.
source "$(dirname "$0")/lib.sh"
folder=$TERN_SOURCE_DIR/recipes/quickstart/data
sum() { sha256sum | cut -d' ' -f1; }

size=0 files=0
for file in "$folder"/*.zst; do
  name=$(basename "$file")
  row="| \`$name\` | \`$(sum <"$file")\` | \`$(zstd -dcq "$file" | sum)\` |"
  grep -qxF "$row" "$folder/README.md" || fail "README.md does not have this row: $row"
  size=$((size + $(wc -c <"$file"))) files=$((files + 1))
  grep -qF "data/$name" "$folder/../quickstart.toml" || fail "$name is not read by the recipe"
done
[[ $files -eq 3 && $size -lt 6000000 ]] || fail "$files files of $size bytes"

# The commands that its first comment shows.
while read -r line; do
  output=${line##*>}
  bash -c "cd '$folder' && ${line%%|*}" >made
  [[ $(sum <made) == "$(zstd -dcq "$folder/$output" | sum)" ]] || fail "$line: gives another $output"
done < <(sed -n 's/^    \(\.\/make_chat\.py .*\)/\1/p' "$folder/make_chat.py")
[[ -s made ]] || fail "no commands in make_chat.py"

# Every pair prefers one answer to another, every tale is in the public domain.
zstd -dcq "$folder/pairs.jsonl.zst" | jq -es 'length == 1200 and all(.[]; .chosen != .rejected and .prompt[-1].role == "user")' >/dev/null ||
  fail "pairs are not pairs"
zstd -dcq "$folder/tales.jsonl.zst" | jq -es 'all(.[]; .license == "public domain (US)" and (.title | length) > 0)' >/dev/null ||
  fail "a tale without title or licence"
echo "$files files, $size bytes: as their README says"

#!/usr/bin/env bash
# tern pull against a hub that behaves: what is chosen, where it goes, what is printed, and what is not fetched twice.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/pull_lib.sh"

# One GGUF file, an LFS one: its path, and nothing else, on standard output.
model one
: >hub/log
pulled one
[[ ! -s err ]] || fail "says something where all is well"
logged 1 '/api/models/test/one/revision/main\?blobs=true'
logged 1 "/test/one/resolve/$commit/m.gguf "
pulled one
logged 2 '/api/'
logged 1 '/resolve/'
exits 0 "$TERN" pull test/one --json
jq -e --arg sha "$(sha_of hub/test/one/files/m.gguf)" --arg path "$(folder_of one)/m.gguf" --arg commit $commit \
  '.path == $path and .commit == $commit and .files == [{name: "m.gguf", bytes: 300000, sha256: $sha, cached: true}]' \
  out >/dev/null || fail "--json says something else"
pulled one --force
logged 2 '/resolve/'
[[ $(find "$(folder_of one)" -name '*.part*' -o -name '*.lock') == "" ]] || fail "leaves working files"

# Somebody changed the file in the cache: it is not taken for the hub's.
head -c 64 /dev/zero | dd of="$(folder_of one)/m.gguf" conv=notrunc status=none
pulled one

# What was pulled runs.
mkdir -p hub/test/runs/files
cp "$tiny_gguf" hub/test/runs/files/m.gguf
listing runs "$(sibling runs m.gguf lfs)"
exits 0 "$TERN" run -m "$("$TERN" pull test/runs)" --tokens 1,2 -n 1 --json

# A folder: what a Hugging Face model needs, and no more.
mkdir -p hub/test/folder/files
cp "$tiny_folder"/{config.json,model.safetensors} hub/test/folder/files
siblings=()
for name in tokenizer_config.json README.md chat_template.jinja generation_config.json; do
  echo "{}" >hub/test/folder/files/$name
  siblings+=("$(sibling folder $name git)")
done
random 50 hub/test/folder/files/original/other.safetensors
random 50 hub/test/folder/files/pytorch_model.bin
listing folder "$(sibling folder model.safetensors lfs)" "$(sibling folder config.json git)" "${siblings[@]}" \
  "$(sibling folder original/other.safetensors lfs)" "$(sibling folder pytorch_model.bin lfs)"
exits 0 "$TERN" pull test/folder
[[ $(cat out) == "$(folder_of folder)" ]] || fail "the path is not the folder"
[[ $(cd "$(folder_of folder)" && echo *) == \
  "chat_template.jinja config.json generation_config.json model.safetensors tokenizer_config.json" ]] ||
  fail "other files than a model needs: $(ls "$(folder_of folder)")"
exits 0 "$TERN" inspect "$(folder_of folder)"

# Files by name, below folders and with characters that a URL has to escape; -o instead of the cache.
random 7 'hub/test/folder/files/sub dir/a%2e #?+é.bin'
listing folder "$(sibling folder config.json git)" "$(sibling folder 'sub dir/a%2e #?+é.bin' lfs)"
exits 0 "$TERN" pull test/folder 'sub dir/a%2e #?+é.bin' -o dest
[[ $(cat out) == 'dest/sub dir/a%2e #?+é.bin' ]] || fail "the path is not below -o"
same_file "$(cat out)" 'hub/test/folder/files/sub dir/a%2e #?+é.bin' "an odd name"
exits 0 "$TERN" pull test/folder config.json 'sub dir/a%2e #?+é.bin' config.json -o dest --json
jq -e '.path == "dest" and [.files[].cached] == [false, true]' out >/dev/null || fail "several files"

# A file that is there under -o: taken if it is the hub's, never overwritten unless by --force.
mkdir mine
cp hub/test/one/files/m.gguf mine
: >hub/log
exits 0 "$TERN" pull test/one -o mine
logged 0 '/resolve/'
echo precious >mine/m.gguf
refused 2 'mine/m.gguf.*--force' pull test/one -o mine
[[ $(cat mine/m.gguf) == precious ]] || fail "overwrote a file"
exits 0 "$TERN" pull test/one -o mine --force
same_file mine/m.gguf hub/test/one/files/m.gguf "--force"

# The revision is asked for as it is, and what is fetched is the commit that it names.
: >hub/log
exits 0 "$TERN" pull test/one --revision refs/pr/1
logged 1 '/api/models/test/one/revision/refs%2Fpr%2F1\?'

# An empty file.
mkdir -p hub/test/empty/files
: >hub/test/empty/files/m.gguf
listing empty "$(sibling empty m.gguf git)"
pulled empty

# What cannot be chosen.
listing several '{"rfilename":"a.gguf","size":1}' '{"rfilename":"b.gguf","size":1}'
refused 7 'test/several: it has 2 GGUF files.*a.gguf, b.gguf' pull test/several
listing pickle '{"rfilename":"config.json","size":1}' '{"rfilename":"pytorch_model.bin","size":1}'
refused 3 'neither a GGUF file nor.*config.json, pytorch_model.bin' pull test/pickle
refused 3 "no file 'c.gguf'.*a.gguf" pull test/several c.gguf
refused 2 'ORG/MODEL' pull one
refused 2 'ORG/MODEL' pull test/../one
refused 2 'ORG/MODEL' pull test/one/two
refused 2 'revision.*dots' pull test/one --revision ../x
refused 2 'excludes' pull test/one -o x --cache y

# Where files go: TERN_CACHE, XDG_CACHE_HOME, HOME, in this order.
cache=$TERN_CACHE
unset TERN_CACHE
exits 0 "$TERN" pull test/one
[[ $(cat out) == "$HOME/.cache/tern/hub/test--one/$commit/m.gguf" ]] || fail "HOME"
XDG_CACHE_HOME=$work/xdg exits 0 "$TERN" pull test/one
[[ $(cat out) == "$work/xdg/tern/hub/test--one/$commit/m.gguf" ]] || fail "XDG_CACHE_HOME"
(
  unset HOME
  refused 2 'HOME is not set.*--cache' pull test/one
  exits 0 "$TERN" pull test/one --cache other
  exits 0 "$TERN" pull test/one -o another
)
export TERN_CACHE=$cache
: >not_a_folder
refused 4 'not_a_folder.*folder' pull test/one -o not_a_folder

# Addresses.
refused 2 'only http and https' pull test/one --endpoint file:///etc
refused 2 'passwords in addresses' pull test/one --endpoint http://user:secret@127.0.0.1
! grep -q secret err || fail "repeats the password"
HF_ENDPOINT=http://127.0.0.1:1 exits 0 "$TERN" pull test/one --endpoint "$hub/"
HF_ENDPOINT=http://127.0.0.1:1 refused 11 '127.0.0.1:1.*check the network' pull test/one

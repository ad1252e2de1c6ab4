# Sourced by the tests of `tern pull`, after lib.sh: a hub of our own in ./hub, whose repositories are test/NAME.
# shellcheck shell=bash
: "${HUB_SERVER:?}"
mkdir hub
"$HUB_SERVER" "$work/hub" &
hub_pid=$!
trap 'kill $hub_pid 2>/dev/null; rm -rf "$work"' EXIT
for ((i = 0; i < 100; i++)); do
  [[ -f hub/ports ]] && break
  sleep 0.05
done
read -r port_a _ <hub/ports
hub=http://127.0.0.1:$port_a
export HF_ENDPOINT=$hub TERN_CACHE=$work/cache HOME=$work/home TERN_NET_BACKOFF_MS=10 TERN_NET_STALL_S=1
unset HF_TOKEN XDG_CACHE_HOME SSL_CERT_FILE http_proxy HTTP_PROXY https_proxy all_proxy ALL_PROXY
mkdir home
commit=0123456789abcdef0123456789abcdef01234567

# random BYTES FILE: content that nobody else has.
random() {
  mkdir -p "$(dirname "$2")"
  head -c "$1" /dev/urandom >"$2"
}

sha_of() { sha256sum "$1" | cut -d' ' -f1; }

# sibling REPO FILE lfs|git|none: the file's entry in the listing, as the hub writes it.
sibling() {
  local file=hub/test/$1/files/$2 size
  size=$(stat -c %s "$file")
  case $3 in
    lfs) printf '{"rfilename":"%s","size":%s,"blobId":"%040d","lfs":{"sha256":"%s","size":%s,"pointerSize":134}}' \
      "$2" "$size" 0 "$(sha_of "$file")" "$size" ;;
    git) printf '{"rfilename":"%s","size":%s,"blobId":"%s"}' "$2" "$size" \
      "$({ printf 'blob %s\0' "$size" && cat "$file"; } | sha1sum | cut -d' ' -f1)" ;;
    none) printf '{"rfilename":"%s","size":%s}' "$2" "$size" ;;
  esac
}

# listing REPO SIBLING...
listing() {
  local repo=$1 IFS=,
  shift
  mkdir -p "hub/test/$repo"
  printf '{"id":"test/%s","sha":"%s","siblings":[%s]}' "$repo" "$commit" "$*" >"hub/test/$repo/info.json"
}

# model REPO [BYTES [KIND]]: a repository with one GGUF file, m.gguf.
model() {
  random "${2:-300000}" "hub/test/$1/files/m.gguf"
  listing "$1" "$(sibling "$1" m.gguf "${3:-lfs}")"
}

# faults REPO LINE...: what befalls its next downloads; see tests/support/hub_server.cc. And the log begins anew.
faults() {
  local repo=$1
  shift
  printf '%s\n' "$@" >"hub/test/$repo/faults"
  : >hub/log
}
api_faults() {
  local repo=$1
  shift
  mkdir -p "hub/test/$repo"
  printf '%s\n' "$@" >"hub/test/$repo/api_faults"
  : >hub/log
}

folder_of() { echo "$TERN_CACHE/hub/test--$1/$commit"; }

# pulled REPO [ARGUMENT...]: it succeeds, and m.gguf is the hub's.
pulled() {
  exits 0 "$TERN" pull "test/$1" "${@:2}"
  [[ $(cat out) == "$(folder_of "$1")/m.gguf" ]] || fail "the path of $1 is not all that it printed"
  same_file "$(folder_of "$1")/m.gguf" "hub/test/$1/files/m.gguf" "$1"
}

# absent REPO: there is nothing under the final name.
absent() { [[ ! -e $(folder_of "$1")/m.gguf ]] || fail "$1: a file has the final name"; }
part_bytes() { stat -c %s "$(folder_of "$1")/.tern-pull/m.gguf.part" 2>/dev/null || echo 0; }

# logged N PATTERN: so many lines of the server's log match.
logged() {
  local count
  count=$(grep -cE -e "$2" hub/log || true)
  [[ $count -eq $1 ]] || fail "$count requests like '$2', expected $1: $(cat hub/log)"
}
# Bytes of files that the server has sent since the log began.
bytes_sent() { sed -n '/\/resolve\//s/.*sent=//p' hub/log | awk '{ n += $1 } END { print n + 0 }'; }

#!/usr/bin/env bash
# tern pull against a hub that breaks, lies and changes: what is whole arrives, and nothing else gets the final name.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/pull_lib.sh"

# Broken connections: the rest is asked for, and no byte twice.
model broken
faults broken 'break=100000' 'break=50000' close
pulled broken
logged 1 'range=bytes=100000- if-range="[0-9]+"'
logged 1 'range=bytes=150000- .* sent=150000$'
[[ $(bytes_sent) -eq 300000 ]] || fail "asked for bytes twice: $(cat hub/log)"
says err '^warning: .*attempt 2 of 6 in 0\.0 s$'

# Across processes too.
model later
faults later '*break=1000'
refused 11 'later' pull test/later
absent later
# Six attempts brought 1000 bytes each.
[[ $(part_bytes later) -eq 6000 ]] || fail "$(part_bytes later) bytes are kept"
faults later
pulled later
logged 1 'range=bytes=6000- '
[[ $(bytes_sent) -eq 294000 ]] || fail "fetched what was there"

# What is no small part of a large file counts as progress: 7 breaks are not too many.
model large 8000000
faults large break=11000{1,2,3,4,5,6,7}0
pulled large

# Servers that know no ranges, or answer others.
model norange
faults norange 'break=100000' 'norange'
pulled norange
model wrongrange
faults wrongrange 'break=100000' 'start=99999'
pulled wrongrange
says err 'another range'
faults wrongrange '*start=5|status=206|header=Content-Range: bytes 5-299999/300000'
refused 11 'another range' pull test/wrongrange --force
model gone
faults gone 'break=100000' 'status=416'
pulled gone

# Somebody else's page in between costs nothing of what has come.
model portal
faults portal 'break=100000' 'only=19|norange'
pulled portal
says err '^warning: .*answers with 19 bytes, not with the 300000 of m.gguf'
logged 2 'range=bytes=100000- '

# The file changes between two attempts: never the head of one and the tail of the other.
for kind in none lfs; do
  for how in '' '|noifrange' '|noifrange|noetag'; do
    repo=changes-$kind${#how}
    [[ $kind$how != 'none|noifrange|noetag' ]] || continue # nothing there tells one from the other
    model "$repo" 300000 $kind
    random 300000 "hub/test/$repo/files/old.gguf"
    faults "$repo" 'file=/old.gguf|break=100000' "etag=\"new\"$how"
    pulled "$repo"
  done
done
# Neither ETag nor checksum: nothing is continued.
model nothing 300000 none
faults nothing 'noetag|break=100000' 'noetag'
pulled nothing
logged 0 'range=bytes'

# Lengths that lie: more than was listed is refused, less is asked for again.
lie() { # lie CODE PATTERN FAULT: and nothing is left, not even a part
  faults lies "*$3"
  refused "$1" "$2" pull test/lies
  absent lies
}
model lies
lie 5 '300000 bytes by its listing and 300001 by this answer: refused' 'extra=1|length=300001'
lie 5 'sends more than the 300000 bytes' 'extra=1|nolength'
lie 5 '300000 bytes by its listing and 9000000000000000000' length=9000000000000000000
lie 11 'Content-Length' length=-5
lie 11 'answers with 299999 bytes, not with the 300000' 'only=299999|norange'
[[ $(part_bytes lies) -eq 299999 ]] || fail "the part is gone"
faults lies 'only=299999|norange'
pulled lies
for length in nolength length=99999999999999999999999 'length=1000|norange'; do # what came counts, not what was said
  model unknown
  faults unknown "$length"
  pulled unknown
done
model nolength
faults nolength nolength
pulled nolength
faults nolength 'nolength|break=1000'
pulled nolength --force
listing silent '{"rfilename":"m.gguf"}'
random 1000 hub/test/silent/files/m.gguf
pulled silent
faults silent nolength
refused 5 'how long m.gguf is' pull test/silent --force

# Contents that lie.
model wrong 300000 lfs
random 300000 hub/test/wrong/files/m.gguf
refused 5 'its SHA-256 is [0-9a-f]{64}, not the [0-9a-f]{64} that the hub gives for m.gguf' pull test/wrong
absent wrong
[[ $(part_bytes wrong) -eq 0 ]] || fail "keeps a part that is wrong"
model wronggit 300000 git
random 300000 hub/test/wronggit/files/m.gguf
refused 5 'git checksum' pull test/wronggit
absent wronggit
model linked 300000 none
faults linked "header=X-Linked-Etag: \"$(printf '%064d' 1)\""
refused 5 'SHA-256' pull test/linked
faults linked 'header=X-Linked-Size: 299999'
refused 5 '299999 by this answer' pull test/linked
faults linked 'header=X-Repo-Commit: ffff456789abcdef0123456789abcdef01234567'
refused 5 'comes from commit ffff' pull test/linked
faults linked 'header=Content-Encoding: gzip'
refused 11 'compressed' pull test/linked
faults linked "header=X-Linked-Etag: \"$(sha_of hub/test/linked/files/m.gguf)\""
pulled linked
# What another hub gave under the same commit is no answer to this one.
model linked
pulled linked

# Redirects. The token goes to the hub alone, and not back to it by way of another.
model moved
export HF_TOKEN=hf_secret_of_mine
faults moved "location=/test/moved/resolve/$commit/m.gguf"
pulled moved
logged 2 '^A .*/resolve/.*auth=Bearer hf_secret_of_mine '
faults moved "location=http://127.0.0.1:{B}/test/moved/resolve/$commit/m.gguf?key=signed"
pulled moved --force
logged 1 '^A .*/resolve/.* status=302 .*auth=Bearer'
logged 1 '^B .*/resolve/.*\?key=signed status=200 .*auth= '
# And the rest is asked for by the same way.
faults moved "location=http://127.0.0.1:{B}/test/moved/resolve/$commit/m.gguf" break=100000 \
  "location=http://127.0.0.1:{B}/test/moved/resolve/$commit/m.gguf"
pulled moved --force
logged 1 '^B .* status=206 range=bytes=100000- if-range="[0-9]+" auth= sent=200000'
faults moved "location=http://127.0.0.1:{B}/test/moved/resolve/$commit/m.gguf" \
  "location=http://127.0.0.1:{A}/test/moved/resolve/$commit/m.gguf"
pulled moved --force
logged 1 '^A .*status=200 .*auth= '
api_faults moved 'location=http://127.0.0.1:{B}/api/models/test/moved/revision/main'
exits 0 "$TERN" pull test/moved
logged 0 '^B .*auth=B'
faults moved '*location=/again'
refused 3 '/again: HTTP 404' pull test/moved --force
faults moved "*location=/test/moved/resolve/$commit/m.gguf"
refused 11 'more than 8 redirects' pull test/moved --force
for target in file:///etc/passwd gopher://127.0.0.1/ 'http://user:pw@127.0.0.1/' 'http://[/' //; do
  faults moved "location=$target"
  refused 11 'refused the redirect' pull test/moved --force
done
faults moved 'status=302'
refused 11 'HTTP 302' pull test/moved --force
faults moved "location=http://127.0.0.1:{B}/nothing/here?key=signed"
refused 3 'nothing/here: HTTP 404' pull test/moved --force
! grep -qE 'signed|secret' err || fail "shows the key of a signed address"

# What servers answer, and what to do about it. The token is in no message.
for status in 401 403; do
  api_faults moved "status=$status|header=X-Error-Message: Access is restricted"
  refused 11 "test/moved at revision main.*HTTP $status.*Access is restricted.*token may not" pull test/moved
done
! grep -q secret err || fail "shows the token"
# Nor when the server gives it back.
api_faults moved "status=403|header=X-Error-Message: Bearer $HF_TOKEN may not"
refused 11 'Bearer \(token\) may not' pull test/moved
faults moved "*location=http://127.0.0.1:1/again/$HF_TOKEN"
refused 11 '/again/\(token\): .*[Cc]onnect' pull test/moved --force
! grep -q secret err || fail "shows the token that an address holds"
(HF_TOKEN=token refused 3 'absent.*404' pull test/absent)
faults moved 'status=401'
refused 11 'm.gguf: HTTP 401.*the token may not read this' pull test/moved --force
faults moved "location=/again/$HF_TOKEN"
refused 3 '/again/\(token\): HTTP 404' pull test/moved --force
# What goes to this machine does not go by way of a proxy.
http_proxy=http://127.0.0.1:1 exits 0 "$TERN" pull test/moved --force
(
  unset HF_TOKEN
  api_faults moved 'status=401'
  refused 11 'private or gated.*set HF_TOKEN' pull test/moved
  logged 0 'auth=B'
  mkdir -p home/.cache/huggingface
  echo hf_of_a_file >home/.cache/huggingface/token
  exits 0 "$TERN" pull test/moved
  logged 1 'auth=Bearer hf_of_a_file '
  HF_TOKEN=$'a\r\nX: y' refused 2 'HF_TOKEN is no token' pull test/moved
)
refused 3 'test/absent at revision main.*404.*--revision' pull test/absent
api_faults moved 'status=503' 'status=500' 'status=408' close
exits 0 "$TERN" pull test/moved
logged 1 'status=200'
api_faults moved '*status=503'
refused 11 'HTTP 503' pull test/moved
logged 6 'status=503'
api_faults moved '*status=501'
refused 11 'HTTP 501' pull test/moved
logged 1 'status=501'
start=${EPOCHREALTIME/./}
api_faults moved 'status=429|header=Retry-After: 2'
exits 0 "$TERN" pull test/moved
[[ $((${EPOCHREALTIME/./} - start)) -ge 2000000 ]] || fail "does not wait as long as it was asked to"
for header in 'Retry-After: 7000' 'RateLimit: "api";r=0;t=7000'; do
  api_faults moved "status=429|header=$header"
  refused 11 'HTTP 429.*left alone for 7000 s.*wait and try again' pull test/moved
done
unset HF_TOKEN

# Servers that are none, or slow.
faults moved garbage
refused 11 'm.gguf: ' pull test/moved --force
faults moved 'drip=200'
pulled moved --force
says err '^warning: .*(slow|[Tt]oo slow|timed? ?out)'
api_faults moved 'nolength|extra=100000000'
refused 5 'longer than the 16777216 bytes' pull test/moved
api_faults moved "header=X: $(head -c 90000 /dev/zero | tr '\0' x)"
refused 11 'headers|header' pull test/moved

# Listings that lie.
info() { mkdir -p hub/test/info && printf '%s' "$1" >hub/test/info/info.json; }
listed() { info "{\"sha\":\"$commit\",\"siblings\":[$1]}"; }
hostile() { # hostile PATTERN NAME: as the name of the only GGUF file
  listed "{\"rfilename\":\"$2\",\"size\":4}"
  refused 5 "file name.*$1" pull test/info -o target
  [[ -z $(find . -name 'evil*') && ! -e target ]] || fail "wrote something"
}
hostile dots ../evil.gguf
hostile dots a/../../evil.gguf
hostile dots ./evil.gguf
hostile absolute /tmp/evil.gguf
hostile 'empty component' a//evil.gguf
hostile backslash '..\\evil.gguf'
hostile control 'a\u0000/evil.gguf'
hostile control 'a\nevil.gguf'
hostile control '\u001b[2Jevil.gguf'
hostile 'too long' "$(printf 'evil%.0s' {1..60}).gguf"
hostile 'too long' "$(printf 'evil/%.0s' {1..250}).gguf"
hostile 'unfinished' .tern-pull/evil.gguf
for text in '' '[]' '{' 'null' '"x"' '{"siblings":[]}' "{\"sha\":\"$commit\"}" '{"sha":"../../../x","siblings":[]}' \
  "{\"sha\":\"$commit\",\"siblings\":{}}" "{\"sha\":\"$commit\",\"siblings\":[1]}"; do
  info "$text"
  refused 5 'api/models/test/info' pull test/info
done
for file in '"size":-1' '"size":"x"' '"size":1e30' '"lfs":{"sha256":"../x"}' '"blobId":"zz"' \
  '"size":1,"lfs":{"size":2}'; do
  listed "{\"rfilename\":\"m.gguf\",$file}"
  refused 5 'api/models/test/info' pull test/info
done
listed '{"rfilename":"m.gguf","size":4611686018427387904}'
refused 4 '4611686018427387904 bytes are to come and [0-9]+ are free' pull test/info
listed '{"rfilename":"a.safetensors","size":4},{"rfilename":"config.json","size":4},{"rfilename":"config.json","size":4}'
refused 5 'lists a file twice' pull test/info
listed '{"rfilename":"a","size":0},{"rfilename":"a/b","size":4}'
random 4 hub/test/info/files/a/b
refused 4 '/a' pull test/info a a/b

# https: a certificate that nobody vouches for, and a redirect that would leave it.
if command -v openssl >/dev/null; then
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
  mkdir -p tls/api/models/test/one/revision
  printf 'HTTP/1.0 302 Found\r\nLocation: %s/api/models/test/one/revision/main\r\n\r\n' "$hub" \
    >'tls/api/models/test/one/revision/main?blobs=true'
  (cd tls && exec openssl s_server -accept 127.0.0.1:0 -HTTP -cert ../cert.pem -key ../key.pem >../tls.log 2>&1) &
  tls_pid=$!
  trap 'kill $hub_pid $tls_pid 2>/dev/null; rm -rf "$work"' EXIT
  for ((i = 0; i < 100; i++)); do
    tls_port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' tls.log)
    [[ -n $tls_port ]] && break
    sleep 0.05
  done
  refused 11 'certificate.*SSL_CERT_FILE' pull test/one --endpoint "https://127.0.0.1:$tls_port"
  SSL_CERT_FILE=cert.pem refused 11 'leaves https for http' pull test/one --endpoint "https://127.0.0.1:$tls_port"
fi

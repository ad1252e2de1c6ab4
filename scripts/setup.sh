#!/usr/bin/env bash
# Installs the Debian packages that a purpose needs and that are missing: setup.sh run|train|test|data|deb|lint|fuzz|format.
# Asks for nothing and touches nothing when all are there.
set -euo pipefail

build=(g++ cmake ninja-build make libfmt-dev libcli11-dev nlohmann-json3-dev libexpected-dev libtomlplusplus-dev
  libedit-dev libcurl4-openssl-dev libssl-dev zlib1g-dev libzstd-dev ca-certificates)
deb=(dpkg-dev file)
train=(libtorch-dev libgloo-dev libopenblas0-openmp)
test=("${train[@]}" libgtest-dev libpcre2-dev clang-format-14 expect jq zstd pkg-config man-db zsh fish debootstrap)
cross=(g++-aarch64-linux-gnu qemu-user libpcre2-dev:arm64 libfmt-dev:arm64 libedit-dev:arm64 libgtest-dev:arm64
  libcurl4-openssl-dev:arm64 libssl-dev:arm64 zlib1g-dev:arm64 libzstd-dev:arm64)

case "${1:-}" in
  run) wanted=("${build[@]}") ;;
  deb) wanted=("${build[@]}" "${deb[@]}") ;;
  train) wanted=("${build[@]}" "${train[@]}") ;;
  data) wanted=("${build[@]}" zstd python3-venv) ;;
  test)
    wanted=("${build[@]}" "${test[@]}" "${deb[@]}")
    # An AArch64 machine runs those tests natively.
    [[ $(uname -m) == aarch64 ]] || wanted+=("${cross[@]}")
    ;;
  lint) wanted=("${build[@]}" "${test[@]}" clang-tidy-14) ;;
  fuzz) wanted=("${build[@]}" clang libclang-rt-14-dev llvm) ;; # clang 14 is what Debian 12 calls clang
  format) wanted=(clang-format-14) ;;
  *)
    echo "usage: $0 run|train|test|data|deb|lint|fuzz|format" >&2
    exit 2
    ;;
esac
if [[ $1 == run || $1 == test ]]; then
  # What fetches the model; any Python with pip will do.
  command -v unzip >/dev/null || wanted+=(unzip)
  python3 -m pip --version >/dev/null 2>&1 || wanted+=(python3-pip)
fi

if ! command -v apt-get >/dev/null; then
  echo "setup: this is no Debian; install the equivalents of: ${wanted[*]}" >&2
  echo "setup: going on as if they were there" >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Abbrev}\n' "$package" 2>/dev/null || true)
  grep -q '^ii' <<<"$status" || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  command -v sudo >/dev/null || {
    echo "setup: need root to install: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
if [[ " ${missing[*]} " == *:arm64* ]] && ! dpkg --print-foreign-architectures | grep -qx arm64; then
  "${as_root[@]}" dpkg --add-architecture arm64
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"

#!/usr/bin/env bash
# The Debian packages as a stranger gets them: deb_test.sh BUILD SOURCE. What is in them; then, in a fresh Debian of the
# same release, that apt installs them with what they need, that they work there, and that nothing of them stays behind.
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d)
root=$work/root
clean_up() {
  # debootstrap mounts /proc there and takes it away again, unless it is killed.
  awk -v root="$root/" 'index($2, root) == 1 { print $2 }' /proc/mounts | sort -ru | xargs -r -n 1 umount -l || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
cd "$work"
unset TERN_ISA
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root

fail() {
  echo "FAILED: $1" >&2
  if [[ -f log ]]; then tail -n 30 log >&2; fi
  exit 1
}
skip() {
  echo "skipped: $1"
  exit 77
}
quietly() { "$@" >log 2>&1 || fail "$*"; }

for tool in dpkg-deb dpkg-shlibdeps apt-get file jq; do command -v $tool >/dev/null || skip "no $tool"; done

# --- What is in them.
quietly cpack --config "$build/CPackConfig.cmake" -B "$work/packages"
version=$("$build/tern" --version | cut -d ' ' -f 2)
arch=$(dpkg --print-architecture)
declare -A deb
for name in tern libtern0 libtern-dev; do
  deb[$name]=$work/packages/${name}_${version}_$arch.deb
  [[ -f ${deb[$name]} ]] || fail "there is no $(basename "${deb[$name]}")"
done
[[ $(find packages -maxdepth 1 -name '*.deb' | wc -l) -eq 3 ]] || fail "there are other packages"

# field PACKAGE NAME PATTERN
field() {
  local value
  value=$(dpkg-deb -f "${deb[$1]}" "$2")
  grep -qE -e "$3" <<<"$value" || fail "$1: $2 is $value, not like $3"
}
for name in "${!deb[@]}"; do
  field "$name" Version "^$version$"
  field "$name" Maintainer '^.+ <.+@.+>$'
  field "$name" Priority '^optional$'
  field "$name" Description '^[a-z].{20,80}$'
  [[ $(dpkg-deb -f "${deb[$name]}" Description | wc -l) -ge 2 ]] || fail "$name has no long description"
  # md5sums of every file, and a copyright and a changelog among them.
  dpkg-deb -c "${deb[$name]}" >content
  dpkg-deb --ctrl-tarfile "${deb[$name]}" | tar -xO ./md5sums >sums
  [[ $(grep -c '^-' content) -eq $(wc -l <sums) ]] || fail "$name: not every file has its checksum"
  for document in copyright changelog.gz; do
    grep -qE " \./usr/share/doc/$name/$document$" content || fail "$name has no $document"
  done
  changelog=$(dpkg-deb --fsys-tarfile "${deb[$name]}" | tar -xO "./usr/share/doc/$name/changelog.gz" | gzip -dc)
  [[ $changelog == "tern ($version) "* ]] || fail "$name: the changelog is of another version"
  # Everything is root's, below /usr, and nobody else's to write.
  [[ -z $(awk '$2 != "root/root" || $6 !~ /^\.\/usr\// || $1 !~ /^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x|lrwxrwxrwx)$/' content) ]] ||
    fail "$name: owners, permissions or places: $(cat content)"
  ! grep -qE '/man/man[1-8]/.*\.[1-8]$' content || fail "$name: a man page is not compressed"
done
field tern Section '^science$'
field tern Depends '(^|, )libc6 '
field tern Recommends 'libcurl4.*, ca-certificates$'
[[ $(dpkg-deb -f "${deb[tern]}" Depends) != *curl* ]] || fail "tern needs libcurl, which it only loads to fetch models"
field libtern0 Section '^libs$'
field libtern0 Depends '(^|, )libc6 '
field libtern-dev Section '^libdevel$'
field libtern-dev Depends "^libtern0 \(= $version\)$"
dpkg-deb --ctrl-tarfile "${deb[libtern0]}" | tar -x ./triggers ./shlibs
grep -qx 'activate-noawait ldconfig' triggers || fail "libtern0 does not tell ldconfig"
grep -qx "libtern 0 libtern0 (>= $version)" shlibs || fail "libtern0: shlibs"

# What is no folder and no document.
for name in "${!deb[@]}"; do dpkg-deb -c "${deb[$name]}" | awk '!/^d/ && $6 !~ /\/share\/doc\// { print $6 }' >"files-$name"; done
grep -qx './usr/bin/tern' files-tern || fail "tern has no /usr/bin/tern"
! grep -vE '^\./usr/(bin/tern$|share/)' files-tern || fail "tern holds more"
! grep -vE '/libtern\.so\.0(\.[0-9.]+)?$' files-libtern0 || fail "libtern0 holds more"
for pattern in 'include/tern/tern_c\.h' 'lib/.*libtern\.so' 'lib/.*cmake/tern/ternConfig\.cmake' 'lib/.*pkgconfig/tern\.pc'; do
  grep -qE "^\./usr/$pattern$" files-libtern-dev || fail "libtern-dev lacks $pattern"
done
[[ -z $(sort files-* | uniq -d) ]] || fail "two packages have the same file"
for name in tern libtern0; do
  mkdir "unpacked-$name"
  dpkg-deb -x "${deb[$name]}" "unpacked-$name"
  elf=$(find "unpacked-$name" -type f \( -path '*/bin/tern' -o -name 'libtern.so*' \))
  [[ $(readelf -SW "$elf") != *' .symtab '* ]] || fail "$elf is not stripped"
done
echo "the packages hold what they should"

# --- A fresh Debian: debootstrap's smallest, and a compiler, made once and kept.
[[ $(id -u) -eq 0 ]] || skip "no root, which a chroot needs"
command -v debootstrap >/dev/null || skip "no debootstrap"
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
mirror=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
  awk -v release="$release" '$1 == release && $2 == "main" && !found++ { print $3 }' || true)
[[ -n $release && -n $mirror ]] || skip "apt knows no mirror of this release of Debian"
cached=$source/.cache/deb/$release-$arch.tar.gz
mkdir "$root"
if [[ -f $cached ]]; then
  quietly tar -xzf "$cached" -C "$root"
else
  for scheme in http https; do # as apt goes to the mirror
    proxy=$(apt-config dump "Acquire::$scheme::Proxy" 2>/dev/null | sed -n 's/.* "\(.*\)";/\1/p')
    [[ -z $proxy || $proxy == DIRECT ]] || export "${scheme}_proxy=$proxy"
  done
  debootstrap --variant=minbase --include=gcc,libc6-dev,pkg-config "$release" "$root" "$mirror" >log 2>&1 || {
    tail -n 5 log
    skip "debootstrap failed: no network, or no right to make devices and mounts"
  }
  rm -f "$root"/var/cache/apt/archives/*.deb
  mkdir -p "${cached%/*}"
  tar -czf "$cached.$$" -C "$root" --one-file-system .
  mv "$cached.$$" "$cached"
fi

# apt's sources, keys and proxy are this machine's, and so is its name service.
rm -f "$root/etc/apt/sources.list"
for folder in /etc/apt /usr/share/keyrings /etc/ssl/certs; do
  [[ -d $folder ]] || continue
  mkdir -p "$root$folder"
  cp -a "$folder/." "$root$folder"
done
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
in_root() { quietly chroot "$root" "$@"; }
if ! chroot "$root" apt-get update >log 2>&1 || grep -q 'Failed to fetch' log; then
  cat log
  skip "no network: apt-get update failed"
fi

# snapshot FILE: every name of the system, but for what apt and dpkg write down about themselves.
snapshot() {
  (cd "$root" && find . -xdev \( -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache -o -path ./tmp \
    -o -path ./root \) -prune -o -printf '%y %p\n' | sort) >"$1"
}
snapshot before
cp "${deb[@]}" "$root/tmp/"
cp "$source/examples/complete.c" "$source/tests/golden/models/gguf_i2_s/model.gguf" "$root/tmp/"
in_root apt-get install -s "/tmp/$(basename "${deb[tern]}")"
grep -qE '^Inst libcurl' log || fail "what tern recommends is not to be had"
in_root sh -c 'apt-get install -y --no-install-recommends /tmp/*.deb'
in_root sh -c 'cd /tmp && cc -std=c99 -Wall -Wextra -Werror complete.c -o complete $(pkg-config --cflags --libs tern)'

# The same program, without /proc and /sys, says the same.
in_tmp() { chroot "$root" sh -c "cd /tmp && $1"; }
[[ $(in_tmp 'tern --version') == "tern $version" ]] || fail "tern --version in the chroot"
arguments='run -m model.gguf --tokens 1,2,3,4 -n 12 --ignore-eos --json'
in_tmp "tern $arguments" >there 2>log || fail "tern run in the chroot"
# shellcheck disable=SC2086
(cd "$root/tmp" && "$build/tern" $arguments) >here 2>log || fail "tern run here"
for file in here there; do jq 'del(.timings)' $file >$file.answer; done
cmp -s here.answer there.answer || fail "the program of the package gives another answer"
in_tmp 'tern doctor --json -m model.gguf' >there 2>log || fail "tern doctor without /proc and /sys"
in_root sh -c 'cd /tmp && tern synth --shape tiny --no-check -o synth.gguf && ./complete synth.gguf "Once upon a time"'
grep -qE '^\(tern .*: [0-9]+ tokens\)$' log || fail "the C program that was built against libtern-dev says nothing"
[[ $(chroot "$root" ldconfig -p) == *"libtern.so.0 "* ]] || fail "ldconfig does not know libtern.so.0"

# Gone without a trace.
in_root apt-get remove -y tern libtern0 libtern-dev
in_root dpkg --purge tern libtern0 libtern-dev # apt knows none of them any more
in_root apt-get autoremove --purge -y
[[ $(chroot "$root" ldconfig -p) != *libtern* ]] || fail "ldconfig still knows libtern"
[[ -z $(chroot "$root" dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' 'tern' 'libtern*' 2>/dev/null) ]] || fail "dpkg still knows a package"
snapshot after
diff before after >difference || fail "the system is not as it was: $(cat difference)"
echo "installed, used and removed in a fresh $release"

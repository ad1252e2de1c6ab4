#!/usr/bin/env bash
# What the program is made of: tern licenses and tern --version --json.
source "$(dirname "$0")/lib.sh"

exits 0 "$TERN" --version --json
mv out version.json
jq -e '.name == "tern" and (.version | test("^[0-9]+\\.[0-9]+\\.[0-9]+$")) and (.compiler | test("[0-9]")) and (.build_type | type == "string")
  and (.isa as $isa | .isa_compiled | index($isa) != null) and (.isa_compiled[0] == "scalar")
  and (.libraries | length > 5 and all(has("name") and has("version") and has("licence")))' version.json >/dev/null ||
  fail "--version --json is not as documented: $(cat version.json)"
[[ $("$TERN" --version) == "tern $(jq -r .version version.json)" ]] || fail "--version says another version"
exits 0 "$TERN" --json --version
same_file version.json out "--json in front of --version"
TERN_ISA=scalar exits 0 "$TERN" --version --json
jq -e '.isa == "scalar"' out >/dev/null || fail "--version --json does not know of TERN_ISA"
refused 2 'json requires --version' --json
refused 2 'json requires --version' --json inspect --no-histogram "$tiny_gguf"

exits 0 "$TERN" licenses --json
mv out licenses.json
jq -e 'all(.[]; (.name, .version, .licence, .use, .text | type == "string" and length > 0) and (.copyright | type == "array"))
  and all(.[1:][]; .copyright | length > 0) and .[0].name == "tern" and .[0].licence == "Apache-2.0"' licenses.json >/dev/null ||
  fail "licenses --json is not as documented"
jq -r '.[1:][].name' licenses.json | diff - <(jq -r '.libraries[].name' version.json) || fail "--version --json has other libraries"
exits 0 "$TERN" licenses
for text in "$TERN_SOURCE_DIR"/licenses/*.txt "$TERN_SOURCE_DIR/LICENSE"; do
  [[ $(cat out) == *"$(cat "$text")"* ]] || fail "tern licenses does not print $text"
done

# Each shared library that the program asks for is one of them.
declare -A component=([libfmt]=fmt [libcrypto]=openssl [libedit]=libedit [libz]=zlib [libzstd]=zstd [libstdc++]=libstdcxx [libgcc_s]=libstdcxx
  [libm]=glibc [libc]=glibc [ld-linux-x86-64]=glibc [ld-linux-aarch64]=glibc)
needed=$(readelf -d "$TERN" | sed -nE 's/.*NEEDED.*\[(.*)\.so.*/\1/p' | grep -vE '^lib(a|ub|t)san$')
[[ $needed == *libfmt* ]] || fail "readelf tells nothing of $TERN"
for library in $needed; do
  name=${component[$library]:-}
  [[ -n $name ]] || fail "tern is linked with $library, of which this test knows nothing: has it a line in components.inc?"
  jq -e --arg name "$name" 'any(.[]; .name == $name)' licenses.json >/dev/null || fail "$library: no $name in tern licenses"
done

# The terms are word by word those that Debian's packages carry.
words() { sed 's/^ \.$//' "$1" | tr -s ' \t\n' ' '; }
declare -A package=([fmt]=libfmt-dev [nlohmann-json]=nlohmann-json3-dev [cli11]=libcli11-dev [tomlplusplus]=libtomlplusplus-dev
  [tl-expected]=libexpected-dev [libedit]=libedit2 [libcurl]=libcurl4 [zlib]=zlib1g)
compared=0
for name in "${!package[@]}"; do
  copyright=/usr/share/doc/${package[$name]}/copyright
  [[ -f $copyright ]] || continue
  compared=$((compared + 1))
  sed '1,/^$/d' "$TERN_SOURCE_DIR/licenses/$name.txt" >terms
  [[ $(words "$copyright") == *"$(words terms | sed 's/^ //; s/ $//')"* ]] || fail "licenses/$name.txt differs from $copyright"
done
echo "$compared notices compared with Debian's"

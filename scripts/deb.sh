#!/usr/bin/env bash
# make deb: a build of its own for /usr, and of that the packages, in build/deb.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh deb
rm -f build/deb/*.deb
cpack --config build/deb/CPackConfig.cmake >/dev/null
ls build/deb/*.deb

#!/bin/sh
# packaging/lint.sh BUILD JOBS: the guards of the house (packaging/house.py), then clang-tidy over the
# tree's own sources; any finding fails. With TIDY=report clang-tidy's findings are shown and do not
# fail.
set -eu
build=$1
jobs=$2
cd "$(dirname "$0")/.."
python3 -B packaging/house.py --headers "$build" --jobs "$jobs"
# Each other compiler that is at hand, of those that the tree is for (CONTRIBUTING.md).
for compiler in g++-12 g++-13 g++-14 clang++-16 clang++-19; do
  command -v "$compiler" >/dev/null 2>&1 || continue
  [ "$(readlink -f "$(command -v "$compiler")")" != "$(readlink -f "$(command -v c++)")" ] || continue
  echo "headers alone, by $compiler"
  python3 -B packaging/house.py --headers "$build" --jobs "$jobs" --compiler "$compiler"
done
# A room at a time, as the release build compiles it: headers are read once a room and not once a file,
# which takes a tenth of the time. What clang-tidy sees in a file of its own alone (declarations that
# nothing uses) the guards look for; that a source includes sources is the point here. The compilers'
# own warnings are theirs.
cmake --preset release -B build/tidy >build/tidy.log 2>&1 || {
  tail -n 30 build/tidy.log >&2
  exit 2
}
find build/tidy/src -path '*/Unity/*.cxx' | sort |
  xargs -P "$jobs" -n 1 clang-tidy -quiet -p build/tidy -checks=-bugprone-suspicious-include \
    --extra-arg=-Wno-everything 2>>build/tidy.log || {
  echo "clang-tidy has findings (above); build/tidy.log has its messages" >&2
  [ "${TIDY:-strict}" = report ] && exit 0
  exit 1
}
echo "clang-tidy: no findings"

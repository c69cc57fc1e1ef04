#!/bin/sh
# packaging/lint.sh BUILD JOBS: the guards of the house (packaging/house.py), then clang-tidy over the
# tree's own sources; any finding fails. With TIDY=report clang-tidy's findings are shown and
# do not fail.
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
git ls-files 'src/*.cpp' | grep -v '_test\.cpp$' |
  xargs -P "$jobs" -n 4 clang-tidy -quiet -p "$build" \
    --extra-arg=-Wno-unknown-warning-option 2>"$build/lint.log" || {
  echo "clang-tidy has findings (above); $build/lint.log has its messages" >&2
  [ "${TIDY:-strict}" = report ] && exit 0
  exit 1
}
echo "clang-tidy: no findings"

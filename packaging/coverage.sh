#!/bin/sh
# packaging/coverage.sh JOBS [REGEX]: what of each room the tests run, by line and by branch.
#
# Builds with the preset `coverage` (GCC, gcov), runs the tests (all, or those whose names match REGEX), and leaves
# build/coverage/rooms.md and, file by file, build/coverage/html. Branches that only an exception takes are left
# out: the compiler puts one behind nearly every call.
set -eu
cd "$(dirname "$0")/.."
jobs=${1:-1}
build=build/coverage
sh packaging/build.sh coverage "$jobs"
find "$build" -name '*.gcda' -delete
status=0
ctest --test-dir "$build" -j "$jobs" ${2:+-R "$2"} --output-on-failure >"$build/tests.log" 2>&1 || status=$?
tail -n 4 "$build/tests.log"
mkdir -p "$build/html"
gcovr --root . --object-directory "$build" --filter 'src/' --exclude '.*_test\.cpp' --exclude '.*/testing/.*' \
  --exclude-throw-branches --exclude-unreachable-branches --json-summary "$build/summary.json" \
  --html-details "$build/html/index.html" -j "$jobs" 2>"$build/gcovr.log"
python3 -B packaging/coverage.py "$build/summary.json" | tee "$build/rooms.md"
exit "$status"

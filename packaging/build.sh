#!/bin/sh
# packaging/build.sh PRESET JOBS [TARGET]: configures and builds; quiet unless it fails.
set -eu
preset=$1
jobs=$2
cd "$(dirname "$0")/.."
mkdir -p build
log=build/$preset.log
if ! cmake --preset "$preset" >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "configuring $preset failed; the whole log: $log" >&2
  exit 2
fi
echo "building ($preset)"
if [ $# -gt 2 ]; then
  cmake --build "build/$preset" -j "$jobs" --target "$3" >>"$log" 2>&1 || failed=1
else
  cmake --build "build/$preset" -j "$jobs" >>"$log" 2>&1 || failed=1
fi
if [ "${failed:-0}" -ne 0 ]; then
  grep -E -A 5 'error|FAILED' "$log" | head -n 40 >&2
  echo "building $preset failed; the whole log: $log" >&2
  exit 2
fi

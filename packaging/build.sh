#!/bin/sh
# packaging/build.sh PRESET JOBS [TARGET]: configures and builds; says how far it is, and what fails.
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

# Keeps what the build says, of which a user sees the count alone: over itself at a terminal, a line a
# tenth elsewhere.
follow() {
  started=$(date +%s)
  tenths=0
  while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    step=${line%%]*}
    step=${step#[}
    at=${step%/*}
    all=${step#*/}
    case $at/$all in
      *[!0-9/]* | */ | /* | */*/*) continue ;;
    esac
    [ "$all" -gt 0 ] || continue
    if [ -t 2 ]; then
      printf '\rbuilding (%s): %s of %s, %s s ' "$preset" "$at" "$all" $(($(date +%s) - started)) >&2
    elif [ $((at * 10 / all)) -gt $tenths ]; then
      tenths=$((at * 10 / all))
      echo "building ($preset): $at of $all, $(($(date +%s) - started)) s" >&2
    fi
  done 3>>"$log"
  [ ! -t 2 ] || echo >&2
}

failed=$(mktemp)
trap 'rm -f "$failed"' EXIT
{
  cmake --build "build/$preset" -j "$jobs" ${3:+--target "$3"} 2>&1 || echo failed >"$failed"
} | follow
if [ -s "$failed" ]; then
  grep -E -A 5 'error|FAILED' "$log" | head -n 40 >&2
  echo "building $preset failed; the whole log: $log" >&2
  exit 2
fi

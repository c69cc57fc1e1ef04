#!/bin/sh
# Runs each fuzzer for SECONDS, one after the other, from the kept corpus.
#
#   fuzz/run.sh SECONDS [TARGET ...]
#
# One line a target, then a summary; exit 1 if any found a crash, a leak, a hang or took too much
# memory. The input that did it is left in the build folder, under artifacts/. What a run learns stays
# there too, under learned/TARGET, minimised: the fewest inputs that reach what all of them and the kept
# corpus reach; the next run begins with them. Inputs worth keeping for ever are added to
# fuzz/corpus/TARGET by hand (small and readable).
#
# POSTERN_FUZZ_BUILD  build folder (default build/fuzz; configured and built if it isn't there)
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
build=${POSTERN_FUZZ_BUILD:-$root/build/fuzz}
case ${1:-} in
  '' | *[!0-9]*)
    echo "usage: fuzz/run.sh SECONDS [TARGET ...]" >&2
    exit 2
    ;;
esac
seconds=$1
shift

if [ ! -f "$build/build.ninja" ]; then
  (cd "$root" && cmake --preset fuzz -B "$build") >"$root/build/fuzz-configure.log" 2>&1 || {
    tail -n 20 "$root/build/fuzz-configure.log" >&2
    exit 2
  }
fi
cmake --build "$build" --target fuzzers >"$build/fuzzers.log" 2>&1 || {
  tail -n 20 "$build/fuzzers.log" >&2
  exit 2
}

[ $# -gt 0 ] || set -- $(sed -n 's/^postern_\(format_\)\{0,1\}fuzzer(\([a-z_0-9]*\)[ )].*/\2/p' \
  "$root/fuzz/CMakeLists.txt")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$build/artifacts"

# minimise TARGET: what was learned, and what was learned before, to the fewest inputs of the same reach.
minimise() {
  mkdir -p "$work/fewest" "$build/learned"
  "$build/fuzz/${1}_fuzzer" -merge=1 -rss_limit_mb=1024 -timeout=10 -max_len=16384 \
    "$work/fewest" "$root/fuzz/corpus/$1" "$build/learned/$1" "$work/$1" >>"$log" 2>&1 || return 0
  rm -rf "${build:?}/learned/$1"
  mv "$work/fewest" "$build/learned/$1"
}
failed=0
count=0
for target in "$@"; do
  count=$((count + 1))
  case $target in
    mail | mbox | header | path | received | authentication_results*) words=mail ;;
    *_csv | *_log | historical_* | connector_report | change_optics) words=csv ;;
    dmarc | dmarc_record) words=dmarc ;;
    dkim_signature | canonical | arc | message_check) words=dkim ;;
    postfix_* | exim | sendmail | opensmtpd) words=postfix ;;
    *_json | *_jsonl | admin_answer | claims | server_info | cluster_values | verdict_row | kept_files) words=json ;;
    tenant | tenant_list | senders_file | controls) words=tenant ;;
    spf*) words=spf ;;
    smtp_* | proxy_protocol | xclient) words=smtp ;;
    *) words= ;;
  esac
  mkdir -p "$work/$target" "$build/learned/$target"
  log=$build/artifacts/$target.log
  "$build/fuzz/${target}_fuzzer" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 \
    -max_len=16384 -print_final_stats=1 -artifact_prefix="$build/artifacts/$target-" \
    ${words:+-dict="$root/fuzz/dictionaries/$words.dict"} \
    "$work/$target" "$build/learned/$target" "$root/fuzz/corpus/$target" >"$log" 2>&1
  status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
  cover=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
  if [ $status -eq 0 ]; then
    verdict=ok
    minimise "$target"
  else
    verdict="FAILED, see $log"
    failed=$((failed + 1))
  fi
  printf '%-24s %4s s %10s runs %6s edges %5s MB  %s\n' "$target" "$seconds" "${runs:-?}" \
    "${cover:-?}" "${memory:-?}" "$verdict"
done
echo "$count fuzzers, $failed failed"
[ $failed -eq 0 ]

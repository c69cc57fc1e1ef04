#!/bin/sh
# bench/run.sh: all measurements, after `make bench` has built them. docs/speed.md explains them.
set -eu
cd "$(dirname "$0")/.."
for program in build/bench/bench/*_bench; do
  "$program" --benchmark_min_time=1
done
# Outside the tree, so that nothing that npm writes is ever committed.
mkdir -p build/bench/peer
cp bench/package.json bench/duckdb.mjs build/bench/peer/
if [ ! -d build/bench/peer/node_modules ]; then
  (cd build/bench/peer && npm install --silent --no-audit --no-fund --no-package-lock)
fi
python3 bench/compare.py build/bench/postern build/bench/examples/generate_example build/bench/peer
python3 bench/bulk_evidence.py build/bench/postern build/bench/peer/bulk
python3 bench/live.py build/bench/postern 1000
# pyspf is Debian's: the distribution's own Python has it.
/usr/bin/python3 bench/spf/compare.py build/bench/bench/spf_suite
build/bench/bench/spf_hostile
build/bench/bench/dkim_cost
build/bench/bench/policy_change

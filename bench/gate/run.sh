#!/bin/sh
# bench/gate/run.sh [SESSIONS]: the gate beside Postfix and Haraka, the same load, the same sink, one
# after the other on this machine. After `make bench` has built; as root, since Postfix wants that.
#
#   bench/gate/run.sh 2000                   a short run, to see that it works
#   bench/gate/run.sh 100000                 a measurement, on a quiet machine
set -eu
cd "$(dirname "$0")/../.."
peer=build/bench/haraka
if [ ! -d "$peer/node_modules/Haraka" ]; then
  mkdir -p "$peer"
  # Outside the tree, so that nothing that npm writes is ever committed.
  (cd "$peer" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund Haraka@3.3.4) ||
    echo "Haraka can't be installed; it is left out" >&2
fi
exec python3 bench/gate/compare.py build/bench/postern build/bench/bench/refuse_load "$peer" "${1:-20000}"

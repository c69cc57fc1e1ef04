#!/bin/sh
# tests/cluster/run.sh BUILD: every fault against the new server, and the test of the test against
# the distribution's old one, where it has one.
set -eu
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
export POSTERN="$build/postern" GENERATE_EXAMPLE=true
export POSTERN_SOURCE="$source"
python3 -B "$source/tests/cluster/faults_test.py"
if sh "$source/packaging/fetch-nats-server.sh" "$source/build/nats" old; then
  timeout 1800 python3 -B "$source/tests/cluster/faults_test.py" --old
fi

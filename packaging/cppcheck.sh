#!/bin/sh
# packaging/cppcheck.sh JOBS: cppcheck over the tree's own sources; any finding fails. It sees what a compiler
# does not warn of, one file at a time and without the libraries' headers. What is suppressed, and why, stands in
# packaging/cppcheck.txt.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/cppcheck
found=build/cppcheck/found.txt
cppcheck --std=c++20 --language=c++ --library=googletest --enable=warning,performance,portability --inline-suppr --quiet -j "${1:-1}" \
  --suppressions-list=packaging/cppcheck.txt --cppcheck-build-dir=build/cppcheck -I src \
  --template='{file}:{line}: {severity}: {id}: {message}' src examples bench fuzz 2>"$found"
if [ -s "$found" ]; then
  cat "$found"
  echo "cppcheck has findings (above)" >&2
  exit 1
fi
echo "cppcheck: no findings"

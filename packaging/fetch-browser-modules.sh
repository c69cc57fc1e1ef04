#!/bin/sh
# packaging/fetch-browser-modules.sh FOLDER: what the browser tests drive Chromium with, from npm's usual
# registry, once. For tests alone: where it can't be had, they skip with a line.
set -eu
folder=$1
source=$(dirname "$0")/../tests/browser/package.json
mkdir -p "$folder"
if [ -d "$folder/node_modules/playwright-core" ] && cmp -s "$source" "$folder/package.json"; then
  exit 0
fi
cp "$source" "$folder/package.json"
# Without a lock file: the versions are exact, and there is nothing below them. Nothing is run.
if ! (cd "$folder" && npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts); then
  rm -rf "$folder/node_modules"
  echo "fetch-browser-modules: npm can't be reached; the browser tests will skip" >&2
fi

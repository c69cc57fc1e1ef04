#!/bin/sh
# packaging/screenshots.sh POSTERN: renews the pictures in docs/ from the shipped example, with Debian's chromium.
set -eu
postern=$(realpath "$1")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
"$postern" plan examples/contoso/tenant examples/contoso/evidence --plan "$work/plan.json" >"$work/plan.txt" || status=$?
[ "$status" -ne 2 ] || exit 2
status=0
"$postern" report examples/contoso/tenant examples/contoso/evidence --plan "$work/plan.json" --out "$work/report.html" ||
  status=$?
[ "$status" -ne 2 ] || exit 2
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
  --window-size=1100,840 --screenshot="$PWD/docs/report-first-screen.png" "file://$work/report.html" 2>/dev/null
echo "docs/report-first-screen.png renewed"

# The gate's page, as its test draws it from a made-up history.
sh packaging/fetch-browser-modules.sh build/browser
POSTERN=$postern GENERATE_EXAMPLE=none POSTERN_SOURCE=$PWD POSTERN_BROWSER_REQUIRED=1 POSTERN_GATE_SHOT=docs/gate-page.png \
  python3 -B tests/gate_browser_test.py Shown.test_the_picture_of_the_guide
echo "docs/gate-page.png renewed"

#!/bin/sh
# packaging/reproducible.sh [FOLDER]: builds the package twice from what is committed and compares the octets.
#
# The two builds have nothing in common but the commit and the machine's packages: another folder of another
# length, another time, zone, language, mask, umask and number of jobs, and no compiler cache. SOURCE_DATE_EPOCH
# is the commit's time, as for a release. What differs is named; diffoscope, where it is installed, says how.
set -eu
tree=$(cd "$(dirname "$0")/.." && pwd)
work=${1:-$(mktemp -d /var/tmp/postern-reproducible.XXXXXX)}
jobs=${JOBS:-$(nproc)}
SOURCE_DATE_EPOCH=$(git -C "$tree" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
export CCACHE_DISABLE=1

# build FOLDER JOBS UMASK: leaves FOLDER/build/release/postern_*.deb.
build() {
  mkdir -p "$1"
  git -C "$tree" archive HEAD | tar -x -C "$1"
  (
    umask "$3"
    cd "$1"
    cmake --preset release -DCCACHE= >configure.log 2>&1 && cmake --build build/release -j "$2" >build.log 2>&1 &&
      cd build/release && cpack -G DEB >package.log 2>&1
  ) || {
    tail -n 20 "$1"/*.log >&2
    echo "reproducible: the build in $1 failed" >&2
    exit 2
  }
}

TZ=UTC LC_ALL=C.UTF-8 build "$work/one" "$jobs" 022
TZ=Pacific/Kiritimati LC_ALL=C build "$work/two/in/a/longer/folder" 1 027
set -- "$work"/one/build/release/postern_*.deb
first=$1
second=$work/two/in/a/longer/folder/build/release/$(basename "$first")
if cmp -s "$first" "$second"; then
  echo "reproducible: $(basename "$first") is the same twice, sha256 $(sha256sum "$first" | cut -c1-64)"
  [ "${KEEP:-}" ] || rm -rf --one-file-system "$work"
  exit 0
fi
echo "reproducible: $first and $second differ:" >&2
for each in one two/in/a/longer/folder; do
  mkdir -p "$work/unpacked/$each"
  dpkg-deb -R "$work/$each/build/release/$(basename "$first")" "$work/unpacked/$each"
done
diff -rq "$work/unpacked/one" "$work/unpacked/two/in/a/longer/folder" >&2 || true
command -v diffoscope >/dev/null 2>&1 && diffoscope "$first" "$second" >&2 || true
exit 1

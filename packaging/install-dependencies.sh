#!/bin/sh
# Installs what a purpose needs and is not there yet, from the distribution's packages (Debian 12 and
# 13).
#
#   packaging/install-dependencies.sh run|test|package|tar|image|bench|lint|coverage|fuzz
#
# Needs root or sudo where something is missing; says what to install where it has neither.
set -eu

# Debian 12 has Boost 1.74 under the plain name and 1.81 beside it, and clang 16 beside 14; Debian 13 has
# Boost 1.83 and clang 19.
boost=libboost-dev
clang=19
if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release 2>/dev/null; then
  boost=libboost1.81-dev
  clang=16
fi

run="g++ cmake ninja-build libfmt-dev nlohmann-json3-dev libsimdjson-dev libtomlplusplus-dev
     libcli11-dev libexpected-dev libidn2-dev libssl-dev libcurl4-openssl-dev libunbound-dev
     libsqlite3-dev libarchive-dev libpugixml-dev libnats-dev zlib1g-dev $boost"
case "${1:-}" in
  run) packages=$run ;;
  test)
    packages="$run libgtest-dev libyaml-cpp-dev python3 python3-dkim python3-jsonschema
              python3-spf"
    # Real peers.
    packages="$packages openssl swaks libnet-ssleay-perl postfix postsrsd libmail-srs-perl miltertest opendkim msmtp zsh fish mandoc"
    # The report in a browser, and schemas of XML. Node may have come from elsewhere, with its npm in
    # the same package.
    packages="$packages chromium fonts-dejavu-core libxml2-utils"
    command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"
    # What Sendmail needs, which is unpacked only: packaging/fetch-sendmail.sh.
    packages="$packages m4 liblockfile1 libnsl2 libwrap0" ;;
  package) packages="$run dpkg-dev file lintian" ;;
  tar) packages="$run binutils patchelf" ;;
  image) packages="debootstrap buildah" ;;
  bench)
    packages="$run libbenchmark-dev python3 postfix"
    packages="$packages libspf2-dev python3-spf python3-yaml"
    # Node may have come from elsewhere, with its npm in the same package.
    command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm" ;;
  lint) packages="$run libgtest-dev libyaml-cpp-dev clang-format clang-tidy cppcheck python3 git" ;;
  coverage) packages="$run libgtest-dev libyaml-cpp-dev gcovr python3" ;;
  fuzz) packages="$run clang-$clang libclang-rt-$clang-dev llvm-$clang" ;;
  *)
    echo "usage: packaging/install-dependencies.sh run|test|package|tar|image|bench|lint|coverage|fuzz" >&2
    exit 2
    ;;
esac

missing=
for package in $packages; do
  state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$state" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "missing packages, and neither root nor sudo; run as root: apt-get install$missing" >&2
    exit 2
  fi
  as_root=sudo
fi

echo "installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! {
  $as_root apt-get -q -o DPkg::Lock::Timeout=300 update &&
    # Word splitting is meant: one package a word.
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
      install --no-install-recommends $missing
} >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "installing packages failed; run as root: apt-get install$missing" >&2
  exit 2
fi

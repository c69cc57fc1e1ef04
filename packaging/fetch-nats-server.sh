#!/bin/sh
# Unpacks a nats-server for the tests of the cluster; nothing is installed.
#
#   packaging/fetch-nats-server.sh build/nats      2.12.7 or later, of the distribution's newer suites
#   packaging/fetch-nats-server.sh build/nats old  this distribution's own, for the test of the test
#
# Leaves FOLDER/nats-server (FOLDER/nats-server-old) and prints its path. The mirror is the one of
# apt's own configuration; apt verifies the suite's signed index, and the package by it. The lists of
# the newer suite lie in FOLDER/apt, so that the machine's apt never hears of it.
# Exit status: 0 it is there; 1 it can't be had, and a line says why.
set -eu
folder=$1
which=${2:-new}
least=2.12.7
suites="forky sid"
case $which in
  new) program=$folder/nats-server ;;
  old) program=$folder/nats-server-old ;;
  *)
    echo "fetch-nats-server: '$which' is neither new nor old" >&2
    exit 1
    ;;
esac

give_up() {
  echo "fetch-nats-server: $1" >&2
  exit 1
}

# "2.15.1" of a program that says "nats-server: v2.15.1".
version_of() {
  "$1" --version 2>/dev/null | sed -n 's/^nats-server: v\([0-9.]*\).*/\1/p'
}

# Whether the program runs on this machine, and is one of the wanted.
fit() {
  version=$(version_of "$1")
  [ -n "$version" ] || return 1
  [ "$which" = old ] || dpkg --compare-versions "$version" ge "$least"
}

if [ -x "$program" ] && fit "$program"; then
  echo "$program"
  exit 0
fi
command -v apt-get >/dev/null || give_up "needs apt-get; or put a nats-server at $program"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
folder=$(cd "$folder" && pwd)

# What apt is told instead of the machine's own: its state, its sources. A file, since the folder's
# name may have spaces.
cat >"$folder/apt/apt.conf" <<END
Dir::State::Lists "$folder/apt/lists";
Dir::Cache "$folder/apt/cache";
Dir::Etc::SourceList "$folder/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Sandbox::User "root";
END

# From the sources that apt is told of, the package into $folder/apt/package.
unpack() {
  rm -rf "$folder/apt/package" "$folder/apt/deb"
  mkdir -p "$folder/apt/package" "$folder/apt/deb"
  (
    cd "$folder/apt/deb"
    apt-get -q -o APT::Sandbox::User=root download nats-server &&
      dpkg-deb -x nats-server_*.deb ../package
  ) >"$folder/log" 2>&1
}

keep() {
  found=$(find "$folder/apt/package" -type f -name nats-server -perm -100 | head -n 1)
  [ -n "$found" ] || return 1
  fit "$found" || return 1
  mv "$found" "$program"
  rm -rf "$folder/apt/package" "$folder/apt/deb"
  echo "$program"
}

if [ "$which" = old ]; then
  unpack || give_up "this distribution has none: $(tail -n 1 "$folder/log")"
  keep || give_up "what this distribution has does not run here"
  exit 0
fi

# shellcheck disable=SC2016  # apt fills these in
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Identifier: Packages' |
  sed -n 's/^Debian main //p' | grep -v -e '-security/*$' | head -n 1)
[ -n "$mirror" ] || give_up "apt has no mirror of Debian, or was never updated: apt-get update"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || give_up "no keys to verify a suite by: apt-get install debian-archive-keyring"
APT_CONFIG=$folder/apt/apt.conf
export APT_CONFIG
for suite in $suites; do
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$folder/apt/sources.list"
  apt-get -q -o APT::Update::Error-Mode=any update >"$folder/log" 2>&1 || continue
  if unpack && keep; then exit 0; fi
done
give_up "no nats-server $least that runs here in $suites of apt's mirror: $(tail -n 1 "$folder/log")"

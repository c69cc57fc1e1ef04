#!/bin/sh
# Unpacks Sendmail for the tests of the milter, beside the Postfix that its package would remove.
#
#   packaging/fetch-sendmail.sh build/peers
#
# Where that fails the tests say that they were skipped.
set -eu
folder=$1
[ -x "$folder/usr/libexec/sendmail/sendmail" ] && exit 0
mkdir -p "$folder/packages"
if ! (
  cd "$folder/packages"
  apt-get -q download sendmail-bin sendmail-cf
  # The program last: where it is, the rest is too.
  for package in sendmail-cf*.deb sendmail-bin*.deb; do
    dpkg-deb -x "$package" ..
  done
) >"$folder/log" 2>&1; then
  echo "Sendmail can't be fetched; the milter is tested without it: $(tail -n 1 "$folder/log")" >&2
fi

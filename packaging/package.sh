#!/bin/sh
# packaging/package.sh BUILD: makes the .deb there, and looks at it as a user's machine would: unpacked,
# the program runs and finds its libraries, man page and completions are in place, lintian has no error.
set -eu
build=$1
links=$(cd "$(dirname "$0")" && pwd)/links.py
cd "$build"
rm -f ./*.deb
cpack -G DEB >package.log 2>&1 || {
  tail -n 20 package.log >&2
  exit 2
}
set -- *.deb
package=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
dpkg-deb -x "$package" "$root"
"$root/usr/bin/postern" --version
for file in share/man/man1/postern.1.gz share/man/man1/postern-impact.1.gz \
  share/bash-completion/completions/postern share/zsh/vendor-completions/_postern \
  share/fish/vendor_completions.d/postern.fish share/doc/postern/copyright; do
  [ -s "$root/usr/$file" ] || {
    echo "package.sh: $package lacks /usr/$file" >&2
    exit 1
  }
done
python3 -B "$links" "$root/usr/share/doc/postern"
if [ -e "$root/usr/include" ] || [ -n "$(find "$root" -name '*.a' -o -name '*.cmake')" ]; then
  echo "package.sh: $package holds libraries or headers for development" >&2
  exit 1
fi
lintian --fail-on error --allow-root "$package"
echo "$build/$package: $(dpkg-deb -f "$package" Depends)"

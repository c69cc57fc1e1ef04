#!/bin/sh
# packaging/tar.sh BUILD: the program with the libraries that it needs (all but the C library's own), its
# documents and the example, in one tar file that runs from any folder: BUILD/postern-VERSION-ARCH.tar.gz.
set -eu
build=$(cd "$1" && pwd)
version=$("$build/postern" version | cut -d' ' -f2)
name=postern-$version-$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
top=$work/$name
mkdir -p "$top/bin" "$top/lib" "$top/share"
DESTDIR=$work/staged cmake --install "$build" --component program >/dev/null
cp "$work/staged/usr/bin/postern" "$top/bin/"
cp -R "$work/staged/usr/share/." "$top/share/"
mkdir -p "$top/etc"
cp -R "$work/staged/etc/postern" "$top/etc/"
# The C library must be the machine's own; everything else comes along.
ldd "$top/bin/postern" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' |
  grep -Ev '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|resolv|nss_[a-z]*))\.so' |
  while read -r library; do
    cp -L "$library" "$top/lib/"
    patchelf --set-rpath '$ORIGIN' "$top/lib/$(basename "$library")"
  done
strip "$top/bin/postern"
patchelf --set-rpath '$ORIGIN/../lib' "$top/bin/postern"
# As a stranger's machine would run it: elsewhere, and with none of this one's libraries but the C library's.
foreign=$(env -i "$top/bin/postern" version)
[ "$foreign" = "postern $version" ] || { echo "tar.sh: the packed program says '$foreign'" >&2; exit 1; }
if env -i ldd "$top/bin/postern" | awk '$2 == "=>" { print $3 }' | grep -v "^$top/" |
  grep -Ev '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|resolv))\.so'; then
  echo "tar.sh: these libraries (above) did not come along" >&2
  exit 1
fi
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-$(git -C "$build" log -1 --format=%ct 2>/dev/null || date +%s)}" \
  -czf "$build/$name.tar.gz" "$name"
echo "$build/$name.tar.gz: $(du -h "$build/$name.tar.gz" | cut -f1)"

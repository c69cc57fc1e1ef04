#!/bin/sh
# packaging/image.sh [SUITE]: an image of the program, in build/release/postern-image.tar and as localhost/postern
# of this machine's buildah. Made from the .deb and a minimal Debian of the machine's own package sources;
# nothing is fetched from a registry of images. In Docker's form, since OCI's has no health check. Needs root, debootstrap and buildah.
set -eu
source_tree=$(cd "$(dirname "$0")/.." && pwd)
suite=${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
[ "$(id -u)" -eq 0 ] || { echo "image: run as root (debootstrap needs it)" >&2; exit 2; }
set -- "$source_tree"/build/release/postern_*.deb
[ -e "$1" ] || { echo "image: no package in build/release; make package first" >&2; exit 2; }
package=$1
root=${ROOT:-$(mktemp -d /var/tmp/postern-image.XXXXXX)}
trap '[ -n "${KEEP:-}" ] || rm -rf --one-file-system "$root"' EXIT
KEEP=1 ROOT=$root sh "$source_tree/packaging/fresh-machine.sh" "$suite" true >/dev/null
cp "$package" "$root/tmp/postern.deb"
chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
  http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" sh -c '
  apt-get -q update && apt-get -q -y install --no-install-recommends /tmp/postern.deb &&
  apt-get -q -y purge make && apt-get -q -y autoremove --purge && apt-get clean' >/dev/null
# What the machine lent, and what no container needs.
rm -rf "$root"/tmp/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root/root/postern" \
  "$root/etc/apt/apt.conf.d/00host" "$root/etc/resolv.conf" "$root/.postern-fresh-machine"

export BUILDAH_ISOLATION=chroot STORAGE_DRIVER="${STORAGE_DRIVER:-vfs}"
container=$(buildah from scratch)
buildah copy -q "$container" "$root" / >/dev/null
buildah config --user postern --workingdir /var/lib/postern --entrypoint '["/usr/bin/postern"]' \
  --cmd 'gate /etc/postern/gate.toml' --port 2525 --port 8891 --volume /var/lib/postern \
  --label org.opencontainers.image.title=postern --label org.opencontainers.image.licenses=Apache-2.0 \
  --healthcheck 'CMD-SHELL exec 3<>/dev/tcp/127.0.0.1/9125 && printf "GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n" >&3 && grep -q "200 OK" <&3' \
  --shell '/bin/bash -c' "$container"
buildah commit -q --format docker "$container" localhost/postern:latest >/dev/null
buildah rm "$container" >/dev/null
rm -f "$source_tree/build/release/postern-image.tar"
buildah push -q localhost/postern:latest "docker-archive:$source_tree/build/release/postern-image.tar:localhost/postern:latest"
echo "$source_tree/build/release/postern-image.tar: $(du -h "$source_tree/build/release/postern-image.tar" | cut -f1)"

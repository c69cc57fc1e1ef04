#!/bin/sh
# packaging/fresh-machine.sh [FOLDER]: what a new user does, on a machine that has nothing.
#
# Builds a minimal Debian 12 root with debootstrap (from this machine's own package sources), clones
# the committed state into it, and runs the README's two commands there. Needs root. The root is
# removed at the end unless KEEP is set.
set -eu
source_tree=$(cd "$(dirname "$0")/.." && pwd)
root=${1:-$(mktemp -d /var/tmp/postern-fresh.XXXXXX)}

[ "$(id -u)" -eq 0 ] || { echo "fresh-machine: run as root (debootstrap and chroot need it)" >&2; exit 2; }
for tool in debootstrap git; do
  command -v "$tool" >/dev/null 2>&1 || {
    echo "fresh-machine: $tool is missing; apt-get install $tool" >&2
    exit 2
  }
done

# The first archive that this machine itself uses for bookworm.
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>/dev/null |
  awk '$2 == "bookworm" { print $1; exit }')}
[ -n "$mirror" ] || { echo "fresh-machine: no bookworm archive in apt's sources; set MIRROR" >&2; exit 2; }

clean_up() {
  for mounted in proc dev/pts; do
    mountpoint -q "$root/$mounted" && umount -l "$root/$mounted"
  done
  [ -n "${KEEP:-}" ] || rm -rf --one-file-system "$root"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

echo "== a minimal Debian 12 in $root"
debootstrap --variant=minbase --include=make,ca-certificates bookworm "$root" "$mirror" >"$root.log" 2>&1 || {
  tail -n 20 "$root.log" >&2
  exit 2
}
rm -f "$root.log"
# The way to the archive is the machine's, not the project's.
apt-config dump | grep '^Acquire' >"$root/etc/apt/apt.conf.d/00host" || true
[ -f /etc/resolv.conf ] && cp -L /etc/resolv.conf "$root/etc/resolv.conf"
# mktemp made it for root alone; a server that gave root up must find its way too.
chmod 755 "$root"
mount -t proc proc "$root/proc" 2>/dev/null || echo "fresh-machine: /proc could not be mounted; going on without" >&2
# Terminals for what asks at one.
mkdir -p "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts" 2>/dev/null &&
  ln -sf pts/ptmx "$root/dev/ptmx" ||
  echo "fresh-machine: /dev/pts could not be mounted; tests at a terminal will fail" >&2

git clone -q --no-hardlinks "$source_tree" "$root/root/postern"
for command in "make run" "make test"; do
  echo "== $command"
  started=$(date +%s)
  chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
    sh -c "cd /root/postern && $command"
  echo "== $command: $(($(date +%s) - started)) s"
done

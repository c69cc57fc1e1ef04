#!/bin/sh
# packaging/fresh-machine.sh [SUITE [COMMAND ...]]: what a new user does, on a machine that has nothing.
#
#   packaging/fresh-machine.sh                          Debian 12, the README's two commands
#   packaging/fresh-machine.sh trixie "make run"        Debian 13, one command
#   AS=admin FOLDER=/srv/postern packaging/fresh-machine.sh trixie
#
# Builds a minimal root of SUITE (bookworm unless it is said) with debootstrap, from this machine's own
# package sources, clones the committed state into it, and runs the commands there, each with the time
# that it took. Needs root itself. Environment:
#
#   AS       user who runs the commands: root, or any other name, which gets sudo (default root)
#   FOLDER   where the clone lies inside the root (default the user's home, postern)
#   ROOT     the root's folder (default one in /var/tmp, removed at the end)
#   KEEP     keep the root, to go on in it; a root that is there already is used again
#   MIRROR   archive to take the packages from
set -eu
source_tree=$(cd "$(dirname "$0")/.." && pwd)
suite=${1:-bookworm}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- "make run" "make test"
user=${AS:-root}
home=/root
[ "$user" = root ] || home=/home/$user
folder=${FOLDER:-$home/postern}
root=${ROOT:-$(mktemp -d /var/tmp/postern-fresh.XXXXXX)}

[ "$(id -u)" -eq 0 ] || { echo "fresh-machine: run as root (debootstrap and chroot need it)" >&2; exit 2; }
case $folder in
  /?*) ;;
  *) echo "fresh-machine: FOLDER is a path inside the root, such as /srv/postern" >&2; exit 2 ;;
esac
# What is here already must be a root of ours: it is removed at the end.
mark=$root/.postern-fresh-machine
if [ -n "$(ls -A "$root" 2>/dev/null)" ] && [ ! -e "$mark" ]; then
  echo "fresh-machine: $root holds something else; name a new folder in ROOT" >&2
  exit 2
fi
mkdir -p "$root"
: >"$mark"
for tool in debootstrap git; do
  command -v "$tool" >/dev/null 2>&1 || {
    echo "fresh-machine: $tool is missing; apt-get install $tool" >&2
    exit 2
  }
done

# The first archive of Debian that this machine itself uses holds the other suites too.
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 2>/dev/null |
  awk '$2 == "Debian" { print $1; exit }')}
[ -n "$mirror" ] || { echo "fresh-machine: no archive of Debian in apt's sources; set MIRROR" >&2; exit 2; }

clean_up() {
  for mounted in proc dev/pts; do
    mountpoint -q "$root/$mounted" && umount -l "$root/$mounted"
  done
  [ -n "${KEEP:-}" ] || rm -rf --one-file-system "$root"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

if [ ! -x "$root/usr/bin/make" ]; then
  echo "== a minimal Debian ($suite) in $root"
  include=make,ca-certificates
  [ "$user" = root ] || include=$include,sudo
  debootstrap --variant=minbase --include=$include "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
    tail -n 20 "$root.log" >&2
    exit 2
  }
  rm -f "$root.log"
fi
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

if [ "$user" != root ] && ! chroot "$root" id "$user" >/dev/null 2>&1; then
  chroot "$root" useradd --create-home --shell /bin/sh "$user"
  echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
fi
rm -rf "${root:?}$folder"
mkdir -p "$(dirname "$root$folder")"
git clone -q --no-hardlinks "$source_tree" "$root$folder"
chroot "$root" chown -R "$user" "$folder"

for command; do
  echo "== $command (as $user, in $folder)"
  started=$(date +%s)
  chroot --userspec="$user" "$root" /usr/bin/env -i HOME="$home" USER="$user" LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
    sh -c "cd '$folder' && $command"
  echo "== $command: $(($(date +%s) - started)) s"
done

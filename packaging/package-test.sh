#!/bin/sh
# packaging/package-test.sh [SUITE]: the .deb on a machine that has nothing else (Debian 12 unless SUITE says
# trixie): installed, run under its unit, asked by Postfix as a milter, upgraded, removed, purged.
#
# Needs root, debootstrap, and the package in build/release (make package), made for that suite. Everything
# happens in a root of its own, in namespaces of its own; loopback there is the only network after the
# packages are in. Environment: ROOT and KEEP as in packaging/fresh-machine.sh; MIRROR.
set -eu
source_tree=$(cd "$(dirname "$0")/.." && pwd)
suite=${1:-bookworm}
root=${ROOT:-$(mktemp -d /var/tmp/postern-package.XXXXXX)}
die() { echo "package-test: $*" >&2; exit 1; }
step() { echo "== $*"; }

[ "$(id -u)" -eq 0 ] || { echo "package-test: run as root (debootstrap and namespaces need it)" >&2; exit 2; }
set -- "$source_tree"/build/release/postern_*.deb
[ -e "$1" ] || { echo "package-test: no package in build/release; make package first" >&2; exit 2; }
package=$1

# The root, with Postfix and without anything of ours: packaging/fresh-machine.sh knows how one is made.
step "a minimal Debian ($suite) with Postfix"
KEEP=1 ROOT=$root MIRROR=${MIRROR:-} sh "$source_tree/packaging/fresh-machine.sh" "$suite" true >/dev/null
clean_up() {
  for mounted in proc dev/pts; do
    mountpoint -q "$root/$mounted" && umount -l "$root/$mounted"
  done
  [ -n "${KEEP:-}" ] || rm -rf --one-file-system "$root"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
in_root() { chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@"; }
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
mount -t proc proc "$root/proc" 2>/dev/null || true
in_root apt-get -q update >/dev/null
in_root sh -c "echo 'postfix postfix/main_mailer_type select Local only' | debconf-set-selections"
in_root apt-get -q -y install --no-install-recommends systemd postfix swaks iproute2 >/dev/null 2>&1

step "installed"
cp "$package" "$root/tmp/postern.deb"
in_root apt-get -q -y install --no-install-recommends /tmp/postern.deb >/dev/null 2>&1
in_root postern version
in_root getent passwd postern >/dev/null || die "no user postern"
[ "$(in_root stat -c '%U %a' /var/lib/postern)" = "postern 750" ] || die "/var/lib/postern is not the gate's alone"
for unit in postern-gate.service postern-gate.socket postern-gate-milter.socket postern-srs.service; do
  in_root test -e "/usr/lib/systemd/system/$unit" || die "no $unit"
  [ "$(in_root systemctl is-enabled "$unit" 2>/dev/null || true)" = disabled ] || die "$unit is enabled by the package"
done
in_root runuser -u postern -- postern gate /etc/postern/gate.toml --check

step "run as the unit says, asked by Postfix"
cp "$source_tree/packaging/package-test-inside.sh" "$root/tmp/inside.sh"
unshare --net --pid --fork --mount --kill-child chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin sh /tmp/inside.sh || die "the gate did not do its work"

step "upgraded: settings that were changed stay"
rm -rf "$root/tmp/newer"
in_root dpkg-deb -R /tmp/postern.deb /tmp/newer
sed -i 's/^Version: .*/&.1/' "$root/tmp/newer/DEBIAN/control"
in_root dpkg-deb -b /tmp/newer /tmp/newer.deb >/dev/null
in_root apt-get -q -y install --no-install-recommends /tmp/newer.deb >/dev/null 2>&1
in_root grep -q '^mode = "enforce"' /etc/postern/gate.toml || die "the upgrade took gate.toml back"

step "removed: settings and ledger stay"
in_root apt-get -q -y remove postern >/dev/null
in_root test ! -e /usr/bin/postern || die "the program is still there"
in_root test -e /etc/postern/gate.toml || die "gate.toml is gone"
in_root test -e /var/lib/postern/ledger.db || die "the ledger is gone"

step "purged: nothing stays"
in_root apt-get -q -y purge postern >/dev/null
for path in /etc/postern /var/lib/postern /usr/share/doc/postern /usr/lib/systemd/system/postern-gate.service; do
  in_root test ! -e "$path" || die "$path is still there"
done
echo "package-test: $(basename "$package") on $suite: in order"

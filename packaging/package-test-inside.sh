#!/bin/sh
# Inside the root and the namespaces of packaging/package-test.sh. No systemd is the first process here:
# the unit's own commands are run as its user, and its notification is waited for, as systemd would.
set -eu
mount -t proc proc /proc
ip link set lo up 2>/dev/null || python3 -c 'import fcntl,socket,struct
s = socket.socket(); fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))'
unit=/usr/lib/systemd/system/postern-gate.service
user=$(sed -n 's/^User=//p' $unit)
before=$(sed -n 's/^ExecStartPre=//p' $unit)
start=$(sed -n 's/^ExecStart=//p' $unit)

# The SMTP dialogue's last reply that matters: to RCPT, or to the end of the message.
send() { swaks --server 127.0.0.1:25 --from "$1" --to root@example.com --timeout 20 2>&1 || true; }
wait_for() {
  for _ in $(seq 100); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  echo "waited in vain for: $*" >&2
  return 1
}

postconf -e 'mydestination = example.com, localhost' 'inet_interfaces = loopback-only' 'inet_protocols = ipv4' \
  'mynetworks =' 'smtpd_milters = inet:127.0.0.1:8891' 'milter_default_action = tempfail' 'maillog_file = /var/log/mail.log' \
  'smtpd_relay_restrictions = reject_unauth_destination' 'local_recipient_maps ='
postfix start >/dev/null 2>&1

send ceo@example.com | grep -q '^<\*\* 451' || { echo "without the gate Postfix does not defer" >&2; exit 1; }

as_user() { setpriv --reuid "$user" --regid "$user" --init-groups "$@"; }
as_user $before
setpriv --reuid "$user" --regid "$user" --init-groups $start >/tmp/gate.log 2>&1 &
gate=$!
wait_for sh -c 'ss -tln | grep -q 127.0.0.1:8891'
send ceo@example.com | grep -q '^<-  250.*queued' || { echo "observe refuses" >&2; cat /tmp/gate.log >&2; exit 1; }
wait_for sh -c "postern ledger /var/lib/postern/ledger.db | grep -q ceo@example.com"

sed -i 's/^mode = "observe"/mode = "enforce"/' /etc/postern/gate.toml
kill -HUP "$gate"
refused() { send ceo@example.com | grep -q '550 5\.7\.68'; }
wait_for refused || { echo "enforce does not refuse" >&2; cat /tmp/gate.log >&2; exit 1; }
send someone@elsewhere.example | grep -q '^<-  250.*queued' || { echo "mail of others is refused" >&2; exit 1; }
kill "$gate"
wait "$gate" || { echo "the gate does not end in order" >&2; cat /tmp/gate.log >&2; exit 1; }
postfix stop >/dev/null 2>&1

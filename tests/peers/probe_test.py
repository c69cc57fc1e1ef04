"""postern probe against a real Postfix and against our own gate."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from program import postern  # noqa: E402
from smtp_peers import TENANT, Folder, Talk, program  # noqa: E402

OWN = "bob@contoso.com"
REFUSAL = ("550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from "
           "unauthorized sources")


class Probing(Folder):
    def probe(self, port, *more, status):
        tenant = self.folder / "probed.toml"
        tenant.write_text(TENANT)
        done = postern("probe", tenant, "--to", OWN, "--host", f"127.0.0.1:{port}", "--timeout", "20",
                       "--output", "json", *more)
        self.assertEqual(done.status, status, done)
        return json.loads(done.out)

    def answers(self, document):
        return document["direct_send_refused"]["answer"], document["locked_down"]["answer"]


class Postfix(Probing):
    def start_postfix(self):
        postfix = program("postfix")
        if os.geteuid() != 0:
            self.skipTest("Postfix needs root")
        port = self.free_port()
        config = self.folder / "postfix"
        for name in ("postfix", "postfix/spool", "postfix/data"):
            (self.folder / name).mkdir(mode=0o755)
        os.chmod(self.folder, 0o755)
        subprocess.run(["chown", "postfix", str(config / "data")], check=True)
        log = f"/var/log/postern-{port}.log"
        # postscreen and queues are not needed: nothing is delivered, "discard" takes all.
        (config / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {config}/spool
data_directory = {config}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
relay_domains = contoso.com
relay_transport = discard
smtpd_relay_restrictions = reject_unauth_destination
smtpd_sender_restrictions = check_sender_access inline:{{ {{contoso.com = {REFUSAL}}} }}
parent_domain_matches_subdomains = relay_domains
maillog_file = {log}
maillog_file_prefixes = /var
""")
        (config / "master.cf").write_text(f"""
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
""")
        started = self.run_peer(postfix, "-c", config, "start")
        self.addCleanup(lambda: os.path.exists(log) and os.unlink(log))
        self.addCleanup(lambda: self.run_peer(postfix, "-c", config, "stop"))
        if started.returncode != 0:
            self.skipTest("Postfix does not start here: " + started.text)

        def listens():
            try:
                with Talk(port):
                    return True
            except OSError:
                return False

        self.wait_until(listens, what="Postfix does not listen")
        return port

    def test_refusal_by_check_sender_access(self):
        port = self.start_postfix()
        document = self.probe(port, status=0)
        self.assertEqual(self.answers(document), ("yes", "inconclusive"))
        first = document["envelopes"][0]
        self.assertEqual(first["stage"], "RCPT TO")
        self.assertEqual(first["reply"]["enhanced"], "5.7.68")
        self.assertEqual(document["envelopes"][2]["meaning"], "accepted")
        sent = self.probe(port, "--send", status=0)
        self.assertEqual(self.answers(sent), ("yes", "no"))
        self.assertEqual([e["taken"] for e in sent["envelopes"]], [False, True, True, True, True])


class OurGate(Probing):
    def test_enforcing(self):
        gate = self.gate_to(self.hop())
        document = self.probe(gate.port, status=0)
        self.assertEqual(self.answers(document), ("yes", "inconclusive"))

    def test_not_enforcing(self):
        hop = self.hop()
        gate = self.gate_to(hop, head='mode = "off"\n')
        document = self.probe(gate.port, "--send", status=1)
        self.assertEqual(self.answers(document), ("no", "no"))
        self.assertEqual(len(hop.messages), 5)
        for _, _, text in hop.messages:
            self.assertIn(b"\r\nX-Postern-Probe: ", text)


if __name__ == "__main__":
    unittest.main()

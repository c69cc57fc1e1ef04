"""postern probe against a real Postfix and against our own gate."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from program import postern  # noqa: E402
from postfix_peer import Postfix  # noqa: E402
from smtp_peers import TENANT, Folder  # noqa: E402

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


class BehindPostfix(Probing):
    def start_postfix(self):
        # Nothing is delivered, "discard" takes all.
        return Postfix(self, f"""
relay_transport = discard:
smtpd_sender_restrictions = check_sender_access inline:{{ {{contoso.com = {REFUSAL}}} }}
parent_domain_matches_subdomains = relay_domains
""").port

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

"""Exceptions on live mail: the gate asks a DNS server on loopback for keys and policies."""

import unittest

from dns_peer import Dns
from smtp_peers import Folder, Talk

MESSAGE = open(__file__.replace("peers/gate_auth_test.py", "auth/rfc8463.eml"), "rb").read()
TENANT = """name = "football"
cloud = "none"
reject_direct_send = false
[[accepted_domain]]
name = "football.example.com"
[[accepted_domain]]
name = "example.com"
"""
# Keys of RFC 8463, appendix A.2.
RECORDS = {
    "brisbane._domainkey.football.example.com":
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "_dmarc.example.com": "v=DMARC1; p=reject",
}
SENDER = "joe@football.example.com"


class Exceptions(Folder):
    def start_gate(self, exceptions, records=RECORDS):
        dns = Dns(records)
        self.addCleanup(dns.stop)
        self.dns = dns
        self.target = self.hop()
        return self.gate_to(
            self.target, f"[exceptions]\n{exceptions}\n",
            head=f'stage = "data"\nresolver = "127.0.0.1@{dns.port}"\nauthserv_id = "gate.example"',
            tenant=TENANT)

    def answer(self, gate, message, sender=SENDER):
        with Talk(gate.port, timeout=60) as talk:
            talk.say("EHLO printer")
            replies = [talk.say(f"MAIL FROM:<{sender}>"),
                       talk.say("RCPT TO:<ann@football.example.com>"), talk.say("DATA")]
            self.assertTrue(all(str(reply).startswith(("2", "3")) for reply in replies), replies)
            talk.send(message + b".\r\n")
            return str(talk.reply())

    def test_an_aligned_signature_lets_direct_send_through(self):
        gate = self.start_gate("aligned_dkim = true")
        self.assertTrue(self.answer(gate, MESSAGE).startswith("250"))
        self.assertEqual(len(self.target.messages), 1)
        text = self.target.messages[0][2]
        self.assertIn(b"Authentication-Results: gate.example", text)
        self.assertIn(b"dkim=pass", text)
        self.assertTrue(text.endswith(MESSAGE.split(b"\r\n\r\n", 1)[1]))

    def test_a_broken_signature_does_not(self):
        gate = self.start_gate("aligned_dkim = true")
        refused = self.answer(gate, MESSAGE.replace(b"hungry", b"thirsty"))
        self.assertTrue(refused.startswith("550 5.7.68"), refused)
        self.assertEqual(self.target.messages, [])

    def test_dmarc_pass(self):
        gate = self.start_gate("dmarc_pass = true")
        self.assertTrue(self.answer(gate, MESSAGE).startswith("250"))

    def test_without_the_exception_a_signature_counts_for_nothing(self):
        gate = self.start_gate("")
        self.assertTrue(self.answer(gate, MESSAGE).startswith("550 5.7.68"))

    def test_dns_that_never_answers_defers_and_never_refuses_or_accepts(self):
        gate = self.start_gate("aligned_dkim = true", records=None)
        deferred = self.answer(gate, MESSAGE)
        self.assertTrue(deferred.startswith("451"), deferred)
        self.assertEqual(self.target.messages, [])

    def test_dns_that_fails_for_another_name_of_the_organisation_defers_too(self):
        """A signature of football.example.com may speak for joe@example.com: relaxed alignment."""
        sender = "joe@example.com"
        message = MESSAGE.replace(SENDER.encode(), sender.encode())
        key = next(name for name in RECORDS if "_domainkey" in name)
        told = self.answer(self.start_gate("aligned_dkim = true"), message, sender)
        self.assertTrue(told.startswith("550 5.7.68"), told)  # the change broke the signature
        for failing in (key, "test" + key[key.index("."):]):
            gate = self.start_gate("aligned_dkim = true", {**RECORDS, failing: None})
            deferred = self.answer(gate, message, sender)
            self.assertTrue(deferred.startswith("451"), deferred)
            self.assertEqual(self.target.messages, [])
        strict = {**RECORDS, key: None, "_dmarc.example.com": "v=DMARC1; p=reject; adkim=s"}
        refused = self.answer(self.start_gate("aligned_dkim = true", strict), message, sender)
        self.assertTrue(refused.startswith("550 5.7.68"), refused)


if __name__ == "__main__":
    unittest.main()

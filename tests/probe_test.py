"""postern probe against a mail host that answers as it is told, on loopback."""

import importlib.util
import json
import pathlib
import socket
import tempfile
import time
import unittest

from mail_host import MailHost, certificate
from program import postern
from schemas import strict

REFUSED = ("550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from "
           "unauthorized sources [AM0PR01.eurprd01.prod.outlook.com]")
LOCKED = ("550 5.7.51 TenantInboundAttribution; There is a partner connector configured that matched "
          "the message's recipient domain. The connector had either the RestrictDomainsToIPAddresses "
          "or RestrictDomainsToCertificate set")
OWN, FOREIGN = "ann@contoso.com", "postern-probe@example.com"


class Probe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.pem = certificate(cls.holder.name)

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.tenant = pathlib.Path(scratch.name) / "tenant.toml"
        self.write_tenant("true")

    def write_tenant(self, switch, extra=""):
        self.tenant.write_text(f'name = "contoso"\nreject_direct_send = {switch}\n{extra}\n'
                               '[[accepted_domain]]\nname = "contoso.com"\n')

    def host(self, answers=lambda stage, sender: None, tls=False):
        host = MailHost(answers, self.pem if tls else None)
        self.addCleanup(host.close)
        return host

    def probe(self, host, *more, to=OWN, seconds=10, **options):
        where = host if isinstance(host, str) else f"127.0.0.1:{host.port}"
        return postern("probe", self.tenant, "--to", to, "--host", where, "--timeout", str(seconds),
                       *more, **options)

    def document(self, host, *more, status):
        done = self.probe(host, *more, "--output", "json")
        self.assertEqual(done.status, status, done)
        document = json.loads(done.out)
        if importlib.util.find_spec("jsonschema"):
            import jsonschema

            schema = strict("probe-1")
            jsonschema.Draft202012Validator.check_schema(schema)
            jsonschema.validate(document, schema)
        return document

    def answers(self, document):
        return document["direct_send_refused"]["answer"], document["locked_down"]["answer"]


class Answers(Probe):
    def test_direct_send_is_refused_at_rcpt(self):
        host = self.host(lambda stage, sender: REFUSED if (stage, sender) == ("RCPT", OWN) else None)
        document = self.document(host, status=0)
        self.assertEqual(self.answers(document), ("yes", "inconclusive"))
        self.assertEqual(document["envelopes"][0]["stage"], "RCPT TO")
        self.assertIn("--send", document["locked_down"]["would_prove"])

    def test_refused_at_the_end_of_the_message_and_not_locked_down(self):
        host = self.host(
            lambda stage, sender: REFUSED if (stage, sender) == ("message", OWN) else None)
        document = self.document(host, "--send", status=0)
        self.assertEqual(self.answers(document), ("yes", "no"))
        self.assertTrue(any("not locked down" in note for note in document["notes"]))

    def test_locked_down(self):
        host = self.host(lambda stage, sender: LOCKED if stage == "RCPT" else None)
        document = self.document(host, status=3)
        self.assertEqual(self.answers(document), ("inconclusive", "yes"))

    def test_open(self):
        document = self.document(self.host(), "--send", status=1)
        self.assertEqual(self.answers(document), ("no", "no"))
        self.assertTrue(any("settings say that it is refused" in note
                            for note in document["notes"]))

    def test_taken_at_rcpt_proves_nothing(self):
        document = self.document(self.host(), status=3)
        self.assertEqual(self.answers(document), ("inconclusive", "inconclusive"))

    def test_what_proves_nothing(self):
        for reply, meaning in {
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound": "unknown_recipient",
            "550 5.7.606 Access denied, banned sending IP [192.0.2.1]": "reputation",
            "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35": "wrong_region",
            "450 4.7.1 Greylisted, try again": "greylisted",
            "550 5.7.64 TenantAttribution; Relay Access Denied": "relay_denied",
            "550 5.7.1 no": "other_refusal",
        }.items():
            with self.subTest(reply):
                host = self.host(lambda stage, _, reply=reply: reply if stage == "RCPT" else None)
                document = self.document(host, status=3)
                self.assertEqual(document["envelopes"][0]["meaning"], meaning)
                self.assertTrue(document["direct_send_refused"]["would_prove"])
                self.assertIn(reply[:3], document["direct_send_refused"]["because"])

    def test_rules_and_dmarc_refuse_after_the_content(self):
        for reply, meaning in {
            "550 5.7.1 TRANSPORT.RULES.RejectMessage; refused": "transport_rule",
            "550 5.7.509 Access denied, sending domain does not pass DMARC verification": "dmarc",
        }.items():
            host = self.host(lambda stage, _, reply=reply: reply if stage == "message" else None)
            document = self.document(host, "--send", status=3)
            self.assertEqual(document["envelopes"][0]["meaning"], meaning)
            self.assertEqual(document["envelopes"][0]["stage"], "end of message")

    def test_text_quotes_reply_and_stage(self):
        host = self.host(lambda stage, sender: REFUSED if (stage, sender) == ("RCPT", OWN) else None)
        done = self.probe(host)
        self.assertIn("Is Direct Send refused?  yes", done.out)
        self.assertIn("550 5.7.68 TenantInboundAttribution", done.out)
        self.assertIn("RCPT TO", done.out)


class Sessions(Probe):
    def test_stops_before_content_by_default(self):
        host = self.host()
        self.probe(host)
        self.assertEqual(sum(line == "RSET" for line in host.commands), 5)
        self.assertNotIn("DATA", host.commands)
        self.assertEqual(host.messages, [])

    def test_five_envelopes_in_five_sessions(self):
        host = self.host()
        self.probe(host)
        mails = [line for line in host.commands if line.startswith("MAIL")]
        self.assertEqual(mails, [
            f"MAIL FROM:<{OWN}>", f"MAIL FROM:<{FOREIGN}>",
            "MAIL FROM:<postern-probe@postern-probe.contoso.com>", "MAIL FROM:<>",
            f"MAIL FROM:<{FOREIGN}>"])
        self.assertEqual(sum(line == "QUIT" for line in host.commands), 5)

    def test_messages_are_marked(self):
        host = self.host()
        self.probe(host, "--send")
        self.assertEqual(len(host.messages), 5)
        ids = set()
        for letter, (_, text) in zip("ABCDE", host.messages):
            self.assertIn(f"\r\nX-Postern-Probe: {letter}; id=", text)
            self.assertIn(f"Subject: [Postern probe {letter}]", text)
            ids.add(text.split("id=")[1].split("\r\n")[0])
        self.assertEqual(len(ids), 5)
        self.assertIn("From: <ann@contoso.com>", host.messages[4][1])

    def test_starttls(self):
        host = self.host(lambda stage, sender: REFUSED if (stage, sender) == ("RCPT", OWN) else None,
                         tls=True)
        document = self.document(host, status=0)
        self.assertRegex(document["envelopes"][0]["tls"], r"^TLSv1\.[23]$")

    def test_a_host_that_says_nothing_is_bounded(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        begun = time.monotonic()
        done = self.probe(f"127.0.0.1:{listener.getsockname()[1]}", seconds=1)
        self.assertEqual(done.status, 3, done)
        self.assertIn("no answer in time", done.out)
        self.assertLess(time.monotonic() - begun, 20)

    def test_a_host_that_closes_or_is_not_there(self):
        for stage in ("greeting", "EHLO", "MAIL", "RCPT"):
            host = self.host(lambda at, _, stage=stage: "close" if at == stage else None)
            done = self.probe(host)
            self.assertEqual(done.status, 3, done)
        gone = socket.create_server(("127.0.0.1", 0))
        port = gone.getsockname()[1]
        gone.close()
        done = self.probe(f"127.0.0.1:{port}")
        self.assertEqual(done.status, 3, done)
        self.assertIn("refused", done.out)

    def test_a_host_that_talks_nonsense(self):
        for greeting in ("hello", "220", "2200 x", "220-a\n250 b", "9" * 5000):
            host = self.host(lambda stage, _, g=greeting: g if stage == "greeting" else None)
            done = self.probe(host)
            self.assertIn(done.status, (3,), (greeting, done))


class Refusals(Probe):
    def assert_refused(self, done, *words):
        self.assertEqual(done.status, 2, done)
        self.assertEqual(done.out, "")
        self.assertEqual(done.err.count("\n"), 1, done)
        for word in words:
            self.assertIn(word, done.err)

    def test_a_domain_that_is_not_the_tenants(self):
        host = self.host()
        self.assert_refused(self.probe(host, to="bob@fabrikam.example"), "no accepted domain")
        self.assertEqual(host.commands, [])

    def test_a_mailbox_that_is_none(self):
        host = self.host()
        for mailbox in ("ann", "a b@contoso.com", "a\nRSET@contoso.com", "<a@contoso.com>"):
            self.assert_refused(self.probe(host, to=mailbox), "--rcpt-to")
        self.assertEqual(host.commands, [])

    def test_a_foreign_domain_that_is_the_tenants(self):
        self.assert_refused(self.probe(self.host(), "--foreign", "contoso.com"), "--foreign")

    def test_another_port_of_another_machine(self):
        self.assert_refused(self.probe("mx.example:2525"), "2525")

    def test_a_host_that_dns_does_not_name(self):
        # Port 9 of this machine answers no query, so DNS knows nothing.
        done = self.probe("smtp.example.net", "--dns", "127.0.0.1@9", seconds=2)
        self.assertEqual(done.status, 2, done)
        self.assertEqual(done.out, "")


if __name__ == "__main__":
    unittest.main()

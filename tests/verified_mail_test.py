"""Mail files as evidence, believed and verified: the signed message of RFC 8463, as a mail host delivered it."""

import base64
import gzip
import json
import pathlib
import random
import tempfile
import unittest

from program import SOURCE, postern

SIGNED = (SOURCE / "tests/auth/rfc8463.eml").read_bytes()
KEYS = (SOURCE / "tests/auth/rfc8463.zone").read_text()
TENANT = """name = "football"
cloud = "none"
reject_direct_send = false
[[accepted_domain]]
name = "football.example.com"
"""
CLAIM = "spf=pass smtp.mailfrom=football.example.com; dkim=pass header.d=football.example.com; dmarc=pass " \
        "header.from=football.example.com"


def delivered(message, claim=CLAIM, client="198.51.100.9", number=1):
    """The message with what the own Postfix, and a filter behind it, put on top; to a recipient of that number."""
    host = f"host-{client.replace('.', '-')}.example"
    head = f"""Return-Path: <joe@football.example.com>
Authentication-Results: mx.football.example.com; {claim}
Received: from {host} ({host} [{client}])
\tby mx.football.example.com (Postfix) with ESMTP id {number} for <user{number}@football.example.com>;
\tThu, 01 Oct 2026 08:15:{number % 60:02} +0000 (UTC)
"""
    return head.replace("\n", "\r\n").encode() + message


class VerifiedMail(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tenant = self.folder / "tenant.toml"
        self.tenant.write_text(TENANT)
        self.zone = self.folder / "zone"
        self.zone.write_text(KEYS)

    def impact(self, *messages, resolve=True):
        mail = self.folder / "mail"
        mail.mkdir(exist_ok=True)
        for number, message in enumerate(messages):
            (mail / f"{number}.eml").write_bytes(message)
        options = ("--resolve", "--zone", self.zone) if resolve else ()
        done = postern("impact", self.tenant, mail, "--output", "json", *options)
        self.assertIn(done.status, (0, 1, 3), done)
        self.assertEqual(done.err, "")
        return json.loads(done.out)

    def test_a_forged_claim_proves_nothing_with_and_without_resolve(self):
        forged = delivered(b"From: joe@football.example.com\r\nTo: ann@football.example.com\r\n\r\nPay.\r\n")
        report = self.impact(forged, resolve=False)
        (sender,) = report["senders"]
        self.assertEqual((sender["spf"], sender["dkim"]), ({"pass": 1}, {"pass": 1}))
        self.assertEqual(sender["standing"], "presumed")
        self.assertIn("in their own header proves nothing by itself", " ".join(report["remarks"]))

        report = self.impact(forged)
        (sender,) = report["senders"]
        self.assertEqual((sender["spf"], sender["dkim"], sender["dmarc"]), ({"unknown": 1},) * 3)
        self.assertEqual(sender["published_spf"], {"fail": 1})
        self.assertEqual(sender["claims_unconfirmed"], 1)
        self.assertNotEqual(sender["looks"], "legitimate")
        self.assertIn("1 of 1 messages claim authentication in their own header that does not hold",
                      sender["doubts"])
        self.assertIn("1 claim a pass that this does not bear out", " ".join(report["remarks"]))

    def test_a_signature_that_holds_is_proof_although_nobody_claims_it(self):
        (sender,) = self.impact(delivered(SIGNED, claim="dkim=none"))["senders"]
        self.assertEqual(sender["dkim"], {"pass": 1})
        self.assertEqual(sender["looks"], "legitimate")
        self.assertEqual(sender["claims_unconfirmed"], 0)

    def test_a_changed_message_has_no_signature_that_counts(self):
        changed = delivered(SIGNED.replace(b"hungry", b"thirsty"))
        (sender,) = self.impact(changed)["senders"]
        self.assertEqual(sender["dkim"], {"unknown": 1})
        self.assertEqual(sender["claims_unconfirmed"], 1)

    def test_many_files_of_a_folder_are_verified_by_several_threads(self):
        # Not listed address by address: such a source would be the owner's own, whatever it sends.
        self.zone.write_text(KEYS.replace("ip4:192.0.2.0/24", "ip4:192.0.0.0/16"))
        mails = [delivered(SIGNED if i % 3 else SIGNED.replace(b"hungry", b"thirsty"),
                           client="192.0.2.7", number=i) for i in range(300)]
        # What is proved and what is not are told apart, although one source sent both.
        signed, changed = sorted(self.impact(*mails)["senders"], key=lambda sender: -sender["messages"])
        self.assertEqual((signed["dkim"], changed["dkim"]), ({"pass": 200}, {"unknown": 100}))
        self.assertEqual((signed["spf"], changed["spf"]), ({"pass": 200}, {"pass": 100}))
        self.assertEqual((signed["standing"], changed["standing"]), ("certain", "presumed"))
        self.assertEqual((signed["claims_unconfirmed"], changed["claims_unconfirmed"]), (0, 100))

    def test_a_mail_that_is_cut_short_is_counted_and_not_believed(self):
        mail = self.folder / "mail"
        mail.mkdir()
        body = base64.encodebytes(random.Random(1).randbytes(600_000))
        packed = gzip.compress(delivered(b"From: joe@football.example.com\r\n\r\n" + body))
        (mail / "cut.eml.gz").write_bytes(packed[:-100_000])
        (mail / "whole.eml").write_bytes(delivered(SIGNED, client="192.0.2.7", number=2))
        done = postern("impact", self.tenant, mail, "--output", "json", "--resolve", "--zone", self.zone)
        report = json.loads(done.out)
        cut, = (s for s in report["senders"] if s["addresses"] == ["198.51.100.9"])
        self.assertEqual((cut["messages"], cut["spf"], cut["dkim"]), (1, {"unknown": 1}, {"unknown": 1}))
        self.assertEqual(report["totals"]["bad"], 1)
        self.assertIn("1 mail(s) could not be verified in time, or not to their end", " ".join(report["remarks"]))

    def test_mail_of_others_is_not_asked_about(self):
        other = delivered(b"From: x@elsewhere.example\r\nTo: ann@football.example.com\r\n\r\nHello.\r\n")
        report = self.impact(other.replace(b"<joe@football.example.com>", b"<x@elsewhere.example>"))
        self.assertEqual(report["senders"], [])
        self.assertNotIn("verified", " ".join(report["remarks"]))


if __name__ == "__main__":
    unittest.main()

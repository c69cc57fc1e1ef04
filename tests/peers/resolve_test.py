"""postern impact --resolve with a DNS server."""

import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from dns_peer import Dns  # noqa: E402
from program import postern  # noqa: E402
from smtp_peers import TENANT, Folder  # noqa: E402
from verified_mail_test import SIGNED, TENANT as FOOTBALL, delivered  # noqa: E402

HEAD = """#Software: Microsoft Exchange Server
#Log-type: Message Tracking Log
#Fields: date-time,client-ip,source,event-id,message-id,network-message-id,recipient-address,\
message-subject,sender-address,return-path,directionality,original-client-ip
"""


class Resolve(Folder):
    def impact(self, records, sources, *options):
        """The report on one message from each of so many addresses; `self.dns` was asked."""
        self.dns = Dns(records)
        self.addCleanup(self.dns.stop)
        (self.folder / "tenant.toml").write_text(TENANT)
        lines = [
            f"2026-10-01T08:15:29.900Z,10.0.0.1,SMTP,RECEIVE,<{i}@app>,"
            f"22222222-aaaa-4000-8000-{i:012x},ann@contoso.com,Hello,app@contoso.com,"
            f"app@contoso.com,Incoming,198.18.{i // 256}.{i % 256}\n"
            for i in range(sources)]
        log = self.folder / "MSGTRK.LOG"
        log.write_text(HEAD + "".join(lines))
        done = postern("impact", self.folder / "tenant.toml", log, "--resolve", "--resolver",
                       f"127.0.0.1@{self.dns.port}", "--output", "json", *options)
        self.assertIn(done.status, (0, 1, 3), done)
        return json.loads(done.out)

    def results(self, report):
        counts = {}
        for sender in report["senders"]:
            self.assertEqual(sender["spf"], {"unknown": sender["messages"]})
            for result, messages in sender["published_spf"].items():
                counts[result] = counts.get(result, 0) + messages
        return counts

    def test_more_sources_than_are_asked_at_once(self):
        record = {"contoso.com": "v=spf1 include:spf.sender.example -all",
                  "spf.sender.example": "v=spf1 ip4:198.18.0.0/24 ~all"}
        report = self.impact(record, 700)
        self.assertEqual(self.results(report), {"pass": 256, "fail": 444})
        # The resolver keeps what it was told.
        self.assertLess(self.dns.questions, 100)

    def test_dns_that_never_answers_ends_in_time_and_is_told(self):
        begun = time.monotonic()
        report = self.impact(None, 300, "--resolve-time", "2")
        self.assertLess(time.monotonic() - begun, 15)
        results = self.results(report)
        self.assertEqual(sum(results.values()), 300)
        self.assertLessEqual(set(results), {"unknown", "temperror"})
        self.assertIn("no usable answer about 300", " ".join(report["remarks"]))

    def test_a_domain_that_is_not_there_has_no_record(self):
        self.assertEqual(self.results(self.impact({"elsewhere.example": "x"}, 1)), {"none": 1})


class Mail(Folder):
    """Mail files, verified over DNS by as many threads as read."""

    def impact(self, records, count, *options):
        dns = Dns(records)
        self.addCleanup(dns.stop)
        tenant = self.folder / "tenant.toml"
        tenant.write_text(FOOTBALL)
        mail = self.folder / "mail"
        mail.mkdir()
        for number in range(count):
            client = "203.0.113.7" if number % 2 else "198.51.100.9"
            (mail / f"{number}.eml").write_bytes(delivered(SIGNED, client=client, number=number))
        done = postern("impact", tenant, mail, "--resolve", "--resolver", f"127.0.0.1@{dns.port}",
                       "--output", "json", *options)
        self.assertIn(done.status, (0, 1, 3), done)
        return json.loads(done.out)

    def test_signatures_and_spf_of_many_messages(self):
        records = {"brisbane._domainkey.football.example.com":
                       "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
                   "football.example.com": "v=spf1 ip4:203.0.113.7 -all"}
        report = self.impact(records, 200)
        listed = {sender["addresses"][0]: sender for sender in report["senders"]}
        for address, spf, now in (("203.0.113.7", {"pass": 100}, {}),
                                  ("198.51.100.9", {"unknown": 100}, {"fail": 100})):
            with self.subTest(address):
                self.assertEqual(listed[address]["dkim"], {"pass": 100})
                self.assertEqual(listed[address]["spf"], spf)
                self.assertEqual(listed[address]["published_spf"], now)

    def test_dns_that_never_answers_leaves_every_pass_unknown_in_time(self):
        begun = time.monotonic()
        report = self.impact(None, 60, "--resolve-time", "2")
        self.assertLess(time.monotonic() - begun, 20)
        for sender in report["senders"]:
            self.assertEqual(sender["dkim"], {"unknown": 30})
            self.assertEqual(sender["spf"], {"unknown": 30})
        self.assertIn("60 mail(s) could not be verified in time", " ".join(report["remarks"]))


if __name__ == "__main__":
    unittest.main()

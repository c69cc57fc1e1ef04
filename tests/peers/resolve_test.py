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


if __name__ == "__main__":
    unittest.main()

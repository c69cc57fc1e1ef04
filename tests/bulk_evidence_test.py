"""Archives, DMARC reports and Postfix logs through the program, from files and standard input."""

import gzip
import io
import json
import os
import pathlib
import tempfile
import unittest
import zipfile

from program import SOURCE, postern

TENANT = SOURCE / "examples" / "contoso" / "tenant"
BULK = SOURCE / "src" / "evidence" / "testdata" / "bulk"


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


class BulkEvidence(unittest.TestCase):
    def impact(self, *arguments, **options):
        outcome = postern("impact", TENANT, *arguments, "--output", "json", **options)
        self.assertIn(outcome.status, (0, 1, 3), outcome)
        return json.loads(outcome.out)

    def test_counts_of_a_report_are_respected(self):
        report = self.impact(BULK / "enterprise-outlook.xml")
        self.assertEqual(report["totals"]["used"], 31)
        self.assertEqual(report["totals"]["not_relevant"], 2)

    def test_reports_of_other_receivers_are_set_aside_with_their_counts(self):
        report = self.impact(BULK / "google.xml")
        self.assertEqual(report["totals"]["used"], 0)
        self.assertEqual(report["not_relevant"]["other_receiver"], 4)

    def test_the_same_report_twice_counts_once(self):
        xml = (BULK / "enterprise-outlook.xml").read_bytes()
        packed = zipped({"a.xml": xml, "b.xml.gz": gzip.compress(xml)})
        report = self.impact("-", stdin=packed)
        self.assertEqual(report["totals"]["used"], 31)
        self.assertEqual(report["not_relevant"]["other_source"], 31)
        self.assertEqual(
            [file["file"] for file in report["files"]],
            ["standard input/a.xml", "standard input/b.xml.gz"],
        )

    def test_a_gzip_whose_content_was_altered_is_damaged(self):
        whole = gzip.compress((BULK / "enterprise-outlook.xml").read_bytes())
        self.assertEqual(self.impact("-", stdin=whole)["totals"]["used"], 31)
        for place, octet in ((-8, "checksum"), (-4, "length")):
            altered = bytearray(whole)
            altered[place] ^= 1
            outcome = postern("impact", TENANT, "-", stdin=bytes(altered))
            self.assertEqual(outcome.status, 2, outcome)
            self.assertIn(f"its {octet} is not that of what is in it", outcome.err)

    def test_a_folder_may_hold_other_things_a_named_file_may_not(self):
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            (place / "r.xml.gz").write_bytes(
                gzip.compress((BULK / "enterprise-outlook.xml").read_bytes())
            )
            (place / "notes.txt").write_text("no evidence at all")
            (place / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
            report = self.impact(place)
            self.assertEqual(report["totals"]["used"], 31)
            self.assertEqual(report["totals"]["bad"], 2)
            strict = postern("impact", TENANT, place, "--strict")
            self.assertEqual(strict.status, 2, strict)
            named = postern("impact", TENANT, place / "notes.txt")
            self.assertEqual(named.status, 2, named)
            self.assertIn("in no known format", named.err)

    def test_the_relay_is_the_client_where_its_address_is_given(self):
        unknown = self.impact(BULK / "own-relay.log")
        self.assertTrue(any("--relay-ip" in remark for remark in unknown["remarks"]), unknown)
        known = self.impact(BULK / "own-relay.log", "--relay-ip", "198.51.100.25")
        self.assertFalse(any("--relay-ip" in remark for remark in known["remarks"]))
        sender = known["senders"][0]
        self.assertEqual(sender["addresses"], ["198.51.100.25"])
        self.assertIn("erp.contoso.lan", " ".join(sender["reasons"]))
        wrong = postern("impact", TENANT, BULK / "own-relay.log", "--relay-ip", "here")
        self.assertEqual(wrong.status, 2)

    def test_each_relay_of_several_is_known_in_mail_and_none_is_guessed_in_a_log(self):
        both = ("--relay-ip", "198.51.100.26", "--relay-ip", "198.51.100.25")
        report = self.impact(*both, BULK / "own-relay.log")
        said = " ".join(report["remarks"])
        self.assertIn("in a run of its own", said)
        self.assertFalse(any(sender["addresses"] for sender in report["senders"]), report)

    def test_one_address_is_that_of_one_relay(self):
        """Of a second relay's log, in whatever file, nobody gave the address."""
        text = (BULK / "own-relay.log").read_text()
        host = text.split()[1]
        with tempfile.TemporaryDirectory() as folder:
            logs = pathlib.Path(folder, "logs")
            logs.mkdir()
            for name, relay in (("relay1.log", "relay1"), ("relay1.log.1", "relay1"), ("relay2.log", "relay2")):
                other = text.replace(f" {host} ", f" {relay} ").replace("message-id=<", f"message-id=<{name}.")
                (logs / name).write_text(other)
            both = pathlib.Path(folder, "both.log")
            both.write_text((logs / "relay1.log").read_text() + (logs / "relay2.log").read_text())
            alone = self.impact(logs / "relay1.log", "--relay-ip", "198.51.100.25")
            self.assertNotIn("is taken for the relay", " ".join(alone["remarks"]))
            used = alone["totals"]["used"]
            for evidence, relay1 in ((logs, 2 * used), (both, used)):
                report = self.impact(evidence, "--relay-ip", "198.51.100.25")
                said = " ".join(report["remarks"])
                self.assertEqual(said.count("is taken for the relay whose log came first"), 1, said)
                self.assertEqual(report["totals"]["used"], relay1 + used)
                of_first = [s for s in report["senders"] if s["addresses"] == ["198.51.100.25"]]
                self.assertEqual(sum(s["messages"] for s in of_first), relay1, report["senders"])

    def test_a_report_id_that_is_used_again_is_another_report(self):
        """A reporter may use an id for every period; the same report in two mailboxes counts once."""
        text = (BULK / "google.xml").read_text()
        begin = int(text.split("<begin>")[1].split("<")[0])
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder, "reports")
            place.mkdir()
            (place / "first.xml").write_text(text)
            (place / "again.xml").write_text(text)
            once = self.impact(place)["totals"]["used"]
            self.assertEqual(once, self.impact(BULK / "google.xml")["totals"]["used"])
            (place / "next-day.xml").write_text(text.replace(str(begin), str(begin + 86400)))
            self.assertEqual(self.impact(place)["totals"]["used"], 2 * once)

    def test_refusals_confirm_the_switch_or_contradict_the_settings(self):
        log = BULK.parent / "logs" / "send_protocol_refusals.LOG"
        said = {}
        with tempfile.TemporaryDirectory() as folder:
            tenant = pathlib.Path(folder, "tenant.toml")
            for switch in ("true", "false"):
                tenant.write_text(
                    f'reject_direct_send = {switch}\n[[accepted_domain]]\nname = "contoso.com"\n'
                )
                outcome = postern(
                    "impact", tenant, log, "--relay-ip", "192.0.2.44", "--output", "json"
                )
                self.assertEqual(outcome.status, 3, outcome)
                said[switch] = json.loads(outcome.out)["remarks"]
        self.assertIn(
            "1 message was refused with 5.7.68: that confirms the switch", said["true"]
        )
        self.assertFalse(any("arrived" in remark for remark in said["true"]), said)
        self.assertTrue(any("the two disagree" in remark for remark in said["false"]), said)

    def test_rows_whose_dates_stay_open_are_counted_and_decide_the_exit_status(self):
        table = BULK.parent / "tables" / "undecided-dates.csv"
        open_dates = postern("impact", TENANT, table, "--output", "json")
        self.assertEqual(open_dates.status, 3, open_dates)
        report = json.loads(open_dates.out)
        self.assertEqual((report["totals"]["bad"], report["totals"]["used"]), (2, 0))
        self.assertIn("--dates", " ".join(report["remarks"]))
        told = self.impact(table, "--dates", "day-first")
        self.assertEqual((told["totals"]["bad"], told["totals"]["used"]), (0, 2))

    def test_a_log_without_years_is_dated_by_its_file(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "mail.log"
            log.write_bytes((BULK / "own-mx.log").read_bytes())
            os.utime(log, (1735790000, 1735790000))  # 2025-01-02
            report = self.impact(log)
            self.assertEqual(report["totals"]["first"], "2025-01-01T00:00:01Z")


if __name__ == "__main__":
    unittest.main()

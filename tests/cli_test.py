"""The program from outside: exit statuses, bad input, where output goes."""

import csv
import json
import os
import pathlib
import re
import resource
import subprocess
import tempfile
import time
import unittest

from folder import Folder
from program import EXAMPLE, POSTERN, SOURCE, postern

TENANT = EXAMPLE / "tenant"
EVENTS = EXAMPLE / "evidence" / "EmailEvents.csv"


class Contoso(Folder):
    def tenant(self, switch="false", extra=""):
        return self.put(
            "tenant.toml",
            f'name = "contoso"\nreject_direct_send = {switch}\n{extra}\n'
            '[[accepted_domain]]\nname = "contoso.com"\n',
        )

    def assert_refused(self, done, *parts):
        """One clear line on standard error, nothing on standard output, status 2."""
        self.assertEqual(done.status, 2, done)
        self.assertEqual(done.out, "", done)
        lines = done.err.strip("\n").split("\n")
        self.assertEqual(len(lines), 1, done)
        self.assertRegex(lines[0], "^postern: ")
        self.assertIsNone(re.search(r"[\x00-\x08\x0b-\x1f\x7f]", lines[0]), repr(lines[0]))
        for part in parts:
            self.assertIn(str(part), lines[0])


class ExitStatus(Contoso):
    def test_audit_follows_the_switch(self):
        self.assertEqual(postern("audit", self.tenant("true")).status, 0)
        self.assertEqual(postern("audit", self.tenant("false")).status, 1)

    def test_audit_without_the_switch_is_not_determined(self):
        export = self.put("OrganizationConfig.json", '{"Name": "contoso"}')
        done = postern("audit", export, "--control", "6.5.5")
        self.assertEqual(done.status, 3, done)
        self.assertIn("not determined", done.out)

    def test_audit_of_another_frameworks_id(self):
        done = postern("audit", self.tenant("true"), "--control", "MT.1062", "--output", "json")
        self.assertEqual([c["id"] for c in json.loads(done.out)["controls"]], ["6.5.5"])

    def test_explain_follows_the_verdict(self):
        asked = ("--ip", "192.0.2.1", "--mail-from", "a@contoso.com", "--rcpt-to", "b@contoso.com")
        self.assertEqual(postern("explain", self.tenant("true"), *asked).status, 1)
        self.assertEqual(postern("explain", self.tenant("false"), *asked).status, 0)
        self.assertEqual(postern("explain", self.tenant("true")).status, 3)
        without = postern("explain", self.tenant("true"), *asked[:4], "--output", "json")
        self.assertEqual(without.status, 3)
        recipient = json.loads(without.out)["steps"][-1]
        self.assertEqual((recipient["clause"], recipient["answer"]), ("recipient", "no"))
        reply = postern("explain", self.tenant("true"), *asked).out
        self.assertIn("550 5.7.68 TenantInboundAttribution; Direct Send not allowed", reply)

    def test_impact_is_0_where_nobody_breaks(self):
        rows = "".join(f"2026-10-{day:02}T09:00:00Z,x@adatum.example,b@contoso.com,203.0.113.7\n" for day in range(1, 9))
        evidence = self.put("events.csv", "Timestamp,SenderMailFromAddress,RecipientEmailAddress,SenderIPv4\n" + rows)
        done = postern("impact", self.tenant(), evidence)
        self.assertEqual(done.status, 0, done)

    def test_impact_is_3_where_no_message_tells_its_time(self):
        mail = self.put("a.eml", "Return-Path: <x@adatum.example>\nTo: b@contoso.com\n\nhi\n")
        done = postern("impact", self.tenant(), mail)
        self.assertEqual(done.status, 3, done)
        self.assertIn("no message tells its time", done.out)

    def test_impact_is_1_where_somebody_legitimate_would_break(self):
        self.assertEqual(postern("impact", TENANT, EVENTS).status, 1)

    def test_help_and_version_are_0(self):
        for words in (("--help",), ("--version",), ("impact", "--help"), ("tenant", "--help")):
            self.assertEqual(postern(*words).status, 0, words)


class WrongUsage(Contoso):
    def test_one_line_that_says_what_to_do(self):
        for words in (("impct",), ("impact",), ("audit", TENANT, "--output", "xml")):
            with self.subTest(words):
                self.assert_refused(postern(*words))

    def test_no_command_shows_what_there_is(self):
        done = postern()
        self.assertEqual((done.status, done.out), (2, ""))
        self.assertIn("Usage: postern", done.err)

    def test_a_slip_of_the_fingers_is_told_what_was_meant(self):
        for words, meant in (
            (("impct", TENANT), "did you mean impact? see postern --help"),
            (("audit", TENANT, "--contrl", "6.5.5"), "--control? see postern audit --help"),
            (("evidence", "fech"), "did you mean fetch? see postern evidence --help"),
            (("frobnicate",), "'frobnicate'; see postern --help"),
            (("--outptu=json", "audit"), "'--outptu'; see postern --help"),
            (("gate", "--tenant"), "--tenant"),
            (("audit", TENANT, "--", "--contrl"), "see postern audit --help"),
        ):
            with self.subTest(words):
                self.assert_refused(postern(*words), meant)

    def test_a_check_finds_a_maildir_that_permissions_do_not_tell(self):
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder)
            (place / "tenant.toml").write_text('name = "contoso"\n[[accepted_domain]]\nname = "contoso.com"\n')
            for maildir, good in (("mail", True), ("/proc/mail", False)):
                (place / "gate.toml").write_text(
                    'tenants = ["tenant.toml"]\n[smtp]\nlisten = ["127.0.0.1:2525"]\n'
                    f'[[route]]\ndomains = ["contoso.com"]\nmaildir = "{maildir}"\n')
                done = postern("gate", place / "gate.toml", "--check")
                if good:
                    self.assertEqual(done.status, 0, done)
                    self.assertFalse((place / "mail").exists())
                else:
                    self.assert_refused(done, "/proc/mail: can't be made")

    def test_a_folder_above_the_exports_names_the_one_that_was_meant(self):
        self.assert_refused(postern("audit", TENANT.parent), f"did you mean {TENANT}?")
        self.assert_refused(postern("gate", "--check", "--tenant", TENANT.parent), f"did you mean {TENANT}?")

    def test_tenant_and_evidence_in_the_wrong_order(self):
        for command in ("impact", "plan"):
            for evidence in (EVENTS, EVENTS.parent):
                self.assert_refused(postern(command, evidence, TENANT), "TENANT comes first, then EVIDENCE")
        # No tenant on either side is told as it is.
        self.assert_refused(postern("impact", EVENTS, EVENTS), EVENTS.name)

    def test_an_unknown_control_suggests_near_ones(self):
        self.assert_refused(postern("audit", TENANT, "--control", "6.5.4"), "6.5.5")

    def test_a_file_that_is_not_there(self):
        self.assert_refused(postern("audit", self.folder / "none.json"), "none.json")
        self.assert_refused(postern("impact", TENANT, self.folder / "none.csv"), "none.csv")

    def test_an_address_that_is_none(self):
        self.assert_refused(postern("explain", self.tenant(), "--ip", "300.1.1.1"), "300.1.1.1")


class BadTenants(Contoso):
    def test_each_is_refused_with_its_place(self):
        cases = {
            "empty": (b"", "a.json"),
            "truncated": (b'{"RejectDirectSend": tr', "a.json"),
            "nested too deeply": (b"[" * 100_000, "a.json"),
            "nothing but zeros": (bytes(100_000), "a.json"),
            "some other JSON": (b'{"colour": "red"}', "a.json"),
            "not UTF-8": (b'{"RejectDirectSend": "\xff\xfe\xff"}', "a.json"),
            "UTF-16 cut in half": ('{"RejectDirectSend": true}'.encode("utf-16")[:-1], "a.json"),
        }
        for name, (content, file) in cases.items():
            with self.subTest(name):
                path = self.put(file, content)
                self.assert_refused(postern("audit", path), path)

    def test_toml_names_line_and_column(self):
        path = self.put("tenant.toml", 'name = "contoso"\nreject_direct_sent = true\n')
        self.assert_refused(postern("audit", path), f"{path}:2:", "reject_direct_sent")

    def test_control_sequences_are_not_passed_on(self):
        path = self.put("a\x1b[31m.json", "{")
        self.assert_refused(postern("audit", path))


class BadEvidence(Contoso):
    HEADER = "Timestamp,NetworkMessageId,SenderMailFromAddress,RecipientEmailAddress,SenderIPv4\n"

    def refused_or_counted(self, path):
        """A file that is no evidence at all is refused, a bad row is counted and located."""
        done = postern("impact", self.tenant(), path)
        if done.status == 2:
            self.assert_refused(done, path)
        else:
            report = json.loads(
                postern("impact", self.tenant(), path, "--output", "json").out
            )
            totals = report["totals"]
            self.assertEqual(
                totals["rows"], totals["used"] + totals["not_relevant"] + totals["bad"]
            )
            self.assertGreater(totals["bad"], 0, done)
            self.assertIn(str(path), report["bad_rows"][0])
            self.assertIn("bad row", done.err)
            strict = postern("impact", self.tenant(), path, "--strict")
            self.assert_refused(strict, path)

    def test_each_is_told(self):
        row = "2026-10-01T00:00:00Z,1,a@contoso.com,b@contoso.com,192.0.2.1\n"
        cases = {
            "empty": b"",
            "header alone, cut": self.HEADER.encode()[:30],
            "row cut short": (self.HEADER + row + "2026-10-01T00:00:00Z,2,a@").encode(),
            "quote never closed": (self.HEADER + row + '"2026-10-01,2,a@contoso.com').encode(),
            "zeros": bytes(200_000),
            "zeros after rows": (self.HEADER + row).encode() + bytes(5000),
            "no evidence": b"colour,taste\nred,sweet\n",
            "random": bytes((i * 7919 + 13) % 251 for i in range(50_000)),
            "deeply nested": b'{"a":' * 50_000,
        }
        for name, content in cases.items():
            with self.subTest(name):
                self.refused_or_counted(self.put("evidence.csv", content))

    def test_a_bad_row_names_line_and_row(self):
        path = self.put(
            "e.csv",
            self.HEADER
            + "2026-10-01T00:00:00Z,1,a@contoso.com,b@contoso.com,192.0.2.1\n"
            + "2026-10-01T00:00:00Z,2,a@contoso.com,b@contoso.com,192.0.2.999\n",
        )
        done = postern("impact", self.tenant(), path)
        self.assertIn(f"{path}:3: row 2: SenderIPv4", done.err)

    def test_a_folder_for_a_file_and_a_file_without_permission(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_refused(postern("impact", self.tenant(), empty), empty)
        if os.geteuid() != 0:
            secret = self.put("secret.csv", self.HEADER)
            secret.chmod(0)
            self.assert_refused(postern("impact", self.tenant(), secret), secret)

    def test_an_endless_line_takes_bounded_memory(self):
        """A gigabyte without a line end, with 200 MB of address space for data."""

        def limit():
            resource.setrlimit(resource.RLIMIT_DATA, (200 << 20, 200 << 20))

        script = (
            "import sys\n"
            "block = b'x' * (1 << 20)\n"
            "sys.stdout.buffer.write(sys.argv[1].encode())\n"
            "for _ in range(1024):\n"
            "    try:\n"
            "        sys.stdout.buffer.write(block)\n"
            "    except BrokenPipeError:\n"
            "        break\n"
        )
        if os.environ.get("POSTERN_SANITIZE"):
            self.skipTest("sanitizers reserve more address space than that")
        for start in (self.HEADER, self.HEADER + '"', '{"Timestamp":"', "From: a@b.example\n\n"):
            with self.subTest(start[:12]):
                with subprocess.Popen(
                    ["python3", "-c", script, start],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                ) as feeder:
                    done = subprocess.run(
                        [POSTERN, "impact", self.tenant(), "-"],
                        stdin=feeder.stdout,
                        capture_output=True,
                        timeout=100,
                        preexec_fn=limit,
                        check=False,
                    )
                    feeder.stdout.close()
                    feeder.wait(timeout=20)
                self.assertIn(done.returncode, (0, 2, 3), done.stderr)
                if not start.startswith("From:"):
                    self.assertRegex(done.stderr.decode(), "^postern: .*\n$")


class Senders(Contoso):
    def rows(self, *more):
        header = (
            "Timestamp,NetworkMessageId,SenderMailFromAddress,RecipientEmailAddress,SenderIPv4,"
            "EmailDirection\n"
        )
        return header + "".join(
            f"2026-10-{day:02}T00:00:00Z,{day}{ip},app@contoso.com,b@contoso.com,{ip},Inbound\n"
            for day, ip in more
        )

    def report(self, *arguments):
        done = postern("impact", self.tenant(), *arguments, "--output", "json")
        self.assertIn(done.status, (0, 1, 3), done)
        return json.loads(done.out)

    def test_a_pin_wins(self):
        events = self.put("e.csv", self.rows((1, "192.0.2.1")))
        pins = self.put(
            "senders.toml",
            '[[sender]]\nname = "Till"\naddress = ["192.0.2.1"]\nkind = "attack"\n',
        )
        sender = self.report(events, "--senders", pins)["senders"][0]
        self.assertEqual((sender["name"], sender["looks"]), ("Till", "forged"))
        self.assertEqual(sender["pin"], f"{pins}:1:1")

    def test_a_bad_pin_is_told(self):
        events = self.put("e.csv", self.rows((1, "192.0.2.1")))
        pins = self.put("senders.toml", '[[sender]]\nname = "Till"\nkind = "attack"\n')
        done = postern("impact", self.tenant(), events, "--senders", pins)
        self.assert_refused(done, f"{pins}:1:1", "has no address")

    def test_the_period_is_kept(self):
        events = self.put("e.csv", self.rows(*((d, "192.0.2.1") for d in range(1, 11))))
        report = self.report(events, "--since", "2026-10-03", "--until", "2026-10-05")
        self.assertEqual(report["totals"]["used"], 3)
        self.assertEqual(report["not_relevant"]["other_period"], 7)
        done = postern("impact", self.tenant(), events, "--since", "last week")
        self.assert_refused(done, "--since", "last week")

    def test_two_files_of_the_same_mail_count_once(self):
        self.put("e/1.csv", self.rows((1, "192.0.2.1"), (2, "192.0.2.1")))
        self.put("e/2.csv", self.rows((2, "192.0.2.1"), (3, "192.0.2.1")))
        report = self.report(self.folder / "e")
        self.assertEqual(report["totals"]["used"], 3)
        self.assertEqual(report["not_relevant"]["other_source"], 1)

    def test_a_baseline_shows_what_changed(self):
        before = self.put("before.csv", self.rows((1, "192.0.2.1")))
        after = self.put("after.csv", self.rows((8, "192.0.2.2")))
        earlier = self.folder / "earlier.json"
        postern("impact", self.tenant(), before, "--output", "json", "--out", earlier)
        changes = self.report(after, "--baseline", earlier)["changes"]
        self.assertEqual(changes["new"], ["192.0.2.2: not determined, 1 message"])
        self.assertEqual(changes["vanished"], ["192.0.2.1: not determined, 1 message then"])
        other = self.put("other.json", earlier.read_text().replace('"tenant": "', '"tenant": "not-'))
        done = postern("impact", self.tenant(), after, "--baseline", other)
        self.assert_refused(done, other, "is a report about 'not-")
        done = postern("impact", self.tenant(), after, "--baseline", after)
        self.assert_refused(done, after, "is no JSON")
        for text in ('{"schema": 5}', '{"schema": "postern/plan/2"}', "[]", "7"):
            other = self.put("other.json", text)
            self.assert_refused(postern("impact", self.tenant(), after, "--baseline", other), other, "is no impact report")

    def test_watching_reports_again(self):
        folder = self.folder / "evidence"
        folder.mkdir()
        (folder / "1.csv").write_text(self.rows((1, "192.0.2.1")))
        target = self.folder / "report.json"
        command = [POSTERN, "impact", self.tenant(), "--watch", folder, "--every", "1"]
        with subprocess.Popen([*command, "--output", "json", "--out", target]) as watcher:
            try:
                self.wait_for(lambda: target.exists())
                (folder / "2.csv").write_text(self.rows((2, "192.0.2.2")))
                self.wait_for(lambda: len(json.loads(target.read_text())["senders"]) == 2)
                changes = json.loads(target.read_text())["changes"]
                self.assertEqual(changes["new"], ["192.0.2.2: not determined, 1 message"])
            finally:
                watcher.terminate()
                self.assertEqual(watcher.wait(timeout=10), 3)

    def wait_for(self, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "waited too long")
            time.sleep(0.1)


class Output(Contoso):
    def test_out_is_written_whole_or_not_at_all(self):
        target = self.put("report.json", "old")
        done = postern("audit", TENANT, "--output", "json", "--out", target)
        self.assertEqual(done.status, 1, done)
        self.assertEqual(done.out, "")
        json.loads(target.read_text())
        self.assertEqual([p.name for p in self.folder.iterdir()], ["report.json"])

    def test_seconds_between_looks_without_looking_again_are_refused(self):
        for command in (("impact", TENANT, EVENTS), ("gate", self.put("gate.toml", ""))):
            self.assert_refused(postern(*command, "--every", "3"), "--every requires --watch")

    def test_a_failed_run_leaves_the_old_file(self):
        target = self.put("report.json", "old")
        postern("audit", self.put("bad.json", "{"), "--out", target)
        self.assertEqual(target.read_text(), "old")

    def test_a_folder_that_is_not_there(self):
        self.assert_refused(
            postern("audit", TENANT, "--out", self.folder / "none" / "report"), "none/report"
        )

    def test_a_reader_that_has_seen_enough_is_no_failure(self):
        done = subprocess.run(
            f"'{POSTERN}' impact '{TENANT}' '{EVENTS}' | head -n 1",
            shell=True,
            capture_output=True,
            timeout=60,
            check=True,
        )
        self.assertEqual(done.stderr, b"")

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [POSTERN, "audit", TENANT], stdout=full, stderr=subprocess.PIPE, timeout=60
            )
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"standard output can't be written", done.stderr)

    def test_csv_has_no_formula_and_one_width(self):
        for words in (
            ("impact", TENANT, EXAMPLE / "evidence"),
            ("audit", TENANT),
            ("explain", TENANT, "--mail-from", "=cmd()@contoso.com"),
        ):
            with self.subTest(words[0]):
                done = postern(*words, "--output", "csv")
                rows = list(csv.reader(done.out.splitlines()))
                self.assertEqual({len(r) for r in rows}, {len(rows[0])})
                for cell in (cell for row in rows for cell in row):
                    self.assertNotRegex(cell, "^[=+@\t\r-]")

    def test_no_escape_sequence_of_mail_reaches_the_terminal(self):
        mail = self.put(
            "a.eml",
            "Return-Path: <a@contoso.com>\nReceived: from x\x1b]0;owned\x07 ([192.0.2.7]) by mx; "
            "Thu, 1 Oct 2026 00:00:00 +0000\nTo: b@contoso.com\nSubject: =?utf-8?q?=1B[2J_hi?=\n\nhi\n",
        )
        for form in ("text", "csv", "json"):
            done = postern("impact", self.tenant(), mail, "--output", form)
            self.assertNotIn("\x1b", done.out + done.err)
            self.assertNotIn("\x07", done.out + done.err)

    def test_plain_when_piped(self):
        self.assertNotIn("\x1b", postern("audit", TENANT).out)


class Pages(Contoso):
    """A page for a browser."""

    def test_is_not_poured_over_a_terminal(self):
        for words in (("report",), ("impact", "--output", "html"), ("plan", "--output", "html")):
            with self.subTest(words):
                ours, theirs = os.openpty()
                done = subprocess.run([POSTERN, words[0], EXAMPLE / "tenant", "nowhere.csv", *words[1:]], stdout=theirs,
                                      stderr=subprocess.PIPE, timeout=60, check=False)
                os.close(theirs)
                os.close(ours)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stderr.decode(), "postern: HTML: is a page for a browser, not for a terminal; "
                                                       "add --out report.html\n")

    def test_what_it_cannot_do_is_said_before_anything_is_read(self):
        done = postern("impact", EXAMPLE / "tenant", "nowhere.csv", "--redact")
        self.assertEqual(done.status, 2, done)
        self.assertIn("can't be redacted", done.err)


class Tenants(Contoso):
    def test_convert_and_the_export_decide_alike(self):
        target = self.folder / "tenant.toml"
        done = postern("tenant", "convert", TENANT, "--out", target)
        self.assertEqual(done.status, 0, done)
        for sender, address in (("a@contoso.com", "203.0.113.10"), ("x@else.example", "192.0.2.9")):
            asked = ("--ip", address, "--mail-from", sender, "--rcpt-to", "ann@contoso.com")
            asked += ("--what-if", "on", "--certificate", "none", "--tls", "no", "--output", "json")
            one = json.loads(postern("explain", TENANT, *asked).out)
            other = json.loads(postern("explain", target, *asked).out)
            self.assertEqual(one["verdict"], other["verdict"])

    def test_the_page_of_keys_is_current(self):
        page = (SOURCE / "docs" / "tenant-file.md").read_text(encoding="utf-8")
        self.assertEqual(postern("tenant", "keys").out, page)


class ScubaGear(unittest.TestCase):
    def test_a_real_export_is_audited(self):
        suite = SOURCE.parent / "shared" / "suites" / "scubagear"
        exports = sorted(suite.rglob("ProviderSettingsExport.json")) if suite.is_dir() else []
        if not exports:
            self.skipTest(f"no ScubaGear export at {suite}")
        done = postern("audit", exports[0], "--output", "json")
        self.assertIn(done.status, (0, 1, 3), done)
        first = json.loads(done.out)["controls"][0]
        self.assertEqual(first["id"], "6.5.5")
        self.assertIn("ProviderSettingsExport.json", first["findings"][0]["where"])


if __name__ == "__main__":
    unittest.main()

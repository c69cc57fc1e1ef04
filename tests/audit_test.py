"""The audit from outside: waivers in every output, the list of controls, many exports at once, CSV for Excel."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as xml

from folder import Folder
from program import EXAMPLE, postern

TENANT = EXAMPLE / "tenant"
FORMATS = ("text", "json", "csv", "html", "markdown", "sarif", "junit", "ocsf", "oscal")
WAIVED = "ann, until 2099-12-31: the marketing agency moves in March"
EXPIRED = "bob's waiver expired on 2020-01-31: was to be done by winter"
WAIVERS = """[[waiver]]
control = "POSTERN-SPF"
owner = "ann"
reason = "the marketing agency moves in March"
expires = "2099-12-31"

[[waiver]]
control = "POSTERN-SMTP-AUTH"
owner = "bob"
reason = "was to be done by winter"
expires = "2020-01-31"
"""


class Waivers(Folder):
    def audit(self, form, *more):
        words = ("audit", TENANT, "--waivers", self.put("waivers.toml", WAIVERS), "--output", form, *more)
        if form == "html":
            words += ("--out", self.folder / "page.html")
        done = postern(*words)
        text = (self.folder / "page.html").read_text(encoding="utf-8") if form == "html" else done.out
        # As a reader sees it: lines are broken where they fit, marks of the format stand between.
        return re.sub(r"\s+", " ", text.replace("&#39;", "'"))

    def test_every_output_says_who_answers_until_when_and_why(self):
        for form in FORMATS:
            with self.subTest(form):
                text = self.audit(form)
                self.assertIn(WAIVED, text)
                word = {"ocsf": "Suppressed", "oscal": "deviation-approved"}.get(form, "fail, waived")
                self.assertIn(word, text)

    def test_every_output_says_whose_waiver_ran_out(self):
        for form in FORMATS:
            with self.subTest(form):
                self.assertIn(EXPIRED, self.audit(form))

    def test_a_waived_control_is_no_pass_and_an_expired_one_fails_again(self):
        controls = {c["id"]: c for c in json.loads(self.audit("json"))["controls"]}
        self.assertEqual(controls["POSTERN-SPF"]["status"], "fail, waived")
        self.assertEqual({f["status"] for f in controls["POSTERN-SPF"]["findings"] if f["waived"]}, {"fail"})
        self.assertEqual(controls["POSTERN-SMTP-AUTH"]["status"], "fail")
        rows = list(csv.DictReader(io.StringIO(postern(
            "audit", TENANT, "--waivers", self.folder / "waivers.toml", "--output", "csv").out)))
        self.assertEqual({r["control_status"] for r in rows if r["control"] == "POSTERN-SPF"}, {"fail, waived"})
        self.assertEqual({r["expired_waiver"] for r in rows if r["control"] == "POSTERN-SMTP-AUTH"}, {EXPIRED})

    def test_every_output_that_counts_controls_counts_it(self):
        counts = re.compile(r"\d+ of \d+ controls? pass, [^.]*\.")
        text = set(counts.findall(self.audit("text")))
        self.assertEqual(len(text), 1, text)
        self.assertIn(" 1 waived,", *text)
        for form in ("markdown", "sarif", "junit", "oscal"):
            with self.subTest(form):
                self.assertEqual(set(counts.findall(self.audit(form))), text)

    def test_what_it_does_to_the_exit_status(self):
        waivers = self.put("waivers.toml", WAIVERS)
        one = ("audit", TENANT, "--waivers", waivers, "--control")
        self.assertEqual(postern(*one, "POSTERN-SPF").status, 0)
        self.assertEqual(postern(*one, "POSTERN-SMTP-AUTH").status, 1)

    def test_of_many_tenants(self):
        other = self.folder / "fabrikam"
        shutil.copytree(TENANT, other)
        done = postern("audit", TENANT, other, "--control", "POSTERN-SPF", "--waivers",
                       self.put("waivers.toml", WAIVERS))
        self.assertEqual(done.status, 0, done)
        self.assertIn("2 fail, waived.", done.out)

    def test_junit_skips_it_and_sarif_notes_it(self):
        suite = xml.fromstring(postern("audit", TENANT, "--waivers", self.put("w.toml", WAIVERS), "--output",
                                       "junit").out).find("testsuite")
        self.assertTrue([s for s in suite.findall("testcase/skipped")
                         if s.get("message") == "fail, waived: " + WAIVED])
        run = json.loads(postern("audit", TENANT, "--waivers", self.folder / "w.toml", "--output",
                                 "sarif").out)["runs"][0]
        self.assertNotIn("POSTERN-SPF", [r["ruleId"] for r in run["results"]])
        told = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
        self.assertTrue([t for t in told if t.startswith("POSTERN-SPF") and WAIVED in t], told)


class Baselines(Folder):
    """What changed decides the exit status, so every output tells of it."""

    BEFORE = 'name = "contoso"\nreject_direct_send = true\n[[accepted_domain]]\nname = "contoso.com"\n'
    CONNECTOR = '[[inbound_connector]]\nname = "Evil"\ntype = "OnPremises"\nsender_domains = ["*"]\n' \
                'sender_ip_addresses = ["203.0.113.66"]\n'

    def audit(self, form, *words):
        done = postern("audit", *words, "--output", form, "--out", self.folder / "out")
        return done.status, re.sub(r"\s+", " ", (self.folder / "out").read_text(encoding="utf-8"))

    def baseline(self, *tenants):
        before = self.folder / "before.json"
        self.assertIn(postern("audit", *tenants, "--output", "json", "--out", before).status, (0, 3))
        return before

    def test_every_output_tells_what_changed(self):
        tenant = self.put("contoso.toml", self.BEFORE)
        before = self.baseline(tenant)
        self.put("contoso.toml", self.BEFORE + self.CONNECTOR)
        for form in FORMATS:
            with self.subTest(form):
                status, text = self.audit(form, tenant, "--baseline", before)
                self.assertEqual(status, 1)
                self.assertIn("203.0.113.66", text)
                self.assertIn("connector", text)

    def drift(self, file, before, after):
        """What the baseline of an export tells where the first object of one of its files was, and is, so."""
        for name, properties in (("then", before), ("now", after)):
            shutil.copytree(TENANT, self.folder / name, dirs_exist_ok=True)
            path = self.folder / name / file
            objects = json.loads(path.read_text(encoding="utf-8-sig"))
            (objects[0] if isinstance(objects, list) else objects).update(properties)
            path.write_text(json.dumps(objects))
        kept = self.folder / "kept.json"
        postern("audit", self.folder / "then", "--output", "json", "--out", kept)
        done = postern("audit", self.folder / "now", "--baseline", kept, "--output", "json")
        found = json.loads(done.out)
        return json.dumps(found["drift"]), json.dumps(found["not_compared"])

    def test_an_exports_baseline_sees_every_property(self):
        for file, name, before, after in (
                ("TransportRule.json", "BlindCopyTo", ["boss@contoso.com"], ["spy@evil.example"]),
                ("TransportRule.json", "SentTo", ["ann@contoso.com"], ["bob@contoso.com"]),
                ("TransportRule.json", "Priority", 0, 7),
                ("TransportRule.json", "StopRuleProcessing", False, True),
                ("InboundConnector.json", "EFUsers", [], ["ann@contoso.com"]),
                ("HostedContentFilterPolicy.json", "SpamAction", "MoveToJmf", "AddXHeader"),
                ("HostedConnectionFilterPolicy.json", "IPBlockList", [], ["192.0.2.1"]),
                ("AcceptedDomain.json", "SendingFromDomainDisabled", False, True)):
            with self.subTest(name):
                drift, _ = self.drift(file, {name: before}, {name: after})
                self.assertIn(name, drift)
                self.assertNotIn(name, self.drift(file, {name: before}, {name: before})[0])

    def test_marks_and_the_order_of_a_list_are_no_drift(self):
        for before, after in (({"Guid": "11111111-0000-4000-8000-000000000000"}, {"Guid": "11111111-0000-4000-8000-000000000001"}),
                              ({"SentTo": ["a@contoso.com", "b@contoso.com"]}, {"SentTo": ["b@contoso.com", "a@contoso.com"]})):
            with self.subTest(str(before)):
                self.assertEqual(self.drift("TransportRule.json", before, after)[0], "[]")

    def test_of_a_long_value_it_sees_a_change_too(self):
        before = "x" * 500
        self.assertIn("ApplyHtmlDisclaimerText", self.drift(
            "TransportRule.json", {"ApplyHtmlDisclaimerText": before}, {"ApplyHtmlDisclaimerText": before[:-1] + "y"})[0])

    def test_every_output_tells_what_was_not_compared(self):
        tenant = self.put("contoso.toml", self.BEFORE)
        before = self.baseline(tenant)
        for form in FORMATS:
            with self.subTest(form):
                status, text = self.audit(form, tenant, "--baseline", before)
                self.assertEqual(status, 3)
                self.assertIn("the mail-flow rules were read neither then nor now", text)
                self.assertNotIn("othing has changed.", text)

    def test_of_several_tenants_every_output_tells_it(self):
        one, two = self.put("contoso.toml", self.BEFORE), self.put("fabrikam.toml", self.BEFORE.replace("contoso", "fabrikam"))
        before = self.baseline(one, two)
        self.put("contoso.toml", self.BEFORE + self.CONNECTOR)
        new = self.put("northwind.toml", self.BEFORE.replace("contoso", "northwind"))
        for form in FORMATS:
            with self.subTest(form):
                status, text = self.audit(form, one, new, "--baseline", before)
                self.assertEqual(status, 1)
                self.assertIn("203.0.113.66", text)
                self.assertIn("tenant fabrikam" if form != "json" and form != "html" else "fabrikam", text)
                self.assertIn("northwind", text)

    def test_a_tenant_that_is_gone_or_new_is_told_alone(self):
        one, two = self.put("contoso.toml", self.BEFORE), self.put("fabrikam.toml", self.BEFORE.replace("contoso", "fabrikam"))
        words = ("--control", "6.5.5")
        before = self.folder / "before.json"
        postern("audit", one, two, *words, "--output", "json", "--out", before)
        self.assertEqual(self.audit("json", one, two, *words, "--baseline", before)[0], 0)
        new = self.put("northwind.toml", self.BEFORE.replace("contoso", "northwind"))
        self.assertEqual(self.audit("json", one, two, new, *words, "--baseline", before)[0], 1)
        postern("audit", one, two, new, *words, "--output", "json", "--out", before)
        status, _ = self.audit("json", one, two, *words, "--baseline", before)
        self.assertEqual(status, 1)
        tenants = json.loads((self.folder / "out").read_text())["tenants"]
        self.assertEqual([(t["name"], t["outcome"]) for t in tenants],
                         [("contoso", "pass"), ("fabrikam", "pass"), ("northwind", "gone")])

    def test_one_that_could_not_be_read_then_is_not_compared(self):
        one, lost = self.put("contoso.toml", self.BEFORE), self.put("fabrikam.toml", "nonsense")
        before = self.folder / "before.json"
        postern("audit", one, lost, "--control", "6.5.5", "--output", "json", "--out", before)
        self.put("fabrikam.toml", self.BEFORE.replace("contoso", "fabrikam"))
        status, text = self.audit("text", one, lost, "--control", "6.5.5", "--baseline", before)
        self.assertEqual(status, 3)
        self.assertIn("could not be read when the baseline was made", text)

    def test_what_was_not_judged_has_no_count_of_failed_controls(self):
        one, lost = self.put("contoso.toml", self.BEFORE), self.put("fabrikam.toml", "nonsense")
        for form, cell in (("markdown", "`not read` | `-` |"), ("html", 'not read</td><td class="number">-<')):
            self.assertIn(cell, self.audit(form, one, lost)[1], form)


class Controls(Folder):
    def test_are_listed_without_a_tenant(self):
        done = postern("audit", "--controls")
        self.assertEqual(done.status, 0, done)
        self.assertRegex(done.out, r"(?m)^6\.5\.5 ")
        ids = [c["id"] for c in json.loads(postern("audit", "--controls", "--output", "json").out)["controls"]]
        audited = json.loads(postern("audit", TENANT, "--output", "json").out)["controls"]
        self.assertEqual(ids, [c["id"] for c in audited], "what is listed is what is judged")
        rows = list(csv.DictReader(io.StringIO(postern("audit", "--controls", "--output", "csv").out)))
        self.assertEqual([r["id"] for r in rows], ids)

    def test_of_a_folder_are_listed_too(self):
        self.put("own/one.toml", 'id = "ACME-1"\ntitle = "Ours"\nremedy = "Do it."\n[check]\n'
                                 'property = "TransportConfig.SmtpClientAuthenticationDisabled"\nexpect = "True"\n')
        self.assertIn("ACME-1", postern("audit", "--controls", self.folder / "own").out)

    def test_beside_a_tenant_need_their_folder(self):
        done = postern("audit", TENANT, "--controls")
        self.assertEqual(done.status, 2)
        self.assertIn("--controls: needs a folder beside TENANT", done.err)


class ManyExports(Folder):
    def test_are_audited_side_by_side_by_their_names(self):
        for name in ("contoso", "fabrikam"):
            shutil.copytree(TENANT, self.folder / name)
        good = self.put("northwind.toml", 'name = "n"\nreject_direct_send = true\n[[accepted_domain]]\nname = "n.example"\n')
        done = postern("audit", self.folder / "contoso", self.folder / "fabrikam", good, "--output", "json")
        self.assertEqual(done.status, 1, done)
        tenants = json.loads(done.out)["tenants"]
        self.assertEqual([(t["name"], t["outcome"]) for t in tenants],
                         [("contoso", "fail"), ("fabrikam", "fail"), ("northwind", "pass")])

    def test_of_one_name_are_told_apart_by_their_paths(self):
        for name in ("a/tenant", "b/tenant"):
            shutil.copytree(TENANT, self.folder / name)
        done = postern("audit", "a/tenant", "b/tenant", "--output", "json", cwd=self.folder)
        self.assertEqual([t["name"] for t in json.loads(done.out)["tenants"]], ["a/tenant", "b/tenant"])
        done = postern("audit", "a/tenant", "a/tenant", cwd=self.folder)
        self.assertEqual(done.status, 2)
        self.assertIn("is named twice", done.err)

    def test_one_that_cannot_be_read_hides_no_other(self):
        done = postern("audit", TENANT, self.folder / "gone", "--output", "json")
        self.assertEqual([t["outcome"] for t in json.loads(done.out)["tenants"]], ["fail", "not read"])
        self.assertEqual(done.status, 1)

    def test_have_a_baseline_of_their_own(self):
        before = self.folder / "before.json"
        words = ("audit", TENANT, self.put("n.toml", 'name = "n"\n[[accepted_domain]]\nname = "n.example"\n'))
        postern(*words, "--output", "json", "--out", before)
        done = postern(*words, "--baseline", before, "--output", "json")
        self.assertEqual([t["audit"]["drift"] for t in json.loads(done.out)["tenants"]], [[], []])
        done = postern("audit", TENANT, "--baseline", before)
        self.assertEqual(done.status, 2)
        self.assertIn("is the audit of several tenants", done.err)


class Excel(Folder):
    MARK = "\ufeff"

    def test_has_a_mark_and_the_separator_that_was_said(self):
        words = ("impact", TENANT, EXAMPLE / "evidence", "--output", "csv")
        plain = list(csv.reader(io.StringIO(postern(*words).out)))
        for name, separator, point in (("comma", ",", "."), ("semicolon", ";", ",")):
            with self.subTest(name):
                text = postern(*words, f"--excel={name}").out
                self.assertTrue(text.startswith(self.MARK + "tenant" + separator))
                rows = list(csv.reader(io.StringIO(text[1:]), delimiter=separator))
                column = rows[0].index("confidence")
                self.assertRegex(rows[1][column], rf"^[01]\{point}\d\d\d$")
                for row in rows[1:]:
                    row[column] = row[column].replace(",", ".")
                self.assertEqual(rows, plain, "the same table")

    def test_every_command_that_writes_csv_takes_it(self):
        for words in (("audit", TENANT), ("audit", "--controls"), ("impact", TENANT, EXAMPLE / "evidence"),
                      ("plan", TENANT), ("explain", TENANT)):
            with self.subTest(words):
                text = postern(*words, "--output", "csv", "--excel=semicolon").out
                self.assertTrue(text.startswith(self.MARK))
                self.assertEqual(len({len(r) for r in csv.reader(io.StringIO(text[1:]), delimiter=";")}), 1)

    def test_is_for_csv_alone(self):
        done = postern("audit", TENANT, "--excel")
        self.assertEqual((done.status, done.out), (2, ""))
        self.assertIn("--excel: is for CSV; add --output csv", done.err)

    def first_line(self, **variables):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
        return postern("audit", "--controls", "--output", "csv", "--excel", env={**environment, **variables})

    def test_the_locale_decides(self):
        self.assertTrue(self.first_line().out.startswith(self.MARK + "id,title"))
        self.assertTrue(self.first_line(LC_ALL="C.UTF-8").out.startswith(self.MARK + "id,title"))
        if shutil.which("localedef") is None:
            self.skipTest("localedef is not installed")
        made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", self.folder / "de_DE.UTF-8"],
                              capture_output=True, timeout=60, check=False)
        if not (self.folder / "de_DE.UTF-8" / "LC_NUMERIC").exists():
            self.skipTest(f"no German locale can be made (package locales): {made.stderr!r}")
        german = self.first_line(LOCPATH=str(self.folder), LC_ALL="de_DE.UTF-8")
        self.assertTrue(german.out.startswith(self.MARK + "id;title"), german)

    def test_a_locale_that_is_not_here_is_not_guessed(self):
        done = self.first_line(LC_ALL="xx_YY.UTF-8")
        self.assertEqual((done.status, done.out), (2, ""))
        self.assertIn("say --excel=semicolon or --excel=comma", done.err)


if __name__ == "__main__":
    unittest.main()

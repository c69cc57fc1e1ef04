"""The formats that other tools read, for the example, with waivers, with nothing determined, without
evidence, for one sender and for 5,001, and with hostile text: valid by the official schemas where those
are at hand (../shared), and by our own rules always."""

import collections
import csv
import html
import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

from browser_test import HOSTILE, evidence
from ocsf import Ocsf
from program import EXAMPLE, SOURCE, postern

SHARED = SOURCE.parent / "shared"
FORMATS = ("sarif", "junit", "ocsf", "oscal", "markdown")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")


def outputs():
    """What `postern impact --output` takes, and those of them that `--redact` is for, as the page tells."""
    page = postern("manual", "--outputs").out
    names = re.findall(r"^- `(.+?)`: ", page, re.M)
    cells = re.search(r"^\| `postern impact` \|(.*)\|$", page, re.M).group(1).split("|")
    written = [name for name, cell in zip(names, cells, strict=True) if cell.strip() == "yes"]
    redacted = re.findall(r"`(\w+)`", re.search(r"^`--redact` is for passing on (.*?):", page, re.M).group(1))
    return written, redacted


def commands(folder):
    """A name, and the words of a run that gives a document."""
    tenant, mail = EXAMPLE / "tenant", EXAMPLE / "evidence"
    waivers = folder / "waivers.toml"
    waivers.write_text('[[waiver]]\ncontrol = "POSTERN-SPF"\nowner = "<b>ann & bob]]>"\n'
                       'reason = "=cmd|\' /C calc\'!A0"\nexpires = "2099-12-31"\n')
    bare = folder / "bare.toml"
    bare.write_text('name = "bare.example"\n\n[[accepted_domain]]\nname = "bare.example"\n')
    names = [(f"192.0.2.{1 + i}", f"{i}@contoso.com", text) for i, text in enumerate(HOSTILE)]
    evidence(folder / "hostile.csv", names)
    evidence(folder / "one.csv", names[:1])
    evidence(folder / "empty.csv", [])
    many = [(f"{20 + i // 62500}.{i // 250 % 250}.{i % 250}.9", f"a{i}@contoso.com", "x") for i in range(5001)]
    evidence(folder / "many.csv", many)
    listed = folder / "tenants.toml"
    listed.write_text(f'[[tenant]]\nname = "contoso"\nsource = "{tenant}"\n\n'
                      '[[tenant]]\nname = "gone"\nsource = "no/such/folder"\n')
    gone = folder / "gone.toml"
    gone.write_text('[[tenant]]\nname = "gone"\nsource = "no/such/folder"\n')
    yield "audit", ("audit", tenant)
    yield "waived", ("audit", tenant, "--waivers", waivers)
    yield "undetermined", ("audit", bare)
    yield "tenants", ("audit", "--tenants", listed)
    yield "tenants gone", ("audit", "--tenants", gone)
    yield "impact", ("impact", tenant, mail)
    for name in ("hostile", "one", "empty", "many"):
        yield name, ("impact", tenant, folder / f"{name}.csv")
    yield "plan", ("plan", tenant, mail)
    yield "plan alone", ("plan", tenant)
    # Nobody breaks, but for what is missing: two forgers that the administrator calls so.
    answers = folder / "refuse.toml"
    answers.write_text('[[sender]]\nname = "forgers"\naddress = ["192.0.2.1", "192.0.2.2"]\nanswer = "refuse"\n')
    forged = [(f"192.0.2.{1 + i % 2}", f"{i % 2}@contoso.com", "x") for i in range(28)]
    evidence(folder / "whole.csv", forged)
    evidence(folder / "two days.csv", forged[:2])
    (folder / "bad row.csv").write_text((folder / "whole.csv").read_text() + "yesterday,,nowhere\n")
    for command in ("impact", "plan"):
        for name in ("whole", "two days", "bad row"):
            yield f"{command} {name}", (command, tenant, folder / f"{name}.csv", "--senders", answers)
    yield "plan most shapes", ("plan", tenant, folder / "whole.csv", "--senders", answers, "--most-shapes", "1")
    given = folder / "given.toml"
    given.write_text('[[inbound_connector]]\nname = "CRM"\ntype = "Partner"\nsender_domains = ["contoso.com"]\n'
                     'sender_ip_addresses = ["192.0.2.1"]\n')
    for name, words in (("forged", ("--senders", answers)), ("somebody", ())):
        yield f"plan lets in {name}", ("plan", tenant, folder / "whole.csv", "--connectors", given, *words)


def worst(form, text):
    """The exit status that the worst item of a document stands for; what is waived decides nothing."""
    if form == "junit":
        found = {{"failure": 1, "error": 3}.get(child.tag, 0)
                 for child in xml.fromstring(text).iterfind("testsuite/testcase/*")}
    elif form == "sarif":
        found = {{"fail": 1, "open": 3}[result["kind"]]
                 for run in json.loads(text)["runs"] for result in run["results"]}
    elif form == "ocsf":
        events = [json.loads(line) for line in text.splitlines()]
        found = {{3: 1, 2: 3}.get(e["compliance"]["status_id"], 0) for e in events if e["status"] != "Suppressed"}
    elif form == "oscal":
        found = set()
        for result in json.loads(text)["assessment-results"]["results"]:
            waived = {risk["uuid"] for risk in result.get("risks", ()) if risk["status"] == "deviation-approved"}
            for finding in result.get("findings", ()):
                if not waived & {risk["risk-uuid"] for risk in finding.get("related-risks", ())}:
                    found.add({"fail": 1, "other": 3}.get(finding["target"]["status"].get("reason"), 0))
    else:
        found = {{"**fail**": 1, "not known": 3}.get(word, 0) for word in re.findall(r"^\| ([^|]+) \|", text, re.M)}
    return 1 if 1 in found else 3 if 3 in found else 0


class ForAllMail(unittest.TestCase):
    """The report shows what its plan changes over all mail, in the plan's own sentences."""

    def test_the_report_says_what_the_plan_says(self):
        tenant, mail = EXAMPLE / "tenant", EXAMPLE / "evidence"
        with tempfile.TemporaryDirectory() as folder:
            kept = pathlib.Path(folder) / "plan.json"
            made = json.loads(postern("plan", tenant, mail, "--plan", kept, "--output", "json").out)
            pages = {"report": postern("report", tenant, mail, "--plan", kept),
                     "plan": postern("plan", tenant, mail, "--output", "html")}
        statements = made["over_all_mail"]["statements"]
        self.assertTrue(statements)
        for name, page in pages.items():
            with self.subTest(name):
                self.assertIn("What would change, for all mail", page.out)
                section = html.unescape(page.out.split('<section id="all-mail"')[1].split("</section>")[0])
                for statement in statements[:12]:
                    self.assertIn(statement["sentence"], section)
                self.assertIn("Newly refused", section)
                self.assertIn("Newly accepted", section)
                self.assertIn(statements[0]["witness"]["client_ip"], section)


class Formats(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        where = pathlib.Path(cls.folder.name)
        cls.made, cls.words, cls.status = {}, {}, {}
        for name, words in commands(where):
            cls.words[name] = words
            for form in FORMATS:
                done = postern(*words, "--output", form, timeout=120)
                assert done.status in (0, 1, 2 if name.startswith("tenants") else 1, 3), (name, form, done)
                assert cls.status.setdefault(name, done.status) == done.status, (name, form, done)
                cls.made[name, form] = done.out
            if name in ("impact", "audit"):
                words = (*words, "--output", "sarif", "--sarif-all")
                cls.made[f"{name} all", "sarif"] = postern(*words).out

    def each(self, form):
        for (name, made), text in self.made.items():
            if made == form:
                with self.subTest(name):
                    yield name, text

    # --- by the official schemas ---

    def schema(self, name):
        file = SHARED / "schemas" / name
        if not file.exists():
            self.skipTest(f"{file} is not at hand")
        if not importlib.util.find_spec("jsonschema"):
            self.skipTest("python3-jsonschema is not installed")
        # ECMA's classes of characters, which Python's engine lacks.
        text = file.read_text().replace("\\\\p{L}", "[^\\\\W\\\\d_]").replace("\\\\p{N}", "\\\\d")
        return json.loads(text)

    def test_sarif_is_valid(self):
        schema = self.schema("sarif-schema-2.1.0.json")
        import jsonschema

        check = jsonschema.Draft4Validator(schema)
        for name, text in self.each("sarif"):
            errors = [e.message for e in check.iter_errors(json.loads(text))]
            self.assertEqual(errors[:3], [])

    def test_oscal_is_valid(self):
        schema = self.schema("oscal_assessment-results_schema.json")
        import jsonschema

        check = jsonschema.Draft7Validator(schema)
        for name, text in self.each("oscal"):
            if name != "many":  # 5,001 senders take this validator minutes
                errors = [f"{list(e.absolute_path)}: {e.message}"[:300] for e in check.iter_errors(json.loads(text))]
                self.assertEqual(errors[:3], [])

    def test_junit_is_valid(self):
        schema = SHARED / "schemas" / "junit-10.xsd"
        if not schema.exists() or not shutil.which("xmllint"):
            self.skipTest(f"{schema} or xmllint is not at hand")
        for name, text in self.each("junit"):
            done = subprocess.run(["xmllint", "--noout", "--schema", str(schema), "-"], check=False,
                                  input=text.encode(), capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr.decode()[-2000:])

    def test_ocsf_is_valid(self):
        source = SHARED / "suites" / "ocsf"
        if not source.exists():
            self.skipTest(f"{source} is not at hand")
        check = Ocsf(source)
        for name, text in self.each("ocsf"):
            for line in text.splitlines()[:200]:
                self.assertEqual(check.errors("findings/compliance_finding", json.loads(line)), [])

    def test_the_ocsf_checker_bites(self):
        source = SHARED / "suites" / "ocsf"
        if not source.exists():
            self.skipTest(f"{source} is not at hand")
        check = Ocsf(source)
        line = self.made["impact", "ocsf"].splitlines()[0]
        for change in (lambda e: e.pop("time"), lambda e: e.update(time=e["time"] // 1000),
                       lambda e: e["compliance"].update(status_id=7), lambda e: e.update(nonsense=1),
                       lambda e: e["metadata"].pop("product"), lambda e: e.update(severity_id="high"),
                       lambda e: e["evidences"][0].update(email={"smtp_from": "a@b.example"})):
            event = json.loads(line)
            change(event)
            self.assertNotEqual(check.errors("findings/compliance_finding", event), [])

    # --- our own rules ---

    def test_github_takes_the_sarif(self):
        for name, text in self.each("sarif"):
            document = json.loads(text)
            for run in document["runs"]:
                rules = run["tool"]["driver"]["rules"]
                for rule in rules:
                    self.assertTrue(rule["help"]["text"] and rule["fullDescription"]["text"], rule["id"])
                    self.assertLessEqual(len(rule["properties"]["tags"]), 10)
                self.assertLessEqual(len(run["results"]), 5000)
                for result in run["results"]:
                    self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
                    place = result["locations"][0]["physicalLocation"]
                    self.assertFalse(place["artifactLocation"]["uri"].startswith(("/", "..", "file:")), place)
                    self.assertNotIn(" ", place["artifactLocation"]["uri"])
                    self.assertGreaterEqual(place["region"]["startLine"], 1)
                    self.assertRegex(result["partialFingerprints"]["primaryLocationLineHash"], UUID)
                    if not name.endswith(" all"):
                        self.assertIn(result["kind"], ("fail", "open"))
                        self.assertNotIn("suppressions", result)

    def results(self, name):
        return json.loads(self.made[name, "sarif"])["runs"][0]["results"]

    def test_fingerprints_are_those_of_the_object(self):
        marks = [r["partialFingerprints"]["primaryLocationLineHash"] for r in self.results("impact all")]
        self.assertEqual(len(marks), len(set(marks)))
        again = postern("impact", EXAMPLE / "tenant", EXAMPLE / "evidence", "--since", "2026-10-10",
                        "--output", "sarif", "--sarif-all", cwd="/")
        seen = {r["partialFingerprints"]["primaryLocationLineHash"]
                for r in json.loads(again.out)["runs"][0]["results"]}
        self.assertLess(len(seen - set(marks)), 3, "an object keeps its mark whatever is found")
        self.assertGreater(len(seen & set(marks)), 10)

    def test_paths_are_the_same_from_anywhere(self):
        def places(cwd, tenant):
            done = postern("audit", tenant, "--output", "sarif", cwd=cwd)
            return [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                    for r in json.loads(done.out)["runs"][0]["results"]]

        self.assertEqual(places(SOURCE, "examples/contoso/tenant"), places(SOURCE, EXAMPLE / "tenant"))
        self.assertEqual(places(SOURCE, "./examples/../examples/contoso/tenant"),
                         places(SOURCE, "examples/contoso/tenant"))
        for place in places("/", EXAMPLE / "tenant"):
            self.assertFalse(place.startswith("/"))

    def test_what_is_waived_still_fails(self):
        """Derived from the findings, not from the control that the waiver lets pass."""
        waived = [json.loads(line) for line in self.made["waived", "ocsf"].splitlines()]
        waived = [e for e in waived if e["status_id"] == 3]
        self.assertTrue(waived)
        for event in waived:
            self.assertEqual(event["compliance"]["status_id"], 3)
            self.assertIn("waived", event["comment"])
        results = json.loads(self.made["waived", "oscal"])["assessment-results"]["results"][0]
        self.assertIn("deviation-approved", [risk["status"] for risk in results["risks"]])
        self.assertNotIn("POSTERN-SPF", [r["ruleId"] for r in self.results("waived")])
        suite = xml.fromstring(self.made["waived", "junit"]).find("testsuite")
        skipped = [c for c in suite.findall("testcase/skipped") if c.get("message").startswith("fail, waived")]
        self.assertEqual(len(skipped), len(waived))

    def test_junit_counts_what_it_holds(self):
        for name, text in self.each("junit"):
            for suite in xml.fromstring(text):
                cases = suite.findall("testcase")
                self.assertEqual(int(suite.get("tests")), len(cases))
                for attribute, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                    self.assertEqual(int(suite.get(attribute)), len(suite.findall(f"testcase/{element}")))
                for case in cases:
                    self.assertNotIn(".", case.get("classname").split(".", 2)[2].split(".")[0])

    def test_what_is_not_known_is_no_pass(self):
        suite = xml.fromstring(self.made["undetermined", "junit"]).find("testsuite")
        self.assertGreater(int(suite.get("errors")), 3)
        suite = xml.fromstring(self.made["empty", "junit"]).find("testsuite")
        self.assertGreater(int(suite.get("errors")), 0)
        suite = xml.fromstring(self.made["plan alone", "junit"]).find("testsuite")
        self.assertEqual(int(suite.get("errors")), int(suite.get("tests")))

    def test_the_worst_item_is_the_exit_status(self):
        """Whatever reads a format alone concludes what the program says."""
        for name, words in self.words.items():
            for form in FORMATS:
                with self.subTest(name, form=form):
                    status, text = self.status[name], self.made[name, form]
                    if words[0] == "audit":  # one control decides, unless all are asked for
                        done = postern(*words, "--strict", "--output", form)
                        status, text = done.status, done.out
                    # A tenant that can't be read is one thing that is not known.
                    self.assertEqual(worst(form, text), {2: 3}.get(status, status))
        self.assertEqual({name: self.status[name] for name in self.status if name.startswith("plan ")},
                         {"plan alone": 3, "plan whole": 0, "plan two days": 3, "plan bad row": 3,
                          "plan most shapes": 3, "plan lets in forged": 1, "plan lets in somebody": 3})

    def test_what_the_evidence_of_a_plan_lacks_is_an_item(self):
        for name, kind, remedy in (("two days", "short_period", "Collect evidence of a longer time"),
                                   ("bad row", "rows_lost", "Mend what could not be read"),
                                   ("most shapes", "not_decided", "a higher --most-shapes")):
            with self.subTest(name):
                errors = xml.fromstring(self.made[f"plan {name}", "junit"]).findall("testsuite/testcase/error")
                (error,) = [each for each in errors if each.get("type") == "POSTERN-PLAN-EVIDENCE"]
                # Of mail that is there and was not replayed, no claim passes.
                claims = xml.fromstring(self.made[f"plan {name}", "junit"]).findall("testsuite/testcase")
                self.assertEqual(len(errors), len(claims) if name == "most shapes" else 1)
                self.assertIn(kind + ": ", error.text)
                self.assertIn(remedy, error.text)
                self.assertIn(remedy, postern(*self.words[f"plan {name}"]).out, "as the text's next step")

    def test_a_tenant_that_was_not_read_is_no_execution_that_succeeded(self):
        for name, succeeded in (("tenants", [True, False]), ("tenants gone", [False]), ("empty", [True])):
            runs = [run["invocations"][0] for run in json.loads(self.made[name, "sarif"])["runs"]]
            self.assertEqual([run["executionSuccessful"] for run in runs], succeeded)
            for run in runs:
                levels = {told["level"] for told in run["toolExecutionNotifications"]}
                self.assertEqual("error" in levels, not run["executionSuccessful"], run)

    def test_every_format_tells_of_both_tenants(self):
        runs = json.loads(self.made["tenants", "sarif"])["runs"]
        self.assertEqual(len(runs), 2)
        self.assertEqual(len(xml.fromstring(self.made["tenants", "junit"])), 2)
        self.assertEqual(len(json.loads(self.made["tenants", "oscal"])["assessment-results"]["results"]), 2)
        events = [json.loads(line) for line in self.made["tenants", "ocsf"].splitlines()]
        self.assertEqual({e["metadata"]["tenant_uid"] for e in events}, {"contoso", "gone"})
        self.assertIn("gone", self.made["tenants", "markdown"])

    def test_times_are_milliseconds(self):
        for name, text in self.each("ocsf"):
            for line in text.splitlines()[:50]:
                self.assertTrue(10**12 < json.loads(line)["time"] < 10**13)

    def test_the_formats_agree(self):
        """One finding is one result, one case, one event, one observation."""
        for name in ("audit all", "impact all"):
            kinds = collections.Counter(r["kind"] for r in self.results(name))
            plain = name.removesuffix(" all")
            events = [json.loads(line) for line in self.made[plain, "ocsf"].splitlines()]
            states = collections.Counter(e["compliance"]["status_id"] for e in events)
            self.assertEqual(kinds["fail"], states[3])
            self.assertEqual(kinds["open"], states[2])
            self.assertEqual(kinds["pass"], states[1])
            suite = xml.fromstring(self.made[plain, "junit"]).find("testsuite")
            self.assertEqual(int(suite.get("failures")), kinds["fail"])
            self.assertEqual(int(suite.get("errors")), kinds["open"])
            result = json.loads(self.made[plain, "oscal"])["assessment-results"]["results"][0]
            self.assertEqual(len(result["observations"]), sum(kinds.values()))

    def test_five_thousand_and_one_are_cut_with_a_word(self):
        run = json.loads(self.made["many", "sarif"])["runs"][0]
        self.assertEqual(len(run["results"]), 5000)
        self.assertIn("left out", run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"])
        self.assertIn("left out", self.made["many", "junit"])
        self.assertIn("left out", self.made["many", "markdown"])
        self.assertLess(len(self.made["many", "markdown"]), 65536)

    def test_redacted_documents_hold_no_local_part(self):
        """Each output there is: it holds none, or refuses."""
        written, redacted = outputs()
        self.assertLess(set(FORMATS), set(redacted))
        answers = pathlib.Path(self.folder.name) / "answers.toml"
        answers.write_text('[[sender]]\nname = "scanner of zed.quill@contoso.com"\naddress = "203.0.113.10"\n'
                           'answer = "keep"\nowner = "zed.quill@contoso.com"\n')
        words = ("impact", EXAMPLE / "tenant", EXAMPLE / "evidence", "--senders", answers, "--output")
        for form in written:
            with self.subTest(form):
                done = postern(*words, form, "--redact")
                if form not in redacted:
                    self.assertEqual((done.status, done.out), (2, ""))
                    self.assertIn("use one of " + ", ".join(redacted), done.err)
                    continue
                self.assertTrue("zed.quill@contoso.com" in postern(*words, form).out)
                for local in ("zed.quill", "scanner@", "invoices@", "crm@", "payroll@", "Scan from"):
                    self.assertFalse(local in done.out, local)
                self.assertTrue("scanner of " in done.out and "@contoso.com" in done.out, "the rest stays")

    def test_sarif_all_is_for_sarif(self):
        for form in outputs()[0]:
            done = postern("audit", EXAMPLE / "tenant", "--sarif-all", "--output", form)
            if form == "sarif":
                self.assertIn(done.status, (1, 3), done)
            else:
                self.assertEqual((done.status, done.out, done.err),
                                 (2, "", "postern: --sarif-all: is for SARIF; add --output sarif\n"))
        page = postern("report", "--help").out
        self.assertNotIn("--sarif-all", page)
        self.assertIn("leave subjects out (html)", " ".join(page.split()))

    def test_a_plan_is_a_working_paper(self):
        rows = list(csv.DictReader(postern("plan", EXAMPLE / "tenant", EXAMPLE / "evidence",
                                           "--output", "csv").out.splitlines()))
        self.assertEqual([r["step"] for r in rows], [str(i + 1) for i in range(len(rows))])
        self.assertEqual(rows[-1]["kind"], "switch")
        self.assertIn("Set-OrganizationConfig", rows[-1]["command"])
        self.assertEqual({r["owner"] + r["due"] + r["done"] for r in rows}, {""})
        self.assertEqual({r["tenant"] for r in rows}, {"contoso.com"})
        file = pathlib.Path(self.folder.name) / "plan.csv"
        postern("plan", EXAMPLE / "tenant", "--output", "csv", "--out", file)
        self.assertTrue(file.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel asks for the mark")


if __name__ == "__main__":
    unittest.main()

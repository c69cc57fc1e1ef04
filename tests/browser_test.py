"""The HTML report in a real browser: the same numbers as the JSON, readable without scripts, nothing of
the network, nothing run of what mail says, accessible, and few sheets of paper.

Needs Chromium, Node and the modules of tests/browser/package.json (packaging/fetch-browser-modules.sh);
skips with a line where one is missing, and fails there where POSTERN_BROWSER_REQUIRED is set."""

import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from program import EXAMPLE, SOURCE, postern

MODULES = pathlib.Path(os.environ.get("POSTERN_BROWSER_MODULES", SOURCE / "build" / "browser"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
NODE = shutil.which("node") or ""
LOOK = SOURCE / "tests" / "browser" / "look.mjs"
HOSTILE = ("</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "]]>", "\u202etxt.exe",
           '"><svg/onload=alert(1)>', "=cmd|' /C calc'!A0", "javascript:alert(1)", "a" * 2000)


def missing():
    if not CHROMIUM:
        return "chromium is not installed"
    if not NODE:
        return "node is not installed"
    if not (MODULES / "node_modules" / "playwright-core").is_dir():
        return f"no playwright-core in {MODULES} (packaging/fetch-browser-modules.sh)"
    return ""


def look(jobs):
    """What the browser saw, by the name of the job."""
    with tempfile.TemporaryDirectory() as folder:
        listed = pathlib.Path(folder) / "jobs.json"
        listed.write_text(json.dumps(jobs))
        done = subprocess.run([NODE, str(LOOK), str(MODULES), CHROMIUM, str(listed)],
                              capture_output=True, timeout=240, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode("utf-8", "replace"))
        return json.loads(done.stdout)


def evidence(path, rows):
    """Rows of (address, sender, subject) as Defender's EmailEvents."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Timestamp", "NetworkMessageId", "SenderIPv4", "SenderMailFromAddress",
                      "SenderFromAddress", "RecipientEmailAddress", "Subject", "EmailDirection",
                      "DeliveryLocation", "Connectors"])
        for number, (address, sender, subject) in enumerate(rows):
            out.writerow([f"2026-10-{1 + number % 28:02}T08:00:00Z", f"id-{number}", address, sender,
                          sender, "ann@contoso.com", subject, "Inbound", "Inbox/folder", ""])


class Page:
    """A report, as text and in the file that the browser opens."""

    def __init__(self, folder, name, *words):
        self.file = pathlib.Path(folder) / f"{name}.html"
        self.done = postern(*words, "--out", self.file, timeout=120)
        assert self.done.status in (0, 1, 3), self.done
        self.html = self.file.read_text(encoding="utf-8")


@unittest.skipIf(missing() and not os.environ.get("POSTERN_BROWSER_REQUIRED"), missing())
class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if missing():
            raise AssertionError(f"POSTERN_BROWSER_REQUIRED is set, but {missing()}")
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        where = pathlib.Path(cls.folder.name)
        tenant, mail = EXAMPLE / "tenant", EXAMPLE / "evidence"
        plan = where / "plan.json"
        made = postern("plan", tenant, mail, "--plan", plan, "--output", "json")
        assert made.status in (0, 1, 3), made
        cls.plan = json.loads(made.out)
        cls.impact = json.loads(postern("impact", tenant, mail, "--output", "json").out)
        cls.whole = Page(where, "whole", "report", tenant, mail, "--plan", plan)
        altered = where / "altered.html"
        altered.write_text(cls.whole.html.replace("const block", "const  block", 1))
        names = [(f"192.0.2.{1 + i}", f"{i}@contoso.com", text) for i, text in enumerate(HOSTILE)]
        evidence(where / "hostile.csv", names)
        evidence(where / "harmless.csv", [(a, s, "subject") for a, s, _ in names])
        cls.hostile = Page(where, "hostile", "report", tenant, where / "hostile.csv")
        cls.harmless = Page(where, "harmless", "report", tenant, where / "harmless.csv")
        (where / "empty.csv").write_text((where / "hostile.csv").read_text().split("\n")[0] + "\n")
        cls.empty = Page(where, "empty", "impact", tenant, where / "empty.csv", "--output", "html")
        cls.audit = Page(where, "audit", "audit", tenant, "--output", "html")
        file = str(cls.whole.file)
        cls.seen = look([
            {"name": "plain", "file": file, "scripts": False},
            {"name": "script", "file": file, "axe": True, "find": "scan", "pdf": str(where / "a.pdf")},
            {"name": "altered", "file": str(altered)},
            {"name": "dark", "file": file, "scheme": "dark", "axe": True},
            {"name": "phone", "file": file, "width": 390, "height": 844, "axe": True},
            {"name": "narrow", "file": file, "width": 320, "height": 640},
            {"name": "paper", "file": file, "print": True, "width": 688, "height": 1024, "axe": True},
            {"name": "hostile", "file": str(cls.hostile.file), "find": "alert", "axe": True},
            {"name": "harmless", "file": str(cls.harmless.file)},
            {"name": "empty", "file": str(cls.empty.file), "axe": True},
            {"name": "audit", "file": str(cls.audit.file), "axe": True, "scheme": "dark"},
        ])

    def bars(self):
        """Each bar's parts as numbers, from the page's own words."""
        for part in re.findall(r'<ul class="parts">(.*?)</ul></div></figure>', self.whole.html, re.S):
            yield [int(n.replace(",", "")) for n in re.findall(r"<li[^>]*>([\d,]+) ", part)]

    def test_every_bar_sums_to_all_mail(self):
        bars = list(self.bars())
        self.assertEqual(len(bars), 3)
        total = sum(sender["messages"] for sender in self.impact["senders"])
        for bar in bars:
            self.assertEqual(sum(bar), total)

    def test_the_plan_is_proven_again_as_it_was(self):
        """The bar of the plan refuses of yours what the plan's own proof says."""
        part = re.findall(r'<ul class="parts">(.*?)</ul></div></figure>', self.whole.html, re.S)[-1]
        refused = re.search(r"([\d,]+) yours, refused", part)
        breaks = sum(o["messages"] for o in self.plan["proof"]["breaks"])
        self.assertEqual(int(refused.group(1)) if refused else 0, breaks)
        self.assertIn(self.plan["proof"]["statement"], self.whole.html)

    def test_the_headline_is_the_conclusion(self):
        lost = self.impact["conclusion"]["lost"]
        headline = re.search(r"<h1>(.*?)</h1>", self.whole.html, re.S).group(1)
        headline = re.sub(r"<[^>]+>", "", headline)
        self.assertEqual([int(n) for n in re.findall(r"\d+", headline)],
                         [lost["messages"], lost["senders"]])
        self.assertIn("Not yet.", headline)

    def test_it_says_the_same_without_scripts_and_with_an_altered_one(self):
        def answer(name):
            return self.seen[name]["text"].split("Senders, by what to do")[0]

        self.assertGreater(len(answer("plain")), 1000)
        self.assertEqual(answer("plain"), answer("script"))
        self.assertEqual(answer("plain"), answer("altered"))
        for sender in self.impact["senders"]:
            self.assertIn(sender["name"], self.seen["plain"]["text"])
        self.assertTrue(self.seen["altered"]["errors"], "the policy refuses the altered script")
        self.assertTrue(self.seen["altered"]["formHidden"])
        self.assertFalse(self.seen["script"]["formHidden"])

    def test_nothing_is_asked_of_the_network_and_nothing_runs(self):
        for name, seen in self.seen.items():
            with self.subTest(name):
                self.assertEqual(seen["requests"], [])
                self.assertEqual(seen["dialogs"], 0)
                if name != "altered":
                    self.assertEqual(seen["errors"], [])

    def test_hostile_text_adds_no_element(self):
        self.assertEqual(self.hostile.html.count("<"), self.harmless.html.count("<"))
        self.assertEqual(self.seen["hostile"]["scripts"], self.seen["harmless"]["scripts"])
        self.assertIn("alert(1)", self.seen["hostile"]["text"])
        cells = list(csv.reader(io.StringIO(self.seen["hostile"]["find"]["csv"].lstrip("\ufeff"))))
        for row in cells[1:]:
            for cell in row:
                self.assertNotIn(cell[:1], tuple("=+-@"), cell)

    def test_find_shows_what_is_asked_for(self):
        found = self.seen["script"]["find"]
        wanted = [s for s in self.impact["senders"]
                  if "scan" in json.dumps([s["name"], s["envelope_senders"][:1], s["subjects"][:1]]).lower()]
        self.assertTrue(found["told"].startswith(f"{len(wanted)} of {len(self.impact['senders'])} "), found["told"])
        self.assertEqual(found["rows"], len(wanted))
        rows = list(csv.DictReader(io.StringIO(found["csv"].lstrip("\ufeff"))))
        self.assertEqual({r["sender"] for r in rows}, {s["name"] for s in wanted})

    def test_it_is_accessible(self):
        for name in ("script", "dark", "phone", "paper", "hostile", "empty", "audit"):
            with self.subTest(name):
                self.assertEqual(self.seen[name]["axe"], [])

    def test_no_page_scrolls_sideways(self):
        for name in ("phone", "narrow"):
            self.assertLessEqual(self.seen[name]["overflow"], 0, name)

    def test_paper(self):
        self.assertLessEqual(self.seen["script"]["sheets"], 7)
        # A4 less the margins, at 96 dots an inch.
        self.assertLess(self.seen["paper"]["firstTaskBottom"], 1024)

    def test_the_file_is_small(self):
        self.assertLess(self.whole.file.stat().st_size, 120_000)

    def test_without_evidence_it_never_looks_well(self):
        self.assertIn("Can’t say.", self.empty.html)
        self.assertNotIn('<div class="bars">', self.empty.html)
        self.assertNotIn('<h1><span class="good">', self.empty.html)
        self.assertEqual(self.empty.done.status, 3)


if __name__ == "__main__":
    unittest.main()

"""The shipped example: made by the generator as it stands, and found out by impact, sender by sender."""

import csv
import filecmp
import json
import pathlib
import subprocess
import tempfile
import unittest

from program import EXAMPLE, GENERATE_EXAMPLE, SOURCE, postern


def files_below(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


class Example(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done = postern(
            "impact", EXAMPLE / "tenant", EXAMPLE / "evidence", "--output", "json"
        )
        assert done.status == 1, done
        cls.report = json.loads(done.out)
        with open(EXAMPLE / "truth.csv", encoding="utf-8", newline="") as file:
            cls.truth = list(csv.DictReader(file))

    def test_the_shipped_files_are_what_the_generator_makes(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([GENERATE_EXAMPLE, folder], check=True, timeout=60)
            made = pathlib.Path(folder)
            shipped = [f for f in files_below(EXAMPLE) if f != "README.md"]
            self.assertEqual(files_below(made), shipped)
            for name in shipped:
                self.assertTrue(
                    filecmp.cmp(made / name, EXAMPLE / name, shallow=False),
                    f"{name} differs from what the generator makes",
                )

    def sender_of(self, actor):
        """The one sender that holds the actor's addresses."""
        addresses = set(actor["addresses"].split())
        found = [s for s in self.report["senders"] if addresses & set(s["addresses"])]
        self.assertEqual(len(found), 1, f"{actor['actor']} is {len(found)} senders")
        self.assertEqual(set(found[0]["addresses"]), addresses, actor["actor"])
        return found[0]

    def test_every_actor_is_one_sender_with_its_numbers(self):
        for actor in self.truth:
            with self.subTest(actor["actor"]):
                sender = self.sender_of(actor)
                for column, field in {
                    "messages": "messages",
                    "days": "days",
                    "recipients": "recipients",
                    "envelope_senders": "envelope_sender_count",
                }.items():
                    self.assertEqual(str(sender[field]), actor[column], column)
                self.assertEqual(sender["first"], actor["first"])
                self.assertEqual(sender["last"], actor["last"])

    def test_every_actor_is_named_rightly(self):
        for actor in self.truth:
            with self.subTest(actor["actor"]):
                sender = self.sender_of(actor)
                self.assertEqual(sender["looks"], actor["looks"], sender["reasons"])
                self.assertEqual(sender["kind"], actor["kind"], sender["reasons"])

    def test_every_actor_has_its_verdict(self):
        for actor in self.truth:
            with self.subTest(actor["actor"]):
                counts = self.sender_of(actor)["with_rejection"]
                self.assertEqual(counts[actor["verdict"]], int(actor["messages"]))

    def test_there_is_no_sender_beside_the_actors(self):
        known = {a for actor in self.truth for a in actor["addresses"].split()}
        for sender in self.report["senders"]:
            self.assertLessEqual(set(sender["addresses"]), known, sender["name"])
        self.assertEqual(len(self.report["senders"]), len(self.truth))

    def test_the_totals_are_the_truth(self):
        totals = self.report["totals"]

        def messages(looks, verdict):
            return sum(
                int(a["messages"])
                for a in self.truth
                if a["verdict"] == verdict and a["looks"] in looks
            )

        every = {"legitimate", "forged", "unclear"}
        self.assertEqual(totals["rejected_legitimate"], messages({"legitimate"}, "reject"))
        self.assertEqual(totals["rejected_forged"], messages({"forged"}, "reject"))
        self.assertEqual(totals["rejected_unclear"], messages({"unclear"}, "reject"))
        self.assertEqual(totals["undetermined"], messages(every, "undetermined"))
        self.assertEqual(totals["accepted"], messages(every, "accept"))
        self.assertEqual(
            totals["rows"], totals["used"] + totals["not_relevant"] + totals["bad"]
        )
        self.assertEqual(sum(self.report["not_relevant"].values()), totals["not_relevant"])
        self.assertEqual(sum(f["rows"] for f in self.report["files"]), totals["rows"])

    def test_the_readme_shows_this_output(self):
        readme = (SOURCE / "README.md").read_text(encoding="utf-8")
        text = postern("impact", "examples/contoso/tenant", "examples/contoso/evidence").out
        shown = [
            block.split("\n", 1)[1].rstrip("\n").split("\n…\n")
            for block in readme.split("```")[1::2]
            if block.startswith("console\n$ postern impact")
        ]
        self.assertEqual(len(shown), 1, "the README shows one run of postern impact")
        first, *rest = shown[0]
        for part in [first.split("\n", 1)[1], *rest]:
            self.assertIn(part, text)


if __name__ == "__main__":
    unittest.main()

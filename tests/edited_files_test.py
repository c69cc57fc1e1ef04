"""Plan and record files that somebody edited or cut: apply, rollback and plan next refuse them."""

import copy
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from change_test import Change  # noqa: E402
from program import EXAMPLE  # noqa: E402
from sealed import seal_of, sealed  # noqa: E402


class Edited(Change):
    def test_refuses_a_plan_that_was_edited(self):
        self.plan()
        for what, with_ in (("203.0.113.10", "203.0.113.0/24"), ("Set-Organ", "Remove-Organ")):
            text = self.file.read_text()
            edited = self.folder / "edited.json"
            at = text.index('"steps"')
            text = text[:at] + text[at:].replace(what, with_, 1)
            for now in (text, sealed(json.loads(text))):
                edited.write_text(now)
                done = self.run_live("apply", edited, "--yes", "--unproven")
                self.assertEqual(done.status, 2, done)
                self.assertIn("plan again", done.err)
        self.assertEqual(self.there.calls(), [])

    def test_refuses_a_plan_whose_proof_or_stages_were_edited(self):
        plan = self.plan()
        self.assertEqual(plan["seal"], seal_of(plan))
        self.assertNotEqual(plan["proof"]["holds"], "yes")
        edited = self.folder / "edited.json"
        proven, unwatched, hasty = copy.deepcopy(plan), copy.deepcopy(plan), copy.deepcopy(plan)
        proven["proof"]["holds"] = "yes"
        for stage in unwatched["stages"]:
            stage["expects"] = stage["expects"][:-1]
        hasty["stages"] = [stage for stage in hasty["stages"] if stage["kind"] != "look"]
        for number, stage in enumerate(hasty["stages"], 1):
            stage["number"] = number
        for document in (proven, unwatched, hasty):
            edited.write_text(json.dumps(document))
            for command in (("apply", edited, "--yes"), ("plan", "next", edited, EXAMPLE / "evidence"),
                            ("apply", edited, "--emit", "powershell")):
                done = self.run_live(*command)
                self.assertEqual((done.status, done.out), (2, ""), done)
                self.assertIn("was edited or cut since postern plan wrote it", done.err)
                self.assertEqual(done.err.count("\n"), 1)
        self.assertEqual(self.there.calls(), [])
        edited.write_text(json.dumps(plan))
        done = self.run_live("apply", edited, "--yes")
        self.assertIn("the plan's proof does not hold", done.err, "other white space is no edit")

    def test_refuses_a_record_that_was_edited_or_cut(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        record = json.loads(self.record.read_text())
        self.assertEqual(record["seal"], seal_of(record))
        self.assertEqual(record["plan"]["seal"], json.loads(self.file.read_text())["seal"])
        cut, emptied, pending = copy.deepcopy(record), copy.deepcopy(record), copy.deepcopy(record)
        del cut["steps"][0]
        emptied["steps"] = []
        pending["steps"][0]["status"] = "pending"
        self.there.seen.clear()
        for edited in (cut, emptied, pending):
            self.record.write_text(json.dumps(edited))
            for done in (self.rollback(), self.rollback("--force"), self.apply(),
                         self.run_live("plan", "next", self.file)):
                self.assertEqual((done.status, done.out), (2, ""), done)
                self.assertIn("was edited or cut since postern apply wrote it", done.err)
                self.assertEqual(done.err.count("\n"), 1)
        self.assertEqual(self.there.calls(), [])
        self.record.write_text(json.dumps(record))
        self.assertEqual(self.rollback().status, 0)
        self.assert_as_before()

    def test_takes_no_connector_away_that_the_plan_found(self):
        """Not even where somebody seals the edited record anew."""
        self.plan()
        self.assertEqual(self.apply().status, 0)
        record = json.loads(self.record.read_text())
        [theirs] = [each for each in record["read"]["tenant"]["InboundConnector"] if each["Name"] == "Newsletter"]
        step = record["steps"][0]
        step["after"]["Name"] = step["undo"]["parameters"]["Identity"] = "Newsletter"
        step["parameters"]["Name"] = "Newsletter"
        self.record.write_text(sealed(record))
        done = self.rollback()
        self.assertEqual(done.status, 2, done)
        self.assertIn("it creates connector 'Newsletter', which the reading in the file has already", done.err)
        self.assertIn(theirs["Name"], self.connectors())

    def test_a_file_that_is_no_record(self):
        for text in ("", "{}", "[", '{"schema": "postern/record/1"}', '{"schema": "postern/plan/2"}'):
            self.record.write_text(text)
            done = self.rollback()
            self.assertEqual(done.status, 2, done)
            self.assertEqual(done.err.count("\n"), 1)
        self.assertEqual(self.there.calls(), [])


if __name__ == "__main__":
    unittest.main()

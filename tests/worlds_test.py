#!/usr/bin/env python3
"""A dozen made tenants (tests/worlds): no answer of the program may be wrong about them."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "worlds"))

import generate
import judge
import rule
import tally

POSTERN = os.environ["POSTERN"]
SEEDS = range(1, 13)


class Worlds(unittest.TestCase):
    def test_no_answer_is_wrong(self):
        results = []
        for seed in SEEDS:
            with tempfile.TemporaryDirectory(prefix="postern-world-") as scratch:
                folder = os.path.join(scratch, str(seed))
                generate.write(generate.build(seed), folder)
                results.append(judge.judge(POSTERN, folder))
        self.assertEqual(tally.wrong_answers(results), [], tally.report(results))
        # That there was something to be wrong about.
        mails = [pile for r in results for pile in r["piles"].values()]
        self.assertGreater(sum(m.get("legitimate", 0) for m in mails), 1000)
        self.assertGreater(sum(m.get("forged", 0) for m in mails), 100)
        self.assertGreater(sum(r["answered"]["exit"] == 0 for r in results), 0, tally.report(results))


class TheJudge(unittest.TestCase):
    """What it is for, it finds."""

    def setUp(self):
        self.found = []
        mail = {"tls": True, "certificate": "", "acs": False, "signed_in": False, "refused_today": False, "in_evidence": True,
                "afterwards": False, "count": 3, "mail_from": "scan@contoso.example"}
        self.truth = {"domains": [{"name": "contoso.example", "match_subdomains": False}], "connectors": [], "switch": False,
                      "senders": [{"kind": "device", "legitimate": True}, {"kind": "lure", "legitimate": False}],
                      "mails": [mail | {"sender": 0, "ip": "203.0.113.7"}, mail | {"sender": 1, "ip": "198.51.100.9"}]}

    def judged(self, exit_status, *addresses):
        step = {"kind": "create", "before": None, "after": {
            "Name": "Postern", "ConnectorType": "OnPremises", "Enabled": True, "SenderDomains": ["smtp:*;1"], "SenderIPAddresses": list(addresses)}}
        plan = {"steps": [step, {"kind": "switch", "after": {"RejectDirectSend": True}}]}
        judge.judge_plan(self.truth, plan, exit_status, set(), lambda *what: self.found.append(what[0]), "answered")
        return self.found

    def test_a_plan_that_does_what_it_says(self):
        self.assertEqual(self.judged(0, "203.0.113.7"), [])

    def test_a_proof_of_a_plan_that_breaks_somebody(self):
        self.assertEqual(self.judged(0, "203.0.113.8"), ["answered: proven, but breaks"])

    def test_a_plan_that_says_that_it_breaks_somebody(self):
        self.assertEqual(self.judged(1, "203.0.113.8"), [])

    def test_a_connector_for_an_attacker(self):
        self.assertEqual(self.judged(1, "203.0.113.7", "198.51.100.0/24"), ["answered: a connector lets an attacker in"])


class TheRule(unittest.TestCase):
    """The second reader of the rule says what `postern explain` says, over mail of a world."""

    def test_world(self):
        for seed in (2, 4):  # behind a gateway, and not
            self.world(seed)

    def world(self, seed):
        with tempfile.TemporaryDirectory(prefix="postern-world-") as scratch:
            folder = os.path.join(scratch, str(seed))
            generate.write(generate.build(seed), folder)
            with open(os.path.join(folder, "truth.json"), encoding="utf-8") as file:
                truth = json.load(file)
            asked = {}
            for mail in truth["mails"]:
                if not mail["signed_in"] and not mail["acs"]:
                    asked.setdefault((mail["sender"], mail["mail_from"] == ""), mail)
            self.assertGreater(len(asked), 4)
            for mail in asked.values():
                more = ["--ip", mail["ip"], "--mail-from", mail["mail_from"] or "<>", "--rcpt-to", "ann@" + truth["domains"][0]["name"],
                        "--tls", "yes" if mail["tls"] else "no", "--certificate", mail["certificate"] or "none", "--what-if", "on"]
                said = subprocess.run([POSTERN, "explain", os.path.join(folder, "tenant"), *more], capture_output=True, text=True, timeout=60)
                taken, how = rule.decide(truth, mail, truth["connectors"], True)
                self.assertEqual(said.returncode, 0 if taken else 1, (mail, how, said.stdout, said.stderr))


if __name__ == "__main__":
    unittest.main()

"""What gates sent to a cluster as evidence: `postern impact nats://` and `postern ledger nats://`
over three servers and two gates, held against the gates' own ledgers."""

import base64
import concurrent.futures
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import faults
from loopback import nats_server
from wire import Wire

from cluster_test import NO_SERVER
from program import postern

MESSAGES = 900


class Reading(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program = nats_server()
        if program is None:
            print(NO_SERVER, flush=True)
            raise unittest.SkipTest(NO_SERVER)
        cls.run_ = faults.Run(program, MESSAGES, 1500, [faults.nothing])
        cls.addClassCleanup(cls.run_.__exit__)
        cls.run_.begin()
        cls.run_.load()
        cls.run_.drain()
        cls.run_.wait_for_replicas()
        cls.folder = cls.run_.folder
        cls.tenant = cls.run_.gates[0].folder / "tenant.toml"
        cls.reader = cls.folder / "reader.toml"

    def read(self, command, *arguments):
        done = postern(command, *arguments, "--output", "json", timeout=120)
        self.assertIn(done.status, (0, 1, 3), done)
        return done

    def impact(self, *evidence):
        """The answer, without the names of what was read and how long it took."""
        done = self.read("impact", self.tenant, *evidence)
        report = json.loads(done.out)
        return done.status, {key: report[key] for key in ("totals", "senders")}

    def cluster(self, address="nats:///contoso.com"):
        return (address, "--cluster", self.reader)

    def test_impact_comes_to_what_the_gates_own_ledgers_say(self):
        status, found = self.impact(*self.cluster())
        ledgers = [gate.folder / "ledger.db" for gate in self.run_.gates]
        expected_status, expected = self.impact(*ledgers)
        self.assertEqual(found, expected)
        self.assertEqual(status, expected_status)
        self.assertEqual(found["totals"]["rows"], MESSAGES)
        self.assertTrue(found["senders"])

    def test_all_tenants_are_evidence_too(self):
        self.assertEqual(self.impact(*self.cluster("nats://")), self.impact(*self.cluster()))

    def test_several_readers_at_once_read_the_same_octets(self):
        """Each reader of all verdicts has a place of its own in the streams."""
        with concurrent.futures.ThreadPoolExecutor(4) as several:
            texts = list(several.map(lambda _: self.read("ledger", *self.cluster("nats://")).out,
                                     range(4)))
        self.assertEqual(len(texts[0].splitlines()), MESSAGES)
        for text in texts[1:]:
            self.assertEqual(text, texts[0])

    def test_what_is_stored_twice_counts_once(self):
        """Under another message ID, as after a server's window for doubles is over."""
        before = self.read("ledger", *self.cluster("nats://"))
        impact = self.impact(*self.cluster())
        words = self.run_.servers
        port = words.all[0].port
        admin = Wire(port, "admin", "change me 2")
        self.addCleanup(admin.close)
        gates = {f"mx{n}": Wire(port, f"gate-mx{n}", f"change me {n + 3}") for n in (1, 2, 3)}
        for wire in gates.values():
            self.addCleanup(wire.close)
        stored = words.wait_for_leader(faults.STREAM).streams()[faults.STREAM]["state"]["messages"]
        for sequence in (1, 2, MESSAGES // 2, MESSAGES):
            answer = json.loads(admin.ask(f"$JS.API.STREAM.MSG.GET.{faults.STREAM}",
                                          json.dumps({"seq": sequence})))
            subject = answer["message"]["subject"]
            body = base64.b64decode(answer["message"]["data"]).decode()
            gate = subject.rsplit(".", 1)[1]
            self.assertIn(faults.STREAM, gates[gate].ask(subject, body, f"_INBOX_{gate}"))
        until = time.monotonic() + 20
        while time.monotonic() < until:
            there = words.wait_for_leader(faults.STREAM).streams()[faults.STREAM]["state"]
            if there["messages"] >= stored + 4:
                break
            time.sleep(0.2)
        self.assertGreaterEqual(there["messages"], stored + 4)
        again = self.read("ledger", *self.cluster("nats://"))
        self.assertEqual(again.out, before.out)
        self.assertEqual(again.status, 0, again)
        self.assertEqual(self.impact(*self.cluster()), impact)


if __name__ == "__main__":
    unittest.main()

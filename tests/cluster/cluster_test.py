"""The short form of the cluster's tests: a few thousand verdicts, one fault of each kind that takes
little time. `make cluster-test` (faults_test.py) runs every fault over 100,000."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import faults
from loopback import nats_server

NO_SERVER = ("no nats-server to test with: packaging/fetch-nats-server.sh build/nats brings one, "
             "POSTERN_NATS_SERVER names one")


class Short(unittest.TestCase):
    def setUp(self):
        self.program = nats_server()
        if self.program is None:
            print(NO_SERVER, flush=True)
            self.skipTest(NO_SERVER)

    def run_with(self, messages, rate, *chosen):
        with faults.Run(self.program, messages, rate, chosen) as run:
            self.assertTrue(run.begin())
            found = run.measure()
            print(found, flush=True)
            self.assertEqual(found["lost"], 0)
            self.assertEqual(found["doubled"], 0)
            self.assertEqual(found["strange"], 0)
            self.assertEqual(found["dropped"], 0)
            self.assertEqual(found["status"], 0, found["said"])
            self.assertEqual(len(set(found["replicas"])), 1, found["replicas"])
            self.assertGreaterEqual(found["replicas"][0][0], found["sent"])
            # Mail never waits for the cluster: the longest is this machine's own.
            self.assertLess(found["answer most ms"], 5000)

    def test_nothing_is_lost_while_all_servers_are_killed_and_a_gate(self):
        self.run_with(6000, 1000, faults.kill_three, faults.kill_a_gate)


if __name__ == "__main__":
    unittest.main()

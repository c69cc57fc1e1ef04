"""The shipped configuration of the servers: what each user must not do is tried, and not done."""

import json
import pathlib
import re
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from loopback import nats_server
from servers import SHIPPED, Servers
from wire import Wire

from cluster_test import NO_SERVER
from gates import TENANT, Gate
from program import postern

PURGES = ("$JS.API.STREAM.PURGE.VERDICT_00", "$JS.API.STREAM.DELETE.VERDICT_00",
          "$JS.API.STREAM.MSG.DELETE.VERDICT_00", "$JS.API.STREAM.UPDATE.VERDICT_00",
          "$JS.API.ACCOUNT.PURGE.POSTERN", "$JS.API.SERVER.REMOVE",
          "$JS.API.STREAM.SNAPSHOT.VERDICT_00", "$JS.API.STREAM.RESTORE.VERDICT_00",
          "$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.LEADER.STEPDOWN.VERDICT_00")


class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program = nats_server()
        if program is None:
            print(NO_SERVER, flush=True)
            raise unittest.SkipTest(NO_SERVER)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-rights-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.servers = Servers(program, cls.folder)
        cls.addClassCleanup(cls.servers.stop)
        (cls.folder / "admin.toml").write_text(cls.servers.cluster_table("admin", "_INBOX"))
        (cls.folder / "reader.toml").write_text(
            cls.servers.cluster_table("reader", "_INBOX_reader"))
        until = time.monotonic() + 60
        while (made := postern("cluster", "set-up", cls.folder / "admin.toml")).status != 0:
            if time.monotonic() > until:
                raise AssertionError(f"no streams: {made}")
            time.sleep(0.5)
        cls.servers.wait_for_leader("VERDICT_00")

    def user(self, name):
        words = (SHIPPED / "passwords.conf").read_text()
        password = re.search(rf'^{name.replace("-", "_")}_password: "(.*)"', words, re.M).group(1)
        wire = Wire(self.servers.all[0].port, name, password)
        self.addCleanup(wire.close)
        self.assertTrue(wire.signed_in)
        return wire

    def push(self, name):
        """A tenant of that name, by the administrator; its revision."""
        tenant = self.folder / f"{name}.toml"
        tenant.write_text(TENANT.replace("contoso.com", name))
        until = time.monotonic() + 60
        while True:
            done = postern("policy", "push", tenant, "--yes", "--cluster",
                           self.folder / "admin.toml")
            if done.status == 0:
                return int(done.out.split()[-1])
            if time.monotonic() > until:
                raise AssertionError(f"not pushed: {done}")
            time.sleep(0.5)

    def stored(self):
        leader = self.servers.wait_for_leader("VERDICT_00")
        return leader.streams()["VERDICT_00"]["state"]["messages"]

    def test_nobody_comes_in_without_a_password(self):
        for user, password in ((None, None), ("admin", "wrong"), ("gate-mx1", "")):
            wire = Wire(self.servers.all[0].port, user, password)
            self.assertFalse(wire.signed_in, user)
            wire.close()

    def test_a_gate_writes_its_own_subject_and_no_other(self):
        gate = self.user("gate-mx1")
        before = self.stored()
        own = gate.ask("verdict.29.contoso_com.mx1", "{}", "_INBOX_mx1")
        self.assertEqual(json.loads(own)["stream"], "VERDICT_00")
        self.assertEqual(self.stored(), before + 1)
        for subject in ("verdict.29.contoso_com.mx2", "verdict.29.contoso_com.mx1.more",
                        "verdict.29.mx1", "$KV.policy.tenant.contoso", "$KV.gate.state.mx2",
                        "_INBOX_mx2.x", "_INBOX_reader.x"):
            self.assertTrue(gate.publish(subject, "{}"), subject)
        self.assertEqual(self.stored(), before + 1)

    def test_a_gate_reads_no_verdicts_and_nobodys_answers(self):
        gate = self.user("gate-mx1")
        for subject in ("verdict.>", ">", "_INBOX.>", "_INBOX_mx2.>", "_INBOX_reader.>", "$SYS.>",
                        "$JS.>", "$JS.EVENT.>"):
            self.assertTrue(gate.subscribe(subject), subject)
        for subject in ("$JS.API.STREAM.INFO.VERDICT_00", "$JS.API.STREAM.NAMES",
                        "$JS.API.STREAM.MSG.GET.VERDICT_00", "$JS.API.DIRECT.GET.VERDICT_00",
                        "$JS.API.CONSUMER.CREATE.VERDICT_00.x.verdict.>",
                        "$JS.API.CONSUMER.MSG.NEXT.VERDICT_00.x"):
            self.assertTrue(gate.publish(subject, "{}", "_INBOX_mx1.x"), subject)

    def test_a_gate_follows_the_policy_and_tells_of_itself(self):
        self.push("contoso.com")
        gate = Gate(self.folder / "mx3", "mx3",
                    self.servers.cluster_table("gate-mx3", "_INBOX_mx3"), shared=True)
        self.addCleanup(gate.stop)
        gate.start()
        revision = self.push("fabrikam.com")
        until = time.monotonic() + 20
        while gate.metric("policy_revision") < revision and time.monotonic() < until:
            time.sleep(0.1)
        self.assertGreaterEqual(gate.metric("policy_revision"), revision, gate.log())
        self.assertEqual(gate.metric("policy_tenants"), 2)
        while time.monotonic() < until:
            heard = postern("policy", "rollout", "--cluster", self.folder / "admin.toml")
            if "mx3: revision" in heard.out:
                break
        self.assertIn("mx3: revision", heard.out, heard)
        self.assertEqual(heard.status, 0, heard)
        for each in self.servers.all:
            self.assertNotIn("gate-mx3", "\n".join(
                line for line in each.log().splitlines() if "Violation" in line))

    def test_a_gate_changes_no_policy_and_speaks_for_no_other(self):
        before = self.push("contoso.com")
        gate = self.user("gate-mx1")
        changes = ["$KV.policy.tenant.contoso-com", "$KV.policy.incarnation",
                   "$KV.claim.domain.contoso.com", "$KV.rollout.plan", "$KV.gate.state.mx2",
                   "$KV.gate.state.mx1.more"]
        for bucket in ("policy", "claim", "rollout", "gate"):
            for what in ("DELETE", "PURGE", "UPDATE", "MSG.DELETE", "SNAPSHOT", "RESTORE",
                         "LEADER.STEPDOWN"):
                changes.append(f"$JS.API.STREAM.{what}.KV_{bucket}")
            changes += [f"$JS.API.CONSUMER.DURABLE.CREATE.KV_{bucket}.x",
                        f"$JS.API.CONSUMER.MSG.NEXT.KV_{bucket}.x"]
        # What other gates tell, and who has which domain, is the administrator's alone to read.
        for bucket in ("claim", "gate"):
            changes += [f"$JS.API.STREAM.MSG.GET.KV_{bucket}", f"$JS.API.DIRECT.GET.KV_{bucket}",
                        f"$JS.API.CONSUMER.CREATE.KV_{bucket}"]
        for subject in changes:
            self.assertTrue(gate.publish(subject, "{}", "_INBOX_mx1.x"), subject)
        kept = postern("policy", "history", "contoso-com", "--cluster", self.folder / "admin.toml")
        self.assertIn(str(before), kept.out.splitlines()[-1], kept)

    def test_nobody_but_the_administrator_changes_or_takes_away(self):
        before = self.stored()
        for name in ("gate-mx1", "reader"):
            user = self.user(name)
            for subject in PURGES:
                self.assertTrue(user.publish(subject, "{}"), f"{name} {subject}")
        self.assertEqual(self.stored(), before)

    def test_the_reader_writes_nothing(self):
        reader = self.user("reader")
        before = self.stored()
        for subject in ("verdict.29.contoso_com.mx1", "$KV.policy.tenant.contoso",
                        "$JS.API.CONSUMER.CREATE.KV_policy", "$JS.ACK.VERDICT_00.x.1.1.1.1.1"):
            self.assertTrue(reader.publish(subject, "{}"), subject)
        self.assertEqual(self.stored(), before)

    def test_not_even_the_administrator_empties_a_stream_by_a_slip(self):
        admin = self.user("admin")
        answer = json.loads(admin.ask("$JS.API.STREAM.PURGE.VERDICT_00", ""))
        self.assertIn("not permit", answer["error"]["description"])

    def test_a_gate_that_speaks_in_anothers_name_is_told_by_readers(self):
        gate = self.user("gate-mx2")
        form = json.dumps({"v": 1, "id": "mx1:0123456789:1", "time": 1795000000,
                           "outcome": "refused", "mode": "enforce", "stage": "rcpt",
                           "recipient": "forged@contoso.com", "tenant": "contoso.com"})
        self.assertIn("VERDICT_00", gate.ask("verdict.29.contoso_com.mx2", form, "_INBOX_mx2"))
        done = postern("ledger", "nats://", "--cluster", self.folder / "reader.toml", "--output",
                       "json")
        self.assertEqual(done.status, 3, done)
        self.assertNotIn("forged", done.out)
        self.assertIn("can't be understood", done.err)


if __name__ == "__main__":
    unittest.main()

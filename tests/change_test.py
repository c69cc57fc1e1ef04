"""postern apply and postern rollback, against the stand-in of the service over HTTPS."""

import copy
import importlib.util
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from live import SECRET, Live  # noqa: E402
from mail_host import MailHost  # noqa: E402
from program import EXAMPLE, POSTERN  # noqa: E402
from schemas import strict
from sealed import sealed
from standin import service  # noqa: E402

WRITES = ("New-InboundConnector", "Set-InboundConnector", "Remove-InboundConnector",
          "Set-OrganizationConfig")
FAST = ("--settle", "0")


class Change(Live):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "plan.json"
        self.record = self.folder / "plan.json.record.json"
        self.before = copy.deepcopy(self.tenant.objects)

    def plan(self, *more):
        done = self.run_live("plan", "live:contoso", EXAMPLE / "evidence", "--plan", self.file, *more)
        self.assertIn(done.status, (0, 1, 3), done)
        self.there.seen.clear()
        return json.loads(self.file.read_text())

    def apply(self, *more, wait=20, **options):
        return self.run_live("apply", self.file, "--yes", "--unproven", *FAST, "--wait", wait, *more,
                             **options)

    def rollback(self, *more, settle=0, wait=20):
        return self.run_live("rollback", self.record, "--yes", "--settle", settle, "--wait", wait,
                             *more)

    def writes(self):
        return [name for name in self.there.calls() if name in WRITES]

    def connectors(self):
        return {each["Name"]: each for each in self.tenant.objects["InboundConnector"]}

    def switch(self):
        return self.tenant.objects["OrganizationConfig"][0]["RejectDirectSend"]

    def assert_as_before(self):
        old = {each["Name"]: each for each in self.before["InboundConnector"]}
        self.assertEqual(self.connectors().keys(), old.keys())
        for name, connector in self.connectors().items():
            for key, value in old[name].items():
                if not key.startswith("When"):
                    self.assertEqual(connector[key], value, (name, key))
        self.assertFalse(self.switch())

    def statuses(self):
        return [step["status"] for step in json.loads(self.record.read_text())["steps"]]


class Applying(Change):
    def test_makes_the_change_and_takes_it_back(self):
        plan = self.plan()
        done = self.apply()
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.writes(), [step["cmdlet"] for step in plan["steps"]])
        self.assertIs(self.switch(), True)
        self.assertIn("Postern - own devices and servers", self.connectors())
        self.assertEqual(set(self.statuses()), {"done"})
        if importlib.util.find_spec("jsonschema"):
            import jsonschema

            schema = strict("record-2")
            jsonschema.Draft202012Validator.check_schema(schema)
            jsonschema.validate(json.loads(self.record.read_text()), schema)
        self.there.seen.clear()
        back = self.rollback()
        self.assertEqual(back.status, 0, back)
        self.assertEqual(self.writes(), [step["undo"]["cmdlet"] for step in reversed(plan["steps"])])
        self.assert_as_before()
        self.assertEqual(set(self.statuses()), {"undone"})

    def test_probes_afterwards_if_asked(self):
        self.plan()
        refusal = "550 5.7.68 TenantInboundAttribution; Direct Send not allowed"
        for reply, status in ((refusal, 0), (None, 3)):
            host = MailHost(lambda stage, sender, reply=reply:
                            reply if (stage, sender) == ("RCPT", "ann@contoso.com") else None)
            self.addCleanup(host.close)
            done = self.apply("--probe", "ann@contoso.com", "--probe-host",
                              f"127.0.0.1:{host.port}")
            self.assertEqual(done.status, status, done)
            self.assertIn("Is Direct Send refused?", done.out)
            self.assertNotIn("DATA", host.commands)

    def test_in_stages(self):
        plan = self.plan()
        early = self.apply("--stage", "switch")
        self.assertEqual((early.status, self.writes()), (2, []), early)
        self.assertIn("does not show the connectors as made", early.err)
        done = self.apply("--stage", "connectors")
        self.assertEqual(done.status, 0, done)
        self.assertIn("the switch is not turned", done.out)
        made = [step["cmdlet"] for step in plan["steps"]]
        self.assertEqual(self.writes(), made[:-1])
        self.assertFalse(self.switch())
        self.assertEqual(self.statuses(), ["done"] * (len(made) - 1) + ["pending"])
        self.assertEqual(self.apply("--stage", "switch").status, 0)
        self.assertEqual(self.writes(), made)
        self.assertIs(self.switch(), True)
        self.assertEqual(self.rollback().status, 0)
        self.assert_as_before()

    def test_connectors_stay_while_somebody_has_the_switch_on(self):
        self.plan()
        self.assertEqual(self.apply("--stage", "connectors").status, 0)
        organisation = self.tenant.objects["OrganizationConfig"][0]
        organisation["RejectDirectSend"] = True
        self.there.seen.clear()
        back = self.rollback()
        self.assertEqual((back.status, self.writes()), (2, []), back)
        self.assertIn("RejectDirectSend is True, was never set when the plan read it", back.err)
        self.assertIn("with the connectors gone: newly refused (550 5.7.68)", back.err)
        self.assertIn("Set-OrganizationConfig -RejectDirectSend $false", back.err)
        organisation["RejectDirectSend"] = False
        self.assertEqual(self.rollback().status, 0)
        self.assert_as_before()

    def test_force_takes_connectors_away_and_says_whom_that_refuses(self):
        self.plan()
        self.assertEqual(self.apply("--stage", "connectors").status, 0)
        self.tenant.objects["OrganizationConfig"][0]["RejectDirectSend"] = True
        back = self.rollback("--force")
        self.assertEqual(back.status, 0, back)
        self.assertIn("by --force all the same: RejectDirectSend is True", back.err)
        self.assertIn("newly refused (550 5.7.68)", back.err)
        self.assertIn("left alone: RejectDirectSend is True", back.err)
        self.assertIn("Everything that the record holds is taken back", back.out)

    def test_what_somebody_removed_is_named_and_nothing_is_said_to_be_taken(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        objects = self.tenant.objects
        objects["InboundConnector"] = [each for each in objects["InboundConnector"]
                                       if not each["Name"].startswith("Postern")]
        self.there.seen.clear()
        done = self.apply(wait=1)
        self.assertEqual((done.status, self.writes()), (3, []), done)
        self.assertIn("this run changed nothing", done.err)
        self.assertIn("connector 'Postern - own devices and servers' is not there", done.err)
        self.assertIn("RejectDirectSend is on: mail that is let in by what is gone is refused", done.err)
        self.assertNotIn("The service took the change", done.out)

    def test_a_tenant_that_shares_a_domain_is_another_one(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        self.assertEqual(json.loads(self.record.read_text())["tenant"]["organisation"],
                         self.tenant.objects["OrganizationConfig"][0]["Guid"])
        other = self.there.add_tenant("shares.onmicrosoft.com", EXAMPLE / "tenant")
        other.objects["OrganizationConfig"][0]["RejectDirectSend"] = True
        self.profile("other", other, self.app)
        self.there.seen.clear()
        back = self.rollback("--tenant", "live:other", "--force")
        self.assertEqual((back.status, self.writes()), (2, []), back)
        self.assertIn("is another tenant than the record's: its organisation has the Guid", back.err)

    def test_apply_takes_no_stage_that_only_looks(self):
        self.plan()
        for stage in ("look", "rule", "watch"):
            done = self.apply("--stage", stage)
            self.assertEqual((done.status, done.err.count("\n")), (2, 1), done)

    def test_twice_is_once(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        self.there.seen.clear()
        self.assertEqual(self.apply().status, 0)
        self.assertEqual(self.writes(), [])

    def test_a_proof_that_does_not_hold_needs_a_second_word(self):
        self.plan()
        done = self.run_live("apply", self.file, "--yes", *FAST)
        self.assertEqual(done.status, 2, done)
        self.assertIn("--unproven", done.err)
        self.assertEqual(self.writes(), [])

    def test_asks_nobody_where_there_is_no_terminal(self):
        self.plan()
        done = self.run_live("apply", self.file, *FAST)
        self.assertEqual(done.status, 2, done)
        self.assertIn("no terminal", done.err)
        self.assertEqual(self.there.calls(), [])

    def test_asks_at_a_terminal(self):
        self.plan()
        for answer, status in ((b"n\n", 3), (b"\n", 3), (b"y\n", 0)):
            with self.subTest(answer):
                ours, theirs = pty.openpty()
                child = subprocess.Popen(
                    [POSTERN, "apply", self.file, *FAST, "--config", self.config], stdin=theirs,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    env=self.there.environment(POSTERN_CLIENT_SECRET=SECRET))
                os.close(theirs)
                os.write(ours, answer)
                out, err = child.communicate(timeout=60)
                os.close(ours)
                self.assertEqual(child.returncode, status, (out, err))
                self.assertIn(b"New-InboundConnector", out)
                self.assertIn(b"[y/N]", err)
                self.assertEqual(bool(self.switch()), status == 0)

    def test_refuses_a_tenant_that_changed(self):
        self.plan()
        self.connectors()["Newsletter"]["SenderIPAddresses"] = ["198.51.100.64/27"]
        done = self.apply()
        self.assertEqual(done.status, 2, done)
        self.assertIn("'Newsletter': SenderIPAddresses is 198.51.100.64/27, was 198.51.100.64/26",
                      done.err)
        self.assertEqual(self.writes(), [])

    def test_refuses_another_tenant(self):
        self.plan()
        other = self.there.add_tenant("other.onmicrosoft.com", EXAMPLE / "tenant")
        other.objects["AcceptedDomain"].pop()
        self.profile("other", other, self.app)
        done = self.apply("--tenant", "live:other")
        self.assertEqual(done.status, 2, done)
        self.assertIn("is another tenant than the plan's", done.err)
        self.assertEqual(self.writes(), [])

    def test_the_record_of_another_plan_is_left_alone(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        other = self.folder / "other.json"
        text = json.loads(self.file.read_text())
        text["made"]["at"] = "2020-01-01T00:00:00Z"
        other.write_text(sealed(text))
        done = self.run_live("apply", other, "--yes", "--unproven", "--record", self.record)
        self.assertEqual(done.status, 2, done)
        self.assertIn("another plan", done.err)

    def test_waits_for_a_change_that_travels(self):
        self.plan()
        self.tenant.propagation = 1.5
        done = self.apply()
        self.assertEqual(done.status, 0, done)
        self.assertIs(self.switch(), True)

    def test_says_when_it_is_not_in_time_and_goes_on_later(self):
        self.plan()
        self.tenant.propagation = 6
        done = self.apply(wait=1)
        self.assertEqual(done.status, 3, done)
        self.assertEqual(self.statuses()[0], "started")
        self.assertIsNot(self.switch(), True)
        self.tenant.propagation = 0
        time.sleep(6.5)
        done = self.apply()
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.there.calls("New-InboundConnector"), 1, "made once, and found again")

    def test_faults_of_the_service_end_in_one_line_and_can_be_gone_on_from(self):
        for cmdlet, fault in ((WRITES[0], service.half_a_body()), (WRITES[0], service.invisible()),
                              (WRITES[3], service.not_json())):
            with self.subTest(cmdlet=cmdlet, status=fault.status):
                self.setUp()
                self.plan()
                self.there.fail(cmdlet, fault, fault, fault, fault)
                done = self.apply()
                if done.status != 0:
                    self.assertEqual(done.status, 2, done)
                    self.assertIsNot(self.switch(), True)
                self.there._faults.clear()  # pylint: disable=protected-access
                self.assertEqual(self.apply().status, 0)
                self.assertIs(self.switch(), True)
                self.assertEqual(self.rollback().status, 0)
                self.assert_as_before()


    def test_stops_before_the_switch_where_a_connector_comes_disabled(self):
        self.plan()
        self.tenant.creates_disabled = True
        self.tenant.warnings["New-InboundConnector"] = [
            "The connector was created in a disabled state. Contact support to enable it."]
        done = self.apply()
        self.assertEqual(done.status, 2, done)
        self.assertIn("the service warns: The connector was created in a disabled state", done.err)
        self.assertIn("the switch was not turned; ask Microsoft support", done.err)
        self.assertFalse(self.switch())
        record = json.loads(self.record.read_text())
        self.assertTrue(any("disabled" in text for step in record["steps"]
                            for text in step.get("service_warnings", [])), record)
        for connector in self.tenant.objects["InboundConnector"]:
            if connector["Name"].startswith("Postern"):
                connector["Enabled"] = True
        done = self.apply()
        self.assertEqual(done.status, 0, done)
        self.assertIs(self.switch(), True)

    def test_a_plan_from_files_is_applied_to_the_live_tenant_that_it_fits(self):
        # With the connectors' Guids as a live export has them, or without.
        done = self.run_live("plan", EXAMPLE / "tenant", EXAMPLE / "evidence", "--plan", self.file)
        self.assertIn(done.status, (0, 1, 3), done)
        self.assertIn("--tenant live:NAME", self.apply().err)
        done = self.apply("--tenant", "live:contoso")
        self.assertEqual(done.status, 0, done)
        self.assertIn("the tenant is the one that was planned for", done.out)
        self.assertEqual(self.rollback().status, 0)
        self.assert_as_before()


def another_connector(objects):
    other = copy.deepcopy(objects["InboundConnector"][0])
    other.update(Name="Other", Identity="Other", Guid="11111111-0000-4000-8000-000000000000",
                 ConnectorType="OnPremises", SenderIPAddresses=["192.0.2.1"], Enabled=True)
    objects["InboundConnector"].append(other)


def another_property(objects):
    for connector in objects["InboundConnector"]:
        if connector["Name"] == "Newsletter":
            connector["SenderIPAddresses"] = ["198.51.100.64/27"]


def a_domain_less(objects):
    objects["AcceptedDomain"].pop()


class EditedByOthers(Change):
    """Somebody else is at work: right before each call of apply, one edit."""

    def run_edited(self, edit, at):
        """The cmdlets that ran, and what apply said."""
        seen = []
        run = type(self.tenant).run

        def edited(cmdlet, parameters):
            seen.append(cmdlet)
            if len(seen) == at:
                edit(self.tenant.objects)
            return run(self.tenant, cmdlet, parameters)

        self.tenant.run = edited
        self.addCleanup(lambda: self.tenant.__dict__.pop("run", None))
        self.tenant.objects.clear()
        self.tenant.objects.update(copy.deepcopy(self.before))
        self.record.unlink(missing_ok=True)
        return seen, self.apply()

    def test_at_every_call(self):
        """One edit or another at each call; all of them at each are in the engine's own tests."""
        self.plan()
        turned = kept = at = 0
        while True:
            edit = (another_connector, another_property, a_domain_less)[at % 3]
            at += 1
            seen, done = self.run_edited(edit, at)
            if len(seen) < at:
                break
            with self.subTest(edit=edit.__name__, before=f"{at}, {seen[at - 1]}"):
                reads = 3  # one look at all that a plan rests on
                if done.status == 0:
                    self.assertGreater(at, len(seen) - reads, "it came after the last look")
                    continue
                self.assertEqual(done.status, 2, done)
                told = [line for line in done.err.splitlines() if line.startswith("postern: ")]
                self.assertEqual(len(told), 1, done)
                if "Set-OrganizationConfig" in seen:
                    turned += 1
                    last = seen.index("Set-OrganizationConfig") - reads
                    self.assertGreater(at, last, "turned, though the last look showed the edit")
                else:
                    kept += 1
                    self.assertIsNot(self.switch(), True)
                    self.assertIn("the tenant is not as the plan read it", told[0])
        self.assertGreater(kept, 4)
        self.assertGreater(turned, 2)


class Killed(Change):
    def start(self, *arguments):
        return subprocess.Popen(
            [POSTERN, *map(str, arguments), "--config", str(self.config)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.there.environment(POSTERN_CLIENT_SECRET=SECRET))

    def kill_after(self, count, *arguments):
        """kill -9 as soon as the service saw so many calls."""
        child = self.start(*arguments)
        until = time.monotonic() + 30
        while child.poll() is None and len(self.there.calls()) < count:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.001)
        child.send_signal(signal.SIGKILL)
        child.wait(10)

    def test_anywhere_and_applied_again(self):
        for count in (2, 4, 5, 6, 8, 10, 12):
            with self.subTest(count):
                self.setUp()
                self.plan()
                self.tenant.propagation = 0.3
                self.kill_after(count, "apply", self.file, "--yes", "--unproven", *FAST)
                done = self.apply()
                self.assertEqual(done.status, 0, done)
                self.assertIs(self.switch(), True)
                names = [each["Name"] for each in self.tenant.objects["InboundConnector"]]
                self.assertEqual(len(names), len(set(names)))
                self.assertEqual(self.rollback().status, 0)
                self.assert_as_before()

    def test_anywhere_and_rolled_back(self):
        for count in (4, 5, 7, 9, 11, 13):
            with self.subTest(count):
                self.setUp()
                self.plan()
                self.kill_after(count, "apply", self.file, "--yes", "--unproven", *FAST)
                if not self.record.exists():
                    self.assertEqual(self.writes(), [])
                    continue
                done = self.rollback()
                self.assertEqual(done.status, 0, done)
                self.assert_as_before()

    def test_two_at_once_are_refused(self):
        self.plan()
        self.tenant.propagation = 5
        child = self.start("apply", self.file, "--yes", "--unproven", *FAST)
        self.addCleanup(child.wait, 10)
        self.addCleanup(child.kill)
        until = time.monotonic() + 20
        while not self.writes():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)
        done = self.apply()
        self.assertEqual(done.status, 2, done)
        self.assertIn("another process", done.err)


class RollingBack(Change):
    def test_refuses_what_somebody_changed_unless_forced(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        ours = self.connectors()["Postern - own devices and servers"]
        ours["SenderIPAddresses"] = [*ours["SenderIPAddresses"], "192.0.2.9"]
        self.there.seen.clear()
        done = self.rollback()
        self.assertEqual(done.status, 2, done)
        self.assertIn("192.0.2.9", done.err)
        self.assertEqual(self.writes(), [])
        self.assertEqual(self.rollback("--force").status, 0)
        self.assert_as_before()

    def test_what_is_gone_is_no_fault(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        self.tenant.objects["InboundConnector"] = copy.deepcopy(self.before["InboundConnector"])
        self.assertEqual(self.rollback().status, 0)
        self.assert_as_before()

    def test_front_ends_that_hear_of_it_late_and_answer_in_turn(self):
        # What was said to be taken back while changes remained.
        # Every pattern, on a clock of its own, is tried beside the code (src/plan/front_ends_test.cpp).
        for front_ends, as_known in (([0, 2], False), ([2, 0, 1], True)):
            with self.subTest(front_ends=front_ends, as_known=as_known):
                self.setUp()
                self.plan()
                self.tenant.front_ends = front_ends
                self.tenant.writes_as_known = as_known
                self.assertEqual(self.apply().status, 0)
                back = self.rollback(settle=3)
                self.assertEqual(back.status, 0, back)
                self.assertIn("was read back so for 3 s", back.out)
                self.assert_as_before()

    def test_is_not_said_to_be_done_before_every_reading_shows_it(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        self.tenant.come_to_rest()
        self.tenant.front_ends = [0, 6]
        back = self.rollback(settle=1, wait=3)
        self.assertEqual(back.status, 3, back)
        self.assertIn("Run postern rollback again", back.out)
        self.assertIn("Postern - own devices and servers", self.connectors())
        back = self.rollback(settle=5, wait=40)
        self.assertEqual(back.status, 0, back)
        self.assert_as_before()

    def test_the_time_to_hold_must_fit_into_the_time_to_wait(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        self.there.seen.clear()
        back = self.rollback(settle=30)
        self.assertEqual(back.status, 2, back)
        self.assertIn("--settle 30 leaves no room within --wait 20", back.err)
        self.assertEqual(self.there.calls(), [])

    def test_finds_a_connector_that_was_renamed(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        ours = self.connectors()["Postern - own devices and servers"]
        ours["Name"] = ours["Identity"] = "Devices"
        back = self.rollback()
        self.assertEqual(back.status, 0, back)
        self.assertNotIn("Devices", self.connectors())
        self.assert_as_before()

    def test_says_what_force_can_not_take_back(self):
        """A connector that the plan changed, and that somebody replaced since by another of its name."""
        self.plan()
        self.assertEqual(self.apply().status, 0)
        ours = self.connectors()["Postern - own devices and servers"]
        ours["Guid"] = "88888888-0000-4000-8000-000000000000"
        back = self.rollback()
        self.assertEqual(back.status, 2, back)
        self.assertIn("is another one", back.err)
        self.assertIn("pass --force to take back the rest", back.err)
        self.assertNotIn("put the recorded values over it", back.err)
        back = self.rollback("--force")
        self.assertEqual(back.status, 1, back)
        self.assertIn("not taken back, since no value can be put back there, and left alone: connector "
                      "'Postern - own devices and servers' is another one", back.err)
        self.assertNotIn("Everything that the record holds is taken back", back.out)
        self.assertIn("but for what is named above", back.out)
        self.assertFalse(self.switch())
        self.tenant.objects["InboundConnector"].remove(ours)
        back = self.rollback()
        self.assertEqual(back.status, 0, back)
        self.assert_as_before()

    def test_a_record_without_guids_and_warnings(self):
        def without(value):
            if isinstance(value, dict):
                return {key: without(each) for key, each in value.items()
                        if key not in ("Guid", "service_warnings")}
            return [without(each) for each in value] if isinstance(value, list) else value

        self.plan()
        self.assertEqual(self.apply().status, 0)
        record = json.loads(self.record.read_text())
        self.assertIn("Guid", json.dumps(record["steps"]))
        self.record.write_text(sealed(without(record)))
        back = self.rollback()
        self.assertEqual(back.status, 0, back)
        self.assert_as_before()

    def test_another_tenant_is_left_alone(self):
        self.plan()
        self.assertEqual(self.apply().status, 0)
        other = self.there.add_tenant("other.onmicrosoft.com", EXAMPLE / "tenant")
        for domain in other.objects["AcceptedDomain"]:
            domain["DomainName"] = "x-" + domain["DomainName"]
        self.profile("other", other, self.app)
        self.there.seen.clear()
        back = self.rollback("--tenant", "live:other", "--force")
        self.assertEqual(back.status, 2, back)
        self.assertIn("another tenant", back.err)
        self.assertEqual(self.writes(), [])


if __name__ == "__main__":
    unittest.main()

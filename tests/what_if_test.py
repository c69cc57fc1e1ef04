"""`impact --if`: what a change that is only thought of would do to each sender; `plan --train-until`: what a plan
would have lost of the mail that it was not made from."""

import json
import unittest

from folder import Folder
from program import EXAMPLE, postern

HEAD = ("NetworkMessageId,Timestamp,SenderFromAddress,SenderMailFromAddress,SenderMailFromDomain,SenderFromDomain,"
        "SenderIPv4,RecipientEmailAddress,EmailDirection,DeliveryAction,AuthenticationDetails,Connectors,Subject\n")
RELAY = """
[[inbound_connector]]
name = "Scan relay"
type = "OnPremises"
sender_domains = ["*"]
sender_ip_addresses = ["203.0.113.7"]
"""


def tenant(switch, more=""):
    return (f'name = "Alpha"\nreject_direct_send = {switch}\n[[accepted_domain]]\nname = "alpha.example"\n'
            f'spf = "v=spf1 ip4:203.0.113.0/27 ip4:203.0.113.192/27 -all"\n{more}')


def rows(address, count, first=0, domain="alpha.example", connector="", day=1, who="scan"):
    """Messages of a device, one every three hours from a day of October on."""
    out = ""
    for i in range(count):
        date, hour = day + i // 8, 3 * (i % 8)
        out += (f"{first + i:08x}-0000-0000-0000-000000000000,2026-10-{date:02}T{hour:02}:00:00Z,{who}@{domain},"
                f"{who}@{domain},{domain},{domain},{address},ann@{domain},Inbound,Delivered,"
                f'"{{""SPF"":""pass"",""DKIM"":""none"",""DMARC"":""pass""}}",{connector},Scan\n')
    return out


class Changed(Folder):
    def document(self, *arguments, status):
        done = postern(*arguments, "--output", "json", cwd=self.folder)
        self.assertEqual(done.status, status, done)
        return json.loads(done.out)

    def change(self, *changes, status):
        asked = [word for change in changes for word in ("--if", change)]
        return self.document("impact", "t.toml", "mail.csv", *asked, status=status)["if"]


class Impact(Changed):
    def test_a_connector_for_a_sender_that_the_switch_would_refuse(self):
        self.put("t.toml", tenant("false"))
        self.put("mail.csv", HEAD + rows("203.0.113.7", 60) + rows("203.0.113.200", 40, 1000, who="door"))
        relay = "connector 'Scan relay' type=OnPremises sender_domains=* sender_ip_addresses=203.0.113.7"
        found = self.change(relay, status=0)
        self.assertEqual(found["answer"], "nobody breaks")
        [sender] = found["senders"]
        self.assertEqual((sender["name"], sender["messages"]), ("203.0.113.7", 60))
        self.assertEqual(sender["with_change"]["accepted"] + sender["with_change"]["refused"], 0)
        self.assertEqual(sender["with_change_and_switch"]["accepted"], 60)
        self.assertEqual(sender["with_change_and_switch"]["connectors"], ["Scan relay"])
        both = self.change(relay, "reject-direct-send on", status=1)
        self.assertTrue(both["turns_switch"])
        self.assertEqual({s["name"]: s["with_change"]["refused"] for s in both["senders"]}, {"203.0.113.7": 0, "203.0.113.200": 40})
        text = postern("impact", "t.toml", "mail.csv", "--if", relay, cwd=self.folder).out
        self.assertIn("60 refused no longer, by Scan relay", " ".join(text.split()))

    def test_what_was_recorded_before_the_change_does_not_hide_it(self):
        """The evidence says of each message that the relay's connector took it. Without it none would."""
        self.put("t.toml", tenant("true", RELAY))
        self.put("mail.csv", HEAD + rows("203.0.113.7", 60, connector="Scan relay"))
        found = self.change("no connector 'Scan relay'", status=1)
        self.assertEqual(found["senders"][0]["with_change"]["refused"], 60)
        moved = "connector 'Scan relay' type=OnPremises sender_domains=* sender_ip_addresses=203.0.113.99"
        self.assertEqual(self.change(moved, status=1)["senders"][0]["with_change"]["refused"], 60)
        same = "connector 'Scan relay' type=OnPremises sender_domains=* sender_ip_addresses=203.0.113.7"
        self.assertEqual(self.change(same, status=0)["senders"], [])

    def test_the_switch_says_what_the_report_says(self):
        report = self.document("impact", EXAMPLE / "tenant", EXAMPLE / "evidence", "--if", "reject-direct-send on", status=1)
        shifts = {s["name"]: s["with_change"] for s in report["if"]["senders"]}
        compared = 0
        for sender in report["senders"]:
            now, then = sender["now"], sender["with_rejection"]
            if now["undetermined"] + then["undetermined"] > 0:
                continue
            shift = shifts.get(sender["name"], {"refused": 0, "accepted": 0})
            self.assertEqual(shift["refused"] - shift["accepted"], then["reject"] - now["reject"], sender["name"])
            compared += 1
        self.assertGreater(compared, 10)
        self.assertIsNone(self.document("impact", EXAMPLE / "tenant", EXAMPLE / "evidence", status=1)["if"])

    def test_a_domain_that_is_accepted_newly(self):
        """Its mail is another's today, and set aside; then it is Direct Send."""
        self.put("t.toml", tenant("false"))
        self.put("mail.csv", HEAD + rows("203.0.113.7", 60, domain="new.example"))
        [sender] = self.change("accepted-domain new.example", status=0)["senders"]
        self.assertEqual((sender["messages"], sender["with_change"]["accepted"]), (60, 60), "today it is relay")
        self.assertEqual(sender["with_change_and_switch"]["accepted"], 0, "refused as Direct Send instead")
        self.assertEqual(self.change("accepted-domain new.example", "reject-direct-send on", status=0)["senders"], [])

    def test_what_is_no_change(self):
        self.put("t.toml", tenant("true"))
        self.put("mail.csv", HEAD + rows("203.0.113.7", 10))
        for change in ("connector x", "no connector nobody", "make it safe"):
            done = postern("impact", "t.toml", "mail.csv", "--if", change, cwd=self.folder)
            self.assertEqual((done.status, done.out), (2, ""), done)
        self.put("list.toml", '[[tenant]]\nsource = "t.toml"\nevidence = ["mail.csv"]\n')
        done = postern("impact", "--tenants", "list.toml", "--if", "reject-direct-send on", cwd=self.folder)
        self.assertEqual(done.status, 2, done)
        self.assertIn("--if", done.err)


class TrainUntil(Changed):
    """A plan is made of the first part of the evidence and judged on the rest."""

    def setUp(self):
        super().setUp()
        self.put("t.toml", tenant("false"))
        self.old = rows("203.0.113.7", 160)
        self.later = rows("203.0.113.200", 56, 1000, day=14, who="door")

    def judged(self, status):
        plan = self.document("plan", "t.toml", "mail.csv", "--train-until", "2026-10-12", status=status)
        return plan, plan["held_out"]

    def test_a_device_that_came_later_would_have_been_lost(self):
        self.put("mail.csv", HEAD + self.old + self.later)
        plan, held_out = self.judged(1)
        self.assertEqual(held_out["from"], "2026-10-13T00:00:00Z")
        self.assertEqual(plan["steps"][0]["parameters"]["SenderIPAddresses"], ["203.0.113.7"])
        self.assertEqual(plan["proof"]["holds"], "yes", "of what it was made from")
        self.assertEqual([(b["sender"], b["messages"]) for b in held_out["proof"]["breaks"]], [("203.0.113.200", 56)])
        self.assertEqual(plan["proof"]["evidence"]["messages"], 12 * 8)
        self.assertEqual(held_out["proof"]["evidence"]["messages"], 160 + 56 - 12 * 8)
        text = postern("plan", "t.toml", "mail.csv", "--train-until", "2026-10-12", cwd=self.folder).out
        self.assertIn("Judged on evidence that it was not made from, from 2026-10-13", text)

    def test_where_nothing_new_came_it_would_have_lost_nothing(self):
        self.put("mail.csv", HEAD + self.old)
        _, held_out = self.judged(3)
        self.assertEqual(held_out["proof"]["breaks"], [])
        self.assertIn("no row tells of", held_out["proof"]["statement"], "what came after the evidence is not known")

    def test_without_it_nothing_is_held_out(self):
        self.put("mail.csv", HEAD + self.old)
        self.assertIsNone(self.document("plan", "t.toml", "mail.csv", status=0)["held_out"])

    def test_what_can_t_be_judged(self):
        self.put("mail.csv", HEAD + self.old)
        for more in (("mail.csv", "--plan", "p.json"), ("mail.csv", "--emit", "powershell"), (),
                     ("mail.csv", "--since", "2026-10-20"), ("mail.csv", "--until", "2026-10-02")):
            done = postern("plan", "t.toml", *more, "--train-until", "2026-10-12", cwd=self.folder)
            self.assertEqual(done.status, 2, (more, done))


if __name__ == "__main__":
    unittest.main()

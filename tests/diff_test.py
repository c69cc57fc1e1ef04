"""postern diff from outside: its answers, its examples held against postern explain, what it refuses."""

import json
import pathlib
import tempfile
import unittest

from program import EXAMPLE, postern

TENANT = EXAMPLE / "tenant"


def difference(*arguments):
    done = postern("diff", *arguments, "--output", "json")
    return done, json.loads(done.out) if done.out else None


def explained(tenant, witness):
    """What explain says of a witness: as diff names it."""
    asked = ["explain", tenant, "--ip", witness["client_ip"], "--output", "json"]
    asked += ["--mail-from", witness["mail_from"], "--rcpt-to", "a@" + witness["rcpt_to"]]
    asked += ["--tls", "yes" if witness["tls"] else "no"]
    asked += ["--certificate", witness["certificate"] or "none"]
    if witness["azure_communication_services"]:
        asked.append("--acs")
    verdict = json.loads(postern(*asked).out)["verdict"]
    if verdict["action"] == "reject":
        return verdict["reason"]
    originating = verdict["reason"].startswith("originating")
    partner = verdict["reason"] == "partner_connector"
    return "accepted" + ("_originating" if originating else "_partner" if partner else "")


class Differences(unittest.TestCase):
    def test_a_tenant_and_itself(self):
        done, document = difference(TENANT, TENANT)
        self.assertEqual(done.status, 0, done)
        self.assertEqual((document["result"], document["statements"]), ("same", []))

    def test_two_exports_without_the_switch_are_not_known_to_be_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for name in ("a", "b"):
                file = pathlib.Path(folder) / f"{name}.toml"
                file.write_text('name = "x"\n[[accepted_domain]]\nname = "contoso.com"\n')
                files.append(file)
            done, document = difference(*files)
            self.assertEqual((done.status, document["result"]), (3, "not_determined"), done)
            self.assertIn("may be on in one alone", document["why_not_determined"])
            self.assertEqual([each["answers"]["reject_direct_send"] for each in document["readings"]
                              if len(each["answers"]) == 1],
                             ["on before, off after", "off before, on after"])
            for one in ((files[0], files[0]), (files[0], "--if", "accepted-domain fabrikam.com")):
                _, document = difference(*one)
                self.assertNotIn("may be on in one alone", document["why_not_determined"] or "", one)

    def test_the_switch_refuses_and_lets_nobody_in(self):
        done, document = difference(TENANT, "--if", "reject-direct-send on")
        self.assertEqual(done.status, 1, done)
        self.assertEqual({each["change"] for each in document["statements"]}, {"newly_refused"})
        text = postern("diff", TENANT, "--if", "reject-direct-send on").out
        self.assertIn("newly refused (550 5.7.68): from your domains to your domains", text)
        self.assertIn("newly accepted: nothing", text)

    def test_a_connector_for_a_device_opens_relay_and_says_so(self):
        change = (
            "connector 'New scanner' type=OnPremises sender_domains=* "
            "sender_ip_addresses=198.51.100.200"
        )
        _, document = difference(TENANT, "--if", "reject-direct-send on", "--if", change)
        remarks = {each["id"]: each for each in document["remarks"]}
        self.assertIn("New scanner", remarks["relay"]["connectors"])
        self.assertIn("recipient_leg", remarks)

    def test_explain_confirms_every_example_on_both_sides(self):
        other = self.changed_tenant()
        _, document = difference(TENANT, other)
        self.assertGreater(len(document["statements"]), 2)
        for statement in document["statements"]:
            witness = statement["witness"]
            with self.subTest(statement["sentence"]):
                self.assertEqual(explained(TENANT, witness), witness["before"])
                self.assertEqual(explained(other, witness), witness["after"])
                self.assertEqual(witness["before"], statement["before"])
                self.assertEqual(witness["after"], statement["after"])

    def changed_tenant(self):
        import pathlib
        import tempfile

        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = pathlib.Path(folder.name) / "tenant.toml"
        text = postern("tenant", "convert", TENANT).out
        text += (
            '\n[[inbound_connector]]\nname = "New scanner"\ntype = "OnPremises"\n'
            'sender_domains = ["*"]\nsender_ip_addresses = ["198.51.100.200"]\n'
        )
        file.write_text(text.replace("reject_direct_send = false", "reject_direct_send = true"))
        return file

    def test_what_can_not_be_compared_is_refused_in_one_line(self):
        for arguments, said in (
            ((TENANT,), "nothing to compare with"),
            ((TENANT, "--if", "make it safe"), "no change that is known"),
            ((TENANT, "--if", "no connector nobody"), "no connector 'nobody'"),
            ((TENANT, "does-not-exist.toml"), "does-not-exist.toml"),
        ):
            done = postern("diff", *arguments)
            self.assertEqual((done.status, done.out), (2, ""), done)
            self.assertIn(said, done.err)
            self.assertEqual(done.err.count("\n"), 1, done)


if __name__ == "__main__":
    unittest.main()

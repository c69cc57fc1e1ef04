"""postern plan from outside: statuses, the plan file, the scripts."""

import importlib.util
import json
import unittest

import powershell
from folder import Folder
from program import EXAMPLE, postern
from schemas import strict

TENANT = EXAMPLE / "tenant"
EVIDENCE = EXAMPLE / "evidence"

PINS = """
[[sender]]
name = "Forwarder"
address = "198.51.100.140"
kind = "forwarder"
answer = "let it break"
[[sender]]
name = "Refused"
address = ["2001:db8:20::5", "192.0.2.200", "192.0.2.111", "192.0.2.187", "198.51.100.231",
           "203.0.113.214", "192.0.2.240", "192.0.2.150", "192.0.2.250"]
kind = "attack"
[[sender]]
name = "Salesforce"
address = "198.51.100.0/27"
kind = "online service"
[[sender]]
name = "Copier, payroll and fax server"
address = ["203.0.113.80", "203.0.113.99", "203.0.113.120"]
kind = "device or application"
[[sender]]
name = "Azure Communication Services"
address = "198.51.100.200"
kind = "online service"
"""
SERVICES = """
[[service]]
name = "Salesforce"
kind = "online service"
host = ["salesforce.com"]
certificate = ["*.salesforce.com"]
"""
CRM = """
[[inbound_connector]]
name = "CRM"
type = "Partner"
sender_domains = ["contoso.com"]
sender_ip_addresses = ["203.0.113.10"]
"""


class Contoso(Folder):
    def plan(self, *arguments, status, tenant=TENANT):
        done = postern("plan", tenant, *arguments, "--output", "json")
        self.assertEqual(done.status, status, done)
        return json.loads(done.out)


class Plans(Contoso):
    def test_without_evidence_nothing_is_proven(self):
        document = self.plan(status=3)
        self.assertEqual([step["cmdlet"] for step in document["steps"]], ["Set-OrganizationConfig"])
        self.assertEqual(document["proof"]["holds"], "not proven")

    def test_the_example_names_who_still_breaks_and_why(self):
        document = self.plan(EVIDENCE, status=1)
        self.assertEqual({each["sender"] for each in document["proof"]["breaks"]},
                         {"198.51.100.140"})
        # What nobody asked for, and no replay shows.
        remarks = {each["id"] for each in document["over_all_mail"]["remarks"]}
        self.assertLessEqual({"relay", "recipient_leg"}, remarks)
        self.assertEqual(document["proof"]["presumed"], [])
        questions = {each["sender"]: each["standing"] for each in document["proof"]["unclear"]}
        self.assertEqual(len(questions), 14)
        self.assertEqual((questions["Salesforce"], questions["192.0.2.200"]), ("presumed", "open"))
        covered = {name for step in document["steps"] for name in step["covers"]}
        self.assertEqual(covered, {"203.0.113.10", "203.0.113.25"}, "the certain alone")
        self.assertEqual(document["proof"]["let_in"], [])
        self.assertEqual(document["steps"][-1]["cmdlet"], "Set-OrganizationConfig")

    def test_with_what_the_administrator_knows_only_the_presumption_is_left(self):
        pins = self.put("senders.toml", PINS)
        services = self.put("services.toml", SERVICES)
        document = self.plan(EVIDENCE, "--senders", pins, "--services", services, status=3)
        self.assertEqual(document["proof"]["breaks"], [])
        self.assertEqual(document["proof"]["unclear"], [])
        self.assertEqual([each["sender"] for each in document["proof"]["presumed"]], ["Salesforce"])
        why = {each["sender"]: each["why"][0] for each in document["proof"]["undetermined"]}
        # Traces do not hold the envelope sender: whether the connector takes a foreign one is open.
        self.assertIn("onpremises_recipient_match", why.pop("Copier, payroll and fax server"))
        self.assertEqual(why, {})

    def test_no_connector_covers_an_address_that_nobody_sent_from(self):
        document = self.plan(EVIDENCE, status=1)
        for step in document["steps"][:-1]:
            for address in step["parameters"].get("SenderIPAddresses", []):
                self.assertNotIn("/24", address)

    def test_a_planned_tenant_is_what_impact_says_too(self):
        """The plan's own reading, with the plan's connectors and the switch, through impact."""
        document = self.plan(EVIDENCE, status=1)
        planned = document["read"]["tenant"]
        planned["OrganizationConfig"]["RejectDirectSend"] = True
        for step in document["steps"][:-1]:
            if not step["parameters"].get("TlsSenderCertificateName"):
                # Changed after the evidence: that no such connector took the mail then says nothing.
                later = {"WhenChangedUTC": "2026-12-01T00:00:00Z"}
                planned["InboundConnector"].append({**step["after"], **later})
        tenant = self.put("planned.json", json.dumps(planned))
        done = postern("impact", tenant, EVIDENCE, "--output", "json")
        impact = json.loads(done.out)
        broken = {sender["name"] for sender in impact["senders"]
                  if sender["looks"] == "legitimate" and sender["with_rejection"]["reject"] > 0}
        self.assertEqual(broken, {"198.51.100.140", "198.51.100.200", "2001:db8:20::5", "Salesforce", "203.0.113.80",
                                  "fax.adatum.com"})

    def test_connectors_of_ones_own_come_first(self):
        given = self.put("connectors.toml", CRM)
        document = self.plan(EVIDENCE, "--connectors", given, status=1)
        self.assertEqual(document["steps"][0]["parameters"]["Name"], "CRM")
        self.assertFalse(document["steps"][0]["parameters"]["RequireTls"])

    def test_bad_input_is_one_line(self):
        for arguments in (("--connectors", self.put("none.toml", "name = \"x\"\n")),
                          ("--connectors", self.folder / "gone.toml"),
                          (self.folder / "gone.csv",),
                          ("--plan", self.folder / "no" / "where.json")):
            done = postern("plan", TENANT, *arguments)
            self.assertEqual(done.status, 2, done)
            self.assertEqual(done.err.count("\n"), 1, done)

    def test_a_cloud_without_the_switch(self):
        tenant = self.put("tenant.toml", 'name = "x"\ncloud = "gcc-high"\nreject_direct_send = false\n'
                                         '[[accepted_domain]]\nname = "contoso.com"\n')
        done = postern("plan", tenant)
        self.assertEqual(done.status, 2, done)
        self.assertIn("does not exist in this cloud", done.err)


class Files(Contoso):
    def test_the_file_is_valid_under_its_schema(self):
        if not importlib.util.find_spec("jsonschema"):
            self.skipTest("python3-jsonschema is not installed")
        import jsonschema

        schema = strict("plan-2")
        jsonschema.Draft202012Validator.check_schema(schema)
        for arguments in ((), (EVIDENCE,), (EVIDENCE, "--connectors", self.put("c.toml", CRM))):
            document = self.plan(*arguments, status=1 if arguments else 3)
            jsonschema.validate(document, schema)
            document["steps"][-1]["number"] = 0
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(document, schema)

    def test_plan_writes_the_same_file(self):
        file = self.folder / "plan.json"
        done = postern("plan", TENANT, EVIDENCE, "--plan", file)
        self.assertEqual(done.status, 1, done)
        self.assertIn("Steps", done.out)
        self.assertEqual(json.loads(file.read_text())["schema"], "postern/plan/2")
        script = postern("apply", file, "--emit", "powershell")
        self.assertEqual(script.status, 0, script)
        self.assertIn("Set-OrganizationConfig -RejectDirectSend $true", script.out)

    def test_its_reading_is_a_tenant(self):
        document = self.plan(EVIDENCE, status=1)
        tenant = self.put("read.json", json.dumps(document["read"]["tenant"]))
        self.assertEqual(postern("audit", tenant, "--control", "6.5.5").status, 1)


class ManyAddresses(Contoso):
    def test_a_hundred_of_them_are_warned_of(self):
        for count, warned in ((99, False), (100, True)):
            addresses = ", ".join(f'"203.0.{i // 100}.{2 * (i % 100) + 1}"' for i in range(count))
            given = self.put("given.toml", '[[inbound_connector]]\nname = "Scanners"\ntype = "OnPremises"\n'
                             f'sender_domains = ["*"]\nsender_ip_addresses = [{addresses}]\n')
            step = self.plan("--connectors", given, status=3)["steps"][0]
            self.assertEqual(any(f"{count} address blocks" in w for w in step["warnings"]), warned, step["warnings"])


class Scripts(Contoso):
    def test_say_the_same_as_the_file(self):
        document = self.plan(EVIDENCE, status=1)
        done = postern("plan", TENANT, EVIDENCE, "--emit", "powershell")
        stages = document["stages"]
        self.assertEqual(self.said(done.out),
                         [(c["cmdlet"], c["parameters"]) for stage in stages for c in stage["commands"]])
        made = [c for stage in stages if stage["steps"] for c in stage["commands"]]
        self.assertEqual(made, [{"cmdlet": s["cmdlet"], "parameters": s["parameters"]} for s in document["steps"]])
        undo = postern("plan", TENANT, EVIDENCE, "--emit", "powershell-undo")
        self.assertEqual(self.said(undo.out),
                         [(c["cmdlet"], c["parameters"]) for stage in reversed(stages) for c in stage["undo"]])

    def test_a_script_stops_before_the_switch_where_the_proof_does_not_hold(self):
        done = postern("plan", TENANT, EVIDENCE, "--emit", "powershell")
        stops = powershell.checks(done.out)
        [(_, why)] = [check for check in stops if check[0] == "throw"]
        self.assertTrue(why.startswith("not turned: "), why)
        self.assertLess(done.out.index("throw 'not turned"), done.out.index("Set-OrganizationConfig"))
        self.assertGreater(done.out.index("throw 'not turned"), done.out.rindex("New-InboundConnector"))
        self.assertEqual(stops[-1], ("wait", None), "the switch is read back")

    def test_one_script_a_stage(self):
        folder = self.folder / "scripts"
        done = postern("plan", TENANT, EVIDENCE, "--scripts", folder, "--output", "json")
        steps = json.loads(done.out)["steps"]
        script = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
        self.assertEqual(sorted(script), ["1-connectors.ps1", "2-look.ps1", "3-rule.ps1", "4-switch.ps1", "5-watch.ps1",
                                          "undo-1-switch.ps1", "undo-2-rule.ps1", "undo-3-connectors.ps1"])
        self.assertEqual(self.said(script["1-connectors.ps1"]),
                         [(s["cmdlet"], s["parameters"]) for s in steps if s["kind"] != "switch"])
        [(rule, parameters)] = self.said(script["3-rule.ps1"])
        self.assertEqual((rule, parameters["Mode"]), ("New-TransportRule", "Audit"), "it only records")
        self.assertEqual(self.said(script["4-switch.ps1"]), [("Set-OrganizationConfig", {"RejectDirectSend": True})])
        self.assertEqual(self.said(script["undo-1-switch.ps1"]), [("Set-OrganizationConfig", {"RejectDirectSend": False})])
        self.assertEqual(self.said(script["undo-2-rule.ps1"]),
                         [("Remove-TransportRule", {"Identity": parameters["Name"], "Confirm": False})])
        names = [s["after"]["Name"] for s in steps if s["kind"] != "switch"]
        self.assertEqual([p.get("Identity") for _, p in self.said(script["undo-3-connectors.ps1"])], names[::-1])
        waits = [("wait", name) for name in names]
        self.assertEqual(list(dict.fromkeys(powershell.checks(script["1-connectors.ps1"]))), waits)
        self.assertEqual(powershell.checks(script["3-rule.ps1"]), [("wait", parameters["Name"])])
        turn = powershell.checks(script["4-switch.ps1"])
        self.assertEqual([c for c in dict.fromkeys(turn) if c[0] == "wait"], [*waits, ("wait", None)],
                         "the connectors are asked for first, and the switch is read back")
        self.assertEqual([c[0] for c in turn][0], "throw", "nothing proves that nobody breaks")
        for name, asked in (("2-look.ps1", waits), ("5-watch.ps1", [*waits, ("wait", None)])):
            self.assertEqual((self.said(script[name]), list(dict.fromkeys(powershell.checks(script[name])))), ([], asked),
                             "changes nothing")
        made = {s["after"]["Name"]: s["after"] for s in steps if s["kind"] == "create"}
        for name in ("1-connectors.ps1", "2-look.ps1", "4-switch.ps1", "5-watch.ps1"):
            for connector, after in made.items():
                asked = {prop: value for of, prop, value in powershell.read_back(script[name]) if of == connector}
                self.assertEqual(asked["SenderIPAddresses"], ",".join(after["SenderIPAddresses"]), "each that it was made with")
                kept = {"Name", "Guid", "Comment"} | ({"RequireTls", "RestrictDomainsToIPAddresses", "RestrictDomainsToCertificate"}
                                                      if after["ConnectorType"] == "OnPremises" else set())
                self.assertEqual(asked.keys(), after.keys() - kept, name)
        self.assertEqual(powershell.checks(script["undo-1-switch.ps1"]), [("off",)])
        self.assertEqual(powershell.checks(script["undo-3-connectors.ps1"]),
                         [("stop if on",), *[("gone", name) for name in names[::-1]]])

    def test_a_folder_holds_the_scripts_of_one_plan(self):
        folder = self.folder / "scripts"

        def plan(*more, status):
            done = postern("plan", TENANT, EVIDENCE, "--scripts", folder, *more)
            self.assertEqual(done.status, status, done)
            return done

        plan(status=1)
        first = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
        (folder / "7-switch.ps1").write_text(first["4-switch.ps1"], encoding="utf-8")
        (folder / "notes.txt").write_text("mine", encoding="utf-8")
        plan(status=1)
        self.assertEqual(sorted(file.name for file in folder.iterdir()), sorted([*first, "notes.txt"]),
                         "a script of an earlier plan is taken away, and nothing else")
        for name, text, why in (("undo-9-connectors.ps1", first["undo-3-connectors.ps1"], "the way back of another plan"),
                                ("undo-3-connectors.ps1", first["undo-3-connectors.ps1"] + "Remove-InboundConnector -Identity 'Old'\n",
                                 "the way back of another plan"),
                                ("undo-1-switch.ps1", first["undo-1-switch.ps1"].replace("contoso", "fabrikam", 1),
                                 "the way back of another plan"),
                                ("2-look.ps1", "Get-Date\n", "was not written by postern plan")):
            kept = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
            (folder / name).write_text(text, encoding="utf-8")
            refused = plan("--plan", self.folder / "new.json", status=2)
            self.assertEqual(refused.err.count("\n"), 1)
            self.assertIn(why, refused.err)
            self.assertIn(name, refused.err)
            self.assertFalse((self.folder / "new.json").exists(), "nothing is written")
            self.assertEqual((folder / name).read_text(encoding="utf-8"), text)
            (folder / name).unlink()
            if name in kept:
                (folder / name).write_text(kept[name], encoding="utf-8")
        plan(status=1)

    def test_one_stage_alone(self):
        done = postern("plan", TENANT, EVIDENCE, "--emit", "powershell", "--stage", "switch")
        self.assertEqual(self.said(done.out), [("Set-OrganizationConfig", {"RejectDirectSend": True})])
        undo = postern("plan", TENANT, EVIDENCE, "--emit", "powershell-undo", "--stage", "rule")
        self.assertEqual([name for name, _ in self.said(undo.out)], ["Remove-TransportRule"])
        for more, why in ((("--stage", "rule", "--emit", "powershell"), "no stage 'rule'"),
                          (("--stage", "look", "--emit", "powershell-undo"), "to take back"),
                          (("--stage", "switch"), "is for --emit")):
            wrong = postern("plan", TENANT, *more)
            self.assertEqual((wrong.status, wrong.err.count("\n")), (2, 1), wrong)
            self.assertIn(why, wrong.err)

    def test_in_one_go_a_person_is_asked_after_the_look(self):
        done = postern("plan", TENANT, EVIDENCE, "--emit", "powershell")
        self.assertEqual([c for c in powershell.checks(done.out) if c[0] == "ask"], [("ask", "rule"), ("ask", "switch")])
        self.assertLess(done.out.index("Read-Host 'Before switch"), done.out.index("Set-OrganizationConfig"))

    def test_a_script_of_a_plan_that_is_proven_does_not_stop(self):
        answers = self.put("t.toml", 'name = "Alpha"\nreject_direct_send = false\n[[accepted_domain]]\nname = "alpha.example"\n')
        done = postern("plan", answers, "--emit", "powershell")
        self.assertEqual([c[0] for c in powershell.checks(done.out)], ["throw", "wait", "wait"], "no evidence proves nothing")
        self.assertIn("# No evidence tells whom this would refuse. Plan again with evidence", done.out)

    def test_what_a_change_sets_is_read_back(self):
        connector = ('[[inbound_connector]]\nname = "It\'s"\ntype = "Partner"\nsender_domains = [{}]\n'
                     'sender_ip_addresses = [{}]\nrequire_tls = {}\nenabled = {}\n')
        tenant = self.put("t.toml", 'name = "x"\nreject_direct_send = false\n[[accepted_domain]]\nname = "contoso.com"\n' +
                          connector.format('"contoso.com"', '"203.0.113.10"', "false", "true") +
                          'comment = "Old"\ntls_sender_certificate_name = "crm.example"\n')
        changed = connector.format('"contoso.com", "smtp:fabrikam.com;5"', '"203.0.113.10", "203.0.113.64/26"', "true", "false")
        done = postern("plan", tenant, "--connectors", self.put("c.toml", changed), "--emit", "powershell")
        [(cmdlet, parameters), _] = powershell.commands(done.out)
        self.assertEqual((cmdlet, sorted(parameters)), ("Set-InboundConnector", [
            "Comment", "Enabled", "Identity", "RequireTls", "SenderDomains", "SenderIPAddresses", "TlsSenderCertificateName"]))
        each = [("It's", "Enabled", False), ("It's", "SenderDomains", "contoso.com,smtp:fabrikam.com;5"),
                ("It's", "SenderIPAddresses", "203.0.113.10,203.0.113.64/26"), ("It's", "TlsSenderCertificateName", ""),
                ("It's", "RequireTls", True)]
        made, turned = done.out.split("\n# Stage 3: ")
        self.assertEqual(powershell.read_back(made), each + each, "after the change, and by the look")
        self.assertEqual(powershell.read_back(turned), each + each, "before the switch, and by the watch")
        created = self.put("off.toml", connector.format('"contoso.com"', '"203.0.113.10"', "true", "false"))
        made = postern("plan", TENANT, "--connectors", created, "--emit", "powershell", "--stage", "connectors")
        asked = powershell.read_back(made.out)
        self.assertEqual(asked[0], ("It's", "Enabled", False))
        for each in (("It's", "SenderDomains", "contoso.com"), ("It's", "SenderIPAddresses", "203.0.113.10"),
                     ("It's", "RequireTls", True), ("It's", "RestrictDomainsToIPAddresses", False)):
            self.assertIn(each, asked, "of one that is made, all")

    @staticmethod
    def said(script):
        """One element and a list of one are the same to PowerShell's parameters."""
        lists = ("SenderDomains", "SenderDomainIs", "SenderIPAddresses", "AssociatedAcceptedDomains", "EFSkipIPs",
                 "TrustedOrganizations")
        out = []
        for cmdlet, parameters in powershell.commands(script):
            out.append((cmdlet, {name: [value] if name in lists and not isinstance(value, list)
                                 else value for name, value in parameters.items()}))
        return out

    def test_values_from_the_tenant_stay_values(self):
        names = ["it's", "a'; Remove-Mailbox x; '", "$(Get-Date)", "$env:PATH", "`whoami`",
                 "\u2018\u2019\u201a\u201b", "\u2019; rm \u2019", "\"quoted\"", "#>", "a | b & c"]
        connectors = "".join(
            f"[[inbound_connector]]\nname = {json.dumps(name)}\ntype = \"Partner\"\n"
            f"sender_domains = [\"contoso.com\"]\nsender_ip_addresses = [\"192.0.2.{i}\"]\n"
            for i, name in enumerate(names))
        given = self.put("given.toml", connectors)
        for emit in ("powershell", "powershell-undo"):
            done = postern("plan", TENANT, "--connectors", given, "--emit", emit)
            self.assertEqual(done.status, 3, done)
            found = [parameters.get("Name", parameters.get("Identity"))
                     for _, parameters in powershell.commands(done.out)]
            self.assertEqual(sorted(filter(None, found)), sorted(names))

    def test_a_newline_is_refused(self):
        for name in ("a\\nRemove-Mailbox x", "a\\rb", "a\\u0085b", "a\\u2028b", "a\\u0000b",
                     "a\\u001bb"):
            given = self.put("given.toml", f"[[inbound_connector]]\nname = \"{name}\"\n"
                             "type = \"Partner\"\nsender_domains = [\"contoso.com\"]\n"
                             "sender_ip_addresses = [\"192.0.2.1\"]\n")
            done = postern("plan", TENANT, "--connectors", given, "--emit", "powershell")
            self.assertEqual(done.status, 2, (name, done))
            self.assertEqual(done.out, "")

    def test_the_reader_of_the_test_sees_what_is_live(self):
        for line in ("Get-X -Name $(whoami)", "Get-X -Name 'a'; rm", "Get-X -Name 'a", "Get-X | rm",
                     "Get-X -Name \"$x\"", "Get-X -Name $x"):
            with self.assertRaises(powershell.Live, msg=line):
                powershell.commands(line)


if __name__ == "__main__":
    unittest.main()

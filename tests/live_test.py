"""Live tenants, against a stand-in of the service over HTTPS on loopback (tests/standin)."""

import gzip
import importlib.util
import json
import time
import unittest

from live import EXPORTS, SECRET, Live
from program import EXAMPLE, postern
from schemas import strict
from standin import application_certificates, service


class Reading(Live):
    def test_the_same_as_from_the_exported_files(self):
        document = json.loads(self.audit("--output", "json").out)
        status = {each["id"]: each["status"] for each in document["controls"]}
        self.assertEqual(status["6.5.5"], "fail")
        self.assertEqual(status["POSTERN-IP-ALLOW"], "fail")
        where = document["controls"][0]["findings"][0]["where"]
        self.assertEqual(where, "live:contoso/Get-OrganizationConfig#/0/RejectDirectSend")

    def test_the_same_with_records_from_dns(self):
        # What the export's DnsRecords.json holds, published.
        zone = self.put("records.zone", "".join(
            f"{each['Name']} MX {each['Preference']} {each['NameExchange']}\n"
            if "NameExchange" in each else
            f"{each['Name']} TXT " + " ".join(f'"{text}"' for text in each["Strings"]) + "\n"
            for each in json.loads((EXPORTS / "DnsRecords.json").read_text())))
        live = json.loads(self.audit("--resolve", "--zone", zone, "--output", "json").out)
        file = json.loads(postern("audit", EXPORTS, "--resolve", "--zone", zone, "--output",
                                  "json").out)
        for document in (live, file):
            for control in document["controls"]:
                for finding in control["findings"]:
                    del finding["where"]
        self.assertEqual(live["controls"], file["controls"])
        self.assertEqual(live["entrances"], file["entrances"])

    def test_without_dns_it_says_so_and_how(self):
        done = self.audit("--output", "json")
        self.assertTrue(any("--resolve asks" in each for each in json.loads(done.out)["remarks"]))
        self.assert_line(self.audit("--zone", self.put("z", "")), "--zone: needs --resolve")

    def test_one_control_is_one_token_and_one_call(self):
        done = self.audit("--control", "6.5.5")
        self.assertEqual(done.status, 1, done)
        self.assertEqual(len(self.there.token_requests()), 1)
        self.assertEqual(self.there.calls(), ["Get-OrganizationConfig"])
        self.assertEqual(len(self.there.seen), 2)

    def test_the_switch_decides(self):
        switch = self.tenant.objects["OrganizationConfig"][0]
        for value, status in ((True, 0), (False, 1), (None, 1)):
            switch["RejectDirectSend"] = value
            self.assertEqual(self.audit("--control", "6.5.5").status, status, value)
        del switch["RejectDirectSend"]
        self.assertEqual(self.audit("--control", "6.5.5").status, 3)

    def test_the_headers_that_the_service_wants(self):
        self.audit("--control", "6.5.5")
        call = self.there.seen[-1]
        self.assertEqual(call.path, f"/adminapi/beta/{self.tenant.id}/InvokeCommand")
        self.assertEqual(call.headers["X-AnchorMailbox"],
                         "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@"
                         + self.tenant.id)
        self.assertEqual(call.headers["Prefer"], "odata.maxpagesize=1000")
        self.assertEqual(call.headers["X-ResponseFormat"], "json")
        self.assertEqual(json.loads(call.body), {"CmdletInput": {
            "CmdletName": "Get-OrganizationConfig", "Parameters": {}}})

    def test_impact_explain_and_convert_take_it_too(self):
        done = self.run_live("impact", "live:contoso", EXAMPLE / "evidence", "--output", "json")
        self.assertEqual(done.status, 1, done.err)
        self.assertGreater(len(json.loads(done.out)["senders"]), 5)
        done = self.run_live("explain", "live:contoso", "--ip", "192.0.2.1", "--mail-from",
                             "a@contoso.com", "--rcpt-to", "b@contoso.com", "--certificate", "none",
                             "--what-if", "on")
        self.assertIn("5.7.68", done.out, done)
        done = self.run_live("tenant", "convert", "live:contoso")
        self.assertIn("[[inbound_connector]]", done.out, done)

    def test_no_connectors_are_none_and_not_unknown(self):
        self.tenant.objects["InboundConnector"] = []
        done = self.run_live("explain", "live:contoso", "--ip", "192.0.2.1", "--mail-from",
                             "a@contoso.com", "--rcpt-to", "b@contoso.com", "--what-if", "on")
        self.assertEqual(done.status, 1, done)

    def test_a_cmdlet_that_the_reader_may_not_see_leaves_its_section_unknown(self):
        self.app.cmdlets = self.app.cmdlets - {"Get-TransportRule"}
        document = json.loads(self.audit("--output", "json").out)
        rules = [each for each in document["controls"] if each["id"] == "POSTERN-BYPASS-RULES"]
        self.assertEqual(rules[0]["status"], "not determined")
        self.assertTrue(any("Get-TransportRule is not visible" in each
                            for each in document["remarks"]), document["remarks"])

    def test_without_the_connectors_there_is_no_audit(self):
        self.app.cmdlets = self.app.cmdlets - {"Get-InboundConnector"}
        self.assert_line(self.audit(), "live:contoso, Get-InboundConnector", "not visible",
                         "Global Reader")

    def test_warnings_are_told(self):
        self.tenant.warnings["OrganizationConfig"] = ["The switch is \x1b[31mred."]
        document = json.loads(self.audit("--output", "json").out)
        self.assertTrue(any("The switch is" in each and "\x1b" not in each
                            for each in document["remarks"]))

    def test_a_bad_value_is_located(self):
        self.tenant.objects["InboundConnector"][1]["SenderIPAddresses"] = ["198.51.100.300"]
        self.assert_line(self.audit(),
                         "live:contoso/Get-InboundConnector#/1/SenderIPAddresses")


class Damaged(Live):
    def test_what_did_not_unpack_is_asked_for_again(self):
        packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        body = gzip.compress(b'{"value": [{"RejectDirectSend": true}]}')
        for fault in (service.Answer(200, b"\x1f\x8bno gzip at all", packed),
                      service.Answer(200, body[:-12], packed), service.Answer(408)):
            self.there.fail("Get-OrganizationConfig", fault)
            self.assertEqual(self.audit("--control", "6.5.5").status, 1)
        self.assertEqual(self.there.calls("Get-OrganizationConfig"), 6)


class Paging(Live):
    def setUp(self):
        super().setUp()
        self.there.page_size = 2

    def count(self, done):
        self.assertIn(done.status, (0, 1), done)
        return len([line for line in done.out.splitlines() if line == "[[inbound_connector]]"])

    def convert(self):
        return self.run_live("tenant", "convert", "live:contoso")

    def test_everything_is_asked_for_from_the_start(self):
        self.assertEqual(self.count(self.convert()), 4)
        asked = [json.loads(each.body)["CmdletInput"] for each in self.there.seen
                 if each.path.endswith("/InvokeCommand")]
        self.assertEqual([each["CmdletName"] for each in asked if each["Parameters"]],
                         ["Get-AcceptedDomain", "Get-InboundConnector", "Get-TransportRule"])
        self.assertEqual(len(asked), 8)

    def test_a_list_that_is_cut_with_a_warning_is_none(self):
        self.tenant.warnings["InboundConnector"] = [
            "By default, only the first 1000 items are returned. Use the ResultSize parameter to "
            "specify the number of items returned."]
        self.assert_line(self.convert(), "live:contoso, Get-InboundConnector",
                         "the list came in part")

    def test_every_page_is_followed_with_the_same_body(self):
        self.there.pages_all_the_same = True
        self.assertEqual(self.count(self.convert()), 4)
        pages = [each for each in self.there.seen if b"Get-InboundConnector" in each.body]
        self.assertEqual(len(pages), 2)
        self.assertEqual(pages[0].body, pages[1].body)

    def test_an_expired_paging_token_is_answered_by_asking_for_all(self):
        self.there.paging = "broken"
        self.assertEqual(self.count(self.convert()), 4)
        last = [each for each in self.there.seen if b"Get-InboundConnector" in each.body][-1]
        self.assertEqual(json.loads(last.body)["CmdletInput"]["Parameters"],
                         {"ResultSize": "Unlimited"})

    def test_a_list_that_stays_cut_is_an_error_and_never_a_short_list(self):
        # Both the pages and the attempt to have all at once break off.
        first = service.Answer(200, {"value": [{"Name": "a", "ConnectorType": "Partner",
                                                "SenderDomains": []}],
                                     "@odata.nextLink": f"{self.there.base}/adminapi/beta/x/"
                                                        "InvokeCommand?skiptoken=1"})
        self.there.fail("Get-InboundConnector", first, service.expired_page(), first,
                        service.expired_page())
        self.assert_line(self.convert(), "broke off after page 1")

    def test_a_next_page_elsewhere_is_not_followed(self):
        for host in (self.there.elsewhere, self.there.elsewhere_by_host,
                     "https://localhost.example", "http://localhost", "https://user@localhost"):
            with self.subTest(host):
                self.there.fail("Get-AcceptedDomain", service.Answer(
                    200, {"value": [], "@odata.nextLink": host + "/adminapi/beta/x/"}))
                self.assert_line(self.convert(), "live:contoso, Get-AcceptedDomain")
        self.assertFalse([each for each in self.there.seen if each.host == "elsewhere"])


class Redirects(Live):
    def test_a_regional_host_below_the_front_door_is_followed_and_kept(self):
        regional = f"{self.there.regional}/adminapi/beta/{self.tenant.id}/InvokeCommand"
        self.there.fail("Get-OrganizationConfig", service.redirect(regional))
        self.assertEqual(self.audit().status, 1)
        hosts = [each.headers["Host"].split(":")[0] for each in self.there.seen
                 if each.path.endswith("InvokeCommand")]
        self.assertEqual(hosts[0], "localhost")
        self.assertEqual(set(hosts[1:]), {"eurpr01.localhost"})

    def test_the_token_goes_to_no_other_host(self):
        for location in (self.there.elsewhere + "/adminapi", self.there.elsewhere_by_host + "/x",
                         "https://evil-localhost/x", "http://localhost/x", "//evil.example/x"):
            with self.subTest(location):
                self.there.fail("Get-OrganizationConfig", service.redirect(location))
                self.assert_line(self.audit(), "live:contoso, Get-OrganizationConfig")
        self.assertFalse([each for each in self.there.seen if each.host == "elsewhere"])

    def test_round_and_round_ends(self):
        here = f"{self.there.base}/adminapi/beta/{self.tenant.id}/InvokeCommand"
        self.there.fail("Get-OrganizationConfig", *[service.redirect(here)] * 8)
        self.assert_line(self.audit(), "redirects without end")


class Faults(Live):
    def test_each_is_one_line_that_helps(self):
        refused = service.error_answer(service.CmdletError(
            400, "BadRequest", "Some.Exception", "The tenant is being moved."))
        cases = {
            "401": (service.refused_token(), ("401", "Exchange.ManageAsApp")),
            "403 of zeros": (service.invisible(), ("not visible", "Global Reader")),
            "405": (service.Answer(405), ("405", "exchange_host")),
            "not JSON": (service.not_json(), ("no JSON",)),
            "an error that says why": (refused, ("The tenant is being moved.",)),
            "400 without a body": (service.Answer(400), ("refused Get-OrganizationConfig",)),
            "a list of no objects": (service.Answer(200, {"value": [1]}), ("no objects",)),
            "deep": (service.Answer(200, b'{"value":[' + b"[" * 9000), ("no JSON",)),
        }
        for name, (fault, words) in cases.items():
            with self.subTest(name):
                self.there.fail("Get-OrganizationConfig", fault)
                self.assert_line(self.audit("--control", "6.5.5"),
                                 "live:contoso, Get-OrganizationConfig", *words)

    def test_half_a_body_is_asked_for_again(self):
        self.there.fail("Get-OrganizationConfig", service.half_a_body())
        self.assertEqual(self.audit("--control", "6.5.5").status, 1)
        self.assertEqual(self.there.calls("Get-OrganizationConfig"), 2)

    def test_a_stall_ends_at_the_time_limit(self):
        self.profile("slow", self.tenant, self.app, timeout=1)
        self.there.fail("token", *[service.stalled(3)] * 5)
        begun = time.monotonic()
        done = self.audit("--control", "6.5.5", name="live:slow", timeout=90)
        self.assert_line(done, "no whole answer within 1 s", "timeout")
        self.assertLess(time.monotonic() - begun, 60)

    def test_throttling_is_waited_out_as_asked(self):
        self.there.fail("Get-OrganizationConfig", service.throttled(after=1))
        begun = time.monotonic()
        self.assertEqual(self.audit("--control", "6.5.5").status, 1)
        self.assertGreaterEqual(time.monotonic() - begun, 1.0)
        self.assertEqual(self.there.calls("Get-OrganizationConfig"), 2)

    def test_throttling_for_too_long_is_told(self):
        self.there.fail("Get-OrganizationConfig", service.throttled(after=3600))
        self.assert_line(self.audit("--control", "6.5.5"), "throttling", "wait 3600 s")

    def test_a_busy_service_is_asked_again(self):
        self.there.fail("Get-OrganizationConfig", service.busy(503, after=0), service.busy(500))
        self.assertEqual(self.audit("--control", "6.5.5").status, 1)

    def test_a_server_that_cannot_be_trusted(self):
        stranger = application_certificates.make_application(self.folder, name="stranger")
        done = postern("audit", "live:contoso", "--config", self.config,
                       env={**self.there.environment(POSTERN_CLIENT_SECRET=SECRET),
                            "CURL_CA_BUNDLE": str(stranger)})
        self.assert_line(done, "localhost", "ca_bundle")
        self.assertEqual(self.there.seen, [])


class SideBySide(Live):
    def listed(self, text):
        return self.put("tenants.toml", text)

    def run_list(self, path, *more, **options):
        return self.run_live("audit", "--tenants", path, *more, **options)

    def test_one_that_fails_hides_no_other(self):
        good = self.there.add_tenant("good.onmicrosoft.com", EXPORTS)
        good.objects["OrganizationConfig"][0]["RejectDirectSend"] = True
        path = self.listed(
            f'[[tenant]]\nname = "Lost"\nsource = "live:contoso"\ntenant = "nowhere.example"\n'
            f'[[tenant]]\nsource = "live:contoso"\n'
            f'[[tenant]]\nname = "Good"\nsource = "live:contoso"\ntenant = "{good.domain}"\n'
            f'[[tenant]]\nname = "Missing"\nsource = "live:nothing"\n'
            f'[[tenant]]\nname = "File"\nsource = "{EXPORTS}"\n')
        done = self.run_list(path, "--output", "json")
        self.assertEqual(done.status, 1, done)
        document = json.loads(done.out)
        outcome = {each["name"]: each["outcome"] for each in document["tenants"]}
        self.assertEqual(outcome, {"Lost": "not read", "live:contoso": "fail", "Good": "pass",
                                   "Missing": "not read", "File": "fail"})
        self.assertIn("AADSTS90002", document["tenants"][0]["error"])
        text = self.run_list(path).out
        self.assertIn("2 not read", text)
        self.assertIn("live:Lost, sign-in", " ".join(text.split()))
        self.assertIn("Lost", self.run_list(path, "--output", "csv").out)

    def test_the_exit_status_is_the_worst_in_the_documented_order(self):
        good = self.there.add_tenant("fine.onmicrosoft.com", EXPORTS)
        good.objects["OrganizationConfig"][0]["RejectDirectSend"] = True
        unknown = self.there.add_tenant("unknown.onmicrosoft.com", EXPORTS)
        del unknown.objects["OrganizationConfig"][0]["RejectDirectSend"]
        entry = '[[tenant]]\nsource = "live:contoso"\ntenant = "{}"\n'
        for domains, status in (((good.domain,), 0), ((good.domain, unknown.domain), 3),
                                ((unknown.domain, "lost.example"), 2),
                                (("lost.example", self.tenant.domain), 1)):
            path = self.listed("".join(entry.format(each) for each in domains))
            self.assertEqual(self.run_list(path, "--control", "6.5.5").status, status, domains)

    def test_nobody_is_asked_to_sign_in(self):
        app = self.there.add_app(public=True, roles=["Exchange.Manage"], user="a@contoso.com")
        self.profile("person", self.tenant, app, sign_in="device-code")
        done = self.run_list(self.listed('[[tenant]]\nsource = "live:person"\n'))
        self.assertEqual(done.status, 2, done)
        self.assertIn("nobody can be asked", " ".join(done.out.split()))
        self.assertEqual(self.there.seen, [])

    def test_many_at_once(self):
        entry = '[[tenant]]\nsource = "live:contoso"\ntenant = "{}"\n'
        names = [self.there.add_tenant(f"many{i}.onmicrosoft.com", EXPORTS).domain
                 for i in range(40)]
        path = self.listed("".join(entry.format(each) for each in names))
        done = self.run_list(path, "--control", "6.5.5", "--output", "json", "--parallel", "16")
        self.assertEqual([each["name"] for each in json.loads(done.out)["tenants"]], names)
        self.assertEqual(self.there.calls("Get-OrganizationConfig"), 40)
        self.assertEqual(len(self.there.token_requests()), 40)

    def test_lists_that_are_none(self):
        for text, words in (("", "lists no tenant"), ("[[tenant]]\n", ":1:"),
                            ('[[tenant]]\nsource = "a"\nsecret = "b"\n', "unknown key"),
                            ('[[tenant]]\nsource = "a"\n[[tenant]]\nsource = "a"\n', "second"),
                            ('[[tenants]]\nsource = "a"\n', "unknown key 'tenants'"),
                            ('[[tenant]]\nsource = "a"\ntenant = "b"\n', "live source")):
            self.assert_line(self.run_list(self.listed(text)), self.folder / "tenants.toml", words)
        self.assert_line(self.run_live("audit"), "either TENANT or --tenants")


class Baseline(Live):
    def setUp(self):
        super().setUp()
        zone = "".join(f"{name} MX 10 x.mail.protection.outlook.com\n{name} TXT v=spf1 -all\n"
                       f"_dmarc.{name} TXT v=DMARC1; p=reject\n"
                       for name in ("contoso.com", "adatum.com", "fabrikam.com"))
        self.records = ("--resolve", "--zone", self.put("zone.txt", zone))
        self.tenant.objects["OrganizationConfig"][0]["RejectDirectSend"] = True
        self.earlier = self.folder / "earlier.json"
        self.assertEqual(self.audit(*self.records, "--output", "json", "--out", self.earlier).status, 0)

    def test_nothing_has_changed(self):
        done = self.audit(*self.records, "--baseline", self.earlier)
        self.assertEqual(done.status, 0, done)
        self.assertIn("Nothing has changed.", done.out)

    def test_records_that_were_not_looked_up_again_are_not_compared(self):
        done = self.audit("--baseline", self.earlier)
        self.assertEqual(done.status, 3, done)
        self.assertIn("Nothing that could be compared has changed.", done.out)
        self.assertIn("now not determined: its DMARC record was not read", " ".join(done.out.split()))

    def test_drift_is_told_and_is_1(self):
        self.tenant.objects["OrganizationConfig"][0]["RejectDirectSend"] = False
        done = self.audit("--baseline", self.earlier, "--output", "json")
        self.assertEqual(done.status, 1)
        drift = json.loads(done.out)["drift"]
        self.assertIn("6.5.5", [each["control"] for each in drift])
        self.assertIn("entrance", [each["control"] for each in drift])

    def test_a_change_that_fails_nothing_is_drift_too(self):
        self.tenant.objects["InboundConnector"].pop()
        self.assertEqual(self.audit("--baseline", self.earlier).status, 1)

    def test_every_property_of_every_connector_is_compared(self):
        connector = self.tenant.objects["InboundConnector"][0]
        for name, other in (("SenderIPAddresses", ["198.51.100.0/24"]),
                            ("SenderDomains", ["smtp:fabrikam.com;1"]),
                            ("RequireTls", not connector.get("RequireTls")), ("Comment", "another"),
                            ("TlsSenderCertificateName", "other.example")):
            before = connector.get(name)
            connector[name] = other
            done = self.audit("--baseline", self.earlier, "--output", "json")
            self.assertEqual(done.status, 1, name)
            told = [each for each in json.loads(done.out)["drift"] if each["control"] == "connector"]
            self.assertEqual([each["object"] for each in told], [connector["Name"]], name)
            self.assertIn(name + ": ", told[0]["after"])
            connector[name] = before

    def test_a_baseline_without_connectors_leaves_them_undetermined(self):
        document = json.loads(self.earlier.read_text())
        del document["connectors"]
        done = self.audit("--baseline", self.put("old.json", json.dumps(document)))
        self.assertEqual(done.status, 3, done)
        self.assertIn("the baseline holds no inbound connectors", " ".join(done.out.split()))

    def test_one_control_is_compared_alone(self):
        done = self.audit("--control", "6.5.5", "--baseline", self.earlier)
        self.assertEqual(done.status, 0, done)

    def test_several_tenants_have_a_baseline_too(self):
        listed = self.put("tenants.toml", '[[tenant]]\nname = "A"\nsource = "live:contoso"\n')
        before = self.folder / "before.json"
        self.run_live("audit", "--tenants", listed, *self.records, "--output", "json", "--out", before)
        again = self.run_live("audit", "--tenants", listed, *self.records, "--baseline", before)
        self.assertEqual(again.status, 0, again)
        self.tenant.objects["OrganizationConfig"][0]["RejectDirectSend"] = None
        again = self.run_live("audit", "--tenants", listed, "--baseline", before)
        self.assertEqual(again.status, 1)
        self.assertIn("changed", again.out)

    def test_a_document_that_is_no_audit(self):
        for text in ("", "{}", "[]", '{"schema": "postern/audit/1"}', '{"schema": 5}'):
            self.assert_line(self.audit("--baseline", self.put("none.json", text)), "none.json")


@unittest.skipUnless(importlib.util.find_spec("jsonschema"), "python3-jsonschema is not installed")
class Schemas(Live):
    def valid(self, name, done):
        import jsonschema

        schema = strict(name)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads(done.out), schema)
        return done

    def test_documents_are_valid(self):
        self.valid("login-1", self.run_live("login", "contoso", "--check", "--output", "json"))
        earlier = self.folder / "earlier.json"
        earlier.write_text(self.valid("audit-1", self.audit("--output", "json")).out)
        self.tenant.objects["InboundConnector"].pop()
        self.tenant.objects["OrganizationConfig"][0]["RejectDirectSend"] = True
        self.valid("audit-1", self.audit("--output", "json", "--baseline", earlier))
        listed = self.put("tenants.toml", '[[tenant]]\nname = "A"\nsource = "live:contoso"\n'
                                          '[[tenant]]\nsource = "live:lost"\n')
        many = ("audit", "--tenants", listed, "--output", "json")
        earlier.write_text(self.valid("audits-1", self.run_live(*many)).out)
        self.tenant.objects["OrganizationConfig"][0]["RejectDirectSend"] = False
        self.valid("audits-1", self.run_live(*many, "--baseline", earlier))
        self.valid("fetch-1", self.run_live("evidence", "fetch", "live:contoso", "--since", "1d",
                                            "--out", self.folder / "out", "--output", "json"))


if __name__ == "__main__":
    unittest.main()

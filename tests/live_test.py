"""Live tenants, against a stand-in of the service over HTTPS on loopback (tests/standin)."""

import datetime
import importlib.util
import json
import os
import pathlib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from program import EXAMPLE, SOURCE, postern  # noqa: E402
from standin import application_certificates, service  # noqa: E402
from standin.tenant_state import trace_row  # noqa: E402

EXPORTS = EXAMPLE / "tenant"
SECRET = "s3cr3t~never.shown-anywhere"


class Live(unittest.TestCase):
    """A stand-in with one tenant and one application that signs in with a secret."""

    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.there = service.StandIn(cls.holder.name)
        cls.addClassCleanup(cls.there.__exit__)

    def setUp(self):
        there = self.there
        there.seen.clear()
        there._faults.clear()  # pylint: disable=protected-access
        there.page_size, there.paging, there.token_life = 1000, "works", 3600
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tenant = there.add_tenant(f"t{len(there.tenants)}.onmicrosoft.com", EXPORTS)
        self.app = there.add_app(secret=SECRET)
        self.config = self.folder / "config.toml"
        self.profiles = ""
        self.profile("contoso", self.tenant, self.app)

    def profile(self, name, tenant=None, app=None, **keys):
        self.profiles += self.there.profile(name, tenant, app, **keys) + "\n"
        self.config.write_text(self.profiles)

    def put(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def run_live(self, *arguments, secret=SECRET, timeout=60, **environment):
        if secret is not None:
            environment["POSTERN_CLIENT_SECRET"] = secret
        done = postern(*arguments, "--config", self.config, timeout=timeout,
                       env=self.there.environment(**environment))
        self.assertNotIn(SECRET, done.out + done.err)
        self.assertNotIn("SECRETSTACK", done.out + done.err)
        for token in self.there.tokens:
            self.assertNotIn(token, done.out + done.err)
        return done

    def audit(self, *more, name="live:contoso", **options):
        return self.run_live("audit", name, *more, **options)

    def assert_line(self, done, *words, status=2):
        """One line on standard error that says all of it, and nothing on standard output."""
        self.assertEqual(done.status, status, done)
        self.assertEqual(done.out, "", done)
        self.assertEqual(done.err.count("\n"), 1, done)
        for word in words:
            self.assertIn(str(word), done.err)


class Reading(Live):
    def test_the_same_as_from_the_exported_files(self):
        document = json.loads(self.audit("--output", "json").out)
        status = {each["id"]: each["status"] for each in document["controls"]}
        self.assertEqual(status["6.5.5"], "fail")
        self.assertEqual(status["POSTERN-IP-ALLOW"], "fail")
        where = document["controls"][0]["findings"][0]["where"]
        self.assertEqual(where, "live:contoso/Get-OrganizationConfig#/0/RejectDirectSend")

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


class Paging(Live):
    def setUp(self):
        super().setUp()
        self.there.page_size = 2

    def count(self, done):
        self.assertIn(done.status, (0, 1), done)
        return len([line for line in done.out.splitlines() if line == "[[inbound_connector]]"])

    def convert(self):
        return self.run_live("tenant", "convert", "live:contoso")

    def test_every_page_is_followed_with_the_same_body(self):
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


class SigningIn(Live):
    def sign_in(self, name="other", status=1, **environment):
        done = self.audit("--control", "6.5.5", name=f"live:{name}", secret=None, **environment)
        self.assertEqual(done.status, status, done)
        return done

    def test_a_secret_from_a_file_that_is_closed_to_others(self):
        path = self.put("secret", SECRET + "\n")
        self.profile("other", self.tenant, self.app, client_secret_file=str(path))
        self.sign_in()
        path.chmod(0o640)
        self.assert_line(self.sign_in(status=2), path, "can be read by others", "chmod 600")

    def test_no_secret_and_nobody_to_ask(self):
        done = postern("audit", "live:contoso", "--config", self.config, start_new_session=True,
                       env=self.there.environment())
        self.assert_line(done, "no client secret", "POSTERN_CLIENT_SECRET")

    def test_a_wrong_secret_is_named_with_its_remedy_and_not_shown(self):
        done = self.audit(secret="wr0ng-and-still-not-shown")
        self.assert_line(done, "AADSTS7000215", "not its Secret ID", "[secret]")
        self.assertNotIn("wr0ng", done.err)

    def test_a_certificate(self):
        pem = application_certificates.make_application(self.folder)
        app = self.there.add_app(certificate=pem)
        self.profile("other", self.tenant, app, sign_in="certificate", certificate=str(pem))
        self.sign_in()
        form = self.there.token_requests()[0].body
        self.assertNotIn(b"client_secret", form)
        # Twice: an assertion is used once.
        self.sign_in()

    def test_a_certificate_as_pkcs12_with_its_password(self):
        pem = application_certificates.make_application(self.folder, name="bundled")
        app = self.there.add_app(certificate=pem)
        bundle = application_certificates.make_pkcs12(pem, "pkcs12-password")
        self.profile("other", self.tenant, app, sign_in="certificate", certificate=str(bundle))
        self.sign_in(POSTERN_CERTIFICATE_PASSWORD="pkcs12-password")
        done = self.sign_in(status=2, POSTERN_CERTIFICATE_PASSWORD="wr0ng-password")
        self.assert_line(done, bundle, "not opened by this password")
        self.assertNotIn("wr0ng", done.err)

    def test_certificates_that_do_not_serve(self):
        pem = application_certificates.make_application(self.folder, name="good")
        another = application_certificates.make_application(self.folder, name="another")
        curve = application_certificates.make_application(self.folder, name="curve", kind="ec")
        text = self.put("text.pem", "hello")
        lone = self.put("lone.pem", (self.folder / "good.crt").read_text())
        garbage = self.put("garbage.pfx", "0 this is not DER")
        app = self.there.add_app(certificate=pem)
        cases = {
            "not registered": (another, "AADSTS700027"),
            "elliptic": (curve, "no RSA key"),
            "no certificate": (text, "holds no certificate"),
            "no key": (lone, "holds no private key"),
            "neither form": (garbage, "neither PEM nor PKCS#12"),
            "not there": (self.folder / "none.pem", "can't be read"),
        }
        for name, (path, words) in cases.items():
            with self.subTest(name):
                profile = "p" + name.replace(" ", "-")
                self.profile(profile, self.tenant, app, sign_in="certificate",
                             certificate=str(path))
                self.assert_line(self.sign_in(profile, status=2), words)
        os.chmod(pem, 0o644)
        self.profile("open", self.tenant, app, sign_in="certificate", certificate=str(pem))
        self.assert_line(self.sign_in("open", status=2), "can be read by others")

    def test_a_workload_identity_from_the_environment(self):
        token = self.put("federated", "federated-token\n", 0o644)
        app = self.there.add_app(federated="federated-token")
        self.profile("other", sign_in="workload-identity")
        given = {"AZURE_CLIENT_ID": app.id, "AZURE_TENANT_ID": self.tenant.id,
                 "AZURE_FEDERATED_TOKEN_FILE": str(token)}
        self.sign_in(**given)
        self.assert_line(self.sign_in(status=2), "AZURE_FEDERATED_TOKEN_FILE")
        token.write_text("another-token")
        self.assert_line(self.sign_in(status=2, **given), "federated credential")

    def test_a_managed_identity_of_a_machine_and_of_app_service(self):
        self.there.identity_app = (self.tenant, self.app)
        self.profile("other", sign_in="managed-identity")
        self.sign_in()
        self.assertEqual(self.there.token_requests()[0].headers["Metadata"], "true")
        self.there.seen.clear()
        self.sign_in(IDENTITY_ENDPOINT=self.there.identity + "/msi/token",
                     IDENTITY_HEADER=self.there.identity_header)
        self.assertTrue(self.there.token_requests()[0].path.startswith("/msi/token"))

    def test_an_identity_endpoint_is_never_reached_through_a_proxy(self):
        self.there.identity_app = (self.tenant, self.app)
        self.profile("other", sign_in="managed-identity")
        # A proxy that is not there: only what goes past it succeeds.
        self.sign_in(http_proxy="http://127.0.0.1:1", no_proxy="localhost")

    def test_an_identity_endpoint_elsewhere_without_tls_is_refused(self):
        self.profile("other", sign_in="managed-identity")
        self.assert_line(self.sign_in(status=2, IDENTITY_ENDPOINT="http://192.0.2.1/msi/token",
                                      IDENTITY_HEADER="x"), "is not HTTPS")

    def test_a_device_code(self):
        app = self.there.add_app(public=True, roles=["Exchange.Manage"],
                                 user="admin@contoso.com")
        self.there.device["answers"] = ["authorization_pending"]
        self.profile("other", self.tenant, app, sign_in="device-code")
        done = self.sign_in()
        self.assertIn("ABCD-EFGH", done.err)
        self.assertEqual(self.there.seen[-1].headers["X-AnchorMailbox"], "UPN:admin@contoso.com")
        self.there.device["answers"] = ["authorization_declined"]
        self.assertIn("declined", self.sign_in(status=2).err)

    def test_a_token_handed_over(self):
        token = self.there.issue(self.tenant, self.app, self.there.base)
        self.profile("other", sign_in="token")
        self.sign_in(POSTERN_ACCESS_TOKEN=token)
        self.assertEqual(self.there.token_requests(), [])
        path = self.put("token", token)
        self.profile("from-file", sign_in="token", token_file=str(path))
        self.sign_in("from-file")
        self.profile("from-descriptor", sign_in="token", token_descriptor=0)
        done = postern("audit", "live:from-descriptor", "--control", "6.5.5", "--config",
                       self.config, stdin=token.encode(), env=self.there.environment())
        self.assertEqual(done.status, 1, done)

    def test_a_token_that_can_not_serve_is_told_before_any_call(self):
        self.profile("other", self.tenant, sign_in="token")
        self.profile("by-id", self.tenant.id, sign_in="token")
        stranger = self.there.add_tenant("stranger.onmicrosoft.com", EXPORTS)
        cases = {
            "for Graph": ("other", {"aud": "https://graph.microsoft.com"}, "graph.microsoft.com"),
            "expired": ("other", {"exp": 1_700_000_000}, "expired at 2023-11-14"),
            "no roles": ("other", {"roles": None}, "lacks the application permission"),
            "only the newer role": ("other", {"roles": ["Exchange.ManageAsAppV2"]}, "V2 alone"),
            "no scope": ("other", {"roles": None, "scp": "Mail.Read"}, "Exchange.Manage"),
            "another tenant's": ("by-id", {"tid": stranger.id}, stranger.id),
        }
        for name, (profile, claims, words) in cases.items():
            with self.subTest(name):
                token = self.there.issue(self.tenant, self.app, self.there.base, **claims)
                self.assert_line(self.sign_in(profile, status=2, POSTERN_ACCESS_TOKEN=token),
                                 words)
        self.assertEqual(self.there.calls(), [])

    def test_a_token_that_can_not_be_looked_into_is_used_all_the_same(self):
        self.profile("other", self.tenant, sign_in="token")
        self.assert_line(self.sign_in(status=2, POSTERN_ACCESS_TOKEN="opaque"), "401")

    def test_a_tenant_and_an_application_that_are_not_known(self):
        self.profile("nowhere", "nowhere.onmicrosoft.com", self.app)
        self.assert_line(self.audit(name="live:nowhere"), "no such tenant", "AADSTS90002")
        self.profile("noapp", self.tenant, client_id="00000000-0000-0000-0000-000000000000")
        self.assert_line(self.audit(name="live:noapp"), "AADSTS700016", "client_id")

    def test_no_secret_in_the_arguments_of_the_program(self):
        help_text = postern("login", "--help").out + postern("audit", "--help").out
        for word in ("--secret", "--password", "--token"):
            self.assertNotIn(word, help_text)


class Profiles(Live):
    def refused(self, text, *words):
        self.config.write_text(text)
        self.assert_line(self.audit(), self.config, *words)

    def test_faults_are_located(self):
        self.refused('[profile.contoso]\ntenant = "a"\nclient = "b"\n', ":3:", "unknown key")
        self.refused('[profile.contoso]\nclient_secret = "x"\n', ":2:", "secrets do not stand")
        self.refused('[profile.contoso]\ntenant = 5\n', ":2:", "must be text")
        self.refused('[profile.contoso]\nlogin_host = "http://login.example"\n', ":2:", "https")
        self.refused('[profile.contoso]\nexchange_host = "https://a.example/x"\n', "without a path")
        self.refused('[profile.contoso]\nsign_in = "password"\n', "must be one of")
        self.refused('[profile.contoso]\ntenant = "a"\n', ":1:", "has no client_id")
        self.refused('[profile.contoso\n', ":1:")
        self.refused('[profiles.contoso]\n', "unknown key 'profiles'")
        self.refused('[profile.fabrikam]\nsign_in = "token"\n', "no profile 'contoso'", "fabrikam")

    def test_the_usual_place_is_that_of_the_xdg_specification(self):
        home = self.folder / "config-home" / "postern"
        home.mkdir(parents=True)
        (home / "config.toml").write_text(self.profiles)
        environment = self.there.environment(POSTERN_CLIENT_SECRET=SECRET,
                                             XDG_CONFIG_HOME=str(home.parent))
        done = postern("audit", "live:contoso", "--control", "6.5.5", env=environment)
        self.assertEqual(done.status, 1, done)
        environment["XDG_CONFIG_HOME"] = str(self.folder / "none")
        self.assert_line(postern("audit", "live:contoso", env=environment), "none/postern",
                         "--config")


class Login(Live):
    def check(self, *more, **options):
        done = self.run_live("login", "contoso", "--check", "--output", "json", *more, **options)
        self.assertIn(done.status, (0, 1), done)
        return done.status, {each["what"]: each for each in json.loads(done.out)["checks"]}

    def test_everything_is_granted(self):
        status, checks = self.check()
        self.assertEqual(status, 0)
        self.assertEqual({each["state"] for each in checks.values()}, {"ok"})
        self.assertIn("not verified", checks["permission"]["found"])

    def test_the_permission_is_missing(self):
        self.app.roles = []
        status, checks = self.check()
        self.assertEqual(status, 1)
        self.assertEqual(checks["permission"]["state"], "missing")
        self.assertIn("Exchange.ManageAsApp", checks["permission"]["found"])
        self.assertIn("admin consent", checks["permission"]["remedy"])
        self.assertEqual(checks["Get-OrganizationConfig"]["state"], "not tried")
        self.assertEqual(self.there.calls(), [])

    def test_the_role_is_missing(self):
        self.app.cmdlets = set()
        status, checks = self.check()
        self.assertEqual(status, 1)
        self.assertEqual(checks["permission"]["state"], "ok")
        self.assertEqual(checks["Get-InboundConnector"]["state"], "missing")
        self.assertIn("Global Reader", checks["Get-InboundConnector"]["remedy"])

    def test_the_service_refuses_the_token(self):
        self.there.fail("Get-OrganizationConfig", service.refused_token())
        _, checks = self.check()
        self.assertIn("401", checks["Get-OrganizationConfig"]["found"])

    def test_the_secret_is_wrong(self):
        status, checks = self.check(secret="another")
        self.assertEqual(status, 1)
        self.assertIn("AADSTS7000215", checks["sign-in"]["found"])

    def test_without_check_nothing_is_asked_of_exchange(self):
        done = self.run_live("login", "contoso")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.there.calls(), [])


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


class Evidence(Live):
    """What evidence fetch leaves in its folder."""

    def setUp(self):
        super().setUp()
        self.out = self.folder / "evidence"
        now = datetime.datetime.now(datetime.timezone.utc)
        for number in range(230):
            # Every fourth to two recipients at the same instant; some from elsewhere.
            moment = now - datetime.timedelta(hours=number * 2, seconds=1)
            sender = "scan@contoso.com" if number % 3 else "somebody@elsewhere.example"
            for name in ("ann", "bob")[: 2 if number % 4 == 0 else 1]:
                self.tenant.trace.append(trace_row(
                    number, moment, sender, f"{name}@contoso.com", f"203.0.113.{number % 5}"))
        for row in self.tenant.trace:
            key = (row["MessageTraceId"], row["RecipientAddress"])
            self.tenant.details[key] = [{"Date": row["Received"], "Event": "Receive",
                                         "Data": "<root><MEP Name=\"ConnectorId\" "
                                                 "String=\"x\\Default x\"/></root>"}]
        self.tenant.trace_cap = 50

    def fetch(self, *more, **options):
        return self.run_live("evidence", "fetch", "live:contoso", "--out", self.out, *more,
                             **options)

    def rows(self, kind, under="value"):
        out = []
        for file in sorted(self.out.glob(f"{kind}-*.json")):
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            out += json.loads(file.read_text())[under]
        return out

    def test_every_row_of_a_trace_once_over_pages_and_windows(self):
        done = self.fetch("--since", "25d", "--output", "json", "--details", "0")
        self.assertEqual(done.status, 0, done)
        rows = self.rows("trace")
        keys = {(row["MessageTraceId"], row["RecipientAddress"]) for row in rows}
        self.assertEqual(len(rows), len(keys))
        self.assertEqual(keys, {(row["MessageTraceId"], row["RecipientAddress"])
                                for row in self.tenant.trace})
        self.assertEqual(json.loads(done.out)["rows"], len(rows))
        # Three stretches of at most ten days.
        starts = {json.loads(each.body)["CmdletInput"]["Parameters"]["StartDate"]
                  for each in self.there.seen if b"Get-MessageTraceV2" in each.body}
        self.assertEqual(len(starts), 3)

    def test_details_are_asked_of_candidates_alone_and_joined(self):
        done = self.fetch("--since", "5d", "--details", "2", "--output", "json")
        self.assertEqual(done.status, 0, done)
        details = self.rows("details")
        # Five addresses, one sender of ours, two of each.
        self.assertEqual(len(details), 10)
        self.assertEqual(json.loads(done.out)["details"], 10)
        self.assertTrue(all(each["MessageTraceId"] and each["RecipientAddress"]
                            for each in details))

    def test_an_interrupted_fetch_goes_on_where_it_stopped(self):
        refuse = service.error_answer(service.CmdletError(400, "BadRequest", "x", "Not now."))
        period = ("--since", "20d", "--until", "2030-01-01")
        for calls_before in (2, 1, 3):
            fine = [None] * calls_before
            self.there.fail("Get-MessageTraceV2", *fine, refuse)
            self.assert_line(self.fetch(*period), "Not now.")
        self.there.fail("Get-MessageTraceDetailV2", None, None, refuse)
        self.assert_line(self.fetch(*period), "Not now.")
        # As it was begun, whatever is said now.
        done = self.fetch(*period, "--details", "1")
        self.assertEqual(done.status, 0, done)
        self.assertIn("gone on with", done.out)
        rows = self.rows("trace")
        self.assertEqual(len(rows), len(self.tenant.trace))
        self.assertEqual(len(self.rows("details")), 15)
        asked = [json.loads(each.body)["CmdletInput"]["Parameters"] for each in self.there.seen
                 if b"Get-MessageTraceDetailV2" in each.body]
        # The one that was refused is asked again, and nothing else.
        self.assertEqual(len(asked), 16)

    def test_a_service_that_repeats_itself_is_no_end(self):
        row = self.tenant.trace[0]
        same = service.Answer(200, {"@adminapi.warnings": ["more"], "value": [
            dict(row, MessageTraceId=f"{i}") for i in range(5000)]})
        self.there.fail("Get-MessageTraceV2", same, same)
        self.assert_line(self.fetch("--since", "5d"), "does not get past")

    def test_a_folder_of_another_fetch_is_left_alone(self):
        self.assertEqual(self.fetch("--since", "1d", "--details", "0").status, 0)
        self.assert_line(self.fetch("--since", "2d"), "holds a fetch of trace")
        self.assert_line(self.fetch("--source", "graph", "--since", "1d"), "another folder")

    def test_periods_that_can_not_be_had(self):
        self.assert_line(self.fetch("--since", "120d"), "90 days")
        self.assert_line(self.fetch("--source", "hunting", "--since", "40d"), "30 days")
        self.assert_line(self.fetch("--since", "2d", "--until", "3d"), "empty")
        done = self.run_live("evidence", "fetch", EXPORTS, "--out", self.out)
        self.assert_line(done, "live:NAME")

    def test_graph_follows_its_links(self):
        done = self.fetch("--source", "graph", "--since", "20d", "--output", "json")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(len(self.rows("graph")), len(self.tenant.trace))
        self.assertEqual(set(self.rows("graph")[0]), {
            "id", "senderAddress", "recipientAddress", "messageId", "receivedDateTime", "subject",
            "size", "fromIP", "toIP", "status"})
        self.assertEqual(self.there.calls(), [])

    def test_graph_says_which_permission_is_missing(self):
        self.app.graph_roles = []
        self.assert_line(self.fetch("--source", "graph"), "ExchangeMessageTrace.Read.All")
        self.assert_line(self.run_live("evidence", "fetch", "live:contoso", "--source", "hunting",
                                       "--out", self.folder / "another"), "ThreatHunting.Read.All")

    def test_graph_pages_go_nowhere_else(self):
        self.there.fail("messageTraces", service.Answer(
            200, {"value": [], "@odata.nextLink": self.there.elsewhere + "/v1.0/x"}))
        self.assert_line(self.fetch("--source", "graph"), "the token does not go there")

    def test_hunting_is_what_impact_reads(self):
        columns = ("Timestamp", "NetworkMessageId", "InternetMessageId", "SenderMailFromAddress",
                   "SenderMailFromDomain", "SenderIPv4", "RecipientEmailAddress", "EmailDirection",
                   "DeliveryAction", "Connectors")
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        row = dict(zip(columns, (now, "n-1", "<1@contoso.com>", "scan@contoso.com", "contoso.com",
                                 "203.0.113.7", "ann@contoso.com", "Inbound", "Delivered", "")))
        for key in ("name", "Name"):
            self.tenant.hunting = {"schema": [{key: column, "type": "String"}
                                              for column in columns], "results": [row]}
            self.out = self.folder / f"hunting-{key}"
            done = self.fetch("--source", "hunting", "--since", "1d")
            self.assertEqual(done.status, 0, done)
            query = [json.loads(each.body)["Query"] for each in self.there.seen
                     if each.path.endswith("runHuntingQuery")][0]
            self.assertIn("SenderMailFromDomain in~ (", query)
            self.assertIn("'contoso.com'", query)
            self.assertIn("endswith '.fabrikam.com'", query)
            done = self.run_live("impact", "live:contoso", self.out, "--output", "json")
            self.assertIn("203.0.113.7", done.out, done)

    def test_what_trace_and_graph_leave_is_what_impact_reads(self):
        for source in ("trace", "graph"):
            self.out = self.folder / source
            done = self.fetch("--source", source, "--since", "20d")
            self.assertEqual(done.status, 0, done)
            done = self.run_live("impact", "live:contoso", self.out, "--output", "json")
            self.assertIn(done.status, (0, 1, 3), done)
            self.assertIn("203.0.113.1", done.out)
            self.assertEqual(done.err, "")
            self.assertEqual(json.loads(done.out)["totals"]["bad"], 0)

    def test_a_period_without_mail_leaves_no_file(self):
        self.tenant.trace = []
        for source in ("trace", "graph"):
            self.out = self.folder / f"nothing-{source}"
            self.assertEqual(self.fetch("--source", source).status, 0)
            self.assertEqual([each.name for each in self.out.iterdir()], [".postern-fetch.json"])

    def test_hunting_without_its_columns_is_refused(self):
        self.tenant.hunting = {"schema": [{"Name": "Timestamp"}], "results": []}
        self.assert_line(self.fetch("--source", "hunting", "--since", "1d"),
                         "SenderMailFromAddress")


class Baseline(Live):
    def setUp(self):
        super().setUp()
        self.tenant.objects["OrganizationConfig"][0]["RejectDirectSend"] = True
        self.earlier = self.folder / "earlier.json"
        self.assertEqual(self.audit("--output", "json", "--out", self.earlier).status, 0)

    def test_nothing_has_changed(self):
        done = self.audit("--baseline", self.earlier)
        self.assertEqual(done.status, 0, done)
        self.assertIn("Nothing has changed.", done.out)

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

    def test_one_control_is_compared_alone(self):
        done = self.audit("--control", "6.5.5", "--baseline", self.earlier)
        self.assertEqual(done.status, 0, done)

    def test_several_tenants_have_a_baseline_too(self):
        listed = self.put("tenants.toml", '[[tenant]]\nname = "A"\nsource = "live:contoso"\n')
        before = self.folder / "before.json"
        self.run_live("audit", "--tenants", listed, "--output", "json", "--out", before)
        again = self.run_live("audit", "--tenants", listed, "--baseline", before)
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

        schema = json.loads((SOURCE / f"docs/schema/{name}.json").read_text())
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

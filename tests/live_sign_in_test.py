"""How the program signs in to a live tenant, and what it says where it can't, against the stand-in."""

import json
import os
import socketserver
import threading
import unittest

from live import EXPORTS, SECRET, Live
from program import postern
from standin import application_certificates, service


class Proxy(socketserver.ThreadingTCPServer):
    """Answers every CONNECT with one status, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, status):
        proxy = self
        self.asked = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                proxy.asked.append(self.rfile.readline().decode())
                self.wfile.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.name = f"127.0.0.1:{self.server_address[1]}"


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

    def test_a_byte_order_mark_is_no_part_of_a_secret(self):
        path = self.put("secret", "\ufeff" + SECRET + "\r\n")
        self.profile("other", self.tenant, self.app, client_secret_file=str(path))
        self.sign_in()

    def test_a_profile_that_others_may_write_is_refused(self):
        self.config.chmod(0o664)
        self.assert_line(self.audit(), self.config, "can be written by others", "chmod go-w")
        self.assertEqual(self.there.seen, [])
        self.config.chmod(0o644)
        self.assertEqual(self.audit("--control", "6.5.5").status, 1)

    def test_a_proxy_that_refuses_is_named_without_its_password(self):
        for status, words in ((407, "asks for a user name and password (407)"),
                              (403, "refuses the connection (403)")):
            proxy = Proxy(status)
            self.addCleanup(proxy.server_close)
            self.addCleanup(proxy.shutdown)
            done = self.audit(https_proxy=f"http://someone:pr0xy-pass@{proxy.name}", no_proxy="")
            self.assert_line(done, f"the proxy {proxy.name} {words}")
            self.assertNotIn("pr0xy-pass", done.err)
            self.assertEqual(len(proxy.asked), 1, "asking again changes nothing")

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


if __name__ == "__main__":
    unittest.main()

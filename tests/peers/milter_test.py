"""The milter door of postern gate before real mail servers' ends of the protocol: Postfix, and
miltertest's scripts."""

import json
import os
import re
import signal
import sqlite3
import urllib.request

import smtp_peers
from postfix_peer import Postfix
from sendmail_peer import Sendmail
from smtp_peers import TENANT, Folder, Process, Talk, program

from program import POSTERN, postern

FOREIGN = "bob@adatum.com"
OWN = "scanner@contoso.com"
RECIPIENT = "ann@contoso.com"


class MilterGate(Process):
    """postern gate with a milter door alone."""

    def __init__(self, folder, settings="", tenant=TENANT, listen="127.0.0.1:0"):
        (folder / "tenant.toml").write_text(tenant)
        (folder / "gate.toml").write_text(
            'tenants = ["tenant.toml"]\nthreads = 2\nadmin_listen = "127.0.0.1:0"\n'
            + settings
            + f'\n[milter]\nlisten = ["{listen}"]\nsocket_mode = "666"\n'
            + '[ledger]\nfile = "ledger.db"\n'
        )
        super().__init__([POSTERN, "gate", folder / "gate.toml"], folder)
        line = self.child.stdout.readline().decode()
        found = re.search(r"milter (\S+), metrics (\S+)", line)
        if found is None:
            raise AssertionError(f"the gate did not start: {line}{self.log()}")
        self.address, self.metrics_url = found.groups()
        self.port = None if "unix:" in self.address else int(self.address.rsplit(":", 1)[1])

    def metrics(self):
        with urllib.request.urlopen(self.metrics_url, timeout=10) as page:
            return page.read().decode()


class MilterFolder(Folder):
    def milter(self, settings="", **options):
        gate = MilterGate(self.folder, settings, **options)
        self.addCleanup(lambda: gate.child.poll() is None and gate.stop(signal.SIGKILL))
        return gate

    def tls_session(self, certificate):
        """The reply to own mail under TLS, with the client's certificate."""
        with Talk(self.server.port) as talk:
            talk.say("EHLO first.example")
            talk.start_tls(self.client_context(certificate))
            return talk.deliver(OWN, RECIPIENT, "From: x@contoso.com\r\n\r\nbody\r\n")

    def rows(self, gate, count):
        """The ledger's rows, once there are so many."""
        found = []

        def there():
            done = postern("ledger", self.folder / "ledger.db", "--output", "json")
            self.assertEqual(done.status, 0, done)
            found[:] = [json.loads(line) for line in done.out.splitlines()]
            return len(found) >= count

        self.wait_until(there, what=f"the ledger has {len(found)} rows: {gate.log()}")
        self.assertEqual(len(found), count)
        return found


class BehindPostfix(MilterFolder):
    def postfix(self, gate, more=""):
        sink = self.hop()
        where = gate.address if gate.port is None else f"inet:127.0.0.1:{gate.port}"
        self.server = Postfix(
            self,
            f"relayhost = [127.0.0.1]:{sink.port}\nsmtpd_milters = {where}\n"
            f"milter_default_action = tempfail\n{more}",
        )
        return sink

    def session(self, address, sender, message=None, recipient=RECIPIENT):
        """The reply to RCPT, or to the message where there is one."""
        with Talk(self.server.port) as talk:
            talk.say("EHLO first.example")
            self.assertRegex(talk.say(f"XCLIENT ADDR={address} NAME=[UNAVAILABLE]"), "^220")
            replies = talk.envelope(sender, recipient)
            if message is None or not replies[0].startswith("250"):
                return replies[0]
            return talk.message(message)

    def test_refuses_at_rcpt_and_lets_the_rest_through(self):
        gate = self.milter('support = "Half of 100 % ask postmaster@contoso.com"')
        sink = self.postfix(gate)
        refused = self.session("198.51.100.9", OWN)
        self.assertEqual(
            refused,
            "550-5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization "
            "from unauthorized sources\n550 5.7.68 Half of 100 % ask postmaster@contoso.com",
        )
        # The connector's address, and mail from outside.
        text = "From: x@adatum.com\r\nSubject: hi\r\n\r\nbody\r\n"
        self.assertRegex(self.session("203.0.113.7", OWN, text), "^250")
        self.assertRegex(self.session("198.51.100.9", FOREIGN, text), "^250")
        self.wait_until(lambda: len(sink.messages) == 2, what="Postfix passed nothing on")
        (row,) = self.rows(gate, 1)
        self.assertEqual(row["outcome"], "refused")
        self.assertEqual(row["reason"], "direct_send_rejected")
        self.assertEqual(row["client"], "198.51.100.9")
        self.assertEqual(row["helo"], "client.example")
        self.assertEqual(row["door"], "milter")
        self.assertEqual(row["tls"], False)
        self.assertEqual(row["certificate"], "")
        # Postfix takes the list of macros, so that nothing is missing.
        self.assertNotIn("milter_lacks", gate.log())
        self.assertNotIn("unknown macro", self.server.log_text())
        self.assertIn(
            'postern_submissions_total{outcome="refused",mode="enforce",'
            'reason="direct_send_rejected"} 1',
            gate.metrics(),
        )

    def test_a_recipient_that_only_postfix_reads_is_judged_as_postfix_reads_it(self):
        gate = self.milter('mode = "observe"\n')
        self.postfix(gate)
        written = ["ann@contoso.com(x)", "ann @contoso.com", '"ann"@contoso.com (x)']
        for recipient in written:
            self.assertRegex(self.session("198.51.100.9", FOREIGN, recipient=recipient), "^250", recipient)
            self.assertRegex(self.session("198.51.100.9", OWN, recipient=recipient), "^250", recipient)
        rows = self.rows(gate, len(written))
        self.assertEqual({(row["outcome"], row["reason"]) for row in rows},
                         {("would_refuse", "direct_send_rejected")})
        self.assertNotIn("unreadable_recipient", gate.log())

    def test_a_client_certificate_matches_its_connector(self):
        gate = self.milter()
        self.certificates()
        self.authority.issue("client", "mail.partner.example",
                             usages="serverAuth,clientAuth")
        sink = self.postfix(
            gate,
            f"smtpd_tls_security_level = may\nsmtpd_tls_ask_ccert = yes\n"
            f"smtpd_tls_CAfile = {self.folder}/ca.pem\n"
            f"smtpd_tls_cert_file = {self.folder}/gate.crt\n"
            f"smtpd_tls_key_file = {self.folder}/gate.key\n",
        )

        self.assertRegex(self.tls_session("client.pem"), "^250")
        # Postfix trusts no certificate that is for servers alone, and so tells nothing of it.
        self.assertRegex(self.tls_session("partner.pem"), "^550.5.7.68")
        self.assertRegex(self.tls_session("stranger.pem"), "^550.5.7.68")
        self.assertRegex(self.tls_session(None), "^550.5.7.68")
        self.wait_until(lambda: len(sink.messages) == 1, what="Postfix passed nothing on")
        rows = self.rows(gate, 3)
        self.assertEqual([row["tls"] for row in rows], [True] * 3)

    def test_headers_are_stripped_where_they_stand(self):
        gate = self.milter(
            'authserv_id = "gate.example"\n[protections]\nstrip_organization_headers = true\n'
            "multiple_from = true"
        )
        sink = self.postfix(gate)
        text = (
            "From: x@adatum.com\r\n"
            "Authentication-Results: gate.example; dmarc=pass\r\n"
            "X-MS-Exchange-Organization-SCL: -1\r\n"
            "Authentication-Results: mx.adatum.com;\r\n\tspf=pass\r\n"
            "x-ms-exchange-organization-scl:-1\r\n"
            "Authentication-Results: GATE.example;\r\n dkim=pass\r\n"
            "X-Kept:  two spaces \r\n"
            "Subject: hi\r\n\r\nbody\r\n"
        )
        self.assertRegex(self.session("198.51.100.9", FOREIGN, text), "^250")
        self.wait_until(lambda: sink.messages, what="Postfix passed nothing on")
        passed = sink.messages[0][2].decode()
        self.assertNotIn("organization-scl", passed.lower())
        self.assertNotIn("gate.example;", passed.lower())
        self.assertIn("Authentication-Results: mx.adatum.com;\r\n\tspf=pass\r\n", passed)
        self.assertIn("X-Kept:  two spaces", passed)
        two = "From: x@adatum.com\r\nFrom: y@contoso.com\r\n\r\nbody\r\n"
        self.assertRegex(self.session("198.51.100.9", FOREIGN, two), "^550.5.7.1 ")

    def test_observe_records_the_message_and_its_queue_id(self):
        gate = self.milter('mode = "observe"')
        sink = self.postfix(gate)
        text = "From: Chief <chief@contoso.com>\r\nMessage-ID: <1@contoso.com>\r\n\r\nbody\r\n"
        accepted = self.session("198.51.100.9", OWN, text)
        queue_id = re.search(r"queued as (\w+)", accepted).group(1)
        (row,) = self.rows(gate, 1)
        self.assertEqual(row["outcome"], "would_refuse")
        self.assertEqual(row["header_from"], "chief@contoso.com")
        self.assertEqual(row["message_id"], "1@contoso.com")
        self.assertEqual(row["transaction"], queue_id)
        self.wait_until(lambda: sink.messages, what="Postfix passed nothing on")

    def test_the_gate_gone_is_a_temporary_failure_and_its_return_is_noticed(self):
        gate = self.milter(listen=f"unix:{self.folder}/milter.sock")
        self.postfix(gate)
        self.assertRegex(self.session("198.51.100.9", OWN), "^550")
        gate.stop(signal.SIGKILL)
        with Talk(self.server.port) as talk:
            talk.say("EHLO client.example")
            self.assertRegex(talk.say(f"MAIL FROM:<{OWN}>"), "^4")
        # The socket that the killed gate left is replaced.
        self.milter(listen=f"unix:{self.folder}/milter.sock")
        self.assertRegex(self.session("198.51.100.9", OWN), "^550")

    def test_swaks_is_told_why(self):
        swaks = program("swaks")
        gate = self.milter()
        self.postfix(gate)
        done = self.run_peer(
            swaks, "--server", f"127.0.0.1:{self.server.port}", "--from", OWN, "--to", RECIPIENT,
            "--xclient-addr", "198.51.100.9",
        )
        self.assertEqual(done.returncode, 24, done.text)
        self.assertIn("550 5.7.68", done.text)


class BehindSendmail(MilterFolder):
    def sendmail(self, gate, more=""):
        sink = self.hop()
        self.server = Sendmail(
            self, sink,
            f"{more}\nINPUT_MAIL_FILTER(`postern', `S=inet:{gate.port}@127.0.0.1, F=T, T=S:30s;R:30s')",
        )
        return sink

    def test_refuses_at_rcpt_and_lets_the_rest_through(self):
        gate = self.milter()
        sink = self.sendmail(gate)
        with Talk(self.server.port) as talk:
            (refused,) = talk.envelope(OWN, RECIPIENT)
        self.assertRegex(refused, r"^550 5\.7\.68 .*TenantInboundAttribution; Direct Send not allowed")
        with Talk(self.server.port) as talk:
            self.assertRegex(talk.envelope(FOREIGN, RECIPIENT)[0], "^250")
            self.assertRegex(talk.message("From: x@adatum.com\r\n\r\nbody\r\n"), "^250")
        self.wait_until(lambda: sink.messages, what="Sendmail passed nothing on")
        (row,) = self.rows(gate, 1)
        self.assertEqual(row["outcome"], "refused")
        self.assertEqual(row["client"], "127.0.0.1")
        self.assertEqual(row["helo"], "client.example")
        self.assertEqual(row["tls"], False)
        self.assertRegex(row["transaction"], r"^\w{14}$")
        # Sendmail takes the list of macros, so that nothing is missing.
        self.assertNotIn("milter_lacks", gate.log())

    def test_a_client_certificate_matches_its_connector(self):
        gate = self.milter()
        self.certificates()
        self.authority.issue("client", "mail.partner.example",
                             usages="serverAuth,clientAuth")
        sink = self.sendmail(
            gate,
            "define(`confCACERT_PATH', `{safe}')\n"
            "define(`confCACERT', `{safe}/ca.pem')\n"
            "define(`confSERVER_CERT', `{safe}/gate.crt')\n"
            "define(`confSERVER_KEY', `{safe}/gate.key')",
        )

        self.assertRegex(self.tls_session("client.pem"), "^250")
        self.assertRegex(self.tls_session("stranger.pem"), "^550.5.7.68")
        self.assertRegex(self.tls_session(None), "^550.5.7.68")
        self.wait_until(lambda: len(sink.messages) == 1, what="Sendmail passed nothing on")
        rows = self.rows(gate, 2)
        self.assertEqual([row["tls"] for row in rows], [True] * 2)

    def test_headers_are_stripped_where_they_stand(self):
        gate = self.milter("[protections]\nstrip_organization_headers = true")
        sink = self.sendmail(gate)
        with Talk(self.server.port) as talk:
            self.assertRegex(talk.envelope(FOREIGN, RECIPIENT)[0], "^250")
            self.assertRegex(talk.message(
                "From: x@adatum.com\r\nX-MS-Exchange-Organization-SCL: -1\r\n"
                "x-ms-exchange-organization-scl:-1\r\nX-Kept: yes\r\n\r\nbody\r\n"), "^250")
        self.wait_until(lambda: sink.messages, what="Sendmail passed nothing on")
        passed = sink.messages[0][2].decode()
        self.assertNotIn("organization-scl", passed.lower())
        self.assertIn("X-Kept: yes", passed)

    def test_the_gate_gone_is_a_temporary_failure(self):
        gate = self.milter()
        self.sendmail(gate)
        gate.stop(signal.SIGKILL)
        with Talk(self.server.port) as talk:
            talk.say("EHLO client.example")
            self.assertRegex(talk.say(f"MAIL FROM:<{OWN}>"), "^451")


SCRIPT_HEAD = """
conn = mt.connect("inet:{port}@127.0.0.1")
if conn == nil then error("no connection") end
if mt.negotiate(conn, nil, nil, nil) ~= nil then error("negotiation") end
"""


class Miltertest(MilterFolder):
    """libmilter's other end, as OpenDKIM tests with it."""

    def script(self, gate, body, status=0):
        path = self.folder / "script.lua"
        path.write_text(SCRIPT_HEAD.format(port=gate.port) + body)
        done = self.run_peer(program("miltertest"), "-s", path)
        self.assertEqual(done.returncode, status, done.text + gate.log())
        return done

    def test_a_refusal_at_rcpt(self):
        gate = self.milter()
        self.script(gate, """
mt.conninfo(conn, "client", "198.51.100.9")
mt.helo(conn, "printer")
mt.mailfrom(conn, "<scanner@contoso.com>")
mt.rcptto(conn, "<ann@contoso.com>")
if mt.getreply(conn) ~= SMFIR_REPLYCODE then error("not refused") end
mt.rcptto(conn, "<carol@elsewhere.example>")
if mt.getreply(conn) ~= SMFIR_CONTINUE then error("somebody else's recipient") end
mt.abort(conn)
mt.macro(conn, SMFIC_MAIL, "{auth_authen}", "ann")
mt.mailfrom(conn, "<ann@contoso.com>")
mt.rcptto(conn, "<bob@contoso.com>")
if mt.getreply(conn) ~= SMFIR_CONTINUE then error("signed in") end
mt.eom(conn)
if mt.getreply(conn) ~= SMFIR_CONTINUE then error("the message") end
mt.disconnect(conn)
""")
        self.assertEqual([row["outcome"] for row in self.rows(gate, 1)], ["refused"])

    def test_headers_are_removed_by_their_number(self):
        gate = self.milter("[protections]\nstrip_organization_headers = true")
        self.script(gate, """
mt.conninfo(conn, "client", "198.51.100.9")
mt.helo(conn, "mx.adatum.com")
mt.mailfrom(conn, "<bob@adatum.com>")
mt.rcptto(conn, "<ann@contoso.com>")
mt.header(conn, "From", "bob@adatum.com")
mt.header(conn, "X-MS-Exchange-Organization-SCL", "-1")
mt.header(conn, "X-MS-Exchange-Organization-SCL", "-1")
mt.eom(conn)
if mt.getreply(conn) ~= SMFIR_CONTINUE then error("the message") end
if not mt.eom_check(conn, MT_HDRDELETE, "X-MS-Exchange-Organization-SCL") then
  error("not removed")
end
if mt.eom_check(conn, MT_HDRDELETE, "From") then error("From") end
mt.disconnect(conn)
""")

    def test_an_abrupt_end_is_no_fault(self):
        gate = self.milter()
        self.script(gate, """
mt.conninfo(conn, "client", "198.51.100.9")
mt.mailfrom(conn, "<scanner@contoso.com>")
mt.rcptto(conn, "<ann@contoso.com>")
mt.disconnect(conn, false)
""")
        self.rows(gate, 1)
        self.assertIn("postern_milter_faults_total 0", gate.metrics())


class Operation(MilterFolder):
    def test_the_admin_page(self):
        gate = self.milter()
        root = gate.metrics_url.removesuffix("/metrics")
        for page, expected in (("/healthz", "ok\n"), ("/readyz", "ready\n")):
            with urllib.request.urlopen(root + page, timeout=10) as answer:
                self.assertEqual(answer.read().decode(), expected)
        with self.assertRaises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(root + "/secret", timeout=10)
        self.assertEqual(missing.exception.code, 404)
        missing.exception.close()
        self.assertIn("# TYPE postern_sessions_total counter", gate.metrics())

    def test_the_admin_page_is_for_loopback_alone(self):
        (self.folder / "tenant.toml").write_text(TENANT)
        (self.folder / "gate.toml").write_text(
            'tenants = ["tenant.toml"]\nadmin_listen = "0.0.0.0:0"\n'
            '[milter]\nlisten = ["127.0.0.1:0"]\n'
        )
        done = postern("gate", self.folder / "gate.toml")
        self.assertEqual(done.status, 2)
        self.assertIn("no loopback address", done.err)

    def test_the_socket_has_its_mode_and_goes_on_where_it_was(self):
        path = self.folder / "milter.sock"
        gate = self.milter(listen=f"unix:{path}")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o666)
        second = postern("gate", self.folder / "gate.toml")
        self.assertEqual(second.status, 2)
        self.assertIn("somebody does already", second.err)
        self.assertEqual(gate.stop(), 0)


class Ledger(MilterFolder):
    """What the gate wrote, read by the other commands."""

    def test_commands_read_a_ledger_while_the_gate_writes_it(self):
        gate = self.milter('mode = "observe"')
        script = SCRIPT_HEAD.format(port=gate.port)
        for i in range(3):
            script += f"""
mt.conninfo(conn, "client", "198.51.100.{i}")
mt.helo(conn, "printer")
mt.mailfrom(conn, "<scanner{i % 2}@contoso.com>")
mt.rcptto(conn, "<ann@contoso.com>")
mt.eom(conn)
mt.abort(conn)
"""
        (self.folder / "script.lua").write_text(script + "mt.disconnect(conn)\n")
        done = self.run_peer(program("miltertest"), "-s", self.folder / "script.lua")
        self.assertEqual(done.returncode, 0, done.text)
        self.rows(gate, 3)
        file = self.folder / "ledger.db"

        done = postern("ledger", file, "--summary", "sender")
        self.assertEqual(done.status, 0, done)
        self.assertRegex(done.out, r"scanner0@contoso.com\s+0\s+2\s+0\s+0 ")
        done = postern("ledger", file, "--client", "198.51.100.1", "--steps")
        self.assertIn("scanner1@contoso.com", done.out)
        self.assertIn("Did the client sign in", done.out)
        self.assertIn("1 submission\n", done.out)
        done = postern("ledger", file, "--output", "csv", "--sender", "@contoso.com")
        self.assertEqual(len(done.out.splitlines()), 4)
        done = postern("ledger", file, "--since", "1d", "--mode", "enforce")
        self.assertEqual(done.out, "0 submissions\n")

        done = postern("impact", self.folder / "tenant.toml", file, "--output", "json")
        self.assertIn(done.status, (0, 1, 3), done)
        report = json.loads(done.out)
        self.assertIn("ledger", json.dumps(report))
        self.assertIn("198.51.100.1", done.out)

    def test_what_is_no_ledger_is_told(self):
        other = self.folder / "other.db"
        with sqlite3.connect(other) as database:
            database.execute("CREATE TABLE t (a)")
        database.close()
        done = postern("ledger", other)
        self.assertEqual(done.status, 2)
        self.assertIn("no ledger", done.err)
        (self.folder / "tenant.toml").write_text(TENANT)
        done = postern("impact", self.folder / "tenant.toml", other)
        self.assertEqual(done.status, 2)
        self.assertIn("no ledger", done.err)


if __name__ == "__main__":
    smtp_peers.unittest.main()

"""The gate's page over its listener: who may ask, what is switched and kept, and a stream that goes on."""

import http.client
import json
import os
import signal
import time
import unittest

from smtp_peers import OWN_SENDER, POSTERN, RECIPIENT, Folder, Gate, Talk

TOKEN = "0123456789abcdef0123456789abcdef"
TENANT = """name = "contoso"
cloud = "worldwide"
reject_direct_send = false
inbound_connectors_known = true

[[accepted_domain]]
name = "contoso.com"

[[accepted_domain]]
name = "fabrikam.com"
"""
ENFORCE = {"domain": "contoso.com", "mode": "enforce", "typed": "contoso.com", "reason": "nobody breaks"}


class Browser:
    """Asks as a browser at the page would, with the cookie that it was given."""

    def __init__(self, port):
        self.port, self.cookie = port, ""
        self.own = {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}",
                    "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}

    def ask(self, method, path, body=None, **fields):
        """(status, JSON or text, fields). A field given as None is left out."""
        sent = {**self.own, "Cookie": self.cookie}
        sent.update({name.replace("_", "-"): value for name, value in fields.items()})
        if method == "GET" and "Origin" not in fields:
            sent.pop("Origin")
        sent = {name: value for name, value in sent.items() if value}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            text = answer.read().decode()
            is_json = answer.getheader("Content-Type", "") == "application/json"
            return answer.status, json.loads(text) if is_json else text, answer.headers
        finally:
            connection.close()

    def sign_in(self, token=TOKEN):
        status, _, fields = self.ask("POST", "/api/session", {"token": token, "who": "ann"})
        if status == 200:
            self.cookie = fields["Set-Cookie"].split(";")[0]
        return status

    def state(self):
        status, said, _ = self.ask("GET", "/api/state")
        assert status == 200, (status, said)
        return said

    def mode(self, domain="contoso.com"):
        return next(d["mode"] for d in self.state()["domains"] if d["name"] == domain)


class Events:
    """A stream as an EventSource reads it."""

    def __init__(self, browser, last=None):
        fields = {"Cookie": browser.cookie, "Host": f"127.0.0.1:{browser.port}"}
        if last is not None:
            fields["Last-Event-ID"] = str(last)
        self.connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=30)
        self.connection.request("GET", "/events", headers=fields)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.status

    def read(self):
        """(event, id, data); ids are only on rows and floods."""
        event, number, data = "", None, ""
        while True:
            line = self.answer.fp.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif line == "" and event:
                return event, number, data

    def rows(self, count):
        found = []
        while len(found) < count:
            event, number, data = self.read()
            assert event != "flood", data
            if event == "row":
                found.append((number, data))
        return found

    def close(self):
        self.answer.close()
        self.connection.close()


class PageFolder(Folder):
    def page_gate(self, head="", mode="observe"):
        """A gate with its page, started anew on the ports that it had."""
        if not hasattr(self, "ports"):
            self.ports = self.free_port(), self.free_port()
            token = self.folder / "page.token"
            token.write_text(TOKEN + "\n")
            token.chmod(0o600)
        smtp, page = self.ports
        gate = Gate(self.folder, f"""mode = "{mode}"
admin_listen = "127.0.0.1:{page}"
{head}
[smtp]
listen = ["127.0.0.1:{smtp}"]
[[route]]
maildir = "box"
[ledger]
file = "ledger.db"
[page]
token_file = "page.token"
""", tenant=TENANT)
        self.addCleanup(self.end, gate)
        browser = Browser(page)
        self.assertEqual(browser.sign_in(), 200)
        return gate, browser

    @staticmethod
    def end(gate):
        if not gate.errors.closed:
            gate.stop()

    def send(self, gate, sender=OWN_SENDER, recipient=RECIPIENT):
        with Talk(gate.port) as talk:
            return talk.deliver(sender, recipient, "From: <a@contoso.com>\r\nSubject: x\r\n\r\nhi\r\n")


class WhoMayAsk(PageFolder):
    def test_who_is_not_signed_in_learns_nothing(self):
        _, browser = self.page_gate()
        for path in ("/api/state", "/api/senders", "/api/changes", "/events", "/api/nothing"):
            self.assertEqual(browser.ask("GET", path, Cookie=None)[0], 401, path)
            self.assertEqual(browser.ask("GET", path, Cookie="postern-page=61.9999999999.00")[0], 401, path)
        self.assertEqual(browser.ask("POST", "/api/mode", ENFORCE, Cookie=None)[0], 401)
        self.assertEqual(browser.ask("POST", "/api/sign-out", {}, Cookie=None)[0], 401)
        self.assertEqual(browser.mode(), "observe")

    def test_the_page_itself_holds_nothing_and_is_in_nobodys_frame(self):
        _, browser = self.page_gate()
        for path in ("/", "/assets/gate.js", "/assets/gate.css"):
            status, text, fields = browser.ask("GET", path, Cookie=None)
            self.assertEqual(status, 200)
            self.assertNotIn("contoso", text.replace("contoso.com\"", ""))
            self.assertIn("frame-ancestors 'none'", fields["Content-Security-Policy"])
            self.assertIn("default-src 'none'", fields["Content-Security-Policy"])
            self.assertEqual(fields["X-Content-Type-Options"], "nosniff")
            self.assertEqual(fields["Cache-Control"], "no-store")

    def test_another_name_of_this_host_is_another_host(self):
        _, browser = self.page_gate()
        for host in ("attacker.example", f"attacker.example:{browser.port}", "192.0.2.1"):
            for path in ("/", "/api/state", "/events", "/metrics"):
                self.assertEqual(browser.ask("GET", path, Host=host)[0], 403, host)
            self.assertEqual(browser.ask("POST", "/api/mode", ENFORCE, Host=host,
                                         Origin=f"http://{host}")[0], 403)
        self.assertEqual(browser.mode(), "observe")

    def test_another_origin_or_a_form_changes_nothing(self):
        gate, browser = self.page_gate()
        for fields in ({"Origin": "http://attacker.example"}, {"Origin": None}, {"Origin": "null"},
                       {"Origin": f"http://localhost:{browser.port}"}, {"Sec_Fetch_Site": "cross-site"},
                       {"Sec_Fetch_Site": "same-site"}, {"Content_Type": "text/plain"},
                       {"Content_Type": "application/x-www-form-urlencoded"}, {"Content_Type": None}):
            self.assertEqual(browser.ask("POST", "/api/mode", ENFORCE, **fields)[0], 403, fields)
            self.assertEqual(browser.ask("POST", "/api/session", {"token": TOKEN, "who": "x"}, **fields)[0],
                             403, fields)
        self.assertEqual(browser.ask("GET", "/api/state", Sec_Fetch_Site="cross-site")[0], 403)
        self.assertEqual(browser.mode(), "observe")
        self.assertEqual(self.send(gate)[:3], "250")

    def test_a_wrong_token_waits_and_is_logged(self):
        gate, browser = self.page_gate()
        begun = time.monotonic()
        self.assertEqual(Browser(browser.port).sign_in("wrong"), 403)
        self.assertGreater(time.monotonic() - begun, 0.9)
        self.wait_until(lambda: "page_turned_away" in gate.log())
        self.assertIn("page_signed_in", gate.log())
        self.assertNotIn(TOKEN, gate.log())

    def test_the_cookie_is_for_no_script_and_no_other_site(self):
        _, browser = self.page_gate()
        fields = browser.ask("POST", "/api/session", {"token": TOKEN, "who": "ann"})[2]["Set-Cookie"]
        for word in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"):
            self.assertIn(word, fields)
        out = browser.ask("POST", "/api/sign-out", {})[2]["Set-Cookie"]
        self.assertIn("Max-Age=0", out)

    def test_a_token_that_others_may_read_starts_nothing(self):
        self.page_gate()[0].stop()
        (self.folder / "page.token").chmod(0o644)
        for arguments in (["--check"], []):
            done = self.start([POSTERN, "gate", "gate.toml", *arguments])
            done.child.wait(20)
            self.assertIn("a token that others may read", done.log())
            self.assertEqual(done.stop(), 2)


class Switching(PageFolder):
    def test_a_switch_refuses_at_once_and_outlives_reload_restart_and_kill(self):
        gate, browser = self.page_gate()
        written = gate.file.read_text()
        self.assertEqual(self.send(gate)[:3], "250")
        with Talk(gate.port) as talk:
            self.assertRegex(talk.envelope(OWN_SENDER, RECIPIENT)[0], "^250 ")
            self.assertEqual(browser.ask("POST", "/api/mode", ENFORCE)[0], 200)
            time.sleep(0.2)
            talk.say("RSET")
            self.assertRegex(talk.envelope(OWN_SENDER, RECIPIENT)[0], "^550 5.7.68 ")
        self.assertEqual(self.send(gate, recipient="eva@fabrikam.com")[:3], "250")
        gate.send_signal(signal.SIGHUP)
        self.wait_until(lambda: '"reloaded"' in gate.log())
        self.assertRegex(self.send(gate), "^550 5.7.68 ")
        gate.child.send_signal(signal.SIGKILL)
        gate.child.wait(10)
        gate, again = self.page_gate()
        self.assertRegex(self.send(gate), "^550 5.7.68 ")
        # Who was signed in still is.
        self.assertEqual(browser.mode(), "enforce")
        self.assertEqual(gate.file.read_text(), written, "gate.toml is never written")
        self.wait_until(lambda: browser.ask("GET", "/api/changes")[1]["changes"])
        change = browser.ask("GET", "/api/changes")[1]["changes"][0]
        self.assertEqual([change[key] for key in ("what", "name", "before", "after", "who", "reason")],
                         ["mode", "contoso.com", "observe", "enforce", "ann", "nobody breaks"])
        self.assertEqual(again.ask("POST", "/api/mode", {"domain": "contoso.com", "mode": "observe"})[0], 200)
        time.sleep(0.2)
        self.assertEqual(self.send(gate)[:3], "250")

    def test_locked_wins(self):
        gate, browser = self.page_gate()
        self.assertEqual(browser.ask("POST", "/api/mode", ENFORCE)[0], 200)
        gate.file.write_text("locked = true\n" + gate.file.read_text())
        gate.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "page_state" in gate.log())
        self.assertEqual(browser.mode(), "observe")
        self.assertEqual(self.send(gate)[:3], "250")
        status, said, _ = browser.ask("POST", "/api/mode", ENFORCE)
        self.assertEqual(status, 409)
        self.assertIn("locked", said["error"])

    def test_a_damaged_state_starts_nothing_and_changes_nothing(self):
        gate, browser = self.page_gate()
        self.assertEqual(browser.ask("POST", "/api/mode", ENFORCE)[0], 200)
        state = self.folder / "page-state.json"
        self.assertEqual(os.stat(state).st_mode & 0o077, 0)
        kept = state.read_text()
        state.write_text(kept[:-20])
        gate.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "reload_failed" in gate.log())
        self.assertRegex(self.send(gate), "^550 5.7.68 ")
        gate.stop()
        for arguments in (["--check"], []):
            done = self.start([POSTERN, "gate", "gate.toml", *arguments])
            done.child.wait(20)
            self.assertIn("page-state.json", done.log())
            self.assertEqual(done.stop(), 2)


class Stream(PageFolder):
    def test_it_goes_on_behind_what_was_seen_after_a_restart(self):
        gate, browser = self.page_gate()
        for _ in range(3):
            self.send(gate)
        events = Events(browser)
        first = events.rows(3)
        self.assertEqual([number for number, _ in first], [1, 2, 3])
        self.assertEqual(first[0][1]["outcome"], "would_refuse")
        self.assertEqual(first[0][1]["domain"], "contoso.com")
        events.close()
        for _ in range(4):
            self.send(gate)
        gate.stop()
        gate, _ = self.page_gate()
        events = Events(browser, last=3)
        self.assertEqual([number for number, _ in events.rows(4)], [4, 5, 6, 7])
        self.send(gate)
        self.assertEqual([number for number, _ in events.rows(1)], [8])
        events.close()

    def test_more_than_sixteen_are_turned_away_and_figures_stay_there(self):
        _, browser = self.page_gate()
        open_ones = [Events(browser) for _ in range(16)]
        self.assertEqual(browser.ask("GET", "/events")[0], 503)
        self.assertIn("postern_ready 1", browser.ask("GET", "/metrics")[1])
        for each in open_ones:
            each.close()
        # One that is gone is noticed when it is written to.
        self.wait_until(lambda: self.opens(browser))

    @staticmethod
    def opens(browser):
        try:
            Events(browser).close()
            return True
        except AssertionError:
            return False


class Watch(PageFolder):
    def watch(self, *arguments, **options):
        return self.start([POSTERN, "gate", "gate.toml", "--watch", "--every", "1", *arguments], **options)

    def test_it_shows_the_same_and_what_is_new(self):
        gate, browser = self.page_gate()
        self.wait_until(lambda: "survey" in browser.state(), seconds=60)
        watch = self.watch()
        shown = []

        def until(words):
            while words not in "".join(shown):
                line = watch.child.stdout.readline().decode()
                self.assertTrue(line, "".join(shown) + watch.log())
                shown.append(line)

        until("Postern gate on gate.example")
        until("contoso.com")
        self.send(gate)
        until("--\n")
        until("would refuse")
        self.assertEqual(browser.ask("POST", "/api/mode", ENFORCE)[0], 200)
        until("enforce*")
        until("by ann")
        text = "".join(shown)
        self.assertNotIn("\x1b", text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 100, line)

    def test_where_nobody_answers_it_says_so(self):
        gate, _ = self.page_gate()
        gate.stop()
        watch = self.watch()
        watch.child.wait(20)
        self.assertIn("nobody answers", watch.log())
        self.assertEqual(watch.stop(), 2)

    def test_a_gate_without_a_page_has_nothing_to_watch(self):
        self.page_gate()[0].stop()
        file = self.folder / "gate.toml"
        file.write_text(file.read_text().split("[page]")[0])
        watch = self.watch()
        watch.child.wait(20)
        self.assertIn("has no [page]", watch.log())
        self.assertEqual(watch.stop(), 2)


if __name__ == "__main__":
    unittest.main()

"""The gate's page in a real browser: signed in by the token, rows as they come, again after a restart without loss or
doubles, the dialog that enforces, nothing run of what mail says, accessible, and nothing asked of anybody else.

Needs what browser_test needs, and skips with a line likewise. POSTERN_GATE_SHOT names a picture to renew."""

import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(SOURCE / "peers"))

from browser_test import CHROMIUM, MODULES, NODE, missing  # noqa: E402
from gate_page_test import TOKEN, PageFolder  # noqa: E402

HOSTILE = ('"<img src=x onerror=alert(1)>"@contoso.com', '"</script><script>alert(1)</script>"@contoso.com',
           '"javascript:alert(1)"@contoso.com')
DAY = 86400


class Driver:
    """One page of a browser."""

    def __init__(self):
        self.child = subprocess.Popen([NODE, str(SOURCE / "browser" / "gate.mjs"), str(MODULES), CHROMIUM],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, does, **words):
        self.child.stdin.write((json.dumps({"do": does, **words}) + "\n").encode())
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        if not line:
            raise AssertionError("the browser is gone")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{does} {words}: {answer['error']}")
        return answer["value"]

    def close(self):
        self.child.stdin.close()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait(10)
        self.child.stdout.close()


def put_history(ledger, rows):
    """(client, sender, recipient, days ago, outcome) as an earlier run of the gate recorded them."""
    now = int(time.time())
    with sqlite3.connect(ledger, timeout=20) as database:
        database.executemany(
            "INSERT INTO submission (time, outcome, mode, stage, door, message, client, helo, tls, tls_version,"
            " certificate, certificate_names, certificate_trusted, sender, recipient, tenant, reason, exception,"
            " connector, reply, steps) VALUES (?, ?, 'observe', 'rcpt', 'smtp', 'x', ?, 'printer', 0, '', '', '[]', 0,"
            " ?, ?, 'contoso', 'direct_send_rejected', '', '', '550 5.7.68 no', '[]')",
            [(now - int(ago * DAY) - 30, outcome, client, sender, recipient)
             for client, sender, recipient, ago, outcome in rows])
        database.execute("UPDATE outbox SET last = (SELECT max(id) FROM submission)")
    database.close()


def usual_history():
    """19 days of a scanner, a copier, and a forger."""
    rows = []
    for ago in range(19):
        rows += [("203.0.113.10", "scanner@contoso.com", f"{who}@fabrikam.com", ago + n / 24, "would_refuse")
                 for n, who in enumerate(("ann", "bob", "eva", "gus", "hiro", "ida", "jo"))]
        rows += [("203.0.113.80", "copier@fabrikam.com", "hiro@fabrikam.com", ago + n / 24, "would_refuse")
                 for n in range(2)]
    rows += [("192.0.2.150", "ceo@contoso.com", "carla@contoso.com", n / 24, "would_refuse") for n in range(3)]
    rows += [("203.0.113.10", "scanner@contoso.com", "ann@fabrikam.com", n / 1440, "would_refuse")
             for n in range(3, 58, 4)]
    return sorted(rows, key=lambda row: -row[3])


@unittest.skipIf(missing() and not os.environ.get("POSTERN_BROWSER_REQUIRED"), missing())
class Shown(PageFolder):
    def setUp(self):
        if missing():
            raise AssertionError(f"POSTERN_BROWSER_REQUIRED is set, but {missing()}")
        super().setUp()
        self.browse = Driver()
        self.addCleanup(self.browse.close)

    def open(self, browser, **how):
        self.browse("open", url=f"http://127.0.0.1:{browser.port}/", **how)
        self.browse("wait", at="#sign-in-title", has="Sign in")
        self.browse("fill", at="input[name=who]", value="ann")
        self.browse("fill", at="input[name=token]", value=TOKEN)
        self.browse("click", at="#sign-in-form button")
        self.browse("wait", at="#live", has="live")

    def with_history(self):
        gate, browser = self.page_gate()
        put_history(self.folder / "ledger.db", usual_history())
        return gate, browser

    def harmless(self):
        seen = self.browse("seen")
        self.assertEqual(seen["foreign"], [])
        self.assertEqual(seen["errors"], [])
        self.assertEqual(seen["dialogs"], 0)

    def test_it_says_what_matters_and_is_accessible(self):
        _, browser = self.with_history()
        for how in ({}, {"scheme": "dark"}, {"width": 390, "height": 844}, {"width": 320, "height": 640}):
            with self.subTest(how):
                self.open(browser, **how)
                self.browse("wait", at="#headline", has="fabrikam.com is not ready to enforce")
                self.browse("wait", at="#suggestions", has="203.0.113.10")
                self.assertEqual(self.browse("axe"), [])
                self.assertLessEqual(self.browse("overflow"), 0)
                if "width" not in how:
                    self.browse("click", at="#domain-table button[aria-pressed=false]")
                    self.browse("wait", at="#switch", has="Type")
                    self.assertEqual(self.browse("axe"), [])
        self.harmless()

    def test_the_picture_of_the_guide(self):
        shot = os.environ.get("POSTERN_GATE_SHOT")
        if not shot:
            self.skipTest("POSTERN_GATE_SHOT names no picture")
        _, browser = self.with_history()
        self.open(browser, width=1180, height=1120)
        self.browse("wait", at="#suggestions", has="203.0.113.10")
        time.sleep(1.5)
        self.browse("shot", file=str(pathlib.Path(shot).resolve()))

    def test_a_wrong_token_lets_nobody_in(self):
        _, browser = self.page_gate()
        self.browse("open", url=f"http://127.0.0.1:{browser.port}/")
        self.browse("wait", at="#sign-in-title", has="Sign in")
        self.browse("fill", at="input[name=who]", value="eve")
        self.browse("fill", at="input[name=token]", value="guessed guessed guessed")
        self.browse("click", at="#sign-in-form button")
        self.browse("wait", at="#sign-in-told", has="not the token")
        self.assertEqual(self.browse("count", at="#app:not([hidden])"), 0)

    def test_the_dialog_enforces_what_was_typed_and_undo_takes_it_back(self):
        gate, browser = self.with_history()
        self.open(browser)
        self.assertEqual(self.browse("cookie"), "", "no script sees the session")
        self.browse("wait", at="#headline", has="fabrikam.com")
        self.browse("click", at="[aria-label='Mode of fabrikam.com'] button:last-child")
        self.browse("wait", at="#switch", has="would have been refused")
        self.assertIn("look legitimate", self.browse("text", at="#switch"))
        go = "#switch button[type=submit]"
        self.assertTrue(self.browse("disabled", at=go))
        first, why = "#switch label:nth-of-type(1) input", "#switch label:nth-of-type(2) input"
        self.browse("fill", at=first, value="fabrikam.co")
        self.browse("fill", at=why, value="they were told")
        self.assertTrue(self.browse("disabled", at=go))
        self.browse("fill", at=first, value="fabrikam.com")
        self.assertFalse(self.browse("disabled", at=go))
        self.browse("click", at=go)
        self.browse("wait", at="#toast", has="fabrikam.com enforces now")
        self.assertEqual(browser.mode("fabrikam.com"), "enforce")
        self.assertRegex(self.send(gate, recipient="ann@fabrikam.com"), "^550 5.7.68 ")
        self.browse("wait", at="#change-table", has="they were told")
        self.browse("wait", at="#domain-table", has="by ann")
        self.browse("click", at="[aria-label='Mode of fabrikam.com'] button:first-child")
        self.browse("wait", at="#toast", has="fabrikam.com observes now")
        self.assertEqual(browser.mode("fabrikam.com"), "observe")
        self.browse("click", at="#toast button")
        self.wait_until(lambda: browser.mode("fabrikam.com") == "enforce")
        self.harmless()

    def test_it_is_forged_and_the_connector(self):
        _, browser = self.with_history()
        self.open(browser)
        self.browse("wait", at="#suggestions .box", has="203.0.113.80")
        self.browse("click", at="#suggestions .box:has-text('203.0.113.80') button:has-text('It is forged')")
        self.browse("wait", at="#sender-tables", has="Pinned as forged: ")
        self.browse("click", at="#sender-tables button:has-text('Undo')")
        self.wait_until(lambda: browser.ask("GET", "/api/senders")[1]["pins"] == [])
        self.harmless()

    def rows(self):
        """What the page shows, newest first."""
        return [text.split("\t") for text in self.browse("texts", at="#rows tbody tr:first-child")]

    def test_rows_come_and_go_on_after_a_restart_without_loss_or_doubles(self):
        gate, browser = self.page_gate()
        self.open(browser)
        self.browse("wait", at="#nothing", has="Nothing yet")
        for number in range(3):
            self.send(gate, sender=f"n{number}@contoso.com")
        self.browse("wait", at="#rows", has="n2@contoso.com")
        gate.stop()
        self.browse("wait", at="#live", has="not connected since")
        gate, _ = self.page_gate()
        for number in range(3, 8):
            self.send(gate, sender=f"n{number}@contoso.com")
        self.browse("wait", at="#rows", has="n7@contoso.com")
        self.browse("wait", at="#live", has="live")
        shown = [row[3].strip() for row in self.rows()]
        self.assertEqual(shown, [f"n{number}@contoso.com" for number in range(7, -1, -1)])
        # Paused, and on again: what came meanwhile is there, once.
        self.browse("click", at="#pause")
        self.send(gate, sender="n8@contoso.com")
        time.sleep(1.5)
        self.assertEqual(len(self.rows()), 8)
        self.browse("click", at="#pause")
        self.browse("wait", at="#rows", has="n8@contoso.com")
        self.assertEqual(len(self.rows()), 9)

    def test_what_mail_says_runs_nothing_and_draws_nothing(self):
        gate, browser = self.page_gate()
        for sender in HOSTILE:
            self.assertEqual(self.send(gate, sender=sender)[:3], "250", sender)
        put_history(self.folder / "ledger.db",
                    [("203.0.113.9", "<svg onload=alert(1)>\u202e\x1b[2J@contoso.com", "<b>x</b>@fabrikam.com", n, "would_refuse")
                     for n in range(9)])
        self.open(browser)
        self.browse("wait", at="#rows", has="<svg onload")
        self.browse("wait", at="#rows", has="<img src=x")
        self.browse("wait", at="#sender-tables", has="203.0.113.9")
        self.assertEqual(self.browse("count", at="#app :is(img, script, b:not(#counters b), iframe, svg:not(#bars))"), 0)
        self.assertNotIn("\u202e", self.browse("text", at="#app"))
        self.harmless()


if __name__ == "__main__":
    unittest.main()

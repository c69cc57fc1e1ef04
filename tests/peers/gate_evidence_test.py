"""The gate's ledger as evidence: what `postern impact`, the gate's page and `postern explain` say of mail is what the
gate does with it."""

import json
import signal
import sqlite3
import time
import unittest

from gate_page_test import TOKEN, Browser
from program import postern
from smtp_peers import RECIPIENT, TENANT_WITHOUT_CONNECTORS, Folder, Talk

LEDGER = '[ledger]\nfile = "ledger.db"\n'
# Whom the gate takes for a sender of ours, though another domain stands in it, and as what.
READ_AS_OURS = {
    "root@printer": "printer.contoso.com",
    "ceo%contoso.com@adatum.example": "contoso.com",
    "contoso.com!ceo@adatum.example": "contoso.com",
    '"ceo@contoso.com"@adatum.example': "contoso.com",
    "list%hr.contoso.com@relay.example": "hr.contoso.com",
}
DAYS = 30


class Evidence(Folder):
    def settings(self, mode, extra=""):
        return f'mode = "{mode}"\n{LEDGER}{extra}\n[[route]]\nmaildir = "mail"\n'

    def run_gate(self, talks, settings):
        """Starts the gate, lets each talk to it, and stops it: the ledger is whole."""
        gate = self.gate(settings, tenant=TENANT_WITHOUT_CONNECTORS)
        said = [talk(gate.port) for talk in talks]
        gate.stop(signal.SIGTERM)
        return said

    def spread_over_a_month(self):
        """As if one message had come each day, from the printer's own address."""
        with self.ledger() as ledger:
            messages = [m for (m,) in ledger.execute("SELECT DISTINCT message FROM submission ORDER BY id")]
            for i, message in enumerate(messages):
                ledger.execute("UPDATE submission SET time = ?, client = '192.0.2.50' WHERE message = ?",
                               (int(time.time()) - 86400 * (i % DAYS), message))

    def ledger(self):
        database = sqlite3.connect(self.folder / "ledger.db")
        self.addCleanup(database.close)
        return database

    def impact(self):
        done = postern("impact", "tenant.toml", "ledger.db", "--output", "json", cwd=self.folder)
        self.assertEqual(done.err, "", done)
        return done.status, json.loads(done.out)

    def first_sentence(self):
        return postern("impact", "tenant.toml", "ledger.db", cwd=self.folder).out

    def explain(self, sender):
        done = postern("explain", "tenant.toml", "--ip", "127.0.0.1", "--mail-from", sender, "--rcpt-to", RECIPIENT,
                       "--tls", "no", "--certificate", "none", "--output", "json", cwd=self.folder)
        self.assertIn(done.status, (0, 1), done)
        return json.loads(done.out)


def one_message(sender, author="", number=0):
    text = f"From: {author or sender}\r\nMessage-ID: <{number}@printer>\r\nSubject: Toner low\r\n\r\nhi\r\n"

    def deliver(port):
        with Talk(port) as talk:
            return talk.deliver(sender, RECIPIENT, text)
    return deliver


class ReadAsOurs(Evidence):
    """A sender that stands at another domain, and that a next hop may read as one of ours."""

    def test_whom_the_gate_would_refuse_breaks_and_is_not_another_organisation(self):
        for sender, domain in READ_AS_OURS.items():
            with self.subTest(sender):
                for file in self.folder.glob("ledger.db*"):
                    file.unlink()
                said = self.run_gate([one_message(sender, "x@adatum.example", n) for n in range(DAYS)],
                                     self.settings("observe"))
                self.assertTrue(all(each.startswith("250") for each in said), said)
                self.spread_over_a_month()
                status, told = self.impact()
                self.assertEqual(told["totals"]["used"], DAYS, told["totals"])
                self.assertEqual([s["with_rejection"]["reject"] for s in told["senders"]], [DAYS])
                self.assertNotEqual(status, 0)
                self.assertNotIn("Nobody breaks", self.first_sentence())
                # And so it is.
                (said,) = self.run_gate([one_message(sender)], self.settings("enforce"))
                self.assertTrue(said.startswith("550 5.7.68"), said)
                # `explain` says so beforehand.
                explained = self.explain(sender)
                self.assertEqual(explained["verdict"]["reason"], "external_sender")
                self.assertEqual([(r["domain"], r["reason"]) for r in explained["gate_readings"]],
                                 [(domain, "direct_send_rejected")])

    def test_the_ledger_tells_as_what_it_was_judged(self):
        self.run_gate([one_message("root@printer")], self.settings("observe"))
        told = postern("ledger", "ledger.db", "--steps", cwd=self.folder).out
        self.assertIn("root@printer (read as printer.contoso.com) -> bob@contoso.com", told)
        self.assertIn("yes      Is the sender read as one at printer.contoso.com, as a next hop may read it?", told)
        found = postern("ledger", "ledger.db", "--sender", "@printer.contoso.com", cwd=self.folder).out
        self.assertIn("1 submission", found)

    def test_a_sender_of_ours_as_it_stands_needs_no_reading(self):
        self.run_gate([one_message("scan@contoso.com")], self.settings("observe"))
        self.assertNotIn("read as", postern("ledger", "ledger.db", "--steps", cwd=self.folder).out)
        self.assertEqual(self.explain("scan@contoso.com")["gate_readings"], [])
        self.assertEqual(self.explain("x@adatum.example")["gate_readings"], [])

    def test_a_ledger_of_before_leaves_it_open_and_does_not_say_that_nobody_breaks(self):
        self.run_gate([one_message("root@printer", "x@adatum.example", n) for n in range(DAYS)],
                      self.settings("observe"))
        self.spread_over_a_month()
        with self.ledger() as ledger:
            ledger.execute("ALTER TABLE submission DROP COLUMN judged_as")
            ledger.execute("PRAGMA user_version = 4")
        status, told = self.impact()
        self.assertEqual(status, 3)
        self.assertEqual([s["with_rejection"]["undetermined"] for s in told["senders"]], [DAYS])
        # A gate brings it up to date, and what it did not know then stays open.
        self.run_gate([], self.settings("observe"))
        self.assertEqual(self.ledger().execute("PRAGMA user_version").fetchone(), (5,))
        status, told = self.impact()
        self.assertEqual((status, told["totals"]["used"]), (3, DAYS))

    def test_the_page_is_not_ready_to_enforce(self):
        token = self.put("token", TOKEN)
        token.chmod(0o600)
        self.run_gate([one_message("root@printer", "", n) for n in range(DAYS)], self.settings("observe"))
        self.spread_over_a_month()
        admin = self.free_port()
        gate = self.gate(f'admin_listen = "127.0.0.1:{admin}"\n' +
                         self.settings("observe", '[page]\ntoken_file = "token"\n'), tenant=TENANT_WITHOUT_CONNECTORS)
        browser = Browser(admin)
        self.wait_until(lambda: browser.sign_in() == 200)
        self.wait_until(lambda: "survey" in browser.state(), 60)
        (domain,) = browser.state()["domains"]
        self.assertEqual(sum(domain[pile]["messages"] for pile in ("legitimate", "unclear", "forged")), DAYS, domain)
        self.assertIn("contoso.com is not ready to enforce", browser.state()["headline"])
        gate.stop()


class OneMessage(Evidence):
    """A message that both the rule and a protection object to has a row of each, and is one message."""

    def test_counts_once_in_impact_and_at_the_page(self):
        token = self.put("token", TOKEN)
        token.chmod(0o600)
        admin = self.free_port()
        protections = "[protections]\nown_header_from = true\n"
        self.run_gate([one_message("evil@contoso.com", number=n) for n in range(DAYS)],
                      self.settings("observe", protections))
        self.spread_over_a_month()
        rows = dict(self.ledger().execute("SELECT reason, count(*) FROM submission GROUP BY 1"))
        self.assertEqual(rows, {"direct_send_rejected": DAYS, "own_header_from": DAYS})
        _, told = self.impact()
        self.assertEqual([s["messages"] for s in told["senders"]], [DAYS])
        self.assertEqual(told["not_relevant"]["duplicate"], DAYS)
        gate = self.gate(f'admin_listen = "127.0.0.1:{admin}"\n' +
                         self.settings("observe", protections + '[page]\ntoken_file = "token"\n'),
                         tenant=TENANT_WITHOUT_CONNECTORS)
        browser = Browser(admin)
        self.wait_until(lambda: browser.sign_in() == 200)
        self.wait_until(lambda: "survey" in browser.state(), 60)
        (domain,) = browser.state()["domains"]
        self.assertEqual(sum(domain[pile]["messages"] for pile in ("legitimate", "unclear", "forged")), DAYS, domain)
        gate.stop()

    def test_what_a_protection_alone_objects_to_is_no_direct_send(self):
        self.run_gate([one_message("bounce@crm.example", "sales@contoso.com")],
                      self.settings("observe", "[protections]\nown_header_from = true\n"))
        _, told = self.impact()
        self.assertEqual(told["senders"], [])
        self.assertEqual(told["not_relevant"]["header_from_only"], 1)


if __name__ == "__main__":
    unittest.main()

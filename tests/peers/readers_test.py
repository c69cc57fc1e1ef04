"""Messages before three readers: the gate's judge, a real Postfix behind it (cleanup), and Python's
`email`. An author at an own domain that one of the others reads in a message which the gate let
through is a finding.

Every message goes through a gate that protects the header From, then through a Postfix that is told
to rewrite senders at the own domain to a mark, and arrives here; Python reads it as it was sent and
as it arrived.

POSTERN_SECONDS=3600 goes on for an hour, POSTERN_SEED begins elsewhere. What fails says the seed.
"""

import collections
import concurrent.futures
import email
import email.policy
import email.utils
import random
import re
import time
import unittest

from authors_test import field, pythons
from dns_peer import Dns
from postfix_peer import Postfix
from smtp_peers import FOREIGN, OWN_DOMAIN, TENANT_WITHOUT_CONNECTORS, Folder, Talk, scaled

MARK = "own.read.invalid"
CONNECTIONS = 6

NAMES = ["From", "From", "From", "FROM", "from", "From ", "From\t", ".From", "X-From", "Resent-From", "Sender",
         "From\x01", "From\xa0", "\ufeffFrom", "From\x7f", "Fr om", "From-", "\x0bFrom", "Reply-To"]
OTHERS = ["Subject: hello", "Date: Sat, 28 Nov 2026 17:00:00 +0000", "To: bob@contoso.com", "MIME-Version: 1.0",
          "Content-Type: text/plain; charset=utf-8", "Content-Type: multipart/mixed; boundary=x",
          "Content-Type: message/rfc822", "X-Empty:", ":", "no field at all", " ", "\t", "From", "From nobody",
          "From ceo@contoso.com Sat Nov 28 17:00:00 2026", ">From ceo@contoso.com Sat Nov 28 17:00:00 2026",
          "From - Sat Nov 28 17:00:00 2026", "Subject: a\r\n From: ceo@contoso.com", "Subject: a\r\n\tb",
          "X: \xc2\x85From: ceo@contoso.com", "X: \xe2\x80\xa8From: ceo@contoso.com", "X:\x0bFrom: ceo@contoso.com",
          "X:\x1eFrom: ceo@contoso.com", "Subject: =?utf-8?q?a=0D=0AFrom:_ceo@contoso.com?=",
          "Bcc: ceo@contoso.com", "Received: from a by b; Sat, 28 Nov 2026 17:00:00 +0000", "--x",
          "X-Long: " + "x" * 900, "X-Folded:\r\n " + "y" * 300 + "\r\n z"]
AUTHORS = ["ceo@contoso.com", "Boss <ceo@contoso.com>", "ann@adatum.com", "Ann <ann@adatum.com>", "ceo@hr",
           "ceo@hr.contoso.com", "ceo", "<ceo>", "undisclosed:;", "", "ann@adatum.com, ceo@contoso.com",
           '"ceo@contoso.com" <ann@adatum.com>', "ceo@contoso.com <ann@adatum.com>", "ceo%contoso.com@adatum.com",
           "contoso.com!ceo", "ceo%contoso.com", "@contoso.com:ann@adatum.com", "ann@adatum.com (ceo@contoso.com)"]


# What a server may cut a field within: white space, comments, dots and words without end.
FILLS = ["\r\n " + " " * 900, "\r\n (" + "x" * 900 + ")", " ()", "\r\n " + "." * 900, "\r\n" + " a" * 450]


def long_author(numbers):
    """An author, own or foreign, behind more than a server reads of a field or writes into a line."""
    pick = numbers.choice
    if numbers.random() < 0.4:
        return f'"{"x" * numbers.randrange(930, 1000)}" <ceo@contoso.com.adatum.com>'
    fill = pick(FILLS)
    # Python takes minutes for 100,000 words, and no time for as much white space.
    fill *= pick([3000, 9000, 12000, 110000 if fill == FILLS[0] else 6000]) // len(fill) + 1
    return pick(["ceo{f}\r\n @{d}", 'ceo{f}\r\n <ann@{d}>', '"ceo{f}\r\n " <ann@{d}>', '"ceo@contoso.com"{f}\r\n <ann@{d}>',
                 "ann@adatum.com,{f}\r\n ceo@{d}", "ceo@{d}{f}"]).format(f=fill, d=pick([OWN_DOMAIN, "adatum.com"]))


def line(numbers):
    pick, chance = numbers.choice, numbers.random
    if chance() < 0.45:
        return pick(OTHERS)
    name = "From" if chance() < 0.6 else pick(NAMES)
    author = pick(AUTHORS) if chance() < 0.5 else field(pick, chance)
    if chance() < 0.01:
        author = long_author(numbers)
    if chance() < 0.5:
        author = author.replace("contoso", "adatum").replace("CONTOSO", "adatum")
    return name + ":" + pick(["", " ", " ", " ", "\t", "\r\n ", "  \r\n\t"]) + author


def message(numbers):
    """Its octets, dots not doubled."""
    chance = numbers.random
    lines = [line(numbers) for _ in range(1 + int(chance() * 5))]
    if chance() < 0.7:
        lines.append("From: Ann <ann@adatum.com>")
    numbers.shuffle(lines)
    if chance() < 0.9:
        lines.append("")
    lines += [numbers.choice(["hi", "From: ceo@contoso.com", "", ".", "--x"]) for _ in range(int(chance() * 3))]
    text = "\r\n".join(lines) + "\r\n"
    while chance() < 0.15:
        at = int(chance() * len(text))
        text = text[:at] + numbers.choice("<>,;:\"()\\@ \t\x01\x1c\u00e9.") + text[at + (chance() < 0.5):]
    # A CR or LF of its own ends the session; that is tried elsewhere.
    text = re.sub(r"\r(?!\n)|(?<!\r)\n", "", text)
    if not text.endswith("\r\n"):
        text += "\r\n"
    return text.encode("utf-8", "surrogateescape") if chance() < 0.9 else text.encode("latin-1", "replace")


def has_own(domains):
    return any(domain == OWN_DOMAIN or domain.endswith("." + OWN_DOMAIN) or domain == MARK for domain in domains)


class Client:
    """One connection after the other to the gate, each as long as the gate likes it."""

    def __init__(self, port):
        self.port = port
        self.talk = None

    def deliver(self, recipient, octets):
        if self.talk is None:
            self.talk = Talk(self.port, timeout=60)
            self.talk.say("EHLO client.example")
        talk = self.talk
        for command in (f"MAIL FROM:<{FOREIGN}> SMTPUTF8 BODY=8BITMIME", f"RCPT TO:<{recipient}>", "DATA"):
            reply = talk.say(command)
            if not reply.startswith(("250", "354")):
                raise AssertionError(reply)
        talk.send(re.sub(rb"(?m)^\.", b"..", octets) + b".\r\n")
        reply = talk.reply()
        if not reply or reply.startswith("421"):
            self.close()
        return reply

    def close(self):
        if self.talk is not None:
            self.talk.close()
            self.talk = None


class Readers(Folder):
    def setUp(self):
        super().setUp()
        self.sink = self.hop(offers=("PIPELINING", "8BITMIME", "SIZE", "SMTPUTF8"))
        rewritten = self.folder / "senders"
        rewritten.write_text(f"/@(.*\\.)?contoso\\.com\\.?$/ seen@{MARK}\n")
        postfix = Postfix(self, f"""
myorigin = {OWN_DOMAIN}
mydomain = {OWN_DOMAIN}
local_header_rewrite_clients = static:all
append_dot_mydomain = yes
sender_canonical_maps = regexp:{rewritten}
sender_canonical_classes = header_sender
default_transport = smtp:{self.sink.address.replace("127.0.0.1", "[127.0.0.1]")}
relay_transport = $default_transport
smtpd_client_connection_count_limit = 0
smtputf8_enable = yes
strict_smtputf8 = no
initial_destination_concurrency = 20
""")
        dns = Dns({})
        self.addCleanup(dns.stop)
        self.postfix = postfix
        self.gate_before = self.gate_to(
            f"127.0.0.1:{postfix.port}",
            "[protections]\nown_header_from = true\n[limits]\nmessages = 1000000\ncommands = 10000000\n"
            "errors = 100000\n",
            head=f'resolver = "127.0.0.1@{dns.port}"\nlog_level = "quiet"\n', tenant=TENANT_WITHOUT_CONNECTORS)

    def arrived(self):
        """Recipient's number -> what came out behind Postfix; forgets it."""
        taken = {}
        with self.sink.lock:
            while self.sink.messages:
                _, recipients, octets = self.sink.messages.pop()
                taken[int(re.search(r"\d+", recipients[0]).group())] = octets
            self.sink.commands.clear()
        return taken

    def test_nobody_reads_an_own_author_in_what_the_judge_let_through(self):
        seed = scaled("POSTERN_SEED", 20261128)
        until = time.monotonic() + scaled("POSTERN_SECONDS", 8)
        tally = collections.Counter()
        number = 0
        clients = [Client(self.gate_before.port) for _ in range(CONNECTIONS)]
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            while time.monotonic() < until:
                numbers = random.Random(f"{seed}-{number}")
                batch = {number + i: message(numbers) for i in range(60)}
                number += len(batch)
                items = list(batch.items())

                def some(at, items=items):
                    return [(i, clients[at].deliver(f"bob{i}@{OWN_DOMAIN}", text))
                            for i, text in items[at::CONNECTIONS]]

                passed = set()
                for done in pool.map(some, range(CONNECTIONS)):
                    for i, reply in done:
                        tally[reply[:9] if reply[:3] != "250" else "passed"] += 1
                        if reply.startswith("250"):
                            passed.add(i)
                self.look_at(batch, passed, tally, f"POSTERN_SEED={seed}, batch {min(batch)}")
        for client in clients:
            client.close()
        print(f"{number} messages: {dict(tally)}")
        self.assertGreater(tally["passed"], number // 20)
        self.assertGreater(tally["own for Python"], number // 20)

    def look_at(self, batch, passed, tally, where):
        outcome = {}

        def all_there():
            outcome.update(self.arrived())
            return passed <= set(outcome)

        self.wait_until(all_there, seconds=60, what=f"Postfix kept some back; {where}")
        for i, text in batch.items():
            own = has_own(pythons(text))
            tally["own for Python"] += own
            if i not in passed:
                continue
            self.assertFalse(own, f"{where}: Python reads an own author in\n{text!r}")
            # Without what the gate and Postfix put on top.
            self.assertFalse(has_own(pythons(outcome[i])),
                             f"{where}: of\n{text!r}\nthis arrived\n{outcome[i]!r}")


if __name__ == "__main__":
    unittest.main()

"""Envelope senders before the gate and a real Postfix: what Postfix takes for a sender at an own
domain, in its own log's words, must not have been passed on as foreign.

POSTERN_SENDERS=100000 tries more of them, POSTERN_SEED others.
"""

import concurrent.futures
import random
import re
import unittest

from postfix_peer import Postfix
from smtp_peers import OWN_DOMAIN, TENANT_WITHOUT_CONNECTORS, Folder, Talk, scaled

RECIPIENT = "bob@contoso.com"
CONNECTIONS = 8

# The most credulous that Postfix can be made: addresses are rewritten as for its own users, what
# lacks a domain gets an own one, and its own names are own domains.
CREDULOUS = f"""
myorigin = {OWN_DOMAIN}
mydomain = {OWN_DOMAIN}
mydestination = {OWN_DOMAIN}, hop.example, localhost
local_header_rewrite_clients = static:all
allow_percent_hack = yes
swap_bangpath = yes
append_at_myorigin = yes
append_dot_mydomain = yes
resolve_dequoted_address = yes
strict_rfc821_envelopes = no
strict_mailbox_ownership = no
local_recipient_maps =
local_transport = discard
default_transport = discard
relay_transport = discard
smtpd_recipient_limit = 1
smtpd_junk_command_limit = 100000
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 100000
smtpd_soft_error_limit = 100000
smtpd_delay_reject = yes
message_size_limit = 0
"""

USERS = ["ceo", "c.e.o", '"ceo"', '"c e o"', "ceo+x", "ce\\o", '"c\\eo"', "postmaster", '""', "", "ceo=x"]
NAMES = [OWN_DOMAIN, OWN_DOMAIN, OWN_DOMAIN, "CONTOSO.com", "hr.contoso.com", "contoso.com.", "contoso", "contoso.COM..",
         "hop.example", "localhost", "adatum.com", "adatum.com", "[127.0.0.1]", "[192.0.2.1]", "#1", "a-b",
         "xn--bcher-kva.example", "", "contoso.com(x)", "(x)contoso.com", '"contoso.com"', "contoso .com",
         "contoso.c\\om", "=contoso.com"]
PLAIN = [OWN_DOMAIN, "Contoso.com", "hr.contoso.com", "contoso", "adatum.com", "hop.example", "localhost",
         "contoso.com.example"]
FOREIGN = ["adatum.com", "adatum.com", "hop.example", "localhost", "[127.0.0.1]", "[192.0.2.1]", "a-b", "contoso",
           "contoso.com.example", "xcontoso.com", "xn--bcher-kva.example"]
ROUTES = ["", "", "", "", "@adatum.com:", "@contoso.com:", "@a,@b:", "@a:@b:", "@:", ":", "g:"]
TAILS = ["", "", "", "", "", ";", "(x)", " ", "@", "%", "!", ".", ">", "\\"]
NOISE = list("%!@<>()[]\\,;:\". =\t#/|") + ["%40", "contoso.com", "@contoso.com", "%contoso.com", "contoso.com!"]


def address(numbers, depth=0):
    """From a grammar of all that MTAs were ever known to read in a path."""
    pick, chance = numbers.choice, numbers.random
    user = pick(USERS)
    if depth < 2 and chance() < 0.4:
        user = address(numbers, depth + 1)
        if chance() < 0.4:
            user = quoted(user)
    shape = pick(["{u}@{d}", "{u}@{d}", "{u}%{d}", "{u}%{d}@{e}", "{d}!{u}", "{d}!{u}@{e}", "{d}!{e}!{u}",
                  "{u}", "{u}@{d}@{e}", "{u}%{d}%{e}", "<{u}@{d}>", "{u}@{d},{u}@{e}", "{d}:{u}@{e}"])
    return shape.format(u=user, d=pick(NAMES), e=pick(NAMES))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def mailbox(numbers):
    """A mailbox as RFC 5321 has it, of a foreign domain, whose local part may be read on."""
    pick = numbers.choice
    local = pick(["{u}%{d}", "{d}!{u}", "{u}%{d}%{e}", "{e}!{d}!{u}", "{u}@{d}", "{e}!{u}%{d}", "@{e}:{u}@{d}",
                  "{u}"]).format(u="ceo", d=pick(PLAIN), e=pick(PLAIN))
    if "@" in local or numbers.random() < 0.3:
        local = quoted(local)
    return local + "@" + pick(FOREIGN)


def sender(numbers):
    if numbers.random() < 0.5:
        return mailbox(numbers)
    text = numbers.choice(ROUTES) + address(numbers) + numbers.choice(TAILS)
    while numbers.random() < 0.25:
        at = int(numbers.random() * (len(text) + 1))
        cut = at + (numbers.random() < 0.4)
        text = text[:at] + numbers.choice(NOISE) + text[cut:]
    return text


def is_own(address_read):
    domain = address_read.rpartition("@")[2].strip(" .").lower()
    return domain == OWN_DOMAIN or domain.endswith("." + OWN_DOMAIN)


class Connection:
    """Commands of many transactions in a row; connects anew where the other end had enough."""

    def __init__(self, port):
        self.port = port
        self.talk = None

    def say(self, line):
        try:
            if self.talk is None:
                self.talk = Talk(self.port)
                self.talk.say("EHLO client.example")
            reply = self.talk.say(line)
        except OSError:
            reply = ""
        if not reply or reply.startswith("421"):
            self.close()
        return reply

    def deliver(self, path, identity):
        """The reply that decided: to MAIL, to RCPT or to the message."""
        self.say("RSET")
        for command in (f"MAIL FROM:<{path}>", f"RCPT TO:<{RECIPIENT}>", "DATA"):
            reply = self.say(command)
            if not reply.startswith(("250", "354")):
                return reply
        self.talk.send(f"Message-ID: <{identity}@test>\r\n\r\nhi\r\n")
        return self.say(".")

    def close(self):
        if self.talk is not None:
            self.talk.close()
            self.talk = None


def delivered(port, numbered):
    """The replies to all of them, over several connections at once."""
    def some(first):
        connection = Connection(port)
        replies = [connection.deliver(path, number) for number, path in numbered[first::CONNECTIONS]]
        connection.close()
        return replies

    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        return [reply for replies in pool.map(some, range(CONNECTIONS)) for reply in replies]


def senders_logged(text):
    """Message-ID's number -> the sender that Postfix's queue manager had."""
    numbers = {queue: int(number) for queue, number in
               re.findall(r" (\w+): message-id=<(\d+)@test>", text)}
    found = {}
    for queue, read in re.findall(r" (\w+): from=<(.*)>, size=", text):
        if queue in numbers:
            found[numbers[queue]] = read
    return found


class Senders(Folder):
    def test_no_sender_that_postfix_makes_own_passes_as_foreign(self):
        seed = scaled("POSTERN_SEED", 20261128)
        numbers = random.Random(seed)
        paths = [sender(numbers) for _ in range(scaled("POSTERN_SENDERS", 10000))]
        postfix = Postfix(self, CREDULOUS)
        gate = self.gate_to(f"127.0.0.1:{postfix.port}", '[limits]\nerrors = 1000\nmessages = 100000\n'
                            "commands = 1000000\nrefused_recipients = 100000\n", tenant=TENANT_WITHOUT_CONNECTORS)
        replies = delivered(gate.port, list(enumerate(paths)))
        passed = sum(reply.startswith("250") for reply in replies)
        refused = sum(reply.startswith("550 5.7.68") for reply in replies)
        # How many of them Postfix takes for own where nobody stands before it, so that something was
        # looked for.
        sample = min(len(paths), 500)
        delivered(postfix.port, [(len(paths) + at, paths[at]) for at in range(sample)])
        self.wait_until(lambda: sum(n < len(paths) for n in senders_logged(postfix.log_text())) == passed,
                        seconds=180, what="Postfix did not log them all")
        logged = senders_logged(postfix.log_text())
        own_alone = sum(is_own(read) for number, read in logged.items() if number >= len(paths))
        found = [(paths[number], read) for number, read in logged.items()
                 if number < len(paths) and is_own(read)]
        print(f"{len(paths)} senders: {passed} passed, {refused} Direct Send, the rest no mailbox; of the "
              f"first {sample} Postfix alone takes {own_alone} for own")
        self.assertEqual(found, [], f"seed {seed}")
        self.assertGreater(passed, len(paths) // 50)
        self.assertGreater(refused, len(paths) // 50)
        self.assertGreater(own_alone, sample // 10)


if __name__ == "__main__":
    unittest.main()

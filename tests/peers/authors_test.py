"""From fields before three readers: ours and Python's two. An author at an own domain that one of
Python's sees, and that ours neither names nor calls unreadable, would be let through as nobody's.

POSTERN_AUTHORS=100000 tries more of them, POSTERN_SEED others.
"""

import concurrent.futures
import email
import email.policy
import email.utils
import json
import os
import random
import unittest

from smtp_peers import POSTERN, Folder, scaled

OWN = "contoso.com"
LOCALS = ["ceo", '"ceo"', '"c e o"', "c.e.o", "ceo%adatum.com", '"ceo@adatum.com"', "=?utf-8?q?ceo?="]
DOMAINS = [OWN, "CONTOSO.com", "contoso.com.", "contoso . com", "contoso.(x)com", "[192.0.2.1]",
           "adatum.com", "adatum.com", "=?utf-8?q?contoso?=.com"]
SPACES = ["", "", "", " ", "(x)", "\r\n ", " (a(b)) ", "(\\))", "\t", '("@contoso.com")']
NAMES = ["", "Boss", '"Boss, the"', "Boss.", "=?utf-8?q?Boss?=", '"ceo@adatum.com"', "J\u00fcrgen", '"a\\"b"']
BREAKS = ["<", ">", ",", ";", ":", '"', "(", ")", "\\", "@", " ", "[", "]", "mailto:", "x", "\x01", "."]


def address(pick):
    spec = pick(SPACES) + pick(LOCALS) + pick(SPACES) + "@" + pick(SPACES) + pick(DOMAINS) + pick(SPACES)
    shape = pick(["{0}", "<{0}>", "{1} <{0}>", "{1}{2}<{2}{0}>{2}", "<@a.example:{0}>", "{1}:{0};",
                  "mailto:{0}", "<mailto:{0}>", "{0} {1}", "{1} <{0}> {1}"])
    return shape.format(spec, pick(NAMES), pick(SPACES))


def field(pick, chance):
    text = pick([", ", ",", "; ", " "]).join(address(pick) for _ in range(pick([1, 1, 1, 2, 3])))
    while chance() < 0.4:
        at = int(chance() * (len(text) + 1))
        if chance() < 0.5:
            text = text[:at] + pick(BREAKS) + text[at:]
        else:
            text = text[:at] + text[at + 1:]
    # A line of white space alone, or one that is no continuation, would end the field.
    lines = [line.replace("\r", "").replace("\n", "") for line in text.split("\r\n ")]
    return "\r\n ".join(line for line in lines if line.strip()) or "x"


def pythons(message):
    """Domains of the From fields as Python's two readers see them."""
    found = set()
    try:
        fields = email.message_from_bytes(message, policy=email.policy.default).get_all("From", [])
        found |= {a.domain for f in fields for a in f.addresses}
    except Exception:  # pylint: disable=broad-except
        pass  # it gives up on some; then it sees no author
    old = email.message_from_bytes(message, policy=email.policy.compat32).get_all("From", [])
    found |= {a.rpartition("@")[2] for _, a in email.utils.getaddresses([str(f) for f in old])}
    return {domain.strip(" .").lower() for domain in found}


class Authors(Folder):
    def test_no_own_author_that_another_reader_sees_is_nobodys(self):
        seed = scaled("POSTERN_SEED", 20261128)
        numbers = random.Random(seed)
        zone = self.folder / "zone"
        zone.write_text("")
        messages = [b"From: " + field(numbers.choice, numbers.random).encode() + b"\r\n\r\nhi\r\n"
                    for _ in range(scaled("POSTERN_AUTHORS", 400))]

        def ours(at):
            file = self.folder / f"{at}.eml"
            file.write_bytes(messages[at])
            done = self.run_peer(POSTERN, "auth", str(file), "--zone", str(zone), "--output", "json")
            file.unlink()
            return json.loads(done.text)

        own = unreadable = 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for message, read in zip(messages, pool.map(ours, range(len(messages)))):
                told = read["dmarc"]["result"] == "permerror" or OWN in read["from_domains"]
                unreadable += read["dmarc"]["result"] == "permerror"
                if OWN in pythons(message):
                    own += 1
                    self.assertTrue(told, (seed, message, read["dmarc"], read["from_domains"]))
        # Or nothing was compared.
        self.assertGreater(own, len(messages) // 10)
        self.assertGreater(len(messages) - unreadable, len(messages) // 10)


if __name__ == "__main__":
    unittest.main()

"""postern auth: one message, told step by step. Beside other verifiers: peers/dkim_test.py."""

import json
import socket
import tempfile
import unittest

from program import SOURCE, postern

FOLDER = SOURCE / "tests" / "auth"
MESSAGE = FOLDER / "rfc8463.eml"
ZONE = FOLDER / "rfc8463.zone"


def auth(message, *options, **more):
    done = postern("auth", message, "--output", "json", *options, **more)
    return done.status, json.loads(done.out) if done.status != 2 else done.err


class Auth(unittest.TestCase):
    def test_a_signed_message(self):
        status, known = auth(MESSAGE, "--zone", ZONE)
        self.assertEqual(status, 0)
        self.assertEqual([each["result"] for each in known["dkim"]], ["pass", "pass"])
        self.assertEqual(known["dmarc"]["result"], "pass")
        self.assertEqual(known["dmarc"]["policy_domain"], "example.com")
        self.assertEqual(known["from_domains"], ["football.example.com"])
        self.assertFalse(known["spf"]["checked"])

    def test_the_session_adds_spf(self):
        session = ["--ip", "192.0.2.7", "--mail-from", "joe@football.example.com", "--helo", "x"]
        status, known = auth(MESSAGE, "--zone", ZONE, *session)
        self.assertEqual((status, known["spf"]["result"]), (0, "pass"))
        session[1] = "198.51.100.7"
        status, known = auth(MESSAGE, "--zone", ZONE, *session)
        self.assertEqual((status, known["spf"]["result"]), (0, "fail"))

    def test_a_changed_message_is_not_authenticated(self):
        changed = MESSAGE.read_bytes().replace(b"hungry", b"thirsty")
        session = ["--ip", "198.51.100.7", "--mail-from", "joe@football.example.com"]
        status, known = auth("-", "--zone", ZONE, *session, stdin=changed)
        self.assertEqual(status, 1)
        self.assertEqual({each["reason"] for each in known["dkim"]}, {"body changed"})
        self.assertEqual({each["body_holds"] for each in known["dkim"]}, {False})
        self.assertEqual((known["dmarc"]["result"], known["dmarc"]["applied"]), ("fail", "reject"))

    def test_without_the_clients_address_a_failure_is_not_determined(self):
        changed = MESSAGE.read_bytes().replace(b"hungry", b"thirsty")
        status, known = auth("-", "--zone", ZONE, stdin=changed)
        self.assertEqual((status, known["undetermined"]), (3, True))
        self.assertEqual(known["dmarc"]["applied"], "none")
        self.assertIn("SPF was not checked", known["dmarc"]["detail"])

    def test_stored_mail_is_judged_as_of_its_arrival(self):
        signed = MESSAGE.read_bytes().replace(b"t=1528637909;", b"t=1528637909; x=1528700000;", 1)
        received = b"Received: from a by b; Sun, 10 Jun 2018 15:40:00 +0200\r\n"
        for options, message, reason, source in (
            ([], received + signed, "header changed", "received"),  # x= was put in: it does not verify
            (["--at", "now"], received + signed, "expired", "now"),
            ([], signed, "header changed", "unknown"),
            (["--at", "2018-06-10T14:00:00Z"], signed, "header changed", "option"),
            (["--at", "2020-01-01"], signed, "expired", "option"),
        ):
            _, known = auth("-", "--zone", ZONE, *options, stdin=message)
            self.assertEqual((known["dkim"][0]["reason"], known["at_source"]), (reason, source), options)
        done = postern("auth", "-", "--zone", ZONE, stdin=received + signed)
        self.assertIn("Judged as of 2018-06-10T13:40:00Z, when its topmost Received line says", done.out)
        for lines, why in (
            (b"", "it has no Received line"),
            (b"Received: from a by b; garbage\r\nReceived: from x by a; Sun, 10 Jun 2018 15:40:00 +0200\r\n",
             "the topmost Received line (line 1) ends with no date that can be read"),
            (b"Subject: x\r\nReceived: from a by b; Sun, 10 Jun 2618 15:40:00 +0200\r\n",
             "the topmost Received line (line 2) is of a time yet to come"),
        ):
            done = postern("auth", "-", "--zone", ZONE, stdin=lines + signed)
            self.assertIn(f"Judged as of now: when it came is not known, as {why}", " ".join(done.out.split()))
        done = postern("auth", MESSAGE, "--zone", ZONE, "--at", "yesterday")
        self.assertEqual(done.status, 2)
        self.assertIn("--at", done.err)

    def test_without_dns_the_message_is_still_looked_at(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))  # takes questions and answers none
            resolver = f"127.0.0.1@{silent.getsockname()[1]}"
            status, known = auth(MESSAGE, "--resolver", resolver, "--timeout", "1")
            self.assertEqual((status, known["undetermined"]), (3, True))
            self.assertEqual({each["result"] for each in known["dkim"]}, {"temperror"})
            self.assertEqual({each["body_holds"] for each in known["dkim"]}, {True})
            changed = MESSAGE.read_bytes().replace(b"hungry", b"thirsty")
            status, known = auth("-", "--resolver", resolver, "--timeout", "1", stdin=changed)
            self.assertEqual(status, 3)
            self.assertEqual({each["reason"] for each in known["dkim"]}, {"body changed"})
            self.assertEqual(known["trail"][-1], "DNS took too long")

    def test_a_text_that_is_no_dmarc_record_is_told(self):
        with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone:
            zone.write("_dmarc.example.com TXT v=dmarc1; p=reject\n")
            zone.flush()
            _, known = auth(MESSAGE, "--zone", zone.name)
            self.assertEqual(known["dmarc"]["no_record"], "v=dmarc1; p=reject")
            self.assertEqual([each["tag"] for each in known["dmarc"]["record_findings"]], ["v"])
            done = postern("auth", MESSAGE, "--zone", zone.name)
            self.assertIn("The text at _dmarc.example.com, which is no DMARC record: v=dmarc1", done.out)
            self.assertIn("write v=DMARC1 in this case", " ".join(done.out.split()))

    def test_line_ends_of_a_file_do_not_matter(self):
        status, _ = auth("-", "--zone", ZONE, stdin=MESSAGE.read_bytes().replace(b"\r\n", b"\n"))
        self.assertEqual(status, 0)

    def test_without_an_answer_it_is_undetermined(self):
        with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone:
            for selector in ("brisbane", "test"):
                zone.write(f"{selector}._domainkey.football.example.com TXT !timeout\n")
            zone.flush()
            status, known = auth(MESSAGE, "--zone", zone.name)
            self.assertEqual(status, 3)
            self.assertTrue(known["undetermined"])

    def test_text_tells_the_steps(self):
        done = postern("auth", MESSAGE, "--zone", ZONE)
        self.assertEqual(done.status, 0)
        self.assertIn("From football.example.com is authenticated", done.out)
        self.assertIn("DKIM   pass      football.example.com, selector brisbane", done.out)
        self.assertIn("Step by step", done.out)

    def test_each_aligned_domain_is_named_once(self):
        done = postern("auth", MESSAGE, "--zone", ZONE)
        self.assertIn("DMARC  pass      football.example.com, p=reject at example.com; aligned: DKIM football.example.com\n",
                      done.out)

    def test_the_owner_of_the_policy_is_told_what_is_wrong_with_it(self):
        with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone:
            zone.write("_dmarc.example.com TXT v=DMARC1; p=reject; pct=50; rua=reports@example.com\n")
            zone.flush()
            _, known = auth(MESSAGE, "--zone", zone.name)
            found = [(each["severity"], each["tag"]) for each in known["dmarc"]["record_findings"]]
            self.assertEqual(found, [("warning", "pct"), ("error", "rua")])
            done = postern("auth", MESSAGE, "--zone", zone.name)
            self.assertIn("The DMARC record of example.com\n  warning: pct= ", done.out)
        _, known = auth(MESSAGE, "--zone", "/dev/null")
        self.assertEqual(known["dmarc"]["record_findings"], [])

    def test_bad_input_is_one_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone:
            zone.write("# fine\nexample.com FOO bar\n")
            zone.flush()
            for arguments, what in (
                (["/nowhere.eml"], "can't be read"),
                ([MESSAGE, "--zone", "/nowhere"], "/nowhere"),
                ([MESSAGE, "--zone", zone.name], ":2: 'FOO' is no record type"),
                ([MESSAGE, "--ip", "nonsense"], "'nonsense' is no IP address"),
                ([MESSAGE, "--ip", "192.0.2.1"], "give --mail-from or --helo"),
                (["/dev/null"], "is no message"),
                ([SOURCE / "README.md"], "does not begin with header fields"),
                ([SOURCE / "CMakeLists.txt"], "does not begin with header fields"),
            ):
                done = postern("auth", *arguments)
                self.assertEqual(done.status, 2, arguments)
                self.assertEqual(len(done.err.splitlines()), 1, done)
                self.assertIn(what, done.err)


if __name__ == "__main__":
    unittest.main()

"""What only a person can answer: asked in a file, answered by one word, and what follows from it."""

import json
import pathlib
import re
import shlex
import tempfile
import unittest

from program import EXAMPLE, SOURCE, postern

TENANT = EXAMPLE / "tenant"
EVIDENCE = EXAMPLE / "evidence"


class Questions(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.file = self.folder / "senders.toml"

    def impact(self, *more):
        done = postern("impact", TENANT, EVIDENCE, "--output", "json", *more)
        self.assertIn(done.status, (0, 1, 3), done)
        return json.loads(done.out), done

    def answer(self, word):
        """The first open question, answered."""
        text = self.file.read_text(encoding="utf-8")
        self.file.write_text(text.replace('answer = "?"', f'answer = "{word}"', 1), encoding="utf-8")

    def questions(self):
        return self.file.read_text(encoding="utf-8").count('answer = "?"')

    def test_are_as_many_as_the_answer_says(self):
        report, done = self.impact("--questions", self.file)
        piles = report["conclusion"]
        asked = sum(
            piles[pile]["senders"] for pile in ("presumed_legitimate", "presumed_forged", "open")
        )
        self.assertGreater(asked, 3)
        self.assertEqual(self.questions(), asked)
        self.assertIn(f"{asked} questions open ({asked} new), 0 answered", done.err)

    def test_until_they_are_answered_nothing_changes(self):
        before, _ = self.impact()
        self.impact("--questions", self.file)
        after, _ = self.impact("--senders", self.file)
        for key in ("summary", "conclusion", "senders"):
            self.assertEqual(before[key], after[key], key)

    def test_each_answer_takes_one_question_away(self):
        self.impact("--questions", self.file)
        for word, pile in (("keep", "lost"), ("refuse", "stopped"), ("let it break", "loss_accepted")):
            with self.subTest(word):
                before, _ = self.impact("--questions", self.file)
                asked = self.questions()
                self.answer(word)
                after, done = self.impact("--questions", self.file)
                self.assertEqual(self.questions(), asked - 1)
                self.assertIn(f"{asked - 1} question", done.err)
                self.assertEqual(
                    after["conclusion"][pile]["senders"], before["conclusion"][pile]["senders"] + 1
                )

    def test_the_same_again_changes_no_letter(self):
        self.impact("--questions", self.file)
        self.answer("keep")
        self.impact("--questions", self.file)
        once = self.file.read_bytes()
        self.impact("--questions", self.file)
        self.assertEqual(self.file.read_bytes(), once)

    def test_comments_of_a_person_stay(self):
        self.impact("--questions", self.file)
        text = self.file.read_text(encoding="utf-8")
        text = text.replace("[[sender]]\n", "# asked Ann on Monday\n[[sender]]\n# and Bob\n", 1)
        self.file.write_text(text.replace("Who sends as", "WHO sends as", 1), encoding="utf-8")
        self.answer("keep")
        self.impact("--questions", self.file)
        text = self.file.read_text(encoding="utf-8")
        for mine in ("# asked Ann on Monday\n[[sender]]\n# and Bob\n", "WHO sends as"):
            self.assertIn(mine, text)

    def test_a_file_that_is_none_stays_as_it_is(self):
        self.file.write_text("this is not toml", encoding="utf-8")
        done = postern("impact", TENANT, EVIDENCE, "--questions", self.file)
        self.assertEqual(done.status, 2, done)
        self.assertEqual(self.file.read_text(encoding="utf-8"), "this is not toml")

    def test_a_plan_is_proven_relative_to_the_answers(self):
        done = postern("plan", TENANT, EVIDENCE, "--questions", self.file, "--output", "json")
        self.assertEqual(done.status, 1, done)
        text = self.file.read_text(encoding="utf-8")
        self.file.write_text(
            text.replace('answer = "?"', 'answer = "let it break"'), encoding="utf-8"
        )
        done = postern("plan", TENANT, EVIDENCE, "--questions", self.file, "--output", "json")
        proof = json.loads(done.out)["proof"]
        self.assertRegex(proof["statement"], r"you accept that \d+ senders \(\d+ messages\) are refused")
        self.assertEqual(self.questions(), 0)

    def test_the_next_command_can_be_copied(self):
        odd = self.folder / "it's evidence"
        odd.mkdir()
        (odd / "mail.csv").write_bytes((EVIDENCE / "EmailEvents.csv").read_bytes())
        done = postern("impact", TENANT, odd, "--since", "2026-10-01")
        command = re.search(r"^ +(postern impact .*)$", done.out, re.M)
        self.assertIsNotNone(command, done)
        words = shlex.split(command[1])
        self.assertEqual(words[:2], ["postern", "impact"])
        self.assertIn(str(odd), words)
        where = words.index("--questions") + 1
        words[where] = str(self.file)
        self.assertIn(postern(*words[1:]).status, (1, 3))
        self.assertGreater(self.questions(), 0)


class Check(unittest.TestCase):
    FILE = SOURCE / "tests" / "senders" / "answers.toml"

    def test_tells_what_each_answer_does(self):
        done = postern("senders", "check", self.FILE, TENANT, EVIDENCE, "--output", "json")
        self.assertEqual(done.status, 3, done)
        kept, refused, unknown = json.loads(done.out)["entries"]
        self.assertEqual(kept["messages"], 44)
        self.assertIn("New-InboundConnector", kept["connector"])
        self.assertEqual((refused["messages"], refused["refused"]), (6, 6))
        self.assertIsNone(refused["connector"])
        self.assertTrue(unknown["open"])
        self.assertIn("no sender of the evidence falls under it", unknown["remarks"][0])

    def test_needs_no_evidence(self):
        done = postern("senders", "check", self.FILE, TENANT)
        self.assertEqual(done.status, 3, done)
        self.assertIn("3 entries, 1 not answered", done.out)

    def test_says_which_answers_contradict_each_other(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "senders.toml"
            entry = '[[sender]]\nname = "{}"\naddress = "192.0.2.0/28"\nanswer = "{}"\n'
            file.write_text(entry.format("A", "keep") + entry.format("B", "refuse"))
            done = postern("senders", "check", file, TENANT)
        self.assertEqual(done.status, 1, done)
        self.assertIn("the more exact one counts", " ".join(done.out.split()))


    def test_asks_the_dns_that_impact_asks(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "tenant.toml").write_text('name = "t"\nreject_direct_send = false\n[[accepted_domain]]\n'
                                                'name = "contoso.com"\n')
            (folder / "zone").write_text("contoso.com TXT v=spf1 ip4:203.0.113.7 -all\n")
            (folder / "senders.toml").write_text('[[sender]]\nname = "A"\naddress = "203.0.113.7"\nanswer = "refuse"\n')
            (folder / "mail.csv").write_text(
                "Timestamp,NetworkMessageId,SenderIPv4,SenderMailFromAddress,SenderFromAddress,RecipientEmailAddress,"
                "EmailDirection\n" + "".join(
                    f"2026-10-{day:02}T08:00:00Z,m{day},203.0.113.7,a@contoso.com,a@contoso.com,b@contoso.com,Inbound\n"
                    for day in range(1, 29)))
            arguments = ("senders", "check", folder / "senders.toml", folder / "tenant.toml", folder / "mail.csv")
            self.assertEqual(postern(*arguments).status, 0)
            # The zone lists the address as the domain's own: that it is forged contradicts a hard fact.
            done = postern(*arguments, "--resolve", "--zone", folder / "zone")
        self.assertEqual(done.status, 1, done)


class Learn(unittest.TestCase):
    TENANT = (
        'reject_direct_send = false\n[[accepted_domain]]\nname = "contoso.com"\n'
        '[[inbound_connector]]\nname = "Vendor"\ntype = "Partner"\n'
        'sender_domains = ["contoso.com"]\nsender_ip_addresses = ["198.51.100.66"]\n'
    )

    def learn(self, connectors, *more):
        with tempfile.TemporaryDirectory() as folder:
            tenant = pathlib.Path(folder) / "tenant.toml"
            tenant.write_text(self.TENANT)
            events = pathlib.Path(folder) / "events.csv"
            rows = [
                f"2026-10-{day:02}T08:00:00Z,net-{day},crm@contoso.com,crm@contoso.com,"
                f"ann@contoso.com,Inbound,198.51.100.66,{connectors}"
                for day in range(1, 31)
            ]
            events.write_text(
                "Timestamp,NetworkMessageId,SenderFromAddress,SenderMailFromAddress,"
                "RecipientEmailAddress,EmailDirection,SenderIPv4,Connectors\n" + "\n".join(rows) + "\n"
            )
            return postern("tenant", "learn", tenant, events, *more)

    def test_prints_what_the_mail_shows(self):
        for connectors, value in (("Vendor", "always"), ("", "only restricted")):
            with self.subTest(value):
                done = self.learn(connectors)
                self.assertEqual(done.status, 0, done)
                self.assertIn("[choices]\n", done.out)
                self.assertRegex(done.out, rf'\npartner_address_match = "{value}')
                self.assertIn("30 messages show it", done.out)

    def test_shows_what_contradicts(self):
        done = self.learn("", "--output", "json")
        document = json.loads(done.out)
        self.assertEqual(document["attributed"], 30)
        self.assertEqual(
            document["contradictions"],
            ["your evidence says that no connector matched 30 messages that 'Vendor' should take; the evidence was taken"],
        )
        self.assertEqual(document["unexplained"], [])

    def test_what_no_choice_explains_is_status_1(self):
        done = self.learn("Nobody's connector")
        self.assertEqual(done.status, 1, done)
        self.assertIn("no choice that is settled explains it", done.out)


if __name__ == "__main__":
    unittest.main()

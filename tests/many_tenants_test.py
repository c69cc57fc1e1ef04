"""`impact --tenants` and `plan --tenants`: one table on top, a document for each, and none that fails hides another."""

import json
import pathlib
import tempfile
import unittest

from folder import Folder
from program import EXAMPLE, SOURCE, postern

HEAD = ("NetworkMessageId,Timestamp,SenderFromAddress,SenderMailFromAddress,SenderMailFromDomain,SenderFromDomain,"
        "SenderIPv4,RecipientEmailAddress,EmailDirection,DeliveryAction,AuthenticationDetails,Connectors,Subject\n")


def tenant(domain, rejects="false", connector=""):
    """A tenant.toml with one accepted domain."""
    return (f'name = "{domain}"\nreject_direct_send = {rejects}\n[[accepted_domain]]\nname = "{domain}"\n'
            f'spf = ["v=spf1 ip4:203.0.113.0/27 -all"]\n{connector}')


def rows(domain, address, count, first=0, host="scan", to=None, spf="pass"):
    """Messages of a device of the domain's own, one every three hours, as EmailEvents tells of them."""
    out = ""
    for i in range(count):
        day, hour = 1 + (i // 8) % 28, 3 * (i % 8)
        out += (f"{first + i:08x}-0000-0000-0000-000000000000,2026-10-{day:02}T{hour:02}:00:00Z,{host}@{domain},"
                f"{host}@{domain},{domain},{domain},{address},ann@{to or domain},Inbound,Delivered,"
                f'"{{""SPF"":""{spf}"",""DKIM"":""none"",""DMARC"":""{spf}""}}",,Scan\n')
    return out


class Tenants(Folder):
    def run_many(self, *arguments, command="impact"):
        return postern(command, *arguments, cwd=self.folder)

    def table(self, *arguments, command="impact"):
        done = self.run_many(*arguments, "--output", "json", command=command)
        self.assertIn(done.status, (0, 1, 2, 3), done)
        document = json.loads(done.out)
        self.assertEqual(document["schema"], "postern/tenants/1")
        return done, document, {t["name"]: t for t in document["tenants"]}


class TwoTenants(Tenants):
    """Alpha and Beta, each with a device of its own."""

    def setUp(self):
        super().setUp()
        self.put("a/tenant.toml", tenant("alpha.example"))
        self.put("a/mail.csv", HEAD + rows("alpha.example", "203.0.113.7", 60))
        self.put("b/tenant.toml", tenant("beta.example"))
        self.put("b/mail.csv", HEAD + rows("beta.example", "203.0.113.9", 60, 5000))
        self.put("list.toml", """
[[tenant]]
name = "Alpha"
source = "a/tenant.toml"
evidence = ["a/mail.csv"]

[[tenant]]
name = "Beta"
source = "b/tenant.toml"
evidence = ["b/mail.csv"]
""")


class ListOfTenants(TwoTenants):
    def test_each_is_as_it_is_alone(self):
        done, document, by_name = self.table("--tenants", "list.toml")
        self.assertEqual(list(by_name), ["Alpha", "Beta"])
        for name, letter in (("Alpha", "a"), ("Beta", "b")):
            alone = postern("impact", f"{letter}/tenant.toml", f"{letter}/mail.csv", "--output", "json", cwd=self.folder)
            self.assertEqual(by_name[name]["document"], json.loads(alone.out))
            self.assertEqual(by_name[name]["next"]["command"], json.loads(alone.out)["next"]["command"])
        self.assertIsNone(document["shared_evidence"])
        self.assertEqual(done.status, 1, "the devices are certain and would be refused")
        self.assertEqual(by_name["Alpha"]["lost"], {"senders": 1, "messages": 60})

    def test_one_that_fails_hides_no_other(self):
        """Named, counted, and deciding where nothing worse does."""
        with open(self.folder / "list.toml", "a", encoding="utf-8") as listed:
            listed.write('\n[[tenant]]\nname = "Gone"\nsource = "c/tenant.toml"\n'
                         '[[tenant]]\nname = "Cut"\nsource = "a/tenant.toml"\nevidence = ["a/none.csv"]\n')
        done, _, by_name = self.table("--tenants", "list.toml")
        self.assertEqual(done.status, 1)
        self.assertEqual(by_name["Alpha"]["answer"], "somebody breaks")
        self.assertEqual((by_name["Gone"]["answer"], by_name["Cut"]["answer"]), ("not read", "not read"))
        self.assertIn("c/tenant.toml", by_name["Gone"]["error"])
        self.assertIn("a/none.csv", by_name["Cut"]["error"])
        text = self.run_many("--tenants", "list.toml").out
        self.assertIn("2 not read, 2 somebody breaks.", text)
        self.put("list.toml", '[[tenant]]\nname = "Gone"\nsource = "c/tenant.toml"\n')
        self.assertEqual(self.run_many("--tenants", "list.toml").status, 2)

    def test_how_many_at_a_time_changes_nothing(self):
        one = self.run_many("--tenants", "list.toml", "--parallel", "1")
        self.assertEqual(one.out, self.run_many("--tenants", "list.toml", "--parallel", "7").out)

    def test_plans(self):
        done, _, by_name = self.table("--tenants", "list.toml", command="plan")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(by_name["Beta"]["answer"], "nobody breaks")
        self.assertEqual(by_name["Beta"]["document"]["schema"], "postern/plan/2")
        self.assertEqual([s["kind"] for s in by_name["Beta"]["document"]["steps"]], ["create", "switch"])
        done, _, by_name = self.table("--tenants", "list.toml", "--out-dir", "plans", command="plan")
        self.assertEqual(by_name["Beta"]["file"], "Beta.json")
        self.assertIn("postern apply plans/Beta.json", by_name["Beta"]["next"]["command"])

    def test_a_folder_of_tenants(self):
        """One that has everything beside it, one of exports with evidence in it, one without."""
        self.put("all/north/tenant.toml", tenant("alpha.example"))
        self.put("all/north/evidence/mail.csv", HEAD + rows("alpha.example", "203.0.113.7", 60))
        self.put("all/north/senders.toml", '[[sender]]\nname = "Old scanner"\naddress = ["203.0.113.7"]\nanswer = "let it break"\n')
        for name, value in (("OrganizationConfig", '{"RejectDirectSend": false}'), ("InboundConnector", "[]"),
                            ("AcceptedDomain", '{"DomainName": "beta.example", "DomainType": "Authoritative"}')):
            self.put(f"all/south/{name}.json", value)
        self.put("all/south/evidence/mail.csv", HEAD + rows("beta.example", "203.0.113.9", 60))
        self.put("all/west.toml", tenant("west.example"))
        _, _, by_name = self.table("--tenants", "all")
        self.assertEqual(list(by_name), ["north", "south", "west.toml"])
        self.assertEqual(by_name["north"]["lost"]["messages"], 0, "its own answers count")
        self.assertEqual(by_name["south"]["document"]["totals"]["rows"], 60)
        self.assertIn("no evidence", by_name["west.toml"]["sentence"].lower())

    def test_the_table_in_every_format(self):
        text = self.run_many("--tenants", "list.toml").out
        self.assertTrue(text.startswith("Impact of 2 tenants\n"), text)
        self.assertIn("── Alpha ──", text)
        table = self.run_many("--tenants", "list.toml", "--output", "csv").out.splitlines()
        self.assertEqual(len(table), 3)
        self.assertTrue(table[1].startswith('Alpha,a/tenant.toml,"somebody breaks",off,60,1,0,0,'), table[1])
        refused = self.run_many("--tenants", "list.toml", "--output", "html")
        self.assertEqual((refused.status, refused.out), (2, ""))
        done = self.run_many("--tenants", "list.toml", "--output", "html", "--out-dir", "pages", "--out", "pages/index.html")
        self.assertEqual(done.status, 1, done)
        self.assertIn('<a href="./Alpha.html">', (self.folder / "pages/index.html").read_text(encoding="utf-8"))
        self.assertIn("<!doctype html>", (self.folder / "pages/Beta.html").read_text(encoding="utf-8").lower())
        self.assertEqual(self.run_many("--tenants", "list.toml", "--output", "sarif").status, 2)

    def test_each_document_is_redacted_where_that_is_asked_for(self):
        """Of the same inputs as before, too: what was made without it is not for passing on."""
        pages = ("--tenants", "list.toml", "--output", "html", "--out-dir", "pages", "--out", "pages/index.html")
        self.run_many(*pages)
        self.assertIn("scan@alpha.example", (self.folder / "pages/Alpha.html").read_text(encoding="utf-8"))
        for _ in range(2):
            self.run_many(*pages, "--redact")
            for name in ("index", "Alpha", "Beta"):
                page = (self.folder / f"pages/{name}.html").read_text(encoding="utf-8")
                self.assertNotIn("scan@", page, name)
                self.assertNotIn("Subject: Scan", page, name)
        self.run_many(*pages)
        self.assertIn("scan@alpha.example", (self.folder / "pages/Alpha.html").read_text(encoding="utf-8"))

    def test_each_table_is_apart_as_excel_was_asked_to_be(self):
        tables = ("--tenants", "list.toml", "--output", "csv", "--out-dir", "tables")
        for more, between in (((), ","), (("--excel=semicolon",), ";"), (("--excel=comma",), ",")):
            self.run_many(*tables, *more)
            head = (self.folder / "tables/Alpha.csv").read_text(encoding="utf-8-sig").splitlines()[0]
            self.assertIn(between, head)
            self.assertNotIn(";" if between == "," else ",", head)

    def test_what_does_not_go_together(self):
        for arguments, word in ((("--tenants", "list.toml", "--watch"), "--watch"),
                                (("a/tenant.toml", "a/mail.csv", "--out-dir", "x"), "--tenants"),
                                ((), "TENANT"), (("a/tenant.toml",), "EVIDENCE"),
                                (("--tenants", "list.toml", "--again"), "--out-dir")):
            done = self.run_many(*arguments)
            self.assertEqual(done.status, 2, done)
            self.assertIn(word, done.err)
        self.assertEqual(self.run_many("--tenants", "list.toml", "--plan", "p.json", command="plan").status, 2)

    def test_questions_have_a_file_each(self):
        self.put("a/mail.csv", HEAD + rows("alpha.example", "192.0.2.7", 60, spf="fail"))
        self.run_many("--tenants", "list.toml", "--questions", "asked")
        asked = (self.folder / "asked/Alpha.toml").read_text(encoding="utf-8")
        self.assertIn("192.0.2.7", asked)
        self.assertNotIn("beta", asked)
        (self.folder / "asked/Alpha.toml").write_text(asked.replace('answer = "?"', 'answer = "keep"'), encoding="utf-8")
        _, _, by_name = self.table("--tenants", "list.toml", "--questions", "asked")
        self.assertEqual((by_name["Alpha"]["questions"], by_name["Alpha"]["lost"]["messages"]), (0, 60))


class Resumed(TwoTenants):
    """What is there of the same inputs is not made again."""

    def unchanged(self, *more):
        _, _, by_name = self.table("--tenants", "list.toml", "--out-dir", "out", *more)
        return [name for name, t in by_name.items() if t["unchanged"]]

    def test_only_what_changed_is_made(self):
        self.assertEqual(self.unchanged(), [])
        self.assertEqual(self.unchanged(), ["Alpha", "Beta"])
        first = (self.folder / "out/Alpha.json").read_text(encoding="utf-8")
        self.put("a/mail.csv", HEAD + rows("alpha.example", "203.0.113.7", 61))
        self.assertEqual(self.unchanged(), ["Beta"])
        self.assertNotEqual((self.folder / "out/Alpha.json").read_text(encoding="utf-8"), first)
        self.put("b/tenant.toml", tenant("beta.example", "true"))
        self.assertEqual(self.unchanged(), ["Alpha"])
        self.assertEqual(self.unchanged("--top", "3"), [], "another option is another document")
        self.assertEqual(self.unchanged("--top", "3", "--again"), [])

    def test_a_document_that_is_gone_or_was_not_finished_is_made(self):
        self.unchanged()
        (self.folder / "out/Alpha.json").unlink()
        self.assertEqual(self.unchanged(), ["Beta"])
        (self.folder / "out/.Beta.json.done").write_text('{"schema": "postern/tena', encoding="utf-8")
        self.assertEqual(self.unchanged(), ["Alpha"])

    def test_the_table_is_the_same(self):
        first = self.table("--tenants", "list.toml", "--out-dir", "out")[2]
        again = self.table("--tenants", "list.toml", "--out-dir", "out")[2]
        for name, row in first.items():
            self.assertEqual({**row, "unchanged": True}, again[name])

    def test_one_that_failed_is_tried_again(self):
        mail = self.folder / "a/mail.csv"
        kept = mail.read_text(encoding="utf-8")
        mail.unlink()
        self.assertEqual(self.table("--tenants", "list.toml", "--out-dir", "out")[0].status, 1)
        mail.write_text(kept, encoding="utf-8")
        self.assertEqual(self.unchanged(), ["Beta"])

    def test_of_one_that_fails_no_earlier_document_is_left(self):
        self.unchanged()
        self.assertTrue((self.folder / "out/Alpha.json").exists())
        (self.folder / "a/mail.csv").unlink()
        self.assertEqual(self.table("--tenants", "list.toml", "--out-dir", "out")[0].status, 1)
        self.assertFalse((self.folder / "out/Alpha.json").exists(), "it would be taken for today's")
        self.assertTrue((self.folder / "out/Beta.json").exists())

    def test_answering_a_question_makes_it_again_asking_does_not(self):
        self.put("a/mail.csv", HEAD + rows("alpha.example", "192.0.2.7", 60, spf="fail"))
        self.assertEqual(self.unchanged("--questions", "asked"), [])
        self.assertEqual(self.unchanged("--questions", "asked"), ["Alpha", "Beta"])
        asked = self.folder / "asked/Alpha.toml"
        asked.write_text(asked.read_text(encoding="utf-8").replace('answer = "?"', 'answer = "keep"'), encoding="utf-8")
        self.assertEqual(self.unchanged("--questions", "asked"), ["Beta"])


class EvidenceForAll(Tenants):
    """One file with the mail of several tenants, told apart by recipient domain."""

    def setUp(self):
        super().setUp()
        for letter, domain in (("a", "alpha.example"), ("b", "beta.example")):
            self.put(f"{letter}.toml", tenant(domain))
        self.put("list.toml", '[[tenant]]\nsource = "a.toml"\n[[tenant]]\nsource = "b.toml"\n')
        self.own = {"a.toml": rows("alpha.example", "203.0.113.7", 60),
                    "b.toml": rows("beta.example", "203.0.113.9", 40, 5000)}
        self.strangers = rows("other.example", "198.51.100.1", 7, 9000)

    def test_each_is_as_with_its_own_rows_alone(self):
        self.put("all.csv", HEAD + self.own["b.toml"] + self.strangers + self.own["a.toml"])
        _, document, by_name = self.table("--tenants", "list.toml", "all.csv")
        self.assertEqual(document["shared_evidence"]["rows"], 107)
        self.assertEqual(document["shared_evidence"]["of_no_tenant"], 7)
        for name, own in self.own.items():
            self.put("all.csv", HEAD + own)
            alone = json.loads(postern("impact", name, "all.csv", "--output", "json", cwd=self.folder).out)
            many = by_name[name]["document"]
            for part in ("senders", "conclusion", "totals"):
                self.assertEqual(many[part], alone[part], (name, part))

    def test_nothing_of_one_is_in_the_document_of_another(self):
        self.put("all.csv", HEAD + self.own["b.toml"] + "beta-secret,no time,,,,,not an address,,,,,,\n")
        _, _, by_name = self.table("--tenants", "list.toml", "all.csv")
        text = json.dumps(by_name["a.toml"])
        for word in ("beta", "203.0.113.9", "secret"):
            self.assertNotIn(word, text)

    def test_a_row_that_can_t_be_read_may_be_anybody_s(self):
        self.put("all.csv", HEAD + self.own["a.toml"] + "x,no time,scan@alpha.example,,,,not an address,,,,,,\n")
        done, document, by_name = self.table("--tenants", "list.toml", "all.csv")
        self.assertEqual(document["shared_evidence"]["bad"], 1, done)
        for row in by_name.values():
            self.assertEqual(row["document"]["totals"]["bad"], 1)
            self.assertNotIn("not an address", json.dumps(row))

    def test_mail_between_two_of_them_concerns_whom_it_is_for(self):
        self.put("all.csv", HEAD + rows("alpha.example", "192.0.2.5", 20, to="beta.example"))
        _, _, by_name = self.table("--tenants", "list.toml", "all.csv")
        for name, aside in (("a.toml", "other_tenant"), ("b.toml", "external_sender")):
            totals = by_name[name]["document"]["totals"]
            self.assertEqual((totals["rows"], totals["used"]), (20, 0), name)
            self.assertEqual(by_name[name]["document"]["not_relevant"][aside], 20, totals)

    def test_a_domain_of_two_tenants_tells_neither(self):
        self.put("c.toml", tenant("beta.example"))
        self.put("list.toml", "".join(f'[[tenant]]\nsource = "{x}.toml"\n' for x in "abc"))
        self.put("all.csv", HEAD + self.own["a.toml"] + self.own["b.toml"])
        done, _, by_name = self.table("--tenants", "list.toml", "all.csv")
        self.assertEqual(by_name["a.toml"]["document"]["totals"]["used"], 60)
        self.assertIn("'c.toml'", by_name["b.toml"]["error"])
        self.assertIn("'b.toml'", by_name["c.toml"]["error"])
        self.assertEqual(done.status, 1)

    def test_own_evidence_and_that_for_all_count_together(self):
        self.put("own.csv", HEAD + rows("alpha.example", "203.0.113.8", 30, 7000))
        self.put("list.toml", '[[tenant]]\nsource = "a.toml"\nevidence = ["own.csv"]\n[[tenant]]\nsource = "b.toml"\n')
        self.put("all.csv", HEAD + self.own["a.toml"] + self.own["b.toml"])
        _, _, by_name = self.table("--tenants", "list.toml", "all.csv")
        self.assertEqual(by_name["a.toml"]["document"]["totals"]["used"], 90)
        self.assertEqual(by_name["b.toml"]["document"]["totals"]["used"], 40)


class InCommon(Tenants):
    """A sender that many tenants see is named once for all."""

    def setUp(self):
        super().setUp()
        listed = ""
        for i in range(4):
            domain = f"t{i}.example"
            self.put(f"{domain}.toml", tenant(domain))
            log = "".join(
                f"2026-10-{day:02}T0{hour}:00:00Z mx postfix/smtpd[1]: {day:02}{hour}A{i}: client=out{hour}.mailer.example[198.51.100.{hour}]\n"
                f"2026-10-{day:02}T0{hour}:00:01Z mx postfix/qmgr[1]: {day:02}{hour}A{i}: from=<news@{domain}>, size=1, nrcpt=1 (queue active)\n"
                f"2026-10-{day:02}T0{hour}:00:02Z mx postfix/local[1]: {day:02}{hour}A{i}: to=<ann@{domain}>, relay=local, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (delivered)\n"
                for day in range(1, 25) for hour in range(1, 4))
            self.put(f"{domain}.log", log)
            self.put(f"{domain}.senders.toml", '[[sender]]\nname = "Mailer"\naddress = ["198.51.100.0/24"]\nanswer = "keep"\n'
                     if i < 3 else "")
            listed += (f'[[tenant]]\nname = "T{i}"\nsource = "{domain}.toml"\nevidence = ["{domain}.log"]\n'
                       f'senders = "{domain}.senders.toml"\n')
        self.put("list.toml", listed)

    def test_it_is_proposed_and_then_known(self):
        done, document, _ = self.table("--tenants", "list.toml", "--propose-services", "mine.toml")
        common = {c["name"]: c for c in document["common_senders"]}
        self.assertEqual(common["mailer.example"]["tenants"], 4, done)
        proposed = (self.folder / "mine.toml").read_text(encoding="utf-8")
        self.assertIn('host = ["mailer.example"]', proposed)
        for tenants_own in ("t0.example", "198.51.100", "news@"):
            self.assertNotIn(tenants_own, proposed)
        self.put("mine.toml", proposed.replace('name = "mailer.example"', 'name = "The Mailer"'))
        _, document, by_name = self.table("--tenants", "list.toml", "--services", "mine.toml", "--propose-services", "mine.toml")
        self.assertEqual([c["name"] for c in document["common_senders"]], ["The Mailer"])
        self.assertEqual((self.folder / "mine.toml").read_text(encoding="utf-8").count("[[service]]"), 1)
        self.assertNotIn("T1", json.dumps(by_name["T0"]["document"]))

    def test_what_few_see_is_nobody_else_s_business(self):
        listed = (self.folder / "list.toml").read_text(encoding="utf-8").split("[[tenant]]")
        self.put("list.toml", "[[tenant]]".join(listed[:3]))
        _, document, _ = self.table("--tenants", "list.toml")
        self.assertEqual(document["common_senders"], [])


class Examples(unittest.TestCase):
    def test_the_example_beside_itself(self):
        """examples/ is a folder of tenants' folders as it stands."""
        with tempfile.TemporaryDirectory() as scratch:
            listed = pathlib.Path(scratch) / "list.toml"
            listed.write_text(f'[[tenant]]\nname = "Contoso"\nsource = "{EXAMPLE}/tenant"\n'
                              f'evidence = ["{EXAMPLE}/evidence"]\n', encoding="utf-8")
            many = json.loads(postern("impact", "--tenants", listed, "--output", "json").out)
            alone = json.loads(postern("impact", EXAMPLE / "tenant", EXAMPLE / "evidence", "--output", "json",
                                       cwd=SOURCE).out)
        self.assertEqual(many["tenants"][0]["document"]["conclusion"], alone["conclusion"])
        self.assertEqual(many["tenants"][0]["document"]["senders"], alone["senders"])


if __name__ == "__main__":
    unittest.main()

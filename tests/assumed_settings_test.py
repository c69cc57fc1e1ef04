"""What a tenant's export lacks although Exchange always writes it, and what a log can't tell: nobody is said to be safe by
what was only assumed."""

import json
import pathlib
import tempfile
import unittest

from program import SOURCE, postern

HEADER = "Timestamp,SenderMailFromAddress,RecipientEmailAddress,SenderIPv4,DeliveryAction,Subject,Connectors\n"
SCANS = {"Name": "Scan relay", "ConnectorType": "OnPremises", "Enabled": True, "SenderDomains": ["smtp:*;1"],
         "SenderIPAddresses": ["203.0.113.7"], "TlsSenderCertificateName": None, "RequireTls": False,
         "RestrictDomainsToIPAddresses": False, "RestrictDomainsToCertificate": False, "AssociatedAcceptedDomains": []}
# What has no meaning for an OnPremises connector.
OF_PARTNERS = {"RequireTls": "True", "RestrictDomainsToIPAddresses": "False", "RestrictDomainsToCertificate": "False"}
OF_ALL = {"Enabled": "True", "SenderDomains": "empty", "SenderIPAddresses": "empty", "TlsSenderCertificateName": "empty",
          "AssociatedAcceptedDomains": "empty"}
DOMAIN = {"DomainName": "contoso.com", "DomainType": "Authoritative", "MatchSubDomains": False}
RELAY = {"DomainName": "scan.contoso.com", "DomainType": "InternalRelay", "MatchSubDomains": True}


def without(record, name):
    return {key: value for key, value in record.items() if key != name}


class AssumedSettings(unittest.TestCase):
    """Thirty days of a scanner whose mail a connector takes, as the evidence records it."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.evidence = self.folder / "events.csv"
        self.evidence.write_text(HEADER + "".join(
            f"2026-10-{day:02}T08:00:00Z,scan@contoso.com,ann@contoso.com,203.0.113.7,Delivered,Scan,Scan relay\n"
            for day in range(1, 31)), encoding="utf-8")

    def impact(self, domains, connectors):
        """Exit status, and the kinds of what is missing with their counts."""
        tenant = self.folder / "tenant.json"
        document = {"OrganizationConfig": [{"RejectDirectSend": False}], "AcceptedDomain": domains}
        if connectors is not None:
            document["InboundConnector"] = connectors
        tenant.write_text(json.dumps(document), encoding="utf-8")
        done = postern("impact", tenant, self.evidence, "--output", "json")
        conclusion = json.loads(done.out)["conclusion"]
        return done.status, {each["kind"]: each["count"] for each in conclusion["missing"]}, tenant

    def test_all_properties_are_there(self):
        status, missing, _ = self.impact([DOMAIN, RELAY], [SCANS])
        self.assertEqual((status, missing), (0, {}))

    def test_a_connector_that_does_not_say_whether_it_is_on(self):
        status, missing, tenant = self.impact([DOMAIN], [without(SCANS, "Enabled")])
        self.assertEqual((status, missing), (3, {"settings_assumed": 1}))
        text = " ".join(postern("impact", tenant, self.evidence).out.split())
        self.assertIn("1 inbound connector without Enabled, which Exchange always writes: taken as True", text)
        self.assertIn("Next Export the tenant again with all properties", text)
        self.assertIn("without Enabled", postern("audit", tenant).out)

    def test_a_connector_that_lacks_what_mail_may_hang_on(self):
        partner = {**SCANS, "ConnectorType": "Partner"}
        for name, taken_as in {**OF_ALL, **OF_PARTNERS}.items():
            status, missing, tenant = self.impact([DOMAIN], [without(partner, name)])
            self.assertNotEqual(status, 0, name)
            self.assertEqual(missing, {"settings_assumed": 1}, name)
            self.assertIn(f"1 inbound connector without {name}, which Exchange always writes: taken as {taken_as};",
                          " ".join(postern("audit", tenant).out.split()))
            missing = self.impact([DOMAIN], [without(SCANS, name)])[1]
            self.assertEqual(missing, {} if name in OF_PARTNERS else {"settings_assumed": 1}, name)

    def test_a_switch_that_is_null_or_empty_is_not_known(self):
        partner = {**SCANS, "ConnectorType": "Partner"}
        for nothing in (None, "", " "):
            for name in ("Enabled", *OF_PARTNERS):
                status, missing, _ = self.impact([DOMAIN], [{**partner, name: nothing}])
                self.assertNotEqual(status, 0, name)
                self.assertEqual(missing, {"settings_assumed": 1}, name)
            status, missing, _ = self.impact([DOMAIN, {**RELAY, "MatchSubDomains": nothing}], [SCANS])
            self.assertEqual((status, missing), (3, {"settings_assumed": 1}))
        # Of a list and of a name null says that there is none.
        for name in ("TlsSenderCertificateName", "AssociatedAcceptedDomains"):
            self.assertEqual(self.impact([DOMAIN], [{**SCANS, name: None}])[:2], (0, {}), name)

    def test_all_that_two_connectors_lack_is_told_at_once(self):
        few = without(without(SCANS, "Enabled"), "AssociatedAcceptedDomains")
        _, missing, tenant = self.impact([DOMAIN], [few, {**few, "Name": "Other", "SenderIPAddresses": ["203.0.113.8"]}])
        self.assertEqual(missing, {"settings_assumed": 2})
        text = " ".join(postern("impact", tenant, self.evidence).out.split())
        for name in ("Enabled", "AssociatedAcceptedDomains"):
            self.assertIn(f"2 inbound connectors without {name}", text)

    def test_an_internal_relay_domain_that_does_not_say_whether_its_subdomains_count(self):
        status, missing, _ = self.impact([DOMAIN, without(RELAY, "MatchSubDomains")], [SCANS])
        self.assertEqual((status, missing), (3, {"settings_assumed": 1}))

    def test_what_was_assumed_stays_so_in_a_tenant_file_made_of_the_export(self):
        _, _, tenant = self.impact([DOMAIN], [without(SCANS, "Enabled")])
        made = self.folder / "tenant.toml"
        self.assertEqual(postern("tenant", "convert", tenant, "--out", made).status, 0)
        done = postern("impact", made, self.evidence, "--output", "json")
        missing = {each["kind"]: each["count"] for each in json.loads(done.out)["conclusion"]["missing"]}
        self.assertEqual((done.status, missing), (3, {"settings_assumed": 1}))
        again = self.folder / "again.toml"
        postern("tenant", "convert", made, "--out", again)
        self.assertEqual(again.read_text().split("\n\n", 1)[1], made.read_text().split("\n\n", 1)[1])
        kept = [line for line in made.read_text().splitlines(True) if not line.startswith("assumed")]
        made.write_text("".join(kept), encoding="utf-8")
        self.assertEqual(postern("impact", made, self.evidence).status, 0, "the administrator has looked")

    def test_no_difference_is_not_determined_where_a_setting_was_assumed(self):
        whole = self.folder / "whole.json"
        _, _, tenant = self.impact([DOMAIN], [SCANS])
        whole.write_bytes(tenant.read_bytes())
        self.impact([DOMAIN], [without(SCANS, "Enabled")])
        for before, after in ((whole, tenant), (tenant, whole)):
            done = postern("diff", before, after)
            self.assertEqual(done.status, 3, done.out + done.err)
            text = " ".join(done.out.split())
            self.assertIn("Not determined: nothing differs, but an export lacks settings that decide", text)
            self.assertIn("Note: " + str(tenant), text)
            self.assertEqual(json.loads(postern("diff", before, after, "--output", "json").out)["result"],
                             "not_determined")
        self.assertEqual(postern("diff", whole, whole).status, 0)
        explained = postern("explain", tenant, "--ip", "203.0.113.7", "--mail-from", "scan@contoso.com")
        self.assertIn("without Enabled", explained.err)

    def test_on_an_authoritative_domain_it_has_no_effect(self):
        status, missing, _ = self.impact([without(DOMAIN, "MatchSubDomains")], [SCANS])
        self.assertEqual((status, missing), (0, {}))

    def test_connectors_that_were_not_exported_may_be_scoped_by_domain_alone(self):
        status, missing, tenant = self.impact([DOMAIN], None)
        self.assertEqual((status, missing), (3, {}))
        text = " ".join(postern("impact", tenant, self.evidence).out.split())
        self.assertIn("can't be told yet", text)
        self.assertIn("Next Export the tenant with its inbound connectors", text)

    def test_a_log_of_ones_own_relay_alone_tells_of_nobody_else(self):
        log = self.folder / "mail.log"
        log.write_text("".join(line.format(day=day, id=f"{day:010}") for day in range(1, 31) for line in (
            "2026-10-{day:02}T08:00:00+00:00 relay postfix/smtpd[10]: {id}: client=mfp[10.0.0.5]\n",
            "2026-10-{day:02}T08:00:00+00:00 relay postfix/qmgr[12]: {id}: from=<scan@contoso.com>, size=1, nrcpt=1 (queue active)\n",
            "2026-10-{day:02}T08:00:01+00:00 relay postfix/smtp[13]: {id}: to=<ann@contoso.com>, "
            "relay=contoso-com.mail.protection.outlook.com[192.0.2.44]:25, delay=1, delays=0/0/0/1, dsn=2.6.0, "
            "status=sent (250 2.6.0 Queued mail for delivery)\n",
            "2026-10-{day:02}T08:00:01+00:00 relay postfix/qmgr[12]: {id}: removed\n")), encoding="utf-8")
        tenant = self.folder / "tenant.json"
        tenant.write_text(json.dumps({"OrganizationConfig": [{"RejectDirectSend": False}], "AcceptedDomain": [DOMAIN],
                                      "InboundConnector": [SCANS]}), encoding="utf-8")

        def told(*evidence):
            done = postern("impact", tenant, log, *evidence, "--relay-ip", "203.0.113.7", "--output", "json")
            return done.status, [each["kind"] for each in json.loads(done.out)["conclusion"]["missing"]]

        self.assertEqual(told(), (3, ["servers_alone"]))
        self.assertEqual(told(self.evidence)[1], [], "Exchange Online's own evidence is beside it")

    def test_the_mail_that_one_mailbox_keeps_tells_of_no_other_mailbox(self):
        mailbox = self.folder / "ann.mbox"
        mailbox.write_text("".join(
            f"From newsletter@partner.example Thu Oct {day:2} 08:00:00 2026\n"
            f"Received: from mx.partner.example (203.0.113.25) by AM0.mail.protection.outlook.com; {day} Oct 2026 08:00:00 +0000\n"
            "Return-Path: newsletter@partner.example\n"
            f"From: newsletter@partner.example\nTo: ann@contoso.com\nMessage-ID: <{day}@partner.example>\n"
            f"Date: {day} Oct 2026 08:00:00 +0000\nSubject: News\n\nText\n\n" for day in range(1, 31)), encoding="utf-8")
        for cloud in ("worldwide", "none"):
            tenant = self.folder / f"{cloud}.toml"
            tenant.write_text(f'name = "contoso.com"\ncloud = "{cloud}"\nreject_direct_send = false\ninbound_connector = []\n'
                              '[[accepted_domain]]\nname = "contoso.com"\n', encoding="utf-8")
            done = postern("impact", tenant, mailbox, "--output", "json")
            missing = [each["kind"] for each in json.loads(done.out)["conclusion"]["missing"]]
            self.assertEqual((done.status, missing), (3, ["mailboxes_alone"]), cloud)
            text = " ".join(postern("impact", tenant, mailbox).out.split())
            self.assertIn("tell of no mail to other mailboxes", text)
            self.assertIn("Next Add what a server tells of the mail to all mailboxes", text)
            beside = json.loads(postern("impact", tenant, mailbox, self.evidence, "--output", "json").out)
            self.assertEqual(beside["conclusion"]["missing"], [], "a table of the whole organisation is beside it")

    def test_which_formats_tell_of_one_server_alone(self):
        """Of each format the example that its reader is tested with, where Exchange Online takes the mail and where nobody
        but the own server does."""
        logs = {"exchange-protocol-log", "exim", "iis-smtp", "ledger", "message-tracking-json", "message-tracking-log",
                "opensmtpd", "postfix-json", "postfix-syslog", "sendmail"}
        settings = 'name = "contoso.com"\ncloud = "{}"\nreject_direct_send = false\n[[accepted_domain]]\nname = "contoso.com"\n'
        examples = sorted((SOURCE / "src" / "evidence" / "testdata" / "formats").iterdir())
        self.assertLessEqual(logs, {example.stem for example in examples})
        for cloud, expected in (("worldwide", logs), ("none", set())):
            tenant = self.folder / f"{cloud}.toml"
            tenant.write_text(settings.format(cloud), encoding="utf-8")
            told = set()
            for example in examples:
                done = postern("impact", tenant, example, "--output", "json")
                missing = {each["kind"] for each in json.loads(done.out)["conclusion"]["missing"]}
                told |= {example.stem} if "servers_alone" in missing else set()
            self.assertEqual(told, expected, cloud)


if __name__ == "__main__":
    unittest.main()

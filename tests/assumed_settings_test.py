"""What a tenant's export lacks although Exchange always writes it: nobody is said to be safe by what was only assumed."""

import json
import pathlib
import tempfile
import unittest

from program import postern

HEADER = "Timestamp,SenderMailFromAddress,RecipientEmailAddress,SenderIPv4,DeliveryAction,Subject,Connectors\n"
SCANS = {"Name": "Scan relay", "ConnectorType": "OnPremises", "Enabled": True, "SenderDomains": ["smtp:*;1"],
         "SenderIPAddresses": ["203.0.113.7"], "RequireTls": False}
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

    def test_an_internal_relay_domain_that_does_not_say_whether_its_subdomains_count(self):
        status, missing, _ = self.impact([DOMAIN, without(RELAY, "MatchSubDomains")], [SCANS])
        self.assertEqual((status, missing), (3, {"settings_assumed": 1}))

    def test_on_an_authoritative_domain_it_has_no_effect(self):
        status, missing, _ = self.impact([without(DOMAIN, "MatchSubDomains")], [SCANS])
        self.assertEqual((status, missing), (0, {}))

    def test_connectors_that_were_not_exported_may_be_scoped_by_domain_alone(self):
        status, missing, tenant = self.impact([DOMAIN], None)
        self.assertEqual((status, missing), (3, {}))
        self.assertIn("can't be told yet", postern("impact", tenant, self.evidence).out)


if __name__ == "__main__":
    unittest.main()

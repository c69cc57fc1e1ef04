"""What Exchange refuses in an inbound connector: every line of the list, by the program before the
proof and by the stand-in as the cmdlet is run. The two were written apart."""

import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from program import EXAMPLE, postern  # noqa: E402
from standin.tenant_state import CmdletError, Tenant  # noqa: E402

TENANT = EXAMPLE / "tenant"
KEYS = {"Name": "name", "ConnectorType": "type", "Comment": "comment",
        "SenderDomains": "sender_domains", "SenderIPAddresses": "sender_ip_addresses",
        "TlsSenderCertificateName": "tls_sender_certificate_name", "RequireTls": "require_tls",
        "RestrictDomainsToIPAddresses": "restrict_domains_to_ip_addresses",
        "RestrictDomainsToCertificate": "restrict_domains_to_certificate",
        "CloudServicesMailEnabled": "cloud_services_mail_enabled",
        "TreatMessagesAsInternal": "treat_messages_as_internal",
        "AssociatedAcceptedDomains": "associated_accepted_domains"}
PARTNER = {"Name": "Vendor", "ConnectorType": "Partner", "SenderDomains": ["smtp:contoso.com;1"],
           "SenderIPAddresses": ["203.0.113.0/24"], "RequireTls": False}
ON_PREMISES = {**PARTNER, "ConnectorType": "OnPremises"}
CERTIFICATE = {"TlsSenderCertificateName": "mail.fabrikam.com", "RequireTls": True}

# What is changed of a good connector, and the property that is named.
REFUSED = [
    (PARTNER, {"Name": ""}, "Name"),
    (PARTNER, {"Name": "a" * 65}, "Name"),
    (PARTNER, {"Name": " Vendor"}, "Name"),
    (PARTNER, {"Name": "Vendor "}, "Name"),
    (PARTNER, {"Name": "Ven\tdor"}, "Name"),
    (PARTNER, {"Comment": "c" * 1025}, "Comment"),
    (PARTNER, {"SenderIPAddresses": ["2001:db8::1"]}, "SenderIPAddresses"),
    (PARTNER, {"SenderIPAddresses": ["203.0.113.1-203.0.113.9"]}, "sender_ip_addresses"),
    (PARTNER, {"SenderIPAddresses": ["203.0.112.0/23"]}, "SenderIPAddresses"),
    (PARTNER, {"SenderIPAddresses": ["10.1.2.3"]}, "SenderIPAddresses"),
    (PARTNER, {"SenderIPAddresses": ["172.16.0.0/24"]}, "SenderIPAddresses"),
    (PARTNER, {"SenderIPAddresses": ["192.168.7.0/24"]}, "SenderIPAddresses"),
    (PARTNER, {"SenderIPAddresses": ["127.0.0.1"]}, "SenderIPAddresses"),
    (PARTNER, {"SenderIPAddresses": ["169.254.169.254"]}, "SenderIPAddresses"),
    (PARTNER, {"SenderIPAddresses": ["100.64.0.9"]}, "SenderIPAddresses"),
    (PARTNER, {"SenderIPAddresses": ["224.0.0.1"]}, "SenderIPAddresses"),
    (PARTNER, {"SenderIPAddresses": ["203.0.113.7", "203.0.113.7/32"]}, "SenderIPAddresses"),
    (ON_PREMISES, {"SenderIPAddresses": ["40.93.0.1"]}, "SenderIPAddresses"),
    (ON_PREMISES, {"SenderIPAddresses": ["40.107.1.0/24"]}, "SenderIPAddresses"),
    (ON_PREMISES, {"SenderIPAddresses": ["52.103.9.0/24"]}, "SenderIPAddresses"),
    (ON_PREMISES, {"SenderIPAddresses": ["104.47.127.0/24"]}, "SenderIPAddresses"),
    (PARTNER, {**CERTIFICATE, "TlsSenderCertificateName": "no name"}, "tls_sender_certificate_name"),
    (PARTNER, {**CERTIFICATE, "RequireTls": False}, "TlsSenderCertificateName"),
    (ON_PREMISES, {**CERTIFICATE, "TlsSenderCertificateName": "mail.protection.outlook.com"},
     "TlsSenderCertificateName"),
    (ON_PREMISES, {"SenderIPAddresses": []}, "OnPremises has neither"),
    (ON_PREMISES, {"RestrictDomainsToIPAddresses": True}, "RestrictDomainsToIPAddresses"),
    (ON_PREMISES, {**CERTIFICATE, "RestrictDomainsToCertificate": True},
     "RestrictDomainsToCertificate"),
    (PARTNER, {"RestrictDomainsToIPAddresses": True, "SenderIPAddresses": []},
     "RestrictDomainsToIPAddresses"),
    (PARTNER, {**CERTIFICATE, "RestrictDomainsToIPAddresses": True,
               "RestrictDomainsToCertificate": True}, "RestrictDomainsToIPAddresses"),
    (PARTNER, {"RestrictDomainsToCertificate": True}, "RestrictDomainsToCertificate"),
    (PARTNER, {"CloudServicesMailEnabled": True}, "CloudServicesMailEnabled"),
    (PARTNER, {"TreatMessagesAsInternal": True}, "TreatMessagesAsInternal"),
    (PARTNER, {"SenderDomains": []}, "SenderDomains"),
    (PARTNER, {"SenderDomains": ["smtp:contoso.com;0"]}, "contoso.com"),
    (PARTNER, {"SenderDomains": ["smtp:contoso.com;101"]}, "contoso.com"),
    (PARTNER, {"SenderDomains": ["smtp:con toso;1"]}, "con toso"),
    (PARTNER, {"AssociatedAcceptedDomains": ["elsewhere.example"]}, "elsewhere.example"),
]
TAKEN = [
    (PARTNER, {}), (ON_PREMISES, {}), (PARTNER, CERTIFICATE), (ON_PREMISES, CERTIFICATE),
    (PARTNER, {"Name": "a" * 64}), (PARTNER, {"Name": "\u00fc" * 64}),
    (PARTNER, {"Comment": "c" * 1024}),
    (PARTNER, {"SenderIPAddresses": ["192.0.2.1", "198.51.100.0/24"]}),
    (PARTNER, {"SenderIPAddresses": ["40.93.0.1"]}),
    (PARTNER, {"SenderDomains": ["smtp:*;100", "smtp:*.contoso.com;2"]}),
    (PARTNER, {**CERTIFICATE, "TlsSenderCertificateName": "*.fabrikam.com"}),
    (PARTNER, {"RestrictDomainsToIPAddresses": True}),
    (PARTNER, {**CERTIFICATE, "RestrictDomainsToCertificate": True}),
    (ON_PREMISES, {"CloudServicesMailEnabled": True}),
    (ON_PREMISES, {"TreatMessagesAsInternal": True}),
    (PARTNER, {"AssociatedAcceptedDomains": ["contoso.com"]}),
]


class Refusals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "connectors.toml"

    def by_program(self, connector):
        self.file.write_text("[[inbound_connector]]\n" + "".join(
            f"{KEYS[name]} = {json.dumps(value)}\n" for name, value in connector.items()))
        return postern("plan", TENANT, "--connectors", self.file)

    @staticmethod
    def by_service(connector):
        """None where it is taken."""
        try:
            Tenant("contoso.onmicrosoft.com", TENANT).run("New-InboundConnector", connector)
        except CmdletError as error:
            return error
        return None

    def test_each_is_refused_by_both(self):
        for good, change, named in REFUSED:
            connector = {**good, **change}
            with self.subTest(change):
                done = self.by_program(connector)
                self.assertEqual(done.status, 2, done)
                self.assertEqual(done.out, "")
                self.assertIn(named, done.err)
                self.assertIn(str(self.file), done.err)
                self.assertIsNotNone(self.by_service(connector))

    def test_what_is_good_is_taken_by_both(self):
        for good, change in TAKEN:
            connector = {**good, **change}
            with self.subTest(change):
                done = self.by_program(connector)
                self.assertEqual(done.status, 3, done)
                self.assertIsNone(self.by_service(connector))

    def test_a_name_that_exists_in_another_case(self):
        # The program takes it for the one that exists, and changes that; the cmdlet would refuse.
        self.assertIsNotNone(self.by_service({**PARTNER, "Name": "NEWSLETTER"}))
        done = self.by_program({**PARTNER, "Name": "NEWSLETTER"})
        self.assertIn("Set-InboundConnector", done.out)
        self.assertNotIn("New-InboundConnector", done.out)


if __name__ == "__main__":
    unittest.main()

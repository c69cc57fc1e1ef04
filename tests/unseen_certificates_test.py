"""Certificates that no evidence records (EmailEvents never does): what a connector by certificate would refuse or let
in is not known then, and nothing is proven of it."""

import unittest

from what_if_test import HEAD, Changed, rows, tenant

LOCK_DOWN = """
[[inbound_connector]]
name = "Gateway"
type = "Partner"
sender_domains = ["*"]
tls_sender_certificate_name = "*.gateway.example"
require_tls = true
restrict_domains_to_certificate = true
"""
SCANNER = """
[[inbound_connector]]
name = "Scanner"
type = "OnPremises"
sender_domains = ["*"]
sender_ip_addresses = ["203.0.113.7"]
"""
UNTOLD = "120 messages that the switch does not concern, of which the evidence does not tell client certificate"


class LockDown(Changed):
    """A device that a connector takes, and partners who write from outside."""

    def setUp(self):
        super().setUp()
        self.put("t.toml", tenant("false", SCANNER))
        self.put("mail.csv", HEAD + rows("203.0.113.7", 80, connector="Scanner")
                 + rows("198.51.100.200", 120, 1000, who="bob").replace("bob@alpha.example,bob@alpha.example,alpha.example,alpha.example",
                                                                      "bob@partner.example,bob@partner.example,partner.example,partner.example"))
        self.put("lock.toml", LOCK_DOWN)

    def test_by_a_certificate_it_may_refuse_all_mail_from_outside(self):
        plan = self.document("plan", "t.toml", "mail.csv", "--connectors", "lock.toml", status=3)
        proof = plan["proof"]
        self.assertIn(UNTOLD, proof["statement"])
        self.assertEqual(proof["connectors"]["holds"], "not proven")
        self.assertIn(UNTOLD, proof["connectors"]["statement"])
        self.assertEqual(proof["bystanders"], [])
        self.assertEqual([each["messages"] for each in proof["bystanders_at_risk"]], [120])
        self.assertIn("client certificate", proof["bystanders_at_risk"][0]["why"][0])

    def test_so_it_is_said_of_the_thought_alone(self):
        found = self.change("connector Gateway type=Partner sender_domains=* tls_sender_certificate_name=*.gateway.example "
                            "require_tls=true restrict_domains_to_certificate=true", status=3)
        self.assertEqual(found["answer"], "not determined")
        self.assertIn("120 messages that Direct Send does not concern, of which the evidence does not tell client certificate",
                      found["sentence"])

    def test_by_addresses_it_refuses_it_for_certain(self):
        self.put("lock.toml", LOCK_DOWN.replace('tls_sender_certificate_name = "*.gateway.example"',
                                                'sender_ip_addresses = ["198.51.100.1"]')
                 .replace("restrict_domains_to_certificate", "restrict_domains_to_ip_addresses"))
        proof = self.document("plan", "t.toml", "mail.csv", "--connectors", "lock.toml", status=1)["proof"]
        self.assertEqual([each["messages"] for each in proof["bystanders"]], [120])
        self.assertEqual(proof["bystanders_at_risk"], [])

    def test_a_connector_that_concerns_none_of_that_mail_leaves_it_alone(self):
        self.put("lock.toml", LOCK_DOWN.replace('"*"', '"another.example"'))
        self.document("plan", "t.toml", "mail.csv", "--connectors", "lock.toml", status=0)


if __name__ == "__main__":
    unittest.main()

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


def kept(certificate):
    return ('[[sender]]\nname = "Tickets"\naddress = ["198.51.100.70"]\nkind = "online service"\nanswer = "keep"\n'
            f'certificate = "{certificate}"\n'
            '[[sender]]\nname = "Stranger"\naddress = ["198.51.100.71"]\nanswer = "refuse"\n')


def traced(address, count, sender):
    """Rows of a message trace, whose SenderAddress may be the From field."""
    return "".join(f'"{sender}-{n}","<{n}.{sender}>","2026-10-{n % 28 + 1:02}T09:00:00.0000000Z","{sender}","ann@alpha.example",'
                   f'"{address}","","x","Delivered","9"\r\n' for n in range(count))


class Trace(Changed):
    """A trace does not tell for certain who the envelope sender is, whatever a plan does."""

    def setUp(self):
        super().setUp()
        self.put("t.toml", tenant("false"))
        self.put("trace.csv", '"MessageTraceId","MessageId","Received","SenderAddress","RecipientAddress","FromIP","ToIP","Subject","Status","Size"\r\n'
                 + traced("203.0.113.7", 60, "scan@alpha.example") + traced("198.51.100.200", 120, "bob@partner.example"))
        self.put("senders.toml", '[[sender]]\nname = "Scanner"\naddress = ["203.0.113.7"]\nkind = "device or application"\nanswer = "keep"\n')
        self.put("lock.toml", LOCK_DOWN)

    def plan(self, *more, status):
        return self.document("plan", "t.toml", "trace.csv", "--senders", "senders.toml", *more, status=status)["proof"]

    def test_what_the_switch_alone_hangs_on_is_no_doubt_of_the_plan(self):
        proof = self.plan(status=3)
        self.assertEqual(proof["bystanders_at_risk"], [])
        self.assertIn("60 messages from 1 sender that hangs on onpremises_recipient_match.", proof["statement"])

    def test_a_lock_down_by_a_certificate_adds_its_own(self):
        self.assertEqual([each["messages"] for each in self.plan("--connectors", "lock.toml", status=3)["bystanders_at_risk"]], [120])


class Stranger(Changed):
    """A service that is kept by its certificate, and a stranger who was answered refuse."""

    def setUp(self):
        super().setUp()
        self.put("t.toml", tenant("false"))
        self.put("mail.csv", HEAD + rows("198.51.100.70", 90, who="tickets") + rows("198.51.100.71", 10, 1000, who="tickets"))

    def plan(self, certificate, *more, status):
        self.put("senders.toml", kept(certificate))
        return self.document("plan", "t.toml", "mail.csv", "--senders", "senders.toml", *more, status=status)["proof"]

    def test_he_may_be_another_customer_who_presents_the_same_certificate(self):
        proof = self.plan("*.helpdesk.example", status=3)
        self.assertIn("10 messages from 1 sender that you call forged may come in through the plan", proof["statement"])
        self.assertIn("client certificate", proof["statement"])
        self.assertEqual([(each["sender"], each["messages"]) for each in proof["may_be_let_in"]], [("Stranger", 10)])
        self.assertEqual(proof["connectors"]["holds"], "yes", "today his mail comes in without them")

    def test_a_host_of_another_network_has_no_key_of_it(self):
        for address, status in (("87.140.188.103", 0), ("198.51.7.7", 3), ("104.131.1.1", 3)):
            self.put("mail.csv", HEAD + rows("198.51.100.70", 90, who="tickets") + rows(address, 10, 1000, who="tickets"))
            self.put("senders.toml", kept("*.helpdesk.example").replace("198.51.100.71", address))
            self.document("plan", "t.toml", "mail.csv", "--senders", "senders.toml", status=status)

    def test_a_certificate_of_ones_own_domain_is_nobody_elses(self):
        proof = self.plan("tickets.alpha.example", status=0)
        self.assertEqual(proof["may_be_let_in"], [])
        self.assertIn("; you say that 90 messages come with a certificate that the evidence does not record", proof["statement"])

    def test_nor_is_that_of_a_service_that_gives_each_customer_his_own(self):
        for shared, status in (("false", 0), ("true", 3)):
            self.put("services.toml", '[[service]]\nname = "Help desk"\nkind = "online service"\nhost = ["helpdesk.example"]\n'
                                      f"shared = {shared}\n")
            self.plan("*.helpdesk.example", "--services", "services.toml", status=status)


if __name__ == "__main__":
    unittest.main()

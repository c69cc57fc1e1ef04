"""postern plan next, by the cases of tests/stages (see its README)."""

import csv
import datetime
import json
import pathlib
import tempfile
import unittest

from program import SOURCE, postern
from sealed import sealed

FOLDER = SOURCE / "tests" / "stages"
MADE = "2025-03-11T00:00:00Z"
KINDS = ("holds", "fails", "not known")
ADDRESS = {"scanner": "203.0.113.25", "mailer": "198.51.100.1", "forwarder": "192.0.2.50",
           "partner": "198.51.100.77"}
TENANT = """
name = "contoso"
reject_direct_send = false
[[accepted_domain]]
name = "contoso.com"
mx = ["contoso-com.mail.protection.outlook.com"]
spf = "v=spf1 ip4:203.0.113.25 -all"
dmarc = "v=DMARC1; p=reject"
"""
ANSWERS = """
[[sender]]
name = "Mailer"
address = ["198.51.100.0/30"]
kind = "online service"
answer = "keep"
"""
LOCK_DOWN = """
[[inbound_connector]]
name = "Lock"
type = "Partner"
sender_domains = ["*"]
sender_ip_addresses = ["203.0.113.0/24"]
restrict_domains_to_ip_addresses = true
require_tls = false
"""
THERE_ALREADY = """
[[inbound_connector]]
name = "Mine"
type = "OnPremises"
sender_domains = ["*"]
sender_ip_addresses = ["203.0.113.25"]
"""
HEAD = ("Timestamp,NetworkMessageId,InternetMessageId,SenderMailFromAddress,SenderFromAddress,SenderIPv4,"
        "RecipientEmailAddress,Subject,EmailDirection,DeliveryAction,DeliveryLocation,AuthenticationDetails,"
        "Connectors").split(",")


def when(day, time):
    return datetime.datetime.strptime(f"2025-{day} {time}", "%Y-%m-%d %H:%M").strftime("%Y-%m-%dT%H:%M:%SZ")


class Evidence:
    def __init__(self):
        self.rows = []

    def add(self, sender, time, address=None, direction="Inbound", connector="", envelope="contoso.com"):
        number = len(self.rows) + 1
        dkim = "pass" if sender == "forwarder" else "none"
        spf = "fail" if sender == "forwarder" else "pass"
        details = json.dumps({"SPF": spf, "DKIM": dkim, "DMARC": "pass"})
        self.rows.append([time, f"{number:08}-0000-4000-8000-000000000001", f"<{number}@x>", f"{sender}@{envelope}",
                          f"{sender}@contoso.com", address or ADDRESS[sender], "ann@contoso.com", "Scan", direction,
                          "Delivered", "Inbox/folder", details, connector])

    def write(self, path, head=HEAD):
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(head)
            out.writerows(row[:len(head)] for row in self.rows)
        return path


class World:
    """The plan of a case, the tenant as it is now, and the mail that came since."""

    def __init__(self, folder, words):
        self.folder, self.evidence, self.options = folder, Evidence(), []
        senders, _, more = " ".join(words).partition(" with ")
        senders, self.has_connector = senders.split(), more == "its connector"
        before = Evidence()
        for day in range(1, 11):
            for sender in senders:
                if sender == "nobody":
                    continue
                own = "fabrikam.com" if sender == "partner" else "contoso.com"
                taken = {"direction": "Intra-org", "connector": "Mine"} if self.has_connector else {}
                before.add(sender, when(f"03-{day:02}", "09:00"), envelope=own, **taken)
        (folder / "tenant.toml").write_text(TENANT + (THERE_ALREADY if self.has_connector else ""))
        (folder / "lock.toml").write_text(LOCK_DOWN)
        given = ["--connectors", folder / "lock.toml"] if more == "lock-down" else []
        evidence = [before.write(folder / "before.csv")] if before.rows else []
        (folder / "keep.toml").write_text(ANSWERS)
        self.file = folder / "plan.json"
        done = postern("plan", folder / "tenant.toml", *evidence, *given, "--senders", folder / "keep.toml", "--plan",
                       self.file)
        assert done.status in (0, 1, 3), done
        self.plan = json.loads(self.file.read_text())
        self.plan["made"]["at"] = MADE
        self.file.write_text(sealed(self.plan))
        self.tenant = json.loads(json.dumps(self.plan["read"]["tenant"]))
        self.tenant["TransportRule"] = []
        self.untold = Evidence()

    def connector(self, sender):
        """The step for it, or the connector that it has already; None where there is none."""
        if self.has_connector:
            [mine] = self.plan["read"]["tenant"]["InboundConnector"]
            return mine
        kind = {"scanner": "OnPremises", "mailer": "Partner"}.get(sender)
        found = [s for s in self.plan["steps"] if s["kind"] == "create" and s["after"]["ConnectorType"] == kind]
        return found[0]["after"] if found else None

    def do(self, words):
        word, *rest = words
        if word == "connectors":
            for step in self.plan["steps"]:
                missing = rest[2:3] == ["but"] and step["after"] == self.connector(rest[3])
                if step["kind"] == "create" and not missing:
                    self.tenant["InboundConnector"].append({**step["after"], "WhenChangedUTC": when(*rest[:2])})
        elif word == "disabled":
            for each in self.tenant["InboundConnector"]:
                each["Enabled"] = each["Enabled"] and each["Name"] != self.connector(rest[0])["Name"]
        elif word == "rule":
            self.tenant["TransportRule"].append({"Name": "Postern - own domains from outside (test)",
                                                 "State": "Enabled", "Mode": "Audit"})
        elif words == ["no", "rules"]:
            del self.tenant["TransportRule"]
        elif word == "switch":
            self.tenant["OrganizationConfig"]["RejectDirectSend"] = True
            if rest != ["unknown"]:
                self.options += ["--since", when(*rest)]
        elif word == "somebody":
            self.tenant["AcceptedDomain"].append({"DomainName": rest[1], "DomainType": "Authoritative"})
        elif word == "mail":
            self.mail(*rest)
        elif word == "unreadable":
            self.evidence.add("scanner", "yesterday")
        else:
            raise ValueError(words)

    def mail(self, sender, day, time, how, _=None, address=None):
        at, connector = when(day, time), self.connector(sender)
        if how == "named":
            # A device that an OnPremises connector takes is the organisation's own.
            own = connector["ConnectorType"] == "OnPremises"
            self.evidence.add(sender, at, address, "Intra-org" if own else "Inbound", connector["Name"])
        elif how == "other":
            self.evidence.add(sender, at, address, connector="Somebody else's")
        elif how == "moved":
            self.evidence.add(sender, at, address, envelope="bounce.mailer.example")
        elif how == "untold":
            self.untold.add(sender, at, address)
        else:
            assert how == "none", how
            self.evidence.add(sender, at, address)

    def ask(self):
        now = self.folder / "now.json"
        now.write_text(json.dumps(self.tenant))
        files = []
        if self.evidence.rows:
            files.append(self.evidence.write(self.folder / "after.csv"))
        if self.untold.rows:
            files.append(self.untold.write(self.folder / "untold.csv", HEAD[:-1]))
        return postern("plan", "next", self.file, *files, "--tenant", now, "--senders", self.folder / "keep.toml",
                       *self.options, "--output", "json")


def cases(path):
    out = []
    for line in path.read_text().splitlines():
        if line.startswith("case "):
            out.append((line[5:], []))
        elif line and not line.startswith("#"):
            out[-1][1].append(line.split())
    return out


class Stages(unittest.TestCase):
    maxDiff = None

    def check(self, path):
        found = cases(path)
        self.assertTrue(found)
        for name, lines in found:
            with self.subTest(case=name), tempfile.TemporaryDirectory() as folder:
                self.one(lines, pathlib.Path(folder))

    def one(self, lines, folder):
        self.assertEqual(lines[0][0], "plan")
        world = World(folder, lines[0][1:])
        asked = {"due", "check", "says", "for"}
        for words in lines[1:]:
            if words[0] not in asked:
                world.do(words)
        done = world.ask()
        self.assertEqual(done.err, "")
        document = json.loads(done.out)
        self.assertEqual({words[0] for words in lines} & {"due", "check"}, {"due", "check"}, "a case must ask")
        for word, *rest in lines[1:]:
            if word == "due":
                stage = document["stages"][document["due"] - 1] if document["due"] else None
                said = ["nothing"] if stage is None else [str(stage["number"]), stage["kind"]]
                self.assertEqual(said, rest, done.out)
            elif word == "check":
                self.assertEqual(document["check"], " ".join(rest), done.out)
                self.assertEqual(done.status, (0, 1, 3)[KINDS.index(document["check"])])
            elif word == "says":
                self.assertIn(" ".join(rest), done.out)
            elif word == "for":
                names = {"scanner": ADDRESS["scanner"], "mailer": "Mailer"}
                [finding] = [f for f in document["findings"]
                             if f["sender"] == names.get(rest[0], f["sender"])
                             and (rest[0] != "forwarder" or f["connector"] is None)]
                self.assertIn(" ".join(rest[1:]), f"{finding['check']}: {finding['says']}")


for each in sorted(FOLDER.glob("*.txt")):
    setattr(Stages, f"test_{each.stem}", lambda self, path=each: self.check(path))


if __name__ == "__main__":
    unittest.main()

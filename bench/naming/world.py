"""Organisations as public reports describe them, made without a look at how Postern names senders.

Each habit stands beside where it was read; what was not found anywhere is marked "guess". Sources:
  MS      Exchange Team blog on RejectDirectSend, its FAQ, "Direct Send vs sending directly"
  DEF     Microsoft Learn, EmailEvents table; message headers in Defender
  DSZP    README of a public reporting script for Direct Send (2026-04)
  VAR     Varonis, June 2025: internal-looking lures sent straight to the tenant
  PP      Proofpoint, summer 2025: the same through unsecured relays of third parties
  IG      InfoGuard, June 2026: any sender past a third-party MX
  OPS     Mailu #2479 and #2954: hundreds of devices that cannot sign; forwarders; monitoring
  VEND    Zendesk, Salesforce, SendGrid help pages: envelope sender of the customer's domain
A message is a dict with the columns of EmailEvents plus "truth": the number of its actor.
"""

import random
from dataclasses import dataclass, field

DAY = 86400
START = 1790812800  # 2026-10-01
FIRST_NAMES = ("anna ben carla david elif fatma george hana ivan jonas karin liam mona nils olga "
               "paul quentin rosa sven tara uwe vera willem xenia yann zoe").split()
LAST_NAMES = ("adler brandt costa dietrich evans fischer garcia huber ito jansen klein lopez meyer "
              "novak olsen petit quist rossi schmidt toth ueda vogel weber young zimmer").split()

# Certain to a careful reader of the facts, and no business of the naming code.
LEGITIMATE = "legitimate"
FORGED = "forged"


@dataclass
class Actor:
    kind: str               # in Postern's words for kinds
    side: str
    case: str               # what the tables of the report call it
    addresses: list = field(default_factory=list)
    coverable: bool = False  # an address of its own, IPv4, fixed: a connector can name it
    messages: int = 0


class World:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.seed = seed
        self.domain = f"org{seed}.example"
        # Small and middle organisations are most of those that ask (DSZP: MSPs); guess: log-uniform.
        self.people_count = int(20 * (75 ** self.r.random()))
        self.people = self._people()
        self.days = 30 if self.r.random() < 0.85 else self.r.choice([7, 10, 14])  # DEF: 30 at most
        self.actors, self.rows = [], []
        self.spf = ["include:spf.protection.outlook.com"]
        self.third_party_mx = self.r.random() < 0.15  # IG: a fifth of scanned domains had one
        self.used = set()
        # DSZP: the extended report instead of EmailEvents where there is no E5 licence.
        self.form = "events" if self.r.random() < 0.75 else "extended"
        self._legitimate()
        self._attacks()
        self._outside()
        self.dmarc = self.r.choice(["none", "none", "quarantine", "reject"])

    # --- people and addresses ---

    def _people(self):
        out = []
        while len(out) < self.people_count:
            name = f"{self.r.choice(FIRST_NAMES)}.{self.r.choice(LAST_NAMES)}"
            out.append(f"{name}{'' if name not in out else len(out)}@{self.domain}")
        return out

    def address(self, pool):
        """Unused: offices and homes from documentation-free space, clouds and services from their own."""
        r = self.r
        while True:
            if pool == "office":
                text = f"{r.choice([80, 81, 87, 91, 178, 212, 217])}.{r.randrange(1, 255)}.{r.randrange(256)}.{r.randrange(1, 255)}"
            elif pool == "vps":  # VAR, PP: rented Windows servers
                text = f"{r.choice([45, 141, 146, 185, 193, 194])}.{r.randrange(1, 255)}.{r.randrange(256)}.{r.randrange(1, 255)}"
            elif pool == "sendgrid":
                text = f"167.89.{r.randrange(128)}.{r.randrange(1, 255)}"
            elif pool == "zendesk":
                text = f"188.172.{128 + r.randrange(16)}.{r.randrange(1, 255)}"
            elif pool == "salesforce":
                text = f"13.111.{r.randrange(256)}.{r.randrange(1, 255)}"
            elif pool == "azure":
                text = f"20.{r.randrange(33, 128)}.{r.randrange(256)}.{r.randrange(1, 255)}"
            elif pool == "aws":
                text = f"52.{r.randrange(16, 60)}.{r.randrange(256)}.{r.randrange(1, 255)}"
            else:  # exchange
                text = f"40.107.{r.randrange(256)}.{r.randrange(1, 255)}"
            if text not in self.used:
                self.used.add(text)
                return text

    def actor(self, kind, side, case, addresses, coverable=False):
        self.actors.append(Actor(kind, side, case, list(addresses), coverable))
        return len(self.actors) - 1

    def send(self, actor, day, hour, sender, to, subject, address, spf, dkim, *, aligned=True,
             host="", message_id=None, delivery=None, header_from=None):
        r = self.r
        at = START + day * DAY + int(hour * 3600) + r.randrange(3000)
        dmarc = "pass" if spf == "pass" or (dkim == "pass" and aligned) else "fail"
        # HirotomoTaguchi: CompAuth fail where nothing passes; MS: delivered all the same.
        compauth = "pass" if dmarc == "pass" else r.choice(["fail", "fail", "none"])
        if delivery is None:
            delivery = "Delivered" if dmarc == "pass" or r.random() < 0.65 else "Junked"
        number = len(self.rows)
        self.actors[actor].messages += 1
        self.rows.append({
            "at": at, "from": sender, "header_from": header_from or sender, "to": to,
            "subject": subject, "address": address, "spf": spf, "dkim": dkim, "dmarc": dmarc,
            "compauth": compauth, "delivery": delivery, "host": host, "truth": actor,
            "id": message_id or f"<{number:x}.{r.randrange(1 << 40):x}@{host or 'localhost'}>"})

    def workdays(self):
        return [d for d in range(self.days) if (d + 3) % 7 < 5]  # 2026-10-01 is a Thursday

    def exchange_id(self):
        r = self.r
        return (f"<{r.choice(['AM0PR', 'DB9PR', 'BN6PR'])}{r.randrange(10**6)}@AM0PR01MB{r.randrange(1000)}"
                ".eurprd01.prod.outlook.com>")

    # --- who sends rightly ---

    def _legitimate(self):
        r = self.r
        for _ in range(1 + int(self.people_count / 60 + r.random() * 2)):
            self.device()
        for chance, make in ((0.6, self.application), (0.5, self.monitoring), (0.35, self.monthly),
                             (0.6, self.service), (0.4, self.service), (0.25, self.signatures),
                             (0.35, self.forwarder), (0.12, self.sister_tenant), (0.12, self.azure),
                             (0.2, self.own_server), (0.2, self.cloud_machine)):
            if r.random() < chance:
                make()

    def office(self):
        """The organisation's way out: listed in SPF by address in about half of them (OPS; guess)."""
        if not hasattr(self, "way_out"):
            self.way_out = self.address("office")
            self.way_out_listed = self.r.random() < 0.55
            if self.way_out_listed:
                self.spf.append(f"ip4:{self.way_out}")
        return self.way_out, ("pass" if self.way_out_listed else self.r.choice(["softfail", "fail"]))

    def device(self):
        r = self.r
        place = r.choice(["hq", "lyon", "floor2", "warehouse", "reception", "lab"])
        sender = r.choice([f"scanner-{place}", "scan", "mfp", f"copier.{place}", "noreply",
                           f"ricoh-{place}", "km_c364"]) + f"{len(self.actors)}@{self.domain}"
        subject = r.choice(["Message from {}", "Scanned image from {}", "Scan {}", "{}: new document"])
        moves = r.random() < 0.15  # branch offices on lines without a fixed address (DSZP)
        listed = not moves and r.random() < 0.7
        if listed:
            address, spf = self.office()
        else:
            address, spf = self.address("office"), "softfail"
        case = ("device on changing addresses" if moves else
                "device on a listed network" if spf == "pass" else "device that SPF does not list")
        actor = self.actor("device or application", LEGITIMATE, case, [address],
                           coverable=not moves)
        users = r.sample(self.people, min(len(self.people), r.randrange(2, 12)))
        rate = r.choice([0.1, 0.5, 2, 5])
        keep = r.choice([1, 2, 7]) if moves else 0
        left = keep
        for day in self.workdays():
            if moves and left <= 0:
                address, left = self.address("office"), keep
                self.actors[actor].addresses.append(address)
            left -= 1
            for _ in range(int(rate) + (r.random() < rate % 1)):
                self.send(actor, day, r.uniform(7, 17), sender, r.choice(users),
                          subject.format(place), address, spf, "none")

    def application(self):
        """Nightly jobs of a business application in the own house (OPS)."""
        r = self.r
        address, spf = self.office() if r.random() < 0.7 else (self.address("office"), "softfail")
        actor = self.actor("device or application", LEGITIMATE,
                           "application in the house", [address], coverable=True)
        sender = r.choice(["erp", "sap", "crm", "navision", "reports", "orders"]) + "@" + self.domain
        users = r.sample(self.people, min(len(self.people), 6))
        for day in range(self.days):
            for to in r.sample(users, r.randrange(1, len(users) + 1)):
                self.send(actor, day, 3 + r.random(), sender, to, f"Report of day {day + 1}", address, spf, "none")

    def monitoring(self):
        r = self.r
        address, spf = self.office()
        actor = self.actor("device or application", LEGITIMATE, "monitoring, backups", [address], coverable=True)
        sender = r.choice(["backup", "ups", "nas", "zabbix", "veeam"]) + "@" + self.domain
        to = self.people[0]
        for day in range(self.days):
            if r.random() < 0.8:
                self.send(actor, day, r.uniform(0, 24), sender, to,
                          r.choice(["Backup job finished", "Job failed", "UPS on battery"]), address, spf, "none")

    def monthly(self):
        """Payslips or invoices: one run a month, to many (README of Postern's own: yearly runs)."""
        r = self.r
        address, spf = self.office() if r.random() < 0.5 else (self.address("office"), "softfail")
        actor = self.actor("device or application", LEGITIMATE, "one run a month", [address], coverable=True)
        day = r.randrange(self.days)
        for to in r.sample(self.people, max(3, int(len(self.people) * 0.6))):
            self.send(actor, day, 9 + r.random() * 2, f"payroll@{self.domain}", to, "Your payslip", address, spf, "none")

    def service(self):
        """VEND: the customer's domain as envelope sender; SPF include mostly there, DKIM in two of three."""
        r = self.r
        name, include, host = r.choice([
            ("sendgrid", "include:sendgrid.net", "o{}.ptr.sendgrid.net"),
            ("zendesk", "include:mail.zendesk.com", "outbyoip{}.pod17.zendesk.com"),
            ("salesforce", "include:_spf.salesforce.com", "smtp{}.mta.salesforce.com"),
            ("aws", "include:spf.crm-vendor.example", "mail{}.crm-vendor.example"),
            ("vps", "include:spf.event-tool.example", "mx{}.event-tool.example")])
        listed, signs = r.random() < 0.75, r.random() < 0.65
        if listed and include not in self.spf:
            self.spf.append(include)
        addresses = [self.address(name) for _ in range(r.choice([1, 2, 4, 6]))]
        actor = self.actor("online service", LEGITIMATE, "service that signs" if signs else "service that does not sign",
                           addresses, coverable=name == "vps")
        local = r.choice(["support", "info", "news", "events", "sales", "hr"])
        for day in range(self.days):
            for _ in range(r.choice([0, 1, 3, 8])):
                index = r.randrange(len(addresses))
                self.send(actor, day, r.uniform(6, 20), f"{local}@{self.domain}", r.choice(self.people),
                          r.choice(["Ticket {} updated", "Invitation {}", "Order {}"]).format(r.randrange(9999)),
                          addresses[index], "pass" if listed else "softfail", "pass" if signs else "none",
                          host=host.format(index + 1))

    def signatures(self):
        """DSZP: re-injection of people's mail whose addresses miss the connector; the signature breaks often."""
        r = self.r
        addresses = [self.address("azure") for _ in range(2)]
        listed, unbroken = r.random() < 0.6, r.random() < 0.4
        host = r.choice(["eu1.smtp.exclaimer.net", "us2.smtp.exclaimer.net", "smtp1.codetwo.online"])
        if listed:
            self.spf.append("include:spf.exclaimer.net")
        actor = self.actor("signature or gateway service", LEGITIMATE, "signature service", addresses)
        for day in self.workdays():
            for _ in range(r.randrange(3, 15)):
                a, b = r.sample(self.people, 2)
                self.send(actor, day, r.uniform(7, 18), a, b, r.choice(["Re: budget", "Minutes", "Lunch?", "Offer"]),
                          r.choice(addresses), "pass" if listed else "softfail", "pass" if unbroken else "fail",
                          host=host, message_id=self.exchange_id())

    def forwarder(self):
        """MS: a known issue; somebody outside forwards own mail back without SRS."""
        r = self.r
        address = self.address("office")
        intact = r.random() < 0.7
        actor = self.actor("forwarder", LEGITIMATE, "forwarder, DKIM intact" if intact else "forwarder, DKIM broken",
                           [address])
        to = r.choice(self.people)
        for day in self.workdays():
            for _ in range(r.choice([0, 1, 2])):
                self.send(actor, day, r.uniform(8, 18), r.choice(self.people), to, r.choice(["Re: club", "Order", "Agenda"]),
                          address, "fail", "pass" if intact else "fail", host="mail.club.example",
                          message_id=self.exchange_id())

    def sister_tenant(self):
        r = self.r
        addresses = [self.address("exchange") for _ in range(4)]
        actor = self.actor("other tenant", LEGITIMATE, "another tenant of ours", addresses)
        for day in self.workdays():
            for _ in range(r.randrange(0, 4)):
                self.send(actor, day, r.uniform(8, 18), f"shop@{self.domain}", r.choice(self.people), "Order",
                          r.choice(addresses), "pass", r.choice(["none", "pass"]), aligned=False,
                          host="mail-am6eur05on2100.outbound.protection.outlook.com", message_id=self.exchange_id())

    def azure(self):
        """MS: verified domain at Azure Communication Services; SPF and DKIM of that domain pass."""
        r = self.r
        addresses = [self.address("azure") for _ in range(2)]
        actor = self.actor("Azure Communication Services", LEGITIMATE, "Azure Communication Services", addresses)
        for day in range(self.days):
            if r.random() < 0.6:
                self.send(actor, day, r.uniform(0, 24), f"donotreply@{self.domain}", r.choice(self.people), "Your code",
                          r.choice(addresses), "pass", "pass", message_id=f"<{r.randrange(1 << 40):x}@donotreply.azurecomm.net>")

    def own_server(self):
        r = self.r
        listed = r.random() < 0.7
        address = self.address("office")
        if listed:
            self.spf.append(f"ip4:{address}")
        actor = self.actor("own server", LEGITIMATE, "server of one's own", [address], coverable=True)
        for day in self.workdays():
            for _ in range(r.randrange(2, 10)):
                a, b = r.sample(self.people, 2)
                self.send(actor, day, r.uniform(7, 18), a, b, "Note", address, "pass" if listed else "softfail", "none",
                          host=f"mail.{self.domain}")

    def cloud_machine(self):
        """A web shop on a rented machine (DSZP); SPF lists its address in half of the cases (guess)."""
        r = self.r
        address, listed = self.address("aws"), r.random() < 0.5
        if listed:
            self.spf.append(f"ip4:{address}")
        actor = self.actor("device or application", LEGITIMATE, "machine in a cloud", [address])
        for day in range(self.days):
            for _ in range(r.choice([0, 1, 2])):
                self.send(actor, day, r.uniform(0, 24), f"shop@{self.domain}", r.choice(self.people[:5]), f"Order {r.randrange(9999)}",
                          address, "pass" if listed else "softfail", "none",
                          host=f"ec2-{address.replace('.', '-')}.eu-central-1.compute.amazonaws.com")

    # --- who does not ---

    def _attacks(self):
        r = self.r
        if r.random() < 0.35:
            return  # most tenants are not hit in a given month
        for make in r.sample([self.to_themselves, self.through_relays, self.as_the_boss, self.slow_copy,
                              self.customer_of_the_service, self.interlude], r.randrange(1, 4)):
            make()

    def to_themselves(self):
        """VAR: Send-MailMessage from a rented server, each to itself, fax and voicemail."""
        r = self.r
        address, day = self.address("vps"), r.randrange(self.days)
        actor = self.actor("attack", FORGED, "to themselves", [address])
        for to in r.sample(self.people, max(1, int(len(self.people) * r.choice([0.05, 0.2, 0.5])))):
            self.send(actor, day, 9 + r.random() * 3, to, to, r.choice(["New Missed Fax-msg", "Caller left VM message"]),
                      address, "softfail" if r.random() < 0.7 else "fail", "none", host="WIN-BUNS25TD77J")

    def through_relays(self):
        """PP: many open relays of others, wire, task and voicemail lures; marked, and put into junk."""
        r = self.r
        addresses = [self.address("vps") for _ in range(r.randrange(3, 9))]
        actor = self.actor("attack", FORGED, "through relays", addresses)
        day = r.randrange(self.days)
        for to in r.sample(self.people, max(2, int(len(self.people) * 0.15))):
            sender = r.choice([to, f"hr@{self.domain}", f"accounts@{self.domain}", f"noreply@{self.domain}"])
            self.send(actor, min(self.days - 1, day + r.randrange(2)), r.uniform(6, 20), sender, to,
                      r.choice(["Task reminder", "Wire transfer authorization", "Voicemail received"]),
                      r.choice(addresses), "fail", "none", delivery=r.choice(["Junked", "Junked", "Delivered"]))

    def as_the_boss(self):
        r = self.r
        address = self.address("vps")
        actor = self.actor("attack", FORGED, "as the boss", [address])
        for _ in range(r.randrange(1, 4)):
            self.send(actor, r.randrange(self.days), r.uniform(7, 18), self.people[0], r.choice(self.people[1:4]),
                      r.choice(["Are you at your desk?", "Urgent payment", "Invoice"]), address, "softfail", "none")

    def slow_copy(self):
        """Somebody who knows the scanner's sender and subject: once a week, from elsewhere."""
        r = self.r
        models = [row for row in self.rows if self.actors[row["truth"]].case.startswith("device")]
        if not models:
            return
        model, address = r.choice(models), self.address("vps")
        actor = self.actor("attack", FORGED, "slow copy of a device", [address])
        for day in range(r.randrange(7), self.days, 7):
            self.send(actor, day, r.uniform(7, 17), model["from"], r.choice(self.people), model["subject"], address, "softfail", "none")

    def customer_of_the_service(self):
        """MS, VEND: another customer of a service that the SPF record includes; SPF passes, and DMARC by it."""
        r = self.r
        pool = next((p for p, i in (("sendgrid", "include:sendgrid.net"), ("zendesk", "include:mail.zendesk.com"),
                                    ("salesforce", "include:_spf.salesforce.com")) if i in self.spf), None)
        if pool is None:
            return
        rightly = [a for actor in self.actors for a in actor.addresses if a.startswith(("167.89.", "188.172.", "13.111."))]
        shares = bool(rightly) and r.random() < 0.5
        address = r.choice(rightly) if shares else self.address(pool)
        actor = self.actor("attack", FORGED, "another customer of the service", [address])
        day = r.randrange(self.days)
        for to in r.sample(self.people, max(1, int(len(self.people) * 0.1))):
            self.send(actor, day, r.uniform(8, 18), f"it-support@{self.domain}", to, "Password expires today", address,
                      "pass", r.choice(["none", "pass"]), aligned=False, host=f"o9.ptr.{pool}.net")

    def interlude(self):
        """One mail, and never again."""
        address = self.address("vps")
        actor = self.actor("attack", FORGED, "one message", [address])
        to = self.r.choice(self.people)
        self.send(actor, self.r.randrange(self.days), 10, to, to, "Document shared with you", address, "fail", "none")

    # --- the rest of the world ---

    def _outside(self):
        """Ordinary mail from outside, so that mailboxes show; not sent as the tenant."""
        r = self.r
        self.outside = []
        gateway = [self.address("vps") for _ in range(2)] if self.third_party_mx else None
        for number in range(min(600, self.people_count * 3)):
            self.outside.append({
                "at": START + r.randrange(self.days) * DAY + r.randrange(DAY), "from": f"p{r.randrange(999)}@partner{r.randrange(60)}.example",
                "to": r.choice(self.people), "subject": "Hello", "spf": "pass", "dkim": "pass", "dmarc": "pass", "compauth": "pass",
                "delivery": "Delivered", "id": f"<out{number}@partner.example>", "host": "",
                "address": r.choice(gateway) if gateway else f"{r.choice([62, 77, 93])}.{r.randrange(255)}.{r.randrange(255)}.{r.randrange(1, 255)}"})

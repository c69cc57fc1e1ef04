"""What a world is made of: a tenant, its senders, every mail they sent, and the addresses they sent from."""

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

END = datetime(2026, 11, 1, tzinfo=timezone.utc)  # evidence ends before this moment
AFTERWARDS_DAYS = 14  # mail after the evidence, which no program has seen

# Published ranges of Exchange Online's own outbound servers (Microsoft 365 URLs and IP address ranges).
EXCHANGE_ONLINE = [ipaddress.ip_network(n) for n in ("40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14")]


@dataclass
class Mail:
    """One message to one recipient."""

    sender: int  # number of the sender in World.senders
    time: datetime
    ip: str  # as Exchange Online sees the client; empty: handed in by a signed-in mailbox
    mail_from: str  # envelope sender, empty: the null reverse-path
    header_from: str
    rcpt: str
    subject: str
    helo: str = ""
    message_id: str = ""
    tls: bool = True
    certificate: str = ""
    dkim: str = "none"  # result for the domain of header_from
    dkim_of: str = ""  # domain of a stranger whose signature passes, where dkim is none
    spf: str = ""
    dmarc: str = ""
    compauth: str = ""
    signed_in: bool = False
    acs: bool = False
    behind: str = ""  # the device behind an own relay
    delivered: str = "inbox"
    network_id: str = ""
    connector: str = ""  # which took it when it came


@dataclass
class Sender:
    """Who sends, and the truth about it."""

    kind: str
    legitimate: bool
    # What lets its mail in after the switch: "address", "certificate" or "" where no connector can
    # (IPv6, addresses that change or that strangers share, forwarders).
    cover: str = ""
    why: str = ""


@dataclass
class Domain:
    name: str
    spf: list = field(default_factory=list)  # mechanisms as published
    spf_networks: list = field(default_factory=list)  # what they come to
    spf_all: str = "softfail"  # "none": no record
    dmarc: str = ""  # "": no record
    dkim: bool = False
    match_subdomains: bool = False
    default: bool = False


@dataclass
class Tenant:
    name: str
    people: list = field(default_factory=list)
    domains: list = field(default_factory=list)
    gateway: str = ""  # host name of the MX, where it is not Microsoft
    connectors: list = field(default_factory=list)  # Get-InboundConnector's properties
    switch: object = None

    @property
    def domain(self):
        return self.domains[0]


@dataclass
class World:
    seed: int
    rng: object
    tenant: Tenant
    start: datetime
    senders: list = field(default_factory=list)
    mails: list = field(default_factory=list)
    relay_ips: list = field(default_factory=list)
    addresses: object = None

    @property
    def days(self):
        return (END - self.start).days

    def add(self, sender):
        self.senders.append(sender)
        return len(self.senders) - 1

    def person(self):
        return self.rng.choice(self.tenant.people)

    def some_people(self, most):
        count = max(1, min(most, len(self.tenant.people)))
        return self.rng.sample(self.tenant.people, count)


class Addresses:
    """Hands out IPv4 /24 blocks, each to one owner, out of /16 blocks of the kind that its use has.

    Providers' blocks as the regional registries list them: whoever reads an address may know that it is
    a hoster's, where the next tenant may have it tomorrow, or a telephone company's."""

    TELEPHONE = ("79.200", "80.140", "84.150", "87.140", "91.20", "93.210", "217.85", "62.226", "88.70", "82.55", "81.130", "86.140", "90.40", "73.110", "98.200")
    HOSTER = ("88.198", "144.76", "5.9", "51.68", "54.36", "104.131", "159.89", "139.28", "45.9", "193.34")
    SENDER = ("149.72", "159.183", "136.143", "205.201", "188.172", "87.253", "198.37")

    def __init__(self, rng):
        self.rng = rng
        self.taken = set()

    def block16(self, blocks=TELEPHONE):
        return self.rng.choice(blocks)

    def block24(self, blocks=TELEPHONE):
        while True:
            block = "%s.%d" % (self.block16(blocks), self.rng.randrange(1, 255))
            if block not in self.taken:
                self.taken.add(block)
                return block

    def one(self, block24=None):
        return "%s.%d" % (block24 or self.block24(), self.rng.randrange(2, 254))

    def hosted(self):
        return self.one(self.block24(self.HOSTER))

    def shared(self):
        return self.block24(self.SENDER)

    def exchange_online(self):
        return "40.107.%d.%d" % (self.rng.randrange(1, 250), self.rng.randrange(2, 250))


def spf_result(domain, ip):
    """RFC 7208 over what the domain's record comes to."""
    if domain is None or domain.spf_all == "none":
        return "none"
    address = ipaddress.ip_address(ip)
    if any(address.version == n.version and address in n for n in domain.spf_networks):
        return "pass"
    return domain.spf_all


def authenticate(tenant, mail, rng):
    """Fills in what Exchange Online would find: RFC 7208, RFC 7489 3.1, and composite
    authentication, which fails the organisation's own domain where DMARC does not pass
    (anti-spam message headers, Microsoft Learn: reason 6xx) unless spoof intelligence lets it be."""
    if mail.signed_in:
        return
    by_name = {d.name: d for d in tenant.domains}
    mail_from = mail.mail_from.rpartition("@")[2]
    header_from = mail.header_from.rpartition("@")[2]
    if not mail.spf:
        mail.spf = spf_result(by_name.get(mail_from), mail.ip) if mail_from in by_name else "pass"
    own = by_name.get(header_from)
    aligned = (mail.spf == "pass" and mail_from == header_from) or mail.dkim == "pass"
    if own is None:
        mail.dmarc, mail.compauth = "pass", "pass"
        return
    mail.dmarc = "pass" if aligned else ("fail" if own.dmarc else "none")
    mail.compauth = "pass" if aligned else rng.choice(("fail", "fail", "none"))


def weekday(day):
    return day.weekday() < 5


def office_hours(rng, day):
    return day + timedelta(hours=7 + rng.random() * 10)


def any_hour(rng, day):
    return day + timedelta(seconds=rng.randrange(86400))


def days_of(world, afterwards=True):
    """Every day of the evidence, and of the fortnight after it."""
    count = world.days + (AFTERWARDS_DAYS if afterwards else 0)
    return [world.start + timedelta(days=n) for n in range(count)]

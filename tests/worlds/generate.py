#!/usr/bin/env python3
"""Makes worlds: tenants whose senders are known, with the evidence that their administrators would have.

    generate.py FOLDER --seed 7 [--count 100]

writes FOLDER/SEED/{tenant,evidence}/ and truth.json. The same seed makes the same world. Written by
somebody who had not read how the program names senders (docs/classification.md says why).
"""

import argparse
import json
import math
import os
import random
import sys
import uuid
from collections import Counter
from datetime import timedelta

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import attackers
import exports
import legitimate
import rule
from world import END, EXCHANGE_ONLINE, Addresses, Domain, Tenant, World, authenticate

NAMES = ("northwind", "tailspin", "wingtip", "proseware", "litware", "humongous", "lucerne", "treyresearch", "margies", "fourthcoffee")
FIRST = ("ann", "bob", "carla", "dirk", "eva", "finn", "grete", "hiro", "ines", "jonas", "kira", "lars", "mona", "nils", "olga", "paul", "rosa", "sven", "tina", "uwe")
LAST = ("adler", "berg", "claus", "diaz", "ernst", "falk", "gross", "hahn", "ito", "jung", "koch", "lang", "mohr", "noll", "otto", "pohl", "reis", "seitz", "thoma", "ulm")


def tenant_of(rng):
    size = int(math.exp(rng.uniform(math.log(5), math.log(1000))))
    word = "%s%d" % (rng.choice(NAMES), rng.randrange(100))
    tenant = Tenant(word + ".example")
    for n in range(rng.choice((1, 1, 1, 2, 3))):
        domain = Domain(word + (".example", "-shop.example", "-holding.example")[n], default=n == 0)
        domain.spf_all = rng.choice(("softfail", "softfail", "fail", "fail", "neutral", "none"))
        domain.spf = ["include:spf.protection.outlook.com"]
        domain.spf_networks = list(EXCHANGE_ONLINE)
        domain.dmarc = rng.choice(("", "v=DMARC1; p=none; rua=mailto:d@{0}", "v=DMARC1; p=none; rua=mailto:d@{0}",
                                   "v=DMARC1; p=quarantine", "v=DMARC1; p=reject; rua=mailto:d@{0}")).format(domain.name)
        domain.dkim = rng.random() < 0.6
        domain.match_subdomains = n > 0 and rng.random() < 0.2
        tenant.domains.append(domain)
    tenant.people = sorted({"%s.%s%s@%s" % (rng.choice(FIRST), rng.choice(LAST), "" if n < 200 else n, rng.choice(tenant.domains).name) for n in range(size)})
    rng.shuffle(tenant.people)
    tenant.switch = rng.choice((None, None, None, False, False, False, False, False, False, False, False, True))
    return tenant


def behind_the_gateway(world, ips, first):
    """Whoever sends to our MX reaches Exchange from the gateway: services and news, and what slips through."""
    rng = world.rng
    routed = {"online service", "newsletter", "forwarder"}
    through = {n for n, s in enumerate(world.senders) if n >= first and (s.kind in routed or (not s.legitimate and rng.random() < 0.2))}
    for m in world.mails:
        if m.sender in through:
            m.ip, m.helo, m.certificate, m.tls = rng.choice(ips), world.tenant.gateway, "*.mailguard.example", True
    for n in through:
        if world.senders[n].legitimate:
            world.senders[n].cover, world.senders[n].why = "address", "through the gateway"
        world.senders[n].kind += ", through the gateway"


def connectors_of(world, ips):
    """What administrators have already: hybrid, a connector for an office, the gateway's, and odd ones."""
    rng, tenant = world.rng, world.tenant
    made = legitimate.connector
    if ips:
        tenant.connectors += rng.choice((
            [made("Gateway only", "Partner", [ips[0].rsplit(".", 1)[0] + ".0/24"], restrict=True)],
            [made("Gateway only", "Partner", certificate="*.mailguard.example", restrict=True, tls=True)],
            [made("From gateway", "Partner", [ips[0].rsplit(".", 1)[0] + ".0/24"])], [], []))
    if rng.random() < 0.2:
        tenant.connectors.append(made("Hybrid", "OnPremises", certificate="*." + tenant.domain.name))
    if rng.random() < 0.05:
        tenant.connectors.append(made("By domain", "Partner", domains=["smtp:%s;1" % tenant.domain.name]))
    if rng.random() < 0.05:
        tenant.connectors.append(made("Old scanner", "OnPremises", [world.addresses.one()], enabled=False))


def populate(world):
    rng, size = world.rng, len(world.tenant.people)
    often = 1 + (size > 40) + (size > 150) + (size > 500)
    ips = []
    if world.tenant.gateway:
        block = world.addresses.shared()
        ips = ["%s.%d" % (block, n) for n in rng.sample(range(2, 250), 3)]
    legitimate.everyday(world)
    connectors_of(world, ips)
    for _ in range(rng.randrange(1, 2 + often)):
        ip = legitimate.office(world, listed=rng.random() < 0.5)
        if rng.random() < 0.25:
            world.tenant.connectors.append(legitimate.connector("Office %s" % ip, "OnPremises", [ip]))
        if rng.random() < 0.3:
            legitimate.application(world, ip=ip)
    for _ in range(rng.randrange(0, 1 + 2 * often)):
        legitimate.application(world)
    first = len(world.senders)
    for _ in range(rng.randrange(0, 2 + often)):
        legitimate.online_service(world)
    for chance, habit in ((0.25, legitimate.newsletter), (0.15, legitimate.forwarder)):
        if rng.random() < chance:
            habit(world)
    for chance, habit in ((0.12, legitimate.branch_on_dsl), (0.1, lambda w: legitimate.application(w, v6=True)), (0.12, legitimate.communication_services),
                          (0.1, legitimate.high_volume_email), (0.08, legitimate.phishing_exercise)):
        if rng.random() < chance:
            habit(world)
    if rng.random() < 0.15:
        legitimate.signatures(world, covered=rng.random() < 0.5)
    if rng.random() < 0.2:
        legitimate.own_relay(world, listed=rng.random() < 0.6)
    if ips:
        legitimate.through_gateway(world, ips)
    for _ in range(rng.randrange(0, 3 + 2 * often)):
        rng.choice(attackers.HABITS)(world)
    if ips:
        behind_the_gateway(world, ips, first)


def settle_truth(world):
    """What Exchange Online did with each mail when it came, and what a connector could let in."""
    tenant = as_rule(world.tenant)
    world.mails.sort(key=lambda m: m.time)
    # Mail of devices that nobody lists ends in junk as well (anti-spoofing, Microsoft Learn), where nobody minded.
    junked = {n for n, s in enumerate(world.senders) if s.legitimate and world.rng.random() < 0.15}
    hostile = {m.ip for m in world.mails if not world.senders[m.sender].legitimate and m.ip}
    for m in world.mails:
        m.network_id = str(uuid.UUID(int=world.rng.getrandbits(128)))
        authenticate(world.tenant, m, world.rng)
        taken, how = rule.decide(tenant, m.__dict__, world.tenant.connectors, bool(world.tenant.switch))
        if m.sender in junked and m.compauth == "fail" and world.rng.random() < 0.5:
            m.delivered = "junk"
        m.connector = how if taken and how != "signed in" else ""
        m.refusal = "" if taken else "550 %s TenantInboundAttribution; refused" % how.split()[0]
    for number, sender in enumerate(world.senders):
        if sender.legitimate and sender.cover == "address" and hostile & {m.ip for m in world.mails if m.sender == number}:
            sender.cover, sender.why = "", "an attacker sends from the same address"


def as_rule(tenant):
    domains = [{"name": d.name, "match_subdomains": d.match_subdomains} for d in tenant.domains]
    return {"domains": domains}


def write_evidence(world, folder):
    """Chooses what this administrator has. Returns the program's arguments, and which mails are in it."""
    rng = world.rng
    os.makedirs(folder)
    seen = [m for m in world.mails if m.time < END]
    inside = set()
    taken = [m for m in seen if not m.refusal]
    if rng.random() < 0.06:  # days that nobody exported
        hole = world.start + timedelta(days=rng.randrange(1, max(2, world.days - 4)))
        taken = [m for m in taken if not hole <= m.time < hole + timedelta(days=3)]
    shape = rng.choice(("events",) * 9 + ("events and reports",) * 2 + ("trace and details",) * 3 + ("events and trace",) * 2 + ("trace",) + ("reports",))
    reported = {d.name for d in world.tenant.domains if "rua=" in d.dmarc}
    if world.tenant.gateway or not reported:  # Microsoft reports to those alone whose MX it is
        shape = {"reports": "events", "events and reports": "events"}.get(shape, shape)
    args = []
    if "events" in shape:
        own = {d.name for d in world.tenant.domains}
        rows = [m for m in taken if m.mail_from.rpartition("@")[2] in own] if rng.random() < 0.3 else taken
        exports.email_events(world, rows, os.path.join(folder, "EmailEvents.csv"))
        inside |= {id(m) for m in rows}
    if "trace" in shape:
        inside |= {id(m) for m in taken}
        exports.message_trace(taken, os.path.join(folder, "trace.csv"), as_envelope=rng.random() < 0.5)
    if "details" in shape:
        exports.trace_details(taken, os.path.join(folder, "detail.csv"))
    if "reports" in shape:
        inside |= exports.dmarc_reports(world, taken, os.path.join(folder, "dmarc"))
    if world.relay_ips and rng.random() < 0.7:
        relayed = [(m, m.refusal) for m in seen if m.behind]
        exports.postfix_log(world, relayed, os.path.join(folder, "mail.log"))
        inside |= {id(m) for m, _ in relayed}
        for ip in world.relay_ips:
            args += ["--relay-ip", ip]
    return shape, args, inside


def build(seed):
    rng = random.Random(seed)
    tenant = tenant_of(rng)
    world = World(seed, rng, tenant, END - timedelta(days=rng.randrange(10, 61)))
    world.addresses, world.shared_services = Addresses(rng), []
    if rng.random() < 0.3:
        tenant.gateway = "mx1.mailguard.example"
    populate(world)
    settle_truth(world)
    return world


def shown(mail):
    """DKIM as EmailEvents shows it, whoever signed."""
    return "pass" if mail.dkim_of else mail.dkim


def fact(world, mail, dns):
    """What proves the mail to be the domain's, as far as this administrator has it; "" where nothing does."""
    if any(c["ConnectorType"] == "OnPremises" and rule.has_address(c, mail.ip) for c in world.tenant.connectors if mail.ip):
        return "in a connector"
    if dns and mail.ip and any("ip4:" + mail.ip in d.spf or "ip6:" + mail.ip in d.spf for d in world.tenant.domains):
        return "listed"
    return "signed" if mail.dkim == "pass" else ""


def alike(world, inside, dns):
    """The mails, those together that differ in nothing that the rule or the program's piles look at."""
    counts = Counter(
        (m.sender, m.ip, m.mail_from, m.tls, m.certificate, m.acs, m.signed_in, m.spf, shown(m), bool(m.refusal), id(m) in inside, m.time >= END, fact(world, m, dns))
        for m in world.mails)
    names = ("sender", "ip", "mail_from", "tls", "certificate", "acs", "signed_in", "spf", "dkim", "refused_today", "in_evidence", "afterwards", "fact")
    return [dict(zip(names, key), count=count) for key, count in counts.items()]


def write(world, folder):
    os.makedirs(folder)
    shape, args, inside = write_evidence(world, os.path.join(folder, "evidence"))
    dns = world.rng.random() < 0.8
    exports.tenant_folder(world, os.path.join(folder, "tenant"), with_dns=dns)
    truth = {
        "seed": world.seed, "people": len(world.tenant.people), "days": world.days, "evidence": shape, "arguments": args,
        "gateway": world.tenant.gateway, "domains": as_rule(world.tenant)["domains"], "connectors": world.tenant.connectors,
        "switch": world.tenant.switch, "senders": [s.__dict__ for s in world.senders],
        "mails": alike(world, inside, dns)}
    exports.write_json(folder, "truth.json", truth)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1)
    options = parser.parse_args()
    for seed in range(options.seed, options.seed + options.count):
        write(build(seed), os.path.join(options.folder, str(seed)))


if __name__ == "__main__":
    main()

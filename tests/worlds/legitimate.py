"""Senders that are the organisation's, with habits from published descriptions.

Sources, by the mark that the functions give:
 DEVICES  Microsoft Learn, "How to set up a multifunction device or application to send email using
          Microsoft 365": fixed public addresses, Direct Send without sign-in, SPF by ip4
 SPOOFING Microsoft Learn, "Spoof intelligence insight": legitimate senders that spoof the own domain
          (polls and news by third parties, applications, an assistant's tool)
 FAQ      Exchange Team Blog, "Introducing more control over Direct Send", questions and changes:
          Azure Communication Services, forwarders without SRS, vendors whose SPF and DKIM pass
 DSZP     dszp/Microsoft-Direct-Send-Reporting, README: signature services that miss their connector
 VENDORS  Salesforce KB 005133045 and Zendesk 9646355655450: mail under the customer's own domain
 GATEWAY  Microsoft Learn, "Manage mail flow using a third-party cloud service"
"""

import ipaddress
import uuid
from datetime import timedelta

from world import Mail, Sender, any_hour, days_of, office_hours, weekday

# Subjects that devices write when nobody changed them: the vendors' manuals.
DEVICE_SUBJECTS = (
    'Message from "RNP{serial}"', "Message from KM_C{model}i", "Scanned from a Xerox Multifunction Printer",
    "Attached Image", "Scan from HP-MFP-{floor}", "Scanned image from MX-{model}N", "Scan to E-mail",
    "Brother {model}: scanned document", "E-STUDIO{model} scan {serial}", "Scan {serial}",
)
DEVICE_NAMES = ("scanner", "copier", "mfp", "printer", "scan", "kopierer", "canon", "ricoh-2f", "noreply-scan")
APPLICATIONS = (
    ("erp", ("Purchase order {serial} awaits approval", "Invoice {serial} posted"), "weekday", 8),
    ("backup", ("Backup job {model} finished", "Backup job {model} finished with warnings"), "nightly", 1),
    ("monitoring", ("PROBLEM: disk on srv{floor}", "RECOVERY: disk on srv{floor}"), "bursts", 9),
    ("ups", ("UPS on battery", "UPS back on line"), "rare", 2),
    ("hr", ("Leave request of {person}", "Time sheet of {person} is missing"), "weekday", 4),
    ("payroll", ("Your payslip is ready",), "monthly", 0),
    ("ticket", ("[#{serial}] New ticket", "[#{serial}] Ticket updated"), "weekday", 12),
    ("door", ("Visitor for {person} at the door",), "weekday", 3),
    ("sql", ("Nightly report {serial}",), "nightly", 3),
)
SERVICES = (
    # name, host of Message-IDs, certificate, include, subjects
    ("salesforce", "salesforce.com", "", "_spf.salesforce.com", ("A lead was assigned to you", "Case {serial} changed")),
    ("zendesk", "zendesk.com", "", "mail.zendesk.com", ("[Request {serial}] was updated", "New request {serial}")),
    ("sendgrid", "ismtpd0{floor}.sendgrid.net", "*.smtp.sendgrid.net", "sendgrid.net", ("Your order {serial}", "Sign-in code")),
    ("survey", "polls.tally-vote.example", "", "spf.tally-vote.example", ("Tell us how you like the canteen", "Poll {serial}")),
    ("forms", "forms.fieldset.example", "", "spf.fieldset.example", ("New entry {serial} in your form",)),
    ("crm", "bounce.kundenhaus.example", "", "spf.kundenhaus.example", ("Follow up with customer {serial}",)),
    ("learning", "mailer.coursebook.example", "", "spf.coursebook.example", ("Your course begins tomorrow",)),
)


def text(world, pattern, person=None):
    rng = world.rng
    return pattern.format(serial=rng.randrange(1000, 999999), model=rng.choice((224, 301, 360, 458, 4070)),
                          floor=rng.randrange(1, 9), person=(person or world.person()).split("@")[0])


def own_address(world, local):
    return "%s@%s" % (local, world.rng.choice(world.tenant.domains).name)


def list_in_spf(world, ip, domain_name):
    for domain in world.tenant.domains:
        if domain.name == domain_name and domain.spf_all != "none":
            domain.spf.append("ip4:" + ip if ":" not in ip else "ip6:" + ip)
            domain.spf_networks.append(ipaddress.ip_network(ip))


def scale(world, most):
    return max(1, min(most, int(len(world.tenant.people) ** 0.5)))


def put(world, number, when, ip, mail_from, rcpt, subject, **more):
    more.setdefault("header_from", mail_from)
    host = more.pop("host", "[%s]" % ip)
    more.setdefault("message_id", "<%s@%s>" % (uuid.UUID(int=world.rng.getrandbits(128)).hex[:18], host))
    world.mails.append(Mail(number, when, ip, mail_from, rcpt=rcpt, subject=subject, **more))


def device_days(world, share=0.9):
    return [d for d in days_of(world) if weekday(d) and world.rng.random() < share]


def scanner(world, ip, listed, fixed=True, name=None, address_of_day=None):
    """DEVICES. A scanner behind the office's address, under its own name or its user's."""
    rng = world.rng
    number = world.add(Sender("device", True, "address" if fixed else "", "" if fixed else "its address changes"))
    mail_from = own_address(world, name or rng.choice(DEVICE_NAMES))
    as_user = rng.random() < 0.2  # scan-to-mail after sign-in at the panel
    if listed:
        list_in_spf(world, ip, mail_from.split("@")[1])
    pattern = rng.choice(DEVICE_SUBJECTS)
    subject, vary = text(world, pattern), "{serial}" in pattern and rng.random() < 0.5
    tls = rng.random() < 0.6
    people = world.some_people(scale(world, 20) * 2)
    host = rng.choice(("[127.0.0.1]", "mfp%d" % rng.randrange(1, 30), "localhost", "[192.168.1.%d]" % rng.randrange(2, 250)))
    busy = rng.choice((1, 1, 2, 4))
    for day in device_days(world, rng.choice((0.4, 0.9, 0.95))):
        source = address_of_day(day) if address_of_day else ip
        for _ in range(rng.randrange(0, busy + 1)):
            person = rng.choice(people)
            put(world, number, office_hours(rng, day), source, person if as_user else mail_from, person,
                text(world, pattern) if vary else subject, helo=host, tls=tls)
    return number


def office(world, listed):
    """DEVICES. One to four devices behind one fixed address."""
    ip = world.addresses.one()
    for _ in range(world.rng.choice((1, 1, 2, 4))):
        scanner(world, ip, listed)
        listed = False
    return ip


def branch_on_dsl(world):
    """DEVICES warns of it: a branch whose provider gives another address every few days."""
    rng, block = world.rng, world.addresses.block16()
    held = {}

    def address_of_day(day, every=rng.choice((1, 3, 7))):
        key = (day - world.start).days // every
        if key not in held:
            held[key] = "%s.%d.%d" % (block, rng.randrange(0, 255), rng.randrange(2, 254))
        return held[key]

    return scanner(world, "", False, fixed=False, address_of_day=address_of_day)


def application(world, ip=None, v6=False, listed=None):
    """DEVICES, SPOOFING. A line-of-business application on a server of its own or of a hoster."""
    rng = world.rng
    local, subjects, rhythm, most = rng.choice(APPLICATIONS)
    ip = ip or ("2a01:4f8:%x:%x::%x" % (rng.getrandbits(12), rng.getrandbits(12), rng.randrange(1, 9)) if v6 else
                world.addresses.hosted() if rng.random() < 0.2 else world.addresses.one())
    number = world.add(Sender("application", True, "" if v6 else "address", "IPv6" if v6 else ""))
    mail_from = rng.choice((own_address(world, local), own_address(world, local), own_address(world, "noreply"), world.person()))
    if rng.random() < 0.4 if listed is None else listed:
        list_in_spf(world, ip, mail_from.split("@")[1])
    people = world.some_people(scale(world, 12))
    host = rng.choice(("srv-%s" % local, "%s.%s" % (local, world.tenant.domain.name), "[%s]" % ip))
    for day in days_of(world):
        count = {"weekday": rng.randrange(0, most + 1) if weekday(day) else 0, "nightly": most,
                 "bursts": most * rng.randrange(1, 4) if rng.random() < 0.15 else 0,
                 "rare": most if rng.random() < 0.05 else 0, "monthly": 0}[rhythm]
        chosen = [rng.choice(people) for _ in range(min(count, 12))]
        if rhythm == "monthly" and day.day == 27:
            chosen = world.tenant.people[:80]
        for person in chosen:
            put(world, number, any_hour(rng, day), ip, mail_from, person, text(world, rng.choice(subjects), person),
                helo=host, host=host.strip("[]"), tls=rng.random() < 0.95)
    return number


def online_service(world):
    """VENDORS, FAQ. Mail in the customer's name, signed or not, from addresses that all customers share."""
    rng = world.rng
    name, host, certificate, include, subjects = rng.choice(SERVICES)
    dedicated = rng.random() < 0.2 and name not in ("salesforce", "zendesk")  # their customers share all
    block = world.addresses.shared()
    pool = [world.addresses.one(block)] if dedicated else sorted({world.addresses.one(block) for _ in range(rng.randrange(3, 9))})
    bounces_home = rng.random() < 0.25  # a bounce domain of its own: never concerned
    cover = "address" if dedicated else ("certificate" if certificate else "")
    number = world.add(Sender("online service", True, cover, "" if cover else "shared addresses, no certificate"))
    mail_from = own_address(world, rng.choice((name, "noreply", "info", "team")))
    domain = next(d for d in world.tenant.domains if d.name == mail_from.split("@")[1])
    if rng.random() < 0.75 and domain.spf_all != "none":
        domain.spf.append("include:" + include)
        domain.spf_networks.append(ipaddress.ip_network(block + ".0/24"))
        world.shared_services.append((domain, block))
    signed = "pass" if rng.random() < 0.5 else "none"
    # A service that has no key of ours signs with its own, and EmailEvents shows that as a pass.
    own_key = "" if signed == "pass" or rng.random() < 0.2 else host.split("}.")[-1]
    people = world.some_people(scale(world, 15))
    for day in days_of(world):
        for _ in range(rng.randrange(0, 5) if weekday(day) else rng.randrange(0, 2)):
            person = rng.choice(people)
            put(world, number, any_hour(rng, day), rng.choice(pool), "bounce-%d@%s" % (rng.getrandbits(20), host.format(floor=1)) if bounces_home else mail_from,
                person, text(world, rng.choice(subjects), person), header_from=mail_from, dkim=signed, dkim_of=own_key,
                host=host.format(floor=rng.randrange(1, 9)), helo="o%d.%s" % (rng.randrange(1, 9), host.split("{")[0].strip(".")), certificate=certificate)
    return number


def newsletter(world):
    """SPOOFING. News to everybody, once a week, by a sender for many."""
    rng, block = world.rng, world.addresses.shared()
    number = world.add(Sender("newsletter", True, "", "shared addresses, no certificate"))
    mail_from = own_address(world, rng.choice(("news", "intern", "communication")))
    domain = next(d for d in world.tenant.domains if d.name == mail_from.split("@")[1])
    if rng.random() < 0.7 and domain.spf_all != "none":
        domain.spf.append("include:spf.briefpost.example")
        domain.spf_networks.append(ipaddress.ip_network(block + ".0/24"))
        world.shared_services.append((domain, block))
    signed = "pass" if rng.random() < 0.6 else "none"
    pool = [world.addresses.one(block) for _ in range(rng.choice((4, 12, 12, 40)))]
    weekly = rng.randrange(5)
    for day in days_of(world):
        if day.weekday() == weekly:
            at = office_hours(rng, day)
            subject = "News of the week %d" % day.isocalendar()[1]
            for person in world.tenant.people[:60]:
                put(world, number, at + timedelta(seconds=rng.randrange(600)), rng.choice(pool), mail_from, person, subject,
                    dkim=signed, dkim_of="" if signed == "pass" else "briefpost.example", host="out.briefpost.example", helo="out%d.briefpost.example" % rng.randrange(1, 5))


def signatures(world, covered):
    """DSZP. Mail of the users leaves for a signature service and comes back under their names."""
    rng, block = world.rng, world.addresses.shared()
    number = world.add(Sender("signature service", True, "address", ""))
    pool = [world.addresses.one(block) for _ in range(4)]
    if covered:
        world.tenant.connectors.append(connector("Signatures", "OnPremises", addresses=sorted(set(pool))))
    signed = "fail" if world.tenant.domain.dkim else "none"  # it changes what was signed
    writers = world.some_people(scale(world, 15) + 3)
    for day in device_days(world):
        for _ in range(scale(world, 12)):
            writer = rng.choice(writers)
            put(world, number, office_hours(rng, day), rng.choice(pool), writer, world.person(),
                rng.choice(("Re: offer", "Minutes", "Re: Friday", "Question", "FW: drawing {serial}")).format(serial=rng.randrange(999)),
                dkim=signed, host="prod.outlook.com", helo="smtp.signet.example", certificate="smtp.signet.example")


def forwarder(world):
    """FAQ, known issue. A club or university forwards what our people write to it, without SRS."""
    rng, ip = world.rng, world.addresses.hosted()
    number = world.add(Sender("forwarder", True, "", "a connector would vouch for whatever it is handed"))
    writers = world.some_people(4)
    for day in device_days(world, 0.5):
        domain = next(d for d in world.tenant.domains if d.name == writers[0].split("@")[1])
        writer = rng.choice(writers)
        put(world, number, office_hours(rng, day), ip, writer, rng.choice(writers), rng.choice(("Meeting on Thursday", "Re: statutes", "Programme")),
            dkim="pass" if domain.dkim else "none", host="prod.outlook.com", helo="mail.alumni-club.example")


def communication_services(world):
    """FAQ: exempt since February 2026. Sent by Exchange Online's own servers; its DNS page asks for
    include:spf.protection.outlook.com and a DKIM key at the customer's domain."""
    rng = world.rng
    number = world.add(Sender("Azure Communication Services", True, "", "exempt"))
    mail_from = own_address(world, "donotreply")
    named = rng.random() < 0.6
    for day in device_days(world, 0.8):
        for _ in range(rng.randrange(1, 4)):
            put(world, number, any_hour(rng, day), world.addresses.exchange_online(), mail_from, world.person(), "Your appointment",
                dkim="pass", host="azurecomm.net" if named else "prod.outlook.com", acs=True)


def high_volume_email(world):
    """Signed in at Microsoft's own host (Microsoft Learn, "High Volume Email"); never Direct Send."""
    rng = world.rng
    number = world.add(Sender("High Volume Email", True, "", "signed in"))
    mail_from = own_address(world, "hve-alerts")
    for day in days_of(world):
        for person in world.tenant.people[:6]:
            put(world, number, any_hour(rng, day), "", mail_from, person, "Shift plan", host="prod.outlook.com", signed_in=True)


def own_relay(world, listed):
    """DEVICES, option 3. A Postfix of the house, with devices behind it, whose log is at hand."""
    rng, ip = world.rng, world.addresses.one()
    number = world.add(Sender("own relay", True, "address", ""))
    world.relay_ips.append(ip)
    if listed:
        for domain in world.tenant.domains:
            list_in_spf(world, ip, domain.name)
    for local in rng.sample(DEVICE_NAMES + ("erp", "nagios", "root"), 3):
        mail_from, inner = own_address(world, local), "10.%d.%d.%d" % (rng.randrange(9), rng.randrange(9), rng.randrange(2, 250))
        people = world.some_people(scale(world, 10))
        for day in device_days(world):
            for _ in range(rng.randrange(0, 4)):
                put(world, number, office_hours(rng, day), ip, mail_from, rng.choice(people), "Report of %s" % local,
                    host="relay." + world.tenant.domain.name, helo="relay." + world.tenant.domain.name, behind=inner)


def phishing_exercise(world):
    """KnowBe4's and others' own guides: exercises under the customer's domain, to everybody, as lures."""
    rng, ip = world.rng, world.addresses.one(world.addresses.shared())
    number = world.add(Sender("phishing exercise", True, "address", ""))
    mail_from = own_address(world, rng.choice(("it-support", "hr", "voicemail")))
    first = world.start + timedelta(days=rng.randrange(world.days))
    for person in world.some_people(40):
        put(world, number, first + timedelta(minutes=rng.randrange(2000)), ip, mail_from, person,
            rng.choice(("Password expires today", "New voicemail from 0551 4471", "Policy update: please sign")),
            host="psm.awareness-train.example", helo="psm.awareness-train.example")


def through_gateway(world, ips):
    """GATEWAY. What others send to our MX under our own domain reaches Exchange from the gateway."""
    rng = world.rng
    number = world.add(Sender("gateway", True, "address", ""))
    mail_from = own_address(world, rng.choice(("booking", "webshop", "info")))
    for day in days_of(world):
        for _ in range(rng.randrange(0, 4)):
            put(world, number, any_hour(rng, day), rng.choice(ips), mail_from, world.person(), text(world, "Booking {serial}"),
                host="booking.example", helo=world.tenant.gateway, dkim=rng.choice(("pass", "none")) if world.tenant.domain.dkim else "none")


def everyday(world):
    """Mail that the switch never concerns: signed-in colleagues, strangers, bounces, bounce domains."""
    rng = world.rng
    colleagues = world.add(Sender("mailboxes", True, "", "signed in"))
    strangers = world.add(Sender("strangers", True, "", "their own domains"))
    outside = [world.addresses.one() for _ in range(5)]
    for day in days_of(world):
        for _ in range(scale(world, 6)):
            put(world, colleagues, office_hours(rng, day), "", world.person(), world.person(), "Re: lunch", host="prod.outlook.com", signed_in=True)
            k = rng.randrange(5)
            put(world, strangers, any_hour(rng, day), outside[k], "" if rng.random() < 0.1 else "ann@customer%d.example" % k, world.person(),
                "Order", header_from="ann@customer%d.example" % k, host="customer%d.example" % k, helo="mx.customer%d.example" % k)


def connector(name, kind, addresses=(), certificate=None, domains=("smtp:*;1",), restrict=False, tls=False, enabled=True):
    """Get-InboundConnector's properties, as far as mail flow looks at them."""
    return {"Name": name, "ConnectorType": kind, "Enabled": enabled, "SenderDomains": list(domains),
            "SenderIPAddresses": list(addresses), "TlsSenderCertificateName": certificate, "RequireTls": tls,
            "RestrictDomainsToIPAddresses": restrict and not certificate, "RestrictDomainsToCertificate": bool(restrict and certificate),
            "AssociatedAcceptedDomains": [], "CloudServicesMailEnabled": False, "TreatMessagesAsInternal": False,
            "TrustedOrganizations": [], "EFSkipIPs": [], "EFSkipLastIP": False, "Comment": "", "WhenChangedUTC": "2026-01-10T08:00:00Z"}

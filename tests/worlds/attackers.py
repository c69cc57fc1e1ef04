"""Senders that are not the organisation's, with the habits of the campaigns that were published.

Sources, by the mark that the functions give:
 VARONIS    Varonis MDDR Forensics, June 2025 ("Ongoing campaign abuses Microsoft 365's Direct Send"):
            Send-MailMessage, each victim as its own sender, "Caller Left VM Message", "New Missed Fax-msg",
            PDF with a QR code, from 139.28.x.x
 PROOFPOINT Proofpoint, August 2025: hosted Windows servers, relays of third parties whose certificates
            are self-signed or expired; task reminders, wire authorisations, voicemail; compauth=fail, in junk
 TALOS      Cisco Talos, 2025, "Reducing abuse of Microsoft 365 Exchange Online's Direct Send": empty
            bodies, QR codes, images; senders that look like the house's own devices
 SOPHOS     nakedsecurity.sophos.com 2011-08-25 and 2013-04-04, "Scan from a Xerox WorkCentre Pro":
            lures that imitate a copier
 SHARED     direct Send's neighbours: whoever rents from the same sender or hoster passes the victim's
            SPF (Microsoft Learn, "Set up SPF": include of shared services; M3AAWG on shared hosting)
"""

import ipaddress
from datetime import timedelta

import legitimate
from legitimate import put, text
from world import Sender, any_hour, days_of, office_hours, weekday

VOICEMAIL = ("Caller Left VM Message * Duration-{serial}", "New Missed Fax-msg", "You have (1) new voice message",
             "Voicemail from +1 (205) {serial}", "Fax {serial} received: 2 pages")
LURES = ("Your-to-do-List/{serial}", "WireAuthorization: {serial}", "Payment approval ACH {serial}", "Salary increase letter",
         "Action required: mailbox quota", "Document {serial} shared with you", "Benefits enrolment {serial}", "Reminder: {serial}")
COPIER = ("Scan from a Xerox WorkCentre Pro #{serial}", "Scanned from a Xerox Multifunction Printer",
          "Scanned image from MX-{model}N", 'Message from "RNP{serial}"', "Attached Image")


def victims(world, most):
    return world.some_people(max(1, most))


def when(world):
    return world.start + timedelta(days=world.rng.randrange(world.days), hours=world.rng.randrange(24))


def forged(world, kind):
    return world.add(Sender(kind, False))


def delivery(world):
    return world.rng.choice(("junk", "junk", "inbox", "quarantine"))


def hosted(world):
    """VARONIS, PROOFPOINT: a rented server mostly, else somebody's connection at home."""
    return world.addresses.hosted() if world.rng.random() < 0.8 else world.addresses.one()


def one_shot(world):
    """VARONIS. A few people, each as its own sender, within minutes."""
    ip, number, at = hosted(world), forged(world, "one-shot lure"), when(world)
    host = "DESKTOP-%06X" % world.rng.getrandbits(24)
    for person in victims(world, world.rng.randrange(1, 6)):
        put(world, number, at + timedelta(seconds=world.rng.randrange(900)), ip, person, person, text(world, world.rng.choice(LURES), person),
            helo=host, delivered=delivery(world))


def voicemail(world):
    """VARONIS. QR codes as voicemail or fax to many people at once."""
    ip, number, at = hosted(world), forged(world, "voicemail to many"), when(world)
    rng = world.rng
    alone = rng.random() < 0.6
    mail_from = legitimate.own_address(world, rng.choice(("voicemail", "noreply", "fax", "scanner", "pbx")))
    for person in victims(world, rng.choice((10, 25, 60))):
        put(world, number, at + timedelta(seconds=rng.randrange(3000)), ip, person if alone else mail_from, person,
            text(world, rng.choice(VOICEMAIL), person), helo="[127.0.0.1]", delivered=delivery(world))


def slow(world):
    """PROOFPOINT. Weeks from one hosted address, a few a day, always under one name."""
    rng, ip, number = world.rng, hosted(world), forged(world, "slow campaign")
    mail_from = rng.choice((legitimate.own_address(world, rng.choice(("hr", "helpdesk", "noreply", "payroll", "scan"))), world.person()))
    pattern = rng.choice(LURES + COPIER)
    for day in days_of(world):
        if weekday(day) and rng.random() < 0.8:
            for _ in range(rng.randrange(1, 3)):
                person = world.person()
                put(world, number, office_hours(rng, day), ip, mail_from, person, text(world, pattern, person),
                    helo="mail.%s" % world.tenant.domain.name, delivered=delivery(world))


def like_a_bounce(world):
    """Bounce-like: postmaster of the house, or the null reverse-path, which the switch lets pass."""
    ip, number, at, rng = hosted(world), forged(world, "bounce-like"), when(world), world.rng
    mail_from = rng.choice(("", legitimate.own_address(world, "postmaster"), legitimate.own_address(world, "mailer-daemon")))
    shown = mail_from or legitimate.own_address(world, "postmaster")
    for person in victims(world, rng.randrange(2, 12)):
        put(world, number, at + timedelta(minutes=rng.randrange(300)), ip, mail_from, person,
            rng.choice(("Undeliverable: your message", "Delivery has failed to these recipients", "Mail delivery failed: returning message to sender")),
            header_from=shown, helo="mta.%s" % world.tenant.domain.name, delivered=delivery(world))


def chief(world):
    """PROOFPOINT. As the chief to those who pay."""
    ip, number, at, rng = hosted(world), forged(world, "as the chief"), when(world), world.rng
    chief_address = world.tenant.people[0]
    for person in victims(world, 2):
        for n in range(rng.randrange(1, 4)):
            put(world, number, at + timedelta(hours=3 * n), ip, chief_address, person, text(world, rng.choice(("Are you at your desk?", "Wire today", "WireAuthorization: {serial}"))),
                helo="smtp", delivered=delivery(world))


def scanner_imitator(world):
    """SOPHOS, TALOS. Under the very name and subject of a scanner of the house, from elsewhere."""
    rng = world.rng
    devices = [m for m in world.mails if world.senders[m.sender].kind == "device"]
    model = rng.choice(devices) if devices else None
    ip, number = hosted(world), forged(world, "scanner imitator")
    mail_from = model.mail_from if model else legitimate.own_address(world, "scanner")
    subject = model.subject if model else text(world, rng.choice(COPIER))
    days = [d for d in days_of(world) if weekday(d)] if rng.random() < 0.4 else [when(world).replace(hour=0)]
    for day in days:
        if len(days) > 1 and rng.random() < 0.5:
            continue
        for person in victims(world, rng.randrange(1, 3) if len(days) > 1 else 25):
            put(world, number, office_hours(rng, day), ip, mail_from, person, subject, helo=model.helo if model else "mfp",
                tls=rng.random() < 0.7, delivered=delivery(world))


def neighbour(world):
    """A computer of guests or a compromised printer behind the office's own address."""
    rng = world.rng
    offices = sorted({m.ip for m in world.mails if world.senders[m.sender].kind == "device" and m.ip})
    if not offices:
        return one_shot(world)
    ip = rng.choice(offices)
    if rng.random() < 0.6:  # next door, in the provider's block
        ip = ip.rsplit(".", 1)[0] + ".%d" % rng.randrange(2, 254)
    number, at = forged(world, "neighbour"), when(world)
    for person in victims(world, rng.randrange(3, 20)):
        put(world, number, at + timedelta(minutes=rng.randrange(90)), ip, person, person, text(world, rng.choice(VOICEMAIL + LURES), person),
            helo="android-%x" % rng.getrandbits(28), delivered=delivery(world))


def stranger_at_the_service(world):
    """SHARED. Another customer of a sender that our SPF record includes: SPF passes."""
    rng = world.rng
    if not world.shared_services:
        return one_shot(world)
    domain, block = rng.choice(world.shared_services)
    ip, number = world.addresses.one(block), forged(world, "stranger at a shared service")
    mail_from = rng.choice((world.person().split("@")[0], "noreply", "hr", "billing")) + "@" + domain.name
    days = [d for d in days_of(world) if rng.random() < 0.5] if rng.random() < 0.4 else [when(world).replace(hour=0)]
    for day in days:
        for person in victims(world, rng.randrange(1, 3) if len(days) > 1 else 15):
            put(world, number, any_hour(rng, day), ip, mail_from, person, text(world, rng.choice(LURES), person),
                host="mailer%d.example" % rng.randrange(9), helo="o7.mailer.example", dkim_of="briefpost.example", delivered="inbox")


def stranger_at_the_hoster(world):
    """SHARED. Our SPF record names the hoster's whole block (a website's form once needed it)."""
    rng, domain, block = world.rng, world.rng.choice(world.tenant.domains), world.addresses.block24(world.addresses.HOSTER)
    if domain.spf_all == "none":
        return slow(world)
    form = rng.choice(("ip4:%s.0/24" % block, "include:spf.hoster.example"))
    domain.spf.append(form)
    domain.spf_networks.append(ipaddress.ip_network(block + ".0/24"))
    ip, number = world.addresses.one(block), forged(world, "stranger at the hoster")
    mail_from = rng.choice(("webmaster", "noreply", "info", "billing")) + "@" + domain.name
    for day in days_of(world):
        if rng.random() < 0.4:
            for person in victims(world, rng.randrange(1, 4)):
                put(world, number, any_hour(rng, day), ip, mail_from, person, text(world, rng.choice(LURES), person),
                    host="web12.hoster.example", helo="web12.hoster.example", delivered=rng.choice(("inbox", "inbox", "junk")))


def open_appliance(world):
    """PROOFPOINT. Through a stranger's mail appliance, with TLS and a name in DNS."""
    rng, ip, number = world.rng, hosted(world), forged(world, "through an open appliance")
    first = rng.randrange(world.days)
    for day in days_of(world)[first:first + rng.randrange(1, 10)]:
        for person in victims(world, rng.randrange(2, 12)):
            other = world.person()
            put(world, number, any_hour(rng, day), ip, rng.choice((person, other)), person, text(world, rng.choice(LURES + VOICEMAIL), person),
                helo="mx1.smallfirm.example", host="mx1.smallfirm.example", delivered=delivery(world))


def as_an_application(world):
    """TALOS. Every night as the house's own monitoring, the slowest of all imitations."""
    rng, ip, number = world.rng, hosted(world), forged(world, "as an application")
    mail_from = legitimate.own_address(world, rng.choice(("monitoring", "backup", "noreply", "alerts")))
    person = world.person()
    for day in days_of(world):
        put(world, number, day + timedelta(hours=2, minutes=rng.randrange(20)), ip, mail_from, person, text(world, "Backup job {model} finished"),
            helo="srv-backup", host="srv-backup", delivered="inbox")


def not_concerned(world):
    """Own domain in the header alone, or a subdomain: the switch does not see these."""
    rng, ip, number, at = world.rng, hosted(world), forged(world, "header only"), when(world)
    mail_from = rng.choice(("a@lure.example", "it@mail.%s" % world.tenant.domain.name))
    for person in victims(world, 8):
        put(world, number, at + timedelta(minutes=rng.randrange(90)), ip, mail_from, person, text(world, rng.choice(LURES), person),
            header_from=person, spf="none", delivered=delivery(world))


HABITS = (one_shot, one_shot, voicemail, voicemail, slow, like_a_bounce, chief, scanner_imitator, scanner_imitator, neighbour,
          stranger_at_the_service, stranger_at_the_hoster, open_appliance, as_an_application, not_concerned)

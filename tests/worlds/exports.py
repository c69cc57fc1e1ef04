"""Writes a world down as people have it: the tenant's export, and evidence in the forms of docs/evidence.md."""

import calendar
import csv
import json
import os
import random
from collections import Counter
from xml.sax.saxutils import escape, quoteattr

WHERE = {"inbox": ("Delivered", "Inbox/folder"), "junk": ("Junked", "Junk folder"), "quarantine": ("Blocked", "Quarantine")}


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_json(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
        json.dump(value, out, indent=1)


def tenant_folder(world, folder, with_dns):
    """Files as the cmdlets' ConvertTo-Json writes them; Resolve-DnsName's for the records."""
    os.makedirs(folder)
    tenant = world.tenant
    write_json(folder, "OrganizationConfig.json", {"Name": tenant.name, "RejectDirectSend": tenant.switch})
    write_json(folder, "AcceptedDomain.json", [
        {"DomainName": d.name, "DomainType": "InternalRelay" if d.match_subdomains else "Authoritative",
         "MatchSubDomains": d.match_subdomains, "Default": d.default, "Name": d.name} for d in tenant.domains])
    write_json(folder, "InboundConnector.json", tenant.connectors)
    write_json(folder, "TransportRule.json", [])
    if not with_dns:
        return
    records = []
    for d in tenant.domains:
        mx = tenant.gateway or d.name.replace(".", "-") + ".mail.protection.outlook.com"
        records.append({"Name": d.name, "Type": 15, "Preference": 10, "NameExchange": mx})
        if d.spf_all != "none":
            end = {"softfail": "~all", "fail": "-all", "neutral": "?all"}[d.spf_all]
            records.append({"Name": d.name, "Type": 16, "Strings": [" ".join(["v=spf1"] + d.spf + [end])]})
        if d.dmarc:
            records.append({"Name": "_dmarc." + d.name, "Type": 16, "Strings": [d.dmarc]})
    write_json(folder, "DnsRecords.json", records)


def email_events(world, mails, path):
    """Advanced hunting's CSV."""
    with open(path, "w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(("Timestamp", "NetworkMessageId", "InternetMessageId", "SenderMailFromAddress", "SenderMailFromDomain",
                       "SenderFromAddress", "SenderFromDomain", "SenderIPv4", "SenderIPv6", "RecipientEmailAddress", "Subject",
                       "EmailDirection", "DeliveryAction", "DeliveryLocation", "AuthenticationDetails", "Connectors"))
        for m in mails:
            action, location = WHERE[m.delivered]
            results = {"DKIM": "none", "DMARC": "none"} if m.signed_in else {
                "SPF": m.spf, "DKIM": "pass" if m.dkim_of else m.dkim, "DMARC": m.dmarc, "CompAuth": m.compauth}
            v6 = ":" in m.ip
            rows.writerow((stamp(m.time), m.network_id, m.message_id, m.mail_from, m.mail_from.rpartition("@")[2], m.header_from,
                           m.header_from.rpartition("@")[2], "" if v6 else m.ip, m.ip if v6 else "", m.rcpt, m.subject,
                           "Intra-org" if m.signed_in else "Inbound", action, location, json.dumps(results), m.connector))


def message_trace(mails, path, as_envelope):
    """Get-MessageTraceV2 | Export-Csv, of what came from outside."""
    with open(path, "w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out, quoting=csv.QUOTE_ALL)
        rows.writerow(("MessageTraceId", "MessageId", "Received", "SenderAddress", "RecipientAddress", "FromIP", "ToIP", "Subject", "Status", "Size"))
        for m in mails:
            if m.signed_in:
                continue
            status = {"inbox": "Delivered", "junk": "FilteredAsSpam", "quarantine": "Quarantined"}[m.delivered]
            rows.writerow((m.network_id, m.message_id, m.time.strftime("%Y-%m-%dT%H:%M:%S.0000000Z"), (m.mail_from if as_envelope else m.header_from) or "<>",
                           m.rcpt, m.ip, "", m.subject, status, 18000))


def trace_details(mails, path):
    """Get-MessageTraceDetailV2 | Export-Csv: the event Receive."""
    with open(path, "w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out, quoting=csv.QUOTE_ALL)
        rows.writerow(("MessageTraceId", "MessageId", "Date", "Event", "Action", "Detail", "Data"))
        for m in mails:
            if m.signed_in:
                continue
            server = "DB5PEPF00014B8%d" % (len(m.rcpt) % 9)
            blob = "S:ProxiedClientIPAddress=%s;S:ProxiedClientHostname=%s" % (m.ip, m.helo or "unknown.example")
            if m.tls:
                blob += ";S:tlsversion=SP_PROT_TLS1_2_SERVER"
            data = ("<root><MEP Name=\"ConnectorId\" String=%s/><MEP Name=\"ReturnPath\" String=%s/><MEP Name=\"CustomData\" Blob=%s/></root>" % (
                quoteattr(m.connector or "%s\\Default %s" % (server, server)), quoteattr(m.mail_from or "<>"), quoteattr(blob)))
            rows.writerow((m.network_id, m.message_id, stamp(m.time), "Receive", "", "Message received by: %s" % server, data))


def dmarc_reports(world, mails, folder):
    """Daily reports of Microsoft's own receivers, which name envelope_to (RFC 7489, appendix C). Returns the mails in them."""
    os.makedirs(folder)
    reports, inside = {}, set()
    dmarc = {d.name: d.dmarc for d in world.tenant.domains if "rua=" in d.dmarc}
    for m in mails:
        domain = m.header_from.rpartition("@")[2]
        if m.signed_in or domain not in dmarc:
            continue
        key = (m.ip, m.mail_from.rpartition("@")[2], m.rcpt.rpartition("@")[2], m.spf, m.dkim, m.dkim_of, m.dmarc)
        inside.add(id(m))
        reports.setdefault((domain, m.time.date()), Counter())[key] += 1
    for number, ((domain, day), records) in enumerate(sorted(reports.items())):
        begin = calendar.timegm(day.timetuple())
        policy = dmarc[domain].split("p=")[1].split(";")[0].strip()
        out = ["<?xml version=\"1.0\"?>\n<feedback><version>1.0</version><report_metadata><org_name>Enterprise Outlook</org_name>"
               "<email>dmarcreport@microsoft.com</email><report_id>%d-%d</report_id><date_range><begin>%d</begin><end>%d</end></date_range></report_metadata>"
               "<policy_published><domain>%s</domain><adkim>r</adkim><aspf>r</aspf><p>%s</p><sp>%s</sp><pct>100</pct></policy_published>"
               % (world.seed, number, begin, begin + 86400, domain, policy, policy)]
        for (ip, envelope_from, envelope_to, spf, dkim, dkim_of, result), count in records.items():
            aligned = spf == "pass" and envelope_from == domain
            signature = "<dkim><domain>%s</domain><selector>s1</selector><result>pass</result></dkim>" % (dkim_of or domain) if dkim_of or dkim == "pass" else ""
            out.append("<record><row><source_ip>%s</source_ip><count>%d</count><policy_evaluated><disposition>%s</disposition><dkim>%s</dkim><spf>%s</spf></policy_evaluated></row>"
                       "<identifiers><envelope_to>%s</envelope_to><envelope_from>%s</envelope_from><header_from>%s</header_from></identifiers>"
                       "<auth_results>%s<spf><domain>%s</domain><scope>mfrom</scope><result>%s</result></spf></auth_results></record>"
                       % (ip, count, "none" if result == "pass" else policy, "pass" if dkim == "pass" else "fail", "pass" if aligned else "fail",
                          escape(envelope_to), escape(envelope_from), domain, signature, escape(envelope_from), spf))
        out.append("</feedback>\n")
        with open(os.path.join(folder, "protection.outlook.com!%s!%d!%d.xml" % (domain, begin, begin + 86400)), "w", encoding="utf-8") as file:
            file.write("\n".join(out))
    return inside


def postfix_log(world, mails, path):
    """The own relay's mail.log towards Exchange Online; `mails` are (mail, reply or "" where it was taken)."""
    rng = random.Random(world.seed)
    with open(path, "w", encoding="utf-8") as out:
        for m, refusal in mails:
            queue = "".join(rng.choice("0123456789ABCDEF") for _ in range(10))
            at = m.time.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00 relay postfix/")
            host = m.rcpt.rpartition("@")[2].replace(".", "-") + ".mail.protection.outlook.com[52.101.73.%d]:25" % rng.randrange(1, 30)
            end = ("status=bounced (host %s said: %s (in reply to RCPT TO command))" % (host.split(":")[0], refusal) if refusal else
                   "status=sent (250 2.6.0 %s [InternalId=1, Hostname=DB5.eurprd04.prod.outlook.com] Queued mail for delivery)" % m.message_id)
            out.write("%ssmtpd[811]: %s: client=unknown[%s]\n%scleanup[812]: %s: message-id=%s\n%sqmgr[700]: %s: from=<%s>, size=18211, nrcpt=1 (queue active)\n"
                      "%ssmtp[815]: %s: to=<%s>, relay=%s, delay=0.9, delays=0.1/0/0.3/0.5, dsn=%s, %s\n%sqmgr[700]: %s: removed\n"
                      % (at, queue, m.behind, at, queue, m.message_id, at, queue, m.mail_from, at, queue, m.rcpt, host, "5.7.68" if refusal else "2.6.0", end, at, queue))

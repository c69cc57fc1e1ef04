"""The rule of RejectDirectSend and of inbound connectors, written from Microsoft's texts a second time.

A second reader for the program's own rule: Set-OrganizationConfig's page (RejectDirectSend), "Office 365
Message Attribution" (Exchange Team Blog), New-InboundConnector's page. Where these are silent it takes
what the program's documentation says that it takes (docs/choices.md).
"""

import functools
import ipaddress


def accepted_domain(tenant, domain):
    for own in tenant["domains"]:
        if domain == own["name"] or (own["match_subdomains"] and domain.endswith("." + own["name"])):
            return True
    return False


def covers_domain(connector, domain):
    for entry in connector["SenderDomains"]:
        name = entry.removeprefix("smtp:").split(";")[0].lower()
        if name == "*" or (domain and name == domain):
            return True
        if name.startswith("*.") and (domain == name[2:] or domain.endswith(name[1:])):
            return True
    return False


@functools.lru_cache(maxsize=100000)
def within(ip, entry):
    return ipaddress.ip_address(ip) in ipaddress.ip_network(entry, strict=False)


def has_address(connector, ip):
    return any(within(ip, entry) for entry in connector.get("SenderIPAddresses") or [])


def has_certificate(connector, certificate):
    name = (connector.get("TlsSenderCertificateName") or "").lower()
    if not name or not certificate:
        return False
    presented = certificate.lower()
    if name == presented:
        return True
    if name.startswith("*."):
        return presented.removeprefix("*.").endswith(name[1:]) or presented.removeprefix("*.") == name[2:]
    return presented.startswith("*.") and name.split(".", 1)[-1] == presented[2:]


def decide(tenant, mail, connectors, switch):
    """(is it taken, by which connector or why not). `mail` has ip, mail_from, tls, certificate, acs, signed_in."""
    if mail["signed_in"]:
        return True, "signed in"
    domain = mail["mail_from"].rpartition("@")[2].lower()
    own = bool(domain) and accepted_domain(tenant, domain)
    enabled = [c for c in connectors if c.get("Enabled", True)]
    for c in enabled:
        if c["ConnectorType"] != "OnPremises":
            continue
        if own and (has_certificate(c, mail["certificate"]) or has_address(c, mail["ip"])):
            return True, c["Name"]
    partners = [c for c in enabled if c["ConnectorType"] == "Partner" and covers_domain(c, domain)]
    for c in partners:
        if has_certificate(c, mail["certificate"]) or has_address(c, mail["ip"]):
            if c.get("RequireTls") and not mail["tls"]:
                return False, "TLS required by " + c["Name"]
            return True, c["Name"]
    for c in partners:
        if c.get("RestrictDomainsToIPAddresses") or c.get("RestrictDomainsToCertificate"):
            return False, "5.7.51 " + c["Name"]
    if switch and own and not mail["acs"]:
        return False, "5.7.68"
    return True, ""

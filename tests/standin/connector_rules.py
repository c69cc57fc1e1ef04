"""What Exchange refuses in an inbound connector, from the cmdlets' reference and their own checks:
written a second time, apart from the program, so that each is held against the other."""

import ipaddress
import re

EXCHANGE_ONLINE = [ipaddress.ip_network(text) for text in (
    "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17")]
RESERVED = [ipaddress.ip_network(text) for text in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4")]
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
DOMAIN = re.compile(rf"{LABEL}(\.{LABEL})*", re.IGNORECASE)
CERTIFICATE = re.compile(r"<I>.+<S>.+")
SENDER_DOMAIN = re.compile(r"smtp:(?P<name>[^;]+);(?P<cost>\d+)", re.IGNORECASE)


class Refused(Exception):
    """The exception's type, and its text."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind, self.text = kind, text


def refuse(kind, text):
    raise Refused(f"Microsoft.Exchange.Management.SystemConfigurationTasks.{kind}Exception", text)


def length(text):
    """In UTF-16 code units, as .NET counts."""
    return len(text.encode("utf-16-le")) // 2


def check(connector, others, accepted):
    """`others` are the other connectors, `accepted` the names of the accepted domains."""
    names(connector, others)
    sender_domains(connector)
    addresses(connector)
    certificate(connector)
    combinations(connector)
    for domain in connector.get("AssociatedAcceptedDomains") or []:
        if domain.lower() not in accepted:
            refuse("AssociatedAcceptedDomainNotFound", f"'{domain}' is not an accepted domain.")


def names(connector, others):
    name, comment = connector.get("Name") or "", connector.get("Comment") or ""
    if not name or length(name) > 64 or name != name.strip() or any(
            ord(c) < 32 or ord(c) == 127 for c in name):
        refuse("InvalidName", f"The name '{name}' is not valid.")
    if any(other["Name"].lower() == name.lower() for other in others):
        raise Refused("Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException",
                      f"The inbound connector '{name}' already exists. Please choose another name.")
    if length(comment) > 1024:
        refuse("InvalidComment", "The comment is longer than 1024 characters.")


def sender_domains(connector):
    domains = connector.get("SenderDomains") or []
    if not domains:
        refuse("SenderDomainsEmpty", "SenderDomains must not be empty.")
    for text in domains:
        found = SENDER_DOMAIN.fullmatch(text)
        if not found or not 1 <= int(found["cost"]) <= 100:
            refuse("InvalidSenderDomain", f"The sender domain '{text}' is not valid.")
        name = found["name"].removeprefix("*.")
        if name != "*" and not DOMAIN.fullmatch(name):
            refuse("InvalidSenderDomain", f"The sender domain '{text}' is not valid.")


def addresses(connector):
    seen = set()
    for text in connector.get("SenderIPAddresses") or []:
        try:
            block = ipaddress.IPv4Network(text, strict=False)
        except ValueError:
            refuse("InvalidIPRange", f"The IP address range '{text}' is not valid.")
        if block.prefixlen < 24:
            refuse("InvalidIPRange", f"The IP address range '{text}' is not valid. Only IPv4 with "
                                     "/24 to /32 is supported.")
        if block in seen:
            refuse("DuplicateIPRange", f"'{text}' is listed twice.")
        seen.add(block)
        if any(block.overlaps(other) for other in RESERVED):
            refuse("IPRangeInConnectorContainsReservedIPAddresses",
                   f"The IP address range '{text}' contains reserved IP addresses.")
        if connector["ConnectorType"] == "OnPremises" and any(
                block.overlaps(other) for other in EXCHANGE_ONLINE):
            refuse("SenderIPAddressOverlapsFfoDCIPAddresses",
                   f"The IP address range '{text}' overlaps Exchange Online's addresses.")


def certificate(connector):
    name = connector.get("TlsSenderCertificateName")
    if not name:
        return
    plain = name.removeprefix("*.")
    if not CERTIFICATE.fullmatch(name) and not DOMAIN.fullmatch(plain):
        refuse("InvalidTlsSenderCertificateName", f"'{name}' is not valid.")
    if not connector.get("RequireTls"):
        refuse("TlsSenderCertificateNameRequiresTls", "RequireTls must be true.")
    if connector["ConnectorType"] == "OnPremises" and (
            "." + plain.lower()).endswith(".protection.outlook.com"):
        refuse("TlsSenderCertificateNameMatchesServiceProvider", f"'{name}' is a provider's name.")


def combinations(connector):
    by_address = connector.get("RestrictDomainsToIPAddresses")
    by_certificate = connector.get("RestrictDomainsToCertificate")
    listed = connector.get("SenderIPAddresses") or []
    named = connector.get("TlsSenderCertificateName")
    if connector["ConnectorType"] == "OnPremises":
        if not listed and not named:
            refuse("OnPremisesConnectorNeedsSource", "Addresses or a certificate name must be set.")
        if by_address or by_certificate:
            refuse("OnPremisesConnectorCannotRestrict", "The connector can't restrict domains.")
    elif connector.get("CloudServicesMailEnabled") or connector.get("TreatMessagesAsInternal"):
        refuse("PartnerConnectorCannotBeHybrid", "Only OnPremises connectors can have this.")
    if connector.get("CloudServicesMailEnabled") and connector.get("TreatMessagesAsInternal"):
        refuse("TreatMessagesAsInternalWithCloudServices", "The two can't be on together.")
    if by_address and by_certificate:
        refuse("RestrictDomainsToBoth", "The two restrictions can't be on together.")
    if by_address and not listed:
        refuse("RestrictDomainsToIPAddressesWithoutAddresses", "There are no addresses.")
    if by_certificate and not named:
        refuse("RestrictDomainsToCertificateWithoutName", "There is no certificate name.")

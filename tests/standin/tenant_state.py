"""A tenant's objects, and the cmdlets that read and change them, as InvokeCommand shows them."""

import collections
import copy
import datetime
import json
import pathlib
import threading
import time
import uuid

from . import connector_rules

# Cmdlet noun: the name of the object's identity, in the order of the program's reading.
READABLE = (
    "OrganizationConfig",
    "AcceptedDomain",
    "InboundConnector",
    "TransportRule",
    "TransportConfig",
    "HostedConnectionFilterPolicy",
    "HostedContentFilterPolicy",
    "DkimSigningConfig",
    "ArcConfig",
)
CONNECTOR_DEFAULTS = {
    "Enabled": True,
    "ConnectorSource": "Default",
    "Comment": None,
    "SenderIPAddresses": [],
    "SenderDomains": [],
    "TrustedOrganizations": [],
    "ClientHostNames": [],
    "AssociatedAcceptedDomains": [],
    "RequireTls": False,
    "RestrictDomainsToIPAddresses": False,
    "RestrictDomainsToCertificate": False,
    "CloudServicesMailEnabled": False,
    "TreatMessagesAsInternal": False,
    "TlsSenderCertificateName": None,
    "EFTestMode": False,
    "EFSkipLastIP": False,
    "EFSkipIPs": [],
    "EFUsers": [],
}
COMMON = {"Confirm", "WhatIf", "ErrorAction", "WarningAction", "Identity", "Force", "ResultSize"}
ORGANIZATION_WRITABLE = {"RejectDirectSend", "AuditDisabled", "CustomerLockboxEnabled",
                         "OAuth2ClientProfileEnabled", "SendFromAliasEnabled"}


class CmdletError(Exception):
    """An error as the service words it: HTTP status, its code, the exception's type, the text."""

    def __init__(self, status, code, kind, text):
        super().__init__(text)
        self.status, self.code, self.kind, self.text = status, code, kind, text


def stamp(moment=None):
    moment = moment or datetime.datetime.now(datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def sender_domain(text):
    """As the service shows it: smtp:contoso.com;1."""
    text = text if text.startswith("smtp:") else "smtp:" + text
    return text if ";" in text else text + ";1"


class Tenant:
    def __init__(self, domain, exports=None, identifier=None):
        self.id = identifier or str(uuid.uuid4())
        self.domain = domain
        self.objects = {noun: [] for noun in READABLE}
        self.trace = []  # rows of Get-MessageTraceV2
        self.trace_cap = 5000  # rows of one answer at most
        self.details = {}  # (MessageTraceId, RecipientAddress): rows of Get-MessageTraceDetailV2
        self.hunting = {"schema": [], "results": []}
        self.front_ends = [0.0]  # seconds after which each hears of a change; they answer in turn
        self.writes_as_known = False  # a front end does not find what it has not heard of
        self.creates_disabled = False
        self.warnings = {}  # noun, or a cmdlet that writes: list of texts
        self.lock = threading.RLock()
        self._past = []  # (moment, what was until then)
        self._turns = collections.Counter()
        if exports:
            for noun in READABLE:
                file = pathlib.Path(exports) / f"{noun}.json"
                if file.exists():
                    content = json.loads(file.read_text(encoding="utf-8-sig"))
                    self.objects[noun] = content if isinstance(content, list) else [content]
        for named in self.objects["InboundConnector"] + self.objects["OrganizationConfig"]:
            named.setdefault("Guid", str(uuid.uuid4()))

    # --- reading ---

    @property
    def propagation(self):
        """Seconds until a change can be read, from wherever."""
        return max(self.front_ends)

    @propagation.setter
    def propagation(self, seconds):
        self.front_ends = [seconds]

    def come_to_rest(self):
        """Every front end has heard of everything."""
        self._past.clear()

    def _readable(self, cmdlet):
        """The objects as the front end that answers this call knows them."""
        lag = self.front_ends[self._turns[cmdlet] % len(self.front_ends)]
        self._turns[cmdlet] += 1
        heard = time.monotonic() - lag
        for moment, objects in self._past:
            if moment > heard:
                return objects
        return self.objects

    def _changing(self):
        """Before a change."""
        oldest = time.monotonic() - 3600
        self._past = [each for each in self._past if each[0] > oldest]
        self._past.append((time.monotonic(), copy.deepcopy(self.objects)))

    def run(self, cmdlet, parameters):
        """The objects that the cmdlet answers with, and its warnings."""
        with self.lock:
            verb, _, noun = cmdlet.partition("-")
            if verb == "Get" and noun in READABLE:
                return self._get(noun, parameters), list(self.warnings.get(noun, []))
            special = {
                "Set-OrganizationConfig": self._set_organization,
                "New-InboundConnector": self._new_connector,
                "Set-InboundConnector": self._set_connector,
                "Remove-InboundConnector": self._remove_connector,
                "Get-MessageTraceV2": self._get_trace,
                "Get-MessageTraceDetailV2": self._get_detail,
            }[cmdlet]
            known = self._readable(cmdlet) if self.writes_as_known else self.objects
            if cmdlet in ("Set-InboundConnector", "Remove-InboundConnector"):
                self._connector(parameters.get("Identity"), known)
            objects, warnings = special(parameters)
            return objects, warnings + self.warnings.get(cmdlet, [])

    def _get(self, noun, parameters):
        found = copy.deepcopy(self._readable("Get-" + noun)[noun])
        identity = parameters.get("Identity")
        if identity is None:
            return found
        found = [each for each in found
                 if identity in (each.get("Identity"), each.get("Name"), each.get("Guid"))]
        if not found:
            raise self._not_found(identity)
        return found

    @staticmethod
    def _not_found(identity):
        return CmdletError(
            404, "NotFound", "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
            f"The operation couldn't be performed because object '{identity}' couldn't be found on "
            "'DB8PR01A001DC05.EURPR01A001.PROD.OUTLOOK.COM'.")

    @staticmethod
    def _check(parameters, known, booleans=()):
        for name, value in parameters.items():
            if name not in known and name not in COMMON:
                raise CmdletError(
                    400, "BadRequest", "System.Management.Automation.ParameterBindingException",
                    f"A parameter cannot be found that matches parameter name '{name}'.")
            if name in booleans and not isinstance(value, bool):
                raise CmdletError(
                    400, "BadRequest", "System.Management.Automation.ParameterBindingException",
                    f"Cannot convert value \"{value}\" to type \"System.Boolean\".")

    # --- changing ---

    def _set_organization(self, parameters):
        self._check(parameters, ORGANIZATION_WRITABLE, ORGANIZATION_WRITABLE)
        self._changing()
        for name, value in parameters.items():
            if name in ORGANIZATION_WRITABLE:
                self.objects["OrganizationConfig"][0][name] = value
        self.objects["OrganizationConfig"][0]["WhenChangedUTC"] = stamp()
        return [], []

    def _connector(self, identity, objects=None):
        for each in (objects or self.objects)["InboundConnector"]:
            if identity in (each.get("Identity"), each.get("Name"), each.get("Guid")):
                return each
        raise self._not_found(identity)

    def _take(self, connector, parameters):
        booleans = {name for name, value in CONNECTOR_DEFAULTS.items() if isinstance(value, bool)}
        self._check(parameters, set(CONNECTOR_DEFAULTS) | {"Name", "ConnectorType"}, booleans)
        for name, value in parameters.items():
            if name in COMMON:
                continue
            if isinstance(CONNECTOR_DEFAULTS.get(name), list):
                value = value if isinstance(value, list) else [value]
            if name == "SenderDomains":
                value = [sender_domain(text) for text in value]
            connector[name] = value
        connector["WhenChangedUTC"] = stamp()

    def _judge(self, connector):
        """Whether Exchange takes it."""
        others = [each for each in self.objects["InboundConnector"]
                  if each.get("Guid") != connector.get("Guid")]
        accepted = {each["DomainName"].lower() for each in self.objects["AcceptedDomain"]}
        try:
            connector_rules.check(connector, others, accepted)
        except connector_rules.Refused as refused:
            raise CmdletError(400, "BadRequest", refused.kind, refused.text) from refused

    def _new_connector(self, parameters):
        name = parameters.get("Name")
        if not name or not parameters.get("SenderDomains"):
            missing = "Name" if not name else "SenderDomains"
            raise CmdletError(
                400, "BadRequest", "System.Management.Automation.ParameterBindingException",
                "Cannot process command because of one or more missing mandatory parameters: "
                f"{missing}.")
        connector = copy.deepcopy(CONNECTOR_DEFAULTS)
        connector["ConnectorType"] = "Partner"
        connector["Guid"] = str(uuid.uuid4())
        connector["WhenCreatedUTC"] = stamp()
        self._take(connector, parameters)
        if "RequireTls" not in parameters:
            connector["RequireTls"] = connector["ConnectorType"] == "Partner"
        connector["Identity"] = connector["Name"] = name
        self._judge(connector)
        if self.creates_disabled:
            connector["Enabled"] = False
        self._changing()
        self.objects["InboundConnector"].append(connector)
        return [copy.deepcopy(connector)], []

    def _set_connector(self, parameters):
        connector = self._connector(parameters.get("Identity"))
        changed = copy.deepcopy(connector)
        self._take(changed, parameters)
        changed["Identity"] = changed["Name"]
        self._judge(changed)
        self._changing()
        connector.update(changed)
        return [], []

    def _remove_connector(self, parameters):
        connector = self._connector(parameters.get("Identity"))
        self._changing()
        self.objects["InboundConnector"].remove(connector)
        return [], []

    # --- message trace ---

    def _get_trace(self, parameters):
        """Newest first; a cut answer has a warning and no link, and repeats the boundary row."""
        start, end = parameters.get("StartDate"), parameters.get("EndDate")
        for text in (start, end):
            if text is None or "T" not in text:
                raise CmdletError(400, "BadRequest", "System.FormatException",
                                  "The date is not in a format that is understood.")
        span = parse_stamp(end) - parse_stamp(start)
        if span > datetime.timedelta(days=10):
            raise CmdletError(400, "BadRequest", "System.ArgumentException",
                              "The date range can't be more than 10 days.")
        if parse_stamp(start) < datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(
                days=90, hours=1):
            raise CmdletError(400, "BadRequest", "System.ArgumentException",
                              "StartDate can't be older than 90 days.")
        size = min(int(parameters.get("ResultSize", 1000)), self.trace_cap)
        rows = [row for row in self.trace
                if parse_stamp(start) <= parse_stamp(row["Received"]) <= parse_stamp(end)]
        rows.sort(key=lambda row: (parse_stamp(row["Received"]), row["RecipientAddress"]),
                  reverse=True)
        first = parameters.get("StartingRecipientAddress")
        if first is not None:
            rows = [row for row in rows
                    if parse_stamp(row["Received"]) < parse_stamp(end)
                    or row["RecipientAddress"] <= first]
        if len(rows) <= size:
            return copy.deepcopy(rows), []
        return copy.deepcopy(rows[:size]), ["There are more results that weren't returned."]

    def _get_detail(self, parameters):
        key = (parameters.get("MessageTraceId"), parameters.get("RecipientAddress"))
        return copy.deepcopy(self.details.get(key, [])), []


def trace_row(number, moment, sender, recipient, address):
    """One row of Get-MessageTraceV2."""
    return {"MessageTraceId": f"{number:08x}-0000-4000-8000-000000000000",
            "MessageId": f"<{number}@{sender.rpartition('@')[2]}>", "Received": stamp(moment),
            "SenderAddress": sender, "RecipientAddress": recipient, "FromIP": address, "ToIP": None,
            "Subject": f"Subject {number}", "Status": "Delivered", "Size": 2048}


def parse_stamp(text):
    """ISO with up to seven decimals."""
    text = text.replace("Z", "+00:00")
    head, dot, rest = text.partition(".")
    if dot:
        digits = rest.split("+")[0]
        text = f"{head}.{digits[:6].ljust(6, '0')}+00:00"
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)

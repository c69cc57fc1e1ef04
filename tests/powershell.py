"""PowerShell's reading of a command line, as far as scripts of ours may go: written from
about_Parsing and about_Quoting_Rules, independently of what writes them. Anything live (variables but
$true and $false, subexpressions, separators, redirections) is an error."""

import re

QUOTES = "'\u2018\u2019\u201a\u201b"
ENDS = "\r\n\u0085\u2028\u2029"
LIVE = set("$`;|&(){}<>\"#@") | set("\u201c\u201d\u201e")


class Live(Exception):
    """Something that PowerShell would run or expand."""

CONSTANTS = {"$true": True, "$false": False, "$null": None}


def words(line):
    """The arguments of one command: text, True, False or None, or a list where commas stand."""
    out, at = [], 0
    while at < len(line):
        if line[at] == " ":
            at += 1
            continue
        items, at = _word(line, at)
        out.append(items[0] if len(items) == 1 else items)
    return out


def _word(line, at):
    if line.startswith("@()", at):
        return [[]], at + 3
    items, text, literal = [], "", False
    while at < len(line) and line[at] != " ":
        if line[at] in QUOTES:
            piece, at = _quoted(line, at + 1)
            text, literal = text + piece, True
        elif line[at] == ",":
            items.append(_value(text, literal))
            text, literal, at = "", False, at + 1
        else:
            if line[at] in ENDS or (line[at] in LIVE and not line.startswith(tuple(CONSTANTS), at)):
                raise Live(f"{line[at]!r} in {line!r}")
            text += line[at]
            at += 1
    items.append(_value(text, literal))
    return items, at


def _quoted(line, at):
    text = ""
    while at < len(line):
        if line[at] in ENDS:
            raise Live("a line ends inside quotes")
        if line[at] in QUOTES:
            if line[at + 1:at + 2] and line[at + 1] in QUOTES:
                text += line[at + 1]
                at += 2
                continue
            return text, at + 1
        text += line[at]
        at += 1
    raise Live("quotes are not closed")


def _value(text, literal):
    return text if literal else CONSTANTS.get(text, text)


OWN = ("$ErrorActionPreference = 'Stop'", "$until = (Get-Date).AddMinutes(30)", "Start-Sleep -Seconds 60")
LOOP = r" \{ if \(\(Get-Date\) -gt \$until\) \{ throw (?P<why>.+) \}; Start-Sleep -Seconds 15 \}"
READ_BACK = re.compile(r"while \(-not \((?:Get-OrganizationConfig\)\.RejectDirectSend"
                       r"|Get-TransportRule -Identity (?P<rule>.+?) -ErrorAction SilentlyContinue\)\.Mode)\)" + LOOP)
CONNECTOR = re.compile(r"while \(-not \(Get-InboundConnector -Identity (?P<connector>.+?) -ErrorAction SilentlyContinue"
                       r" \| Where-Object \{ (?P<condition>.+?) \}\)\)" + LOOP)
# What is taken back: the switch reads as off, a connector as gone.
READ_OFF = re.compile(r"while \(-not \(-not \(Get-OrganizationConfig\)\.RejectDirectSend\)\)" + LOOP)
GONE = re.compile(r"while \(-not \(-not \(Get-InboundConnector -Identity (?P<connector>.+?) -ErrorAction SilentlyContinue\)\)\)"
                  + LOOP)
# Removed only where it is there.
IF_THERE = re.compile(r"if \(\(Get-(?P<noun>InboundConnector|TransportRule) -Identity (?P<name>.+?) -ErrorAction SilentlyContinue\)"
                      r"(?:\.Mode)?\) \{ (?P<line>Remove-(?P=noun) -Identity (?P=name) .+) \}")
STOP_IF_ON = re.compile(r"if \(\(Get-OrganizationConfig\)\.RejectDirectSend\) \{ throw (?P<why>.+) \}")
WANTED = re.compile(r"\$wanted = (.+)")
PLAIN = r"-split ',' -replace '\^smtp:\|;1\$\|/32\$' \| Sort-Object"
CONDITIONS = (
    (re.compile(r"-not \$_\.(\w+)"), lambda _: ""),
    (re.compile(r"\$_\.(\w+) -eq (.+)"), lambda match: one_word(match[2])),
    (re.compile(r"\(\(@\(\$_\.(\w+)\) -join ',' " + PLAIN + r"\) -join ','\) -eq "
                r"\(\(\$wanted " + PLAIN + r"\) -join ','\)"), None))
# A person must say yes, and who pastes the script into a console does not.
ASKS = re.compile(r"if \(\(Read-Host 'Before (\w+): did postern plan next say that it may be done\? yes or no'\) -ne 'yes'\) "
                  r"\{ throw 'stopped before \1' \}")


def one_word(text):
    """A value that stands alone."""
    [word] = words(text)
    return word


def asked_of(condition, wanted):
    """The property that a condition asks for, with the value that it must have."""
    for form, value in CONDITIONS:
        if match := form.fullmatch(condition):
            return match[1], wanted if value is None else value(match)
    raise Live(condition)


def read_back(script):
    """Each (connector, property, value) that a script waits for; of a list, its items with commas between them."""
    out, wanted = [], None
    for line in script.split("\n"):
        if match := WANTED.fullmatch(line):
            wanted = one_word(match[1])
        elif match := CONNECTOR.fullmatch(line):
            out.append((one_word(match["connector"]), *asked_of(match["condition"], wanted)))
            wanted = None
    return out


def checks(script):
    """What a script stops at: ("throw", why) where it always does, ("ask", stage), ("wait", connector, rule, or None for
    the switch), ("off",) and ("gone", connector) of what is taken back, ("stop if on",) for the switch."""
    read_back(script)
    out = []
    for line in script.split("\n"):
        if match := READ_BACK.fullmatch(line):
            one_word(match["why"])
            out.append(("wait", None if match["rule"] is None else one_word(match["rule"])))
        elif match := CONNECTOR.fullmatch(line):
            one_word(match["why"])
            out.append(("wait", one_word(match["connector"])))
        elif match := READ_OFF.fullmatch(line):
            one_word(match["why"])
            out.append(("off",))
        elif match := GONE.fullmatch(line):
            one_word(match["why"])
            out.append(("gone", one_word(match["connector"])))
        elif match := STOP_IF_ON.fullmatch(line):
            one_word(match["why"])
            out.append(("stop if on",))
        elif line.startswith("throw "):
            out.append(("throw", one_word(line[len("throw "):])))
        elif match := ASKS.fullmatch(line):
            out.append(("ask", match.group(1)))
    return out


def commands(script):
    """Each command of a script as (cmdlet, {parameter: value}). What only checks is none."""
    checks(script)
    out = []
    for line in script.split("\n"):
        if not line or line.startswith(("#", "throw ")) or line in OWN:
            continue
        if any(form.fullmatch(line) for form in (READ_BACK, CONNECTOR, READ_OFF, GONE, STOP_IF_ON, WANTED, ASKS)):
            continue
        guarded = IF_THERE.fullmatch(line)
        cmdlet, *rest = words(guarded["line"] if guarded else line)
        parameters, at = {}, 0
        while at < len(rest):
            name = rest[at]
            if not isinstance(name, str) or not name.startswith("-"):
                raise Live(f"{name!r} is no parameter")
            if ":" in name:
                name, _, value = name.partition(":")
                parameters[name[1:]] = {"$true": True, "$false": False}[value]
                at += 1
            else:
                parameters[name[1:]] = rest[at + 1]
                at += 2
        out.append((cmdlet, parameters))
    return out

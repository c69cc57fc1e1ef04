"""PowerShell's reading of a command line, as far as scripts of ours may go: written from
about_Parsing and about_Quoting_Rules, independently of what writes them. Anything live (variables but
$true and $false, subexpressions, separators, redirections) is an error."""

import re

QUOTES = "'\u2018\u2019\u201a\u201b"
ENDS = "\r\n\u0085\u2028\u2029"
LIVE = set("$`;|&(){}<>\"#@") | set("\u201c\u201d\u201e")


class Live(Exception):
    """Something that PowerShell would run or expand."""


def words(line):
    """The arguments of one command: text, True or False, or a list where commas stand."""
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
            if line[at] in ENDS or (line[at] in LIVE and not line.startswith(("$true", "$false"), at)):
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
    if not literal and text in ("$true", "$false"):
        return text == "$true"
    return text


OWN = ("$ErrorActionPreference = 'Stop'", "$until = (Get-Date).AddMinutes(30)")
READ_BACK = re.compile(r"while \(-not \((?:Get-OrganizationConfig|Get-(?:InboundConnector|TransportRule) -Identity (.+?) "
                       r"-ErrorAction SilentlyContinue)\)\.(?:RejectDirectSend|Enabled|Mode)\) "
                       r"\{ if \(\(Get-Date\) -gt \$until\) "
                       r"\{ throw (.+) \}; Start-Sleep -Seconds 15 \}")
# A person must say yes, and who pastes the script into a console does not.
ASKS = re.compile(r"if \(\(Read-Host 'Before (\w+): did postern plan next say that it may be done\? yes or no'\) -ne 'yes'\) "
                  r"\{ throw 'stopped before \1' \}")


def checks(script):
    """What a script stops at: ("throw", why) where it always does, ("ask", stage), ("wait", connector, rule, or None for
    the switch)."""
    out = []
    for line in script.split("\n"):
        if match := READ_BACK.fullmatch(line):
            name, why = match.groups()
            if len(words(why)) != 1 or (name is not None and len(words(name)) != 1):
                raise Live(line)
            out.append(("wait", None if name is None else words(name)[0]))
        elif line.startswith("throw "):
            [why] = words(line[len("throw "):])
            out.append(("throw", why))
        elif match := ASKS.fullmatch(line):
            out.append(("ask", match.group(1)))
    return out


def commands(script):
    """Each command of a script as (cmdlet, {parameter: value}). What only checks is none."""
    checks(script)
    out = []
    for line in script.split("\n"):
        if not line or line.startswith(("#", "throw ")) or line in OWN or READ_BACK.fullmatch(line) or ASKS.fullmatch(line):
            continue
        cmdlet, *rest = words(line)
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

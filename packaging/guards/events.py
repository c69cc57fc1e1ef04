"""Each event that the gate logs is told to administrators, and none that it does not log.

Looked at: the first argument of each `LogLine` and of the functions that begin one, against the table of
docs/gate.md headed "| event |"."""

import re

from .tree import Finding, line_of

PAGE = "docs/gate.md"
BEGINS = re.compile(r"\b(?:LogLine(?: \w+)?|session_line|line)\(((?:[^(),]|\([^()]*\))*)[,)]")
LITERAL = re.compile(r'"([a-z_]+)"')
TABLE = re.compile(r"^\| *event *\|[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n?)+)", re.MULTILINE)
# A record's outcome, by its name in src/ledger/record.cpp.
OUTCOMES = {"refused", "would_refuse", "exception", "undetermined"}


def events(tree):
    """(event, file, line) of each that is logged."""
    for path in tree.ending(".cpp", ".hpp"):
        text = tree.text(path)
        if not path.startswith("src/") or path.endswith("_test.cpp") or "/testing/" in path or "LogLine" not in text:
            continue
        for call in BEGINS.finditer(text):
            for event in LITERAL.findall(call.group(1)):
                yield event, path, line_of(text, call.start())


def check(tree):
    if PAGE not in tree.files:
        return
    text = tree.text(PAGE)
    table = TABLE.search(text)
    told = set(re.findall(r"`([a-z_]+)`", " ".join(
        row.split("|")[1] for row in table.group(1).splitlines()))) if table else set()
    logged = set(OUTCOMES)
    for event, path, line in events(tree):
        logged.add(event)
        if event not in told:
            yield Finding(path, line, f"logs {event}, which {PAGE} does not tell")
    for event in sorted(told - logged):
        yield Finding(PAGE, line_of(text, table.start()), f"tells of the event {event}, which nothing logs")

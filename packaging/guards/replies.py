"""Each refusal and deferral that the gate says itself stands on the page of replies, and no other.

Looked at: an enhanced status of 4 or 5 and the first text behind it in the rooms that answer, against the
first column of the tables of docs/gate-replies.md. Where the gate's own name is put before the text, the
row has HOST there."""

import re

from .tree import Finding, line_of

PAGE = "docs/gate-replies.md"
ROOMS = ("src/policy/", "src/judge/", "src/smtp/", "src/gate/")
# The call where it is one that puts the name before its text; the status; the text.
SAID = re.compile(r'(give_up\()?"([45]\.\d\.\d+)",\s*[^";]*?"([^"]+)"')
HOST = "HOST "
COMMENT = re.compile(r"//[^\n]*")
TOLD = re.compile(r"`\d{3} ([45]\.\d\.\d+) ([^`]+)`")


def replies(tree):
    """((status, beginning of the text), file, line) of each."""
    for path in tree.files:
        if not path.startswith(ROOMS) or not path.endswith((".cpp", ".hpp")):
            continue
        if path.endswith("_test.cpp") or "/testing/" in path:
            continue
        text = COMMENT.sub("", tree.text(path))
        for said in SAID.finditer(text):
            words = said.group(3).partition("{")[0]
            # What begins with a blank stands behind a name.
            named = said.group(1) or words.startswith(" ")
            yield (said.group(2), (HOST if named else "") + words.strip()), path, line_of(text, said.start())


def check(tree):
    if PAGE not in tree.files:
        return
    text = tree.text(PAGE)
    told = [(found.group(1), found.group(2), line_of(text, found.start()))
            for row in re.finditer(r"^\|(.*?[^\\])\|", text, re.MULTILINE)
            for found in TOLD.finditer(text, row.start(1), row.end(1))]
    said = set()
    for (status, begin), path, line in replies(tree):
        said.add((status, begin))
        if not any(status == each and there.startswith(begin) for each, there, _ in told):
            yield Finding(path, line, f'says "{status} {begin}", which {PAGE} does not tell')
    for status, there, line in told:
        if not any(status == each and there.startswith(begin) for each, begin in said):
            yield Finding(PAGE, line, f'tells of "{status} {there}", which nothing says')

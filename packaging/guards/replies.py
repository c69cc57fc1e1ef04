"""Each refusal and deferral that the gate says itself stands on the page of replies, and no other.

Looked at: an enhanced status of 4 or 5 and the first text behind it in the rooms that answer, against the
first column of the tables of docs/gate-replies.md."""

import re

from .tree import Finding, line_of

PAGE = "docs/gate-replies.md"
ROOMS = ("src/policy/", "src/judge/", "src/smtp/", "src/gate/")
SAID = re.compile(r'"([45]\.\d\.\d+)",\s*[^";]*?"([^"]+)"')
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
            yield (said.group(1), said.group(2).partition("{")[0].strip()), path, line_of(text, said.start())


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

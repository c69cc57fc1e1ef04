"""A page that says which test holds a promise names one that is there.

Looked at: every table headed "| promise | test |". In its last column stand files of the tree, and
behind each, if not the whole file holds the promise, what in it does: `Suite` or `Suite.Name` of a C++
test, `test_name` or `Class.test_name` of a Python test, or words of a text case. A test that always
skips holds nothing; one that skips where a peer is not installed holds it where that is."""

import re

from .tree import Finding, line_of

TABLE = re.compile(r"^\| *promise *\| *test *\|[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n?)+)", re.MULTILINE)
QUOTED = re.compile(r"`([^`\n]+)`")


def is_in(word, path, text):
    if path.endswith(".cpp"):
        suite, _, name = word.partition(".")
        return re.search(rf"\bTEST(?:_F|_P)?\(\s*{re.escape(suite)},\s*{re.escape(name) if name else ''}", text)
    if path.endswith(".py"):
        return all(re.search(rf"^ *(?:def|class) {re.escape(part)}\b", text, re.MULTILINE)
                   for part in word.split("."))
    return word in text


def always_skips(word, path, text):
    """Of a Python test; a C++ test that is off has another name, DISABLED_..."""
    name = re.escape(word.split(".")[-1])
    return path.endswith(".py") and re.search(
        rf"""^\ *@(?:unittest\.)?(?:skip|expectedFailure)\b[^\n]*\n(?:\ *@[^\n]*\n)*\ *(?:def|class)\ {name}\b
           | ^\ *def\ {name}\([^\n]*\n(?:\ *\"\"\"[^\n]*\"\"\"\n)?\ *(?:self\.skipTest|raise\ unittest\.SkipTest)\(""",
        text, re.MULTILINE | re.VERBOSE)


def check_row(tree, page, line, cells):
    path = None
    for word in QUOTED.findall(cells[-1]):
        if "/" in word and " " not in word:
            path = word if word in tree.files else None  # what is not there, texts.py tells
            named = path or word
        elif path and not is_in(word, path, tree.text(path)):
            yield Finding(page, line, f"names `{word}` of {named}, which is not in it")
        elif path and always_skips(word, path, tree.text(path)):
            yield Finding(page, line, f"names `{word}` of {named}, which never runs")
    if not QUOTED.search(cells[-1]):
        yield Finding(page, line, "promises, and names no test")


def check(tree):
    for page in tree.ending(".md"):
        text = tree.text(page)
        for table in TABLE.finditer(text):
            at = table.start(1)
            for row in table.group(1).splitlines():
                yield from check_row(tree, page, line_of(text, at), row.strip().strip("|").split("|"))
                at += len(row) + 1

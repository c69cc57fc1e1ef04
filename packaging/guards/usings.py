"""A source uses what its using-declarations and namespace aliases name.

clang-tidy looks for these in a file of its own alone, and packaging/lint.sh shows it a room at a time."""

import re

from .includes import code_of
from .tree import Finding, line_of

# At namespace scope, where the layout does not indent.
DECLARED = re.compile(r"^(?:using\s+[\w:]+::(\w+)|namespace\s+(\w+)\s*=\s*[\w:]+)\s*;", re.MULTILINE)


def check(tree):
    for path in tree.ending(".cpp"):
        code = code_of(tree.text(path))
        for found in DECLARED.finditer(code):
            name = found.group(1) or found.group(2)
            elsewhere = code[:found.start()] + code[found.end():]
            if not re.search(rf"\b{name}\b", elsewhere):
                yield Finding(path, line_of(code, found.start()), f"nothing here uses {name}: remove the line")

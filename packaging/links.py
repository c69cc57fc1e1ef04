#!/usr/bin/env python3
"""packaging/links.py FOLDER: every link of the pages in the folder leads to something in it. Prints a line
for each that does not, and exits 1 then."""

import pathlib
import re
import sys


def dead(folder):
    """["docs/gate.md: decisions/0008.md"] of the links that lead nowhere."""
    folder = pathlib.Path(folder).resolve()
    found = []
    for page in sorted(folder.glob("**/*.md")):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            where = (page.parent / target).resolve()
            if not (where.exists() and where.is_relative_to(folder)):
                found.append(f"{page.relative_to(folder)}: {target}")
    return found


if __name__ == "__main__":
    faults = dead(sys.argv[1])
    for fault in faults:
        print(f"links.py: {fault} is not there", file=sys.stderr)
    sys.exit(1 if faults else 0)

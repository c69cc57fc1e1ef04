#!/usr/bin/env python3
"""The guards of the house: what no compiler and no linter sees.

    packaging/house.py [--headers BUILD] [--compiler CXX] [--jobs N] [ROOT]

Prints a line for each fault (where, what, what to do) and exits 1 if there is one. With --headers each
header is compiled alone too, with the flags of the build folder BUILD. The guards are the modules in
packaging/guards/; packaging/house_test.py plants a fault of each kind."""

import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from guards import events, headers, includes, lengths, metrics, names, promises, replies, rooms, testing, texts, twice, unused, usings  # noqa: E402
from guards.tree import Tree  # noqa: E402

GUARDS = (events, lengths, includes, metrics, names, promises, replies, rooms, testing, texts, twice, unused, usings)


def findings(root):
    tree = Tree(root)
    return sorted(finding for guard in GUARDS for finding in guard.check(tree))


def main():
    parser = argparse.ArgumentParser(description="The guards of the house.")
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--headers", metavar="BUILD", help="compile each header alone, as BUILD does")
    parser.add_argument("--compiler", metavar="CXX", help="with this compiler instead of BUILD's")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    found = findings(options.root)
    if options.headers:
        found += headers.check(Tree(options.root), options.headers, options.jobs, options.compiler)
    for finding in found:
        print(finding)
    print(f"house: {len(found)} faults" if found else "house: in order", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

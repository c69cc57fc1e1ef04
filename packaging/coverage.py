"""packaging/coverage.py SUMMARY: a table of rooms, in Markdown, from gcovr's --json-summary."""

import collections
import json
import pathlib
import sys


def rooms(summary):
    """{room: [lines run, lines, branches run, branches]}; headers count for their room."""
    out = collections.defaultdict(lambda: [0, 0, 0, 0])
    for file in summary["files"]:
        parts = pathlib.PurePosixPath(file["filename"]).parts
        if len(parts) < 3 or parts[0] != "src":
            continue
        for i, key in enumerate(("line_covered", "line_total", "branch_covered", "branch_total")):
            out[parts[1]][i] += file[key]
    return out


def percent(run, all_):
    return f"{100 * run / all_:.1f} %" if all_ else "–"


def table(counted):
    whole = [sum(each) for each in zip(*counted.values())]
    lines = ["| room | lines | of | branches | of |", "|---|---:|---:|---:|---:|"]
    for room, (run, all_, taken, branches) in [*sorted(counted.items()), ("all", whole)]:
        lines.append(f"| {room} | {percent(run, all_)} | {all_} | {percent(taken, branches)} | {branches} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(rooms(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")))))

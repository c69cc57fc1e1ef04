"""No file over 600 lines: it would be about two things."""

from .tree import Finding

LIMIT = 600
FOLDERS = ("src/", "tests/", "examples/", "bench/", "fuzz/", "packaging/")
KINDS = (".cpp", ".hpp", ".py", ".sh", ".cmake")


def check(tree):
    for path in tree.ending(*KINDS):
        if not path.startswith(FOLDERS):
            continue
        count = tree.text(path).count("\n")
        if count > LIMIT:
            yield Finding(path, 0, f"{count} lines; over {LIMIT} a file is about two things: cut it")

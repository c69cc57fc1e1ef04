"""What a header promises, something calls; what a key of a settings file sets, something reads.

The compiler sees neither: a subcommand whose add_X_command() nobody calls links well, and so does an option
that an administrator can set and no line of the program looks at. A function counts as called where its name
stands indented, so not at its declaration or definition; tests call too."""

import re

from .includes import code_of
from .tree import Finding, is_test, line_of

# A function at namespace scope, where the layout does not indent.
DECLARED = re.compile(r"^(?!return\b|using\b|template\b|namespace\b|struct\b|class\b|enum\b|typedef\b|static_assert\b)"
                      r"[A-Za-z][\w:<>,&*\[\] ]*[ &*>](\w+)\(", re.MULTILINE)
INDENTED = re.compile(r"^[ \t].*", re.MULTILINE)
WITHIN_A_LINE = re.compile(r"(?:[{]|=[^=]).*")
# A row of a table of keys: text(&Settings::user).
SET = re.compile(r"&\w+::([a-z]\w+)")
READ = re.compile(r"(?<!::)\b([a-z]\w+)\b(?!\s*\()")
READ_IN_HEADER = re.compile(r"(?:\.|->)(\w+)\b(?!\s*\()")


def check(tree):
    sources = {path: code_of(tree.text(path)) for path in tree.ending(".cpp", ".hpp")
               if path.startswith(("src/", "fuzz/", "bench/", "tests/"))}
    called, read = set(), set()
    for path, code in sources.items():
        for line in INDENTED.findall(code) + WITHIN_A_LINE.findall(code):
            called.update(re.findall(r"\w+", line))
        if not is_test(path) and path.startswith("src/"):
            read.update((READ if path.endswith(".cpp") else READ_IN_HEADER).findall(code))
    for path, code in sources.items():
        if is_test(path) or not path.startswith("src/"):
            continue
        if path.endswith(".hpp"):
            for found in DECLARED.finditer(code):
                if found.group(1) not in called and not found.group(1).startswith("operator"):
                    yield Finding(path, line_of(code, found.start(1)),
                                  f"nothing calls {found.group(1)}: call it, or remove it")
        if path.endswith("keys.cpp") or any(name.startswith("settings_file/")
                                            for _, name in tree.quoted_includes(path)):
            for found in SET.finditer(code):
                if found.group(1) not in read:
                    yield Finding(path, line_of(code, found.start(1)),
                                  f"a key sets {found.group(1)}, and nothing reads it: use it, or remove the key")

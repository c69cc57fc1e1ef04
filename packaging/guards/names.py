"""Two files of one room give no two things one name in their anonymous namespaces: it trips a reader,
and the release build, which compiles a room's files as one.

Functions may share a name where their parameters differ, aliases where they stand for the same."""

import collections
import re

from .includes import code_of
from .tree import Finding, is_test, line_of

SPACE = re.compile(r"\bnamespace\s*([\w:]*)\s*\{")
SPACE_ALIAS = re.compile(r"^namespace\s+(\w+)\s*=\s*([\w:]+)$")
TYPE = re.compile(r"^(?:template\s*<[^;{]*>\s*)?(?:struct|class|union|enum(?:\s+class)?)\s+(\w+)")
ALIAS = re.compile(r"^using\s+(\w+)\s*=\s*(.*)$", re.DOTALL)
USING = re.compile(r"^using\s+([\w:]*::)(\w+)$")
FUNCTION = re.compile(r"([\w~]+)\s*\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)\s*"
                      r"(?:const|noexcept|override|->[^{;]*|\s)*$")
VARIABLE = re.compile(r"(\w+)(?:\s*\[[^\]]*\])*\s*(?:=|$|\{)")


def closing(code, at):
    depth = 0
    for i in range(at, len(code)):
        depth += {"{": 1, "}": -1}.get(code[i], 0)
        if depth == 0:
            return i
    return len(code)


def statements(code, start, end):
    """[(offset, text)] of the declarations between two braces, without what their own braces hold."""
    at, text, first = start, "", None
    while at < end:
        char = code[at]
        if char == "{":
            at = closing(code, at)
            # What follows a type's brace may go on; what follows a function's or a constant's ends.
            text += "{"
            if not TYPE.match(text.strip()) and "=" not in text:
                yield first, text.rstrip("{").strip()
                text, first = "", None
        elif char == ";":
            if text.strip():
                yield first, text.strip()
            text, first = "", None
        else:
            if first is None and not char.isspace():
                first = at
            text += char
        at += 1


def parameters(text):
    """Types of the parameters, so that a name, a default or a namespace more is no difference."""
    kept = []
    for each in re.split(r",(?![^<]*>)", text):
        each = re.sub(r"\s*=.*", "", each.strip(), flags=re.DOTALL)
        each = re.sub(r"(?<=[\s&*>])\w+$", "", each) if re.search(r"[\w>&*]\s*[\s&*>]\w+$", each) else each
        kept.append(re.sub(r"\s+", "", re.sub(r"\b(?:\w+::)+", "", each)))
    return ",".join(kept)


def declared(text):
    """(name, what tells it from another of that name) or None."""
    if text.startswith(("static_assert", "friend", "template class", "extern")):
        return None
    if found := SPACE_ALIAS.match(text):
        return found.group(1), "=" + found.group(2)
    if text.startswith("namespace"):
        return None
    if found := ALIAS.match(text):
        return found.group(1), "=" + re.sub(r"\s+", "", found.group(2))
    if found := USING.match(text):
        return found.group(2), "using" + found.group(1) + found.group(2)
    if found := TYPE.match(text):
        return found.group(1), None
    if "=" not in text.split("(", 1)[0]:
        if found := FUNCTION.search(text):
            return found.group(1), "(" + parameters(found.group(2)) + ")"
    if found := VARIABLE.search(re.sub(r"<[^<>]*(?:<[^<>]*>[^<>]*)*>", "", text)):
        return found.group(1), None
    return None


def clashes(one, other):
    """Whether two declarations of one name, told apart as declared() does, can't stand side by side."""
    if one is None or other is None:
        return True
    if one[0] == other[0] == "(":
        return one == other
    if {one[0], other[0]} == {"(", "u"}:
        return False  # a function, and functions of another room
    return one != other


def of_file(text):
    """[(name with its namespaces, distinction, line)] of what stands in anonymous namespaces."""
    code = code_of(text)
    # Namespaces by where they end, innermost last; an anonymous one counts for all within it.
    open_spaces = []
    for space in SPACE.finditer(code):
        end = closing(code, space.end() - 1)
        open_spaces = [each for each in open_spaces if each[0] > space.start()] + [(end, space.group(1))]
        names = [name for _, name in open_spaces]
        if "" not in names:
            continue
        for offset, statement in statements(code, space.end(), end):
            found = declared(statement)
            if found and offset is not None:
                where = "::".join(name for name in names if name)
                yield f"{where}::{found[0]}", found[1], line_of(text, offset)


def check(tree):
    for room in tree.rooms:
        known = collections.defaultdict(list)
        for path in tree.room_files(room):
            if not path.endswith(".cpp") or is_test(path):
                continue
            told = set()
            for name, distinction, line in of_file(tree.text(path)):
                clash = next((where for other, where in known[name]
                              if where != path and clashes(distinction, other)), None)
                if clash and name not in told:
                    told.add(name)
                    yield Finding(path, line, f"{name} is also a name in {clash}, and the release build "
                                              "compiles both as one: name them apart, or give what is "
                                              "the same one home")
                known[name].append((distinction, path))

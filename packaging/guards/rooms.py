"""A room includes what it links, links what it includes, and its README says so.

USES in postern_room() are the rooms that its own files include; THROUGH are those whose headers come
along with them; TEST_USES are those that only its tests include. cmake/room.cmake puts these on the
include path and no others."""

import fnmatch
import functools
import re

from .tree import Finding, is_test, line_of


def room_of(include):
    return include.split("/", 1)[0]


class Graph:
    def __init__(self, tree):
        self.tree = tree

    def direct(self, room, tests):
        """{other room: (file, line) of the first include} over the room's files or its tests."""
        found = {}
        for path in self.tree.room_files(room):
            if is_test(path) != tests:
                continue
            for line, include in self.tree.quoted_includes(path):
                other = room_of(include)
                if other != room and other in self.tree.rooms:
                    found.setdefault(other, (path, line))
        return found

    @functools.lru_cache(maxsize=None)
    def reached(self, header):
        """Rooms that come along with a header, its own too."""
        self_and_below, todo, seen = set(), [header], set()
        while todo:
            one = todo.pop()
            if one in seen:
                continue
            seen.add(one)
            self_and_below.add(room_of(one))
            path = f"src/{one}"
            if (self.tree.root / path).is_file():
                todo += [include for _, include in self.tree.quoted_includes(path)]
        return frozenset(self_and_below & set(self.tree.rooms))

    def through(self, room):
        reached = set()
        for path in self.tree.room_files(room):
            if not is_test(path):
                for _, include in self.tree.quoted_includes(path):
                    reached |= self.reached(include)
        return reached - {room} - set(self.direct(room, tests=False))


def may_use(readme):
    """(line, rooms named) of the sentence "May use ..."; None where there is none."""
    found = re.search(r"\bMay use:?\s(?:[^.`]|`[^`]*`|\([^)]*\))*", readme)
    if not found:
        return None
    # What stands in brackets explains.
    sentence = re.sub(r"\([^)]*\)", "", found.group(0))
    return (readme.count("\n", 0, found.start()) + 1,
            [name.rstrip("/") for name in re.findall(r"`([^`]+)`", sentence)])


def check(tree):
    graph = Graph(tree)
    order = list(tree.rooms)
    for name, room in tree.rooms.items():
        cmake = f"src/{name}/CMakeLists.txt"
        direct = graph.direct(name, tests=False)
        for other in sorted(direct.keys() - room.uses):
            path, line = direct[other]
            yield Finding(path, line, f"includes {other}/, which is not among USES in {cmake}")
        for other in sorted(room.uses - direct.keys()):
            yield Finding(cmake, 0, f"USES {other}, but nothing in {name} includes it: take it away")
        through = graph.through(name)
        for other in sorted(through - room.uses - room.through):
            yield Finding(cmake, 0, f"{other}/ comes along with a header that {name} includes: add it "
                                    "to THROUGH")
        for other in sorted(room.through - through):
            yield Finding(cmake, 0, f"THROUGH names {other}, which comes along with no header: take it "
                                    "away")
        for other in sorted(room.uses | room.through):
            if other not in tree.rooms or order.index(other) >= order.index(name):
                yield Finding(cmake, 0, f"{name} links {other}, which is no room below it in "
                                        "POSTERN_ROOMS (CMakeLists.txt)")
        tests = graph.direct(name, tests=True)
        for other in sorted(tests.keys() - direct.keys() - room.test_uses):
            path, line = tests[other]
            yield Finding(path, line, f"includes {other}/: add it to TEST_USES in {cmake}")
        for other in sorted(room.test_uses - (tests.keys() - direct.keys())):
            yield Finding(cmake, 0, f"TEST_USES {other}, which no test needs beside USES: take it away")
        yield from check_readme(tree, room)


def check_table(tree, room, readme):
    """A table "| file | holds |" leaves out no file of the room; those in folders of it need no row."""
    text = tree.text(readme)
    table = re.search(r"^\| file \| holds \|\n", text, re.MULTILINE)
    if not table:
        return
    named = [word.partition(".")[0] for word in re.findall(r"`([a-z_0-9*.]+)`", text)]
    files = {path.rsplit("/")[-1].partition(".")[0] for path in tree.room_files(room.name)
             if not is_test(path) and path.count("/") == 2}
    for name in sorted(files):
        if not any(fnmatch.fnmatch(name, each) for each in named):
            yield Finding(readme, line_of(text, table.start()), f"the table of files leaves out {name}")


def check_readme(tree, room):
    path = f"src/{room.name}/README.md"
    if not (tree.root / path).is_file():
        yield Finding(path, 0, "every room has a README that says what it promises and may use")
        return
    said = may_use(tree.text(path))
    if said is None:
        yield Finding(path, 0, 'lacks the sentence "May use: `room`, ..."')
        return
    line, names = said
    yield from check_table(tree, room, path)
    named = {name for name in names if name in tree.rooms}
    for other in sorted(named - room.uses):
        yield Finding(path, line, f'"May use" names {other}, which the room does not link')
    for other in sorted(room.uses - named):
        yield Finding(path, line, f'"May use" leaves out {other}, which the room links')

"""What only tests use lies in a folder testing/, and nothing but tests includes it."""

import collections

from .tree import Finding, is_test


def check(tree):
    users = collections.defaultdict(list)
    for path in tree.ending(".cpp", ".hpp"):
        for line, include in tree.quoted_includes(path):
            users[include].append((path, line))
    # What is compiled into a room is the room's, whoever calls it: auth is a library for others too.
    built = {f"src/{room.name}/{source}" for room in tree.rooms.values()
             for source in room.lists["SOURCES"]}
    for header in tree.ending(".hpp", under="src/"):
        include = header[len("src/"):]
        own = header[:-len(".hpp")] + ".cpp"
        others = [(path, line) for path, line in users[include] if path != own]
        if is_test(header):
            for path, line in others:
                # Benchmarks and fuzzers may play with what tests play with.
                if path.startswith("src/") and not is_test(path):
                    yield Finding(path, line, f"includes {include}, which is for tests")
        elif "gtest/gtest.h" in tree.angle_includes(header):
            yield Finding(header, 0, "includes gtest: a header for tests lies in a folder testing/")
        elif own not in built and others and all(is_test(path) for path, _ in others):
            yield Finding(header, 0, "only tests include it: such a header lies in a folder testing/")

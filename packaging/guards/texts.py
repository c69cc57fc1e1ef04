"""A text of the house that names a file names one that exists.

Looked at: every *.md of the tree, and comments of C++, Python, shell and CMake. In *.md what stands in
backticks and the targets of links are names; in comments every word that looks like a path of the tree
or a C++ file. What an administrator's own machine holds (`tenant.toml`, `/etc/...`) is not ours to
find."""

import pathlib
import posixpath
import re

from .tree import Finding, line_of

# Ending of what can only be a file of this tree when it stands alone, without a folder.
OURS = (".cpp", ".hpp", ".py", ".sh", ".cmake", "_test", "CMakeLists.txt")
WORD = re.compile(r"^[\w.*/{},+-]+$")
# A page of a room may list its files without their ending, in a table headed "file".
FILE_TABLE = re.compile(r"^\| *[Ff]ile *\|[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n?)+)", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
COMMENTS = {
    (".cpp", ".hpp"): re.compile(r"//[^\n]*"),
    (".py",): re.compile(r"(?<!\S)#[^\n]*|\"{3}.*?\"{3}", re.DOTALL),
    (".sh", ".cmake", "CMakeLists.txt", "Makefile"): re.compile(r"(?<!\S)#[^\n]*"),
}
# src/ROOM/README.md, tests/decisions/*.txt, decide.cpp
IN_COMMENT = re.compile(r"(?<![\w./<{$}*:-])((?:[\w*-]+/)+[\w.*-]*|[\w-]+\.(?:cpp|hpp))(?![\w/])")


def braces(word):
    """a.{b,c} as [a.b, a.c]."""
    found = re.search(r"\{([^{}]*)\}", word)
    if not found:
        return [word]
    return [each for choice in found.group(1).split(",")
            for each in braces(word[:found.start()] + choice + word[found.end():])]


def as_pattern(word):
    """NAME_fuzzer.cpp stands for any: *_fuzzer.cpp."""
    return re.sub(r"(?<![A-Za-z])(?!README|LICENSE|CHANGELOG)[A-Z]{3,}(?![A-Za-z])", "*", word)


class Names:
    """What can be meant by a word in a text."""

    def __init__(self, tree):
        self.tree = tree
        self.paths = set(tree.files) | tree.folders
        self.tops = {name.split("/", 1)[0] for name in tree.files if "/" in name}

    def exists(self, path):
        path = posixpath.normpath(path)
        if "*" in path:
            return any(pathlib.PurePosixPath(name).match(path) for name in self.paths)
        # A decision goes by its number: docs/decisions/0001.
        return path in self.paths or (path[-1:].isdigit() and
                                      any(name.startswith(path + "-") for name in self.paths))

    def found(self, word, folder):
        """Whether the word names something, seen from the text's folder or from the top, or, where it
        lies under src/, as #include has it. A room's README means its own files."""
        word = as_pattern(word.rstrip("/"))
        if any(self.exists(posixpath.join(base, word)) for base in (folder, "", "src")):
            return True
        if "/" in word:
            return False
        within = folder + "/" if folder.startswith("src/") else ""
        return any(pathlib.PurePosixPath(name).match(word) for name in self.paths
                   if name.startswith(within))

    def is_ours(self, word, folder):
        """Whether a word claims to be a file or folder of this tree."""
        top = word.split("/", 1)[0]
        if "/" in word.rstrip("/"):
            return top in self.tops or (top in self.tree.rooms and word.endswith(OURS)) or \
                f"{folder}/{top}" in self.tree.folders
        return word.endswith(OURS[:4]) or word == "CMakeLists.txt"


def check_page(tree, names, path):
    folder = posixpath.dirname(path)
    text = tree.text(path)
    # Shown code is somebody else's text.
    prose = FENCE.sub(lambda shown: re.sub(r"[^\n]", " ", shown.group(0)), text)
    for quoted in re.finditer(r"`([^`\n]+)`", prose):
        word = quoted.group(1)
        if not WORD.match(word) or word.startswith(("/", "-", "*.", ".")):
            continue
        for each in braces(word):
            if names.is_ours(each, folder) and not names.found(each, folder):
                yield Finding(path, line_of(text, quoted.start()),
                              f"names `{each}`, and there is no such file")
    for table in FILE_TABLE.finditer(prose):
        for row in re.finditer(r"^\|([^|]*)\|", table.group(1), re.MULTILINE):
            for word in re.findall(r"`([\w*]+)`", row.group(1)):
                if not names.found(f"{word}.*", folder) and not names.found(word, folder):
                    yield Finding(path, line_of(text, table.start(1) + row.start()),
                                  f"lists `{word}`, and there is no such file beside it")
    for link in LINK.finditer(prose):
        target = link.group(1).split("#", 1)[0]
        if target and ":" not in target and not names.exists(posixpath.join(folder, target)):
            yield Finding(path, line_of(text, link.start()), f"links to {target}, which does not exist")


def check_comments(tree, names, path, pattern):
    folder = posixpath.dirname(path)
    text = tree.text(path)
    for comment in pattern.finditer(text):
        for named in IN_COMMENT.finditer(comment.group(0)):
            word = named.group(1).rstrip(".")
            if names.is_ours(word, folder) and not names.found(word, folder):
                yield Finding(path, line_of(text, comment.start() + named.start()),
                              f"a comment names {word}, and there is no such file")


def check(tree):
    names = Names(tree)
    for path in tree.ending(".md"):
        yield from check_page(tree, names, path)
    for endings, pattern in COMMENTS.items():
        for path in tree.ending(*endings):
            yield from check_comments(tree, names, path, pattern)

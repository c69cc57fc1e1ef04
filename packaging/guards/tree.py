"""The tree that the guards look at: which files it has, what they say, which rooms there are."""

import dataclasses
import functools
import pathlib
import re
import subprocess

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
KEYWORDS = ("SOURCES", "USES", "THROUGH", "LIBRARIES", "PUBLIC_LIBRARIES", "TESTS", "TEST_USES",
            "TEST_LIBRARIES")


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    """One fault: where, what, and what to do, in one line."""

    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


class Room:
    """What src/NAME/CMakeLists.txt says in postern_room(): a list of names for each keyword."""

    def __init__(self, name, cmake):
        self.name = name
        self.lists = {keyword: [] for keyword in KEYWORDS}
        call = re.search(r"postern_room\(([^)]*)\)", re.sub(r"#.*", "", cmake))
        current = None
        for word in call.group(1).split()[1:] if call else []:
            if word in self.lists:
                current = self.lists[word]
            elif current is not None:
                current.append(word)

    @property
    def uses(self):
        return set(self.lists["USES"])

    @property
    def through(self):
        return set(self.lists["THROUGH"])

    @property
    def test_uses(self):
        return set(self.lists["TEST_USES"])


class Tree:
    """A folder with the layout of this project. Paths are text, relative to it."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()

    @functools.cached_property
    def files(self):
        """Every file that belongs to the tree, sorted; where git knows, what it ignores is left out."""
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                cwd=self.root, capture_output=True, check=True).stdout.decode().split("\0")
            return sorted(name for name in listed if name and (self.root / name).is_file())
        return sorted(str(file.relative_to(self.root)) for file in self.root.rglob("*")
                      if file.is_file())

    @functools.cached_property
    def folders(self):
        return {str(parent) for name in self.files for parent in pathlib.PurePath(name).parents}

    def ending(self, *suffixes, under=""):
        return [name for name in self.files if name.startswith(under) and name.endswith(suffixes)]

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    @functools.lru_cache(maxsize=None)
    def quoted_includes(self, path):
        """[(line, what)] of #include "what"."""
        return [(line_of(self.text(path), found.start()), found.group(1))
                for found in INCLUDE.finditer(self.text(path)) if found.group(1)]

    @functools.lru_cache(maxsize=None)
    def angle_includes(self, path):
        return {found.group(2) for found in INCLUDE.finditer(self.text(path)) if found.group(2)}

    @functools.cached_property
    def rooms(self):
        """name -> Room, lowest first."""
        listed = re.search(r"set\(POSTERN_ROOMS(.*?)\)", self.text("CMakeLists.txt"), re.DOTALL)
        names = listed.group(1).split() if listed else []
        return {name: Room(name, self.text(f"src/{name}/CMakeLists.txt")) for name in names}

    def room_files(self, name):
        return self.ending(".cpp", ".hpp", under=f"src/{name}/")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def is_test(path):
    """Tests stand beside the code as *_test.cpp; what several of them share lies in testing/."""
    return path.endswith("_test.cpp") or "/testing/" in path or path.startswith("tests/")

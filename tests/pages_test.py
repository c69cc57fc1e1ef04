"""Every command that a page shows is run, and what it prints is what the page shows.

A block of a page that begins with ```console holds commands ("$ …", gone on by lines that begin with
"> ") and their output. The blocks of one page run one after another in one folder, in which
examples/ is the tree's. Renew what they show with

    POSTERN=build/release/postern POSTERN_SOURCE=$PWD GENERATE_EXAMPLE= UPDATE=1 python3 tests/pages_test.py
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from program import POSTERN, SOURCE, postern

PAGES = sorted(SOURCE.glob("docs/**/*.md"))
BLOCK = re.compile(r"^( *)```console\n(.*?)^ *```$", re.M | re.S)
# Programs of others whose options a page names.
OTHERS = re.compile(r"\b(az|cmake|ctest|docker|kubectl|podman|swaks|systemctl|wsl|house\.py|mutate\.py|run\.py)\b")
UPDATE = bool(os.environ.get("UPDATE"))


class Folder:
    """Where a page's commands run."""

    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.scratch.name)
        (folder / "examples").symlink_to(SOURCE / "examples")
        (folder / "bin").mkdir()
        (folder / "bin" / "postern").symlink_to(pathlib.Path(POSTERN).resolve())
        self.folder = folder
        self.environment = {"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8",
                            "COLUMNS": "100"}

    def run(self, command):
        done = subprocess.run(["sh", "-c", command], cwd=self.folder, env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
        return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def commands(block):
    """[(command, shown)] of a block's lines."""
    out = []
    for line in block.splitlines():
        if line.startswith("$ "):
            out.append([line, []])
        elif (line == ">" or line.startswith("> ")) and out and not out[-1][1]:
            out[-1][0] += "\n" + line
        else:
            out[-1][1].append(line)
    return [(head, "\n".join(shown)) for head, shown in out]


def run_page(text):
    """The page as its commands make it, and how many there were."""
    where = Folder()
    count = 0

    def renewed(match):
        nonlocal count
        indent, body = match.groups()
        lines = []
        for head, _ in commands("\n".join(line.removeprefix(indent) for line in body.splitlines())):
            count += 1
            printed = where.run("\n".join(line[2:] for line in head.splitlines()))
            lines += head.splitlines() + printed.splitlines()
        block = "".join((indent + line).rstrip() + "\n" for line in lines)
        return f"{indent}```console\n{block}{indent}```"

    with where.scratch:
        return BLOCK.sub(renewed, text), count


class Pages(unittest.TestCase):
    maxDiff = None

    def test_what_they_show_is_what_comes(self):
        shown = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")]
        self.assertGreater(len(shown), 10)
        for page in shown:
            with self.subTest(page=page.name):
                text = page.read_text(encoding="utf-8")
                made, count = run_page(text)
                self.assertGreater(count, 0)
                if UPDATE:
                    page.write_text(made, encoding="utf-8")
                self.assertEqual(made, text if not UPDATE else made)

    def test_every_option_that_is_named_exists(self):
        helps = {}
        for page in sorted(SOURCE.glob("docs/**/*.md")) + [SOURCE / "README.md"]:
            if "decisions" in page.parts:
                continue
            text = page.read_text(encoding="utf-8")
            for line in re.findall(r"^(?: {4}|\$ |>? *)(?:sudo )?postern [a-z].*$", text, re.M):
                words = line.replace("$ ", "").strip().removeprefix("sudo ").split("#")[0].split()
                path = []
                for word in words[1:]:
                    if not re.fullmatch(r"[a-z-]+", word) or word.startswith("-"):
                        break
                    path.append(word)
                while path and postern(*path, "--help").status != 0:
                    path.pop()
                key = tuple(path)
                if key not in helps:
                    helps[key] = postern(*path, "--help").out
                for option in re.findall(r"(?<=\s)--[a-z-]+", " ".join(words)):
                    with self.subTest(page=page.name, line=line):
                        self.assertRegex(helps[key], rf"{option}\b")

    def test_every_option_in_a_sentence_is_somebodys(self):
        ours = set(re.findall(r"`(--[a-z-]+)`", postern("manual", "--options").out)) | {"--help", "--version"}
        self.assertGreater(len(ours), 100)
        for page in [*SOURCE.glob("*.md"), *SOURCE.glob("docs/**/*.md"), *SOURCE.glob("src/*/README.md")]:
            if "decisions" in page.parts or page.name == "CHANGELOG.md":
                continue
            for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
                for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line):
                    with self.subTest(page=str(page.relative_to(SOURCE)), line=number):
                        self.assertTrue(option in ours or OTHERS.search(line), option)

    def test_every_link_leads_somewhere(self):
        for page in [*SOURCE.glob("*.md"), *SOURCE.glob("docs/**/*.md"), *SOURCE.glob("src/*/README.md"),
                     *SOURCE.glob("examples/**/*.md")]:
            text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
                if re.match(r"[a-z]+:", target):
                    continue
                with self.subTest(page=str(page.relative_to(SOURCE)), target=target):
                    self.assertTrue((page.parent / target).exists())


class ThePackage(unittest.TestCase):
    """What cmake/package.cmake installs of the documents links among itself."""

    def staged(self, root):
        rules = re.findall(r"install\((FILES|DIRECTORY) ([^()]*?)\s+DESTINATION \$\{CMAKE_INSTALL_DOCDIR\}([^\s)]*)\)",
                           (SOURCE / "cmake" / "package.cmake").read_text(encoding="utf-8"))
        self.assertGreater(len(rules), 3)
        for _, sources, folder in rules:
            for source in sources.split():
                if source.startswith("$"):
                    continue
                target = root / folder.lstrip("/") / pathlib.Path(source).name
                target.parent.mkdir(parents=True, exist_ok=True)
                if (SOURCE / source).is_dir():
                    shutil.copytree(SOURCE / source, target)
                else:
                    shutil.copy(SOURCE / source, target)

    def test_every_link_leads_somewhere(self):
        with tempfile.TemporaryDirectory() as scratch:
            root = pathlib.Path(scratch)
            self.staged(root)
            look = [sys.executable, "-B", SOURCE / "packaging" / "links.py", root]
            done = subprocess.run(look, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            (root / "SECURITY.md").unlink()
            done = subprocess.run(look, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("README.md: SECURITY.md is not there", done.stderr)


class ThePagesTest(unittest.TestCase):
    """A wrong page is found out."""

    def test_a_page_that_shows_something_else(self):
        text = "```console\n$ echo one\n> two\n$ echo a; echo b\na\nb\n```\n"
        self.assertEqual(run_page(text)[1], 2)
        self.assertNotEqual(run_page(text)[0], text)
        self.assertEqual(run_page("```console\n$ echo one\none\n```\n")[0], "```console\n$ echo one\none\n```\n")

    def test_a_folder_is_a_page_s_own(self):
        text = "```console\n$ echo one > kept\n```\nand\n```console\n$ cat kept; postern --version | head -c 7\none\npostern\n```\n"
        self.assertEqual(run_page(text)[0], text)
        self.assertNotEqual(run_page(text.partition("and\n")[2])[0], text.partition("and\n")[2])


if __name__ == "__main__":
    unittest.main()

"""Each header compiles alone: what a file includes first must not decide whether it compiles.

The flags are those of the source of the same name, or of one in the same folder, from
BUILD/compile_commands.json."""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess

from .tree import Finding


class Commands:
    """How the build compiles the sources of each folder."""

    def __init__(self, tree, build):
        self.by_folder = {}
        self.by_name = {}
        for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text()):
            source = pathlib.Path(entry["file"])
            if source.is_relative_to(tree.root):
                folder = str(source.relative_to(tree.root).parent)
                how = (entry["directory"], shlex.split(entry["command"]))
                self.by_folder.setdefault(folder, how)
                # A folder may hold sources of several targets, which see different rooms.
                self.by_name.setdefault(str(source.relative_to(tree.root).with_suffix("")), how)

    def syntax_of(self, header, compiler=None):
        """(directory, command) that looks at `header` and writes nothing; None where no source near it
        is compiled."""
        path = pathlib.PurePosixPath(header)
        near = [self.by_name.get(str(path.with_suffix("")))]
        near += [self.by_folder.get(str(folder)) for folder in path.parents]
        how = next((each for each in near if each), None)
        if how is None:
            return None
        directory, command = how
        # Neither ccache, which keeps no syntax checks, nor an output.
        words = [word for word in command if pathlib.Path(word).name != "ccache"]
        kept, skip = [compiler or words[0]], False
        for word in words[1:]:
            if skip or word in ("-c", "-o"):
                skip = word == "-o"
            elif not word.endswith(".cpp"):
                kept.append(word)
        # Another compiler has warnings of its own; they are told where it builds.
        other = ["-Wno-error", "-Wno-unknown-warning-option"] if compiler else []
        return directory, kept + other + ["-fsyntax-only", "-x", "c++"]


def compile_alone(command, directory, path):
    # As the main file it would warn that #pragma once stands there.
    return subprocess.run(command + ["-include", path, os.devnull], cwd=directory, capture_output=True,
                          text=True, check=False)


def check(tree, build, jobs=os.cpu_count(), compiler=None, folders=("src/", "examples/", "bench/")):
    commands = Commands(tree, build)

    def one(header):
        how = commands.syntax_of(header, compiler)
        if how is None:
            return Finding(header, 0, "nothing beside it is compiled: is it used at all?")
        directory, command = how
        done = compile_alone(command, directory, str(tree.root / header))
        if done.returncode == 0:
            return None
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:300])
        return Finding(header, 0, f"does not compile alone: {first.strip()}")

    headers = [header for header in tree.ending(".hpp") if header.startswith(folders)]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from (finding for finding in pool.map(one, headers) if finding)

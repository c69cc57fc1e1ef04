#!/usr/bin/env python3
"""Which behaviour does no test hold? Every mutant of the files that decide, against its room's tests.

    tests/mutation/mutate.py [--work DIR] [--jobs N] [--cmake ARG]... [--longest SECONDS] [--list] [--table] [FILE]...

The tree is copied to DIR (build/mutation), and there each file is rewritten so that it holds all its mutants,
of which POSTERN_MUTANT in the environment chooses one: they are compiled once, together (sites.py tells what
is mutated). A test is run against a mutant only where it reaches it, the quickest first; one that fails, or
takes far longer than it did, kills it. What survives is printed with its line; those that change nothing
anybody can see stand in equivalent.txt with the reason. Exits 1 where a mutant survives, 2 where the tests
fail by themselves. --table prints the counts in Markdown."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import sites

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What decides, by room; the rest of a room is readers and writers, which fuzzers and golden texts hold.
FILES = {
    "policy": "decide facts matching originating partner compile near_miss readings",
    "judge": "judge hearing proofs protections header_edits author",
    "smtp": "server_session server_verbs data_reader envelope",
    "plan": "coverage make_plan proof",
    "impact": "conclude merge message_join movers naming signs proof_of_sender standing concern kind",
    "auth": "dmarc",
}


def targets(chosen):
    listed = [f"src/{room}/{name}.cpp" for room, names in FILES.items() for name in names.split()]
    return [path for path in listed if not chosen or path in chosen]


def copy_tree(to):
    """Every file that git knows, written anew only where it changed, so that little is compiled again."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            write(to / name, (ROOT / name).read_bytes())


def write(path, content):
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def build(work, options, rooms):
    """The room's tests; what the compiler said where it fails."""
    done = subprocess.run(["cmake", "--build", str(work / "tree" / "build" / "mutation"), "-j", str(options.jobs), "--target",
                           *(f"{room}_test" for room in rooms), "--", "-k", "0"],
                          capture_output=True, text=True)
    return None if done.returncode == 0 else done.stdout + done.stderr


def instrument(work, options, paths, rooms):
    """Builds the tests with every mutant that compiles; [Mutant], numbered from 1."""
    dropped = set()
    while True:
        mutants = []
        for path in paths:
            text, found = sites.instrument(path, (ROOT / path).read_text(), len(mutants) + 1, dropped)
            write(work / "tree" / path, text.encode())
            mutants += found
        said = build(work, options, rooms)
        if said is None:
            return mutants
        # In any order, an error stands in a line of the file itself.
        wrong = {(path, int(line)) for path, line in
                 re.findall(r"(src/\w+/\w+\.cpp):(\d+):\d+: (?:error|  required)", said)}
        wrong = {each for each in wrong if each[0] in paths} - dropped
        if not wrong:
            sys.exit(f"mutate: the tests do not build:\n{said[-3000:]}")
        dropped |= wrong


class Tests:
    """One room's tests: how long each takes, and which mutants it reaches."""

    def __init__(self, work, room):
        self.binary = work / "tree" / "build" / "mutation" / "src" / room / f"{room}_test"
        self.folder = work
        suite, self.names = "", []
        for line in self.run(["--gtest_list_tests"], {}).stdout.splitlines():
            name = line.split("#")[0]
            if name.startswith("  "):
                self.names.append(suite + name.strip())
            else:
                suite = name.strip()
        self.seconds, self.reached = {}, {}

    def run(self, arguments, environment, timeout=600):
        return subprocess.run([self.binary, "--gtest_brief=1", *arguments], capture_output=True, text=True,
                              timeout=timeout, cwd=self.folder, errors="replace",
                              env={**os.environ, "GTEST_FAIL_FAST": "1", **environment})

    def learn(self, name):
        hits = self.folder / f"hits.{self.binary.name}.{name.replace('/', '_')}"
        began = time.monotonic()
        done = self.run([f"--gtest_filter={name}"], {"POSTERN_MUTANT_HITS": str(hits)})
        self.seconds[name] = time.monotonic() - began
        if done.returncode != 0:
            sys.exit(f"mutate: {name} fails without a mutant:\n{done.stdout[-2000:]}")
        self.reached[name] = set(map(int, hits.read_text().split())) if hits.is_file() else set()
        hits.unlink(missing_ok=True)

    def kill(self, number, longest):
        """The test that fails; None where none does."""
        reaching = sorted((name for name in self.names
                           if number in self.reached[name] and self.seconds[name] <= longest),
                          key=lambda name: self.seconds[name])
        # The quick ones at once, then one by one.
        quick = [name for name in reaching if self.seconds[name] < 0.3]
        for names in [quick[at:at + 40] for at in range(0, len(quick), 40)] + [
                [name] for name in reaching[len(quick):]]:
            allowed = 10 + 10 * sum(self.seconds[name] for name in names)
            try:
                done = self.run([f"--gtest_filter={':'.join(names)}"], {"POSTERN_MUTANT": str(number)}, allowed)
            except subprocess.TimeoutExpired:
                return f"{names[0]} (too long)"
            if done.returncode != 0:
                failed = re.findall(r"\[  FAILED  \] (\S+)", done.stdout)
                return failed[0] if failed else f"{names[0]} (ended by a signal)"
        return None


def equivalents():
    """{mutant: why}: "MUTANT # why" a line."""
    out = {}
    for line in (pathlib.Path(__file__).parent / "equivalent.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            mutant, _, why = line.partition(" # ")
            out[mutant.strip()] = why.strip()
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="some of the files alone")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "mutation")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--cmake", action="append", default=[], help="for the build of the copy")
    parser.add_argument("--list", action="store_true", help="print the mutants and end")
    parser.add_argument("--longest", type=float, default=float("inf"), metavar="SECONDS",
                        help="leave slower tests out: what then survives is only suspected")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    paths = targets(options.files)
    if options.list:
        for path in paths:
            for mutant in sites.instrument(path, (ROOT / path).read_text(), 1, set())[1]:
                print(mutant.name)
        return 0
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    rooms = sorted({path.split("/")[1] for path in paths})
    copy_tree(work / "tree")
    subprocess.run(["cmake", "-S", str(work / "tree"), "-B", str(work / "tree" / "build" / "mutation"), "-G", "Ninja",
                    "-DCMAKE_BUILD_TYPE=Debug", "-DPOSTERN_WARNINGS_AS_ERRORS=OFF", *options.cmake],
                   check=True, stdout=subprocess.DEVNULL)
    mutants = instrument(work, options, paths, rooms)
    tests = {room: Tests(work, room) for room in rooms}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda each: each[0].learn(each[1]),
                      [(of, name) for of in tests.values() for name in of.names]))
        killers = []
        for killer in pool.map(lambda each: tests[each.path.split("/")[1]].kill(each.number, options.longest),
                               mutants):
            killers.append(killer)
            if len(killers) % 100 == 0:
                print(f"mutate: {len(killers)} of {len(mutants)}", file=sys.stderr, flush=True)

    equal, counts, survived = equivalents(), {}, []
    for mutant, killer in zip(mutants, killers):
        count = counts.setdefault(mutant.path, [0, 0, 0])
        kind = 0 if killer else 1 if mutant.name in equal else 2
        count[kind] += 1
        if kind == 2:
            survived.append(mutant)
    write(work / "results.json", json.dumps(
        [{"mutant": m.name, "line": m.line, "killed_by": k} for m, k in zip(mutants, killers)], indent=1).encode())
    for mutant in survived:
        reached = any(mutant.number in reached for reached in tests[mutant.path.split("/")[1]].reached.values())
        print(f"{mutant.path}:{mutant.line}: {'survives' if reached else 'no test comes here'}: {mutant.name}")
    if options.table:
        print("| file | mutants | killed | change nothing | survive |\n|---|---|---|---|---|")
        for path, (killed, same, left) in counts.items():
            print(f"| `{path}` | {killed + same + left} | {killed} | {same} | {left} |")
    total = [sum(count[kind] for count in counts.values()) for kind in range(3)]
    print(f"mutate: {len(mutants)} mutants: {total[0]} killed, {total[1]} change nothing, {total[2]} survive")
    unknown = set(equal) - {mutant.name for mutant in mutants}
    for name in sorted(unknown if not options.files else ()):
        print(f"equivalent.txt: no such mutant any more: {name}")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())

"""compare.py SPF_SUITE [SECONDS]: SPF checks a second, beside libspf2 and pyspf, by turns.

The queries are those of the published suite for RFC 7208, DNS is a zone in memory for each, and
each figure is the median of five runs of SECONDS (default 1). "As the suite says" counts queries
with an answer that the suite allows: a checker that gives up early is fast, but not right.
"""

import json
import pathlib
import statistics
import subprocess
import sys

from suite import SUITE, scenarios

ROUNDS = 5
TARGETS = {"libspf2": 3, "pyspf": 50}


def main():
    program = sys.argv[1]
    seconds = sys.argv[2] if len(sys.argv) > 2 else "1"
    if not SUITE.exists():
        sys.exit(f"{SUITE} is not there (package python3-spf)")
    queries = json.dumps(list(scenarios()))
    pyspf = pathlib.Path(__file__).with_name("pyspf.py")
    commands = {
        "postern": [program, "postern", seconds],
        "postern-cold": [program, "postern-cold", seconds],
        "libspf2": [program, "libspf2", seconds],
        "pyspf": [sys.executable, pyspf, seconds],
    }
    rates = {name: [] for name in commands}
    right = {}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            done = subprocess.run(
                command, input=queries, text=True, capture_output=True, timeout=300, check=False
            )
            if done.returncode != 0:
                sys.exit(f"{name} ended with {done.returncode}: {done.stderr.strip()}")
            _, rate, good, of = done.stdout.split()
            rates[name].append(float(rate))
            right[name] = f"{good} of {of}"
    print("SPF, the suite's queries, one thread")
    print(f"{'':14}{'checks/s':>12}{'postern is':>14}{'target':>9}  as the suite says")
    medians = {name: statistics.median(each) for name, each in rates.items()}
    for name, rate in medians.items():
        ratio = f"{medians['postern'] / rate:.1f} x"
        target = f"{TARGETS[name]} x" if name in TARGETS else ""
        print(f"{name:14}{rate:12,.0f}{ratio:>14}{target:>9}  {right[name]}")


main()

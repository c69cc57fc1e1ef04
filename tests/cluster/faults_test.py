"""Every fault over 100,000 verdicts through three gates: `make cluster-test`.

    faults_test.py [--messages N] [--rate N] [--old] [FAULT...]

With --old: the distribution's own server, in which the same must find a loss, and ends with the first:
the test of the test.
Prints a line for each fault. Exit status: 0 as promised; 1 not; 77 no server."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import faults
from loopback import nats_server


def told(name, found):
    words = ", ".join(f"{key} {value}" for key, value in found.items() if key != "said")
    print(f"{name}: {words}", flush=True)
    if found["said"]:
        print("  " + found["said"].strip().replace("\n", "\n  "), flush=True)


def holds(found):
    return (found["lost"] == found["doubled"] == found["strange"] == found["dropped"] == 0
            and found["status"] == 0 and len(set(found["replicas"])) == 1
            and found["answer most ms"] < 5000)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--messages", type=int, default=99999)
    words.add_argument("--rate", type=int, default=8000)
    words.add_argument("--old", action="store_true")
    words.add_argument("fault", nargs="*", choices=[*faults.FAULTS, []])
    chosen = words.parse_args()
    program = nats_server("old" if chosen.old else "new")
    if program is None:
        print("no nats-server: packaging/fetch-nats-server.sh build/nats" + " old" * chosen.old)
        return 77
    usual = ["kill_two", "kill_three"] if chosen.old else list(faults.FAULTS)
    good = []
    for name in chosen.fault or usual:
        with faults.Run(program, chosen.messages, chosen.rate, [faults.FAULTS[name]],
                        "allow_old_server = true\n" * chosen.old) as run:
            if not run.begin():
                print(f"{name}: skipped, this machine lets nobody mount a small file system")
                continue
            found = run.measure()
            told(name, found)
            good.append(found["lost"] == 0 if chosen.old else holds(found))
            if chosen.old and not good[-1]:
                print("the old server lost, as it must")
                return 0
    if chosen.old:
        print("the old server lost nothing: these runs prove nothing")
        return 1
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

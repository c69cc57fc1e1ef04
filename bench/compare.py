"""compare.py POSTERN GENERATE NODE_FOLDER: whole commands, beside DuckDB, in alternating runs.

Files are made once, read once before the runs (page cache), and each figure is the median of five. CPU seconds (user and
system) hardly hang on what else the machine does.
A child's peak memory can't show less than this process has when it forks, about 12 MB.
Each reads with one core and with all of them; DuckDB does the same grouping.
"""

import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROUNDS = 5
SOURCE = pathlib.Path(__file__).resolve().parent.parent
TENANT = SOURCE / "examples" / "contoso" / "tenant"


def run(command, **options):
    """Seconds, CPU seconds, peak memory in MB, and standard output of one run."""
    begun = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1, 3):
        sys.exit(f"{command[0]} ended with {child.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.decode()


def alternate(commands):
    """Medians of seconds, CPU seconds and memory for each command, run by turns."""
    results = [[] for _ in commands]
    for _ in range(ROUNDS):
        for result, command in zip(results, commands):
            result.append(run(command)[:3])
    return [tuple(map(statistics.median, zip(*result))) for result in results]


TRACE = {"Received": "Timestamp", "SenderAddress": "SenderMailFromAddress", "RecipientAddress": "RecipientEmailAddress",
         "FromIP": "SenderIPv4", "MessageId": "InternetMessageId", "MessageTraceId": "NetworkMessageId",
         "Status": "DeliveryAction", "Subject": "Subject"}


def make_further(events, data):
    """EmailEvents as JSON lines, and their mail as a message trace: the same rows in other forms."""
    lines, trace = data / "email-events.jsonl", data / "message-trace.csv"
    if not (lines.exists() and trace.exists()):
        with open(events, newline="") as rows, open(lines, "w") as as_json, open(trace, "w", newline="") as as_trace:
            out = csv.DictWriter(as_trace, TRACE, quoting=csv.QUOTE_ALL)
            out.writeheader()
            for row in csv.DictReader(rows):
                as_json.write(json.dumps(row, separators=(",", ":")) + "\n")
                out.writerow({name: row[source] for name, source in TRACE.items()})
    return lines, trace


def show(label, result, size, first):
    seconds, cpu, memory = result
    print(f"  {label:36}{seconds:8.2f}{cpu:8.2f}{size / cpu:9.0f}{memory:9.0f}{cpu / first[1]:8.2f}")


def main():
    postern, generate, node_folder = sys.argv[1:]
    data = pathlib.Path(node_folder) / "data"
    data.mkdir(exist_ok=True)
    script = str(pathlib.Path(node_folder) / "duckdb.mjs")
    cores = str(os.cpu_count())

    print(f"{'':38}{'s':>8}{'CPU s':>8}{'MB/CPU s':>9}{'peak MB':>9}{'ratio':>8}")
    for form, name in (("email-events", "EmailEvents"), ("extended", "historical search, extended")):
        path = data / f"{form}.csv"
        if not path.exists():
            run([generate, "--bulk", form, "1000000", str(path)])
        size = path.stat().st_size / 1e6
        with open(path, "rb") as file:  # into the page cache, without growing this process
            while file.read(1 << 20):
                pass
        impact = [postern, "impact", str(TENANT), str(path)]
        times = alternate(
            [
                ["taskset", "-c", "0", *impact],
                impact,
                ["taskset", "-c", "0", "node", script, form, str(path), "1"],
                ["node", script, form, str(path), cores],
            ]
        )
        print(f"{name}, 1,000,000 rows, {size:.0f} MB")
        for label, result in zip(
            (
                "postern impact, 1 core",
                f"postern impact, {cores} cores",
                "DuckDB, 1 core",
                f"DuckDB, {cores} cores",
            ),
            times,
        ):
            show(label, result, size, times[0])
    for path in make_further(data / "email-events.csv", data):
        size = path.stat().st_size / 1e6
        impact = [postern, "impact", str(TENANT), str(path)]
        times = alternate([["taskset", "-c", "0", *impact], impact])
        print(f"{path.name}, 1,000,000 rows, {size:.0f} MB")
        for label, result in zip(("postern impact, 1 core", f"postern impact, {cores} cores"), times):
            show(label, result, size, times[0])

    generator = subprocess.Popen(
        [generate, "--bulk", "email-events", "10000000", "/dev/stdout"], stdout=subprocess.PIPE
    )
    seconds, cpu, memory, _ = run([postern, "impact", str(TENANT), "-"], stdin=generator.stdout)
    generator.stdout.close()
    generator.wait()
    print("EmailEvents, 10,000,000 rows, through a pipe (as fast as they are made)")
    print(f"  {'postern impact':36}{seconds:8.2f}{cpu:8.2f}{'':9}{memory:9.0f}")

    [(seconds, cpu, memory)] = alternate([[postern, "audit", str(TENANT)]])
    print("the example's export")
    print(f"  {'postern audit':35}{seconds:9.4f}{cpu:8.4f}{'':9}{memory:9.0f}")


main()

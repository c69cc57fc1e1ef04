"""compare.py POSTERN GENERATE NODE_FOLDER: whole commands, beside DuckDB, in alternating runs.

Files are made once, read once before the runs (page cache), and each figure is the median of five.
A child's peak memory can't show less than this process has when it forks, about 12 MB.
Each reads with one core and with all of them; DuckDB does the same grouping.
"""

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
    """Seconds, peak memory in MB, and standard output of one run."""
    begun = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1, 3):
        sys.exit(f"{command[0]} ended with {child.returncode}")
    return seconds, usage.ru_maxrss / 1024, out.decode()


def alternate(commands):
    """Medians of seconds and of memory for each command, run by turns."""
    results = [[] for _ in commands]
    for _ in range(ROUNDS):
        for result, command in zip(results, commands):
            result.append(run(command)[:2])
    return [tuple(map(statistics.median, zip(*result))) for result in results]


def main():
    postern, generate, node_folder = sys.argv[1:]
    data = pathlib.Path(node_folder) / "data"
    data.mkdir(exist_ok=True)
    script = str(pathlib.Path(node_folder) / "duckdb.mjs")
    cores = str(os.cpu_count())

    print(f"{'':38}{'s':>8}{'MB/s':>9}{'peak MB':>9}{'ratio':>8}")
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
        for label, (seconds, memory) in zip(
            (
                "postern impact, 1 core",
                f"postern impact, {cores} cores",
                "DuckDB, 1 core",
                f"DuckDB, {cores} cores",
            ),
            times,
        ):
            ratio = seconds / times[0][0]
            print(f"  {label:36}{seconds:8.2f}{size / seconds:9.0f}{memory:9.0f}{ratio:8.2f}")

    generator = subprocess.Popen(
        [generate, "--bulk", "email-events", "10000000", "/dev/stdout"], stdout=subprocess.PIPE
    )
    seconds, memory, _ = run([postern, "impact", str(TENANT), "-"], stdin=generator.stdout)
    generator.stdout.close()
    generator.wait()
    print("EmailEvents, 10,000,000 rows, through a pipe (as fast as they are made)")
    print(f"  {'postern impact':36}{seconds:8.2f}{'':9}{memory:9.0f}")

    [(seconds, memory)] = alternate([[postern, "audit", str(TENANT)]])
    print("the example's export")
    print(f"  {'postern audit':35}{seconds:9.4f}{'':9}{memory:9.0f}")


main()

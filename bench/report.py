#!/usr/bin/env python3
"""bench/report.py POSTERN FOLDER [SENDERS]: the HTML report of many random senders: size, time and memory beside the text
report's, and in Chromium time to load, to find, and the script's heap. Random strings, so that nothing packs well.

Needs tests/browser's modules in build/browser for the second half (packaging/fetch-browser-modules.sh)."""

import csv
import json
import os
import pathlib
import random
import shutil
import string
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TENANT = ROOT / "examples" / "contoso" / "tenant"


def word(draw, length):
    return "".join(draw.choices(string.ascii_letters + string.digits, k=length))


def write_evidence(path, senders):
    draw = random.Random(5)
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Timestamp", "NetworkMessageId", "SenderIPv4", "SenderMailFromAddress", "SenderFromAddress",
                      "RecipientEmailAddress", "Subject", "EmailDirection", "DeliveryLocation", "Connectors"])
        for number in range(senders):
            address = f"{11 + number // 65025}.{1 + number // 255 % 255}.{1 + number % 255}.{draw.randrange(1, 255)}"
            for _ in range(draw.randrange(1, 5)):
                sender = f"{word(draw, 16)}@contoso.com"
                out.writerow([f"2026-10-{draw.randrange(1, 29):02}T{draw.randrange(24):02}:00:00Z", word(draw, 24), address,
                              sender, sender, f"{word(draw, 8)}@contoso.com", word(draw, 40), "Inbound", "Inbox/folder", ""])


def measured(command):
    """Seconds, kilobytes of memory at most, octets written."""
    done = subprocess.run(["/usr/bin/env", "python3", "-c", """
import resource, subprocess, sys, time
begin = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)
""", *map(str, command)], capture_output=True, check=True, text=True)
    seconds, memory, code = done.stdout.split()
    assert int(code) in (0, 1, 3), command
    return float(seconds), int(memory)


def main():
    program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    senders = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
    folder.mkdir(parents=True, exist_ok=True)
    evidence = folder / f"senders-{senders}.csv"
    if not evidence.exists():
        write_evidence(evidence, senders)
    memory = {}
    for form in ("text", "csv", "html", "json"):
        out = folder / f"report.{form}"
        seconds, memory[form] = measured([program, "impact", TENANT, evidence, "--output", form, "--out", out])
        print(f"{form:5} {seconds:6.1f} s {memory[form] / 1024:7.0f} MB at most {out.stat().st_size / 1e6:8.2f} MB written")
    print(f"html's memory is {100 * memory['html'] / memory['text'] - 100:+.1f} % of the text report's")
    chromium, node = shutil.which("chromium"), shutil.which("node")
    modules = pathlib.Path(os.environ.get("POSTERN_BROWSER_MODULES", ROOT / "build" / "browser"))
    if not chromium or not node or not (modules / "node_modules").is_dir():
        print("no browser to look with")
        return
    jobs = folder / "jobs.json"
    jobs.write_text(json.dumps([{"name": "find", "file": str((folder / "report.html").resolve()), "find": "abc"}]))
    done = subprocess.run([node, ROOT / "tests" / "browser" / "look.mjs", modules, chromium, jobs],
                          capture_output=True, check=True, text=True, timeout=300)
    seen = json.loads(done.stdout)["find"]
    strokes = ", ".join(f"{stroke:.0f}" for stroke in seen["find"]["keystrokes"])
    print(f"opened in {seen['milliseconds'] / 1000:.2f} s; keystrokes {strokes} ms (the first unpacks); "
          f"heap {seen['find']['heap'] / 1e6:.0f} MB; {seen['find']['told']}")


main()

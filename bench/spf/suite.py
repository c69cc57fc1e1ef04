"""What the comparison of SPF checkers asks: the published suite for RFC 7208, as Debian's
python3-spf ships it, in one plain form that both programs read.

A scenario is {"zone": {name: {type: [values]}}, "queries": [[ip, sender, helo, [results]]]}. Types
are A, AAAA, MX (values [preference, host]), PTR, CNAME, TXT; a type whose value is "TIMEOUT" times
out.
"""

import gzip
import pathlib

import yaml

SUITE = pathlib.Path("/usr/share/doc/python3-spf/rfc7208-tests.yml.gz")
TYPES = ("A", "AAAA", "MX", "PTR", "TXT")


def records(entries):
    """One name's records. SPF entries stand for TXT ones unless those are there; a bare TIMEOUT
    holds for the types that are not listed."""
    has_txt = any(isinstance(entry, dict) and "TXT" in entry for entry in entries)
    found = {}
    for entry in entries:
        if entry == "TIMEOUT":
            for kind in TYPES:
                found.setdefault(kind, "TIMEOUT")
            continue
        ((kind, value),) = entry.items()
        if kind == "SPF":
            if has_txt:
                continue
            kind = "TXT"
        if value == "TIMEOUT":
            found[kind] = "TIMEOUT"
        elif value != "NONE":
            if kind != "MX" and isinstance(value, list):
                value = "".join(value)
            found.setdefault(kind, []).append(value)
    return found


def scenarios():
    with gzip.open(SUITE, "rt", encoding="utf-8") as text:
        for scenario in yaml.safe_load_all(text):
            yield {
                "zone": {
                    name.lower(): records(entries)
                    for name, entries in scenario["zonedata"].items()
                },
                "queries": [
                    [
                        test["host"],
                        test["mailfrom"],
                        test["helo"],
                        test["result"] if isinstance(test["result"], list) else [test["result"]],
                    ]
                    for test in scenario["tests"].values()
                ],
            }

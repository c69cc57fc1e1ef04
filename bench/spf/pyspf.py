"""pyspf.py SECONDS: pyspf over the suite. Prints "pyspf QUERIES_A_SECOND AS_THE_SUITE_SAYS OF"."""

import sys
import time

import spf
from suite import scenarios

zone = {}


def lookup(name, kind, _strict=True, _timeout=0):
    """Stands for pyspf's DNS: what its DNSLookup returns, from `zone`."""
    for _ in range(8):
        found = zone.get(name.lower().rstrip("."), {})
        values = found.get(kind)
        if values == "TIMEOUT":
            raise spf.TempError("DNS timeout")
        if values is not None or "CNAME" not in found:
            break
        name = found["CNAME"][0]
    if not values:
        return []
    if kind == "TXT":
        return [((name, kind), (value.encode(),)) for value in values]
    if kind == "MX":
        return [((name, kind), tuple(value)) for value in values]
    return [((name, kind), value) for value in values]


def main():
    global zone
    spf.DNSLookup = lookup
    everything = list(scenarios())
    asked = right = 0
    spent = 0.0
    end = time.monotonic() + float(sys.argv[1])
    first = True
    while first or time.monotonic() < end:
        for scenario in everything:
            zone = scenario["zone"]
            begun = time.perf_counter()
            results = []
            for ip, sender, helo, _ in scenario["queries"]:
                query = spf.query(ip, sender, helo, receiver="mx.example.org")
                results.append(query.check()[0])
            spent += time.perf_counter() - begun
            asked += len(results)
            if first:
                right += sum(
                    result in wanted
                    for result, (_, _, _, wanted) in zip(results, scenario["queries"])
                )
        if first:
            of = asked
            first = False
    print(f"pyspf {asked / spent:.0f} {right} {of}")


main()

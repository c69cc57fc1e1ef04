"""Adds up what judge.py found."""

from collections import Counter

WRONG = ("certain legitimate, but forged", "certain forged, but legitimate", "nobody breaks, but somebody does",
         "unanswered: proven, but breaks", "answered: proven, but breaks", "with losses: proven, but breaks",
         "unanswered: a connector lets an attacker in", "answered: a connector lets an attacker in", "with losses: a connector lets an attacker in")
LATER = ("unanswered: proven, but breaks what the evidence does not hold", "answered: proven, but breaks what the evidence does not hold",
         "with losses: proven, but breaks what the evidence does not hold", "unanswered: proven, but breaks in the fortnight after", "answered: proven, but breaks in the fortnight after",
         "with losses: proven, but breaks in the fortnight after")


def wrong_answers(results):
    return [(r["seed"], f) for r in results for f in r["findings"] if f[0] in WRONG]


def share(part, whole):
    return "%d of %d (%.1f %%)" % (part, whole, 100.0 * part / whole) if whole else "0 of 0"


def report(results):
    lines = ["%d tenants of %d to %d people" % (len(results), min(r["people"] for r in results), max(r["people"] for r in results)), ""]
    piles, kinds = {}, {}
    for r in results:
        for pile, mails in r["piles"].items():
            piles.setdefault(pile, Counter()).update(mails)
        for pile, senders in r["kinds"].items():
            kinds.setdefault(pile, Counter()).update(senders)
    lines.append("%-22s %12s %10s  senders by truth" % ("pile", "legitimate", "forged"))
    for pile in sorted(piles):
        lines.append("%-22s %12d %10d  %s" % (pile, piles[pile]["legitimate"], piles[pile]["forged"],
                                             ", ".join("%s %d" % (k, n) for k, n in kinds[pile].most_common())))
    legit = sum(c["legitimate"] for c in piles.values())
    lines += ["", "legitimate mail that is certain without answers: " + share(piles.get("certain legitimate", Counter())["legitimate"], legit)]
    facts = Counter()
    for r in results:
        facts.update(r["facts"])
    for name in ("in a connector", "listed", "signed", "nothing"):
        lines.append("  of that which has this fact, %s: %s" % (name, share(facts[name + ", certain"], facts[name] + facts[name + ", certain"])))
    for low, high in ((5, 50), (50, 200), (200, 400), (400, 1000)):
        some = sorted(r["questions"] for r in results if low <= r["people"] < high)
        if some:
            lines.append("questions at %d to %d people: median %d, 9 of 10 at most %d, most %d"
                         % (low, high - 1, some[len(some) // 2], some[int(len(some) * 0.9)], some[-1]))
    lines += ["", "impact's exit status: " + ", ".join("%d: %d" % p for p in sorted(Counter(r["impact_exit"] for r in results).items()))]
    with_plan = [r for r in results if r["exists"]]
    without = [r for r in results if not r["exists"]]
    lines.append("tenants for which a plan exists, proven once every question is answered: " + share(sum(r["answered"]["exit"] == 0 for r in with_plan), len(with_plan)))
    lines.append("  proven without answers: " + share(sum(r["unanswered"]["exit"] == 0 for r in with_plan), len(with_plan)))
    lines.append("tenants for which none exists, proven although: " + share(sum(r["answered"]["exit"] == 0 for r in without), len(without)))
    lines.append("  proven once what no connector can carry is let break: " + share(sum(r.get("with losses", {"exit": 9})["exit"] == 0 for r in without), len(without)))
    why = Counter()
    for r in with_plan:
        if r["answered"]["exit"]:
            why.update(set(r["answered"]["why"]) | set("not shown: " + n[:60] for n in r["answered"]["not_shown"]))
    lines.append("  why not proven: ")
    lines += ["    %4d  %s" % (n, w) for w, n in why.most_common(25)]
    lines.append("")
    for kind in WRONG + LATER:
        where = [(r["seed"], f) for r in results for f in r["findings"] if f[0] == kind]
        lines.append("%-60s %4d in %d tenants" % (kind, len(where), len({s for s, _ in where})))
        lines += ["      seed %d: %s" % (s, f[1:]) for s, f in where[:12]]
    return "\n".join(lines)


if __name__ == "__main__":  # tally.py FILE: what judge.py --json wrote
    import json
    import sys

    with open(sys.argv[1], encoding="utf-8") as file:
        print(report([json.loads(line) for line in file]))

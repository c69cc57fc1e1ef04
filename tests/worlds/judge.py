#!/usr/bin/env python3
"""Holds the program's answers against worlds whose truth is known.

    judge.py POSTERN --seeds 1-1000 [--keep FOLDER] [--json FILE] [--assert-zeros]

For each world: postern impact, postern plan, then postern plan again with every question answered
truthfully, the certificate of a service that presents one included. rule.py decides what would
become of each mail, not the program.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import generate
import rule
import tally


def run(program, command, folder, truth, *more):
    line = [program, command, os.path.join(folder, "tenant"), os.path.join(folder, "evidence"), *truth["arguments"], *more]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1, 3):
        raise RuntimeError("%s: exit %d: %s" % (" ".join(line), done.returncode, done.stderr[-500:]))
    return done


def concerned(truth):
    """Mails that the switch alone would refuse, of those that are taken today."""
    domains = truth
    for m in truth["mails"]:
        if m["refused_today"] or m["signed_in"]:
            continue
        if not rule.decide(domains, m, truth["connectors"], True)[0]:
            yield m


def holders(answer, mail):
    """The program's senders that this mail may be counted with, the likeliest first."""
    def score(s):
        named = mail["mail_from"] in s["envelope_senders"]
        signed = (s["dkim"].get("pass", 0) > 0) == (mail["dkim"] == "pass")
        passed = s["spf"].get(mail["spf"], 0) > 0 or s["spf"].get("unknown", 0) > 0
        refused = s["with_rejection"]["accept"] < s["messages"]
        return (mail["ip"] in s["addresses"], refused, named, signed, passed)

    near = [s for s in answer["senders"] if (mail["ip"] in s["addresses"] or s["address_count"] > len(s["addresses"]))
            and (mail["mail_from"] in s["envelope_senders"] or s["envelope_sender_count"] > len(s["envelope_senders"])
                 or not s["envelope_senders"])]
    return sorted(near, key=score, reverse=True)


def pile_of(sender):
    if sender["standing"] == "open":
        return "open"
    return "%s %s" % (sender["standing"], sender["looks"])


def judge_impact(truth, answer, exit_status, found):
    piles = defaultdict(Counter)
    senders = defaultdict(set)
    facts = Counter()
    cache = {}
    for m in concerned(truth):
        if not m["in_evidence"]:
            continue
        key = (m["ip"], m["mail_from"], m["dkim"], m["spf"])
        if key not in cache:
            near = holders(answer, m)
            cache[key] = near[0] if near else None
        s = cache[key]
        pile = pile_of(s) if s else "not shown"
        kind = truth["senders"][m["sender"]]
        what = "legitimate" if kind["legitimate"] else "forged"
        piles[pile][what] += m["count"]
        if what == "legitimate":
            facts[(m["fact"] or "nothing") + (", certain" if pile == "certain legitimate" else "")] += m["count"]
        senders[pile].add(m["sender"])
        if pile == "certain legitimate" and what == "forged":
            found("certain legitimate, but forged", kind["kind"], s["name"], s["fact"])
        if pile == "certain forged" and what == "legitimate":
            found("certain forged, but legitimate", kind["kind"], s["name"], s["fact"])
    legit = sum(c["legitimate"] for c in piles.values())
    if exit_status == 0 and legit:
        found("nobody breaks, but somebody does", legit)
    kinds = {p: Counter(truth["senders"][n]["kind"] for n in ns) for p, ns in senders.items()}
    return {"facts": facts, "piles": {p: dict(c) for p, c in piles.items()}, "kinds": {p: dict(c) for p, c in kinds.items()}}


def connectors_after(truth, plan):
    by_name = {c["Name"]: c for c in truth["connectors"]}
    switch = truth["switch"]
    for step in plan["steps"]:
        after = step["after"]
        if step["kind"] == "switch":
            switch = after["RejectDirectSend"]
        elif after is None:
            by_name.pop(step["before"]["Name"], None)
        else:
            by_name[after["Name"]] = after
    return list(by_name.values()), switch, [s["after"] for s in plan["steps"] if s["kind"] != "switch" and s["after"]]


def judge_plan(truth, plan, exit_status, accepted_loss, found, which):
    """What the planned tenant, with the switch on, does to every mail of the truth."""
    connectors, _, made = connectors_after(truth, plan)
    broken, unseen, later, let_in = Counter(), Counter(), Counter(), Counter()
    for m in truth["mails"]:
        if m["refused_today"] or m["signed_in"]:
            continue
        sender = truth["senders"][m["sender"]]
        taken, how = rule.decide(truth, m, connectors, True)
        if sender["legitimate"]:
            if not taken and m["sender"] not in accepted_loss:
                if m["afterwards"]:
                    later[sender["kind"]] += m["count"]
                elif m["in_evidence"]:
                    broken[sender["kind"]] += m["count"]
                else:
                    unseen[sender["kind"]] += m["count"]
        elif taken and not rule.decide(truth, m, truth["connectors"], True)[0]:
            by = next((c for c in made if c["Name"] == how), {})
            let_in["by certificate" if not rule.has_address(by, m["ip"]) else "by address", sender["kind"],
                   "in evidence" if m["in_evidence"] else "later or not in evidence"] += m["count"]
    if exit_status == 0 and broken:
        found("%s: proven, but breaks" % which, dict(broken))
    if let_in:
        found("%s: a connector lets an attacker in" % which, sorted(map(list, let_in.items())))
    if exit_status == 0 and unseen and not broken:
        found("%s: proven, but breaks what the evidence does not hold" % which, dict(unseen))
    if exit_status == 0 and later and not broken:
        found("%s: proven, but breaks in the fortnight after" % which, dict(later))
    return {"exit": exit_status, "broken": sum(broken.values()), "later": sum(later.values()), "connectors": len(made)}


# What the truth's kinds are called in senders.toml.
KINDS = {"device": "device or application", "application": "device or application", "online service": "online service",
         "newsletter": "online service", "phishing exercise": "online service", "signature service": "signature or gateway service",
         "own relay": "own server", "Azure Communication Services": "Azure Communication Services", "forwarder": "forwarder"}


def answer_questions(truth, path, let_break):
    """An administrator who knows the truth, and puts the kind right where the file guessed another. Returns how many
    questions there were, how many stay open since one holds several senders, what is let break, and how many kinds were put right."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    asked = [s for s in tomllib.loads(text).get("sender", []) if s.get("answer") == "?"]
    by_address = defaultdict(list)
    for m in truth["mails"]:
        if m["in_evidence"]:
            by_address[m["ip"]].append(m)
    words, kinds, certificates, open_still, loss = [], [], [], 0, set()
    for question in asked:
        mails = [m for ip in question.get("address", by_address) for m in by_address.get(ip, [])]
        names = question.get("envelope_sender")
        if names:
            mails = [m for m in mails if m["mail_from"] in names or "@" + m["mail_from"].rpartition("@")[2] in names]
        senders = {m["sender"] for m in mails if not m["signed_in"]}
        truths = {truth["senders"][n]["legitimate"] for n in senders}
        named = {KINDS.get(truth["senders"][n]["kind"]) for n in senders}
        presented = {m["certificate"] for m in mails if not m["signed_in"]}
        certificates.append(presented.pop() if truths == {True} and len(presented) == 1 else "")
        kinds.append(named.pop() if truths == {True} and len(named) == 1 else None)
        if truths == {True}:
            uncovered = {n for n in senders if not truth["senders"][n]["cover"]}
            if let_break and uncovered:
                words.append("let it break")
                loss |= senders
            else:
                words.append("keep")
        elif truths == {False}:
            words.append("refuse")
        else:
            words.append("?")
            open_still += 1
    words, kinds, certificates, put_right = iter(words), iter(kinds), iter(certificates), 0

    def reply(match):
        nonlocal put_right
        kind = next(kinds)
        given = match.group(1)
        if kind and given and 'kind = "%s"\n' % kind != given:
            given, put_right = 'kind = "%s"\n' % kind, put_right + 1
        certificate, word = next(certificates), next(words)
        stated = '\ncertificate = "%s"' % certificate if certificate and word == "keep" else ""
        return '%sanswer = "%s"%s' % (given or "", word, stated)

    text = re.sub(r'^(kind = "[^"]*"\n)?answer = "\?"$', reply, text, flags=re.M)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return len(asked), open_still, loss, put_right


def plan_exists(truth):
    """Whether connectors exist that let all legitimate mail in and no attacker."""
    needed = {m["sender"] for m in concerned(truth) if m["in_evidence"] and truth["senders"][m["sender"]]["legitimate"]}
    return all(truth["senders"][n]["cover"] for n in needed), sorted({truth["senders"][n]["why"] for n in needed if not truth["senders"][n]["cover"]})


def judge(program, folder):
    with open(os.path.join(folder, "truth.json"), encoding="utf-8") as file:
        truth = json.load(file)
    findings = []

    def found(what, *details):
        if [what, *details] not in findings:
            findings.append([what, *details])

    impact = run(program, "impact", folder, truth, "--output", "json")
    result = {"seed": truth["seed"], "people": truth["people"], "days": truth["days"], "evidence": truth["evidence"], "impact_exit": impact.returncode}
    answer = json.loads(impact.stdout)
    result |= judge_impact(truth, answer, impact.returncode, found)
    result["missing"] = [m["kind"] for m in answer["conclusion"]["missing"]] + answer["conclusion"]["missing_facts"]
    result["exists"], result["why_not"] = plan_exists(truth)
    for which, let_break in (("answered", False), ("with losses", True)):
        if let_break and result["exists"]:
            continue
        questions, loss, open_still = os.path.join(folder, "questions-%d.toml" % let_break), set(), 0
        for turn in range(4):
            path = os.path.join(folder, "plan.json")
            ran = run(program, "plan", folder, truth, "--questions", questions, "--plan", path)
            with open(path, encoding="utf-8") as file:
                plan = json.load(file)
            name = "unanswered" if turn == 0 else which
            result[name] = judge_plan(truth, plan, ran.returncode, loss, found, name)
            if not os.path.exists(questions):
                break
            asked, still, more, put_right = answer_questions(truth, questions, let_break)
            loss |= more
            result["kinds_put_right"] = result.get("kinds_put_right", 0) + put_right
            if turn == 0:
                result["questions"] = asked
            open_still = still
            if asked == still:
                break
        result[which] = result.get(which, result["unanswered"]) | {"open": open_still, "not_shown": plan["proof"]["not_shown"],
            "why": sorted({w for part in ("breaks", "let_in", "bystanders", "undetermined", "presumed", "unclear") for o in plan["proof"][part]
                           for w in ["%s: %s: %s" % (part, o["kind"], (o["why"] or [""])[0])]})}
    result.setdefault("questions", 0)
    result["findings"] = findings
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--seeds", default="1-12", help="first-last")
    parser.add_argument("--keep", help="folder to leave the worlds in; without it they are removed")
    parser.add_argument("--json", help="write every world's result to this file, one a line")
    parser.add_argument("--assert-zeros", action="store_true", help="exit 1 where a wrong answer was found")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    results, unrecorded, lines = [], [], open(options.json, "w", encoding="utf-8") if options.json else None
    for seed in range(int(first), int(last or first) + 1):
        with tempfile.TemporaryDirectory(prefix="postern-world-") as scratch:
            folder = os.path.join(options.keep or scratch, str(seed))
            generate.write(generate.build(seed), folder)
            if not any(files for _, _, files in os.walk(os.path.join(folder, "evidence"))):
                unrecorded.append(seed)
                continue
            result = judge(os.path.abspath(options.program), folder)
        results.append(result)
        if lines:
            print(json.dumps(result), file=lines, flush=True)
    print(tally.report(results))
    if unrecorded:
        print("worlds whose evidence holds no file, which the program refuses: %s" % ", ".join(map(str, unrecorded)))
    if options.assert_zeros and tally.wrong_answers(results):
        sys.exit(1)


if __name__ == "__main__":
    main()

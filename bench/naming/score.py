#!/usr/bin/env python3
"""score.py POSTERN FIRST LAST: makes the organisations of these seeds (world.py), lets the program
name their senders, answers every question truthfully, lets it plan, and prints as Markdown how well
that went (docs/classification.md). Loopback and a temporary folder only."""

import collections
import csv
import datetime
import ipaddress
import json
import pathlib
import subprocess
import sys
import tempfile

from world import FORGED, LEGITIMATE, World

EVENTS = ("Timestamp NetworkMessageId InternetMessageId SenderMailFromAddress SenderMailFromDomain SenderFromAddress "
          "SenderFromDomain SenderIPv4 RecipientEmailAddress Subject EmailDirection DeliveryAction DeliveryLocation "
          "AuthenticationDetails Connectors").split()
EXTENDED = ("date_time_utc client_ip client_hostname server_ip server_hostname source_context connector_id source event_id "
            "internal_message_id message_id network_message_id recipient_address recipient_status total_bytes recipient_count "
            "related_recipient_address reference message_subject sender_address return_path message_info directionality tenant_id "
            "original_client_ip original_server_ip custom_data").split()


def stamp(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def domain_of(address):
    return address.rpartition("@")[2]


def write_events(world, path):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, EVENTS)
        out.writeheader()
        for number, row in enumerate(sorted(world.rows + world.outside, key=lambda row: row["at"])):
            shown = row.get("header_from", row["from"])
            out.writerow({
                "Timestamp": stamp(row["at"]), "NetworkMessageId": f"{world.seed:08x}-0000-4000-8000-{number:012x}",
                "InternetMessageId": row["id"], "SenderMailFromAddress": row["from"], "SenderMailFromDomain": domain_of(row["from"]),
                "SenderFromAddress": shown, "SenderFromDomain": domain_of(shown), "SenderIPv4": row["address"],
                "RecipientEmailAddress": row["to"], "Subject": row["subject"], "EmailDirection": "Inbound",
                "DeliveryAction": row["delivery"],
                "DeliveryLocation": "Junk folder" if row["delivery"] == "Junked" else "Inbox/folder",
                "AuthenticationDetails": json.dumps({"SPF": row["spf"], "DKIM": row["dkim"], "DMARC": row["dmarc"],
                                                     "CompAuth": row["compauth"]}),
                "Connectors": ""})


def write_extended(world, path):
    with open(path, "w", newline="", encoding="utf-16-le") as file:
        out = csv.DictWriter(file, EXTENDED, restval="")
        out.writeheader()
        for number, row in enumerate(sorted(world.rows + world.outside, key=lambda row: row["at"])):
            out.writerow({
                "date_time_utc": stamp(row["at"]), "client_ip": row["address"], "client_hostname": row["host"],
                "server_hostname": "AM0PR01MB1", "connector_id": "AM0PR01MB1\\Default AM0PR01MB1", "source": "SMTP",
                "event_id": "RECEIVE", "message_id": row["id"],
                "network_message_id": f"{world.seed:08x}-0000-4000-8000-{number:012x}", "recipient_address": row["to"],
                "message_subject": row["subject"], "sender_address": row.get("header_from", row["from"]),
                "return_path": row["from"], "directionality": "Incoming", "original_client_ip": row["address"]})


def write_tenant(world, path):
    mx = "mx1.gateway.example" if world.third_party_mx else f"{world.domain.replace('.', '-')}.mail.protection.outlook.com"
    path.write_text(f'name = "{world.domain}"\nreject_direct_send = false\n\n[[accepted_domain]]\nname = "{world.domain}"\n'
                    f'default = true\nmx = ["{mx}"]\nspf = "v=spf1 {" ".join(dict.fromkeys(world.spf))} ~all"\n'
                    f'dmarc = "v=DMARC1; p={world.dmarc}"\n', encoding="utf-8")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(f"{command}: {done.stderr}")
    return done.returncode, json.loads(done.stdout)


class Truth:
    """Whose the messages of a named sender are."""

    def __init__(self, world):
        self.world = world
        self.by_address = collections.defaultdict(collections.Counter)
        for row in world.rows:
            self.by_address[row["address"]][(row["from"].lower(), row["truth"])] += 1

    def actors_of(self, sender):
        known = {path.lower() for path in sender["envelope_senders"]}
        whole = sender["envelope_sender_count"] <= len(known)
        out = collections.Counter()
        for address in sender["addresses"]:
            for (path, actor), count in self.by_address[address].items():
                if not whole or path in known:
                    out[actor] += count
        return out


class Score:
    def __init__(self):
        self.tenants = self.senders = 0
        self.piles = collections.Counter()       # (pile, truth): senders
        self.mail = collections.Counter()        # (pile, truth): messages
        self.named = collections.Counter()       # (truth kind, named kind)
        self.bins = collections.defaultdict(lambda: [0, 0.0, 0])
        self.cases = collections.defaultdict(collections.Counter)
        self.questions = []                      # (people, questions)
        self.faults = []
        self.plans = collections.Counter()
        self.mixed = 0

    def sender(self, world, sender, truth):
        actors = truth.actors_of(sender)
        sides = {world.actors[number].side for number in actors}
        self.senders += 1
        if len(sides) > 1:
            self.mixed += 1
        side = "both" if len(sides) > 1 else next(iter(sides), "none")
        standing, looks = sender["standing"], sender["looks"]
        pile = standing if standing == "open" else f"{standing} {looks}"
        self.piles[pile, side] += 1
        for number, count in actors.items():
            actor = world.actors[number]
            self.mail[pile, actor.side] += count
            self.cases[actor.case][pile] += count
        if standing == "certain" and looks == LEGITIMATE and FORGED in sides:
            self.faults.append(f"seed {world.seed}: certain-legitimate {sender['name']} holds an attacker ({sender['fact']})")
        if standing == "certain" and looks == FORGED and LEGITIMATE in sides:
            self.faults.append(f"seed {world.seed}: certain-forged {sender['name']} is legitimate")
        if len(actors) == 1:
            kind = world.actors[next(iter(actors))].kind
            self.named[kind, sender["kind"]] += 1
            if sender["kind"] != "not determined":
                slot = self.bins[min(9, int(sender["confidence"] * 10))]
                slot[0] += 1
                slot[1] += sender["confidence"]
                slot[2] += kind == sender["kind"]


def answers(world, report, truth):
    """A pin for every sender that a person would be asked about, with the truth; None where one named
    sender holds both sides, so that no single answer is true."""
    out, asked = "", 0
    for number, sender in enumerate(report["senders"]):
        if sender["standing"] == "certain":
            continue
        asked += 1
        actors = truth.actors_of(sender)
        sides = {world.actors[n].side for n in actors}
        if len(sides) != 1 or sender["address_count"] > len(sender["addresses"]):
            return None, asked
        kind = world.actors[actors.most_common(1)[0][0]].kind
        addresses = ", ".join(f'"{address}"' for address in sender["addresses"])
        out += f'[[sender]]\nname = "answer {number}"\naddress = [{addresses}]\nkind = "{kind}"\n'
        if sender["envelope_sender_count"] <= len(sender["envelope_senders"]):
            out += "envelope_sender = [" + ", ".join(json.dumps(p) for p in sender["envelope_senders"]) + "]\n"
    return out, asked


def connectors_of(plan):
    for step in plan["steps"]:
        given = step.get("parameters", {})
        if step.get("cmdlet") in ("New-InboundConnector", "Set-InboundConnector") or "SenderIPAddresses" in given:
            yield given


def check_plan(world, score, plan):
    """Holds the plan against the truth, by addresses alone: what a naive reader would check."""
    holds = plan["proof"]["holds"]
    covered = set()
    for given in connectors_of(plan):
        for block in given.get("SenderIPAddresses") or []:
            covered.add(block)
    exists = all(actor.coverable for actor in world.actors if actor.side == LEGITIMATE and actor.messages)
    score.plans["tenants"] += 1
    score.plans[f"holds {holds}"] += 1
    if exists:
        score.plans["a plan exists"] += 1
        score.plans["a plan exists, proven"] += holds == "yes"
    if holds != "yes":
        return
    blocks = [ipaddress.ip_network(block) for block in covered]
    seen = collections.defaultdict(set)
    for row in world.rows:
        seen[row["truth"]].add(row["address"])
    for number, actor in enumerate(world.actors):
        inside = [any(ipaddress.ip_address(a) in block for block in blocks) for a in seen[number]]
        if not actor.messages:
            continue
        if actor.side == LEGITIMATE and not all(inside):
            score.faults.append(f"seed {world.seed}: false proof, {actor.case} is refused")
        if actor.side == FORGED and any(inside):
            score.faults.append(f"seed {world.seed}: false proof, {actor.case} is let in")


def judge(program, seed, score, folder):
    world = World(seed)
    truth = Truth(world)
    tenant, evidence, pins = folder / "tenant.toml", folder / "evidence.csv", folder / "senders.toml"
    write_tenant(world, tenant)
    (write_events if world.form == "events" else write_extended)(world, evidence)
    _, report = run(program, "impact", str(tenant), str(evidence), "--output", "json")
    score.tenants += 1
    for sender in report["senders"]:
        score.sender(world, sender, truth)
    text, asked = answers(world, report, truth)
    score.questions.append((world.people_count, asked))
    if text is None:
        score.plans["one sender holds both sides"] += 1
        return
    pins.write_text(text, encoding="utf-8")
    _, plan = run(program, "plan", str(tenant), str(evidence), "--senders", str(pins), "--output", "json")
    check_plan(world, score, plan)


def share(part, whole):
    return "-" if whole == 0 else f"{100 * part / whole:.1f} %"


def markdown(score):
    out = [f"{score.tenants} organisations, {score.senders} senders; senders that hold both sides: {score.mixed}", "",
           "| pile | legitimate | forged | both |", "|---|---|---|---|"]
    piles = sorted({pile for pile, _ in score.piles})
    for pile in piles:
        out.append(f"| {pile} | {score.piles[pile, LEGITIMATE]} | {score.piles[pile, FORGED]} | {score.piles[pile, 'both']} |")
    legitimate = sum(count for (_, side), count in score.mail.items() if side == LEGITIMATE)
    certain = score.mail["certain legitimate", LEGITIMATE]
    out += ["", f"Of {legitimate} legitimate messages {share(certain, legitimate)} are certain without any answer.", ""]
    middle = sorted(asked for people, asked in score.questions if 300 <= people <= 500)
    if middle:
        out += [f"Questions for 300 to 500 people ({len(middle)} organisations): median {middle[len(middle) // 2]}, "
                f"nine of ten at most {middle[int(len(middle) * 0.9)]}, most {middle[-1]}.", ""]
    out += ["| with every question answered truly | organisations |", "|---|---|"]
    out += [f"| {name} | {count} |" for name, count in sorted(score.plans.items())]
    out += ["", "| truth | named | senders |", "|---|---|---|"]
    for (kind, named), count in sorted(score.named.items(), key=lambda item: -item[1]):
        if kind != named:
            out.append(f"| {kind} | {named} | {count} |")
    out += ["", "| confidence said | senders | mean said | right |", "|---|---|---|---|"]
    for slot in sorted(score.bins):
        count, total, right = score.bins[slot]
        out.append(f"| {slot / 10:.1f} to {(slot + 1) / 10:.1f} | {count} | {share(total, count)} | {share(right, count)} |")
    out += ["", "| case | messages | certain | presumed rightly | presumed wrongly | open |", "|---|---|---|---|---|---|"]
    for case, by_pile in sorted(score.cases.items()):
        total = sum(by_pile.values())
        forged = case in FORGED_CASES
        good, bad = ("presumed forged", "presumed legitimate") if forged else ("presumed legitimate", "presumed forged")
        sure = by_pile["certain forged" if forged else "certain legitimate"]
        out.append(f"| {case} | {total} | {share(sure, total)} | {share(by_pile[good], total)} | "
                   f"{share(by_pile[bad], total)} | {share(by_pile['open'], total)} |")
    return "\n".join(out + ["", f"Faults: {len(score.faults)}"] + [f"- {fault}" for fault in score.faults[:20]])


FORGED_CASES = {"to themselves", "through relays", "as the boss", "slow copy of a device",
                "another customer of the service", "one message"}


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: score.py POSTERN FIRST LAST")
    score = Score()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(int(sys.argv[2]), int(sys.argv[3]) + 1):
            judge(sys.argv[1], seed, score, pathlib.Path(folder))
    print(markdown(score))
    return 1 if score.faults else 0


if __name__ == "__main__":
    sys.exit(main())

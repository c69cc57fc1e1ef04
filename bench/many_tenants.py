"""many_tenants.py POSTERN FOLDER [TENANTS] [ROWS]: `postern impact --tenants`.

Makes, once, TENANTS (300) tenants with ROWS (10,000) rows of EmailEvents each, in a folder of
folders and in one file for all, and tells time and peak memory of: evidence a folder each; the same
for all in one file, told apart by recipient domain; the first again, where nothing has changed.
"""

import multiprocessing
import os
import pathlib
import random
import subprocess
import sys
import time

HEAD = ("NetworkMessageId,Timestamp,SenderFromAddress,SenderMailFromAddress,SenderMailFromDomain,SenderFromDomain,"
        "SenderIPv4,RecipientEmailAddress,EmailDirection,DeliveryAction,AuthenticationDetails,Connectors,Subject\n")


def rows(number, domain, count):
    """Ten devices of its own, five services, forwarders and strangers; a third is foreign mail."""
    chance = random.Random(number)
    out = []
    for i in range(count):
        kind = chance.random()
        day, second = 1 + i * 30 // count, chance.randrange(86400)
        when = f"2026-10-{day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        if kind < 0.4:
            who = chance.randrange(10)
            sender, address, spf = f"device{who}@{domain}", f"203.0.113.{who}", "pass"
        elif kind < 0.6:
            who = chance.randrange(5)
            sender, address, spf = f"news{who}@{domain}", f"198.51.100.{who * 20 + chance.randrange(8)}", "softfail"
        elif kind < 0.67:
            sender, address, spf = f"user{chance.randrange(200)}@{domain}", f"192.0.2.{chance.randrange(250)}", "fail"
        else:
            sender, address, spf = f"x{chance.randrange(500)}@partner{chance.randrange(50)}.example", \
                f"100.{64 + chance.randrange(60)}.{chance.randrange(250)}.9", "pass"
        at = sender.partition("@")[2]
        out.append(f"{number:08x}-{i:04x}-0000-0000-{i:012x},{when},{sender},{sender},{at},{at},{address},"
                   f"user{chance.randrange(200)}@{domain},Inbound,Delivered,"
                   f'"{{""SPF"":""{spf}"",""DKIM"":""none"",""DMARC"":""none""}}",,Message {i}\n')
    return "".join(out)


def make(folder, tenants, count):
    if (folder / "all.csv").exists():
        return
    with_all = [HEAD]
    for number in range(tenants):
        domain = f"tenant{number}.example"
        place = folder / "tenants" / domain
        (place / "evidence").mkdir(parents=True, exist_ok=True)
        text = (f'name = "{domain}"\nreject_direct_send = false\n[[accepted_domain]]\nname = "{domain}"\n'
                f'spf = ["v=spf1 ip4:203.0.113.0/27 -all"]\n')
        (place / "tenant.toml").write_text(text)
        (folder / "settings").mkdir(exist_ok=True)
        (folder / "settings" / f"{domain}.toml").write_text(text)
        own = rows(number, domain, count)
        (place / "evidence" / "mail.csv").write_text(HEAD + own)
        with_all.append(own)
    (folder / "all.csv").write_text("".join(with_all))


def measure(name, command):
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    busy = usage.ru_utime + usage.ru_stime
    print(f"{name:<44} {seconds:6.1f} s  {busy:6.1f} s of CPU  {usage.ru_maxrss / 1024:6.0f} MB  exit {status >> 8}",
          flush=True)


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    tenants, count = (int(sys.argv[i]) if len(sys.argv) > i else usual for i, usual in ((3, 300), (4, 10_000)))
    # In a process of its own: what a child is told to have used at most begins with its parent's.
    maker = multiprocessing.Process(target=make, args=(folder, tenants, count))
    maker.start()
    maker.join()
    out = folder / "out"
    impact = [program, "impact", "--output", "json", "--out", str(folder / "table.json"), "--parallel", "2"]
    each = [*impact, "--tenants", str(folder / "tenants")]
    measure("evidence of each, documents in one", each)
    measure("evidence of each, a document each (--again)", [*each, "--out-dir", str(out), "--again"])
    measure("the same again, nothing changed", [*each, "--out-dir", str(out)])
    measure("a document and questions each (--again)",
            [*each, "--out-dir", str(out), "--questions", str(folder / "questions"), "--again"])
    measure("one file for all", [*impact, "--tenants", str(folder / "settings"), str(folder / "all.csv")])
    measure("plans", [program, "plan", *each[2:]])


if __name__ == "__main__":
    main()

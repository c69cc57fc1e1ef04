"""Gates that send their verdicts to a cluster, and clients whose mail they refuse."""

import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.request

from program import POSTERN

TENANT = """name = "contoso.com"
cloud = "none"
reject_direct_send = true
inbound_connectors_known = true

[[accepted_domain]]
name = "contoso.com"
"""


class Gate:
    """One gate. Its folder, and so its ledger, outlives its process. With `shared` its tenants are
    the cluster's."""

    def __init__(self, folder, name, cluster, settings="", shared=False):
        self.folder, self.name, self.child = folder, name, None
        folder.mkdir()
        (folder / "tenant.toml").write_text(TENANT)
        (folder / "gate.toml").write_text(
            'tenants = ["tenant.toml"]\n' * (not shared)
            + 'threads = 1\nadmin_listen = "127.0.0.1:0"\n'
            'log_level = "quiet"\n' + settings
            + '\n[smtp]\nlisten = ["127.0.0.1:0"]\n'
            "[limits]\nrefused_recipients = 100000\nerrors = 100000\ncommands = 1000000\n"
            'messages = 100000\n[[route]]\nmaildir = "maildir"\n[ledger]\nfile = "ledger.db"\n'
            + cluster + f'gate = "{name}"\n')

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.child = subprocess.Popen([POSTERN, "gate", self.folder / "gate.toml"],
                                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                          stderr=log)
        line = self.child.stdout.readline().decode()
        found = re.search(r"(127\.0\.0\.1:\d+).*metrics (\S+)", line)
        if found is None:
            raise AssertionError(f"the gate did not start: {line}{self.log()}")
        self.port = int(found.group(1).rsplit(":", 1)[1])
        self.page = found.group(2)

    def stop(self, number=signal.SIGTERM):
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(number)
        if self.child is not None:
            self.child.wait(60)
            self.child.stdout.close()

    def metric(self, name):
        with urllib.request.urlopen(self.page, timeout=10) as page:
            found = re.search(rf"^postern_{name} (\d+)", page.read().decode(), re.M)
        return int(found.group(1))

    def outbox(self):
        """The highest row of its ledger, and up to which one the cluster has them."""
        ledger = sqlite3.connect(f"file:{self.folder / 'ledger.db'}?mode=ro", uri=True, timeout=10)
        try:
            return ledger.execute("SELECT last, sent FROM outbox").fetchone()
        finally:
            ledger.close()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")


class Client(threading.Thread):
    """Sends mail from the outside as an inside sender, each recipient once: refused, and recorded.

    `rate` recipients a second, `batch` at a time in one packet. Remembers how long each batch's
    answer took."""

    def __init__(self, gate, first, count, rate, batch=50):
        super().__init__(daemon=True)
        self.gate, self.first, self.count, self.rate = gate, first, count, rate
        self.batch, self.waits, self.failure, self.refused = batch, [], None, 0

    def recipients(self):
        return [f"u{number:07}@contoso.com" for number in range(self.first, self.first + self.count)]

    def run(self):
        try:
            self.talk()
        except Exception as problem:  # told by the test
            self.failure = problem

    def talk(self):
        with socket.create_connection(("127.0.0.1", self.gate.port), 30) as wire:
            reader = wire.makefile("rb")
            assert reader.readline().startswith(b"220"), "no greeting"
            wire.sendall(b"EHLO client.example\r\n")
            while reader.readline()[3:4] == b"-":
                pass
            wire.sendall(b"MAIL FROM:<scanner@contoso.com>\r\n")
            answer = reader.readline()
            assert answer.startswith(b"250"), answer
            begun = time.monotonic()
            everybody = self.recipients()
            for at in range(0, len(everybody), self.batch):
                ahead = begun + at / self.rate - time.monotonic()
                if ahead > 0:
                    time.sleep(ahead)
                some = everybody[at:at + self.batch]
                asked = time.monotonic()
                wire.sendall("".join(f"RCPT TO:<{each}>\r\n" for each in some).encode())
                for _ in some:
                    answer = reader.readline()
                    while answer[3:4] == b"-":
                        answer = reader.readline()
                    assert answer.startswith(b"550"), answer
                    self.refused += 1
                self.waits.append(time.monotonic() - asked)


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0

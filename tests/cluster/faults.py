"""One run: three servers, three gates, clients that send unique recipients, a fault in the middle;
then everything that was refused is counted as `postern ledger nats://` reads it."""

import collections
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from gates import Client, Gate, quantile
from servers import Servers

from program import postern

STREAM = "VERDICT_00"


class Full:
    """A small file system of its own for the first server, where root may make one."""

    def __init__(self, folder, megabytes):
        self.folder = folder
        folder.mkdir(parents=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "postern-test",
                               folder], capture_output=True, check=False)
        self.there = done.returncode == 0

    def fill(self):
        with open(self.folder / "filler", "wb") as filler:
            try:
                while True:
                    filler.write(b"\0" * (1 << 20))
                    filler.flush()
            except OSError:
                pass

    def free(self):
        (self.folder / "filler").unlink(missing_ok=True)

    def gone(self):
        if self.there:
            subprocess.run(["umount", "-l", self.folder], capture_output=True, check=False)


# Each is called while mail runs, with the run; it heals what it broke.

def kill_leader(run):
    leader = run.servers.wait_for_leader(STREAM)
    leader.stop()
    time.sleep(3)
    leader.start()


def kill_two(run):
    leader = run.servers.wait_for_leader(STREAM)
    other = next(each for each in run.servers.all if each is not leader)
    leader.stop()
    other.stop()
    time.sleep(4)
    leader.start()
    other.start()


def kill_three(run):
    for each in run.servers.all:
        each.kick(signal.SIGKILL)
    for each in run.servers.all:
        each.stop()
    time.sleep(2)
    for each in run.servers.all:
        each.start()


def kill_leaders_in_turn(run):
    for _ in range(4):
        leader = run.servers.wait_for_leader(STREAM)
        leader.stop()
        time.sleep(1)
        leader.start()
        time.sleep(2)


def freeze_leader(run):
    leader = run.servers.wait_for_leader(STREAM)
    leader.kick(signal.SIGSTOP)
    time.sleep(8)
    leader.kick(signal.SIGCONT)


def freeze_follower(run):
    leader = run.servers.wait_for_leader(STREAM)
    follower = next(each for each in run.servers.all if each is not leader)
    follower.kick(signal.SIGSTOP)
    time.sleep(8)
    follower.kick(signal.SIGCONT)


def restart_each(run):
    for each in run.servers.all:
        each.stop(signal.SIGTERM)
        each.start()
        time.sleep(4)


def full_disk(run):
    run.disk.fill()
    time.sleep(5)
    run.disk.free()
    # Space alone does not bring it back.
    run.servers.all[0].stop()
    run.servers.all[0].start()


def kill_a_gate(run):
    gate = run.gates[0]
    # What is not yet in its ledger is lost with it: up to 0.2 s. Its clients have ended before.
    run.clients[0].join()
    run.until_written(gate, run.clients[0].count)
    gate.stop(signal.SIGKILL)
    time.sleep(1)
    gate.start()


def nothing(_run):
    pass


FAULTS = {each.__name__: each for each in (
    kill_leader, kill_two, kill_three, kill_leaders_in_turn, freeze_leader, freeze_follower,
    restart_each, full_disk, kill_a_gate, nothing)}


class Run:
    """`messages` through three gates at `rate` in all, `faults` one after the other meanwhile."""

    def __init__(self, program, messages, rate, faults, settings=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-cluster-"))
        self.messages, self.rate, self.faults = messages, rate, faults
        self.settings = settings
        self.disk, self.gates, self.clients, self.servers = None, [], [], None
        self.program = program

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for gate in self.gates:
            gate.stop(signal.SIGKILL)
        if self.servers:
            self.servers.stop()
        if self.disk:
            self.disk.gone()
        if "POSTERN_KEEP" not in os.environ:
            shutil.rmtree(self.folder, ignore_errors=True)

    def begin(self):
        """False where this machine can't do the fault."""
        stores = (None, None, None)
        if full_disk in self.faults:
            self.disk = Full(self.folder / "disk", 96)
            if not self.disk.there:
                return False
            stores = (self.disk.folder / "data", None, None)
        self.servers = Servers(self.program, self.folder, stores)
        self.write("admin", "_INBOX")
        self.write("reader", "_INBOX_reader")
        until = time.monotonic() + 60
        while True:
            made = postern("cluster", "set-up", self.folder / "admin.toml")
            if made.status == 0:
                break
            if time.monotonic() > until:
                raise AssertionError(f"no streams: {made}")
            time.sleep(0.5)
        for number in (1, 2, 3):
            table = self.servers.cluster_table(f"gate-mx{number}", f"_INBOX_mx{number}",
                                               self.settings)
            self.gates.append(Gate(self.folder / f"mx{number}", f"mx{number}", table))
            self.gates[-1].start()
        return True

    def write(self, user, prefix):
        (self.folder / f"{user}.toml").write_text(
            self.servers.cluster_table(user, prefix, self.settings))

    def load(self):
        share = self.messages // 3
        self.clients = [Client(gate, number * share, share, self.rate / 3)
                        for number, gate in enumerate(self.gates)]
        for client in self.clients:
            client.start()
        time.sleep(share / (self.rate / 3) * 0.25)
        for fault in self.faults:
            fault(self)
        for client in self.clients:
            client.join(600)
            if client.failure:
                raise AssertionError(f"mail was not answered: {client.failure}\n"
                                     + client.gate.log())

    @staticmethod
    def until_written(gate, rows, seconds=300):
        until = time.monotonic() + seconds
        while gate.outbox()[0] < rows:
            if time.monotonic() > until:
                raise AssertionError(f"{gate.outbox()} of {rows} rows of {gate.name} are written")
            time.sleep(0.1)

    def drain(self, seconds=300):
        """Until every ledger holds all its rows, and knows them acknowledged; how long it took."""
        begun = time.monotonic()
        for gate, client in zip(self.gates, self.clients):
            self.until_written(gate, client.count)
            while gate.outbox()[0] != gate.outbox()[1]:
                if time.monotonic() - begun > seconds:
                    raise AssertionError(f"{gate.name} has sent {gate.outbox()}\n" + gate.log())
                time.sleep(0.2)
        return time.monotonic() - begun

    def wait_for_replicas(self, seconds=60):
        """The replicas' states, once they are equal or the time is over."""
        until = time.monotonic() + seconds
        while True:
            states = self.servers.replicas(STREAM)
            if len(set(states)) == 1 and states[0][0] is not None or time.monotonic() > until:
                return states
            time.sleep(0.5)

    def read(self):
        """What `postern ledger nats://` gives: its outcome, and how often each recipient is in it."""
        out = self.folder / "rows.json"
        done = postern("ledger", "nats://", "--cluster", self.folder / "reader.toml", "--output",
                       "json", "--out", out, timeout=300)
        found = collections.Counter()
        if out.exists():
            with open(out, encoding="utf-8") as rows:
                for line in rows:
                    found[json.loads(line)["recipient"]] += 1
        return done, found

    def sent(self):
        return {each for client in self.clients for each in client.recipients()}

    def measure(self):
        """A run from its load to its reading, as a dictionary that a person can read."""
        self.load()
        waited = self.drain()
        replicas = self.wait_for_replicas()
        done, found = self.read()
        sent = self.sent()
        waits = [each for client in self.clients for each in client.waits]
        return {
            "sent": len(sent),
            "lost": len(sent - set(found)),
            "doubled": sum(1 for times in found.values() if times > 1),
            "strange": len(set(found) - sent),
            "status": done.status,
            "said": done.err,
            "replicas": replicas,
            "dropped": sum(gate.metric("verdicts_dropped_total") for gate in self.gates),
            "retries": sum(gate.metric("verdicts_retries_total") for gate in self.gates),
            "drained after": round(waited, 1),
            "answer p50 ms": round(quantile(waits, 0.5) * 1000, 1),
            "answer p99 ms": round(quantile(waits, 0.99) * 1000, 1),
            "answer most ms": round(max(waits) * 1000, 1),
        }

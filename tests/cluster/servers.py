"""NATS servers on loopback with the shipped configuration, and what a test does to them."""

import json
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from loopback import free_ports
from program import SOURCE

SHIPPED = SOURCE / "examples" / "cluster"
USERS = ("system", "admin", "reader", "gate_mx1", "gate_mx2", "gate_mx3")


class Server:
    """One server and its folder. Its port and data outlive its process."""

    def __init__(self, program, folder, number, ports, store=None):
        self.program, self.folder, self.name = program, folder, f"nats{number}"
        self.port, self.monitor, own_route = ports[number - 1]
        self.child = None
        folder.mkdir(parents=True)
        for name in ("nats-server.conf", "passwords.conf"):
            shutil.copy(SHIPPED / name, folder)
        routes = ", ".join(f'"nats://127.0.0.1:{route}"' for _, _, route in ports)
        self.store = store or folder / "data"
        (folder / "this-server.conf").write_text(
            f'server_name: {self.name}\nlisten: "127.0.0.1:{self.port}"\n'
            f'http: "127.0.0.1:{self.monitor}"\nthis_store: "{self.store}"\nthis_store_most: 8G\n'
            f'cluster {{ name: postern\n listen: "127.0.0.1:{own_route}"\n routes: [{routes}] }}\n')
        if "v2.9" in subprocess.run([program, "--version"], capture_output=True, text=True).stdout:
            # It knows no "always".
            conf = folder / "nats-server.conf"
            conf.write_text(conf.read_text().replace("  sync_interval: always\n", ""))

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.child = subprocess.Popen(
                [self.program, "-c", self.folder / "nats-server.conf"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kick(self, number):
        self.child.send_signal(number)

    def stop(self, number=signal.SIGKILL):
        if self.child is None:
            return
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.send_signal(number)
        self.child.wait(60)

    def page(self, path):
        """A page for monitoring as JSON; None where it does not answer in time."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}{path}", timeout=3) as page:
                return json.load(page)
        except (OSError, ValueError, urllib.error.HTTPError):
            return None

    def streams(self):
        """Each stream's page: its state on this server, and its leader."""
        page = self.page("/jsz?accounts=true&streams=true&config=true")
        found = {}
        for account in (page or {}).get("account_details", []):
            for stream in account.get("stream_detail", []) or []:
                found[stream["name"]] = stream
        return found

    def log(self):
        return (self.folder / "log").read_text(errors="replace")


class Servers:
    """Three of them."""

    def __init__(self, program, folder, stores=(None, None, None)):
        flat = free_ports(9)
        ports = [tuple(flat[i:i + 3]) for i in (0, 3, 6)]
        self.all = [Server(program, folder / f"nats{n}", n, ports, stores[n - 1])
                    for n in (1, 2, 3)]
        self.folder = folder
        for each in self.all:
            each.start()

    def stop(self):
        for each in self.all:
            each.stop()

    def cluster_table(self, user, prefix, more=""):
        """[cluster] of that user's file."""
        addresses = ", ".join(f'"nats://127.0.0.1:{each.port}"' for each in self.all)
        words = (SHIPPED / "passwords.conf").read_text()
        password = re.search(rf'^{user.replace("-", "_")}_password: "(.*)"', words, re.M).group(1)
        secret = self.folder / f"{user}.password"
        secret.write_text(password + "\n")
        return (f'[cluster]\nservers = [{addresses}]\nuser = "{user}"\n'
                f'password_file = "{secret}"\ninbox_prefix = "{prefix}"\n{more}')

    def leader(self, stream):
        """The server that leads a stream, or None while nobody does."""
        for each in self.all:
            if each.child.poll() is None:
                name = each.streams().get(stream, {}).get("cluster", {}).get("leader")
                if name:
                    return next(other for other in self.all if other.name == name)
        return None

    def wait_for_leader(self, stream, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.leader(stream)
            if found:
                return found
            time.sleep(0.2)
        raise AssertionError(f"nobody leads {stream}\n" + self.all[0].log()[-3000:])

    def replicas(self, stream):
        """Messages, first and last sequence of a stream on each server."""
        out = []
        for each in self.all:
            state = each.streams().get(stream, {}).get("state", {})
            out.append(tuple(state.get(key) for key in ("messages", "first_seq", "last_seq")))
        return out

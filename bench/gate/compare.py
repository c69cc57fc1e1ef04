"""bench/gate/compare.py POSTERN REFUSE_LOAD HARAKA_FOLDER SESSIONS: see run.sh.

Refusing: MAIL FROM at an own domain, RCPT TO at it, from loopback. Postfix refuses by
check_sender_access, Haraka by host_list's anti_spoof. Passing on: messages of 5 KB to smtp-sink;
Postfix by smtpd_proxy_filter, Haraka by queue/smtp_forward. "sink" is smtp-sink alone: the ceiling.
"server" is the CPU time of all the server's processes for each session or message: the load tool
and the sink share the cores, so that sessions a second alone would flatter the slower ones.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.stdout.reconfigure(line_buffering=True)

POSTERN, LOAD, HARAKA = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
SESSIONS = int(sys.argv[4])
OWN, FOREIGN, TO = "scanner@contoso.com", "ann@elsewhere.example", "bob@contoso.com"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(port, child=None):
    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as talk:
                talk.settimeout(2)
                if talk.recv(3) == b"220":
                    return
        except OSError:
            pass
        if child is not None and child.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"nothing answers on port {port}")


def ticks(pid, children):
    """CPU of a process, of what it started, and of what of that is over, in clock ticks."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15])) + sum(ticks(each, children) for each in children.get(pid, ()))


def cpu_seconds(pid):
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    return ticks(pid, children) / os.sysconf("SC_CLK_TCK")


class Sink:
    def __init__(self):
        self.port = free_port()
        path = shutil.which("smtp-sink", path="/usr/sbin:" + os.environ["PATH"])
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.child = subprocess.Popen([path, *user, f"127.0.0.1:{self.port}", "1000"])
        wait_for(self.port, self.child)

    def stop(self):
        self.child.terminate()
        self.child.wait()


class Gate:
    name = "postern gate"

    def __init__(self, folder, sink):
        (folder / "tenant.toml").write_text(
            'name = "contoso"\ncloud = "none"\n[[accepted_domain]]\nname = "contoso.com"\n')
        (folder / "gate.toml").write_text(
            f'tenants = ["tenant.toml"]\nthreads = 2\nlog_level = "quiet"\n'
            f'[smtp]\nlisten = ["127.0.0.1:0"]\n[limits]\nconnections_per_client = 10000\n'
            f'[[route]]\nnext_hops = ["127.0.0.1:{sink.port}"]\n')
        self.child = subprocess.Popen([POSTERN, "gate", folder / "gate.toml"], cwd=folder,
                                      stdout=subprocess.PIPE)
        found = re.search(rb":(\d+)", self.child.stdout.readline())
        if found is None:
            raise SystemExit("it did not start")
        self.pid = self.child.pid
        self.port = int(found.group(1))
        self.passing_port = self.port

    def resident(self):
        status = open(f"/proc/{self.child.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024

    def stop(self):
        self.child.terminate()
        self.child.wait()


class Postfix:
    name = "Postfix"

    def __init__(self, folder, sink):
        self.config = folder / "postfix"
        for part in ("", "spool", "data"):
            (self.config / part).mkdir(mode=0o755)
        os.chmod(folder, 0o755)
        shutil.chown(self.config / "data", "postfix")
        self.port, self.passing_port = free_port(), free_port()
        (self.config / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.config}/spool
data_directory = {self.config}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.example
mydestination =
relay_domains = contoso.com
inet_protocols = ipv4
mynetworks =
alias_maps =
local_recipient_maps =
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject_unauth_destination
smtpd_sender_restrictions = check_sender_access inline:{{ contoso.com=REJECT }}
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
default_process_limit = 200
maillog_file = /var/log/postern-bench.log
""")
        (self.config / "master.cf").write_text(f"""
127.0.0.1:{self.port} inet n - n - - smtpd
127.0.0.1:{self.passing_port} inet n - n - - smtpd
  -o smtpd_proxy_filter=127.0.0.1:{sink.port}
anvil unix - - n - 1 anvil
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
cleanup unix n - n - 0 cleanup
postlog unix-dgram n - n - 1 postlogd
""")
        subprocess.run(["postfix", "-c", self.config, "start"], check=True, capture_output=True)
        wait_for(self.port)
        self.pid = int((self.config / "spool/pid/master.pid").read_text())

    def stop(self):
        subprocess.run(["postfix", "-c", self.config, "stop"], check=False, capture_output=True)
        pathlib.Path("/var/log/postern-bench.log").unlink(missing_ok=True)


class Haraka:
    name = "Haraka"

    def __init__(self, folder, sink):
        package = HARAKA / "node_modules" / "Haraka"
        if not package.is_dir():
            raise FileNotFoundError("Haraka is not installed")
        self.port = self.passing_port = free_port()
        home = folder / "haraka"
        # Its own defaults first: it does not start without them.
        subprocess.run(["node", package / "bin" / "haraka", "-i", home], check=True,
                       capture_output=True)
        for name, text in {
            "smtp.ini": f"listen=127.0.0.1:{self.port}\nnodes=2\n",
            "plugins": "rcpt_to.in_host_list\nqueue/smtp_forward\n",
            "host_list": "contoso.com\n",
            "host_list.anti_spoof": "true\n",
            "smtp_forward.ini": f"host=127.0.0.1\nport={sink.port}\nenable_outbound=false\n"
                                "max_connections=1000\n",
            "log.ini": "level=crit\n",
            "me": "haraka.example\n",
        }.items():
            (home / "config" / name).write_text(text)
        self.child = subprocess.Popen(["node", package / "bin" / "haraka", "-c", home],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.port, self.child)
        self.pid = self.child.pid

    def stop(self):
        self.child.send_signal(signal.SIGINT)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def load(port, *arguments, pid=None):
    before = 0 if pid is None else cpu_seconds(pid)
    try:
        done = subprocess.run([LOAD, "--port", str(port), *map(str, arguments)],
                              capture_output=True, text=True, check=False, timeout=600)
    except subprocess.TimeoutExpired:
        return "not done after 10 minutes"
    rate = re.search(r"(\d+) decisions/s, (\d+) as expected", done.stdout)
    latency = re.search(r"p50 ([\d.]+), p90 [\d.]+, p99 ([\d.]+)", done.stdout)
    odd = "; ".join(re.findall(r"unexpected, (.*)", done.stdout))
    cost = ""
    if pid is not None:
        each = (cpu_seconds(pid) - before) / SESSIONS * 1e6
        cost = f"  server {each:>5.0f} us CPU"
    return (f"{rate.group(1):>8}/s  p50 {latency.group(1):>7} ms  p99 {latency.group(2):>7} ms"
            + cost + (f"  ({odd})" if odd else ""))


def main():
    sink = Sink()
    try:
        compare(sink)
    finally:
        sink.stop()


def compare(sink):
    print("smtp-sink alone: 50 at once".ljust(34),
          load(sink.port, "--sessions", SESSIONS, "--concurrency", 50, "--deliver", 5000))
    print("smtp-sink alone: 1,000 a second".ljust(34),
          load(sink.port, "--sessions", min(SESSIONS, 20000), "--rate", 1000, "--deliver", 5000))
    for peer in (Gate, Postfix, Haraka):
        with tempfile.TemporaryDirectory() as scratch:
            try:
                server = peer(pathlib.Path(scratch), sink)
            except (OSError, subprocess.CalledProcessError, SystemExit) as error:
                print(f"{peer.name}: left out ({error})")
                continue
            try:
                for at_once, how in ((10, ()), (100, ()), (100, ("--pipelining",))):
                    what = "pipelined" if how else "at once"
                    print(f"{peer.name}: refusing, {at_once} {what}".ljust(34),
                          load(server.port, "--sessions", SESSIONS, "--concurrency", at_once,
                               "--from", OWN, "--to", TO, *how, pid=server.pid))
                for messages in (1, 10):
                    print(f"{peer.name}: passing on, {messages} a session".ljust(34),
                          load(server.passing_port, "--sessions", SESSIONS // messages,
                               "--concurrency", 50, "--deliver", 5000, "--messages", messages,
                               "--from", FOREIGN, "--to", TO, pid=server.pid))
                print(f"{peer.name}: 1,000 a second".ljust(34),
                      load(server.passing_port, "--sessions", min(SESSIONS, 20000), "--rate", 1000,
                           "--deliver", 5000, "--from", FOREIGN, "--to", TO))
                if hasattr(server, "resident"):
                    print(f"{peer.name}: resident {server.resident()} MB")
            finally:
                server.stop()


main()

"""What the tests of the gate against real peers share: a running gate, next hops that can be made to
fail at any stage, certificates, and a client that shows every octet."""

import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import certificates  # noqa: E402
from folder import Folder as ScratchFolder  # noqa: E402
from loopback import free_port  # noqa: E402
from program import POSTERN  # noqa: E402

OWN_DOMAIN = "contoso.com"
# Without connectors: whatever is at its domain, or below it, is Direct Send.
TENANT_WITHOUT_CONNECTORS = f"""name = "contoso"
cloud = "none"
reject_direct_send = false
inbound_connectors_known = true

[[accepted_domain]]
name = "{OWN_DOMAIN}"
match_subdomains = true
"""

TENANT = """name = "contoso"
cloud = "none"
reject_direct_send = false

[[accepted_domain]]
name = "contoso.com"

[[inbound_connector]]
name = "Scanner"
type = "Partner"
sender_domains = ["*"]
sender_ip_addresses = ["203.0.113.7"]
restrict_domains_to_ip_addresses = false

[[inbound_connector]]
name = "Partner certificate"
type = "Partner"
sender_domains = ["*"]
tls_sender_certificate_name = "*.partner.example"
require_tls = true
"""

OWN_SENDER = "scanner@contoso.com"
FOREIGN = "ann@fabrikam.example"
RECIPIENT = "bob@contoso.com"


def program(name):
    """The path of a peer, or the test is skipped with a line that says what is missing."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise unittest.SkipTest(f"{name} is not installed")
    return path


class Process:
    """A child process with its lines of standard error, ended by its own id."""

    def __init__(self, arguments, cwd, env=None, pass_fds=()):
        self.errors = open(pathlib.Path(cwd) / f"stderr.{time.monotonic_ns()}", "w+b")
        self.child = subprocess.Popen(
            list(map(str, arguments)),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=env,
            pass_fds=pass_fds,
        )

    def log(self):
        self.errors.flush()
        return pathlib.Path(self.errors.name).read_text(errors="replace")

    def send_signal(self, number):
        self.child.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=20):
        if self.child.poll() is None:
            self.child.send_signal(number)
        try:
            self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait(10)
            raise
        finally:
            self.child.stdout.close()
            self.errors.close()
        return self.child.returncode


class Gate(Process):
    """postern gate with a gate.toml; `port` is where it listens."""

    def __init__(self, folder, settings="", tenant=TENANT, arguments=(), **options):
        folder = pathlib.Path(folder)
        (folder / "tenant.toml").write_text(tenant)
        self.file = folder / "gate.toml"
        self.write(settings)
        super().__init__([POSTERN, "gate", self.file, *arguments], folder, **options)
        line = self.child.stdout.readline().decode()
        found = re.search(r"listens on .*?:(\d+)", line)
        if found is None:
            status = self.child.wait(10)
            raise AssertionError(f"the gate did not start ({status}): {line}{self.log()}")
        self.listens = line
        self.port = int(found.group(1))

    def write(self, settings):
        head = 'tenants = ["tenant.toml"]\nhost_name = "gate.example"\nthreads = 2\n'
        smtp = "" if "[smtp]" in settings else '\n[smtp]\nlisten = ["127.0.0.1:0"]\n'
        self.file.write_text(head + settings + smtp)


class Talk:
    """A client that sends octets and reads replies."""

    def __init__(self, port, timeout=20, greet=True, source=None):
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout, source_address=source
        )
        self.socket.settimeout(timeout)
        self.buffer = b""
        if greet:
            self.greeting = self.reply()

    def send(self, octets):
        self.socket.sendall(octets if isinstance(octets, bytes) else octets.encode())

    def reply(self):
        """One whole reply as text, lines joined by newlines; "" where the peer closed."""
        lines = []
        while True:
            while b"\n" not in self.buffer:
                piece = self.socket.recv(65536)
                if not piece:
                    return "\n".join(lines)
                self.buffer += piece
            line, _, self.buffer = self.buffer.partition(b"\n")
            lines.append(line.rstrip(b"\r").decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return "\n".join(lines)

    def say(self, line):
        self.send(line + "\r\n")
        return self.reply()

    def closed(self):
        """True where nothing more comes but the end."""
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def start_tls(self, context):
        reply = self.say("STARTTLS")
        assert reply.startswith("220"), reply
        self.socket = context.wrap_socket(self.socket, server_hostname="gate.example")

    def envelope(self, sender, *recipients):
        self.say("EHLO client.example")
        self.say(f"MAIL FROM:<{sender}>")
        return [self.say(f"RCPT TO:<{recipient}>") for recipient in recipients]

    def message(self, text):
        begun = self.say("DATA")
        if not begun.startswith("354"):
            return begun
        self.send(text if isinstance(text, bytes) else text.encode())
        return self.say(".")

    def deliver(self, sender, recipient, text):
        """The reply to the message, or to the recipient where that is refused."""
        (reply,) = self.envelope(sender, recipient)
        return self.message(text) if reply.startswith("250") else reply

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Hop:
    """A next hop in this process. `fail_at` names the stage at which it drops the connection:
    greeting, EHLO, MAIL, RCPT, DATA, body, dot (before the message counts) or answer (after it
    counts, before the reply). `replies` overrides replies by verb."""

    def __init__(self, fail_at=None, replies=None, offers=("PIPELINING", "8BITMIME", "SIZE"),
                 lmtp=False, delay=0.0):
        self.fail_at = fail_at
        self.replies = replies or {}
        self.offers = offers
        self.lmtp = lmtp
        self.delay = delay
        self.messages = []  # (sender, recipients, octets as they came)
        self.unsaid = []  # of them, those whose reply could not be sent
        self.commands = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.drop()

    def drop(self):
        with self.lock:
            for peer in self.open:
                try:
                    peer.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with self.lock:
            self.open.add(peer)
        try:
            self._talk(peer, peer.makefile("rb"))
        except OSError:
            pass
        finally:
            with self.lock:
                self.open.discard(peer)
            peer.close()

    def _talk(self, peer, lines):
        def say(verb, otherwise):
            if self.delay:
                time.sleep(self.delay)
            peer.sendall(self.replies.get(verb, otherwise).encode() + b"\r\n")

        if self.fail_at == "greeting":
            return
        say("greeting", "220 hop.example ESMTP")
        sender, recipients, named = "", [], False
        while True:
            line = lines.readline()
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            verb = text.split(" ")[0].split(":")[0].upper()
            with self.lock:
                self.commands.append(text)
            if verb == self.fail_at or (self.fail_at == "EHLO" and verb == "LHLO"):
                return
            if verb in ("EHLO", "LHLO"):
                # As Postfix does: a client that was named may not name another.
                offers = ["hop.example", *[o for o in self.offers
                                           if not (named and o.startswith("XCLIENT"))]]
                peer.sendall(
                    "".join(
                        f"250{' ' if i + 1 == len(offers) else '-'}{offer}\r\n"
                        for i, offer in enumerate(offers)
                    ).encode()
                )
            elif verb == "MAIL":
                sender, recipients = text[10:], []
                say("MAIL", "250 2.1.0 OK")
            elif verb == "RCPT":
                recipients.append(text[8:])
                say("RCPT", "250 2.1.5 OK")
            elif verb == "DATA":
                say("DATA", "354 go")
                if not self.replies.get("DATA", "354").startswith("354"):
                    continue
                octets = b""
                while True:
                    piece = lines.readline()
                    if not piece:
                        return
                    if self.fail_at == "body":
                        return
                    if piece == b".\r\n":
                        break
                    octets += piece
                if self.fail_at == "dot":
                    return
                with self.lock:
                    self.messages.append((sender, recipients, octets))
                if self.fail_at == "answer":
                    return
                try:
                    for _ in recipients if self.lmtp else [None]:
                        say("message", "250 2.0.0 taken")
                except OSError:
                    self.unsaid.append(self.messages[-1][:2] + (octets,))
                    raise
            elif verb == "QUIT":
                say("QUIT", "221 bye")
                return
            elif verb == "XCLIENT":
                named = True
                say("XCLIENT", "220 hop.example ESMTP")
            else:
                say(verb, "250 OK")


class Folder(ScratchFolder):
    """A folder of its own, and everything started is stopped."""

    def gate(self, settings="", **options):
        gate = Gate(self.folder, settings, **options)
        self.addCleanup(lambda: gate.child.poll() is None and gate.stop(signal.SIGKILL))
        return gate

    def gate_to(self, hop, extra="", head="", **options):
        to = hop if isinstance(hop, str) else hop.address
        return self.gate(f'{head}\n[[route]]\nnext_hops = ["{to}"]\n{extra}', **options)

    def hop(self, **options):
        hop = Hop(**options)
        self.addCleanup(hop.close)
        return hop

    def start(self, arguments, **options):
        process = Process(arguments, self.folder, **options)
        self.addCleanup(lambda: process.child.poll() is None and process.stop(signal.SIGKILL))
        return process

    def run_peer(self, *arguments, timeout=60, stdin=b""):
        done = subprocess.run(
            list(map(str, arguments)),
            input=stdin,
            capture_output=True,
            timeout=timeout,
            cwd=self.folder,
            check=False,
        )
        done.text = (done.stdout + done.stderr).decode("utf-8", "replace")
        return done

    def certificates(self):
        """A CA, the gate's certificate, and clients' ones: partner.pem from that CA, stranger.pem
        signed by itself. Returns the gate's settings."""
        if not certificates.available():
            self.skipTest("openssl is not installed")
        self.authority = certificates.Authority(self.folder)
        self.authority.issue("gate", "gate.example")
        self.authority.issue("partner", "mail.partner.example")
        certificates.self_signed(self.folder, "stranger", "mail.partner.example")
        return '[tls]\ncertificate = "gate.pem"\nclient_ca = "ca.pem"\n'

    def client_context(self, certificate=None):
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        if certificate:
            context.load_cert_chain(self.folder / certificate)
        return context

    def send(self, gate, sender=FOREIGN, recipient=RECIPIENT, text="Subject: x\r\n\r\nhi\r\n"):
        with Talk(gate.port) as talk:
            replies = talk.envelope(sender, recipient)
            return replies[0] if not replies[0].startswith("250") else talk.message(text)

    def wait_until(self, holds, seconds=15, what="it did not come about"):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if holds():
                return
            time.sleep(0.02)
        self.fail(what)

    def free_port(self):
        """For peers that can't say which port the system chose."""
        return free_port()


def scaled(name, default):
    """A size that the environment may raise: POSTERN_LOSS_MESSAGES=100000."""
    return int(os.environ.get(name, default))

"""A client of NATS that does what no honest one does: it publishes what it likes and sees what the
server says to it (docs.nats.io, "NATS protocol")."""

import json
import socket
import time


class Wire:
    def __init__(self, port, user=None, password=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.buffer = b""
        self.subscriptions = 0
        self.early = []  # messages that came while something else was waited for
        self.line()  # INFO
        hello = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True}
        if user:
            hello |= {"user": user, "pass": password}
        self.say(f"CONNECT {json.dumps(hello)}\r\nPING\r\n")
        self.signed_in = self.until_pong() == []

    def close(self):
        self.socket.close()

    def say(self, text):
        self.socket.sendall(text.encode())

    def line(self):
        while b"\r\n" not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                return None
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode()

    def octets(self, count):
        while len(self.buffer) < count + 2:
            self.buffer += self.socket.recv(65536)
        octets, self.buffer = self.buffer[:count], self.buffer[count + 2:]
        return octets.decode(errors="replace")

    def until_pong(self):
        """What the server objected to meanwhile."""
        objections = []
        while True:
            line = self.line()
            if line is None:
                return objections + ["closed"]
            if line == "PONG":
                return objections
            if line == "PING":
                self.say("PONG\r\n")
            elif line.startswith("-ERR"):
                objections.append(line)
            elif line.startswith(("MSG ", "HMSG ")):
                self.early.append((line.split()[1], self.octets(int(line.split()[-1]))))

    def publish(self, subject, body="", reply=""):
        """What the server objects to it; [] is none."""
        self.say(f"PUB {subject} {reply} {len(body.encode())}\r\n{body}\r\nPING\r\n")
        return self.until_pong()

    def subscribe(self, subject):
        self.subscriptions += 1  # the server passes over a number that it has already
        self.say(f"SUB {subject} {self.subscriptions}\r\nPING\r\n")
        return self.until_pong()

    def heard(self, seconds=1.0):
        """Messages that came already, or come within that time."""
        out, self.early = self.early, []
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                line = self.line()
            except (TimeoutError, socket.timeout):
                break
            if line is None:
                break
            if line == "PING":
                self.socket.settimeout(5)
                self.say("PONG\r\n")
            elif line.startswith(("MSG ", "HMSG ")):
                self.socket.settimeout(5)
                out.append((line.split()[1], self.octets(int(line.split()[-1]))))
        self.socket.settimeout(10)
        return out

    def ask(self, subject, body="", inbox="_INBOX", seconds=3.0):
        """The answer, "denied", or None where none came."""
        reply = f"{inbox}.{time.monotonic_ns()}"
        if self.subscribe(reply):
            return "denied"
        if self.publish(subject, body, reply):
            return "denied"
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for heard, text in self.heard(min(left, 0.2)):
                if heard == reply:
                    return text
        return None

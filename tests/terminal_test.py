"""Every command's help and text on the least of terminals: 60 columns, TERM=dumb, LC_ALL=C; and on a plain one."""

import os
import pathlib
import pty
import re
import select
import shlex
import struct
import subprocess
import tempfile
import termios
import time
import unittest
from fcntl import ioctl

from program import POSTERN, SOURCE, postern

TENANT = "examples/contoso/tenant"
EVIDENCE = "examples/contoso/evidence"
DUMB = {"TERM": "dumb", "LC_ALL": "C", "PATH": os.environ["PATH"]}
# What is copied as a whole is not broken: a command of ours or of Exchange's, with its indent.
COPIED = re.compile(r"^\s*(\S+ +)?(if (yours|kept)|connector)? *"
                    r"(postern |New-|Set-|Remove-|Get-|Connect-|\[|[a-z_]+ = )")


def on_terminal(words, columns, environment, seconds=120):
    """What a terminal of so many columns shows, both outputs, and the exit status."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    child = subprocess.Popen([POSTERN, *map(str, words)], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
                             env=environment, cwd=SOURCE)
    os.close(theirs)
    shown = b""
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux: the other side is closed
                break
            if not piece:
                break
            shown += piece
        status = child.wait(timeout=10)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        os.close(ours)
    return shown.decode("utf-8", "replace").replace("\r\n", "\n"), status


def is_too_long(line, columns):
    # A word that is longer than the line stays whole, behind its label.
    alone = re.fullmatch(r" *(\S+  +)?\S+", line)
    return len(line) > columns and not alone and not COPIED.match(line)


def commands(path=()):
    """Every command, from its own help."""
    text = postern(*path, "--help").out
    yield path, text
    below = text.partition("\nSubcommands:\n")[2].partition("\n\n")[0]
    for name in re.findall(r"^  ([a-z][a-z-]*)", below, re.M):
        yield from commands((*path, name))


def text_runs(folder):
    """A run of every command whose text can be had without a network."""
    auth = SOURCE / "tests" / "auth"
    secrets = folder / "secrets"
    secrets.write_text("0123456789abcdef\n")
    secrets.chmod(0o600)
    yield "audit", (TENANT,)
    yield "audit", (TENANT, "examples/contoso")
    yield "audit", ("--controls",)
    yield "impact", (TENANT, EVIDENCE)
    yield "impact", (TENANT, EVIDENCE, "--since", "2026-10-10")
    yield "plan", (TENANT, EVIDENCE)
    yield "diff", (TENANT, "--if", "reject-direct-send on")
    yield "explain", (TENANT, "--ip", "203.0.113.10", "--mail-from", "a@contoso.com", "--rcpt-to", "b@contoso.com")
    yield "senders", ("check", "tests/senders/answers.toml", TENANT, EVIDENCE)
    yield "tenant", ("learn", TENANT, EVIDENCE)
    yield "auth", (auth / "rfc8463.eml", "--zone", auth / "rfc8463.zone")
    yield "srs", ("forward", "ann@example.com", "--domain", "forwarder.example", "--secrets", secrets)
    yield "version", ()
    yield "help", ("evidence", "fetch")


class Least(unittest.TestCase):
    """60 columns, TERM=dumb, LC_ALL=C."""

    def assert_plain(self, text, columns=60):
        self.assertNotIn("\x1b", text)
        self.assertNotIn("\r", text, "no line is written over")
        self.assertEqual([c for c in text if ord(c) > 126], [], "a terminal without UTF-8")
        self.assertEqual([line for line in text.split("\n") if is_too_long(line, columns)], [])

    def test_help_of_every_command(self):
        names = [path for path, _ in commands()]
        self.assertGreater(len(names), 25)
        for path in names:
            with self.subTest(path):
                text, status = on_terminal((*path, "--help"), 60, DUMB)
                self.assertEqual(status, 0, text)
                self.assert_plain(text)

    def test_text_of_every_command(self):
        with tempfile.TemporaryDirectory() as folder:
            seen = set()
            for command, words in text_runs(pathlib.Path(folder)):
                seen.add(command)
                with self.subTest((command, *words)):
                    text, status = on_terminal((command, *words), 60, DUMB)
                    self.assertIn(status, (0, 1, 3), text)
                    self.assert_plain(text)
        # These need a network or a service, print for programs, or ask nothing: their help is looked at above.
        elsewhere = {"apply", "rollback", "probe", "login", "cluster", "evidence", "gate", "policy", "ledger", "report", "manual", "completion"}
        self.assertEqual(seen | elsewhere, {path[0] for path, _ in commands() if path})

    def test_what_is_no_ascii_is_escaped_and_not_lost(self):
        with tempfile.TemporaryDirectory() as folder:
            tenant = pathlib.Path(folder) / "tenant.toml"
            tenant.write_text('name = "Müller 日本"\n[[accepted_domain]]\nname = "m.example"\n', encoding="utf-8")
            self.assertIn(r"M\u00fcller \u65e5\u672c", on_terminal(("audit", tenant), 60, DUMB)[0])
            utf8 = on_terminal(("audit", tenant), 60, {**DUMB, "LC_ALL": "C.UTF-8"})[0]
            self.assertIn("Müller 日本", utf8)
            done = postern("audit", tenant, env=DUMB)
            self.assertIn("Müller 日本", done.out, "a pipe leads to a program: it gets UTF-8")


class Colour(unittest.TestCase):
    PLAIN = {"TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}

    def test_is_on_a_terminal_alone_and_can_be_refused(self):
        shown = lambda **more: on_terminal(("audit", TENANT), 80, {**self.PLAIN, **more})[0]
        self.assertIn("\x1b[", shown())
        self.assertNotIn("\x1b", shown(NO_COLOR="1"))
        self.assertNotIn("\x1b", shown(TERM="dumb"))
        self.assertNotIn("\x1b", postern("audit", TENANT, env=self.PLAIN).out)


class Progress(unittest.TestCase):
    def test_tells_the_whole_and_the_part(self):
        row = "2026-10-{:02}T08:00:00Z,a{}@contoso.com,b@contoso.com,192.0.2.{},Delivered,s\n"
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "events.csv"
            with open(file, "w", encoding="utf-8") as out:
                out.write("Timestamp,SenderMailFromAddress,RecipientEmailAddress,SenderIPv4,DeliveryAction,Subject\n")
                for i in range(60000):
                    out.write(row.format(1 + i % 28, i % 50, i % 200))
            text, _ = on_terminal(("impact", TENANT, file), 80, {**Colour.PLAIN})
            self.assertRegex(text, r": \d+ of \d+ MB \(\d+ %\)")
            self.assertNotIn("MB", on_terminal(("impact", TENANT, file), 80, DUMB)[0])


class Ends(unittest.TestCase):
    """Whoever reads has seen enough: the program ends, and says nothing."""

    def ends(self, words, lines):
        done = subprocess.run(f"{shlex.join(map(str, words))} | head -n {lines}", shell=True, cwd=SOURCE,
                              capture_output=True, timeout=60, check=True)
        self.assertEqual(done.stderr, b"")
        self.assertEqual(len(done.stdout.splitlines()), lines)

    def test_watching(self):
        self.ends((POSTERN, "impact", TENANT, EVIDENCE, "--watch", "--every", "1"), 1)
        self.ends((POSTERN, "impact", TENANT, EVIDENCE, "--watch", "--every", "1", "--output", "json"), 3)


if __name__ == "__main__":
    unittest.main()

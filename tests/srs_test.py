"""postern srs: by hand, as Postfix asks for it, and beside Debian's postsrsd and Perl's Mail::SRS."""

import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from loopback import free_ports
from program import POSTERN, postern


# Mail::SRS with the secrets of the command line: one question a line, one answer a line.
MAIL_SRS = r"""
use Mail::SRS;
my $srs = Mail::SRS->new(Secret => [@ARGV]);
while (<STDIN>) {
  chomp;
  my ($way, $address, $domain) = split /\t/;
  my $answer = eval { $way eq "forward" ? $srs->forward($address, $domain) : $srs->reverse($address) };
  print defined $answer ? $answer : "refused", "\n";
}
"""


class Srs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.secrets = self.folder / "secrets"
        self.secrets.write_text("# newest first\ntops3cr3t-of-sixteen\nolder-one-of-sixteen\n")
        self.secrets.chmod(0o600)

    def common(self):
        return ["--domain", "example.com", "--secrets", self.secrets]

    def serve(self, listen, *options):
        server = subprocess.Popen(
            [POSTERN, "srs", "serve", *map(str, self.common()), "--listen", listen, *options],
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.stop, server)
        ready = server.stderr.readline()
        self.assertIn("listening on ", ready)
        return server, ready.split("listening on ")[1].strip()

    def stop(self, server):
        if server.poll() is None:
            server.kill()
        server.wait(10)
        server.stderr.close()

    def test_there_and_back(self):
        forward = postern("srs", "forward", "test@otherdomain.com", *self.common())
        self.assertEqual(forward.status, 0)
        address = forward.out.strip()
        self.assertRegex(address, r"^SRS0=....=..=otherdomain\.com=test@example\.com$")
        back = postern("srs", "reverse", address, *self.common())
        self.assertEqual((back.status, back.out), (0, "test@otherdomain.com\n"))
        forged = postern("srs", "reverse", address.replace("test", "root"), *self.common())
        self.assertEqual(forged.status, 1)
        self.assertIn("has a hash that is not ours", forged.err)

    def test_secrets_that_others_can_read_are_refused_and_never_shown(self):
        self.secrets.chmod(0o644)
        result = postern("srs", "forward", "a@b.example", *self.common())
        self.assertEqual(result.status, 2)
        self.assertEqual(len(result.err.splitlines()), 1)
        self.assertNotIn("tops3cr3t", result.err + result.out)

    def test_an_address_that_cannot_be_listened_on(self):
        for listen in ("nowhere", "127.0.0.1:99999", "unix:", "192.0.2.1:0"):
            result = postern("srs", "serve", *self.common(), "--listen", listen)
            self.assertEqual(result.status, 2, listen)
            self.assertEqual(len(result.err.splitlines()), 1)

    def test_many_clients_over_a_unix_socket(self):
        path = self.folder / "srs.sock"
        server, _ = self.serve(f"unix:{path}")
        clients = []
        for number in range(20):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(10)
            client.connect(str(path))
            clients.append(client)
        request = b"21:forward ann@b.example,"
        for client in clients:
            client.sendall(request * 50 + request[:7])
        for client in clients:
            got = b""
            while got.count(b",") < 50:
                got += client.recv(65536)
            self.assertEqual(got.count(b"OK SRS0="), 50)
            client.sendall(request[7:])
            self.assertIn(b"OK SRS0=", client.recv(65536))
            client.close()
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(10), 0)
        self.assertFalse(path.exists())

    def test_a_client_that_speaks_something_else_is_dropped(self):
        _, address = self.serve("127.0.0.1:0")
        port = int(address.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            self.assertEqual(client.recv(100), b"")

    def test_silent_connections_keep_nobody_out(self):
        path = self.folder / "srs.sock"
        self.serve(f"unix:{path}")

        def connect():
            client = socket.socket(socket.AF_UNIX)
            self.addCleanup(client.close)
            client.connect(str(path))  # waits for room in the queue
            client.settimeout(10)
            return client

        silent = [connect() for _ in range(641)]
        for client in silent[:20]:
            try:
                client.sendall(b"21:forward ann@b")  # half a request
            except (BrokenPipeError, ConnectionResetError):
                pass
        client = connect()
        client.sendall(b"21:forward ann@b.example,")
        self.assertIn(b"OK SRS0=", client.recv(4096))

    def test_a_silent_connection_is_closed(self):
        _, address = self.serve("127.0.0.1:0", "--idle-time", "1")
        port = int(address.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            started = time.monotonic()
            client.sendall(b"21:forward ann@b.example,")
            self.assertIn(b"OK SRS0=", client.recv(4096))
            self.assertEqual(client.recv(100), b"")
            self.assertGreater(time.monotonic() - started, 0.9)

    def test_a_socket_that_is_served_is_left_alone(self):
        path = self.folder / "srs.sock"
        first, _ = self.serve(f"unix:{path}")
        second = postern("srs", "serve", *self.common(), "--listen", f"unix:{path}")
        self.assertEqual(second.status, 2)
        self.assertIn("is served by another process", second.err)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(path))
            client.sendall(b"21:forward ann@b.example,")
            self.assertIn(b"OK SRS0=", client.recv(4096))
        first.kill()  # leaves its socket behind
        first.wait(10)
        self.assertTrue(path.exists())
        third, _ = self.serve(f"unix:{path}")
        third.send_signal(signal.SIGTERM)
        self.assertEqual(third.wait(10), 0)
        self.assertFalse(path.exists())

    def test_no_core_holds_the_secrets(self):
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        server = subprocess.Popen(
            [POSTERN, "srs", "serve", *map(str, self.common()), "--listen", "127.0.0.1:0"],
            stderr=subprocess.PIPE, text=True, cwd=self.folder,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (most, most)))
        self.addCleanup(self.stop, server)
        self.assertIn("listening on ", server.stderr.readline())
        proc = pathlib.Path(f"/proc/{server.pid}")
        limit = next(line for line in (proc / "limits").read_text().splitlines()
                     if line.startswith("Max core file size"))
        self.assertEqual(limit.split()[4:6], ["0", "0"])
        if os.getuid() != 0:  # what can't be dumped belongs to root, whoever runs it (proc(5))
            self.assertEqual((proc / "maps").stat().st_uid, 0)
        server.send_signal(signal.SIGABRT)
        self.assertEqual(server.wait(10), -signal.SIGABRT)
        self.assertEqual(list(self.folder.glob("*core*")), [])

    def test_postfix_asks(self):
        postmap = shutil.which("postmap") or "/usr/sbin/postmap"
        if not os.path.exists(postmap):
            self.skipTest("postfix is not installed")
        _, address = self.serve("127.0.0.1:0", "--own-domain", "example.net")
        table = "socketmap:inet:" + address
        config = self.folder / "postfix"
        config.mkdir()
        (config / "main.cf").write_text("compatibility_level = 3.6\n")

        def ask(name, key):
            done = subprocess.run([postmap, "-c", str(config), "-q", key, f"{table}:{name}"],
                                  capture_output=True, text=True, timeout=30)
            return done.stdout.strip()

        rewritten = ask("forward", "ann@sender.example")
        self.assertRegex(rewritten, r"^SRS0=....=..=sender\.example=ann@example\.com$")
        self.assertEqual(ask("reverse", rewritten), "ann@sender.example")
        self.assertEqual(ask("forward", "bob@example.net"), "")
        self.assertEqual(ask("reverse", "bob@example.com"), "")
        quoted = ask("forward", '"ann b"@sender.example')
        self.assertRegex(quoted, r'^"SRS0=....=..=sender\.example=ann b"@example\.com$')
        self.assertEqual(ask("reverse", quoted), '"ann b"@sender.example')

    def test_what_the_page_says_is_rewritten(self):
        """The table of docs/srs.md, address by address: what Postfix is told, empty where it stays."""
        _, address = self.serve("127.0.0.1:0", "--own-domain", "example.com", "--own-domain", "example.net")
        host, port = address.rsplit(":", 1)

        def ask(table, key):
            with socket.create_connection((host, int(port)), timeout=10) as client:
                question = f"{table} {key}".encode()
                client.sendall(b"%d:%s," % (len(question), question))
                answer = client.recv(4096).partition(b":")[2].rstrip(b",").decode()
            return answer.partition(" ")[2] if answer.startswith("OK") else ""

        ours = ask("forward", "ann@foreign.example")
        self.assertRegex(ours, r"^SRS0=....=..=foreign\.example=ann@example\.com$")
        self.assertEqual(ask("reverse", "ann@foreign.example"), "")
        for stays in ("bob@example.net", "bob@example.com", "", ours):
            self.assertEqual(ask("forward", stays), "", stays)
        other = ask("forward", "SRS0=AAAA=BB=first.example=ann@second.example")
        self.assertRegex(other, r"^SRS1=....=second\.example==AAAA=BB=first\.example=ann@example\.com$")
        third = ask("forward", "SRS1=CCCC=second.example==AAAA=BB=first.example=ann@third.example")
        self.assertRegex(third, r"^SRS1=....=second\.example==AAAA=BB=first\.example=ann@example\.com$")
        for foreign in ("SRS0=AAAA=BB=first.example=ann@second.example", ours.replace("=ann@", "=bob@")):
            self.assertEqual(ask("reverse", foreign), "", foreign)
        self.assertEqual(ask("reverse", ours), "ann@foreign.example")
        self.assertEqual(ask("reverse", other), "SRS0=AAAA=BB=first.example=ann@second.example")

    def test_while_the_table_is_down_postfix_defers(self):
        """postmap says of a table that nobody serves what smtpd says to a client: try again."""
        postmap = shutil.which("postmap") or "/usr/sbin/postmap"
        if not os.path.exists(postmap):
            self.skipTest("postfix is not installed")
        config = self.folder / "postfix"
        config.mkdir()
        (config / "main.cf").write_text("compatibility_level = 3.6\n")
        port = free_ports(1)[0]
        done = subprocess.run([postmap, "-c", str(config), "-q", "ann@sender.example",
                               f"socketmap:inet:127.0.0.1:{port}:forward"], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertIn("lookup error", done.stderr)

    def test_postsrsd_agrees(self):
        program = shutil.which("postsrsd") or "/usr/sbin/postsrsd"
        if not os.path.exists(program):
            self.skipTest("postsrsd is not installed")
        forward, reverse = free_ports(2)
        peer = subprocess.Popen(
            [program, "-4", "-s", str(self.secrets_of_one()), "-d", "example.com", "-l",
             "127.0.0.1", "-f", str(forward), "-r", str(reverse)])
        self.addCleanup(peer.wait, 10)
        self.addCleanup(peer.kill)

        def ask(port, address):
            for _ in range(50):
                try:
                    with socket.create_connection(("127.0.0.1", port), 5) as client:
                        client.settimeout(10)
                        client.sendall(f"get {address}\n".encode())
                        return client.recv(4096).decode().strip()
                except ConnectionRefusedError:
                    time.sleep(0.1)
            self.fail("postsrsd did not start")

        for address in ("ann@sender.example", "Ann.B+c@Sender.Example", "a=b@sender.example",
                        "SRS0=HHHH=TT=first.example=ann@second.example",
                        "SRS1=HHHH=first.example==HHHH=TT=zero.example=ann@second.example"):
            ours = postern("srs", "forward", address, *self.common()).out.strip()
            self.assertEqual(ask(forward, address), "200 " + ours, address)
            theirs = ask(reverse, ours)
            mine = postern("srs", "reverse", ours, *self.common()).out.strip()
            self.assertEqual(theirs, "200 " + mine, ours)

        # postsrsd puts quotes into the middle of the local part and hashes them; Postfix then writes
        # the address with quotes around it. Both come back.
        for local in (r'a\"b', "john.doe", "a,b", "a:b"):
            theirs = ask(forward, f'"{local}"@sender.example').removeprefix("200 ")
            self.assertIn(f'="{local}"@example.com', theirs)
            plain = '"' in local or "," in local or ":" in local
            expected = f'"{local}"@sender.example' if plain else f"{local}@sender.example"
            around = '"' + theirs.replace(f'="{local}"', f"={local}\"")
            for address in (theirs, around):
                back = postern("srs", "reverse", address, *self.common())
                self.assertEqual(back.out.strip(), expected, back.err)
        # What we make of such a sender, postsrsd takes back as Postfix asks for it the second time,
        # without quotes (postconf(5), "unquoted" in RELEASE_NOTES-3.2).
        ours = postern("srs", "forward", '"a,b"@sender.example', *self.common()).out.strip()
        bare = ours.replace('"', "")
        self.assertEqual(ask(reverse, bare), "200 a,b@sender.example")

    def test_perls_mail_srs_agrees(self):
        perl = shutil.which("perl")
        if not perl or subprocess.run([perl, "-MMail::SRS", "-e", "1"], capture_output=True,
                                      timeout=30, check=False).returncode:
            self.skipTest("libmail-srs-perl is not installed")

        def theirs(secrets, *questions):
            """[answer or "refused"] of ("forward" or "reverse", address, domain)."""
            asked = "".join("\t".join(question) + "\n" for question in questions)
            done = subprocess.run([perl, "-e", MAIL_SRS, *secrets], input=asked, timeout=30,
                                  capture_output=True, text=True, check=True)
            return done.stdout.splitlines()

        def mine(way, address, domain="example.com", **more):
            done = postern("srs", way, address, "--domain", domain, "--secrets", self.secrets, **more)
            return done.out.strip() if done.status == 0 else "refused"

        secrets = ["tops3cr3t-of-sixteen", "older-one-of-sixteen"]
        senders = ["ann@sender.example", "Ann.B+c@Sender.Example", "a=b=c@sender.example", "a-b_c=@x.example", "o'hara@x.example",
                   "bounce+ann=b.example@list.example", "x@a.b.c.d.e.example"]
        for other in senders[:3]:  # what forwarders before us made of them
            rewritten = postern("srs", "forward", other, "--domain", "first.example", "--secrets",
                                self.secrets).out.strip()
            senders += [rewritten, rewritten.replace("SRS0=", "SRS0+"), rewritten.lower(),
                        mine("forward", rewritten, "second.example"),
                        mine("forward", rewritten, "second.example").replace("SRS1=", "SRS1-")]
        while True:  # not across midnight, when the timestamps change
            day = int(time.time()) // 86400
            made = [mine("forward", sender) for sender in senders]
            expected = theirs(secrets, *(("forward", sender, "example.com") for sender in senders))
            if int(time.time()) // 86400 == day:
                break
        self.assertEqual(made, expected)
        self.assertEqual({address[:4] for address in made}, {"SRS0", "SRS1"})

        # Each takes back what the other made, with its own secret and with the one before it, and
        # in letters of the other case; neither takes what was changed.
        broken = [re.sub("example", "exbmple", address, count=1, flags=re.I) for address in made]
        cut = ["SRS0=@example.com", "SRS0=abcd@example.com", "SRS0=abcd=AA@example.com",
               "SRS0=abcd=AA=x.example@example.com", "SRS1=abcd@example.com",
               "SRS1=abcd=x.example@example.com"]
        aged = theirs(["older-one-of-sixteen"], *(("forward", sender, "example.com") for sender in senders))
        lower = [address.lower() for address in made]
        back = [*made, *aged, *lower, *broken, *cut]
        answers = theirs(secrets, *(("reverse", address, "") for address in back))
        self.assertEqual([mine("reverse", address) for address in back], answers)
        taken = len(made) * 3
        self.assertNotIn("refused", answers[:taken])
        self.assertEqual(set(answers[taken:]), {"refused"})
        direct = [sender for sender in senders if not sender.lower().startswith("srs")]
        self.assertEqual(answers[:len(direct)], direct)

    def secrets_of_one(self):
        file = self.folder / "one"
        file.write_text("tops3cr3t-of-sixteen\n")
        file.chmod(0o600)
        return file


if __name__ == "__main__":
    unittest.main()

"""postern srs: by hand, as Postfix asks for it, and beside Debian's postsrsd."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from program import POSTERN, postern


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Srs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.secrets = self.folder / "secrets"
        self.secrets.write_text("# newest first\ntops3cr3t\nolder\n")
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

    def test_perls_mail_srs_agrees(self):
        perl = shutil.which("perl")
        probe = perl and subprocess.run([perl, "-MMail::SRS", "-e1"], capture_output=True,
                                        timeout=30, check=False)
        if not probe or probe.returncode != 0:
            self.skipTest("Perl's Mail::SRS is not installed")
        # "forward A" and "reverse A" a line; one answer a line, empty where it refuses.
        script = """
            use Mail::SRS; $| = 1;
            my $srs = Mail::SRS->new(Secret => "tops3cr3t", MaxAge => 21, HashLength => 4);
            while (<STDIN>) {
              chomp; my ($what, $address) = split / /, $_, 2;
              my $answer = eval { $what eq "forward" ? $srs->forward($address, "example.com")
                                                     : $srs->reverse($address) };
              print defined $answer ? $answer : "", "\\n";
            }"""

        def theirs(what, *addresses):
            done = subprocess.run([perl, "-e", script], input="".join(f"{what} {a}\n" for a in addresses),
                                  capture_output=True, text=True, timeout=60, check=True)
            return done.stdout.split("\n")[:-1]

        def ours(what, *addresses):
            return [postern("srs", what, a, *self.common()).out.strip() for a in addresses]

        originals = ["ann@sender.example", "Ann.B+c@sender.example", "a=b=c@sender.example",
                     "bounce-1=x@list.sender.example", "o'hara@sender.example"]
        once = theirs("forward", *originals)
        self.assertEqual(once, ours("forward", *originals))
        self.assertTrue(all(a.startswith("SRS0=") for a in once), once)
        self.assertEqual(theirs("reverse", *once), originals)
        self.assertEqual(ours("reverse", *once), originals)
        # A second forwarder makes SRS1 of the first one's, and a third changes the hash alone.
        for from_elsewhere in (
            ["SRS0=HHHH=TT=first.example=ann@second.example"],
            ["SRS1=HHHH=first.example==HHHH=TT=zero.example=ann@second.example"],
        ):
            twice = theirs("forward", *from_elsewhere)
            self.assertTrue(twice[0].startswith("SRS1="), twice)
            self.assertEqual(twice, ours("forward", *from_elsewhere))
            self.assertEqual(theirs("reverse", *twice), ours("reverse", *twice))
            self.assertTrue(ours("reverse", *twice)[0].startswith("SRS0="), twice)
        # Broken ones are refused by both.
        broken = [once[0].replace("ann@", "bob@"), "SRS0=aaaa=AA=sender.example=ann@example.com",
                  once[0].replace("SRS0=", "SRS0=x")]
        self.assertEqual(theirs("reverse", *broken), [""] * 3)
        self.assertEqual(ours("reverse", *broken), [""] * 3)

    def secrets_of_one(self):
        file = self.folder / "one"
        file.write_text("tops3cr3t\n")
        file.chmod(0o600)
        return file


if __name__ == "__main__":
    unittest.main()

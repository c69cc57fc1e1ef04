"""The connection to a server under TLS: whom it trusts, and what it shows of itself."""

import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from loopback import free_ports, nats_server

import certificates
from cluster_test import NO_SERVER
from program import postern


class Tls(unittest.TestCase):
    def setUp(self):
        self.program = nats_server()
        if self.program is None:
            print(NO_SERVER, flush=True)
            self.skipTest(NO_SERVER)
        if not certificates.available():
            self.skipTest("no openssl to make certificates with")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-tls-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.authority = certificates.Authority(self.folder)
        self.ca = self.authority.file

    def server(self, names, more=""):
        """A server whose certificate is for `names`; its port."""
        self.authority.issue("server", "nats", names)
        port = free_ports(1)[0]
        (self.folder / "server.conf").write_text(
            f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{self.folder}/data" }}\n'
            f'tls {{ cert_file: "{self.folder}/server.crt"\n key_file: "{self.folder}/server.key"\n'
            f'{more} }}\n')
        child = subprocess.Popen([self.program, "-c", self.folder / "server.conf"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def stop():
            child.send_signal(signal.SIGKILL)
            child.wait(20)
        self.addCleanup(stop)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", port), 1) as there:
                    if there.recv(4) == b"INFO":
                        return port
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server does not come up")

    def set_up(self, address, keys):
        file = self.folder / "admin.toml"
        file.write_text(f'[cluster]\nservers = ["{address}"]\n{keys}')
        return postern("cluster", "set-up", file, "--replicas", "1", timeout=60)

    def test_a_server_is_believed_by_its_authority_and_its_name(self):
        port = self.server("DNS:localhost,IP:127.0.0.1")
        trusted = f'ca = "{self.ca}"\n'
        for host in ("localhost", "127.0.0.1"):
            done = self.set_up(f"tls://{host}:{port}", trusted)
            self.assertEqual(done.status, 0, done)
        # A ca alone asks for TLS as well.
        self.assertEqual(self.set_up(f"nats://localhost:{port}", trusted).status, 0)
        unknown = self.set_up(f"tls://localhost:{port}", "")
        self.assertEqual(unknown.status, 2, unknown)
        self.assertIn("issuer certificate", unknown.err)
        self.assertEqual(self.set_up(f"nats://localhost:{port}", "").status, 2)

    def test_a_certificate_for_another_name_is_refused(self):
        port = self.server("DNS:elsewhere.example")
        for host in ("localhost", "127.0.0.1"):
            done = self.set_up(f"tls://{host}:{port}", f'ca = "{self.ca}"\n')
            self.assertEqual(done.status, 2, done)

    def test_a_server_that_asks_for_a_certificate_is_shown_one(self):
        port = self.server("DNS:localhost,IP:127.0.0.1", f'ca_file: "{self.ca}"\n verify: true\n')
        self.authority.issue("mx1", "mx1.example", "DNS:mx1.example", "clientAuth")
        keys = f'ca = "{self.ca}"\n'
        without = self.set_up(f"tls://localhost:{port}", keys)
        self.assertEqual(without.status, 2, without)
        keys += f'certificate = "{self.folder}/mx1.crt"\nkey = "{self.folder}/mx1.key"\n'
        shown = self.set_up(f"tls://localhost:{port}", keys)
        self.assertEqual(shown.status, 0, shown)


if __name__ == "__main__":
    unittest.main()

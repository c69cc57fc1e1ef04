"""The units of packaging/systemd: what they must hold, and systemd's own word for how tight they
are."""

import configparser
import re
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from program import POSTERN, SOURCE, postern

UNITS = SOURCE / "packaging" / "systemd"


def linked(folder):
    """The program under a path without spaces, which units split words at: wherever the clone lies."""
    link = pathlib.Path(folder) / "postern"
    link.symlink_to(POSTERN)
    return str(link)


def unit(name):
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string((UNITS / name).read_text())
    return parser


class Units(unittest.TestCase):
    def test_the_service_is_notified_reloaded_and_without_privilege(self):
        service = unit("postern-gate.service")["Service"]
        self.assertEqual(service["Type"], "notify")
        self.assertIn("-HUP $MAINPID", service["ExecReload"])
        for key in ("CapabilityBoundingSet", "AmbientCapabilities"):
            self.assertEqual(service[key], "")
        for key in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "MemoryDenyWriteExecute",
                    "ProtectHome", "RestrictNamespaces"):
            self.assertEqual(service[key], "yes", key)
        self.assertEqual(service["ProtectSystem"], "strict")
        self.assertNotEqual(service["User"], "root")

    def test_the_table_of_senders_has_no_privilege_and_no_network_but_loopback(self):
        service = unit("postern-srs.service")["Service"]
        for key in ("CapabilityBoundingSet", "AmbientCapabilities"):
            self.assertEqual(service[key], "")
        self.assertEqual((service["ProtectSystem"], service["NoNewPrivileges"]), ("strict", "yes"))
        self.assertEqual((service["IPAddressDeny"], service["IPAddressAllow"]), ("any", "localhost"))
        self.assertNotEqual(service["User"], "root")
        words = service["ExecStart"].split()
        helped = postern("srs", "serve", "--help").out
        for option in (word for word in words if word.startswith("--")):
            self.assertIn(option, helped)

    def test_the_table_of_senders_runs_as_its_unit_says(self):
        """The unit's own command, with the options of docs/srs.md in place of $SRS_OPTIONS."""
        page = (SOURCE / "docs" / "srs.md").read_text(encoding="utf-8")
        options = re.search(r"SRS_OPTIONS=([^']+)'", page).group(1)
        with tempfile.TemporaryDirectory() as scratch:
            secrets = pathlib.Path(scratch) / "srs.secrets"
            secrets.write_text("a secret of 16 octets or more\n")
            secrets.chmod(0o600)
            line = unit("postern-srs.service")["Service"]["ExecStart"]
            line = (line.replace("/usr/bin/postern", linked(scratch)).replace("$SRS_OPTIONS", options)
                    .replace("/etc/postern/srs.secrets", str(secrets)).replace(":10003", ":0"))
            server = subprocess.Popen(line.split(), stderr=subprocess.PIPE, text=True)
            try:
                host, port = server.stderr.readline().split("listening on ")[1].strip().rsplit(":", 1)
                with socket.create_connection((host, int(port)), timeout=10) as client:
                    question = b"forward ann@example.com"
                    client.sendall(b"%d:%s," % (len(question), question))
                    self.assertRegex(client.recv(1000), rb"^\d+:OK SRS0=....=..=example\.com=ann@forwarder\.example,$")
            finally:
                server.terminate()
                self.assertEqual(server.wait(timeout=10), 0)
                server.stderr.close()

    def test_each_socket_leads_to_the_service(self):
        for path in UNITS.glob("*.socket"):
            section = unit(path.name)["Socket"]
            service = section.get("Service", path.with_suffix(".service").name)
            self.assertTrue((UNITS / service).exists(), path)
            # The names that postern gate knows.
            self.assertIn(section["FileDescriptorName"], ("smtp", "milter"))

    def test_the_commands_exist(self):
        for line in (UNITS / "postern-gate.service").read_text().splitlines():
            found = re.match(r"Exec\w+=/usr/bin/postern (.*)", line)
            if found is None:
                continue
            words = found.group(1).split()
            self.assertEqual(words[:2], ["gate", "/etc/postern/gate.toml"])
            done = postern("gate", "--help")
            for word in words[2:]:
                self.assertIn(word, done.out)

    def analyze(self, *arguments):
        program = shutil.which("systemd-analyze")
        if program is None:
            self.skipTest("systemd-analyze is not installed")
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                              timeout=60, check=False)
        if "unrecognized option" in done.stderr:
            self.skipTest("this systemd-analyze is too old")
        return done

    def test_systemd_calls_the_sandbox_tight(self):
        for service in UNITS.glob("*.service"):
            done = self.analyze("security", "--offline=true", "--threshold=15", service)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_systemd_understands_every_line(self):
        with tempfile.TemporaryDirectory() as scratch:
            program = linked(scratch)
            units = []
            for path in sorted(UNITS.iterdir()):
                text = path.read_text().replace("/usr/bin/postern", program)
                text = re.sub(r"^Documentation=.*\n", "", text, flags=re.M)
                units.append(pathlib.Path(scratch) / path.name)
                units[-1].write_text(text)
            done = self.analyze("verify", *units)
            complaints = [line for line in done.stderr.splitlines() if "postern" in line]
            self.assertEqual(complaints, [])


if __name__ == "__main__":
    unittest.main()

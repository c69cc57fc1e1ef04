"""The units of packaging/systemd: what they must hold, and systemd's own word for how tight they
are."""

import configparser
import re
import shutil
import subprocess
import tempfile
import pathlib
import unittest

from program import POSTERN, SOURCE, postern

UNITS = SOURCE / "packaging" / "systemd"


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

    def test_each_socket_leads_to_the_service(self):
        for path in UNITS.glob("*.socket"):
            socket = unit(path.name)["Socket"]
            service = socket.get("Service", path.with_suffix(".service").name)
            self.assertTrue((UNITS / service).exists(), path)
            # The names that postern gate knows.
            self.assertIn(socket["FileDescriptorName"], ("smtp", "milter"))

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
        done = self.analyze("security", "--offline=true", "--threshold=15",
                            UNITS / "postern-gate.service")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_systemd_understands_every_line(self):
        with tempfile.TemporaryDirectory() as scratch:
            for path in UNITS.iterdir():
                text = path.read_text().replace("/usr/bin/postern", POSTERN)
                text = re.sub(r"^Documentation=.*\n", "", text, flags=re.M)
                (pathlib.Path(scratch) / path.name).write_text(text)
            units = sorted(pathlib.Path(scratch).iterdir())
            done = self.analyze("verify", *units)
            complaints = [line for line in done.stderr.splitlines() if "postern" in line]
            self.assertEqual(complaints, [])


if __name__ == "__main__":
    unittest.main()

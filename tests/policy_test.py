"""postern policy and two gates, over a nats-server of their own on loopback."""

import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from loopback import free_port, nats_server
from program import POSTERN, postern

PROGRAM = nats_server()

TENANT = """name = "{name}"
reject_direct_send = true

[[accepted_domain]]
name = "{domain}"
"""


def eventually(ask, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if ask():
            return True
        time.sleep(0.05)
    return False


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as there:
            there.settimeout(1)
            return there.recv(4).startswith(b"INFO")
    except OSError:
        return False


class Gate:
    """postern gate with the policy of the cluster; ends with close()."""

    def __init__(self, folder, name, servers):
        self.port = free_port()
        self.folder = folder / name
        self.folder.mkdir(exist_ok=True)
        (self.folder / "gate.toml").write_text(
            f'host_name = "{name}.example"\n'
            f'[smtp]\nlisten = ["127.0.0.1:{self.port}"]\n'
            f'[[route]]\nmaildir = "mail"\n[cluster]\nservers = ["{servers}"]\n'
        )
        self.log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [POSTERN, "gate", str(self.folder / "gate.toml")],
            stdout=subprocess.PIPE, stderr=self.log)

    def is_ready(self):
        return self.process.stdout.readline().startswith(b"postern gate listens")

    def reply(self, sender, recipient):
        """What RCPT is answered with."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as client:
            replies = client.makefile("rb")
            replies.readline()
            for line in ("HELO client.example", f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>"):
                client.sendall(line.encode() + b"\r\n")
                answer = replies.readline().decode()
            return answer

    def refuses(self, domain):
        return "5.7.68" in self.reply(f"boss@{domain}", f"staff@{domain}")

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()
        self.log.close()


@unittest.skipUnless(PROGRAM,
                     "no nats-server: packaging/fetch-nats-server.sh build/nats brings one")
class Policy(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-policy-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = free_port()
        (self.folder / "server.conf").write_text(
            f'listen: "127.0.0.1:{self.port}"\njetstream {{ store_dir: "{self.folder}/data" }}\n')
        self.start_server()
        self.addCleanup(self.stop_server)
        self.servers = f"nats://127.0.0.1:{self.port}"
        self.admin = self.folder / "admin.toml"
        self.admin.write_text(f'[cluster]\nservers = ["{self.servers}"]\n')

    def start_server(self):
        self.server = subprocess.Popen(
            [PROGRAM, "-c", str(self.folder / "server.conf")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertTrue(eventually(lambda: answers(self.port)), "the server does not come up")

    def stop_server(self):
        self.server.kill()
        self.server.wait()

    def policy(self, command, *arguments):
        return postern("policy", command, *arguments, "--cluster", self.admin, timeout=120)

    def push(self, name, domain, *arguments):
        file = self.folder / f"{name}.toml"
        file.write_text(TENANT.format(name=name, domain=domain))
        return self.policy("push", file, "--yes", "--replicas", "1", *arguments)

    def gate(self, name):
        gate = Gate(self.folder, name, self.servers)
        self.addCleanup(gate.close)
        self.assertTrue(gate.is_ready(), (self.folder / name / "log").read_text())
        return gate

    def test_a_push_is_in_force_at_both_gates(self):
        pushed = self.push("contoso.example", "contoso.example")
        self.assertEqual(pushed.status, 0, pushed)
        self.assertIn("a new tenant, 1 accepted domain", pushed.out)
        one, two = self.gate("one"), self.gate("two")
        self.assertTrue(one.refuses("contoso.example"))
        self.assertFalse(two.refuses("fabrikam.example"))
        self.assertEqual(self.push("fabrikam.example", "fabrikam.example").status, 0)
        for gate in (one, two):
            self.assertTrue(eventually(lambda: gate.refuses("fabrikam.example")))
            self.assertTrue(gate.refuses("contoso.example"))
        heard = self.policy("rollout")
        self.assertEqual(heard.status, 0, heard)
        self.assertIn("one: revision", heard.out)
        self.assertIn("two: revision", heard.out)

    def test_a_gate_serves_while_no_server_is_there(self):
        self.assertEqual(self.push("contoso.example", "contoso.example").status, 0)
        gate = self.gate("one")
        self.stop_server()
        self.assertTrue(gate.refuses("contoso.example"))
        self.assertTrue(eventually((self.folder / "one" / "policy.snapshot").exists))
        gate.close()
        again = Gate(self.folder, "one", self.servers)
        self.addCleanup(again.close)
        self.assertTrue(again.is_ready(), (self.folder / "one" / "log").read_text())
        self.assertTrue(again.refuses("contoso.example"))

    def test_what_is_pushed_is_shown_first_and_can_be_put_back(self):
        first = self.push("contoso.example", "contoso.example")
        self.assertIn("pushed tenant contoso-example as revision", first.out)
        revision = first.out.split()[-1]
        file = self.folder / "changed.toml"
        file.write_text(TENANT.format(name="contoso.example", domain="contoso.example")
                        .replace("reject_direct_send = true", "reject_direct_send = false"))
        seen = self.policy("diff", "contoso-example", file)
        self.assertEqual(seen.status, 1, seen)
        self.assertIn("newly accepted", seen.out)
        unasked = self.policy("push", file)
        self.assertEqual(unasked.status, 2, unasked)
        self.assertIn("pass --yes", unasked.err)
        self.assertIn("newly accepted", unasked.out)
        self.assertEqual(self.policy("push", file, "--yes").status, 0)
        self.assertEqual(len(self.policy("history", "contoso-example").out.splitlines()), 2)
        back = self.policy("rollback", "contoso-example", revision, "--yes")
        self.assertEqual(back.status, 0, back)
        self.assertIn("newly refused", back.out)
        pulled = self.policy("pull", "contoso-example")
        self.assertIn("reject_direct_send = true", pulled.out)

    def test_what_an_export_lacked_is_told_before_a_push_and_in_a_diff(self):
        file = self.folder / "assumed.toml"
        lacked = 'connector "Scanners": Enabled is not in the export, taken as true'
        file.write_text(f"assumed = ['{lacked}']\n"
                        + TENANT.format(name="contoso.example", domain="contoso.example"))
        pushed = self.policy("push", file, "--yes", "--replicas", "1")
        self.assertEqual(pushed.status, 0, pushed)
        self.assertIn(lacked, pushed.out)
        same = self.policy("diff", "contoso-example", file)
        self.assertEqual(same.status, 3, same)
        self.assertIn("an export lacks settings that decide", same.out)
        self.assertIn(lacked, same.out)

    def test_a_rollout_that_is_not_in_force_everywhere_is_told(self):
        self.assertEqual(self.push("contoso.example", "contoso.example").status, 0)
        stable = self.push("fabrikam.example", "fabrikam.example").out.split()[-1]
        unheard = self.policy("rollout")
        self.assertEqual(unheard.status, 3, unheard)
        self.assertIn("no gate answered", unheard.out)
        for option in ("--stable", "--canary"):
            for wrong in ("99999", "0"):
                slip = self.policy("rollout", option, wrong, "--gate", "one")
                self.assertEqual(slip.status, 2, slip)
                self.assertIn(f"there is no revision {wrong}", slip.err)
        one = self.gate("one")
        self.assertTrue(eventually(lambda: self.policy("rollout").status == 0))
        nobody = self.policy("rollout", "--stable", stable, "--canary", "latest", "--gate", "no-such-gate")
        self.assertEqual(nobody.status, 3, nobody)
        self.assertIn("no-such-gate: a canary, and no gate of that name answered", nobody.out)
        self.assertEqual(self.policy("rollout", "--gate", "one").status, 0)
        # Ten forms of a tenant are kept: with the tenth push the one up to --stable is gone.
        self.policy("rollout", "--canary", stable)
        for number in range(10):
            pushed = self.push("contoso.example", "contoso.example", "--id", "contoso-example")
            self.assertEqual("pushes out revision" in pushed.err, number == 9, pushed)
        fresh = self.gate("two")
        self.assertTrue(one.refuses("contoso.example"))
        self.assertIn("451 4.3.0", fresh.reply("friend@elsewhere.example", "staff@contoso.example"))
        self.assertIn("550 5.7.64", fresh.reply("friend@elsewhere.example", "staff@stranger.example"))
        self.assertTrue(fresh.refuses("fabrikam.example"))
        told = self.policy("rollout")
        self.assertEqual(told.status, 3, told)
        self.assertIn(f"not in force: contoso-example up to revision {stable}: no such form is kept, the oldest is",
                      told.out)
        self.assertTrue(eventually(lambda: "none is in force here" in self.policy("rollout").out))
        self.assertIn("policy_not_in_force", (self.folder / "two" / "log").read_text())

    def test_another_tenants_domain_and_a_faulty_file_are_refused(self):
        self.assertEqual(self.push("contoso.example", "contoso.example").status, 0)
        taken = self.push("fabrikam.example", "contoso.example")
        self.assertEqual(taken.status, 2, taken)
        self.assertIn("contoso.example is tenant contoso-example's", taken.err)
        self.assertEqual(self.push("tailspin.example", "no domain!").status, 2)
        listed = self.policy("pull")
        self.assertEqual(len(listed.out.splitlines()), 1, listed)

    def test_a_tenant_is_taken_away(self):
        self.push("contoso.example", "contoso.example")
        self.push("fabrikam.example", "fabrikam.example")
        gate = self.gate("one")
        gone = self.policy("remove", "contoso-example", "--yes")
        self.assertEqual(gone.status, 0, gone)
        self.assertTrue(eventually(lambda: not gate.refuses("contoso.example")))
        self.assertTrue(gate.refuses("fabrikam.example"))

    def test_who_has_no_policy_does_not_start(self):
        self.stop_server()
        folder = self.folder / "one"
        folder.mkdir()
        (folder / "gate.toml").write_text(
            '[milter]\nlisten = ["unix:m"]\n[cluster]\nservers = ["nats://127.0.0.1:1"]\n')
        started = postern("gate", folder / "gate.toml", timeout=120)
        self.assertEqual(started.status, 2, started)
        self.assertIn("there is no snapshot", started.err)
        # A start waits for servers that come up with it, and says for what; a check does not wait.
        self.assertIn("policy_cluster_fails", started.err)
        begun = time.monotonic()
        checked = postern("gate", folder / "gate.toml", "--check", timeout=120)
        self.assertEqual(checked.status, 2, checked)
        self.assertIn("there is no snapshot", checked.err)
        self.assertLess(time.monotonic() - begun, 10)

    def test_a_check_reads_what_a_start_would_sign_in_with(self):
        self.assertEqual(self.push("contoso.example", "contoso.example").status, 0)
        folder = self.folder / "one"
        folder.mkdir()
        tenant = folder / "tenant.toml"
        tenant.write_text(TENANT.format(name="contoso.example", domain="contoso.example"))
        for tenants in ("", 'tenants = ["tenant.toml"]\n'):
            for keys, named in (('user = "one"\npassword_file = "no.password"\n', "no.password"),
                                ('nkey_file = "no.seed"\n', "no.seed"),
                                ('ca = "no-ca.pem"\n', "ca: "),
                                ('certificate = "no.pem"\n', "certificate: "), ("", None)):
                (folder / "gate.toml").write_text(
                    f'{tenants}host_name = "one.example"\n[milter]\nlisten = ["unix:m"]\n'
                    f'[cluster]\nservers = ["{self.servers}"]\n{keys}')
                checked = postern("gate", folder / "gate.toml", "--check", timeout=60)
                self.assertEqual(checked.status, 2 if named else 0, checked)
                self.assertIn(named or "", checked.err)

    def test_a_file_of_cluster_that_is_not_there_is_told_whatever_is_read(self):
        missing = self.folder / "missing.toml"
        tenant = self.folder / "tenant.toml"
        tenant.write_text(TENANT.format(name="contoso.example", domain="contoso.example"))
        for command in (("ledger", self.folder / "ledger.db"),
                        ("impact", tenant, self.folder / "rows.csv"),
                        ("policy", "pull"), ("policy", "rollout")):
            done = postern(*command, "--cluster", missing)
            self.assertEqual(done.status, 2, done)
            self.assertIn("missing.toml", done.err)

    def test_a_file_of_cluster_is_refused_where_nothing_that_is_read_lies_in_one(self):
        tenant = self.folder / "tenant.toml"
        tenant.write_text(TENANT.format(name="contoso.example", domain="contoso.example"))
        rows = self.folder / "rows.csv"
        rows.write_text("Timestamp,SenderMailFromAddress,RecipientEmailAddress,SenderIPv4\n"
                        "2026-10-01T08:00:00Z,scan@contoso.example,ann@contoso.example,203.0.113.7\n", encoding="utf-8")
        for command in (("ledger", self.folder / "ledger.db"), ("impact", tenant, rows)):
            done = postern(*command, "--cluster", self.admin)
            self.assertEqual((done.status, done.out), (2, ""), done)
            self.assertIn("--cluster: is of no use here: nothing that is read lies in a cluster", done.err)

    def test_what_can_be_no_id_is_told_before_the_cluster_is_asked(self):
        tenant = self.folder / "tenant.toml"
        tenant.write_text(TENANT.format(name="contoso.example", domain="contoso.example"))
        for wrong in ("contoso.example", "tenant.*", ">", "a" * 65):
            for command in (("pull", wrong), ("history", wrong), ("rollback", wrong, "1"), ("remove", wrong, "--yes"),
                            ("diff", wrong, tenant), ("push", tenant, "--id", wrong)):
                done = postern("policy", *command, "--cluster", self.folder / "missing.toml")
                self.assertEqual(done.status, 2, done)
                self.assertIn(f"'{wrong}' is no tenant's ID; an ID is", done.err, command)

    def test_whoever_takes_one_tenant_away_says_nothing_of_others(self):
        for name in ("contoso", "fabrikam"):
            self.push(f"{name}.example", f"{name}.example")
        self.assertEqual(self.policy("remove", "fabrikam-example", "--yes").status, 0)
        again = self.policy("remove", "fabrikam-example", "--yes")
        self.assertEqual(again.status, 2, again)
        self.assertIn("is no tenant of the cluster", again.err)
        self.assertEqual(self.push("fabrikam.example", "fabrikam.example").status, 0)


if __name__ == "__main__":
    unittest.main()

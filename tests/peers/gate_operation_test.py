"""A running gate: reload, drain, service manager, what it logs."""

import http.client
import json
import os
import re
import signal
import socket
import ssl
import struct
import time
import unittest

from smtp_peers import (FOREIGN, OWN_SENDER, POSTERN, RECIPIENT, TENANT, TENANT_WITHOUT_CONNECTORS,
                        Folder, Talk)


def page(port, path, host="127.0.0.1"):
    """The body of a page of the admin's, or its status where that is not 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read().decode()
        return body if answer.status == 200 else str(answer.status)
    finally:
        connection.close()


class AdminPage(Folder):
    def gate_with_page(self):
        port = self.free_port()
        return self.gate_to(self.hop(), head=f'admin_listen = "127.0.0.1:{port}"\n'), port

    def test_idle_connections_keep_nobody_from_looking(self):
        _, port = self.gate_with_page()
        idle = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(64)]
        self.assertEqual(page(port, "/healthz"), "ok\n")
        idle += [socket.create_connection(("127.0.0.1", port), 5) for _ in range(64)]
        for _ in range(3):
            self.assertEqual(page(port, "/healthz"), "ok\n")
        self.assertIn("postern_ready 1", page(port, "/metrics"))
        for each in idle:
            each.close()

    def test_a_page_is_for_who_names_this_host(self):
        _, port = self.gate_with_page()
        for host in ("127.0.0.1", f"127.0.0.1:{port}", "localhost", f"LOCALHOST:{port}", "[::1]:9",
                     "[::1]", "127.9.9.9"):
            self.assertIn("postern_ready 1", page(port, "/metrics", host), host)
        for host in ("attacker.example", f"attacker.example:{port}", "localhost.attacker.example",
                     "192.0.2.1", "127.0.0.1.attacker.example", "", "[2001:db8::1]", "[", "]:1", ":"):
            for path in ("/metrics", "/readyz", "/healthz", "/"):
                self.assertEqual(page(port, path, host), "403", host)

    def test_it_is_there_before_the_smtp_port_answers(self):
        for _ in range(5):
            port, smtp = self.free_port(), self.free_port()
            (self.folder / "tenant.toml").write_text(TENANT)
            (self.folder / "gate.toml").write_text(
                f'tenants = ["tenant.toml"]\nadmin_listen = "127.0.0.1:{port}"\n'
                f'[smtp]\nlisten = ["127.0.0.1:{smtp}"]\n[[route]]\nmaildir = "box"\n')
            gate = self.start([POSTERN, "gate", "gate.toml"])

            def answers():
                try:
                    socket.create_connection(("127.0.0.1", smtp), 1).close()
                    return True
                except OSError:
                    return False

            self.wait_until(answers)
            self.assertEqual(page(port, "/healthz"), "ok\n")
            self.assertEqual(gate.stop(), 0)


class Operation(Folder):
    def test_reload_swaps_the_tenant_and_drops_no_session(self):
        gate = self.gate_to(self.hop())
        with Talk(gate.port) as talk:
            self.assertRegex(talk.envelope(OWN_SENDER, RECIPIENT)[0], "^550 5.7.68 ")
            gate_file = gate.file.read_text()
            gate.file.write_text(gate_file.replace("threads", 'mode = "observe"\nthreads'))
            gate.send_signal(signal.SIGHUP)
            self.wait_until(lambda: '"reloaded"' in gate.log())
            time.sleep(0.1)
            talk.say("RSET")
            self.assertRegex(talk.envelope(OWN_SENDER, RECIPIENT)[0], "^250 ")
            gate.file.write_text("nonsense =")
            gate.send_signal(signal.SIGHUP)
            self.wait_until(lambda: "reload_failed" in gate.log())
            talk.say("RSET")
            self.assertRegex(talk.envelope(OWN_SENDER, RECIPIENT)[0], "^250 ")

    def reload(self, gate, event="reloaded"):
        """The log's lines of one SIGHUP, without those of mail, which may come late."""
        before = len(gate.log())
        gate.send_signal(signal.SIGHUP)
        self.wait_until(lambda: f'"event":"{event}"' in gate.log()[before:])
        lines = [json.loads(line) for line in gate.log()[before:].splitlines()]
        return [line for line in lines if line["event"] not in ("refused", "passed_on")]

    def test_a_reload_says_what_it_opens(self):
        gate = self.gate_to(self.hop(), tenant=TENANT_WITHOUT_CONNECTORS)
        self.assertRegex(self.send(gate, sender=OWN_SENDER), "^550 5.7.68 ")
        tenant = self.folder / "tenant.toml"
        tenant.write_text(TENANT_WITHOUT_CONNECTORS.replace("_known = true", "_known = false"))
        lines = self.reload(gate)
        self.assertEqual([line["event"] for line in lines], ["remark", "reloaded"], lines)
        self.assertRegex(lines[0]["why"], "contoso: its files do not hold inbound connectors, .*"
                                          "stays undetermined and is accepted")
        # Nor is it told again by each reload.
        self.assertEqual([line["event"] for line in self.reload(gate)], ["reloaded"])

    def test_a_tenant_without_accepted_domains_refuses_no_mail(self):
        gate = self.gate_to(self.hop(), head='mode = "observe"', tenant=TENANT_WITHOUT_CONNECTORS)
        tenant = self.folder / "tenant.toml"
        for text in ('name = "contoso"\ninbound_connectors_known = true\n',
                     TENANT_WITHOUT_CONNECTORS[:TENANT_WITHOUT_CONNECTORS.index("[[")]):
            tenant.write_text(text)
            (line,) = self.reload(gate, "reload_failed")
            self.assertRegex(line["why"], "tenant 'contoso' has no accepted domain")
            self.assertRegex(self.send(gate), "^250 ")
        checked = self.run_peer(POSTERN, "gate", gate.file, "--check")
        started = self.run_peer(POSTERN, "gate", gate.file, timeout=20)
        self.assertEqual((checked.returncode, started.returncode), (2, 2), checked.text)
        self.assertEqual(checked.text, started.text)
        self.assertIn("Get-AcceptedDomain | ConvertTo-Json", checked.text)

    def test_a_reload_names_what_it_passes_over(self):
        hop = self.hop()
        gate = self.gate_to(hop, '[ledger]\nfile = "a.db"\n')
        gate.write(f'log_level = "quiet"\nmode = "observe"\n[[route]]\n'
                   f'next_hops = ["{hop.address}"]\n[ledger]\nfile = "b.db"\n'
                   f'[smtp]\nlisten = ["127.0.0.1:0", "127.0.0.2:0"]\n')
        lines = self.reload(gate)
        self.assertEqual([line.get("key", line["event"]) for line in lines],
                         ["log_level", "[smtp] listen", "[ledger] file", "reloaded"])
        self.assertEqual({line["event"] for line in lines[:-1]}, {"waits_for_start"})
        self.assertRegex(self.send(gate, sender=OWN_SENDER), "^250 ")  # the mode counts
        self.assertFalse((self.folder / "b.db").exists())

    def test_reload_takes_a_new_certificate(self):
        gate = self.gate_to(self.hop(), self.certificates())

        def serial():
            context = ssl.create_default_context(cafile=self.folder / "ca.pem")
            with Talk(gate.port) as talk:
                talk.say("EHLO x")
                talk.start_tls(context)
                return talk.socket.getpeercert()["serialNumber"]

        before = serial()
        self.certificates()
        gate.send_signal(signal.SIGHUP)
        self.wait_until(lambda: '"reloaded"' in gate.log())
        time.sleep(0.1)
        self.assertNotEqual(serial(), before)

    def test_sigterm_lets_a_message_finish(self):
        hop = self.hop()
        gate = self.gate_to(hop)
        idle = Talk(gate.port)
        talk = Talk(gate.port)
        talk.envelope(FOREIGN, RECIPIENT)
        talk.say("DATA")
        gate.send_signal(signal.SIGTERM)
        self.assertRegex(idle.reply(), "^421 4.3.2 ")
        with self.assertRaises(OSError):
            for _ in range(50):
                socket.create_connection(("127.0.0.1", gate.port), 1).close()
                time.sleep(0.02)
        talk.send("hi\r\n")
        self.assertRegex(talk.say("."), "^250 ")
        self.assertRegex(talk.reply(), "^421 4.3.2 ")
        self.assertEqual(gate.child.wait(10), 0)
        self.assertEqual(len(hop.messages), 1)

    def test_a_drain_has_an_end(self):
        gate = self.gate_to(self.hop(), head='drain_time = "1s"\n')
        talk = Talk(gate.port)
        talk.envelope(FOREIGN, RECIPIENT)
        talk.say("DATA")
        gate.send_signal(signal.SIGTERM)
        self.assertEqual(gate.child.wait(10), 0)
        self.assertTrue(talk.closed())

    def test_check_says_what_is_wrong_and_starts_nothing(self):
        gate = self.gate_to(self.hop())
        good = self.run_peer(POSTERN, "gate", gate.file, "--check")
        self.assertEqual((good.returncode, good.stderr), (0, b""), good.text)
        bad = self.folder / "bad.toml"
        bad.write_text(gate.file.read_text() + '[tls]\ncertificate = "not-there.pem"\n')
        done = self.run_peer(POSTERN, "gate", bad, "--check")
        self.assertEqual(done.returncode, 2, done.text)
        self.assertRegex(done.text, r"^postern: .*not-there\.pem: the certificate can't be read")

    def test_check_refuses_what_a_start_refuses(self):
        hop = self.hop()
        (self.folder / "tenant.toml").write_text(TENANT)
        (self.folder / "file").write_text("")
        smtp, route = ('[smtp]\nlisten = ["127.0.0.1:0"]\n',
                       f'[[route]]\nnext_hops = ["{hop.address}"]\n')
        faults = {
            "admin_listen beyond loopback": ('admin_listen = "0.0.0.0:0"', smtp + route),
            "an unknown user": ('user = "nobody-at-all"', smtp + route),
            "an unknown group": ('user = "nobody"\ngroup = "nobody-at-all"', smtp + route),
            "a folder to hold in that is missing": ('hold_folder = "missing"', smtp + route),
            "a file for one": ('hold_folder = "file"', smtp + route),
            "a resolver that is no address": ('resolver = "one.example"', smtp + route),
            "an address of another host": ("", '[smtp]\nlisten = ["192.0.2.1:2525"]\n' + route),
            "a name without address": ("", '[smtp]\nlisten = ["host.invalid:2525"]\n' + route),
            "a ledger in a folder that is missing":
                ("", smtp + route + '[ledger]\nfile = "missing/ledger.db"\n'),
            "a ledger that is a folder": ("", smtp + route + '[ledger]\nfile = "."\n'),
            "a key file that is missing":
                ("", smtp + route + '[ledger]\nfile = "l.db"\nhash_key_file = "missing"\n'),
            "a Maildir below what is missing":
                ("", smtp + '[[route]]\nmaildir = "missing/box"\n'),
            "a Maildir that is a file": ("", smtp + '[[route]]\nmaildir = "file"\n'),
            "a milter's socket in a folder that is missing":
                ("", '[milter]\nlisten = ["unix:missing/socket"]\n'),
            "a milter's socket that is a file":
                ("", f'[milter]\nlisten = ["unix:{self.folder}/file"]\n'),
        }
        before = sorted(os.listdir(self.folder))
        for name, (head, sections) in faults.items():
            with self.subTest(name):
                file = self.folder / "gate.toml"
                file.write_text(f'tenants = ["tenant.toml"]\n{head}\n{sections}')
                checked = self.run_peer(POSTERN, "gate", file, "--check")
                started = self.run_peer(POSTERN, "gate", file, timeout=20)
                self.assertEqual((checked.returncode, checked.text), (2, started.text))
                self.assertEqual(started.returncode, 2, started.text)
                self.assertEqual(len(checked.text.splitlines()), 1, checked.text)
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(before + ["gate.toml"]))

    def test_check_beside_a_gate_that_runs_leaves_it_alone(self):
        port = self.free_port()
        gate = self.gate(
            f'admin_listen = "127.0.0.1:{port}"\n[ledger]\nfile = "ledger.db"\n'
            f'[milter]\nlisten = ["unix:{self.folder}/milter"]\n[[route]]\nmaildir = "box"\n')
        beside = self.folder / "beside.toml"
        beside.write_text(gate.file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{gate.port}"))
        self.assertRegex(self.send(gate, sender=OWN_SENDER), "^550 5.7.68 ")
        done = self.run_peer(POSTERN, "gate", beside, "--check")
        self.assertEqual(done.returncode, 0, done.text)
        self.assertEqual(done.text.count("could not be tried"), 3, done.text)
        self.assertRegex(self.send(gate), "^250 ")
        self.assertEqual(gate.stop(), 0)
        # Alone, it makes nothing of what a start would make.
        other = self.folder / "other"
        other.mkdir()
        (other / "tenant.toml").write_text(TENANT)
        (other / "gate.toml").write_text(beside.read_text().replace(
            f"{self.folder}/milter", f"{other}/milter"))
        done = self.run_peer(POSTERN, "gate", other / "gate.toml", "--check")
        self.assertEqual((done.returncode, done.stderr), (0, b""), done.text)
        self.assertEqual(sorted(os.listdir(other)), ["gate.toml", "tenant.toml"])

    def test_a_connection_that_opens_and_closes_is_no_fault(self):
        port = self.free_port()
        gate = self.gate_to(
            self.hop(), head=f'admin_listen = "127.0.0.1:{port}"\n[smtp]\n'
            'listen = ["127.0.0.1:0"]\nproxy_peers = ["127.0.0.2/32"]\n'
            '[milter]\nlisten = ["127.0.0.1:0"]\n')
        milter = int(re.search(r"milter 127.0.0.1:(\d+)", gate.listens).group(1))
        for to in (gate.port, milter):
            for source in ("127.0.0.1", "127.0.0.2"):
                for linger in (False, True):
                    peer = socket.create_connection(("127.0.0.1", to), 5,
                                                    source_address=(source, 0))
                    if linger:  # closes with a reset
                        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                        struct.pack("ii", 1, 0))
                    peer.close()
        self.wait_until(lambda: "postern_sessions_open 0\n" in page(port, "/metrics")
                        and "postern_milter_connections_open 0\n" in page(port, "/metrics")
                        and "postern_milter_connections_total 4\n" in page(port, "/metrics"))
        counts = page(port, "/metrics")
        self.assertIn("postern_protocol_faults_total 0\n", counts)
        self.assertIn("postern_milter_faults_total 0\n", counts)
        self.assertEqual(gate.log(), "")

    def test_a_service_manager_hands_over_sockets_and_hears_of_the_state(self):
        listener = socket.create_server(("127.0.0.1", 0))
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notices.bind(str(self.folder / "notify"))
        notices.settimeout(20)
        hop = self.hop()
        (self.folder / "tenant.toml").write_text(TENANT)
        (self.folder / "gate.toml").write_text(
            f'tenants = ["tenant.toml"]\n[smtp]\nlisten = ["127.0.0.1:1"]\n'
            f'[[route]]\nnext_hops = ["{hop.address}"]\n')
        # A shell gives the socket the number that the protocol wants, and its own process id.
        environment = dict(os.environ, NOTIFY_SOCKET=str(self.folder / "notify"), LISTEN_FDS="1")
        process = self.start(
            ["/bin/sh", "-c", f'exec 3<&{listener.fileno()}; LISTEN_PID=$$ exec "$0" gate gate.toml',
             POSTERN], env=environment, pass_fds=(listener.fileno(),))
        self.assertEqual(notices.recv(100), b"READY=1", process.log())
        port = listener.getsockname()[1]
        listener.close()
        with Talk(port) as talk:
            self.assertRegex(talk.envelope(FOREIGN, RECIPIENT)[0], "^250 ")
        process.send_signal(signal.SIGHUP)
        self.assertEqual([notices.recv(100), notices.recv(100)], [b"RELOADING=1", b"READY=1"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(notices.recv(100), b"STOPPING=1")
        self.assertEqual(process.child.wait(10), 0)

    def test_root_is_given_up(self):
        if os.geteuid() != 0:
            self.skipTest("not root")
        os.chmod(self.folder, 0o755)
        gate = self.gate_to(self.hop(), head='user = "nobody"\n')
        status = open(f"/proc/{gate.child.pid}/status").read()
        self.assertRegex(status, r"Uid:\t(\d+)\t\1\t\1\t\1\n")
        self.assertNotRegex(status, r"Uid:\t0\t")
        self.assertRegex(self.send(gate), "^250 ")

    def test_each_event_is_one_json_object(self):
        gate = self.gate_to(self.hop())
        self.send(gate, sender=OWN_SENDER)
        self.send(gate)
        with Talk(gate.port) as talk:
            talk.say('EHLO "\\\x1b[31m')
            talk.say("GET / HTTP/1.1")
        gate.stop()
        log = (self.folder).glob("stderr.*")
        events = [json.loads(line) for path in log for line in path.read_text().splitlines()]
        self.assertEqual([e["event"] for e in events],
                         ["refused", "passed_on", "protocol_fault", "stopping", "stopped"])
        self.assertEqual(events[0]["reason"], "direct_send_rejected")
        self.assertEqual(events[0]["client"], "127.0.0.1")


if __name__ == "__main__":
    unittest.main()

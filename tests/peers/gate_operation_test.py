"""A running gate: reload, drain, service manager, what it logs."""

import json
import os
import signal
import socket
import ssl
import time
import unittest

from smtp_peers import FOREIGN, OWN, POSTERN, RECIPIENT, TENANT, Folder, Talk


class Operation(Folder):
    def test_reload_swaps_the_tenant_and_drops_no_session(self):
        gate = self.gate_to(self.hop())
        with Talk(gate.port) as talk:
            self.assertRegex(talk.envelope(OWN, RECIPIENT)[0], "^550 5.7.68 ")
            gate_file = gate.file.read_text()
            gate.file.write_text(gate_file.replace("threads", 'mode = "observe"\nthreads'))
            gate.send_signal(signal.SIGHUP)
            self.wait_until(lambda: '"reloaded"' in gate.log())
            time.sleep(0.1)
            talk.say("RSET")
            self.assertRegex(talk.envelope(OWN, RECIPIENT)[0], "^250 ")
            gate.file.write_text("nonsense =")
            gate.send_signal(signal.SIGHUP)
            self.wait_until(lambda: "reload_failed" in gate.log())
            talk.say("RSET")
            self.assertRegex(talk.envelope(OWN, RECIPIENT)[0], "^250 ")

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
        self.send(gate, sender=OWN)
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

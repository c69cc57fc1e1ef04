"""The gate between real clients and real mail servers."""

import signal
import struct
import subprocess
import time
import unittest

from postfix_peer import Postfix, answers
from smtp_peers import FOREIGN, OWN_SENDER, POSTERN, RECIPIENT, TENANT, Folder, Gate, Talk, program


class Swaks(Folder):
    def swaks(self, gate, sender, *arguments):
        return self.run_peer(
            program("swaks"), "--server", f"127.0.0.1:{gate.port}", "--from", sender, "--to",
            RECIPIENT, "--helo", "printer", *arguments,
        )

    def test_direct_send_is_refused_and_foreign_mail_is_passed_on(self):
        hop = self.hop()
        gate = self.gate_to(hop)
        refused = self.swaks(gate, OWN_SENDER)
        self.assertEqual(refused.returncode, 24, refused.text)  # no recipient was taken
        self.assertIn("550 5.7.68 TenantInboundAttribution; Direct Send not allowed", refused.text)
        taken = self.swaks(gate, FOREIGN, "--body", "hello")
        self.assertEqual(taken.returncode, 0, taken.text)
        self.assertEqual([(m[0], m[1]) for m in hop.messages],
                         [(f"<{FOREIGN}>", [f"<{RECIPIENT}>"])])

    def test_without_a_file_mail_goes_to_a_maildir(self):
        (self.folder / "tenant.toml").write_text(TENANT)
        process = self.start([POSTERN, "gate", "--tenant", "tenant.toml", "--listen",
                              "127.0.0.1:0", "--maildir", "box"])
        process.port = int(process.child.stdout.readline().decode().rsplit(":", 1)[1])
        taken = self.swaks(process, FOREIGN, "--body", ".dot\nhello")
        self.assertEqual(taken.returncode, 0, taken.text)
        delivered = list((self.folder / "box" / "new").iterdir())
        self.assertEqual(len(delivered), 1)
        text = delivered[0].read_bytes()
        self.assertTrue(text.startswith(f"Return-Path: <{FOREIGN}>\n".encode()), text)
        self.assertIn(b"Received: from printer ([127.0.0.1])\n\tby ", text)
        self.assertIn(b"\n\n.dot\nhello\n", text)
        self.assertNotIn(b"\r", text)
        self.assertEqual(list((self.folder / "box" / "tmp").iterdir()), [])
        self.assertIn("550 5.7.68", self.swaks(process, OWN_SENDER).text)
        self.assertEqual(process.stop(), 0)

    def test_starttls(self):
        gate = self.gate_to(self.hop(), self.certificates())
        taken = self.swaks(gate, FOREIGN, "--tls")
        self.assertEqual(taken.returncode, 0, taken.text)
        self.assertIn("TLS started", taken.text)

    def test_a_partners_certificate_passes_and_a_strangers_does_not(self):
        gate = self.gate_to(self.hop(), self.certificates())
        for name, passes in (("partner", True), ("stranger", False)):
            done = self.swaks(gate, OWN_SENDER, "--tls", "--tls-cert", f"{name}.crt", "--tls-key",
                              f"{name}.key")
            self.assertEqual(done.returncode == 0, passes, done.text)
        self.assertIn("550 5.7.68", self.swaks(gate, OWN_SENDER, "--tls").text)


class OtherClients(Folder):
    def test_openssl_s_client_with_a_certificate(self):
        hop = self.hop()
        gate = self.gate_to(hop, self.certificates())
        # s_client reads a capital letter at the start of a line as its own command.
        session = (f"mail from:<{OWN_SENDER}>\r\nrcpt to:<{RECIPIENT}>\r\ndata\r\nsubject: x\r\n\r\nhi\r\n"
                   ".\r\nquit\r\n")
        child = subprocess.Popen(
            [program("openssl"), "s_client", "-quiet", "-starttls", "smtp", "-connect",
             f"127.0.0.1:{gate.port}", "-cert", "partner.crt", "-key", "partner.key", "-CAfile",
             "ca.pem", "-verify_return_error", "-verify_hostname", "gate.example",
             "-crlf"],
            cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        try:
            child.stdin.write(b"ehlo partner\n")
            child.stdin.flush()
            time.sleep(0.3)
            for line in session.replace("\r", "").split("\n")[:-1]:
                child.stdin.write(line.encode() + b"\n")
                child.stdin.flush()
                if line in ("data", "."):
                    time.sleep(0.3)
            out, _ = child.communicate(timeout=20)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        self.assertIn(b"250 2.0.0 taken", out)
        self.assertEqual(len(hop.messages), 1)

    def test_msmtp(self):
        hop = self.hop()
        gate = self.gate_to(hop)
        done = self.run_peer(
            program("msmtp"), "--host=127.0.0.1", f"--port={gate.port}", "--tls=off", "--auth=off",
            f"--from={FOREIGN}", RECIPIENT, stdin=b"Subject: hi\n\n.one\ntwo\n")
        self.assertEqual(done.returncode, 0, done.text)
        self.assertTrue(hop.messages[0][2].endswith(b"Subject: hi\r\n\r\n..one\r\ntwo\r\n"),
                        hop.messages[0][2])

    def test_smtp_source_and_smtp_sink(self):
        port = self.free_port()
        sink = self.start([program("smtp-sink"), "-u", "nobody", "-c", f"127.0.0.1:{port}", "100"])
        self.wait_until(lambda: answers(port), what=sink.log())
        gate = self.gate_to(f"127.0.0.1:{port}")
        for extra in ([], ["-d"]):
            done = self.run_peer(program("smtp-source"), "-s", "10", "-m", "200", "-l", "3000", "-f",
                                 FOREIGN, "-t", RECIPIENT, *extra, f"127.0.0.1:{gate.port}")
            self.assertEqual(done.returncode, 0, done.text + gate.log())



class NextHops(Folder):
    def test_what_arrives_is_octet_by_octet_what_was_sent(self):
        hop = self.hop()
        gate = self.gate_to(hop)
        body = (b"Subject: =?utf-8?q?x?=\r\n folded\r\nX-Odd : y\r\nnot a field\r\n\r\n"
                b"..\r\n...two\r\n\xff\xfe\x01\x7f\r\n" + b"x" * 5000 + b"\r\n..\r\n\r\n \t\r\n"
                + bytes(range(1, 10)) + bytes(range(14, 256)) * 300 + b"\r\n")
        self.assertRegex(self.send(gate, text=body), "^250 ")
        got = hop.messages[0][2]
        self.assertTrue(got.endswith(body))
        added = got[: -len(body)]
        self.assertRegex(
            added.decode(),
            r"^Received: from client\.example \(\[127\.0\.0\.1\]\)\r\n\tby gate\.example \(Postern\) "
            r"with ESMTP id \S+\r\n\tfor <bob@contoso\.com>;\r\n\t\w{3}, [^\r]+ \+0000\r\n$")

    def test_a_helo_can_not_pretend_to_be_what_the_gate_saw(self):
        hop = self.hop()
        gate = self.gate_to(hop)
        with Talk(gate.port) as talk:
            talk.say("EHLO x([192.0.2.1])")
            talk.say(f"MAIL FROM:<{FOREIGN}>")
            talk.say(f"RCPT TO:<{RECIPIENT}>")
            talk.message("\r\n")
        self.assertTrue(hop.messages[0][2].startswith(
            b"Received: from x?[192.0.2.1]? ([127.0.0.1])"), hop.messages[0][2])

    def test_connections_are_used_again(self):
        hop = self.hop()
        gate = self.gate_to(hop, head="")
        for _ in range(6):
            self.assertRegex(self.send(gate), "^250 ")
        hellos = [c for c in hop.commands if c.startswith("EHLO")]
        self.assertLessEqual(len(hellos), 2, "one a thread at most")
        self.assertEqual(len(hop.messages), 6)

    def test_a_kept_connection_that_died_costs_nobody_anything(self):
        hop = self.hop()
        gate = self.gate_to(hop)
        for _ in range(6):
            self.assertRegex(self.send(gate), "^250 ")
            hop.drop()
        self.assertEqual(len(hop.messages), 6)

    def test_failover(self):
        down = f"127.0.0.1:{self.free_port()}"
        silent = self.hop(replies={"greeting": "421 go away"})
        good = self.hop()
        gate = self.gate(f'[[route]]\nnext_hops = ["{down}", "{silent.address}", '
                         f'"{good.address}"]\n')
        self.assertRegex(self.send(gate), "^250 ")
        self.assertEqual(len(good.messages), 1)

    def test_nobody_to_pass_on_to_is_a_temporary_failure(self):
        gate = self.gate_to(f"127.0.0.1:{self.free_port()}")
        self.assertRegex(self.send(gate), "^451 4.4.1 ")

    def test_a_slow_next_hop_is_a_temporary_failure(self):
        hop = self.hop(delay=3)
        gate = self.gate_to(hop, "[next_hop]\ncommand_time = \"1s\"\n")
        self.assertRegex(self.send(gate), "^451 4.4.[12] ")

    def test_what_the_next_hop_says_reaches_the_client(self):
        for verb, reply, expected in (
            ("RCPT", "550 5.1.1 no such user", "550 5.1.1 no such user"),
            ("RCPT", "450 4.2.0 later", "450 4.2.0 later"),
            ("RCPT", "421 4.3.2 shutdown", "451 4.3.2 shutdown"),
            ("MAIL", "550 5.1.8 bad sender", "550 5.1.8 bad sender"),
            ("DATA", "451 4.3.0 full", "451 4.3.0 full"),
            ("message", "554 5.6.0 virus", "554 5.6.0 virus"),
            ("message", "452 4.3.1 disk", "452 4.3.1 disk"),
        ):
            with self.subTest(verb=verb, reply=reply):
                hop = self.hop(replies={verb: reply})
                gate = self.gate_to(hop)
                self.assertEqual(self.send(gate), expected)
                gate.stop()

    def test_routes_by_recipient_domain(self):
        inner, outer = self.hop(), self.hop()
        tenant = TENANT + '\n[[accepted_domain]]\nname = "sub.contoso.com"\n'
        gate = self.gate(
            f'[[route]]\ndomains = ["contoso.com"]\nnext_hops = ["{inner.address}"]\n'
            f'[[route]]\ndomains = [".contoso.com"]\nnext_hops = ["{outer.address}"]\n',
            tenant=tenant)
        self.assertRegex(self.send(gate, recipient="a@contoso.com"), "^250 ")
        self.assertRegex(self.send(gate, recipient="b@sub.contoso.com"), "^250 ")
        self.assertEqual([len(inner.messages), len(outer.messages)], [1, 1])
        with Talk(gate.port) as talk:
            replies = talk.envelope(FOREIGN, "a@contoso.com", "b@sub.contoso.com")
            self.assertRegex(replies[0], "^250 ")
            self.assertRegex(replies[1], "^452 4.5.3 ")

    def test_lmtp_takes_one_recipient_a_message(self):
        hop = self.hop(lmtp=True)
        gate = self.gate_to(f"lmtp:{hop.address}")
        with Talk(gate.port) as talk:
            replies = talk.envelope(FOREIGN, "a@contoso.com", "b@contoso.com")
            self.assertRegex(replies[0], "^250 ")
            self.assertRegex(replies[1], "^452 4.5.3 ")
            self.assertRegex(talk.message("hi\r\n"), "^250 ")
        self.assertEqual(hop.commands[0], "LHLO gate.example")

    def test_tls_to_the_next_hop(self):
        settings = self.certificates()
        inner = self.gate_to(self.hop(), settings)
        inner_settings = f'[next_hop]\nca = "ca.pem"\n'
        folder = self.folder / "outer"
        folder.mkdir()
        (folder / "ca.pem").write_text((self.folder / "ca.pem").read_text())
        # The certificate is for gate.example, which here is only reached by its address.
        outer = Gate(folder, f'[[route]]\nnext_hops = ["127.0.0.1:{inner.port}"]\n'
                     f'tls = "verified"\n{inner_settings}')
        self.addCleanup(lambda: outer.child.poll() is None and outer.stop(signal.SIGKILL))
        self.assertRegex(self.send(outer), "^451 4.4.1 ")
        outer.write(f'[[route]]\nnext_hops = ["127.0.0.1:{inner.port}"]\ntls = "required"\n')
        outer.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "reloaded" in outer.log())
        self.assertRegex(self.send(outer), "^250 ")
        hop_plain = self.hop()
        outer.write(f'[[route]]\nnext_hops = ["{hop_plain.address}"]\ntls = "required"\n')
        outer.send_signal(signal.SIGHUP)
        self.wait_until(lambda: outer.log().count('"reloaded"') == 2)
        self.assertRegex(self.send(outer), "^451 4.4.1 ")
        self.assertEqual(hop_plain.messages, [])

    def test_xclient_tells_the_next_hop_whom_the_gate_speaks_for(self):
        hop = self.hop(offers=("PIPELINING", "XCLIENT ADDR PORT HELO PROTO"))
        gate = self.gate_to(hop)
        self.assertRegex(self.send(gate), "^250 ")
        told = [c for c in hop.commands if c.startswith("XCLIENT")]
        self.assertRegex(told[0], r"^XCLIENT ADDR=127\.0\.0\.1 PORT=\d+ HELO=client\.example "
                         "PROTO=ESMTP$")
        self.assertEqual(hop.commands[2], "EHLO client.example")

    def test_nobody_is_taken_for_the_client_before_him(self):
        hop = self.hop(offers=("PIPELINING", "XCLIENT ADDR PORT HELO PROTO"))
        gate = self.gate_to(hop)
        for _ in range(4):
            self.assertRegex(self.send(gate), "^250 ")
        told = [c for c in hop.commands if c.startswith("XCLIENT")]
        self.assertEqual(len(set(told)), 4, told)

    def test_a_message_that_is_held_goes_on_whole(self):
        hop = self.hop()
        gate = self.gate_to(hop, head='stage = "data"\nhold_memory = 10000\n')
        with Talk(gate.port) as talk:
            talk.envelope(OWN_SENDER, RECIPIENT)
            self.assertRegex(talk.message("Subject: x\r\n\r\n" + "y" * 100000 + "\r\n"),
                             "^550 5.7.68 ")
            self.assertEqual(hop.messages, [])
        self.assertRegex(self.send(gate), "^250 ")

    def test_a_header_is_judged_as_the_next_hop_will_read_it(self):
        # Who sends one dot where two belong has it taken off by the next hop (RFC 5321, 4.5.2).
        text = ("Subject: dot\r\n.X-MS-Exchange-Organization-AuthAs: Internal\r\n"
                "..Odd: 1\r\n\r\n..hi\r\n.")
        for extra, second, arrive in (("", "^250 ", 2), ("multiple_from = true\n", "^550 5.7.1 ", 1)):
            with self.subTest("held" if extra else "streamed"):
                hop = self.hop()
                gate = self.gate_to(
                    hop, "[protections]\nstrip_organization_headers = true\n" + extra)
                with Talk(gate.port) as talk:
                    talk.envelope(FOREIGN, RECIPIENT)
                    talk.say("DATA")
                    self.assertRegex(talk.say("From: a@fabrikam.com\r\n" + text), "^250 ")
                    talk.envelope(FOREIGN, RECIPIENT)
                    talk.say("DATA")
                    self.assertRegex(talk.say("From: a@fabrikam.com\r\n.From: b@fabrikam.com\r\n"
                                              + text), second)
                    talk.envelope(FOREIGN, RECIPIENT)
                    talk.say("DATA")
                    self.assertRegex(talk.say(". ; forged\r\n" + text), "^554 5.6.0 ")
                self.assertEqual(len(hop.messages), arrive)
                got = hop.messages[0][2].decode()
                self.assertTrue(got.endswith("From: a@fabrikam.com\r\nSubject: dot\r\n"
                                             "..Odd: 1\r\n\r\n..hi\r\n"), got)

    def test_auth_is_passed_on_and_makes_the_client_known(self):
        hop = self.hop(offers=("AUTH PLAIN",), replies={"AUTH": "235 2.7.0 welcome"})
        gate = self.gate(f'[[route]]\nnext_hops = ["{hop.address}"]\n[smtp]\n'
                         'listen = ["127.0.0.1:0"]\nauth = "pass"\nauth_in_clear = true\n')
        with Talk(gate.port) as talk:
            self.assertIn("AUTH PLAIN LOGIN", talk.say("EHLO client.example"))
            self.assertEqual(talk.say("AUTH PLAIN AGFubgBzZWNyZXQ="), "235 2.7.0 welcome")
            talk.say(f"MAIL FROM:<{OWN_SENDER}>")
            self.assertRegex(talk.say(f"RCPT TO:<{RECIPIENT}>"), "^250 ")
            self.assertRegex(talk.message("hi\r\n"), "^250 ")
        self.assertEqual(len([c for c in hop.commands if c.startswith("EHLO")]), 1)
        self.assertIn(b"with ESMTPA", hop.messages[0][2])


class BehindGate(Folder):
    def test_postfix_takes_the_client_from_xclient(self):
        sink = self.hop()
        port = Postfix(self, f"""
smtpd_client_restrictions = check_client_access inline:{{ {{203.0.113.99 = REJECT known spammer}} }}
smtpd_delay_reject = yes
relayhost = [127.0.0.1]:{sink.port}
""").port
        gate = self.gate(f'[[route]]\nnext_hops = ["127.0.0.1:{port}"]\n[smtp]\n'
                         'listen = ["127.0.0.1:0"]\nproxy_peers = ["127.0.0.1"]\n')

        def session(address):
            with Talk(gate.port, greet=False) as talk:
                talk.send(f"PROXY TCP4 {address} 192.0.2.1 4711 25\r\n")
                talk.reply()
                return talk.deliver(FOREIGN, RECIPIENT, "Subject: via Postfix\r\n\r\nhi\r\n")

        self.assertRegex(session("203.0.113.99"), "known spammer")
        self.assertRegex(session("203.0.113.98"), "^250 2.0.0 Ok: queued")
        self.wait_until(lambda: sink.messages, what="Postfix passed nothing on")
        text = sink.messages[0][2]
        self.assertIn(b"from client.example (unknown [203.0.113.98])", text)
        self.assertIn(b"Received: from client.example ([203.0.113.98])\r\n\tby gate.example", text)


class Peers(Folder):
    """Those who speak for others: PROXY and XCLIENT."""

    SETTINGS = 'proxy_peers = ["127.0.0.1"]\n'

    def gate_behind(self, settings, hop=None):
        hop = hop or self.hop()
        return self.gate(f'[[route]]\nnext_hops = ["{hop.address}"]\n[smtp]\n'
                         f'listen = ["127.0.0.1:0"]\n{settings}')

    def attempt(self, gate, header):
        with Talk(gate.port, greet=False) as talk:
            talk.send(header)
            greeting = talk.reply()
            if not greeting.startswith("220"):
                return greeting
            return talk.envelope(OWN_SENDER, RECIPIENT)[0]

    def test_proxy_versions_1_and_2_name_the_client(self):
        gate = self.gate_behind(self.SETTINGS)
        self.assertRegex(self.attempt(gate, "PROXY TCP4 203.0.113.7 192.0.2.1 4711 25\r\n"),
                         "^250 ")
        self.assertRegex(self.attempt(gate, "PROXY TCP4 203.0.113.8 192.0.2.1 4711 25\r\n"),
                         "^550 5.7.68 ")
        self.assertRegex(self.attempt(gate, "PROXY TCP6 2001:db8::1 2001:db8::2 4711 25\r\n"),
                         "^550 5.7.68 ")
        for last, expected in ((7, "^250 "), (8, "^550 5.7.68 ")):
            header = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(">H", 12)
                      + bytes([203, 0, 113, last, 192, 0, 2, 1]) + struct.pack(">HH", 4711, 25))
            self.assertRegex(self.attempt(gate, header), expected)

    def test_a_balancer_without_its_header_is_not_served(self):
        gate = self.gate_behind(self.SETTINGS)
        self.assertEqual(self.attempt(gate, "EHLO x\r\n"), "")
        self.assertEqual(self.attempt(gate, "PROXY TCP4 203.0.113.7\r\n"), "")

    def test_commands_behind_the_header_are_too_early(self):
        gate = self.gate_behind(self.SETTINGS)
        self.assertRegex(
            self.attempt(gate, "PROXY TCP4 203.0.113.7 192.0.2.1 1 25\r\nEHLO x\r\n"), "^554 5.5.1 ")

    def test_nobody_else_may_send_a_proxy_header(self):
        gate = self.gate_behind('proxy_peers = ["192.0.2.0/24"]\n')
        with Talk(gate.port) as talk:
            self.assertRegex(talk.say("PROXY TCP4 203.0.113.7 192.0.2.1 4711 25"), "^500 ")

    def test_xclient_names_the_client_where_it_may(self):
        gate = self.gate_behind('xclient_peers = ["127.0.0.0/8"]\n')
        done = self.run_peer(program("swaks"), "--server", f"127.0.0.1:{gate.port}", "--from", OWN_SENDER,
                             "--to", RECIPIENT, "--xclient-addr", "203.0.113.7", "--xclient-name",
                             "mfp.contoso.com")
        self.assertEqual(done.returncode, 0, done.text)
        with Talk(gate.port) as talk:
            talk.say("EHLO proxy")
            self.assertRegex(talk.say("XCLIENT ADDR=203.0.113.8"), "^220 ")
            self.assertRegex(talk.envelope(OWN_SENDER, RECIPIENT)[0], "^550 5.7.68 ")
            self.assertRegex(talk.say("RSET"), "^250 ")
            self.assertRegex(talk.say("XCLIENT LOGIN=ann"), "^220 ")
            self.assertRegex(talk.envelope(OWN_SENDER, RECIPIENT)[0], "^250 ")

    def test_xclient_is_refused_to_strangers(self):
        gate = self.gate_behind("")
        with Talk(gate.port) as talk:
            self.assertNotIn("XCLIENT", talk.say("EHLO x"))
            self.assertRegex(talk.say("XCLIENT ADDR=203.0.113.7"), "^550 5.7.0 ")


class OnTheWire(Folder):
    """What dialogues can't show: time, TLS records, the end of a connection."""

    def test_octets_between_starttls_and_the_handshake_drop_the_connection(self):
        gate = self.gate_to(self.hop(), self.certificates())
        with Talk(gate.port) as talk:
            talk.say("EHLO x")
            talk.send("STARTTLS\r\nMAIL FROM:<a@b.example>\r\n")
            self.assertRegex(talk.reply(), "^220 ")
            self.assertTrue(talk.closed())
        with Talk(gate.port) as talk:
            talk.say("EHLO x")
            self.assertRegex(talk.say("STARTTLS"), "^220 ")
            talk.send("MAIL FROM:<a@b.example>\r\n")
            self.assertNotIn("250", talk.reply())
        self.wait_until(lambda: "tls_failed" in gate.log() and "protocol_fault" in gate.log())

    def test_pieces_of_any_size_are_commands(self):
        # Commands are read into 256 octets while nothing is under way; what fills them is read on.
        hop = self.hop()
        gate = self.gate_to(hop)
        for size in (1, 255, 256, 257, 511, 512, 513, 1500):
            with self.subTest(size), Talk(gate.port) as talk:
                talk.say("EHLO x")
                commands = f"MAIL FROM:<{FOREIGN}>\r\nRCPT TO:<{RECIPIENT}>\r\n".encode()
                commands += b"".join(b"NOOP " + b"x" * 90 + b"\r\n" for _ in range(16))
                commands += b"DATA\r\n"
                for at in range(0, len(commands), size):
                    talk.send(commands[at:at + size])
                    if size > 1:
                        time.sleep(0.01)  # a read of its own
                replies = [talk.reply()[:3] for _ in range(19)]
                self.assertEqual(replies, ["250"] * 18 + ["354"])
                self.assertRegex(talk.say(f"Subject: {size}\r\n\r\nhi\r\n."), "^250 ")
        self.assertEqual(len(hop.messages), 8)

    def test_a_close_notify_in_the_middle_of_a_message_ends_it(self):
        hop = self.hop()
        gate = self.gate_to(hop, self.certificates())
        talk = Talk(gate.port)
        talk.say("EHLO x")
        talk.start_tls(self.client_context())
        talk.envelope(FOREIGN, RECIPIENT)
        self.assertRegex(talk.say("DATA"), "^354 ")
        talk.send("Subject: half\r\n\r\nhalf")
        plain = talk.socket.unwrap()
        try:
            plain.sendall(b"\r\n.\r\n")
        except OSError:
            pass
        plain.close()
        self.assertRegex(self.send(gate), "^250 ")
        self.assertEqual([b"half" in m[2] for m in hop.messages], [False])

    def test_half_a_message_is_no_message(self):
        hop = self.hop()
        gate = self.gate_to(hop)
        with Talk(gate.port) as talk:
            talk.envelope(FOREIGN, RECIPIENT)
            talk.say("DATA")
            talk.send("Subject: half\r\n\r\nhalf\r\n" + "x" * 100000 + "\r\n")
        self.assertRegex(self.send(gate), "^250 ")
        self.assertEqual(len(hop.messages), 1)

    def test_slow_clients_are_cut_off(self):
        gate = self.gate_to(self.hop(), "[limits]\ncommand_time = \"1s\"\nblock_time = \"1s\"\n"
                            "message_time = \"3s\"\n")
        with Talk(gate.port) as idle, Talk(gate.port) as trickling, Talk(gate.port) as stalled:
            stalled.envelope(FOREIGN, RECIPIENT)
            stalled.say("DATA")
            begun = time.monotonic()
            dropped = False
            while time.monotonic() - begun < 12 and not dropped:
                try:
                    trickling.send("N")
                    time.sleep(0.3)
                except OSError:
                    dropped = True
            self.assertTrue(dropped, "a command line trickled in for 12 seconds")
            self.assertRegex(idle.reply(), "^421 4.4.2 ")
            self.assertRegex(stalled.reply(), "^421 4.4.2 ")

    def test_connections_of_one_client_are_counted(self):
        gate = self.gate_to(self.hop(), "[limits]\nconnections_per_client = 3\n")
        talks = [Talk(gate.port) for _ in range(4)]
        greetings = sorted(talk.greeting[:3] for talk in talks)
        self.assertEqual(greetings, ["220", "220", "220", "421"])
        for talk in talks:
            talk.close()
        self.wait_until(lambda: Talk(gate.port).greeting.startswith("220"))

    def test_messages_of_one_client_are_counted(self):
        gate = self.gate_to(self.hop(), "[limits]\nmessage_rate = 2\n")
        with Talk(gate.port) as talk:
            talk.say("HELO x")
            replies = []
            for _ in range(5):
                replies.append(talk.say(f"MAIL FROM:<{FOREIGN}>")[:3])
                talk.say("RSET")
        self.assertIn("450", replies)
        self.assertEqual(replies[0], "250")

    def test_whoever_talks_before_the_greeting_is_turned_away(self):
        hop = self.hop()
        gate = self.gate(f'[[route]]\nnext_hops = ["{hop.address}"]\n[smtp]\n'
                         'listen = ["127.0.0.1:0"]\ngreeting_delay = "300ms"\n')
        with Talk(gate.port, greet=False) as talk:
            talk.send("EHLO spam\r\n")
            self.assertRegex(talk.reply(), "^554 5.5.1 ")
            self.assertTrue(talk.closed())
        with Talk(gate.port) as talk:
            self.assertRegex(talk.greeting, "^220 ")


if __name__ == "__main__":
    unittest.main()

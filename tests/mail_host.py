"""A mail host that answers as it is told: for each MAIL FROM and stage a reply. For tests of the probe."""

import socket
import ssl
import threading

import certificates


def certificate(folder):
    """A self-signed certificate and its key in one file."""
    return certificates.self_signed(folder, "host", "mx.example",
                                    ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"))


class MailHost:
    """`answers(stage, sender)` gives a reply without CRLF, None for the usual one, or "close". Stages:
    greeting, EHLO, MAIL, RCPT, DATA, message."""

    USUAL = {"greeting": "220 mx.example ready", "EHLO": "250 mx.example", "MAIL": "250 2.1.0 ok",
             "RCPT": "250 2.1.5 ok", "DATA": "354 go on", "message": "250 2.6.0 queued"}

    def __init__(self, answers=lambda stage, sender: None, pem=None):
        self.answers = answers
        self.context = None
        if pem is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(pem)
        self.commands = []  # every line, in order
        self.messages = []  # (sender, text)
        self.secure = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.close()
        for secure in self.secure:
            secure.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            peer.settimeout(30)
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer):
        try:
            self._session(peer)
        except (OSError, ValueError):
            pass
        finally:
            peer.close()

    def _session(self, peer):
        lines = peer.makefile("rb")
        sender = ""

        def say(stage):
            reply = self.answers(stage, sender) or self.USUAL[stage]
            if reply == "close":
                raise ValueError("closes")
            peer.sendall(reply.replace("\n", "\r\n").encode() + b"\r\n")
            return reply

        if not say("greeting").startswith("2"):
            return
        while True:
            line = lines.readline()
            if not line:
                return
            line = line.decode("ascii").rstrip("\r\n")
            self.commands.append(line)
            verb = line[:4].upper()
            if verb in ("EHLO", "HELO"):
                if self.context is not None and not isinstance(peer, ssl.SSLSocket):
                    peer.sendall(b"250-mx.example\r\n250 STARTTLS\r\n")
                else:
                    say("EHLO")
            elif verb == "STAR" and self.context is not None:
                peer.sendall(b"220 go\r\n")
                secure = self.context.wrap_socket(peer, server_side=True)
                self.secure.append(secure)
                peer, lines = secure, secure.makefile("rb")
            elif verb == "MAIL":
                sender = line[line.index("<") + 1:line.index(">")]
                say("MAIL")
            elif verb == "RCPT":
                say("RCPT")
            elif verb == "DATA":
                if not say("DATA").startswith("3"):
                    continue
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    text += lines.readline()
                self.messages.append((sender, text.decode("ascii")))
                say("message")
            elif verb == "QUIT":
                peer.sendall(b"221 bye\r\n")
                return
            else:
                peer.sendall(b"250 ok\r\n")

"""A DNS server on loopback."""

import socket
import struct
import threading


class Dns:
    """Answers TXT questions over UDP from a table, None with a server failure; NXDOMAIN otherwise, or
    nothing at all."""

    def __init__(self, records):
        self.records = records
        self.questions = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.port = self.socket.getsockname()[1]
        self.stopped = False
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while not self.stopped:
            try:
                query, peer = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            self.questions += 1
            if self.records is None:
                continue
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
                at += query[at] + 1
            question = query[12:at + 5]
            text = self.records.get(".".join(labels))
            is_txt = query[at + 2] == 16
            answer = b""
            if text and is_txt:
                data = bytes([len(text)]) + text.encode()
                answer = b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(data)) + data
            known = any(name == ".".join(labels) or name.endswith("." + ".".join(labels))
                        for name in self.records)
            flags = 0x8180 | (0 if known else 3)
            if self.records.get(".".join(labels), "") is None:
                flags = 0x8182
            self.socket.sendto(query[:2] + struct.pack(">HHHHH", flags, 1, 1 if answer else 0, 0, 0)
                               + question + answer, peer)

    def stop(self):
        self.stopped = True
        self.thread.join(10)
        self.socket.close()

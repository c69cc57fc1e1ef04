"""Ports on loopback, and the NATS server that tests start there."""

import os
import pathlib
import socket

from program import SOURCE


def free_ports(count):
    """Free a moment ago, and none of them twice."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def free_port():
    return free_ports(1)[0]


def nats_server(which="new"):
    """The program to test with, or None: POSTERN_NATS_SERVER, or what fetch-nats-server.sh left."""
    name = {"new": "nats-server", "old": "nats-server-old"}[which]
    named = os.environ.get("POSTERN_NATS_SERVER" if which == "new" else "POSTERN_NATS_SERVER_OLD")
    path = pathlib.Path(named) if named else SOURCE / "build" / "nats" / name
    return path if os.access(path, os.X_OK) else None

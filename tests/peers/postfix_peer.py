"""A Postfix of its own for a test: configuration, queue and log in the test's folder, on a port that
was free."""

import os
import shutil
import socket
import subprocess
import unittest

from smtp_peers import program

MAIN = """
compatibility_level = 3.6
queue_directory = {config}/spool
data_directory = {config}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = hop.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
smtpd_authorized_xclient_hosts = 127.0.0.0/8
relay_domains = contoso.com
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtp_tls_security_level = none
maillog_file = /var/log/postern-{port}.log
maillog_file_prefixes = /var
{more}
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
smtp unix - - n - - smtp
relay unix - - n - - smtp
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
        return True
    except OSError:
        return False


class Postfix:
    """Running until the test is over; `port` is where it listens."""

    def __init__(self, test, more):
        postfix = program("postfix")
        daemons = "/usr/lib/postfix/sbin"
        if os.geteuid() != 0 or not os.path.isdir(daemons):
            raise unittest.SkipTest("Postfix needs root, and its daemons in " + daemons)
        self.port = test.free_port()
        config = test.folder / "postfix"
        for name in ("postfix", "postfix/spool", "postfix/data"):
            (test.folder / name).mkdir(mode=0o755)
        os.chmod(test.folder, 0o755)
        shutil.chown(config / "data", "postfix")
        (config / "main.cf").write_text(
            MAIN.format(config=config, daemons=daemons, port=self.port, more=more)
        )
        (config / "master.cf").write_text(MASTER.format(port=self.port))
        self.log = f"/var/log/postern-{self.port}.log"
        started = test.run_peer(postfix, "-c", config, "start")
        test.addCleanup(lambda: os.path.exists(self.log) and os.unlink(self.log))
        test.addCleanup(
            lambda: subprocess.run([postfix, "-c", str(config), "stop"], capture_output=True,
                                   timeout=60, check=False)
        )
        if started.returncode != 0:
            raise AssertionError("Postfix does not start: " + started.text)
        test.wait_until(lambda: answers(self.port), what="Postfix does not listen")

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

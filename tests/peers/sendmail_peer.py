"""A Sendmail of its own for a test. It comes unpacked (packaging/fetch-sendmail.sh), since its package
and Postfix's exclude each other."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from postfix_peer import answers
from smtp_peers import Process, program

TREE = pathlib.Path(__file__).resolve().parents[2] / "build/peers"

# Without the commands of its package, which reads files of a Sendmail that is installed.
SETTINGS = """divert(-1)
define(`_CF_DIR_', `{cf}/')
include(`{cf}/m4/cf.m4')
OSTYPE(`linux')
define(`QUEUE_DIR', `{folder}/queue')
define(`confPID_FILE', `{folder}/sendmail.pid')
define(`STATUS_FILE', `{folder}/statistics')
define(`confDOMAIN_NAME', `mx.contoso.com')
undefine(`ALIAS_FILE')
FEATURE(`accept_unresolvable_domains')
FEATURE(`nocanonify')
FEATURE(`no_default_msa')
define(`SMART_HOST', `smtp:[127.0.0.1]')
define(`SMTP_MAILER_ARGS', `TCP $h {hop}')
DAEMON_OPTIONS(`Family=inet, Name=MTA, Port={port}, Addr=127.0.0.1')
{more}
MAILER(`smtp')
"""


class Sendmail:
    """Running until the test is over; `port` is where it listens. Mail goes on to `hop`; {safe} in
    `more` stands for a folder with the test's certificates."""

    def __init__(self, test, hop, more):
        original = TREE / "usr/libexec/sendmail/sendmail"
        if not original.exists():
            raise unittest.SkipTest(f"no Sendmail in {TREE} (packaging/fetch-sendmail.sh)")
        if os.geteuid() != 0:
            raise unittest.SkipTest("Sendmail needs root, and a host name of its own")
        m4, unshare = program("m4"), program("unshare")
        self.port = test.free_port()
        # It trusts no certificate below a folder that anybody may write to.
        safe = pathlib.Path(tempfile.mkdtemp(prefix="postern-sendmail-", dir="/var/lib"))
        test.addCleanup(shutil.rmtree, safe)
        for certificate in (*test.folder.glob("*.crt"), *test.folder.glob("*.key"),
                            *test.folder.glob("ca.pem")):
            shutil.copy(certificate, safe)
            os.chmod(safe / certificate.name, 0o600)
        os.chmod(test.folder, 0o755)
        (test.folder / "queue").mkdir(mode=0o700)
        shutil.copy(original, test.folder / "sendmail")
        (test.folder / "sendmail.mc").write_text(SETTINGS.format(
            cf=TREE / "usr/share/sendmail/cf", folder=test.folder, hop=hop.port, port=self.port,
            more=more.replace("{safe}", str(safe))))
        with open(test.folder / "sendmail.cf", "wb") as out:
            subprocess.run([m4, test.folder / "sendmail.mc"], stdout=out, check=True, timeout=60)
        # It waits a minute for a host name with a dot.
        self.process = Process(
            [unshare, "--uts", "sh", "-c",
             "hostname mx.contoso.com && exec ./sendmail -C ./sendmail.cf -bD"], test.folder)
        test.addCleanup(self.stop)
        test.wait_until(lambda: self.ended() or answers(self.port),
                        what="Sendmail does not listen")
        if self.ended():
            raise AssertionError("Sendmail does not start: " + self.process.log())

    def ended(self):
        return self.process.child.poll() is not None

    def stop(self):
        if not self.ended():
            self.process.stop()

"""postern auth beside dkimpy and OpenDKIM: on mail whole and broken, on signature fields and key
records written in unusual ways, and on what OpenDKIM signs.

Where a peer answers otherwise, the difference stands below with its reason; one that stands there
and does not occur any more fails the test as well.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from program import postern  # noqa: E402

PYTHON = "/usr/bin/python3"  # the system's, which has Debian's dkim module
OPENDKIM = shutil.which("opendkim") or "/usr/sbin/opendkim"
GENERATE = pathlib.Path(__file__).resolve().with_name("dkim_generate.py")

# {reason: messages}: there dkimpy says the opposite of ours.
DKIMPY_DIFFERS = {
    # The RFC's own literals have no case (RFC 5234, 2.3): a=RSA-SHA256, c=Relaxed, k=RSA.
    "compares words with their case": [
        "field-algorithm-in-capitals", "field-form-in-capitals", "record-type-in-capitals"],
    "takes an h= that is empty for no h=": ["field-empty-names"],
    # RFC 6376, 3.5: h= may name other DKIM-Signature fields, never the one it stands in.
    "looks for the field itself under h=dkim-signature": ["field-itself-signed"],
    # RFC 6376, 3.5 (q=) and 3.6.1 (s=): lists, of which one known element is enough.
    "knows no lists in q= and s=": ["field-two-query-methods", "record-for-mail-and-more"],
    # RFC 6376, 3.5 allows that and does not ask for it.
    "refuses signatures that were made in the future": ["field-made-tomorrow"],
    "takes an l= beyond the body for the body": ["field-length-too-long"],
    "does not ask that v= be in front of a key record": ["record-version-not-first"],
    "does not look at h= and t=s of a key record": ["record-sha1-only", "record-exact-and-below"],
    "skips what is no base64": ["record-no-base64"],
}
OPENDKIM_DIFFERS = {
    # Its relaxed canonicalisation ends at a line break; mail that came by SMTP always has one.
    "cannot do relaxed bodies without a line break at the end": [
        "broken-1-4-0", "broken-1-4-8", "broken-3-4-0", "broken-3-4-4", "broken-3-4-5",
        "broken-3-4-6", "broken-3-4-8"],
    "lets a tag's name begin with a digit": ["field-tag-with-a-digit-in-front"],
    "looks for the field itself under h=dkim-signature": ["field-itself-signed"],
    "refuses signatures that were made in the future": ["field-made-tomorrow"],
    "does not know UTF-8 in tags (RFC 8616)": ["field-octets-outside-ascii"],
    "does not ask that v= be in front of a key record": ["record-version-not-first"],
    # RFC 6376, 3.2: the same tag twice makes the list invalid.
    "takes one of two p= in a key record": ["record-twice"],
    "skips what is no base64": ["record-no-base64"],
}


def run(*command, **more):
    return subprocess.run([str(each) for each in command], check=True, capture_output=True,
                          timeout=120, **more).stdout


def make_key(folder, name, *kind):
    """A private key in `folder`; returns the p= of its record."""
    run("openssl", "genpkey", "-algorithm", *kind, "-out", folder / name)
    pem = run("openssl", "pkey", "-in", folder / name, "-pubout", text=True)
    return "".join(pem.splitlines()[1:-1])


def write_records(folder, records):
    (folder / "zone").write_text("".join(
        f"{name}._domainkey.example.com TXT {text}\n" for name, text in records.items()))
    (folder / "dns").write_text("".join(
        f"{name}._domainkey.example.com {text}\n" for name, text in records.items()))


def ours(folder, message):
    done = postern("auth", folder / message, "--zone", folder / "zone", "--output", "json")
    return json.loads(done.out)["dkim"][0]


class Verdicts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(PYTHON) or subprocess.run(
                [PYTHON, "-c", "import dkim"], capture_output=True, check=False).returncode:
            raise unittest.SkipTest("python3-dkim is not installed: it signs the messages")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        (cls.folder / "public").write_text(
            make_key(cls.folder, "key", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"))
        run(PYTHON, GENERATE, cls.folder)
        cls.dkimpy = json.loads((cls.folder / "verdicts.json").read_text())
        write_records(cls.folder, json.loads((cls.folder / "records.json").read_text()))
        cls.ours = {name: ours(cls.folder, name + ".eml") for name in cls.dkimpy}

    def compare(self, theirs, differences):
        known = {name: why for why, names in differences.items() for name in names}
        for name, our in self.ours.items():
            same = (our["result"] == "pass") == theirs[name]
            if name in known:
                self.assertFalse(same, f"{name} differs no more: {known[name]}")
            else:
                self.assertTrue(same, (name, our, theirs[name]))
        self.assertLessEqual(known.keys(), self.ours.keys())

    def test_messages_are_of_every_kind(self):
        broken = [name for name in self.dkimpy if name.startswith("broken")]
        self.assertEqual(len(broken), 4 * 7 * 14)
        self.assertGreater(sum(self.dkimpy[name] for name in broken), 60)

    def test_dkimpy_agrees(self):
        self.compare(self.dkimpy, DKIMPY_DIFFERS)

    def test_opendkim_agrees(self):
        if not os.path.exists(OPENDKIM):
            self.skipTest("opendkim is not installed")
        config = self.folder / "opendkim.conf"
        config.write_text(f"TestDNSData file:{self.folder}/dns\nMode v\n")
        theirs = {}
        waiting = list(self.ours)
        # It stops at the first message that it can't read, so go on behind that one.
        while waiting:
            batch = ",".join(f"{name}.eml" for name in waiting)
            out = subprocess.run([OPENDKIM, "-x", str(config), "-t", batch], cwd=self.folder,
                                 capture_output=True, timeout=120, check=False).stdout
            said = re.findall(r"^opendkim: (\S+)\.eml: (.*)$", out.decode(errors="replace"), re.M)
            for name, verdict in said:
                theirs[name] = " succeeded" in verdict
            rest = [name for name in waiting if name not in theirs]
            if rest:
                theirs[rest[0]] = False
            waiting = rest[1:]
        self.assertGreater(sum(theirs.values()), 80, "opendkim verified next to nothing")
        self.compare(theirs, OPENDKIM_DIFFERS)


class Signatures(unittest.TestCase):
    def test_what_opendkim_signs_verifies(self):
        if not os.path.exists(OPENDKIM):
            self.skipTest("opendkim is not installed")
        header = (b"From: Ann <ann@example.com>\r\nTo: bob@example.net\r\n"
                  b"Subject: A\r\n  folded\tsubject\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700\r\n")
        bodies = [b"\r\n", b"One line\r\n", b"Two  words \t here\r\n\r\nlast\r\n\r\n\r\n",
                  b" leading\r\n\ttab \r\n \r\n", b"x" * 5000 + b"\r\n"]
        keys = {"rsa-sha256": ("rsa", ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
                "ed25519-sha256": ("ed25519", ["ED25519"])}
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            records = {}
            for selector, kind in keys.values():
                public = make_key(folder, selector, *kind)
                # RFC 8463, 4.2: the 32 octets themselves, which end the SubjectPublicKeyInfo.
                if selector == "ed25519":
                    public = run("openssl", "base64", "-A", input=run(
                        "openssl", "pkey", "-in", folder / selector, "-pubout", "-outform",
                        "DER")[-32:]).decode()
                records[selector] = f"v=DKIM1; k={selector}; p={public}"
            write_records(folder, records)
            (folder / "verify").write_text(f"TestDNSData file:{folder}/dns\nMode v\n")
            verified = 0
            for algorithm, (selector, _) in keys.items():
                for form in ("simple/simple", "simple/relaxed", "relaxed/simple",
                             "relaxed/relaxed"):
                    (folder / "conf").write_text(
                        f"TestDNSData file:{folder}/dns\nMode s\nDomain example.com\n"
                        f"Selector {selector}\nKeyFile {folder}/{selector}\n"
                        f"SignatureAlgorithm {algorithm}\nCanonicalization {form}\n"
                        "OversignHeaders From\nRequireSafeKeys no\n")
                    for body in bodies:
                        plain = header + b"\r\n" + body
                        (folder / "plain.eml").write_bytes(plain)
                        said = run(OPENDKIM, "-x", folder / "conf", "-vv", "-t",
                                   folder / "plain.eml").decode()
                        field = re.search(r"hname='DKIM-Signature' hvalue='([^']*)'", said)[1]
                        signed = f"DKIM-Signature: {field}\n".replace("\n", "\r\n").encode()
                        (folder / "signed.eml").write_bytes(signed + plain)
                        # 2.11 signs Ed25519 over simple headers so that not even it verifies them.
                        if b" succeeded" not in run(OPENDKIM, "-x", folder / "verify", "-t",
                                                    folder / "signed.eml"):
                            self.assertEqual((algorithm, form[:6]), ("ed25519-sha256", "simple"))
                            self.assertNotEqual(ours(folder, "signed.eml")["result"], "pass")
                            continue
                        verified += 1
                        for text, expected in ((plain, "pass"), (plain + b"more\r\n", "fail"),
                                               (plain.replace(b"bob", b"eve"), "fail")):
                            (folder / "signed.eml").write_bytes(signed + text)
                            outcome = ours(folder, "signed.eml")
                            self.assertEqual(outcome["result"], expected,
                                             (algorithm, form, body[:20], outcome))
            self.assertGreaterEqual(verified, 6 * len(bodies))


if __name__ == "__main__":
    unittest.main()

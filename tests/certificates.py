"""A certification authority for one test, made with openssl, whose certificates say what those of a
real one say (RFC 5280, 4.2): whose readers are strict (Python 3.13, OpenSSL's -x509_strict) takes no
less."""

import pathlib
import shutil
import subprocess

CA = """[req]
distinguished_name = subject
prompt = no
x509_extensions = extensions
[subject]
CN = {name}
[extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""

LEAF = """[req]
distinguished_name = subject
prompt = no
[subject]
CN = {name}
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = {usages}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""

# Signed by itself, as an administrator makes one by hand: neither CA nor issued by one.
ALONE = LEAF.replace("prompt = no\n", "prompt = no\nx509_extensions = extensions\n").replace(
    "authorityKeyIdentifier = keyid\n", "")


def available():
    """Whether openssl, which makes all of this, is installed."""
    return shutil.which("openssl") is not None


def openssl(*arguments, stdin=b"", folder=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=60, check=False, cwd=folder)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def joined(folder, stem):
    """FOLDER/STEM.pem: the certificate STEM.crt, then its key STEM.key."""
    both = folder / f"{stem}.pem"
    both.write_text((folder / f"{stem}.crt").read_text() + (folder / f"{stem}.key").read_text())
    return both


class Authority:
    """`ca.pem` in `folder`, and what it signs beside it."""

    def __init__(self, folder, name="Test CA"):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "ca.pem"
        self._key = self.folder / "ca.key"
        config = self.folder / "ca.cnf"
        config.write_text(CA.format(name=name))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-config", config,
                "-keyout", self._key, "-out", self.file)

    def issue(self, stem, name, names=None, usages="serverAuth"):
        """STEM.pem, certificate and key of `name`, good for `names` (subjectAltName as openssl writes
        it, `name` itself where nothing is said). CAs issue for servers alone today."""
        config = self.folder / f"{stem}.cnf"
        config.write_text(LEAF.format(name=name, names=names or f"DNS:{name}", usages=usages))
        request = self.folder / f"{stem}.csr"
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-config", config,
                "-keyout", self.folder / f"{stem}.key", "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self._key,
                "-CAcreateserial", "-days", 2, "-extfile", config, "-extensions", "extensions",
                "-out", self.folder / f"{stem}.crt")
        return joined(self.folder, stem)


def self_signed(folder, stem, name, kind=("rsa:2048",)):
    """STEM.pem: a server's certificate that no authority vouches for, with its key."""
    folder = pathlib.Path(folder)
    config = folder / f"{stem}.cnf"
    config.write_text(ALONE.format(name=name, names=f"DNS:{name}", usages="serverAuth"))
    openssl("req", "-x509", "-newkey", *kind, "-nodes", "-days", 2, "-config", config,
            "-keyout", folder / f"{stem}.key", "-out", folder / f"{stem}.crt")
    return joined(folder, stem)

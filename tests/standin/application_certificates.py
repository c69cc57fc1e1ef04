"""Certificates made with openssl for one test: a CA, the servers', and applications'."""

import base64
import hashlib
import os
import pathlib
import subprocess


def openssl(*arguments, stdin=b""):
    done = subprocess.run(
        ["openssl", *map(str, arguments)], input=stdin, capture_output=True, timeout=60, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def make_servers(folder):
    """Returns the CA's file and the file with the servers' certificate and key."""
    folder = pathlib.Path(folder)
    ca, ca_key = folder / "ca.pem", folder / "ca-key.pem"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", "/CN=Stand-in CA",
            "-keyout", ca_key, "-out", ca, "-addext", "basicConstraints=critical,CA:TRUE")
    key, request, certificate = folder / "server-key.pem", folder / "server.csr", folder / "server.crt"
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
            "-keyout", key, "-out", request)
    extensions = folder / "server.ext"
    extensions.write_text("subjectAltName=DNS:localhost,DNS:eurpr01.localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
            "-days", 2, "-extfile", extensions, "-out", certificate)
    both = folder / "server.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    return ca, both


def make_application(folder, name="app", days=2, kind="rsa:2048", start=None):
    """An application's certificate with its key in one PEM file, mode 600."""
    folder = pathlib.Path(folder)
    key, certificate = folder / f"{name}-key.pem", folder / f"{name}.crt"
    arguments = ["req", "-x509", "-newkey", kind, "-nodes", "-days", days, "-subj", f"/CN={name}",
                 "-keyout", key, "-out", certificate]
    if kind == "ec":
        arguments += ["-pkeyopt", "ec_paramgen_curve:P-256"]
    openssl(*arguments)
    both = folder / f"{name}.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    os.chmod(both, 0o600)
    os.chmod(key, 0o600)
    return both


def make_pkcs12(pem, password):
    """The same as PKCS#12, mode 600."""
    out = pem.with_suffix(".pfx")
    openssl("pkcs12", "-export", "-in", pem, "-out", out, "-passout", f"pass:{password}")
    os.chmod(out, 0o600)
    return out


def thumbprint_s256(pem):
    """x5t#S256 of the certificate: base64url of the SHA-256 of its DER."""
    der = openssl("x509", "-in", pem, "-outform", "DER")
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def verify_ps256(pem, signed, signature, folder):
    """Whether openssl finds the RSASSA-PSS signature (SHA-256, salt of 32 octets) good."""
    folder = pathlib.Path(folder)
    public = folder / "verify-key.pem"
    public.write_bytes(openssl("x509", "-in", pem, "-pubkey", "-noout"))
    file = folder / "verify-signature"
    file.write_bytes(signature)
    try:
        openssl("dgst", "-sha256", "-verify", public, "-signature", file, "-sigopt",
                "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", stdin=signed)
    except RuntimeError:
        return False
    return True

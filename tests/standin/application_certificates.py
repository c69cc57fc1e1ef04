"""Certificates by which an application signs in, made with openssl for one test."""

import base64
import hashlib
import os
import pathlib

from certificates import openssl


def make_application(folder, name="app", days=2, kind="rsa:2048"):
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

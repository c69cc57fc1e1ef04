"""Signs mail, breaks it, and says what dkimpy thinks of each message. Needs Debian's python3-dkim.

    dkim_generate.py FOLDER

FOLDER holds `key` (PEM, RSA) and `public` (p= of its record). Leaves there NAME.eml each, the key
records as `records.json` ({name: text}) and dkimpy's verdicts as `verdicts.json` ({NAME: bool}):

    broken-C-B-X   canonicalisation C, body B, broken in way X: all 392 of them
    field-…        signature fields written in unusual or faulty ways, and signed as they stand
    record-…       sound signatures whose key record is unusual or faulty
"""

import base64
import hashlib
import json
import pathlib
import re
import sys

import dkim
import dkim.crypto

FIELDS = (
    b"From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nSubject: A\r\n  folded  subject \r\n"
    b"Date: Fri, 11 Jul 2003 21:00:37 -0700\r\nMessage-ID: <1@example.com>\r\n"
)
SIGNED = [b"from", b"from", b"to", b"subject", b"date"]
BODIES = [
    b"",
    b"\r\n",
    b"One line\r\n",
    b"Two  words \t here\r\n\r\nlast\r\n\r\n\r\n",
    b"no end",
    b" leading\r\n\ttab \r\n \r\n",
    b"x" * 5000 + b"\r\n",
]
FORMS = [(header, body) for header in (b"simple", b"relaxed") for body in (b"simple", b"relaxed")]
BREAKS = [
    lambda m: m,
    lambda m: m.replace(b"bob@", b"eve@"),
    lambda m: m + b"more\r\n",
    lambda m: m + b"\r\n\r\n",
    lambda m: m.replace(b"Subject: A\r\n  folded  subject \r\n", b"subject:A folded subject\r\n"),
    lambda m: m.replace(b"  ", b" "),
    lambda m: m.replace(b" \r\n", b"\r\n"),
    lambda m: b"From: eve@example.com\r\n" + m,
    lambda m: b"X-Added: by a relay\r\n" + m,
    lambda m: m.replace(b"a=rsa-sha256", b"a=rsa-sha512"),
    lambda m: m.replace(b"v=1;", b"v=1; v=1;"),
    lambda m: m.replace(b"bh=", b"bh=A", 1),
    lambda m: m.replace(b"d=example.com", b"d=example.net"),
    lambda m: m.replace(b"h=", b"h=x-none : ", 1),
]

# %h is the body's hash; b= is filled in with a signature over the field as it stands.
BASE = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s; "
SIGNATURE_FIELDS = {
    "plain": BASE + "h=from:to; bh=%h; b=",
    "no-space": "v=1;a=rsa-sha256;c=relaxed/relaxed;d=example.com;s=s;h=from:to;bh=%h;b=",
    "space-around-equals": "v = 1 ; a =rsa-sha256; c= relaxed/relaxed; d\t=\texample.com; s = s; "
                           "h = from : to; bh = %h; b=",
    "folded-everywhere": "v=1;\r\n\ta=rsa-sha256;\r\n c=relaxed/relaxed;\r\n d=example.com;\r\n"
                         "\ts=s;\r\n h=from\r\n :\r\n to;\r\n bh=\r\n %h;\r\n b=",
    "version-last": "a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s; h=from:to; bh=%h; v=1; b=",
    "signature-first": "b=; v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s; h=from:to; bh=%h",
    "semicolon-at-the-end": BASE + "h=from:to; bh=%h; b=;",
    "two-semicolons": BASE + "h=from:to;; bh=%h; b=",
    "unknown-tag": BASE + "x1_y=anything at all; h=from:to; bh=%h; b=",
    "tag-with-a-digit-in-front": BASE + "1a=x; h=from:to; bh=%h; b=",
    "tag-without-equals": BASE + "flag; h=from:to; bh=%h; b=",
    "algorithm-in-capitals": BASE.replace("rsa-sha256", "RSA-SHA256") + "h=from:to; bh=%h; b=",
    "form-in-capitals": BASE.replace("relaxed/relaxed", "Relaxed/Relaxed") + "h=from:to; bh=%h; b=",
    "domain-in-capitals": BASE.replace("example.com", "Example.COM") + "h=from:to; bh=%h; b=",
    "names-in-capitals": BASE + "h=FROM:To; bh=%h; b=",
    "header-form-only": BASE.replace("relaxed/relaxed", "relaxed") + "h=from:to; bh=%s; b=",
    "unknown-form": BASE.replace("relaxed/relaxed", "relaxed/nowsp") + "h=from:to; bh=%h; b=",
    "no-from": BASE + "h=to:subject; bh=%h; b=",
    "empty-names": BASE + "h=; bh=%h; b=",
    "stray-colon": BASE + "h=from:to:; bh=%h; b=",
    "itself-signed": BASE + "h=from:dkim-signature; bh=%h; b=",
    "no-selector": "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; h=from; bh=%h; b=",
    "no-domain": "v=1; a=rsa-sha256; c=relaxed/relaxed; s=s; h=from; bh=%h; b=",
    "no-body-hash": BASE + "h=from:to; b=",
    "no-version": "a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s; h=from; bh=%h; b=",
    "version-2": BASE.replace("v=1", "v=2") + "h=from:to; bh=%h; b=",
    "version-01": BASE.replace("v=1", "v=01") + "h=from:to; bh=%h; b=",
    "identity": BASE + "i=ann@example.com; h=from:to; bh=%h; b=",
    "identity-below": BASE + "i=@mail.example.com; h=from:to; bh=%h; b=",
    "identity-elsewhere": BASE + "i=@example.net; h=from:to; bh=%h; b=",
    "identity-looks-alike": BASE + "i=@notexample.com; h=from:to; bh=%h; b=",
    "query-method": BASE + "q=dns/txt; h=from:to; bh=%h; b=",
    "two-query-methods": BASE + "q=other/x:dns/txt; h=from:to; bh=%h; b=",
    "unknown-query-method": BASE + "q=dns/naptr; h=from:to; bh=%h; b=",
    "expired": BASE + "t=1000; x=2000; h=from:to; bh=%h; b=",
    "expires-far-away": BASE + "t=1000; x=99999999999; h=from:to; bh=%h; b=",
    "expires-before-it-is-made": BASE + "t=99999999999; x=99999999998; h=from:to; bh=%h; b=",
    "no-time": BASE + "t=soon; h=from:to; bh=%h; b=",
    "made-tomorrow": BASE + "t=99999999999; h=from:to; bh=%h; b=",
    "length": BASE + "l=8; h=from:to; bh=%l; b=",
    "length-of-nothing": BASE + "l=0; h=from:to; bh=%e; b=",
    "length-too-long": BASE + "l=9999; h=from:to; bh=%h; b=",
    "length-no-number": BASE + "l=-1; h=from:to; bh=%h; b=",
    "copied-fields": BASE + "z=From:=20ann|To:=20bob; h=from:to; bh=%h; b=",
    "octets-outside-ascii": BASE + "n=gr\u00fc\u00df; h=from:to; bh=%h; b=",
}

# A record %p, whose signature may say more.
RECORDS = {
    "key-alone": ("p=%p", ""),
    "all-tags": ("v=DKIM1; h=sha1:sha256; k=rsa; n=a note; s=*; t=y; p=%p", ""),
    "semicolon-at-the-end": ("v=DKIM1; p=%p;", ""),
    "two-semicolons": ("v=DKIM1;; p=%p", ""),
    "spaces": ("v = DKIM1 ; k = rsa ; p = %p", ""),
    "spaces-in-key": ("v=DKIM1; p=%b", ""),
    "unknown-tag": ("v=DKIM1; zz=1; p=%p", ""),
    "version-2": ("v=DKIM2; p=%p", ""),
    "version-small": ("v=dkim1; p=%p", ""),
    "version-not-first": ("k=rsa; v=DKIM1; p=%p", ""),
    "sha1-only": ("v=DKIM1; h=sha1; p=%p", ""),
    "unknown-type": ("v=DKIM1; k=dsa; p=%p", ""),
    "type-in-capitals": ("v=DKIM1; k=RSA; p=%p", ""),
    "for-mail": ("v=DKIM1; s=email; p=%p", ""),
    "for-mail-and-more": ("v=DKIM1; s=tlsrpt:email; p=%p", ""),
    "not-for-mail": ("v=DKIM1; s=tlsrpt; p=%p", ""),
    "testing": ("v=DKIM1; t=y; p=%p", ""),
    "exact": ("v=DKIM1; t=s; p=%p", "i=@example.com; "),
    "exact-and-below": ("v=DKIM1; t=s; p=%p", "i=@mail.example.com; "),
    "exact-and-capitals": ("v=DKIM1; t=s; p=%p", "i=@Example.COM; "),
    "unknown-flag": ("v=DKIM1; t=z; p=%p", ""),
    "revoked": ("v=DKIM1; p=", ""),
    "no-key": ("v=DKIM1; k=rsa", ""),
    "twice": ("v=DKIM1; p=%p; p=%p", ""),
    "no-base64": ("v=DKIM1; p=!%p", ""),
    "cut-off": ("v=DKIM1; p=%c", ""),
    "granularity": ("v=DKIM1; g=*; p=%p", ""),
    "no-tag-list": ("hello", ""),
}
BODY = b"One line\r\nand  two \r\n"
RELAXED_BODY = b"One line\r\nand two\r\n"


def relaxed(name, value):
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.lower() + b":" + value


def hash_of(text):
    return base64.b64encode(hashlib.sha256(text).digest()).decode()


class Generator:
    def __init__(self, folder):
        self.folder = folder
        self.key = (folder / "key").read_bytes()
        self.parsed_key = dkim.parse_pem_private_key(self.key)
        self.public = (folder / "public").read_text().strip()
        self.records = {"s": "v=DKIM1; k=rsa; p=" + self.public}
        self.verdicts = {}

    def signed_by_hand(self, field):
        """The field with its b=, relaxed in the header; a field that can't be read signs From and To."""
        for mark, text in (("%h", RELAXED_BODY), ("%s", BODY), ("%l", BODY[:8]), ("%e", b"")):
            field = field.replace(mark, hash_of(text))
        raw = field.encode()
        names = re.search(rb"(?:^|;)\s*h\s*=([^;]*)", raw)
        hashed = b""
        for name in names[1].split(b":") if names else []:
            found = re.search(rb"(?im)^" + re.escape(name.strip()) + rb":(.*)\r\n", FIELDS)
            if found and name.strip():
                hashed += relaxed(name.strip(), found[1]) + b"\r\n"
        hashed += relaxed(b"dkim-signature", raw)
        digest = dkim.crypto.HASH_ALGORITHMS[b"rsa-sha256"]()
        digest.update(hashed)
        signature = base64.b64encode(
            dkim.crypto.RSASSA_PKCS1_v1_5_sign(digest, self.parsed_key))
        at = re.search(rb"(?:^|[ \n;])b=", raw)
        return b"DKIM-Signature: " + raw[: at.end()] + signature + raw[at.end():] + b"\r\n"

    def answer(self, name, timeout=5):
        selector, _, domain = name.decode().partition("._domainkey.")
        record = self.records.get(selector)
        return record.encode() if record and domain.lower() == "example.com." else None

    def judge(self, name, message):
        (self.folder / f"{name}.eml").write_bytes(message)
        try:
            self.verdicts[name] = bool(dkim.verify(message, dnsfunc=self.answer))
        except Exception:
            self.verdicts[name] = False

    def run(self):
        for c, form in enumerate(FORMS):
            for b, body in enumerate(BODIES):
                plain = FIELDS + b"\r\n" + body
                signature = dkim.sign(plain, b"s", b"example.com", self.key, canonicalize=form,
                                      include_headers=SIGNED)
                for x, change in enumerate(BREAKS):
                    self.judge(f"broken-{c}-{b}-{x}", change(signature + plain))
        plain = FIELDS + b"\r\n" + BODY
        for name, field in SIGNATURE_FIELDS.items():
            self.judge(f"field-{name}", self.signed_by_hand(field) + plain)
        blanks = " ".join(self.public[i: i + 40] for i in range(0, len(self.public), 40))
        for name, (record, more) in RECORDS.items():
            record = record.replace("%p", self.public).replace("%b", blanks)
            self.records[name] = record.replace("%c", self.public[:100])
            field = BASE.replace("s=s;", f"s={name};") + more + "h=from:to; bh=%h; b="
            self.judge(f"record-{name}", self.signed_by_hand(field) + plain)
        (self.folder / "records.json").write_text(json.dumps(self.records))
        (self.folder / "verdicts.json").write_text(json.dumps(self.verdicts))


if __name__ == "__main__":
    Generator(pathlib.Path(sys.argv[1])).run()

"""The seal of plan and record files, as docs/plan-file.md tells it: written here a second time."""

import hashlib
import json


def seal_of(document):
    """SHA-256 over all members but "seal", without white space, names in order."""
    rest = {name: value for name, value in document.items() if name != "seal"}
    text = json.dumps(rest, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def sealed(document):
    """The text of a file of it, sealed anew."""
    return json.dumps({**document, "seal": seal_of(document)})

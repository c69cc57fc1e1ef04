"""The published schemas (docs/schema), as a reader may use them and as strict as our own tests need."""

import json

from program import SOURCE


def published(name):
    """As it is published: a later version of the same number may add properties."""
    return json.loads((SOURCE / f"docs/schema/{name}.json").read_text(encoding="utf-8"))


def strict(name):
    """What this version writes, and nothing beside it: a property that the schema lacks is a fault."""

    def close(part):
        if isinstance(part, dict):
            if part.get("type") in ("object", ["object", "null"]) and "properties" in part:
                part.setdefault("additionalProperties", False)
            for each in part.values():
                close(each)
        elif isinstance(part, list):
            for each in part:
                close(each)
        return part

    return close(published(name))

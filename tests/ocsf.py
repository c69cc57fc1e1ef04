"""A checker of events over the source of the OCSF schema (ocsf/ocsf-schema: JSON with `extends` and
`$include`, which is no JSON Schema): requirement, type, pattern, enum, at_least_one, deprecation."""

import json
import pathlib
import re


class Ocsf:
    def __init__(self, source):
        self.source = pathlib.Path(source)
        self.dictionary = json.loads((self.source / "dictionary.json").read_text())
        self.types = self.dictionary["types"]["attributes"]
        self.files = {}
        for kind in ("events", "objects"):
            for file in (self.source / kind).rglob("*.json"):
                parsed = json.loads(file.read_text())
                self.files[kind, parsed.get("name", file.stem)] = parsed
                self.files[kind, file.relative_to(self.source / kind).with_suffix("").as_posix()] = parsed
        self.compiled = {}

    def attributes_of(self, kind, name):
        """All attributes of a class or object, its parents' and its includes' with them; and its constraints."""
        if (kind, name) in self.compiled:
            return self.compiled[kind, name]
        parsed = self.files[kind, name]
        attributes, constraints = {}, {}
        if "extends" in parsed and (kind, parsed["extends"]) in self.files:
            inherited, constraints = self.attributes_of(kind, parsed["extends"])
            attributes = {key: dict(value) for key, value in inherited.items()}
        own = dict(parsed.get("attributes", {}))
        includes = own.pop("$include", [])
        for include in [includes] if isinstance(includes, str) else includes:
            profile = json.loads((self.source / include).read_text())
            # A profile counts only where metadata names it, which ours do not; its attributes may stand.
            for key, value in profile.get("attributes", {}).items():
                if key != "$include":
                    attributes.setdefault(key, {**value, "requirement": "optional"})
        for key, value in own.items():
            merged = {**attributes.get(key, {}), **value}
            merged["enum"] = {**attributes.get(key, {}).get("enum", {}), **value.get("enum", {})}
            attributes[key] = merged
        constraints = {**constraints, **parsed.get("constraints", {})}
        self.compiled[kind, name] = attributes, constraints
        return attributes, constraints

    def errors(self, name, event):
        return list(self.check("events", name, event, ""))

    def check(self, kind, name, value, path):
        if not isinstance(value, dict):
            yield f"{path}: no object"
            return
        attributes, constraints = self.attributes_of(kind, name)
        if not attributes or name == "object":
            return
        for key, attribute in attributes.items():
            if attribute.get("requirement") == "required" and key not in value and not attribute.get("profile"):
                yield f"{path}.{key}: required"
        some = constraints.get("at_least_one")
        if some and not any(key in value for key in some):
            yield f"{path}: none of {some}"
        for key, each in value.items():
            where = f"{path}.{key}"
            if key not in attributes:
                yield f"{where}: unknown"
                continue
            attribute = {**self.dictionary["attributes"].get(key, {}), **attributes[key]}
            attribute["enum"] = {**self.dictionary["attributes"].get(key, {}).get("enum", {}),
                                 **attributes[key].get("enum", {})}
            if "@deprecated" in attribute:
                yield f"{where}: deprecated"
            if attribute.get("is_array"):
                if not isinstance(each, list):
                    yield f"{where}: no list"
                    continue
                for i, item in enumerate(each):
                    yield from self.typed(attribute, item, f"{where}[{i}]")
            else:
                yield from self.typed(attribute, each, where, path == "" and key in ("class_uid", "category_uid"))

    def typed(self, attribute, value, path, is_class=False):
        kind = attribute["type"]
        if kind in ("object_t", "json_t") or ("objects", kind) in self.files:
            name = attribute.get("object_type", kind)
            if kind != "json_t" and ("objects", name) in self.files:
                yield from self.check("objects", name, value, path)
            return
        if attribute["enum"] and not is_class and str(value) not in attribute["enum"]:
            yield f"{path}: {value} is not in {sorted(attribute['enum'])}"
        defined = self.types.get(kind, {})
        base = defined.get("type", kind)
        wanted = {"string_t": str, "integer_t": int, "long_t": int, "boolean_t": bool,
                  "float_t": (int, float)}.get(base)
        if wanted and (not isinstance(value, wanted) or (wanted is not bool and isinstance(value, bool))):
            yield f"{path}: {value!r} is no {kind}"
            return
        if "regex" in defined and isinstance(value, str) and not re.search(defined["regex"], value):
            yield f"{path}: {value!r} does not match {kind}"
        if "max_len" in defined and isinstance(value, str) and len(value) > defined["max_len"]:
            yield f"{path}: longer than {defined['max_len']}"
        if kind == "timestamp_t" and not 10**12 < value < 10**13:
            yield f"{path}: {value} is no time in milliseconds"

"""Every JSON document that the program writes is valid under its published schema."""

import importlib.util
import json
import unittest

from program import EXAMPLE, SOURCE, postern


def documents():
    """Name of the schema, and the run that writes such a document."""
    tenant = EXAMPLE / "tenant"
    yield "audit-1", ("audit", tenant)
    yield "audit-1", ("audit", tenant, "--control", "6.5.5")
    yield "impact-1", ("impact", tenant, EXAMPLE / "evidence")
    yield "impact-1", ("impact", tenant, EXAMPLE / "evidence", "--since", "2026-10-10")
    yield "impact-1", ("impact", tenant, EXAMPLE / "evidence", "--if", "reject-direct-send on")
    yield "plan-1", ("plan", tenant, EXAMPLE / "evidence", "--train-until", "2026-10-20")
    for extra in ((), ("--what-if", "on"), ("--certificate", "mail.example", "--tls", "yes")):
        yield "explain-1", (
            ("explain", tenant, "--ip", "203.0.113.10", "--mail-from", "a@contoso.com")
            + ("--rcpt-to", "b@contoso.com")
            + extra
        )
    yield "explain-1", ("explain", tenant)
    for change in ("reject-direct-send on", "no connector 'Newsletter'"):
        yield "diff-1", ("diff", tenant, "--if", change)
    yield "diff-1", ("diff", tenant, tenant)
    for command in ("impact", "plan"):
        yield "tenants-1", (command, "--tenants", SOURCE / "examples")
    yield "learn-1", ("tenant", "learn", tenant, EXAMPLE / "evidence")
    yield "senders-1", ("senders", "check", SOURCE / "tests/senders/answers.toml", tenant, EXAMPLE / "evidence")
    folder = SOURCE / "tests" / "auth"
    yield "auth-1", ("auth", folder / "rfc8463.eml", "--zone", folder / "rfc8463.zone")
    yield "auth-1", ("auth", EXAMPLE / "evidence/mail/001.eml", "--zone", folder / "rfc8463.zone")


@unittest.skipUnless(importlib.util.find_spec("jsonschema"), "python3-jsonschema is not installed")
class Schemas(unittest.TestCase):
    def test_documents_are_valid(self):
        import jsonschema

        for name, command in documents():
            with self.subTest(command):
                schema = json.loads((SOURCE / f"docs/schema/{name}.json").read_text())
                jsonschema.Draft202012Validator.check_schema(schema)
                done = postern(*command, "--output", "json")
                self.assertIn(done.status, (0, 1, 3), done)
                jsonschema.validate(json.loads(done.out), schema)

    def test_a_wrong_document_is_not(self):
        import jsonschema

        schema = json.loads((SOURCE / "docs/schema/impact-1.json").read_text())
        done = postern("impact", EXAMPLE / "tenant", EXAMPLE / "evidence", "--output", "json")
        document = json.loads(done.out)
        document["totals"]["rows"] = -1
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate(document, schema)


if __name__ == "__main__":
    unittest.main()

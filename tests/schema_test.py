"""Every JSON document that the program writes is valid under its published schema."""

import importlib.util
import json
import pathlib
import tempfile
import unittest

from program import EXAMPLE, SOURCE, postern
from schemas import published, strict
from standin import tenant_state


def documents():
    """Name of the schema, and the run that writes such a document."""
    tenant = EXAMPLE / "tenant"
    yield "audit-1", ("audit", tenant)
    yield "audit-1", ("audit", tenant, "--control", "6.5.5")
    yield "controls-1", ("audit", "--controls")
    yield "audits-1", ("audit", tenant, EXAMPLE / "missing")
    yield "impact-1", ("impact", tenant, EXAMPLE / "evidence")
    yield "impact-1", ("impact", tenant, EXAMPLE / "evidence", "--since", "2026-10-10")
    yield "impact-1", ("impact", tenant, EXAMPLE / "evidence", "--if", "reject-direct-send on")
    yield "plan-2", ("plan", tenant, EXAMPLE / "evidence", "--train-until", "2026-10-20")
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


class StandIn(unittest.TestCase):
    def test_it_knows_each_property_of_a_connector(self):
        """What a plan writes of one, its cmdlets take."""
        written = set(published("plan-2")["$defs"]["connector"]["properties"])
        known = set(tenant_state.CONNECTOR_DEFAULTS) | {"Name", "ConnectorType", "Guid"}
        self.assertEqual(written - known, set(), "add it to CONNECTOR_DEFAULTS of tests/standin/tenant_state.py")


@unittest.skipUnless(importlib.util.find_spec("jsonschema"), "python3-jsonschema is not installed")
class Schemas(unittest.TestCase):
    def test_documents_are_valid(self):
        import jsonschema

        for name, command in documents():
            with self.subTest(command):
                schema = strict(name)
                jsonschema.Draft202012Validator.check_schema(schema)
                done = postern(*command, "--output", "json")
                self.assertIn(done.status, (0, 1, 3), done)
                jsonschema.validate(json.loads(done.out), schema)

    def test_the_next_stage_of_a_plan_is_valid(self):
        import jsonschema

        with tempfile.TemporaryDirectory() as folder:
            plan = pathlib.Path(folder) / "plan.json"
            self.assertIn(postern("plan", EXAMPLE / "tenant", EXAMPLE / "evidence", "--plan", plan).status, (1, 3))
            schema = strict("plan-next-1")
            jsonschema.Draft202012Validator.check_schema(schema)
            for evidence in ((), (EXAMPLE / "evidence",)):
                done = postern("plan", "next", plan, *evidence, "--output", "json")
                jsonschema.validate(json.loads(done.out), schema)

    def test_a_wrong_document_is_not(self):
        import jsonschema

        schema = strict("impact-1")
        done = postern("impact", EXAMPLE / "tenant", EXAMPLE / "evidence", "--output", "json")
        document = json.loads(done.out)
        document["totals"]["rows"] = -1
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate(document, schema)

    def test_the_published_one_takes_what_a_later_version_adds(self):
        import jsonschema

        done = postern("audit", EXAMPLE / "tenant", "--output", "json")
        document = json.loads(done.out)
        document["controls"][0]["added_later"] = True
        jsonschema.validate(document, published("audit-1"))
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.validate(document, strict("audit-1"))


if __name__ == "__main__":
    unittest.main()

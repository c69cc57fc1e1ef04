"""Evidence fetched from a live tenant, against the stand-in."""

import datetime
import json
import unittest

from live import EXPORTS, Live
from standin import service
from standin.tenant_state import trace_row


class Evidence(Live):
    """What evidence fetch leaves in its folder."""

    def setUp(self):
        super().setUp()
        self.out = self.folder / "evidence"
        now = datetime.datetime.now(datetime.timezone.utc)
        for number in range(230):
            # Every fourth to two recipients at the same instant; some from elsewhere.
            moment = now - datetime.timedelta(hours=number * 2, seconds=1)
            sender = "scan@contoso.com" if number % 3 else "somebody@elsewhere.example"
            for name in ("ann", "bob")[: 2 if number % 4 == 0 else 1]:
                self.tenant.trace.append(trace_row(
                    number, moment, sender, f"{name}@contoso.com", f"203.0.113.{number % 5}"))
        for row in self.tenant.trace:
            key = (row["MessageTraceId"], row["RecipientAddress"])
            self.tenant.details[key] = [{"Date": row["Received"], "Event": "Receive",
                                         "Data": "<root><MEP Name=\"ConnectorId\" "
                                                 "String=\"x\\Default x\"/></root>"}]
        self.tenant.trace_cap = 50

    def fetch(self, *more, **options):
        return self.run_live("evidence", "fetch", "live:contoso", "--out", self.out, *more,
                             **options)

    def rows(self, kind, under="value"):
        out = []
        for file in sorted(self.out.glob(f"{kind}-*.json")):
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            out += json.loads(file.read_text())[under]
        return out

    def test_every_row_of_a_trace_once_over_pages_and_windows(self):
        done = self.fetch("--since", "25d", "--output", "json", "--details", "0")
        self.assertEqual(done.status, 0, done)
        rows = self.rows("trace")
        keys = {(row["MessageTraceId"], row["RecipientAddress"]) for row in rows}
        self.assertEqual(len(rows), len(keys))
        self.assertEqual(keys, {(row["MessageTraceId"], row["RecipientAddress"])
                                for row in self.tenant.trace})
        self.assertEqual(json.loads(done.out)["rows"], len(rows))
        # Three stretches of at most ten days.
        starts = {json.loads(each.body)["CmdletInput"]["Parameters"]["StartDate"]
                  for each in self.there.seen if b"Get-MessageTraceV2" in each.body}
        self.assertEqual(len(starts), 3)

    def test_details_are_asked_of_candidates_alone_and_joined(self):
        done = self.fetch("--since", "5d", "--details", "2", "--output", "json")
        self.assertEqual(done.status, 0, done)
        details = self.rows("details")
        # Five addresses, one sender of ours, two of each.
        self.assertEqual(len(details), 10)
        self.assertEqual(json.loads(done.out)["details"], 10)
        self.assertTrue(all(each["MessageTraceId"] and each["RecipientAddress"]
                            for each in details))

    def test_details_of_graph_are_asked_of_candidates_and_joined_to_their_rows(self):
        done = self.fetch("--source", "graph", "--since", "5d", "--details", "2",
                          "--output", "json")
        self.assertEqual(done.status, 0, done)
        details = self.rows("details")
        self.assertEqual((len(details), json.loads(done.out)["details"]), (10, 10))
        ids = {row["id"] for row in self.rows("graph")}
        self.assertTrue(all(each["MessageTraceId"] in ids for each in details), details)
        # A detail tells of the message in its row, and is none of its own.
        totals = []
        for evidence in (sorted(self.out.glob("graph-*.json")), [self.out]):
            done = self.run_live("impact", "live:contoso", *evidence, "--output", "json")
            totals.append(json.loads(done.out)["totals"])
        self.assertEqual(totals[0]["used"], totals[1]["used"], totals)
        self.assertEqual((totals[1]["bad"], totals[1]["rows"]), (0, totals[0]["rows"] + 10), totals)

    def test_without_the_domains_graph_is_fetched_without_details(self):
        refuse = service.error_answer(service.CmdletError(403, "Forbidden", "x", "Not yours."))
        self.there.fail("Get-AcceptedDomain", refuse, refuse, refuse)
        done = self.fetch("--source", "graph", "--since", "5d", "--output", "json")
        self.assertEqual((done.status, json.loads(done.out)["details"]), (0, 0), done)
        self.assertIn("details are left out", done.err)
        self.assertTrue(self.rows("graph"))

    def test_an_interrupted_fetch_goes_on_where_it_stopped(self):
        refuse = service.error_answer(service.CmdletError(400, "BadRequest", "x", "Not now."))
        period = ("--since", "20d", "--until", "2030-01-01")
        for calls_before in (2, 1, 3):
            fine = [None] * calls_before
            self.there.fail("Get-MessageTraceV2", *fine, refuse)
            self.assert_line(self.fetch(*period), "Not now.")
        self.there.fail("Get-MessageTraceDetailV2", None, None, refuse)
        self.assert_line(self.fetch(*period), "Not now.")
        # Meanwhile nobody is said to be safe by what is there.
        done = self.run_live("impact", "live:contoso", self.out, "--output", "json")
        self.assertIn("the fetch of live:contoso is not finished", done.out)
        self.assertIn("files_lost", [each["kind"] for each in json.loads(done.out)["conclusion"]["missing"]])
        # As it was begun, whatever is said now.
        done = self.fetch(*period, "--details", "1")
        self.assertEqual(done.status, 0, done)
        done_reading = self.run_live("impact", "live:contoso", self.out, "--output", "json")
        self.assertEqual(json.loads(done_reading.out)["totals"]["bad"], 0)
        self.assertIn("gone on with", done.out)
        rows = self.rows("trace")
        self.assertEqual(len(rows), len(self.tenant.trace))
        self.assertEqual(len(self.rows("details")), 15)
        asked = [json.loads(each.body)["CmdletInput"]["Parameters"] for each in self.there.seen
                 if b"Get-MessageTraceDetailV2" in each.body]
        # The one that was refused is asked again, and nothing else.
        self.assertEqual(len(asked), 16)

    def test_a_service_that_repeats_itself_is_no_end(self):
        row = self.tenant.trace[0]
        same = service.Answer(200, {"@adminapi.warnings": ["more"], "value": [
            dict(row, MessageTraceId=f"{i}") for i in range(5000)]})
        self.there.fail("Get-MessageTraceV2", same, same)
        self.assert_line(self.fetch("--since", "5d"), "does not get past")

    def test_a_folder_of_another_fetch_is_left_alone(self):
        self.assertEqual(self.fetch("--since", "1d", "--details", "0").status, 0)
        self.assert_line(self.fetch("--since", "2d"), "holds a fetch of trace")
        self.assert_line(self.fetch("--source", "graph", "--since", "1d"), "another folder")

    def test_periods_that_can_not_be_had(self):
        self.assert_line(self.fetch("--since", "120d"), "90 days")
        self.assert_line(self.fetch("--source", "hunting", "--since", "40d"), "30 days")
        self.assert_line(self.fetch("--since", "2d", "--until", "3d"), "empty")
        done = self.run_live("evidence", "fetch", EXPORTS, "--out", self.out)
        self.assert_line(done, "live:NAME")

    def test_graph_follows_its_links(self):
        done = self.fetch("--source", "graph", "--since", "20d", "--details", "0",
                          "--output", "json")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(len(self.rows("graph")), len(self.tenant.trace))
        self.assertEqual(set(self.rows("graph")[0]), {
            "id", "senderAddress", "recipientAddress", "messageId", "receivedDateTime", "subject",
            "size", "fromIP", "toIP", "status"})
        self.assertEqual(self.there.calls(), [])

    def test_graph_says_which_permission_is_missing(self):
        self.app.graph_roles = []
        self.assert_line(self.fetch("--source", "graph"), "ExchangeMessageTrace.Read.All")
        self.assert_line(self.run_live("evidence", "fetch", "live:contoso", "--source", "hunting",
                                       "--out", self.folder / "another"), "ThreatHunting.Read.All")

    def test_graph_pages_go_nowhere_else(self):
        self.there.fail("messageTraces", service.Answer(
            200, {"value": [], "@odata.nextLink": self.there.elsewhere + "/v1.0/x"}))
        self.assert_line(self.fetch("--source", "graph"), "the token does not go there")

    def test_hunting_is_what_impact_reads(self):
        columns = ("Timestamp", "NetworkMessageId", "InternetMessageId", "SenderMailFromAddress",
                   "SenderMailFromDomain", "SenderIPv4", "RecipientEmailAddress", "EmailDirection",
                   "DeliveryAction", "Connectors")
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        row = dict(zip(columns, (now, "n-1", "<1@contoso.com>", "scan@contoso.com", "contoso.com",
                                 "203.0.113.7", "ann@contoso.com", "Inbound", "Delivered", "")))
        for key in ("name", "Name"):
            self.tenant.hunting = {"schema": [{key: column, "type": "String"}
                                              for column in columns], "results": [row]}
            self.out = self.folder / f"hunting-{key}"
            done = self.fetch("--source", "hunting", "--since", "1d")
            self.assertEqual(done.status, 0, done)
            query = [json.loads(each.body)["Query"] for each in self.there.seen
                     if each.path.endswith("runHuntingQuery")][0]
            self.assertIn("SenderMailFromDomain in~ (", query)
            self.assertIn("'contoso.com'", query)
            self.assertIn("endswith '.fabrikam.com'", query)
            done = self.run_live("impact", "live:contoso", self.out, "--output", "json")
            self.assertIn("203.0.113.7", done.out, done)

    def test_what_trace_and_graph_leave_is_what_impact_reads(self):
        for source in ("trace", "graph"):
            self.out = self.folder / source
            done = self.fetch("--source", source, "--since", "20d")
            self.assertEqual(done.status, 0, done)
            done = self.run_live("impact", "live:contoso", self.out, "--output", "json")
            self.assertIn(done.status, (0, 1, 3), done)
            self.assertIn("203.0.113.1", done.out)
            self.assertEqual(done.err, "")
            self.assertEqual(json.loads(done.out)["totals"]["bad"], 0)

    def test_a_period_without_mail_leaves_no_file(self):
        self.tenant.trace = []
        for source in ("trace", "graph"):
            self.out = self.folder / f"nothing-{source}"
            self.assertEqual(self.fetch("--source", source).status, 0)
            self.assertEqual([each.name for each in self.out.iterdir()], [".postern-fetch.json"])

    def test_hunting_without_its_columns_is_refused(self):
        self.tenant.hunting = {"schema": [{"Name": "Timestamp"}], "results": []}
        self.assert_line(self.fetch("--source", "hunting", "--since", "1d"),
                         "SenderMailFromAddress")


if __name__ == "__main__":
    unittest.main()

"""Message traces with their details and tracking logs through the program: one message counts once, in whatever order."""

import itertools
import json
import pathlib
import tempfile
import unittest

from program import SOURCE, postern

TENANT = SOURCE / "examples" / "contoso" / "tenant"
TABLES = SOURCE / "src" / "evidence" / "testdata" / "tables"
TRACE, DETAILS, LOG = (TABLES / name for name in ("trace.csv", "details.json", "MSGTRK2026100108-1.LOG"))


class TableEvidence(unittest.TestCase):
    def impact(self, *arguments, **options):
        outcome = postern("impact", TENANT, *arguments, "--output", "json", **options)
        self.assertIn(outcome.status, (0, 1, 3), outcome)
        report = json.loads(outcome.out)
        totals = report["totals"]
        self.assertEqual(totals["rows"], totals["used"] + totals["not_relevant"] + totals["bad"])
        return report

    def test_a_trace_alone_is_undetermined(self):
        totals = self.impact(TRACE)["totals"]
        self.assertEqual((totals["used"], totals["undetermined"]), (4, 4))

    def test_details_decide_what_they_tell_of_in_any_order(self):
        for files in itertools.permutations((TRACE, DETAILS)):
            with self.subTest(first=files[0].name):
                report = self.impact(*files)
                # Two recipients of the scanner, and the message without details; the newsletter's
                # envelope sender turned out to be the provider's.
                self.assertEqual(report["totals"]["used"], 3)
                self.assertEqual(report["totals"]["undetermined"], 1)
                self.assertEqual(report["not_relevant"]["header_from_only"], 1)
                self.assertEqual(report["not_relevant"]["other_event"], 1)

    def test_details_without_their_trace_say_what_they_tell_themselves(self):
        def detail(path, connector):
            data = (f'<root><MEP Name="ConnectorId" String="{connector}"/><MEP Name="ReturnPath" String="{path}"/>'
                    '<MEP Name="CustomData" Blob="S:ProxiedClientIPAddress=203.0.113.7;S:ProxiedClientHostname=[x]"/></root>')
            return ("MessageTraceId,MessageId,Date,Event,Action,Detail,Data,RecipientAddress\n1,<1@x>,2026-10-01T08:15:30Z,"
                    'Receive,,,"' + data.replace('"', '""') + '",ann@contoso.com\n').encode()
        anonymous = "X\\Default X"
        for path, connector, counted in (("scan@contoso.com", anonymous, ""),
                                         ("", anonymous, "sender_untold"),
                                         ("scan", anonymous, "sender_untold"),
                                         ("&lt;&gt;", anonymous, "null_reverse_path"),
                                         ("news@mailer.example", anonymous, "external_sender"),
                                         ("scan@contoso.com", "X\\Client Frontend X", "authenticated")):
            with self.subTest(path, connector=connector):
                report = self.impact("-", stdin=detail(path, connector))
                self.assertEqual(report["totals"]["used"], 0 if counted else 1)
                aside = {reason for reason, rows in report["not_relevant"].items() if rows}
                self.assertEqual(aside, {counted} if counted else set())

    EXTENDED = ("date_time_utc,source,event_id,message_id,network_message_id,recipient_address,sender_address,"
                "return_path,directionality,original_client_ip,connector_id\n")

    @staticmethod
    def event(name, source="STOREDRIVER", sender="scan@contoso.com", number=1, way="Incoming"):
        return (f"2026-10-01T10:00:0{number % 10}Z,{source},{name},<{number}@x>,{number},ann@contoso.com,{sender},{sender},"
                f"{way},203.0.113.7,\n")

    def missing(self, *arguments, **options):
        report = self.impact(*arguments, **options)
        return {each["kind"]: each["count"] for each in report["conclusion"]["missing"]
                if each["kind"] not in ("short_period", "no_evidence")}

    def test_own_messages_whose_arrival_no_row_tells_are_missing_evidence(self):
        event = self.event
        foreign = event("RECEIVE", "SMTP", "news@mailer.example", 9)
        later = "".join(event(name, source) for name, source in (("EXPAND", "ROUTING"), ("DELIVER", "STOREDRIVER")))
        for rows, untold in (
                (foreign + later, 1),
                (later + event("FAIL", "ROUTING", number=2), 2),
                (event("RECEIVE", "SMTP") + later, 0),
                (later + event("RECEIVE", "SMTP"), 0),
                # Handed in by a mailbox, or recorded as the organisation's own.
                (event("SUBMIT") + later, 0),
                (event("RECEIVE") + later, 0),
                (event("DELIVER", way="Originating"), 0),
                (event("DELIVER", sender="news@mailer.example"), 0)):
            with self.subTest(rows):
                missing = self.missing("-", stdin=(self.EXTENDED + foreign + rows).encode())
                self.assertEqual(missing, {"arrival_untold": untold} if untold else {})

    def test_another_file_may_tell_of_the_arrival(self):
        with tempfile.TemporaryDirectory() as folder:
            later, trace, defender = (pathlib.Path(folder, name) for name in ("later.csv", "trace.csv", "defender.csv"))
            later.write_text(self.EXTENDED + self.event("DELIVER"), encoding="utf-8")
            trace.write_text("Received,SenderAddress,RecipientAddress,Status,FromIP,MessageId,MessageTraceId\n2026-10-01"
                             "T10:00:00Z,scan@contoso.com,ann@contoso.com,Delivered,203.0.113.7,<1@x>,1\n", encoding="utf-8")
            defender.write_text("Timestamp,NetworkMessageId,SenderMailFromAddress,RecipientEmailAddress,EmailDirection\n"
                                "2026-10-01T10:00:00Z,1,scan@contoso.com,ann@contoso.com,Inbound\n", encoding="utf-8")
            self.assertEqual(self.missing(later), {"arrival_untold": 1})
            for arrival in (trace, defender):
                for files in itertools.permutations((later, arrival)):
                    self.assertEqual(self.missing(*files), {}, files)

    def test_details_of_what_came_after_the_arrival_alone(self):
        header = "MessageTraceId,MessageId,Date,Event,Action,Detail,Data\n"
        deliver = "1,<1@x>,2026-10-01T08:15:31Z,Deliver,,Delivered,\n"
        submit = "1,<1@x>,2026-10-01T08:15:30Z,Submit,,,\n"
        self.assertEqual(self.missing("-", stdin=(header + deliver).encode()), {"arrival_untold": 1})
        self.assertEqual(self.missing("-", stdin=(header + submit + deliver).encode()), {})
        trace = b"Received,SenderAddress,RecipientAddress,Status,FromIP,MessageId,MessageTraceId\n2026-10-01T08:15:30Z," \
                b"news@mailer.example,ann@contoso.com,Delivered,203.0.113.7,<1@x>,1\n"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "details.csv")
            path.write_text(header + deliver, encoding="utf-8")
            self.assertEqual(self.missing(path, "-", stdin=trace), {})

    def test_an_event_that_no_list_knows_is_a_bad_row(self):
        data = '"<root><MEP Name=""ReturnPath"" String=""scan@contoso.com""/></root>"'
        for name, bad in (("Receive", 0), ("Receive ", 0), ("RECEIVE", 0), ("Empfangen", 1), ("\u53d7\u4fe1", 1), ("", 1)):
            detail = ("MessageTraceId,MessageId,Date,Event,Action,Detail,Data\n"
                      f"1,<1@x>,2026-10-01T08:15:31Z,{name},,,{data}\n1,<1@x>,2026-10-01T08:15:31Z,Transport rule,,,\n")
            totals = self.impact("-", stdin=detail.encode())["totals"]
            self.assertEqual((totals["bad"], totals["used"]), (bad, 1 - bad), name)
        # The log's own words are capitals: one that is new is Microsoft's, and no arrival.
        self.assertIn("arrival_untold", self.missing("-", stdin=(self.EXTENDED + self.event("NEWEVENT")).encode()))
        for rows in (self.event("Empfangen"), self.event("RECEIVE", "Speicher")):
            self.assertEqual(self.impact("-", stdin=(self.EXTENDED + rows).encode())["totals"]["bad"], 1, rows)
        self.assertEqual(self.impact("-", stdin=(self.EXTENDED + self.event(" receive", "smtp ")).encode())["totals"]["used"], 1)

    def test_traces_that_overlap_count_once_with_and_without_details(self):
        with tempfile.TemporaryDirectory() as folder:
            again = pathlib.Path(folder, "again.csv")
            again.write_bytes(TRACE.read_bytes())
            self.assertEqual(self.impact(TRACE, again)["totals"]["used"], 4)
            for files in itertools.permutations((TRACE, DETAILS, again)):
                self.assertEqual(self.impact(*files)["totals"]["used"], 3)

    def test_the_own_servers_log_of_the_same_message_is_joined_by_its_message_id(self):
        for files in itertools.permutations((TRACE, LOG)):
            with self.subTest(first=files[0].name):
                report = self.impact(*files)
                self.assertEqual(report["totals"]["used"], 4)
                self.assertEqual(report["not_relevant"]["other_source"], 2)
                # Neither records a client certificate; the log does tell the envelope sender.
                scanner = next(s for s in report["senders"] if "203.0.113.7" in s["addresses"])
                self.assertEqual(scanner["messages"], 2)
                self.assertIn("client certificate", scanner["missing"])
                self.assertNotIn("envelope sender", scanner["missing"])

    def test_of_two_servers_logs_the_first_hop_names_the_sender(self):
        """The second server logs the first as its client, an hour later; files come in any order."""
        first = LOG.read_text()
        fields, row = (line for line in first.splitlines() if line.startswith(("#Fields", "2026-10-01T08:15:29.900Z")))
        head = first[: first.index(fields)]
        second = row.replace("T08:15:29", "T09:15:29").replace("10.0.0.1,EX1", "10.0.0.5,EX1").replace(",203.0.113.7,", ",,")
        with tempfile.TemporaryDirectory() as folder:
            for names in itertools.permutations(("EX1.LOG", "EX2.LOG")):
                for name, text in zip(names, (row, second)):
                    pathlib.Path(folder, name).write_text(f"{head}{fields}\n{text}\n")
                with self.subTest(first=names[0]):
                    report = self.impact(folder)
                    self.assertEqual(report["totals"]["used"], 2)
                    self.assertEqual([s["addresses"] for s in report["senders"]], [["203.0.113.7"]])

    def test_published_spf_is_looked_up_only_when_asked_for(self):
        with tempfile.TemporaryDirectory() as folder:
            zone = pathlib.Path(folder, "zone")
            for record, result in (
                ("contoso.com TXT v=spf1 ip4:203.0.113.7 -all", "pass"),
                ("contoso.com TXT v=spf1 -all", "fail"),
                ("contoso.com TXT !servfail", "temperror"),
                ("contoso.com TXT v=spf1 ipv4:203.0.113.7", "permerror"),
            ):
                with self.subTest(record):
                    zone.write_text(record + "\n")
                    report = self.impact(LOG, "--resolve", "--zone", zone)
                    (scanner,) = report["senders"]
                    self.assertEqual(scanner["published_spf"], {result: 2})
                    self.assertEqual(scanner["spf"], {"unknown": 2})
                    # It names the sender; what the tenant would do stays undetermined.
                    self.assertEqual(report["totals"]["undetermined"], 2)
                    self.assertIn("looked up now", " ".join(report["remarks"]))
            self.assertEqual(self.impact(LOG)["senders"][0]["published_spf"], {})
            zone.write_text("contoso.com TXT v=spf1 -all\nnonsense\n")
            for words in (("--zone", zone), ("--resolve", "--zone", zone), ("--resolver", "127.0.0.1"),
                          ("--resolve", "--resolver", "no address")):
                with self.subTest(words):
                    done = postern("impact", TENANT, LOG, *words)
                    self.assertEqual((done.status, done.out, done.err.count("\n")), (2, "", 1), done)

    def test_an_answer_that_has_a_next_page_is_said_not_to_be_whole(self):
        row = {
            "id": "1", "senderAddress": "scan@contoso.com", "recipientAddress": "ann@contoso.com",
            "messageId": "<1@mfp>", "receivedDateTime": "2026-10-01T08:15:30Z", "fromIP": "203.0.113.7",
        }
        for mark in ({}, {"@odata.nextLink": "https://graph.example/next"}, {"@adminapi.warnings": ["more"]}):
            answer = json.dumps({"value": [row], **mark})
            missing = self.impact("-", stdin=answer.encode())["conclusion"]["missing"]
            told = any(each["kind"] == "list_cut" for each in missing)
            self.assertEqual(told, bool(mark), mark)

    def test_a_partial_answer_of_log_analytics_is_said_not_to_be_whole(self):
        columns = ["TimeGenerated", "SenderMailFromAddress", "SenderIPv4", "RecipientEmailAddress", "EmailDirection"]
        row = ["2026-10-01T08:15:30Z", "scan@contoso.com", "203.0.113.7", "ann@contoso.com", "Inbound"]
        result = {"name": "PrimaryResult", "columns": [{"name": each, "type": "string"} for each in columns],
                  "rows": [row]}
        other = {"name": "Statistics", "columns": [], "rows": [[1]]}
        error = {"code": "PartialError", "message": "There were some errors when processing your query."}
        whole = json.dumps({"tables": [result]})
        answers = {
            whole: (False, 1),
            json.dumps({"tables": [result, other], "error": None, "statistics": {}}): (False, 1),
            json.dumps({"tables": [result], "error": error}): (True, 1),
            json.dumps({"error": error, "tables": [result, other]}): (True, 1),
            json.dumps({"tables": [result, {**result, "name": "PrimaryResult_1"}]}): (True, 1),
            whole[:-2]: (True, 1),
            # Two answers in one file, whose columns may differ.
            whole + json.dumps({"tables": [{**result, "columns": result["columns"][::-1], "rows": [row[::-1]]}]}):
                (False, 2),
        }
        for answer, (cut, rows) in answers.items():
            report = self.impact("-", stdin=answer.encode())
            told = any(each["kind"] == "list_cut" for each in report["conclusion"]["missing"])
            self.assertEqual((told, report["totals"]["used"]), (cut, rows), answer)

    def test_further_rows_of_an_answer_are_said_not_to_be_read(self):
        row = {"Timestamp": "2026-10-01T08:15:30Z", "SenderMailFromAddress": "scan@contoso.com",
               "SenderIPv4": "203.0.113.7", "RecipientEmailAddress": "ann@contoso.com", "EmailDirection": "Inbound"}
        rows = json.dumps([row])
        columns = [{"name": each, "type": "string"} for each in row]
        table = {"name": "Table_0", "columns": columns, "rows": [list(row.values())]}
        sums = {"name": "Table_1", "columns": [{"name": "Count"}], "rows": [[1]]}
        cases = {
            # What only describes the rows, or holds none.
            f'{{"Stats":{{"tables":[{{"rows":1}}]}},"Schema":[{{"Name":"Timestamp"}}],"Results":{rows}}}': "",
            f'{{"value":{rows},"other":[],"names":["a"]}}': "",
            json.dumps({"tables": [table, {**table, "name": "Table_1", "rows": []}, sums]}): "",
            # A second list, under the same name or another, before or after, and within another object.
            f'{{"value":{rows},"value":{rows}}}': 'the list "value"',
            f'{{"value":{rows},"other":{rows}}}': 'the list "other"',
            f'{{"other":{rows},"value":{rows}}}': 'the list "other"',
            f'{{"value":{rows},"next":{{"value":{rows}}}}}': 'the list "next"',
            f'{{"Results":{rows},"results":{rows}}}': 'the list "results"',
            json.dumps({"tables": [table, {**table, "name": "Table_1"}]}): 'the table "Table_1"',
        }
        for answer, named in cases.items():
            with self.subTest(answer):
                report = self.impact("-", stdin=answer.encode())
                told = any(each["kind"] == "list_cut" for each in report["conclusion"]["missing"])
                self.assertEqual((told, report["totals"]["used"]), (bool(named), 1))
                self.assertEqual(f"are not read ({named})" in " ".join(report["remarks"]), bool(named))

    def test_a_key_that_stands_twice_in_a_row_is_told(self):
        row = ('"Timestamp":"2026-10-01T08:15:30Z","SenderIPv4":"203.0.113.7","EmailDirection":"Inbound",'
               '"RecipientEmailAddress":"ann@contoso.com","SenderMailFromAddress":"scan@contoso.com"')
        for further, bad, used in (('"SenderMailFromAddress":"x@adatum.com"', 1, 0),
                                   ('"sendermailfromaddress":"x@adatum.com"', 1, 0),
                                   ('"SenderMailFromAddress_s":"x@adatum.com"', 1, 0),
                                   ('"SenderMailFromAddress":"scan@contoso.com"', 0, 1),
                                   ('"SenderMailFromAddress":""', 0, 1),
                                   # Two names of one column: Log Analytics has both.
                                   ('"TimeGenerated":"2026-10-01T08:15:31Z"', 0, 1)):
            for answer in (f"[{{{row},{further}}}]", f"[{{{further},{row}}}]"):
                with self.subTest(answer):
                    totals = self.impact("-", stdin=answer.encode())["totals"]
                    self.assertEqual((totals["bad"], totals["used"]), (bad, used))

    def test_an_addressee_outside_does_not_say_whom_received_mail_came_for(self):
        received = ("Return-Path: scan@contoso.com\r\nReceived: from scanner ([203.0.113.7]) by mx.contoso.com; "
                    "Thu, 1 Oct 2026 10:00:00 +0000\r\n")
        text = "From: scan@contoso.com\r\nTo: {}\r\nSubject: Scan\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n"
        for header, to, counted in ((received, "ann@contoso.com", ""),
                                    (received, "bob@mailer.example", ""),  # a hidden copy
                                    (received, "undisclosed-recipients:;", ""),
                                    (received.replace("; Thu", " for <bob@mailer.example>; Thu"), "x@y.example", "other_tenant"),
                                    # What was never received went to its addressees, if to anybody.
                                    ("", "bob@mailer.example", "other_tenant")):
            with self.subTest(to, header=header):
                report = self.impact("-", stdin=(header + text.format(to)).encode())
                self.assertEqual(report["totals"]["used"], 0 if counted else 1)
                self.assertEqual({reason for reason, rows in report["not_relevant"].items() if rows},
                                 {counted} if counted else set())

    def test_a_table_of_as_many_rows_as_the_service_gives_may_be_a_part(self):
        header = "Received,SenderAddress,RecipientAddress,Status,FromIP,MessageId,MessageTraceId\n"
        for rows in (999, 1000, 1001, 5000):
            table = header + "".join(
                f"2026-10-01T08:15:30Z,news@adatum.com,ann@contoso.com,Delivered,203.0.113.7,<{row}@x>,{row}\n"
                for row in range(rows))
            report = self.impact("-", stdin=table.encode())
            told = any(each["kind"] == "list_cut" for each in report["conclusion"]["missing"])
            self.assertEqual(told, rows in (1000, 5000), rows)
            self.assertEqual("at which the service cuts" in " ".join(report["remarks"]), told, report["remarks"])

    def test_lists_one_after_the_other_are_read_all(self):
        row = {"Timestamp": "2026-10-01T08:15:30Z", "SenderMailFromAddress": "scan@contoso.com",
               "SenderIPv4": "203.0.113.7", "RecipientEmailAddress": "ann@contoso.com", "EmailDirection": "Inbound"}
        report = self.impact("-", stdin=(json.dumps([row]) + "\n" + json.dumps([row, row])).encode())
        self.assertEqual(report["totals"]["rows"], 3)
        outcome = postern("impact", TENANT, "-", stdin=(json.dumps([row]) + "\nnext").encode())
        self.assertEqual(outcome.status, 2, outcome)


if __name__ == "__main__":
    unittest.main()

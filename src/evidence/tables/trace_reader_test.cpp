// Message traces, their details, tracking logs, and the reports of mail that no connector matched.
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "evidence/testing/tables.hpp"

namespace postern::evidence {
namespace {

class TraceReader : public TableReader {};

TEST_F(TraceReader, MessageTraceAsCsvKnowsNoEnvelopeSender) {
  const Outcome out = read_text(
      "\"Received\",\"SenderAddress\",\"RecipientAddress\",\"Subject\",\"Status\",\"FromIP\","
      "\"ToIP\",\"Size\",\"MessageId\",\"MessageTraceId\"\n"
      "\"2026-10-01T08:15:30.1234567Z\",\"scan@contoso.com\",\"ann@contoso.com\",\"Scan\","
      "\"Delivered\",\"203.0.113.7\",,\"900\",\"<1@mfp>\",\"aaaa\"\n"
      "\"2026-10-01T08:15:30.1234567Z\",\"scan@contoso.com\",\"ann@contoso.com\",\"Scan\","
      "\"Delivered\",\"203.0.113.7\",,\"900\",\"<1@mfp>\",\"aaaa\"\n"
      "\"yesterday\",\"scan@contoso.com\",\"ann@contoso.com\",,,,,,,\"bbbb\"\n");
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.rows, (Rows{"?(scan@contoso.com) -> contoso.com ip 203.0.113.7 auth? at "
                            "2026-10-01T08:15:30Z",
                            "not relevant 2", "bad row 3 line 4 Received: is no time"}));
  EXPECT_EQ(name_of(out.tally.format), "message-trace-csv");
}

// Export-Csv writes times as the machine's culture has them.
TEST_F(TraceReader, TimesOfAnotherCultureAreReadOrRefusedNeverTakenForAnother) {
  const std::string header = "Received,SenderAddress,RecipientAddress\n";
  const auto row = [](const std::string& time) {
    return time + ",a@contoso.com,ann@contoso.com\n";
  };
  const auto read_as = [](const std::string& time) {
    return "?(a@contoso.com) -> contoso.com ip ? auth? at " + time;
  };
  EXPECT_EQ(read_text(header + row("01.10.2026 08:15:30")).rows,
            Rows{read_as("2026-10-01T08:15:30Z")});
  // One field above 12 settles the whole file.
  EXPECT_EQ(read_text(header + row("01/10/2026 08:15:30") + row("31/12/2026 08:15:30")).rows,
            (Rows{read_as("2026-10-01T08:15:30Z"), read_as("2026-12-31T08:15:30Z")}));
  const std::string open = header + row("01/10/2026 08:15:30");
  // Where nothing does, such rows are bad; others of the file count.
  const auto both = read_text(open + row("02/02/2026 08:15:30"));
  EXPECT_EQ(both.rows, (Rows{"bad row 1 line 0 : holds a date of which nobody can say whether the "
                             "day or the month comes first: say --dates day-first or --dates "
                             "month-first",
                             read_as("2026-02-02T08:15:30Z")}));
  ASSERT_EQ(both.tally.remarks.size(), 1u);
  EXPECT_EQ(both.tally.remarks[0],
            "rows that were not read: 1; whether the day or the month comes first in dates such as "
            "'01/10/2026 08:15:30' is in no row of the file, so say --dates day-first or --dates "
            "month-first");
  Options options;
  options.dates = DateOrder::day_first;
  EXPECT_EQ(read_text(open, options).rows, Rows{read_as("2026-10-01T08:15:30Z")});
  options.dates = DateOrder::month_first;
  EXPECT_EQ(read_text(open, options).rows, Rows{read_as("2026-01-10T08:15:30Z")});
}

// A day late in the month may come last: everything before it waits, and keeps its order.
TEST_F(TraceReader, RowsThatWaitForTheirDateAreToldInOrder) {
  std::string text = "Received,SenderAddress,RecipientAddress\n";
  Rows expected;
  for (int i = 0; i < 3000; ++i) {
    const int day = 1 + i % 12;
    text += (day < 10 ? "0" : "") + std::to_string(day) + "/10/2026 08:15:30,a" +
            std::to_string(i) + "@contoso.com,ann@contoso.com\n";
    expected.push_back("?(a" + std::to_string(i) + "@contoso.com) -> contoso.com ip ? auth? at " +
                       "2026-10-" + (day < 10 ? "0" : "") + std::to_string(day) + "T08:15:30Z");
  }
  text += "13/10/2026 08:15:30,b@contoso.com,ann@contoso.com\n";
  expected.push_back("?(b@contoso.com) -> contoso.com ip ? auth? at 2026-10-13T08:15:30Z");
  EXPECT_EQ(read_text(text).rows, expected);
}

TEST_F(TraceReader, TheUserMaySayThatTheSenderAddressIsTheEnvelopeSender) {
  Options options;
  options.sender_address_is_envelope = true;
  const Outcome out = read_text(
      "Received,SenderAddress,RecipientAddress,FromIP\n"
      "2026-10-01T08:15:30Z,<>,ann@contoso.com,203.0.113.7\n"
      "2026-10-01T08:15:30Z,Scan@Contoso.com,ann@contoso.com,2001:db8::7\n",
      options);
  EXPECT_EQ(out.rows,
            (Rows{"<> -> contoso.com ip 203.0.113.7 auth? at 2026-10-01T08:15:30Z",
                  "contoso.com -> contoso.com ip 2001:db8::7 auth? at 2026-10-01T08:15:30Z"}));
}

TEST_F(TraceReader, AnswerOfTheAdminInterface) {
  const Outcome out = read_text(
      R"({"@odata.context":"x","@adminapi.warnings":[],"value":[
{"MessageTraceId":"aaaa","MessageTraceId@data.type":"System.Guid","MessageId":"<1@mfp>",
 "Received":"2026-10-01T08:15:30.1234567Z","Received@data.type":"System.DateTime",
 "SenderAddress":"scan@contoso.com","RecipientAddress":"ann@contoso.com",
 "FromIP":"203.0.113.7","ToIP":null,"Subject":"Scan","Status":"Quarantined","Size":900}]})");
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.rows, (Rows{"?(scan@contoso.com) -> contoso.com ip 203.0.113.7 auth? at "
                            "2026-10-01T08:15:30Z"}));
  EXPECT_EQ(name_of(out.tally.format), "message-trace-json");
  EXPECT_FALSE(out.tally.incomplete);
}

TEST_F(TraceReader, AnswerOfGraphThatHasAFollowingPage) {
  const std::string row =
      R"({"id":"aaaa","senderAddress":"scan@contoso.com","recipientAddress":"ann@contoso.com",)"
      R"("messageId":"<1@mfp>","receivedDateTime":"2026-10-01T08:15:30Z","subject":"Scan",)"
      R"("size":900,"fromIP":"203.0.113.7","toIP":"","status":"delivered"})";
  const Rows expected{
      "?(scan@contoso.com) -> contoso.com ip 203.0.113.7 auth? at "
      "2026-10-01T08:15:30Z"};
  Outcome out = read_text(R"({"@odata.nextLink":"https://…","value":[)" + row + "]}");
  EXPECT_EQ(out.rows, expected);
  EXPECT_TRUE(out.tally.incomplete);
  out = read_text(R"({"value":[)" + row + R"(],"@odata.nextLink":"https://…"})");
  EXPECT_TRUE(out.tally.incomplete);
  out = read_text(R"({"value":[)" + row + R"(],"@odata.nextLink":null})");
  EXPECT_FALSE(out.tally.incomplete);
  out = read_text(R"({"value":[)" + row + R"(],"@adminapi.warnings":["There are more results"]})");
  EXPECT_TRUE(out.tally.incomplete);
  EXPECT_EQ(read_text(row + "\n").rows, expected);
}

const std::string detail_header = "MessageTraceId,MessageId,Date,Event,Action,Detail,Data\n";

TEST_F(TraceReader, DetailsOfATraceHoldEnvelopeSenderAddressAndConnector) {
  const Outcome out = read_text(
      detail_header +
      "aaaa,<1@mfp>,2026-10-01T08:15:30Z,Receive,,,\"<root><MEP Name=\"\"ConnectorId\"\" "
      "String=\"\"AM1PR01MB1\\Default AM1PR01MB1\"\"/><MEP Name=\"\"ReturnPath\"\" "
      "String=\"\"scan@contoso.com\"\"/><MEP Name=\"\"CustomData\"\" "
      "Blob=\"\"S:x=1;ProxiedClientIPAddress=203.0.113.7;ProxiedClientHostname=mfp;\"\"/>"
      "</root>\"\n"
      "bbbb,<2@x>,2026-10-01T08:15:31Z,Receive,,,\"<root><MEP Name=\"\"ConnectorId\"\" "
      "String=\"\"News mailer\"\"/><MEP Name=\"\"ReturnPath\"\" String=\"\"<>\"\"/></root>\"\n"
      "cccc,<3@x>,2026-10-01T08:15:32Z,Receive,,,\"<root><MEP Name=\"\"ConnectorId\"\" "
      "String=\"\"AM1\\Client Proxy AM1\"\"/></root>\"\n"
      "eeee,<5@x>,2026-10-01T08:15:32Z,Receive,,,\"<root><MEP Name=\"\"ConnectorId\"\" "
      "String=\"\"AM1\\Default AM1\"\"/><MEP Name=\"\"ReturnPath\"\" "
      "String=\"\"scan@contoso.com\"\"/></root>\"\n"
      "aaaa,<1@mfp>,2026-10-01T08:15:33Z,Deliver,,,<root/>\n"
      "aaaa,<1@mfp>,2026-10-01T08:15:33Z,Spam,,,\"<root><MEP Name=\"\"SCL\"\" "
      "Integer=\"\"5\"\"/></root>\"\n"
      "dddd,<4@x>,2026-10-01T08:15:34Z,Receive,,,<root><MEP\n"
      ",,2026-10-01T08:15:34Z,Receive,,,<root/>\n");
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.rows, (Rows{"contoso.com -> ? ip 203.0.113.7 default at 2026-10-01T08:15:30Z",
                            "<> -> ? ip ? connector News mailer at 2026-10-01T08:15:31Z",
                            "? -> ? ip ? signed-in at 2026-10-01T08:15:32Z",
                            "contoso.com -> ? ip ? auth? default at 2026-10-01T08:15:32Z",
                            "not relevant 1", "? -> ? ip ? auth? at 2026-10-01T08:15:33Z",
                            "bad row 7 line 8 Data: is no XML of properties (MEP)",
                            "bad row 8 line 9 MessageTraceId: is empty, and so is MessageId"}));
  EXPECT_EQ(name_of(out.tally.format), "message-trace-detail-csv");
}

TEST_F(TraceReader, EntitiesThatADocumentDefinesItselfAreNotExpanded) {
  std::string bomb = "<!DOCTYPE root [<!ENTITY a \"\"aaaaaaaaaaaaaaaa\"\">";
  for (int i = 0; i < 20; ++i)
    bomb += "<!ENTITY b" + std::to_string(i) + " \"\"&a;&a;&a;\"\">";
  const Outcome out = read_text(detail_header + "aaaa,,2026-10-01T08:15:30Z,Receive,,,\"" + bomb +
                                "]><root><MEP Name=\"\"ReturnPath\"\" "
                                "String=\"\"&b19;@contoso.com\"\"/></root>\"\n");
  EXPECT_EQ(out.rows, (Rows{"contoso.com -> ? ip ? auth? at 2026-10-01T08:15:30Z"}));
}

// Names as a mail reads them.
struct Names final : Sink {
  std::vector<std::string> names;
  void message(const Message& m) override {
    names.push_back("helo=" + std::string(m.helo) + " ptr=" + std::string(m.client_hostname) +
                    " trace id=" + std::string(m.network_message_id) +
                    " message id=" + std::string(m.message_id));
  }
  void not_relevant(NotRelevant) override {}
  void bad(const BadRow&) override {}
};

// "id" identifies the record of the detail (learn.microsoft.com, exchangeMessageTraceDetail), and
// ProxiedClientHostname is what the client called itself.
TEST_F(TraceReader, ADetailNamesTheClientAsItGreetedAndGraphsIdIsNotTheMessages) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("postern-detail-" + std::to_string(std::random_device{}()));
  std::ofstream(file) << R"({"value":[{"id":"cccc","messageId":"<1@mfp>","event":"Receive","data":)"
                         R"("<root><MEP Name=\"CustomData\" Blob=\"S:ProxiedClientIPAddress=)"
                         R"(203.0.113.7;S:ProxiedClientHostname=[127.0.0.1];\"/></root>"}]})";
  Names sink;
  const auto tally = read(file.string(), {}, sink);
  std::filesystem::remove(file);
  ASSERT_TRUE(tally) << tally.error().line();
  EXPECT_EQ(sink.names,
            std::vector<std::string>{"helo=[127.0.0.1] ptr= trace id= message id=<1@mfp>"});
}

TEST_F(TraceReader, DetailsAsJson) {
  const Outcome out = read_text(
      R"({"value":[{"messageId":"<1@mfp>","id":"aaaa","dateTime":"2026-10-01T08:15:30Z",)"
      R"("event":"Receive","action":"","description":"","data":"<root><MEP Name=\"ReturnPath\" )"
      R"(String=\"scan@contoso.com\"/></root>"}]})");
  EXPECT_EQ(out.rows, (Rows{"contoso.com -> ? ip ? auth? at 2026-10-01T08:15:30Z"}));
  EXPECT_EQ(name_of(out.tally.format), "message-trace-detail-json");
}

TEST_F(TraceReader, TrackingLogNamesAllRecipientsInOneRow) {
  const Outcome out = read_text(
      "#Software: Microsoft Exchange Server\r\n#Version: 15.02.1118.026\r\n"
      "#Log-type: Message Tracking Log\r\n#Date: 2026-10-01T08:00:00.000Z\r\n"
      "#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,"
      "connector-id,source,event-id,internal-message-id,message-id,network-message-id,"
      "recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,"
      "reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,"
      "original-client-ip,original-server-ip,custom-data\r\n"
      "2026-10-01T08:15:30.123Z,10.0.0.9,mfp,10.0.0.1,EX1,x,EX1\\Relay,SMTP,RECEIVE,1,<1@mfp>,aaaa,"
      "ann@contoso.com;bob@contoso.com;nobody,,900,2,,,Scan,scan@contoso.com,scan@contoso.com,,"
      "Incoming,,203.0.113.7,,\r\n"
      "2026-10-01T08:15:31.123Z,,,,EX1,,,STOREDRIVER,DELIVER,1,<1@mfp>,aaaa,ann@contoso.com,,900,"
      "1,,,Scan,scan@contoso.com,scan@contoso.com,,Incoming,,,,\r\n"
      "2026-10-01T08:15:32.123Z,10.0.0.8,pc,10.0.0.1,EX1,x,EX1\\Client,SMTP,RECEIVE,2,<2@x>,bbbb,"
      "bob@contoso.com,,900,1,,,Hi,ann@contoso.com,ann@contoso.com,,Originating,,10.0.0.8,,\r\n");
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.rows,
            (Rows{"contoso.com -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z",
                  "contoso.com -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z",
                  "bad row 1 line 6 recipient-address: is no mail address", "not relevant 1",
                  "contoso.com -> contoso.com ip 10.0.0.8 auth? at 2026-10-01T08:15:32Z"}));
  EXPECT_EQ(name_of(out.tally.format), "message-tracking-log");
}

const std::string tracking_log_start =
    "#Software: Microsoft Exchange Server\r\n#Version: 15.02.1118.026\r\n"
    "#Log-type: Message Tracking Log\r\n#Date: 2026-10-01T08:00:00.000Z\r\n";

TEST_F(TraceReader, TrackingLogsInOneFileKeepEachItsOwnColumns) {
  const Outcome out = read_text(
      tracking_log_start +
      "#Fields: date-time,client-ip,source,event-id,message-id,recipient-address,sender-address,"
      "return-path,directionality\r\n"
      "2026-10-01T08:15:30.123Z,203.0.113.7,SMTP,RECEIVE,<1@mfp>,ann@contoso.com,"
      "scan@contoso.com,scan@contoso.com,Incoming\r\n" +
      tracking_log_start +
      "#Fields: date-time,event-id,source,client-ip,return-path,sender-address,recipient-address,"
      "message-id,directionality,tenant-id\r\n"
      "2026-10-01T09:15:30.123Z,RECEIVE,SMTP,203.0.113.8,bounce@adatum.com,scan@contoso.com,"
      "bob@fabrikam.com,<2@mfp>,Incoming,\r\n"
      "2026-10-01T09:15:31.123Z,RECEIVE,SMTP\r\n");
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.rows, (Rows{"contoso.com -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z",
                            "adatum.com -> fabrikam.com ip 203.0.113.8 at 2026-10-01T09:15:30Z",
                            "bad row 3 line 13 : has 3 fields where the header has 10"}));
}

TEST_F(TraceReader, AFurtherLogWithoutANeededColumnEndsTheReading) {
  const Outcome out =
      read_text(tracking_log_start +
                "#Fields: date-time,source,event-id,recipient-address,sender-address\r\n"
                "2026-10-01T08:15:30.123Z,SMTP,RECEIVE,ann@contoso.com,scan@contoso.com\r\n"
                "#Fields: date-time,source,recipient-address,sender-address\r\n");
  EXPECT_EQ(out.rows.size(), 1u);
  EXPECT_EQ(out.error,
            "x:7: has no column event-id; add event-id to the query or export all columns");
}

TEST_F(TraceReader, ABadRecipientDoesNotCostTheOthers) {
  const std::string header =
      "Timestamp,ClientIp,Source,EventId,Sender,ReturnPath,Recipients,NetworkMessageId,"
      "Directionality\n";
  const std::string start =
      "2026-10-01T08:15:30Z,203.0.113.7,SMTP,RECEIVE,scan@contoso.com,"
      "scan@contoso.com,";
  EXPECT_EQ(read_text(header + start + "nobody;ann@contoso.com,aaaa,Incoming\n").rows,
            (Rows{"bad row 1 line 2 recipient-address: is no mail address",
                  "contoso.com -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z"}));
  // What is wrong with the row itself is told once.
  EXPECT_EQ(read_text(header + "noon,203.0.113.7,SMTP,RECEIVE,scan@contoso.com,scan@contoso.com,"
                               "ann@contoso.com;bob@contoso.com,aaaa,Incoming\n")
                .rows,
            Rows{"bad row 1 line 2 date-time: is no time"});
}

TEST_F(TraceReader, TheSecondServerThatAMessagePassesIsNoSecondArrival) {
  const std::string header =
      "Timestamp,ClientIp,Source,EventId,Sender,ReturnPath,Recipients,NetworkMessageId,"
      "Directionality\n";
  const std::string row =
      ",SMTP,RECEIVE,scan@contoso.com,scan@contoso.com,ann@contoso.com,aaaa,"
      "Incoming\n";
  EXPECT_EQ(read_text(header + "2026-10-01T08:15:30Z,203.0.113.7" + row +
                      "2026-10-01T08:15:31Z,10.0.0.2" + row)
                .rows,
            (Rows{"contoso.com -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z",
                  "not relevant 2"}));
}

TEST_F(TraceReader, TrackingLogOfTheCmdlet) {
  const std::string start =
      R"([{"Timestamp":"2026-10-01T08:15:30Z","ClientIp":"203.0.113.7","Source":"SMTP",)"
      R"("EventId":"RECEIVE","MessageId":"<1@mfp>","Sender":"scan@contoso.com",)"
      R"("ReturnPath":"scan@contoso.com","Directionality":"Incoming","Recipients":)";
  EXPECT_EQ(read_text(start + R"(["ann@contoso.com","bob@fabrikam.com"]}])").rows,
            (Rows{"contoso.com -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z",
                  "contoso.com -> fabrikam.com ip 203.0.113.7 at 2026-10-01T08:15:30Z"}));
  for (const char* type : {"System.String[]", "System.Collections.ArrayList"}) {
    const Rows spoiled = read_text(start + "\"" + type + "\"}]").rows;
    ASSERT_EQ(spoiled.size(), 1u);
    EXPECT_NE(spoiled[0].find(std::string("is '") + type + "': export with"), std::string::npos);
  }
}

TEST_F(TraceReader, ConnectorReportWithoutAConnectorSaysThatNoneMatched) {
  const Outcome out = read_text(
      "date_time_utc,message_id,network_message_id,sender_address,recipient_address,connector_name,"
      "original_client_ip,tls_version\n"
      "2026-10-01 08:15:30,<1@mfp>,aaaa,scan@contoso.com,ann@contoso.com,,203.0.113.7,\n"
      "2026-10-01 08:15:31,<2@mfp>,bbbb,scan@contoso.com,ann@contoso.com,News mailer,203.0.113.8,"
      "\n");
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.rows, (Rows{"?(scan@contoso.com) -> contoso.com ip 203.0.113.7 default at "
                            "2026-10-01T08:15:30Z",
                            "?(scan@contoso.com) -> contoso.com ip 203.0.113.8 connector News "
                            "mailer at 2026-10-01T08:15:31Z"}));
  EXPECT_EQ(name_of(out.tally.format), "connector-report");
}

TEST_F(TraceReader, ConnectorReportWithoutThatColumnSaysNothingOfConnectors) {
  EXPECT_EQ(read_text("sender_address,recipient_address\nscan@contoso.com,ann@contoso.com\n").rows,
            (Rows{"?(scan@contoso.com) -> contoso.com ip ? auth?"}));
}

TEST_F(TraceReader, ChangeOpticsListsDirectSend) {
  const Outcome out = read_text(
      "Scenario,Date,Sender address,Recipient address,Sender IP,Message ID,Subject\n"
      "DRS,2026-10-01T08:15:30Z,scan@contoso.com,ann@contoso.com,203.0.113.7,<1@mfp>,Scan\n"
      "TLS 1.0,2026-10-01T08:15:30Z,x@fabrikam.com,ann@contoso.com,203.0.113.8,<2@x>,Hi\n");
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.rows,
            (Rows{"contoso.com -> contoso.com ip 203.0.113.7 default at 2026-10-01T08:15:30Z",
                  "not relevant 1"}));
  EXPECT_EQ(name_of(out.tally.format), "change-optics");
}

}  // namespace
}  // namespace postern::evidence

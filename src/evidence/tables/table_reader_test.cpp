#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/detect.hpp"
#include "evidence/reader.hpp"
#include "evidence/testing/tables.hpp"

namespace postern::evidence {
namespace {

const std::string events_header =
    "Timestamp,SenderMailFromAddress,SenderMailFromDomain,SenderIPv4,SenderIPv6,"
    "RecipientEmailAddress,EmailDirection,Connectors,AuthenticationDetails\n";

TEST_F(TableReader, EmailEventsCsv) {
  const Outcome out = read_text(
      events_header +
      "2026-10-01T08:15:30.1234567Z,scan@contoso.com,Contoso.com,203.0.113.7,,Ann@Contoso.com,"
      "Inbound,,\"{\"\"SPF\"\":\"\"fail\"\"}\"\r\n"
      "2026-10-01T08:15:31Z,,,203.0.113.8,,ann@contoso.com,Inbound,,\n"
      "2026-10-01T08:15:32Z,ann@contoso.com,contoso.com,,2001:db8::1,bob@contoso.com,Intra-org,,\n"
      "2026-10-01T08:15:33Z,ann@contoso.com,contoso.com,,,bob@adatum.com,Outbound,,\n"
      "2026-10-01T08:15:34Z,news@contoso.com,,198.51.100.1,,ann@contoso.com,Inbound,News "
      "mailer,\n");
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.rows,
            (Rows{"contoso.com -> contoso.com ip 203.0.113.7 default at 2026-10-01T08:15:30Z",
                  "<> -> contoso.com ip 203.0.113.8 default at 2026-10-01T08:15:31Z",
                  "contoso.com -> contoso.com ip 2001:db8::1 signed-in default at "
                  "2026-10-01T08:15:32Z",
                  "not relevant 0",
                  "contoso.com -> contoso.com ip 198.51.100.1 connector News mailer at "
                  "2026-10-01T08:15:34Z"}));
  EXPECT_EQ(name_of(out.tally.format), "email-events-csv");
}

// "Intra-org" alone is no sign-in: mail over a connector is called so, and Direct Send as well.
TEST_F(TableReader, MailWithinTheOrganisationIsSignedInUnlessMoreIsRecordedOfIt) {
  const auto row = [&](std::string_view connector, std::string_view results) {
    std::string quoted;
    for (const char c : results)
      quoted += c == '"' ? "\"\"" : std::string(1, c);
    const Outcome out =
        read_text(events_header +
                  "2026-10-01T08:15:32Z,ann@contoso.com,contoso.com,203.0.113.7,,bob@contoso.com,"
                  "Intra-org," +
                  std::string(connector) + ",\"" + quoted + "\"\n");
    return out.rows.empty() ? out.error : out.rows.front();
  };
  const auto is_signed_in = [&](std::string_view connector, std::string_view results) {
    return row(connector, results).find("signed-in") != std::string::npos;
  };
  EXPECT_TRUE(is_signed_in("", R"({"DKIM":"none","DMARC":"none"})"));
  EXPECT_FALSE(is_signed_in("Scan relay", R"({"DKIM":"none","DMARC":"none"})"));
  EXPECT_FALSE(
      is_signed_in("", R"({"SPF":"fail","DKIM":"none","DMARC":"none","CompAuth":"fail"})"));
  EXPECT_FALSE(is_signed_in("", R"({"DKIM":"none","CompAuth":"fail"})"));
  EXPECT_FALSE(is_signed_in("", R"({"SPF":"pass","DKIM":"none","CompAuth":"pass"})"));
}

TEST_F(TableReader, BadRowsAreCountedAndLocated) {
  const Outcome out =
      read_text(events_header +
                "yesterday,a@contoso.com,contoso.com,,,ann@contoso.com,Inbound,,\n"
                "2026-10-01T08:15:30Z,a@contoso.com,contoso.com,1.2.3,,ann@contoso.com,Inbound,,\n"
                "2026-10-01T08:15:30Z,a@contoso.com,contoso.com,,,nobody,Inbound,,\n"
                "too,few\n"
                "2026-10-01T08:15:30Z,a@contoso.com,contoso.com,,,ann@contoso.com,Sideways,,\n"
                "2026-10-01T08:15:30Z,a@contoso.com,\"con\ntoso\",,,ann@contoso.com,Inbound,,\n"
                "2026-10-01T08:15:30Z,a@contoso.com,contoso.com,,,ann@contoso.com,Inbound,,pass\n");
  EXPECT_EQ(out.rows, (Rows{"bad row 1 line 2 Timestamp: is no time",
                            "bad row 2 line 3 SenderIPv4: is no IP address",
                            "bad row 3 line 4 RecipientEmailAddress: is no mail address",
                            "bad row 4 line 5 : has 2 fields where the header has 9",
                            "bad row 5 line 6 EmailDirection: is neither Inbound, Outbound nor "
                            "Intra-org",
                            "bad row 6 line 7 SenderMailFromDomain: is no domain name",
                            "bad row 7 line 9 AuthenticationDetails: is no JSON object"}));
  EXPECT_EQ(out.tally.bad, 7u);
}

const std::string event_object =
    R"({"Timestamp":"2026-10-01T08:15:30Z","SenderMailFromAddress":"a@contoso.com",)"
    R"("SenderIPv4":"203.0.113.7","RecipientEmailAddress":"ann@contoso.com",)"
    R"("EmailDirection":"Inbound","Connectors":"","AuthenticationDetails":"{\"SPF\":\"pass\"}"})";
const std::string event_row =
    "contoso.com -> contoso.com ip 203.0.113.7 default at 2026-10-01T08:15:30Z";

TEST_F(TableReader, EmailEventsJsonInEveryWrapping) {
  EXPECT_EQ(read_text("[" + event_object + ",\n" + event_object + "]").rows,
            (Rows{event_row, event_row}));
  EXPECT_EQ(read_text(R"({"Stats":{"n":[1]},"Schema":[{"Name":"Timestamp"}],"Results":[)" +
                      event_object + "]}")
                .rows,
            Rows{event_row});
  EXPECT_EQ(read_text(R"({"@odata.context":"x","value":[)" + event_object + "]}").rows,
            Rows{event_row});
  const Outcome lines = read_text(event_object + "\n\n" + event_object + "\ngarbage\n");
  EXPECT_EQ(lines.rows, (Rows{event_row, event_row, "bad row 3 line 4 : is no JSON object"}));
  EXPECT_EQ(name_of(lines.tally.format), "email-events-jsonl");
  EXPECT_EQ(
      read_text("[{\"EmailDirection\":\"Inbound\",\"SenderMailFromAddress\":\"a@b.c\"}]").rows,
      Rows{"bad row 1 line 1 : has no Timestamp"});
}

TEST_F(TableReader, TruncatedJsonSaysWhere) {
  EXPECT_EQ(read_text("[" + event_object + ",\n" + event_object.substr(0, 40)).error,
            "x:2:1: ends in the middle of row 2; the export was cut short; make it again");
  EXPECT_EQ(read_text("[" + event_object + "\n").error,
            "x:2:1: ends after row 1 without closing its list; the export was cut short; make it "
            "again");
}

const std::string extended_header =
    "date_time_utc,client_ip,client_hostname,connector_id,source,event_id,recipient_address,"
    "sender_address,return_path,directionality,original_client_ip,custom_data\r\n";
const std::string extended_rows =
    "2026-10-01T08:15:30Z,10.0.0.1,SRV01,SRV01\\Default SRV01,SMTP,RECEIVE,ann@contoso.com,"
    "ceo@contoso.com,bounce@adatum.com,Incoming,203.0.113.7,"
    "\"S:SFA=SUM|SFV=SPM|H=mail.example|CIP=203.0.113.7|CTRY=DE;S:AMA=x\"\r\n"
    "2026-10-01T08:15:31Z,,,,STOREDRIVER,DELIVER,ann@contoso.com,ceo@contoso.com,"
    "bounce@adatum.com,Incoming,,\r\n"
    "2026-10-01T08:15:32Z,,,SRV01\\Scan relay,SMTP,RECEIVE,ann@contoso.com,scan@contoso.com,<>,"
    "Incoming,203.0.113.9,\r\n"
    "2026-10-01T08:15:33Z,,,,SMTP,RECEIVE,ann@contoso.com,scan@contoso.com,scan@contoso.com,"
    "Originating,203.0.113.9,\r\n";
const Rows extended_expected = {
    "adatum.com -> contoso.com ip 203.0.113.7 default at 2026-10-01T08:15:30Z",
    "not relevant 1",
    "<> -> contoso.com ip 203.0.113.9 connector Scan relay at 2026-10-01T08:15:32Z",
    "contoso.com -> contoso.com ip 203.0.113.9 signed-in at 2026-10-01T08:15:33Z",
};

TEST_F(TableReader, HistoricalExtendedCsv) {
  EXPECT_EQ(read_text(extended_header + extended_rows).rows, extended_expected);
}

TEST_F(TableReader, HistoricalSearchIsUtf16WithoutAMark) {
  std::string utf16;
  for (const char c : extended_header + extended_rows)
    utf16 += {c, '\0'};
  const Outcome out = read_text(utf16);
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.rows, extended_expected);
}

TEST_F(TableReader, HistoricalSummaryDoesNotTellTheEnvelopeSender) {
  const std::string text =
      "origin_timestamp_utc,sender_address,recipient_status,message_subject,original_client_ip,"
      "directionality\n"
      "2026-10-01T08:15:30Z,scan@contoso.com,\"ann@contoso.com##Receive, "
      "Deliver;bob@contoso.com##Receive, Fail\",\"Scan, page 1\",203.0.113.7,1\n";
  EXPECT_EQ(read_text(text).rows,
            (Rows{"?(scan@contoso.com) -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z",
                  "?(scan@contoso.com) -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z"}));
  Options options;
  options.sender_address_is_envelope = true;
  EXPECT_EQ(read_text(text, options).rows,
            (Rows{"contoso.com -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z",
                  "contoso.com -> contoso.com ip 203.0.113.7 at 2026-10-01T08:15:30Z"}));
}

TEST_F(TableReader, OtherSeparatorsAndPreamblesAreSeen) {
  std::string text = events_header +
                     "2026-10-01T08:15:30Z,a@contoso.com,,203.0.113.7,,"
                     "ann@contoso.com,Inbound,,\n";
  std::replace(text.begin(), text.end(), ',', ';');
  EXPECT_EQ(read_text("\xef\xbb\xbfsep=;\r\n" + text).rows, Rows{event_row});
}

TEST_F(TableReader, BadFilesAreOneClearLine) {
  EXPECT_EQ(read_text("").error, "x: is empty; export the evidence again");
  EXPECT_EQ(read_text("a,b,c\n1,2,3\n")
                .error.find("x: is a table of no known format (its columns: "
                            "a,b,c); Postern reads"),
            0u);
  EXPECT_EQ(read_text("SenderMailFromAddress,RecipientEmailAddress\n").error,
            "x:1: has no column Timestamp; add Timestamp to the query or export all columns");
  EXPECT_EQ(read_text("SenderAddress,RecipientAddress,MessageTraceId\n").error,
            "x:1: has no column Received; add Received to the query or export all columns");
  EXPECT_EQ(read_text(std::string(100, '\0')).error.find("x: holds NUL bytes"), 0u);
  EXPECT_EQ(read_text("[{\"a\":1}]").error.find("x: is JSON, but not of evidence"), 0u);
  EXPECT_EQ(read_text(events_header + "2026,\"never closed\n").error,
            "x:2:6: a quote opens here and never closes; the file was cut short or is damaged; "
            "export it again");
  Options options;
  options.longest_row = 1000;
  EXPECT_EQ(read_text(events_header + std::string(300000, 'x'), options).error,
            "x:2: a row is longer than 1000 octets; is this a text file of the named format?");
  Collected sink;
  EXPECT_EQ(read("/nonexistent", {}, sink).error().line(),
            "/nonexistent: can't be read (No such file or directory); check the path");
  EXPECT_EQ(expand("/nonexistent").error().line(),
            "/nonexistent: can't be read (No such file or directory); check the path");
}

// Which of the two would count, the file does not tell. Columns that no format asks for may come
// as often as they like, and so may one column under two of its names.
TEST_F(TableReader, AColumnThatStandsTwiceIsRefused) {
  const auto error_of = [&](const std::string& column) {
    return read_text(column + "," + events_header).error;
  };
  EXPECT_EQ(error_of("SenderMailFromDomain"),
            "x:1: has two columns SenderMailFromDomain; keep the one that is meant");
  EXPECT_EQ(error_of("senderipv4"), "x:1: has two columns senderipv4; keep the one that is meant");
  EXPECT_EQ(error_of("Urls,Urls"), "");
  EXPECT_EQ(error_of("TimeGenerated"), "");
}

TEST_F(TableReader, TablesThatTellTooLittleAreAnsweredWithTheBetterOne) {
  EXPECT_EQ(read_text("SenderIPv4,count_\n203.0.113.7,9\n").error,
            "x: counts addresses and names no sender (Microsoft's second hunting query); run the "
            "first query, which lists the messages (docs/evidence.md)");
  EXPECT_EQ(read_text("Date,Sender,Recipient,Subject,Status\nx,a@b.c,d@e.f,s,Delivered\n")
                .error.find("x: holds no message ids and no addresses"),
            0u);
  EXPECT_EQ(read_text("Date,Connector direction and name,Forced TLS?,Volume\nx,y,z,1\n")
                .error.find("x: holds sums alone"),
            0u);
}

TEST_F(TableReader, FilesThatAreNoEvidenceAsTheyAreAreNamed) {
  EXPECT_EQ(read_text("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + std::string(600, '\0'))
                .error.find("x: is an Outlook message (.msg) or an old Office file; save the mail"),
            0u);
  EXPECT_EQ(read_text("PK\x03\x04" + std::string(26, '\0') + "[Content_Types].xml" +
                      std::string(600, 'x'))
                .error,
            "x: is an Office file (.xlsx, .docx); save the table as CSV UTF-8");
  EXPECT_EQ(read_text("Obj\x01\x04\x14"
                      "avro.schema\x00")
                .error.find("x: is an Avro file"),
            0u);
}

struct Deliveries final : Sink {
  std::vector<Delivery> all;
  void message(const Message& m) override { all.push_back(m.delivery); }
  void not_relevant(NotRelevant) override {}
  void bad(const BadRow&) override {}
};

// Zero-hour auto purge moves what was delivered; what the mailbox's owner moves is no judgement.
TEST_F(TableReader, WhatExchangeTookBackLaterIsWantedNoMoreThanWhatItHeldBackAtOnce) {
  const auto deliveries = [&](const std::string& text) {
    const std::string path = (folder_ / "x").string();
    std::ofstream(path, std::ios::binary) << text;
    Deliveries sink;
    const auto tally = read(path, {}, sink);
    EXPECT_TRUE(tally) << tally.error().line();
    return sink.all;
  };
  const std::string row = "2026-10-01T08:15:30Z,scan@contoso.com,ann@contoso.com,Inbound,";
  EXPECT_EQ(
      deliveries("Timestamp,SenderMailFromAddress,RecipientEmailAddress,EmailDirection,"
                 "DeliveryAction,DeliveryLocation,LatestDeliveryAction,LatestDeliveryLocation\n" +
                 row + "Delivered,Inbox/folder,Delivered,Inbox/folder\n" +   //
                 row + "Delivered,Inbox/folder,Blocked,Quarantine\n" +       //
                 row + "Delivered,Inbox/folder,Delivered,Junk folder\n" +    //
                 row + "Delivered,Inbox/folder,Delivered,Deleted items\n" +  //
                 row + "Blocked,Quarantine,Delivered,Inbox/folder\n" +       //
                 row + "Blocked,Quarantine,,\n"),
      (std::vector{Delivery::inbox, Delivery::quarantine, Delivery::junk, Delivery::inbox,
                   Delivery::quarantine, Delivery::quarantine}));
  EXPECT_EQ(deliveries("\"Email date (UTC)\",Recipients,\"Sender mail from address\",\"Delivery "
                       "action\",\"Original delivery location\",\"Latest delivery location\"\n"
                       "\"Oct 1, 2026 7:12:33 AM\",ann@contoso.com,scan@contoso.com,Delivered,"
                       "Inbox,Quarantine\n"),
            std::vector{Delivery::quarantine});
  EXPECT_EQ(deliveries(R"({"value":[{"loggedDateTime":"2026-09-30T07:12:33Z",)"
                       R"("networkMessageId":"n","senderDetail":{"ipv4":"203.0.113.9"},)"
                       R"("recipientEmailAddress":"ann@contoso.com",)"
                       R"("returnPath":"scan@contoso.com","directionality":"inbound",)"
                       R"("originalDelivery":{"action":"delivered","location":"inbox_folder"},)"
                       R"("latestDelivery":{"action":"blocked","location":"quarantine"}}]})"),
            std::vector{Delivery::quarantine});
}

TEST_F(TableReader, AHeaderAloneIsNoRowsAndNoFault) {
  const Outcome out = read_text(events_header);
  EXPECT_EQ(out.error, "");
  EXPECT_EQ(out.tally.rows, 0u);
}

TEST(Formats, NamesReadBack) {
  for (const Format format : all_formats()) {
    EXPECT_EQ(*parse_format(name_of(format)), format);
    EXPECT_FALSE(describe(format).empty());
  }
  EXPECT_NE(parse_format("xml").error().remedy.find("email-events-csv"), std::string::npos);
}

}  // namespace
}  // namespace postern::evidence

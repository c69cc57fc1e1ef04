#include "evidence/envelope_sender.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/testing/tables.hpp"

namespace postern::evidence {
namespace {

using State = policy::ReversePath::State;

TEST(EnvelopeSenderText, IsAnAddressTheNullPathOrNobody) {
  const auto told = [](std::string_view text) {
    const EnvelopeSender sender = envelope_sender(text);
    return sender.state == State::null ? std::string("<>")
           : sender.state == State::unknown
               ? std::string("?")
               : std::string(sender.address) + " at " + std::string(sender.domain);
  };
  EXPECT_EQ(told(""), "<>");
  EXPECT_EQ(told(" <> "), "<>");
  EXPECT_EQ(told("scan@contoso.com"), "scan@contoso.com at contoso.com");
  EXPECT_EQ(told("<scan@contoso.com>"), "scan@contoso.com at contoso.com");
  EXPECT_EQ(told("scan@[203.0.113.9]"), "scan@[203.0.113.9] at ");
  for (const char* nobody : {"N/A", "null", "-", "unknown", "*****", "REDACTED", "scan", "scan@",
                             "contoso.com", "{\"a\":1}", "=?utf-8?q?scan=40contoso.com?="}) {
    EXPECT_EQ(told(nobody), "?") << nobody;
  }
}

struct Source {
  std::string_view format;
  std::string_view text;   // SENDER stands where the envelope sender does
  std::string_view empty;  // what is told of an empty one
  std::string_view null = "<>";
};

// Every kind of evidence, a message each.
const std::vector<Source> sources = {
    {"email-events-csv",
     "Timestamp,SenderMailFromAddress,SenderFromAddress,SenderIPv4,RecipientEmailAddress\n"
     "2026-10-01T08:15:30Z,SENDER,,203.0.113.7,ann@contoso.com\n",
     "<>"},
    {"message-trace-csv",
     "Received,SenderAddress,RecipientAddress,Status,FromIP,MessageId,MessageTraceId\n"
     "2026-10-01T08:15:30Z,SENDER,ann@contoso.com,Delivered,203.0.113.7,<1@x>,1\n",
     "?"},
    {"message-trace-detail-csv",
     "MessageTraceId,MessageId,Date,Event,Action,Detail,Data\n"
     "1,<1@x>,2026-10-01T08:15:30Z,Receive,,,"
     "\"<root><MEP Name=\"\"ReturnPath\"\" String=\"\"SENDER\"\"/></root>\"\n",
     "?"},
    {"historical-extended",
     "date_time_utc,source,event_id,recipient_address,sender_address,return_path\n"
     "2026-10-01T08:15:30Z,SMTP,RECEIVE,ann@contoso.com,N/A,SENDER\n",
     "?(N/A)"},
    {"message-tracking-log",
     "#Fields: date-time,source,event-id,recipient-address,sender-address,return-path\n"
     "2026-10-01T08:15:30Z,SMTP,RECEIVE,ann@contoso.com,N/A,SENDER\n",
     "?(N/A)"},
    {"direct-send-script",
     "DateTime,From,To,ReturnPath\n2026-10-01T08:15:30Z,N/A,ann@contoso.com,SENDER\n", "?(N/A)"},
    {"parsedmarc-csv",
     "xml_schema,source_ip_address,count,envelope_from,header_from,envelope_to,spf_domains,"
     "spf_scopes,spf_results\n1.0,203.0.113.7,1,SENDER,contoso.com,contoso.com,,,\n",
     "?"},
    {"exim",
     "2026-10-01 08:15:30 1abcde-000001-AB <= SENDER H=mfp [203.0.113.7] P=smtp S=1\n"
     "2026-10-01 08:15:31 1abcde-000001-AB => ann <ann@contoso.com> R=local_user T=maildir\n",
     ""},
    {"postfix-syslog",
     "2026-10-01T08:15:29Z mx postfix/smtpd[1]: 4Xk2Qz1ABCzK9: client=mfp[203.0.113.7]\n"
     "2026-10-01T08:15:29Z mx postfix/qmgr[9]: 4Xk2Qz1ABCzK9: from=<SENDER>, size=5, nrcpt=1\n"
     "2026-10-01T08:15:30Z mx postfix/lmtp[3]: 4Xk2Qz1ABCzK9: to=<ann@contoso.com>, relay=mx, "
     "delay=1, dsn=2.0.0, status=sent (250 ok)\n",
     "<>", ""},
    {"eml",
     "Return-Path: SENDER\nReceived: from mfp (mfp [203.0.113.7]) by mx.contoso.com with ESMTP id "
     "1 for <ann@contoso.com>; Thu, 1 Oct 2026 08:15:30 +0000\nSubject: Scan\n\nPage.\n",
     "?"},
};

class EnvelopeSenders : public TableReader {
 protected:
  // What is told of the sender in the only message.
  std::string told(const Source& source, std::string_view sender) {
    std::string text(source.text);
    text.replace(text.find("SENDER"), 6, sender);
    Options options;
    options.format = *parse_format(source.format);
    options.sender_address_is_envelope = true;
    const Outcome out = read_text(text, options);
    if (out.rows.size() != 1) return out.error + " " + std::to_string(out.rows.size()) + " rows";
    return out.rows.front().substr(0, out.rows.front().find(" -> "));
  }
};

TEST_F(EnvelopeSenders, WhatIsNoAddressNamesNobodyInAnyFormat) {
  for (const Source& source : sources) {
    SCOPED_TRACE(source.format);
    EXPECT_EQ(told(source, "scan@Contoso.com"), "contoso.com");
    for (const char* nobody : {"N/A", "null", "-", "unknown", "*****", "REDACTED", "scan"}) {
      const std::string found = told(source, nobody);
      EXPECT_EQ(found.substr(0, 1), "?") << nobody << " is told as " << found;
    }
    if (!source.empty.empty()) {
      EXPECT_EQ(told(source, ""), source.empty);
    }
    const bool is_xml = source.format == "message-trace-detail-csv";
    if (!source.null.empty()) {
      EXPECT_EQ(told(source, is_xml ? "&lt;&gt;" : "<>"), source.null);
    }
  }
}

TEST_F(EnvelopeSenders, TheDomainBesideAnAddressCompletesItOrContradictsIt) {
  const auto row = [&](std::string_view address, std::string_view domain) {
    const Outcome out = read_text(
        "Timestamp,SenderMailFromAddress,SenderMailFromDomain,SenderFromAddress,SenderFromDomain,"
        "RecipientEmailAddress\n2026-10-01T08:15:30Z," +
        std::string(address) + "," + std::string(domain) + ",,NULL,ann@contoso.com\n");
    return out.rows.size() == 1 ? out.rows.front().substr(0, out.rows.front().find(" -> "))
                                : out.error;
  };
  EXPECT_EQ(row("scan@contoso.com", "Contoso.com."), "contoso.com");
  EXPECT_EQ(row("scan@münchen.example", "xn--mnchen-3ya.example"), "xn--mnchen-3ya.example");
  EXPECT_EQ(row("scan@[203.0.113.9]", "[203.0.113.9]"), "");
  for (const char* nobody : {"", "N/A", "null", "REDACTED", "scan@"}) {
    EXPECT_EQ(row(nobody, "contoso.com"), "contoso.com") << nobody;
    EXPECT_EQ(row(nobody, "NULL"), "?") << nobody;
  }
  EXPECT_EQ(row("N/A", ""), "?");
  const std::string contradiction =
      "bad row 1 line 2 SenderMailFromDomain: contradicts SenderMailFromAddress";
  EXPECT_EQ(row("scan@contoso.com", "adatum.com"), contradiction);
  EXPECT_EQ(row("x@adatum.com", "contoso.com"), contradiction);
  EXPECT_EQ(row("<>", "contoso.com"), contradiction);
}

}  // namespace
}  // namespace postern::evidence

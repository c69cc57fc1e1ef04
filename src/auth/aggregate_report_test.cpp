#include "auth/aggregate_report.hpp"

#include <gtest/gtest.h>

namespace postern::auth {
namespace {

std::string report_with(const std::string& org, const std::string& front = "") {
  return front + "<feedback><report_metadata><org_name>" + org +
         "</org_name></report_metadata><record><row><source_ip>192.0.2.1</source_ip><count>3"
         "</count></row></record></feedback>";
}

TEST(AggregateReport, KeepsMetadataAndRecords) {
  const auto report = parse_aggregate_report(
      "<feedback xmlns='urn:ietf:params:xml:ns:dmarc-2.0'><report_metadata><org_name>x</org_name>"
      "<date_range><begin>1</begin><end>2.5</end></date_range></report_metadata>"
      "<policy_published><domain>a.example</domain><np>reject</np><testing>y</testing>"
      "</policy_published><record><row><source_ip>192.0.2.1</source_ip><count>3</count>"
      "<policy_evaluated><reason><type>forwarded</type></reason></policy_evaluated></row>"
      "<auth_results><dkim><selector>s</selector></dkim></auth_results></record></feedback>",
      "x");
  ASSERT_TRUE(report) << report.error().line();
  EXPECT_TRUE(report->metadata.rfc9990);
  EXPECT_EQ(report->metadata.np, "reject");
  EXPECT_EQ(report->metadata.testing, "y");
  EXPECT_EQ(report->metadata.begin, 1);
  EXPECT_EQ(report->metadata.end, 2);
  ASSERT_EQ(report->records.size(), 1u);
  EXPECT_EQ(report->records[0].messages(), 3u);
  EXPECT_EQ(report->records[0].reasons, std::vector<std::string>{"forwarded"});
  EXPECT_EQ(report->records[0].dkim.at(0).selector, "s");
  EXPECT_FALSE(report->records[0].envelope_from);
}

TEST(AggregateReport, ExpandsNoEntityOfADocumentType) {
  const std::string laughs =
      "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY f SYSTEM "
      "\"file:///etc/passwd\">]>";
  const auto report = parse_aggregate_report(report_with("&b;&f;&amp;lt;", laughs), "x");
  ASSERT_TRUE(report) << report.error().line();
  EXPECT_EQ(report->metadata.org_name, "&b;&f;&lt;");
}

TEST(AggregateReport, TakesCharacterDataAndReferences) {
  const auto report =
      parse_aggregate_report(report_with("<![CDATA[a<b&amp;]]>&#65;&#x20AC;&#0;<!-- c -->&"), "x");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->metadata.org_name, "a<b&amp;A€&#0;&");
}

TEST(AggregateReport, BoundsDepthAndText) {
  std::string deep = "<feedback>";
  for (int i = 0; i < 100000; ++i)
    deep += "<a>";
  const auto nested = parse_aggregate_report(deep, "x");
  ASSERT_FALSE(nested);
  EXPECT_EQ(nested.error().what, "is nested too deeply for a report");
  const auto huge = parse_aggregate_report(report_with(std::string(8 << 20, 'x')), "x");
  ASSERT_TRUE(huge);
  EXPECT_EQ(huge->metadata.org_name.size(), 4096u);
  const auto endless = parse_aggregate_report("<feedback a='" + std::string(8 << 20, 'x'), "x");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().what, "has markup that does not end");
}

TEST(AggregateReport, SaysWhatIsWrongAndWhere) {
  const auto fault = [](const std::string& text) {
    const auto report = parse_aggregate_report(text, "r.xml");
    return report ? std::string("fine") : report.error().where.text() + " " + report.error().what;
  };
  EXPECT_EQ(fault("<html></html>"),
            "r.xml is XML, but no DMARC aggregate report (its root is 'html')");
  EXPECT_EQ(fault("<feedback>\n<record></row>"), "r.xml:2 closes 'row' where 'record' is open");
  EXPECT_EQ(fault("<feedback>\n<record>"), "r.xml:2 ends in the middle of the XML");
  EXPECT_EQ(fault("hello <feedback/>"), "r.xml:1 has text before its XML");
  EXPECT_EQ(fault(""), "r.xml:1 holds no XML element");
  EXPECT_EQ(fault("<feedback/> & <what> follows"), "fine");
}

// "<email><ann@a.example></email>" is what some reporters write.
TEST(AggregateReport, TakesAnAddressInBracketsAsText) {
  for (const std::string written : {"<dmarc@a.example>", "Ann &amp; Bob <dmarc@a.example>",
                                    "<Ann <dmarc@a.example>>", "dmarc@a.example<net"}) {
    const auto report = parse_aggregate_report(report_with(written), "x");
    ASSERT_TRUE(report) << report.error().line();
    EXPECT_EQ(report->records.size(), 1u);
    EXPECT_EQ(report->metadata.org_name.find("dmarc@a.example") == std::string::npos, false)
        << report->metadata.org_name;
  }
}

// Others put the schema's opening tag around the report and close it or not.
TEST(AggregateReport, PassesOverAStraySchema) {
  const std::string schema =
      "<?xml version='1.0'?><xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n";
  for (const std::string after : {"", "</xs:schema>"}) {
    const auto report = parse_aggregate_report(report_with("x", schema) + after, "x");
    ASSERT_TRUE(report) << report.error().line();
    EXPECT_EQ(report->records.size(), 1u);
  }
  EXPECT_FALSE(parse_aggregate_report(schema + "<xs:element/></xs:schema>", "x"));
}

TEST(AggregateReport, TheSizeOfThePiecesChangesNothing) {
  const std::string text =
      report_with("a&amp;b<![CDATA[<x>]]><!-- - -- > -->", "<?xml version='1.0'?>");
  struct Count final : AggregateReportReader::Handler {
    std::string seen;
    void record(const AggregateMetadata& m, const AggregateRecord& r) override {
      seen += m.org_name + "/" + r.source_ip + "/" + r.count;
    }
  };
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    Count count;
    AggregateReportReader reader("x", count);
    for (std::size_t at = 0; at < text.size(); at += piece)
      ASSERT_TRUE(reader.feed(std::string_view(text).substr(at, piece)));
    ASSERT_TRUE(reader.finish());
    EXPECT_EQ(count.seen, "a&b<x>/192.0.2.1/3") << piece;
  }
}

TEST(AggregateReport, CountsThatNoReceiverSees) {
  AggregateRecord record;
  for (const char* text : {"", "0", "-1", "1.5", "18446744073709551616", "1000000000001", "x"}) {
    record.count = text;
    EXPECT_FALSE(record.messages()) << text;
  }
  record.count = "1000000000000";
  EXPECT_EQ(record.messages(), AggregateRecord::most_messages);
}

TEST(AggregateReport, IsToldByItsRoot) {
  EXPECT_TRUE(looks_like_aggregate_report("  <?xml?><!-- x --><feedback>"));
  EXPECT_TRUE(looks_like_aggregate_report("<ns:feedback xmlns:ns='x'>"));
  EXPECT_FALSE(looks_like_aggregate_report("<html>feedback</html>"));
  EXPECT_FALSE(looks_like_aggregate_report("feedback"));
}

}  // namespace
}  // namespace postern::auth

#include <string>

#include <gtest/gtest.h>

#include "report/csv.hpp"
#include "report/impact_report.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

TEST(Csv, GuardsAgainstFormulas) {
  EXPECT_EQ(csv_cell("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
  EXPECT_EQ(csv_cell("+49 30"), "\"'+49 30\"");
  EXPECT_EQ(csv_cell("-1"), "'-1");
  EXPECT_EQ(csv_cell("@sum"), "'@sum");
  EXPECT_EQ(csv_cell("  =1"), "\"'  =1\"");
  EXPECT_EQ(csv_cell("\t=1"), "\"' =1\"");
  EXPECT_EQ(csv_cell("plain"), "plain");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_line({"a", "b c"}), "a,\"b c\"\r\n");
}

TEST(Text, KnowsTheWidthOfWhatItShows) {
  EXPECT_EQ(display_width("Grüße"), 5u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(shorten("日本語", 5), "日本…");
  EXPECT_EQ(shorten("short", 5), "short");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(123), "123");
  EXPECT_EQ(counted(1, "message"), "1 message");
}

TEST(Text, TablesFitTheirWidthAndHideControlSequences) {
  Table table({{"sender", Align::left, 6}, {"n", Align::right}});
  table.add({"a very long name of a sender", "7"});
  table.add({"\x1b[31mred", "1,000"});
  EXPECT_EQ(table.text(Style{false, 20}),
            "sender             n\n"
            "─────────────  ─────\n"
            "a very long …      7\n"
            "\xef\xbf\xbd[31mred       1,000\n");
}

TEST(Text, WrappedCellsGoOnInTheNextLine) {
  Table table({{"state"}, {"because", Align::left, 9, true}});
  table.add({"open", "nobody shut the door"});
  EXPECT_EQ(table.text(Style{false, 16}),
            "state  because\n"
            "─────  ─────────\n"
            "open   nobody\n"
            "       shut the\n"
            "       door\n");
}

TEST(Text, ParagraphsHang) {
  EXPECT_EQ(paragraph("one two three four", Style{false, 12}, "- "), "- one two\n  three four\n");
}

TEST(Impact, HostileTextIsHarmlessInEveryForm) {
  impact::Report report;
  impact::Sender sender;
  sender.name = "=cmd|' /C calc'!A0";
  sender.subjects = {"\x1b]0;owned\x07"};
  sender.reasons = {"because"};
  sender.messages = sender.with_rejection.reject = 1;
  report.senders.push_back(sender);
  const std::string text = impact_text({report, {}}, Style{});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(impact_csv({report, {}}, Style{}).find("\"'=cmd|"), std::string::npos);
  EXPECT_EQ(impact_json({report, {}}, Style{}).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace postern::report

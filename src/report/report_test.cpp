#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/ip.hpp"
#include "report/csv.hpp"
#include "report/impact_report.hpp"
#include "report/json_parts.hpp"
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
  EXPECT_EQ(csv_line({"a", "b c"}, {}), "a,\"b c\"\r\n");
  EXPECT_EQ(csv_number(0.5, 3, {}), "0.500");
  Style semicolons;
  semicolons.csv_separator = ';';
  semicolons.csv_decimal = ',';
  EXPECT_EQ(csv_line({"a", "b;c", "1,5"}, semicolons), "a;\"b;c\";\"1,5\"\r\n");
  EXPECT_EQ(csv_number(0.5, 3, semicolons), "0,500");
}

TEST(Text, WrappedCellsKeepTheEndsThatTellLongWordsApart) {
  Table table({{"tenant", Align::left, 12, true}, {"n", Align::right}});
  table.add({"exports/contoso/tenant", "1"});
  table.add({"abcdefghijklmnop", "2"});
  EXPECT_EQ(table.text(Style{false, 15}),
            "tenant        n\n"
            "────────────  ─\n"
            "exports/      1\n"
            "contoso/\n"
            "tenant\n"
            "abcdefghijkl  2\n"
            "mnop\n");
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

impact::Report forty_open_senders() {
  impact::Report report;
  for (int i = 0; i < 40; ++i) {
    impact::Sender& sender = report.senders.emplace_back();
    sender.name = fmt::format("copier{}.branch-office.contoso.example", i);
    sender.addresses = {*IpAddress::parse(fmt::format("203.0.113.{}", i))};
    sender.address_count = 1;
    sender.reverse_paths = {"scanner@contoso.com"};
    sender.reverse_path_count = 1;
    sender.messages = 3;
    sender.with_rejection.reject = 3;
    sender.reasons = {"its subjects are those of machines, and it sends on every working day"};
    sender.if_kept.what = "An OnPremises connector by its address, or let it sign in.";
    sender.likely_kind = impact::Kind::device;
  }
  report.conclusion.open = {40, 120};
  report.conclusion.sentence = "Whether somebody breaks can't be told yet.";
  return report;
}

TEST(Impact, NoSenderVanishes) {
  const impact::Report report = forty_open_senders();
  const ImpactHeading heading;
  const std::string text = impact_text({report, heading}, Style{false, 400});
  std::size_t times = 0;
  for (std::size_t at = 0; (at = text.find("15 more senders with 45 messages", at)) != text.npos;
       ++at)
    ++times;
  EXPECT_EQ(times, 3u) << "of the questions, of the table and of the details\n" << text;
  EXPECT_EQ(text.find("copier30"), std::string::npos) << "--top bounds every list";
}

TEST(Impact, TheAnswerComesFirstAndLast) {
  const impact::Report report = forty_open_senders();
  ImpactHeading heading;
  heading.arguments = "tenant.toml evidence/ --since 30d";
  const std::string text = impact_text({report, heading}, Style{});
  const std::string command =
      "postern impact tenant.toml evidence/ --since 30d --questions senders.toml\n";
  const std::size_t first = text.find(report.conclusion.sentence);
  EXPECT_LT(first, text.find(command));
  EXPECT_LT(text.find(command), text.find("Questions"));
  EXPECT_LT(text.find("Questions"), text.find("would be\n"));
  EXPECT_GT(text.rfind(report.conclusion.sentence), text.find("The evidence"));
  EXPECT_TRUE(text.ends_with(command));
}

TEST(Impact, FitsANarrowTerminal) {
  const impact::Report report = forty_open_senders();
  const ImpactHeading heading;
  for (const std::size_t columns : {60u, 80u, 100u, 140u}) {
    for (const std::string_view line :
         split(impact_text({report, heading}, Style{false, columns}), '\n')) {
      const bool is_command = line.find("postern ") != std::string_view::npos;
      EXPECT_TRUE(display_width(line) <= columns || is_command) << columns << ": " << line;
    }
  }
}

// In pieces it is laid out as a whole document is.
TEST(Impact, JsonInPiecesIsOneDocument) {
  impact::Report report;
  const ImpactHeading heading;
  for (int senders = 0; senders < 3; ++senders) {
    const std::string text = impact_json({report, heading}, Style{});
    EXPECT_EQ(document_text(Json::parse(text)), text);
    report.senders.emplace_back().name = "\"a\nb\x1b\xff";
  }
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

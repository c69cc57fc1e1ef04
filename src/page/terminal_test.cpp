// The gate's page at a terminal.
#include "page/terminal.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "report/text.hpp"

namespace postern::page {
namespace {

Told some() {
  Told told;
  told.state = R"({"schema":"postern/gate-page/1","host":"mx.contoso.com","now":1795000000,
    "started":1794990000,"tone":"ask",
    "headline":"fabrikam.com is not ready to enforce: 2 senders that look legitimate would break.",
    "passed":9310,"dropped":0,"hop_failures":1,"left_aside":["gone.example: counts for nothing"],
    "hour":{"refused":[40],"refused_legitimate":[1],"would_refuse":[187],"undetermined":[3],"exception":[12]},
    "domains":[
      {"name":"contoso.com","mode":"enforce","in_file":"observe","stage":"holds","note":"in force","rows":1204,
       "legitimate":{"messages":0,"senders":0},"set":{"since":1794000000,"who":"ann","mode":"enforce"}},
      {"name":"fabrikam.com","mode":"observe","stage":"breaks","note":"day 19 of observing","rows":312,
       "legitimate":{"messages":206,"senders":2}},
      {"name":"adatum.com","mode":"observe","stage":"unknown","note":"not known"}]})";
  told.senders = R"({"domains":[{"name":"fabrikam.com","senders":[
      {"name":"203.0.113.10","kind":"device","sure":"99%","looks":"legitimate","at_stake":132,
       "remedy":"Accept by a connector for this address."},
      {"name":"192.0.2.9","kind":"attack","sure":"99%","looks":"forged","at_stake":7,"remedy":""}]}]})";
  told.rows = R"({"rows":[{"time":1795000000,"outcome":"would_refuse","client":"203.0.113.10",
      "sender":"scanner@contoso.com","recipient":"a-very-long-recipient-name@fabrikam.com","looks":"legitimate"}]})";
  told.changes =
      R"({"changes":[{"time":1794000000,"what":"mode","name":"contoso.com","before":"observe",
      "after":"enforce","who":"ann"}]})";
  return told;
}

std::string shown(const Told& told, std::size_t columns = 60) {
  report::Style style;
  style.columns = columns;
  const auto page = terminal_page(told, style);
  return page ? *page : "error: " + page.error().line();
}

TEST(TerminalPage, SaysTheSameInTheSameOrder) {
  const std::string page = shown(some());
  std::size_t before = 0;
  for (const char* text :
       {"Postern gate on mx.contoso.com", "fabrikam.com is not ready to enforce",
        "41 refused, 1 of them look", "9,310 messages passed", "contoso.com", "enforce*", "1,204",
        "206", "set at the page", "gone.example", "would refuse", "Before fabrikam.com can enforce",
        "203.0.113.10, device 99%, 132 messages", "observe to enforce"}) {
    const std::size_t at = page.find(text, before);
    EXPECT_NE(at, std::string::npos) << text << " in:\n" << page;
    if (at != std::string::npos) before = at;
  }
  EXPECT_EQ(page.find("192.0.2.9"), std::string::npos) << "what looks forged stands before nothing";
}

TEST(TerminalPage, FitsSixtyColumns) {
  const std::string page = shown(some());
  for (const std::string_view line : split(page, '\n'))
    EXPECT_LE(report::display_width(line), 60u) << line;
}

TEST(TerminalPage, WhatMailSaysObeysNobody) {
  Told told = some();
  told.rows =
      R"({"rows":[{"time":1,"outcome":"refused","client":"192.0.2.1","sender":"\u001b[2J\u202e@contoso.com",
      "recipient":"\u009b31m@contoso.com","looks":"unclear"}]})";
  const std::string page = shown(told);
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_EQ(page.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(page.find("\xc2\x9b"), std::string::npos);
}

TEST(TerminalPage, AnAnswerThatIsNoneOfOursIsAnError) {
  for (const char* text : {"", "[]", "{}", R"({"schema":"postern/gate-page/2"})"}) {
    Told told = some();
    told.state = text;
    EXPECT_EQ(shown(told).substr(0, 5), "error") << text;
  }
}

}  // namespace
}  // namespace postern::page

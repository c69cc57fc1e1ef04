// One message is one, though the ledger has a row for each objection to it.
#include "ledger/retellings.hpp"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include "ledger/testing/rows.hpp"

namespace postern::ledger {
namespace {

Record row(const char* reason, const char* recipient = "ann@contoso.com",
           Outcome outcome = Outcome::would_refuse) {
  Record r = full_record();
  r.reason = reason;
  r.recipient = recipient;
  r.outcome = outcome;
  return r;
}

TEST(LedgerRetellings, AProtectionsRowTellsAgainOfWhatTheRuleRefuses) {
  Retellings rows;
  EXPECT_FALSE(rows.add(row("direct_send_rejected", "ann@contoso.com", Outcome::exception)));
  EXPECT_FALSE(rows.add(row("direct_send_rejected", "bob@contoso.com")));
  EXPECT_EQ(rows.add(row("own_header_from")), Outcome::exception);
  EXPECT_EQ(rows.add(row("own_header_from", "Bob@contoso.com")), Outcome::would_refuse);
  EXPECT_FALSE(rows.add(row("own_header_from", "carl@contoso.com"))) << "no row of the rule's";
}

TEST(LedgerRetellings, TheRulesRowIsNeverARetellingOfAProtections) {
  Retellings rows;
  EXPECT_FALSE(rows.add(row("own_header_from")));
  EXPECT_FALSE(rows.add(row("direct_send_rejected")));
  EXPECT_TRUE(rows.add(row("direct_send_rejected"))) << "a recipient that was named twice";
}

TEST(LedgerRetellings, AnotherMessageIsAnother) {
  Retellings rows;
  EXPECT_FALSE(rows.add(row("direct_send_rejected"), {"mx1", "0a", 1}));
  EXPECT_FALSE(rows.add(row("direct_send_rejected"), {"mx2", "0a", 1})) << "of another gate";
  EXPECT_FALSE(rows.add(row("direct_send_rejected"), {"mx1", "0b", 1})) << "after another start";
  Record other = row("direct_send_rejected");
  other.transaction = "4F2";
  EXPECT_FALSE(rows.add(other, {"mx1", "0a", 2}));
  // Postfix uses short queue ids again.
  other = row("direct_send_rejected");
  other.client = IpAddress::parse("2001:db8::8");
  EXPECT_FALSE(rows.add(other, {"mx1", "0a", 3}));
  other = row("direct_send_rejected");
  other.sender = "fax@contoso.com";
  EXPECT_FALSE(rows.add(other, {"mx1", "0a", 4}));
  EXPECT_TRUE(rows.add(row("direct_send_rejected"), {"mx1", "0a", 5}));
}

TEST(LedgerRetellings, WhatNamesNoMessageIsNeverJoined) {
  Retellings rows;
  Record nameless = row("direct_send_rejected");
  nameless.transaction.clear();
  EXPECT_FALSE(rows.add(nameless));
  EXPECT_FALSE(rows.add(nameless));
}

TEST(LedgerRetellings, ForgetsTheOldest) {
  Retellings rows;
  Record each = row("direct_send_rejected");
  for (std::size_t i = 0; i <= Retellings::most; ++i) {
    each.transaction = std::to_string(i);
    EXPECT_FALSE(rows.add(each));
  }
  EXPECT_TRUE(rows.add(each));
  each.transaction = "0";
  EXPECT_FALSE(rows.add(each));
}

}  // namespace
}  // namespace postern::ledger

// The last hour by minutes.
#include "page/hour.hpp"

#include <cstddef>
#include <numeric>

#include <gtest/gtest.h>

namespace postern::page {
namespace {

constexpr UnixTime now = 1795000020;  // 20 seconds into a minute

ledger::Record row(UnixTime time, ledger::Outcome outcome) {
  ledger::Record record;
  record.time = time;
  record.outcome = outcome;
  record.client = IpAddress::parse("192.0.2.7");
  return record;
}

std::uint64_t total(const Hour& hour, UnixTime at) {
  std::uint64_t sum = 0;
  for (const Hour::Counts& each : hour.by_minute(at))
    sum = std::accumulate(each.begin(), each.end(), sum);
  return sum;
}

TEST(Hour, CountsEachMinuteAndForgetsWhatIsOlder) {
  Hour hour;
  hour.add(row(now - 7200, ledger::Outcome::refused), now);
  hour.add(row(now - 3599, ledger::Outcome::refused), now);
  hour.add(row(now - 60, ledger::Outcome::would_refuse), now);
  hour.add(row(now, ledger::Outcome::exception), now);
  hour.add(row(now, ledger::Outcome::exception), now);
  auto minutes = hour.by_minute(now);
  EXPECT_EQ(minutes[59][static_cast<std::size_t>(Part::exception)], 2u);
  EXPECT_EQ(minutes[58][static_cast<std::size_t>(Part::would_refuse)], 1u);
  EXPECT_EQ(total(hour, now), 3u) << "what is 60 minutes old is in no minute shown";
  EXPECT_EQ(total(hour, now + 1800), 3u);
  EXPECT_EQ(total(hour, now + 3600), 0u);
  // The same place in the ring, an hour later.
  hour.add(row(now + 3600, ledger::Outcome::refused), now + 3600);
  EXPECT_EQ(total(hour, now + 3600), 1u);
}

TEST(Hour, WhatTheRuleAndAProtectionRefuseIsOneMessage) {
  Hour hour;
  ledger::Record refused = row(now, ledger::Outcome::would_refuse);
  refused.transaction = "1.1.1";
  refused.reason = "direct_send_rejected";
  hour.add(refused, now);
  refused.reason = "own_header_from";
  hour.add(refused, now);
  EXPECT_EQ(total(hour, now), 1u);
  refused.outcome = ledger::Outcome::refused;
  hour.add(refused, now);
  EXPECT_EQ(total(hour, now), 2u) << "let through by the rule, and refused for its From";
}

TEST(Hour, RowsOfAnotherTimeCountForNothing) {
  Hour hour;
  hour.add(row(now + 3600, ledger::Outcome::refused), now);
  hour.add(row(-5, ledger::Outcome::refused), now);
  EXPECT_EQ(total(hour, now), 0u);
}

}  // namespace
}  // namespace postern::page

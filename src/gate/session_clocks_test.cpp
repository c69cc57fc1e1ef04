#include "gate/session_clocks.hpp"

#include <chrono>
#include <cstddef>

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point start{1000h};
constexpr SessionTimes times{.command = 300s, .block = 180s, .message = 1800s, .session = 4h};

// Waits for the client that long, and gives how long it might have taken.
Clock::duration waited(SessionClocks& clocks, Clock::time_point& now, Clock::duration took,
                       std::size_t line = 0) {
  const auto until = clocks.wait(now, line);
  const Clock::duration allowed = until - now;
  now += took;
  clocks.heard(now);
  return allowed;
}

TEST(SessionClocks, EachCommandMayTakeItsTime) {
  SessionClocks clocks(times, start);
  auto now = start;
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(waited(clocks, now, 299s), 300s);
}

TEST(SessionClocks, ALineMayNotTrickleIn) {
  SessionClocks clocks(times, start);
  auto now = start;
  EXPECT_EQ(waited(clocks, now, 200s, 1), 300s);
  EXPECT_EQ(waited(clocks, now, 50s, 1), 100s);
  EXPECT_EQ(waited(clocks, now, 1s, 1), 50s);
  // The next line has a time of its own, although no wait was between two lines.
  EXPECT_EQ(waited(clocks, now, 1s, 2), 300s);
}

TEST(SessionClocks, TheMessageHasAllItsTimeHoweverLongTheEnvelopeTook) {
  SessionClocks clocks(times, start);
  auto now = start;
  clocks.envelope_begins();
  for (int i = 0; i < 5; ++i)
    waited(clocks, now, 290s);
  EXPECT_EQ(waited(clocks, now, 290s), 300s);
  EXPECT_EQ(waited(clocks, now, 1s), 60s);  // 1740 of 1800 seconds are gone
  clocks.message_begins();
  EXPECT_EQ(waited(clocks, now, 100s), 180s);
  for (int i = 0; i < 16; ++i)
    waited(clocks, now, 100s);
  EXPECT_EQ(waited(clocks, now, 1s), 100s);
  clocks.transaction_ends();
  EXPECT_EQ(waited(clocks, now, 1s), 300s);
}

TEST(SessionClocks, WhatOthersTakeIsOnNoClockOfTheMessage) {
  SessionClocks clocks(times, start);
  auto now = start;
  clocks.message_begins();
  for (int i = 0; i < 5; ++i) {
    now += 1000s;  // the next hop
    EXPECT_EQ(waited(clocks, now, 10s), 180s);
  }
}

TEST(SessionClocks, TheSessionEndsAllTheSame) {
  SessionClocks clocks(times, start);
  auto now = start + 4h - 10s;
  EXPECT_EQ(waited(clocks, now, 1s), 10s);
}

}  // namespace
}  // namespace postern::gate

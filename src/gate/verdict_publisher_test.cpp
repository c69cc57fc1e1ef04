#include "gate/verdict_publisher.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/outbox.hpp"
#include "ledger/published.hpp"
#include "ledger/writer.hpp"

namespace postern::gate {
namespace {

using namespace std::chrono_literals;
constexpr UnixTime today = 1795000000;

UnixTime fixed_now() {
  return today;
}

// A sink as the test wants it, and what it was given. Its own lock: the test looks on.
struct Script {
  enum class Kind : std::uint8_t { stores, refuses, is_silent, is_away };

  void be(Kind kind) {
    const std::lock_guard lock(mutex);
    now = kind;
  }
  std::map<std::string, int> stored() {
    const std::lock_guard lock(mutex);
    return kept;
  }
  std::size_t most_at_once() {
    const std::lock_guard lock(mutex);
    return most;
  }
  std::size_t all_sent() {
    const std::lock_guard lock(mutex);
    return sent;
  }

  std::mutex mutex;
  Kind now = Kind::stores;
  std::map<std::string, int> kept;  // id, how often
  std::vector<std::string> order;   // of ids, as they were sent first
  std::vector<std::string> bodies;
  std::deque<SinkAnswer> answers;
  std::size_t most = 0;
  std::size_t sent = 0;
  unsigned one_in = 0;  // of which one is refused by chance; 0: none
  std::mt19937 chance;
};

class ScriptedSink final : public VerdictSink {
 public:
  explicit ScriptedSink(Script& script) : script_(script) {}

  Result<void> send(const OutgoingVerdict& verdict) override {
    const std::lock_guard lock(script_.mutex);
    if (script_.now == Script::Kind::is_away) return fail("no server can be reached");
    ++script_.sent;
    if (script_.now == Script::Kind::is_silent) return {};
    const bool refused = script_.now == Script::Kind::refuses ||
                         (script_.one_in != 0 && script_.chance() % script_.one_in == 0);
    script_.answers.push_back({verdict.row, !refused, refused ? "no responders" : ""});
    script_.most = std::max(script_.most, script_.answers.size());
    // An answer that is lost: stored all the same.
    if (!refused || script_.chance() % 2 == 0) {
      if (script_.kept[verdict.id]++ == 0) {
        script_.order.push_back(verdict.id);
        script_.bodies.push_back(verdict.body);
      }
    }
    return {};
  }
  std::vector<SinkAnswer> take_answers(std::chrono::milliseconds wait) override {
    {
      const std::lock_guard lock(script_.mutex);
      if (!script_.answers.empty()) {
        const auto answers = std::exchange(script_.answers, {});
        return {answers.begin(), answers.end()};
      }
    }
    std::this_thread::sleep_for(std::min(wait, std::chrono::milliseconds(5)));
    return {};
  }

 private:
  Script& script_;
};

class GateVerdictPublisher : public testing::Test {
 protected:
  GateVerdictPublisher() {
    std::string name = testing::TempDir() + "/postern-publisher-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    options_.ledger = folder_ + "/ledger.db";
    options_.gate = "mx1.example.net";
    options_.look_every = 10ms;
    options_.shortest_pause = 1ms;
    options_.longest_pause = 20ms;
    options_.answer_within = 100ms;
    options_.on_change = [this](bool failing, const std::string& why) {
      const std::lock_guard lock(script_.mutex);
      changes_.emplace_back(failing, why);
    };
  }
  ~GateVerdictPublisher() override { std::filesystem::remove_all(folder_); }

  void write(std::size_t rows) {
    ledger::Counts counts;
    auto writer =
        ledger::Writer::open({.file = options_.ledger, .hash_key = {}}, counts, fixed_now);
    ASSERT_TRUE(writer) << writer.error().line();
    for (std::size_t i = 0; i < rows; ++i) {
      ledger::Record record;
      record.time = today;
      record.tenant = "contoso.com";
      record.recipient = "ann@contoso.com";
      (*writer)->add({std::move(record)});
    }
  }
  std::unique_ptr<VerdictPublisher> publish() {
    auto opened =
        VerdictPublisher::open(options_, std::make_unique<ScriptedSink>(script_), counts_);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().line());
    return opened ? std::move(*opened) : nullptr;
  }
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  std::int64_t marked() {
    const auto outbox = ledger::Outbox::open(options_.ledger);
    EXPECT_TRUE(outbox);
    const auto state = (*outbox)->state();
    EXPECT_TRUE(state);
    return state ? state->sent : -1;
  }

  std::string folder_;
  PublisherOptions options_;
  PublisherCounts counts_;
  Script script_;
  std::vector<std::pair<bool, std::string>> changes_;
};

TEST_F(GateVerdictPublisher, SendsEveryRowInOrderAndMarksIt) {
  write(2500);
  options_.most_outstanding = 100;
  const auto publisher = publish();
  ASSERT_TRUE(eventually([&] { return marked() == 2500; }));
  EXPECT_EQ(counts_.sent.value(), 2500u);
  EXPECT_EQ(counts_.waiting.value(), 0);
  EXPECT_EQ(counts_.dropped.value() + counts_.retries.value(), 0u);
  EXPECT_LE(script_.most_at_once(), 100u);
  const std::lock_guard lock(script_.mutex);
  ASSERT_EQ(script_.bodies.size(), 2500u);
  for (std::size_t i = 0; i < 2500; ++i) {
    const ledger::Row row = ledger::read_published(script_.bodies[i]);
    EXPECT_EQ(row.fault, "");
    EXPECT_EQ(row.verdict.counter, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(row.verdict.gate, "mx1_example_net");
    EXPECT_EQ(row.verdict.text(), script_.order[i]);
    EXPECT_EQ(row.record.recipient, "ann@contoso.com");
  }
}

TEST_F(GateVerdictPublisher, SendsWhatIsWrittenWhileItRuns) {
  write(1);
  const auto publisher = publish();
  ASSERT_TRUE(eventually([&] { return marked() == 1; }));
  write(3);
  EXPECT_TRUE(eventually([&] { return marked() == 4; }));
  EXPECT_EQ(script_.stored().size(), 4u);
}

TEST_F(GateVerdictPublisher, GoesOnWhereItEnded) {
  write(5);
  publish();
  EXPECT_EQ(marked(), 5);
  write(5);
  publish();
  EXPECT_EQ(marked(), 10);
  EXPECT_EQ(script_.all_sent(), 10u);
}

TEST_F(GateVerdictPublisher, WhileTheSinkIsAwayRowsWaitAndAFewTryForAll) {
  write(500);
  script_.be(Script::Kind::refuses);
  auto publisher = publish();
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(marked(), 0);
  EXPECT_EQ(counts_.waiting.value(), 500);
  // All of them once, and 16 at a time in about 300 ms of pauses of 10 to 20 ms.
  EXPECT_LT(script_.all_sent(), 500u + 16u * 60u);
  script_.be(Script::Kind::is_away);
  std::this_thread::sleep_for(50ms);
  script_.be(Script::Kind::stores);
  EXPECT_TRUE(eventually([&] { return marked() == 500; }));
  EXPECT_EQ(script_.stored().size(), 500u);
  publisher.reset();
  ASSERT_EQ(changes_.size(), 2u);
  EXPECT_EQ(changes_[0], std::make_pair(true, std::string("no responders")));
  EXPECT_FALSE(changes_[1].first);
}

TEST_F(GateVerdictPublisher, AnAnswerThatNeverComesIsNoAnswer) {
  write(3);
  script_.be(Script::Kind::is_silent);
  const auto publisher = publish();
  ASSERT_TRUE(eventually([&] { return script_.all_sent() > 3; }));
  EXPECT_EQ(marked(), 0);
  script_.be(Script::Kind::stores);
  EXPECT_TRUE(eventually([&] { return marked() == 3; }));
  EXPECT_GT(counts_.retries.value(), 0u);
}

TEST_F(GateVerdictPublisher, WhateverIsRefusedByChanceIsThereInTheEnd) {
  write(3000);
  {
    const std::lock_guard lock(script_.mutex);
    script_.one_in = 20;
  }
  options_.most_outstanding = 50;
  const auto publisher = publish();
  ASSERT_TRUE(eventually([&] { return marked() == 3000; }));
  EXPECT_EQ(script_.stored().size(), 3000u);
  EXPECT_EQ(counts_.sent.value(), 3000u);
}

TEST_F(GateVerdictPublisher, PastItsBoundTheOldestAreNotSentAndCounted) {
  write(1000);
  options_.keep_rows = 300;
  script_.be(Script::Kind::is_away);
  const auto publisher = publish();
  ASSERT_TRUE(eventually([&] { return counts_.dropped.value() == 700; }));
  script_.be(Script::Kind::stores);
  ASSERT_TRUE(eventually([&] { return marked() == 1000; }));
  EXPECT_EQ(script_.stored().size(), 300u);
  const std::lock_guard lock(script_.mutex);
  EXPECT_EQ(ledger::read_published(script_.bodies.front()).id, 701);
}

TEST_F(GateVerdictPublisher, SendsAgainWhatAnAdministratorAsksFor) {
  write(10);
  const auto publisher = publish();
  ASSERT_TRUE(eventually([&] { return marked() == 10; }));
  const auto outbox = ledger::Outbox::open(options_.ledger);
  ASSERT_TRUE(outbox);
  EXPECT_EQ((*outbox)->resend_since(today), 10u);
  EXPECT_TRUE(eventually([&] { return counts_.sent.value() == 20; }));
  EXPECT_TRUE(eventually([&] { return marked() == 10; }));
  // Under the ids that they had.
  for (const auto& [id, times] : script_.stored())
    EXPECT_EQ(times, 2) << id;
  EXPECT_EQ(script_.stored().size(), 10u);
  EXPECT_EQ(counts_.dropped.value(), 0u);
}

}  // namespace
}  // namespace postern::gate

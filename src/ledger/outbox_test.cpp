#include "ledger/outbox.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/schema.hpp"
#include "ledger/testing/rows.hpp"
#include "ledger/writer.hpp"

namespace postern::ledger {
namespace {

UnixTime fixed_now() {
  return today;
}

class LedgerOutbox : public testing::Test {
 protected:
  LedgerOutbox() {
    std::string name = testing::TempDir() + "/postern-outbox-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ + "/ledger.db";
  }
  ~LedgerOutbox() override { std::filesystem::remove_all(folder_); }

  // A gate that starts, writes rows of these times, and ends.
  void write(const std::vector<UnixTime>& times) {
    Counts counts;
    auto writer = Writer::open({.file = file_, .hash_key = {}}, counts, fixed_now);
    ASSERT_TRUE(writer) << writer.error().line();
    std::vector<Record> records;
    for (const UnixTime time : times) {
      records.push_back(full_record());
      records.back().time = time;
    }
    (*writer)->add(std::move(records));
  }
  std::unique_ptr<Outbox> open() {
    auto opened = Outbox::open(file_);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().line());
    return opened ? std::move(*opened) : nullptr;
  }
  static std::vector<Row> read(Outbox& outbox, std::int64_t after, std::size_t most = 1000) {
    std::vector<Row> rows;
    const auto done = outbox.read(after, most, [&](Row&& row) { rows.push_back(std::move(row)); });
    EXPECT_TRUE(done) << (done ? "" : done.error().line());
    return rows;
  }
  void sql(const char* text) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    const Database database(handle);
    ASSERT_TRUE(run_statements(handle, text)) << sqlite3_errmsg(handle);
  }

  std::string folder_;
  std::string file_;
};

TEST_F(LedgerOutbox, RowsWaitInTheirOrderUntilTheyAreMarked) {
  write({today, today, today});
  auto outbox = open();
  auto state = outbox->state();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->last, 3);
  EXPECT_EQ(state->sent, 0);
  const auto rows = read(*outbox, 0, 2);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, 1);
  EXPECT_EQ(rows[1].verdict.counter, 2);
  EXPECT_EQ(rows[0].record.recipient, full_record().recipient);
  EXPECT_EQ(outbox->mark_sent(2, state->rewinds), true);
  EXPECT_EQ(open()->state()->sent, 2);
  EXPECT_EQ(read(*outbox, 2).size(), 1u);
}

TEST_F(LedgerOutbox, EachOpeningIsAnEpochOfItsOwn) {
  write({today});
  write({});
  write({today, today});
  const auto rows = read(*open(), 0);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].verdict.epoch.size(), 10u);
  EXPECT_NE(rows[0].verdict.epoch, rows[1].verdict.epoch);
  EXPECT_EQ(rows[1].verdict.epoch, rows[2].verdict.epoch);
}

// A power cut may take back what SQLite had committed (synchronous = NORMAL), a restored file holds
// less than was sent: what is written then must not pass for what was.
TEST_F(LedgerOutbox, WhatIsWrittenAfterRowsWereTakenBackIsToldFromThem) {
  write({today, today});
  std::filesystem::copy_file(file_, folder_ + "/kept");
  std::set<VerdictId> sent;
  write({today, today});
  for (const Row& row : read(*open(), 0))
    sent.insert(row.verdict);
  for (const char* beside : {"-wal", "-shm"})
    std::filesystem::remove(file_ + beside);
  std::filesystem::rename(folder_ + "/kept", file_);
  write({today, today});
  const auto rows = read(*open(), 0);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(sent.count(rows[1].verdict), 1u);
  EXPECT_EQ(sent.count(rows[2].verdict), 0u);
  EXPECT_EQ(sent.count(rows[3].verdict), 0u);
}

TEST_F(LedgerOutbox, AnIdIsNeverGivenTwice) {
  write({today, today, today});
  sql("DELETE FROM submission");
  write({today});
  const auto rows = read(*open(), 0);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].id, 4);
}

TEST_F(LedgerOutbox, TwoGatesOnOneFileDoNotGetInEachOthersWay) {
  Counts counts;
  {
    auto one = Writer::open({.file = file_, .hash_key = {}}, counts, fixed_now);
    auto other = Writer::open({.file = file_, .hash_key = {}}, counts, fixed_now);
    ASSERT_TRUE(one && other);
    for (int i = 0; i < 20; ++i) {
      (*one)->add({full_record()});
      (*other)->add({full_record()});
    }
  }
  EXPECT_EQ(counts.rows.value(), 40u);
  EXPECT_EQ(read(*open(), 0).size(), 40u);
}

TEST_F(LedgerOutbox, SendsAgainFromATimeOn) {
  write({today - 300, today - 200, today - 100, today});
  auto outbox = open();
  ASSERT_EQ(outbox->mark_sent(4, 0), true);
  EXPECT_EQ(open()->resend_since(today - 200), 3u);
  EXPECT_EQ(outbox->state()->sent, 1);
  // Whoever was sending then does not take it back.
  EXPECT_EQ(outbox->mark_sent(4, 0), false);
  EXPECT_EQ(outbox->state()->sent, 1);
  EXPECT_EQ(outbox->mark_sent(2, outbox->state()->rewinds), true);
  // Rows that wait anyway are not counted.
  EXPECT_EQ(open()->resend_since(today), 0u);
  EXPECT_EQ(open()->resend_since(today + 1), 0u);
  EXPECT_EQ(outbox->state()->sent, 2);
}

TEST_F(LedgerOutbox, RowsOfAnOlderLedgerWait) {
  write({today, today, today});
  sql("DELETE FROM submission WHERE id = 1; DROP TABLE outbox; DROP TABLE epoch;"
      "DROP TABLE change; ALTER TABLE submission DROP COLUMN judged_as; PRAGMA user_version = 2");
  const auto old = Outbox::open(file_);
  ASSERT_FALSE(old);
  EXPECT_NE(old.error().line().find("version 2"), std::string::npos) << old.error().line();
  write({today});
  auto outbox = open();
  EXPECT_EQ(outbox->state()->last, 4);
  EXPECT_EQ(outbox->state()->sent, 1);
  const auto rows = read(*outbox, 1);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].verdict.epoch, rows[1].verdict.epoch);
  EXPECT_EQ(rows[0].verdict.epoch.size(), 10u);
  EXPECT_NE(rows[1].verdict.epoch, rows[2].verdict.epoch);
}

TEST_F(LedgerOutbox, IsMadeByNobodyWhoAsks) {
  EXPECT_FALSE(Outbox::open(file_));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
}  // namespace postern::ledger

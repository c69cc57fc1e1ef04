// Ledgers of every version, as they lie on disks.
#include "ledger/schema.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <sqlite3.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/reader.hpp"
#include "ledger/testing/rows.hpp"
#include "ledger/writer.hpp"

namespace postern::ledger {
namespace {

UnixTime fixed_now() {
  return today;
}

// As version 1 made it, with rows that lack nothing, one fact, several, and the message's results.
constexpr const char* version_1 = R"(
CREATE TABLE submission (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, outcome TEXT NOT NULL, mode TEXT NOT NULL,
  stage TEXT NOT NULL, door TEXT NOT NULL, message TEXT NOT NULL, client TEXT, helo TEXT NOT NULL,
  tls INTEGER, tls_version TEXT NOT NULL, certificate TEXT, certificate_names TEXT NOT NULL,
  certificate_trusted INTEGER NOT NULL, sender TEXT NOT NULL, header_from TEXT, message_id TEXT,
  recipient TEXT NOT NULL, tenant TEXT NOT NULL, reason TEXT NOT NULL, exception TEXT NOT NULL,
  connector TEXT NOT NULL, missing TEXT NOT NULL, reply TEXT NOT NULL, steps TEXT NOT NULL
) STRICT;
CREATE INDEX submission_time ON submission (time);
INSERT INTO submission SELECT NULL, 1795000000, 'undetermined', 'enforce', 'rcpt', 'milter', '4F1',
  '192.0.2.7', 'printer', NULL, '', NULL, '[]', 0, 'scanner@contoso.com', NULL, NULL,
  'ann@contoso.com', 'contoso.com', 'missing_facts', '', 'HQ', value, '451 4.7.0 no',
  '[{"clause":"authenticated","question":"Did the client sign in?","answer":"no"}]'
FROM json_each('["", "client certificate", "whether the client signed in, client address",
  "whether TLS was used, envelope sender, recipient, RejectDirectSend, inbound connectors",
  "authentication of the message"]');
PRAGMA application_id = 1347638350;
PRAGMA user_version = 1;
)";

const std::vector<Missing>& expected() {
  using policy::Fact;
  static const std::vector<Missing> facts = {
      {},
      {Fact::certificate, false},
      {Fact::authenticated | Fact::client_ip, false},
      {Fact::tls | Fact::reverse_path | Fact::recipient | Fact::reject_direct_send |
           Fact::inbound_connectors,
       false},
      {Fact::none, true}};
  return facts;
}

class LedgerSchema : public testing::Test {
 protected:
  LedgerSchema() {
    std::string name = testing::TempDir() + "/postern-schema-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ + "/ledger.db";
  }
  ~LedgerSchema() override { std::filesystem::remove_all(folder_); }

  void sql(const char* text) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    const Database database(handle);
    ASSERT_TRUE(run_statements(handle, text)) << sqlite3_errmsg(handle);
  }
  std::int64_t asked(const char* text) {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    const Database database(handle);
    return number(handle, text, -1);
  }
  std::vector<Row> rows() {
    std::vector<Row> out;
    auto reader = Reader::open(file_);
    EXPECT_TRUE(reader) << (reader ? "" : reader.error().line());
    if (!reader) return out;
    const auto done = (*reader)->read({}, [&](const Row& row) {
      out.push_back(row);
      return true;
    });
    EXPECT_TRUE(done) << (done ? "" : done.error().line());
    return out;
  }
  void expect_the_rows_of_version_1(const std::vector<Row>& found) {
    ASSERT_EQ(found.size(), expected().size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Record& r = found[i].record;
      EXPECT_EQ(found[i].fault, "");
      EXPECT_EQ(r.missing, expected()[i]) << i;
      EXPECT_EQ(r.time, today);
      EXPECT_EQ(r.outcome, Outcome::undetermined);
      EXPECT_EQ(r.client, IpAddress::parse("192.0.2.7"));
      EXPECT_FALSE(r.tls_known || r.certificate_known || r.header_known);
      EXPECT_EQ(r.connector, "HQ");
      EXPECT_EQ(r.reply, "451 4.7.0 no");
      ASSERT_EQ(r.steps.size(), 1u);
      EXPECT_EQ(r.steps[0].answer, "no");
    }
  }

  std::string folder_;
  std::string file_;
  Counts counts_;
};

TEST_F(LedgerSchema, ALedgerOfVersion1IsReadAsItIs) {
  sql(version_1);
  expect_the_rows_of_version_1(rows());
  EXPECT_EQ(asked("PRAGMA user_version"), 1);
}

TEST_F(LedgerSchema, OpenedForWritingItIsBroughtUpToDateAndKeepsItsRows) {
  sql(version_1);
  {
    auto writer = Writer::open({.file = file_, .hash_key = {}}, counts_, fixed_now);
    ASSERT_TRUE(writer) << writer.error().line();
    EXPECT_EQ(asked("PRAGMA user_version"), schema_version);
    expect_the_rows_of_version_1(rows());
    (*writer)->add({full_record()});
  }
  auto all = rows();
  ASSERT_EQ(all.size(), expected().size() + 1);
  EXPECT_EQ(all.back().record.recipient, full_record().recipient);
  all.pop_back();
  expect_the_rows_of_version_1(all);
}

TEST_F(LedgerSchema, ALedgerOfVersion3GetsItsTableOfChangesAndKeepsItsRows) {
  { ASSERT_TRUE(Writer::open({.file = file_, .hash_key = {}}, counts_, fixed_now)); }
  sql("DROP TABLE change; ALTER TABLE submission DROP COLUMN judged_as; PRAGMA user_version = 3");
  {
    auto file = Reader::open(file_);
    ASSERT_TRUE(file) << file.error().line();
    EXPECT_TRUE((*file)->changes(10)->empty());
  }
  {
    auto writer = Writer::open({.file = file_, .hash_key = {}}, counts_, fixed_now);
    ASSERT_TRUE(writer) << writer.error().line();
    (*writer)->add({full_record()});
    (*writer)->add(Change{today, "mode", "contoso.com", "observe", "enforce", "ann", ""});
  }
  EXPECT_EQ(asked("PRAGMA user_version"), schema_version);
  EXPECT_EQ(rows().size(), 1u);
  EXPECT_EQ(asked("SELECT count(*) FROM change"), 1);
}

TEST_F(LedgerSchema, ALedgerOfVersion4DoesNotTellAsWhatASenderWasJudged) {
  {
    auto writer = Writer::open({.file = file_, .hash_key = {}}, counts_, fixed_now);
    (*writer)->add({full_record()});
    (*writer)->add(Change{today, "mode", "contoso.com", "observe", "enforce", "ann", ""});
  }
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].record.judged_as, "contoso.com");
  sql("ALTER TABLE submission DROP COLUMN judged_as; PRAGMA user_version = 4");
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].fault, "");
  EXPECT_EQ(rows()[0].record.judged_as, "");
  EXPECT_EQ(rows()[0].record.sender, full_record().sender);
  EXPECT_EQ(rows()[0].record.header_from, full_record().header_from);
  {
    auto writer = Writer::open({.file = file_, .hash_key = {}}, counts_, fixed_now);
    ASSERT_TRUE(writer) << writer.error().line();
    (*writer)->add({full_record()});
  }
  EXPECT_EQ(asked("PRAGMA user_version"), schema_version);
  EXPECT_EQ(asked("SELECT count(*) FROM change"), 1) << "what people changed is kept";
  ASSERT_EQ(rows().size(), 2u);
  EXPECT_EQ(rows()[0].record.judged_as, "");
  EXPECT_EQ(rows()[1].record.judged_as, "contoso.com");
}

TEST_F(LedgerSchema, ADatabaseThatCantBeBroughtUpToDateStaysAsItIs) {
  sql("CREATE TABLE submission (id INTEGER PRIMARY KEY, time INTEGER);"
      "INSERT INTO submission VALUES (1, 1);"
      "PRAGMA application_id = 1347638350; PRAGMA user_version = 1");
  const auto writer = Writer::open({.file = file_, .hash_key = {}}, counts_, fixed_now);
  ASSERT_FALSE(writer);
  EXPECT_NE(writer.error().what.find("no such column: missing"), std::string::npos)
      << writer.error().line();
  EXPECT_EQ(asked("PRAGMA user_version"), 1);
  EXPECT_EQ(asked("SELECT count(*) FROM pragma_table_info('submission')"), 2);
  EXPECT_EQ(asked("SELECT count(*) FROM submission"), 1);
}

TEST_F(LedgerSchema, WhatAnotherProcessLocksHasARemedyOfItsOwn) {
  sqlite3* one = nullptr;
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &one), SQLITE_OK);
  ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(one, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_BUSY);
  const Error error = database_error(other, file_, "can't be written");
  EXPECT_EQ(error.what, "can't be written: database is locked");
  EXPECT_EQ(error.remedy, "another process writes it: wait for it to end, or try again");
  sqlite3_close(other);
  sqlite3_close(one);
}

TEST_F(LedgerSchema, NamesTheBitsOfItsMask) {
  ASSERT_TRUE(Writer::open({.file = file_, .hash_key = {}}, counts_, fixed_now));
  EXPECT_EQ(asked("SELECT count(*) FROM fact"), 9);
  EXPECT_EQ(asked("SELECT bit FROM fact WHERE name = 'client certificate'"), 4);
  EXPECT_EQ(asked("SELECT bit FROM fact WHERE name = 'authentication of the message'"), 65536);
}

TEST_F(LedgerSchema, NamesTheColumnThatCantBeUnderstood) {
  {
    auto writer = Writer::open({.file = file_, .hash_key = {}}, counts_, fixed_now);
    ASSERT_TRUE(writer);
    (*writer)->add(std::vector<Record>(5, full_record()));
  }
  sql("UPDATE submission SET outcome = 'praised' WHERE id = 1;"
      "UPDATE submission SET client = 'somewhere' WHERE id = 2;"
      "UPDATE submission SET missing_facts = 1 << 40 WHERE id = 3;"
      "UPDATE submission SET stage = '' WHERE id = 4");
  const auto found = rows();
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found[0].fault, "outcome");
  EXPECT_EQ(found[1].fault, "client");
  EXPECT_EQ(found[2].fault, "missing_facts");
  EXPECT_EQ(found[3].fault, "stage");
  EXPECT_EQ(found[4].fault, "");
}

}  // namespace
}  // namespace postern::ledger

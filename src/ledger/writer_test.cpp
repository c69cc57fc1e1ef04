#include "ledger/writer.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/hash.hpp"
#include "ledger/reader.hpp"
#include "ledger/schema.hpp"
#include "ledger/sqlite.hpp"
#include "ledger/testing/rows.hpp"

namespace postern::ledger {
namespace {

using namespace std::chrono_literals;

UnixTime fixed_now() {
  return today;
}

class LedgerWriter : public testing::Test {
 protected:
  LedgerWriter() {
    std::string name = testing::TempDir() + "/postern-ledger-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    options_.file = folder_ + "/ledger.db";
  }
  ~LedgerWriter() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Writer> open() {
    auto ledger = Writer::open(options_, counts_, fixed_now);
    EXPECT_TRUE(ledger) << (ledger ? "" : ledger.error().line());
    return ledger ? std::move(*ledger) : nullptr;
  }
  std::vector<Row> rows(const Filter& filter = {}) {
    std::vector<Row> out;
    auto file = Reader::open(options_.file);
    EXPECT_TRUE(file) << (file ? "" : file.error().line());
    if (!file) return out;
    const auto done = (*file)->read(filter, [&](const Row& row) {
      out.push_back(row);
      return true;
    });
    EXPECT_TRUE(done);
    return out;
  }
  // Waits until the condition holds; false after ten seconds.
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }

  std::string folder_;
  WriterOptions options_;
  Counts counts_;
};

TEST_F(LedgerWriter, GivesBackWhatItTook) {
  const Record r = full_record();
  {
    auto ledger = open();
    ledger->add({r});
  }
  const auto found = rows();
  ASSERT_EQ(found.size(), 1u);
  const Record& f = found[0].record;
  EXPECT_EQ(f.time, r.time);
  EXPECT_EQ(f.outcome, r.outcome);
  EXPECT_EQ(f.mode, r.mode);
  EXPECT_EQ(f.stage, r.stage);
  EXPECT_EQ(f.door, r.door);
  EXPECT_EQ(f.transaction, r.transaction);
  EXPECT_EQ(f.client, r.client);
  EXPECT_EQ(f.helo, r.helo);
  EXPECT_TRUE(f.tls_known && f.tls && f.certificate_known && f.certificate_trusted);
  EXPECT_EQ(f.tls_version, r.tls_version);
  EXPECT_EQ(f.certificate_name, r.certificate_name);
  EXPECT_EQ(f.certificate_alternative_names, r.certificate_alternative_names);
  EXPECT_EQ(f.sender, r.sender);
  EXPECT_EQ(f.recipient, r.recipient);
  EXPECT_TRUE(f.header_known);
  EXPECT_EQ(f.header_from, r.header_from);
  EXPECT_EQ(f.message_id, r.message_id);
  EXPECT_EQ(f.tenant, r.tenant);
  EXPECT_EQ(f.reason, r.reason);
  EXPECT_EQ(f.exception, r.exception);
  EXPECT_EQ(f.connector, r.connector);
  EXPECT_FALSE(f.missing.any());
  EXPECT_EQ(found[0].fault, "");
  EXPECT_EQ(f.reply, r.reply);
  ASSERT_EQ(f.steps.size(), 2u);
  EXPECT_EQ(f.steps[0].question, r.steps[0].question);
  EXPECT_EQ(f.steps[1].answer, "unknown");
  EXPECT_EQ(f.steps[1].connector, "HQ \xef\xbf\xbd");
}

TEST_F(LedgerWriter, KeepsWhatPeopleChangedWhateverWaits) {
  options_.queue = 1;
  {
    auto ledger = open();
    ledger->add({full_record(), full_record(), full_record()});
    ledger->add(Change{today, "mode", "contoso.com", "observe", "enforce", "ann", "19 days"});
    ledger->add(Change{today + 1, "pin", "203.0.113.10", "", "forged", "bo \xff", ""});
  }
  auto file = Reader::open(options_.file);
  ASSERT_TRUE(file);
  const auto found = (*file)->changes(10);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ((*found)[0].change.what, "pin");
  const Change& mode = (*found)[1].change;
  EXPECT_EQ(mode.time, today);
  EXPECT_EQ(mode.name, "contoso.com");
  EXPECT_EQ(mode.before, "observe");
  EXPECT_EQ(mode.after, "enforce");
  EXPECT_EQ(mode.who, "ann");
  EXPECT_EQ(mode.reason, "19 days");
  EXPECT_EQ((*file)->changes(1)->size(), 1u);
  EXPECT_EQ(*(*file)->newest(), 1);
  EXPECT_EQ((*file)->oldest_time()->value(), today);
}

TEST_F(LedgerWriter, KeepsWhatIsNotKnownUnknown) {
  Record r = full_record();
  r.client.reset();
  r.missing = {policy::Fact::certificate | policy::Fact::tls, true};
  r.tls_known = r.certificate_known = r.header_known = false;
  open()->add({r});
  const auto found = rows();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].record.client);
  EXPECT_FALSE(found[0].record.tls_known || found[0].record.certificate_known ||
               found[0].record.header_known);
  EXPECT_EQ(found[0].record.missing, r.missing);
}

TEST_F(LedgerWriter, IsReadableByItsGroupAtMost) {
  open();
  struct stat status {};
  ASSERT_EQ(::stat(options_.file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777 & ~0640u, 0u);
}

TEST_F(LedgerWriter, GoesOnWhereItEnded) {
  for (int i = 0; i < 3; ++i)
    open()->add({full_record()});
  EXPECT_EQ(rows().size(), 3u);
}

TEST_F(LedgerWriter, HashesLocalParts) {
  options_.hash_key = "0123456789abcdef";
  open()->add({full_record()});
  const auto found = rows();
  ASSERT_EQ(found.size(), 1u);
  const Record& r = found[0].record;
  EXPECT_TRUE(r.sender.starts_with('~') && r.sender.ends_with("@contoso.com")) << r.sender;
  EXPECT_EQ(r.sender.size(), 17 + std::string("@contoso.com").size());
  // One mailbox is one mailbox, however it is written.
  EXPECT_EQ(r.sender, r.header_from);
  EXPECT_NE(r.sender, r.recipient);
  EXPECT_NE(hashed_address("scanner@contoso.com", "another key of 16"), r.sender);
  std::ifstream raw(options_.file, std::ios::binary);
  const std::string octets((std::istreambuf_iterator<char>(raw)), std::istreambuf_iterator<char>());
  EXPECT_EQ(octets.find("canner@"), std::string::npos);
}

// "0 submissions" would read as: nobody was refused.
TEST_F(LedgerWriter, AHashedLedgerSaysThatItCantBeAskedForAnAddress) {
  options_.hash_key = "0123456789abcdef";
  open()->add({full_record()});
  const auto asked = [&](const Filter& filter) {
    const auto done = (*Reader::open(options_.file))->read(filter, [](const Row&) { return true; });
    return done ? std::string() : done.error().line();
  };
  Filter f;
  f.sender = "Scanner@Contoso.com";
  EXPECT_EQ(asked(f), options_.file +
                          ": local parts are hashed, so whether 'Scanner@Contoso.com' is among "
                          "them can't be told; ask for @Contoso.com, or give the hash as the "
                          "ledger shows it");
  f.reason = "own_header_from";
  EXPECT_EQ(asked(f), "") << "no row of that reason, whoever sent it";
  f = {};
  f.recipient = "nobody@contoso.com";
  EXPECT_NE(asked(f), "");
  f.recipient = "ann@fabrikam.com";
  EXPECT_EQ(asked(f), "") << "domains are kept as they are";
  f.recipient = "@contoso.com";
  EXPECT_EQ(asked(f), "");
  EXPECT_EQ(rows(f).size(), 1u);
  f.recipient = rows()[0].record.recipient;
  EXPECT_EQ(rows(f).size(), 1u) << "the hash itself";
}

TEST_F(LedgerWriter, Filters) {
  Record a = full_record();
  Record b = full_record();
  b.time = today - 100;
  b.client = IpAddress::parse("192.0.2.1");
  b.sender = "other@fabrikam.com";
  b.header_known = false;
  b.reason = "own_header_from";
  b.outcome = Outcome::refused;
  b.mode = Mode::enforce;
  open()->add({a, b});
  Filter f;
  f.since = today;
  EXPECT_EQ(rows(f).size(), 1u);
  f = {};
  f.until = today;
  EXPECT_EQ(rows(f).size(), 1u);
  f = {};
  f.client = *Prefix::parse("192.0.2.0/24");
  EXPECT_EQ(rows(f).size(), 1u);
  f = {};
  f.sender = "SCANNER@contoso.com";
  EXPECT_EQ(rows(f).size(), 1u);
  f.sender = "@fabrikam.com";
  EXPECT_EQ(rows(f).size(), 1u);
  f.sender = "scanner";
  EXPECT_EQ(rows(f).size(), 0u);
  f = {};
  f.recipient = "ann@contoso.com";
  EXPECT_EQ(rows(f).size(), 2u);
  f = {};
  f.reason = "own_header_from";
  EXPECT_EQ(rows(f).size(), 1u);
  f = {};
  f.mode = "observe";
  EXPECT_EQ(rows(f).size(), 1u);
  f = {};
  f.outcome = "refused";
  EXPECT_EQ(rows(f).size(), 1u);
}

TEST_F(LedgerWriter, ForgetsAfterTheRetention) {
  options_.retention_days = 30;
  Record old = full_record();
  old.time = today - 31 * 86400;
  Record kept = full_record();
  kept.time = today - 29 * 86400;
  open()->add({old, kept});
  EXPECT_EQ(rows().size(), 2u);
  auto ledger = open();
  EXPECT_TRUE(eventually([&] { return rows().size() == 1; }));
  EXPECT_EQ(rows()[0].record.time, kept.time);
}

TEST_F(LedgerWriter, ALockedDatabaseBlocksNobodyAndLosesNothing) {
  auto ledger = open();
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(options_.file.c_str(), &handle), SQLITE_OK);
  const Database other(handle);
  ASSERT_TRUE(run_statements(handle, "BEGIN IMMEDIATE"));
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i)
    ledger->add({full_record()});
  EXPECT_LT(std::chrono::steady_clock::now() - before, 500ms);
  EXPECT_TRUE(eventually([&] { return counts_.failures.value() > 0; }));
  EXPECT_EQ(counts_.rows.value(), 0u);
  ASSERT_TRUE(run_statements(handle, "COMMIT"));
  EXPECT_TRUE(eventually([&] { return counts_.rows.value() == 50; }));
  EXPECT_EQ(counts_.drops.value(), 0u);
  EXPECT_EQ(rows().size(), 50u);
}

// rm, or a rotation of logs that took it for one: records went where nobody looks, as written.
TEST_F(LedgerWriter, AFileThatIsGoneIsAFailureUntilItIsBack) {
  std::mutex mutex;
  std::string why;
  options_.on_change = [&](bool failing, const std::string& said) {
    const std::lock_guard lock(mutex);
    why = failing ? said : "goes on";
  };
  const auto said = [&](std::string_view text) {
    const std::lock_guard lock(mutex);
    return why.find(text) != std::string::npos;
  };
  const std::string aside = options_.file + ".1";
  auto ledger = open();
  ledger->add({full_record()});
  EXPECT_TRUE(eventually([&] { return counts_.rows.value() == 1; }));
  std::filesystem::rename(options_.file, aside);
  ledger->add({full_record(), full_record()});
  EXPECT_TRUE(eventually([&] { return said("the file was moved or removed"); }));
  EXPECT_GT(counts_.failures.value(), 0u);
  EXPECT_EQ(counts_.rows.value(), 1u);
  std::filesystem::rename(aside, options_.file);
  EXPECT_TRUE(eventually([&] { return counts_.rows.value() == 3; }));
  EXPECT_TRUE(eventually([&] { return said("goes on"); }));
  EXPECT_EQ(rows().size(), 3u);
  // Nor is it found again by the gate's end: what waits is in the old file, and not in the ledger.
  std::filesystem::rename(options_.file, aside);
  ledger->add({full_record()});
  ledger.reset();
  EXPECT_EQ(counts_.rows.value(), 3u);
  EXPECT_EQ(counts_.drops.value(), 1u);
  EXPECT_FALSE(std::filesystem::exists(options_.file));
}

TEST_F(LedgerWriter, AFullQueueDropsAndCounts) {
  options_.queue = 10;
  options_.last_words = 0ms;
  auto ledger = open();
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(options_.file.c_str(), &handle), SQLITE_OK);
  const Database other(handle);
  ASSERT_TRUE(run_statements(handle, "BEGIN IMMEDIATE"));
  ledger->add(std::vector<Record>(25, full_record()));
  EXPECT_EQ(counts_.drops.value(), 15u);
  EXPECT_EQ(counts_.queue.value(), 10);
  // What can't be written at the end is told as dropped, too.
  ledger.reset();
  EXPECT_EQ(counts_.drops.value(), 25u);
}

TEST_F(LedgerWriter, AFullDiskIsSurvivedAndToldOnceAtItsBeginningAndOnceAtItsEnd) {
  std::mutex mutex;
  std::vector<std::pair<bool, std::string>> changes;
  options_.on_change = [&](bool failing, const std::string& why) {
    const std::lock_guard lock(mutex);
    changes.emplace_back(failing, why);
  };
  auto ledger = open();
  ledger->add({full_record()});
  ASSERT_TRUE(eventually([&] { return counts_.rows.value() == 1; }));
  // No file of this process may grow: the same error as a full disk gives.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tight{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  ledger->add(std::vector<Record>(200, full_record()));
  const bool failed = eventually([&] { return counts_.failures.value() > 2; });
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(failed);
  EXPECT_TRUE(eventually([&] { return counts_.rows.value() == 201; }));
  EXPECT_EQ(rows().size(), 201u);
  ledger->add({full_record()});
  ledger.reset();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_TRUE(changes[0].first);
  EXPECT_EQ(changes[0].second, "disk I/O error");
  EXPECT_FALSE(changes[1].first);
}

TEST_F(LedgerWriter, ACheckSaysWhatOpeningWouldAndChangesNothing) {
  EXPECT_TRUE(Writer::check(options_));
  EXPECT_FALSE(std::filesystem::exists(options_.file));
  options_.file = folder_ + "/missing/ledger.db";
  EXPECT_EQ(Writer::check(options_).error().line(),
            Writer::open(options_, counts_, fixed_now).error().line());
  options_.file = folder_;
  EXPECT_FALSE(Writer::check(options_));
  options_.file = folder_ + "/ledger.db";
  const auto ledger = open();
  EXPECT_TRUE(Writer::check(options_));
  std::ofstream(folder_ + "/other") << "this is text, and no database at all";
  options_.file = folder_ + "/other";
  EXPECT_FALSE(Writer::check(options_));
}

TEST_F(LedgerWriter, TakesNoOtherDatabaseAndNoNewerLedger) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(options_.file.c_str(), &handle), SQLITE_OK);
  {
    const Database other(handle);
    ASSERT_TRUE(run_statements(handle, "CREATE TABLE t (a)"));
  }
  EXPECT_NE(Writer::open(options_, counts_, fixed_now).error().what.find("no ledger"),
            std::string::npos);
  std::filesystem::remove(options_.file);
  open();
  ASSERT_EQ(sqlite3_open(options_.file.c_str(), &handle), SQLITE_OK);
  {
    const Database newer(handle);
    const std::string next = "PRAGMA user_version = " + std::to_string(schema_version + 1);
    ASSERT_TRUE(run_statements(handle, next.c_str()));
  }
  const std::string version = "version " + std::to_string(schema_version + 1);
  EXPECT_NE(Writer::open(options_, counts_, fixed_now).error().what.find(version),
            std::string::npos);
  EXPECT_NE(Reader::open(options_.file).error().what.find(version), std::string::npos);
  std::ofstream(options_.file) << "this is text, and no database at all, however long it goes on";
  EXPECT_FALSE(Reader::open(options_.file));
  EXPECT_FALSE(Reader::open(folder_ + "/absent"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/absent"));
}

}  // namespace
}  // namespace postern::ledger

// Verdicts to a server of the test's own and back.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/connection.hpp"
#include "cluster/testing/over_a_server.hpp"
#include "cluster/verdict_reader.hpp"
#include "cluster/verdict_sink.hpp"
#include "cluster/verdict_streams.hpp"
#include "ledger/published.hpp"

namespace postern::cluster {
namespace {

using namespace std::chrono_literals;

ledger::Row row_of(std::int64_t counter, const std::string& tenant = "contoso.com",
                   const std::string& gate = "mx1") {
  ledger::Row row;
  row.id = counter;
  row.verdict = {gate, "0123456789", counter};
  row.record.tenant = tenant;
  row.record.recipient = "ann@contoso.com";
  return row;
}

class ClusterVerdicts : public testing::OverAServer {
 protected:
  void SetUp() override {
    OverAServer::SetUp();
    if (!ready()) return;
    const auto connection = connected();
    ASSERT_TRUE(connection);
    const auto made = make_verdict_streams(*connection, {.streams = 4, .replicas = 1});
    ASSERT_TRUE(made) << made.error().line();
  }

  // How many were stored.
  std::size_t send(gate::VerdictSink& sink, const std::vector<ledger::Row>& rows) {
    std::size_t stored = 0;
    for (const ledger::Row& row : rows) {
      const auto sent =
          sink.send({row.id, row.verdict.text(), row.record.tenant, ledger::published_form(row)});
      EXPECT_TRUE(sent) << sent.error().line();
    }
    std::size_t answered = 0;
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (answered < rows.size() && std::chrono::steady_clock::now() < until) {
      for (const gate::SinkAnswer& answer : sink.take_answers(100ms)) {
        ++answered;
        stored += answer.stored ? 1 : 0;
        if (!answer.stored) last_fault_ = answer.why;
      }
    }
    EXPECT_EQ(answered, rows.size());
    return stored;
  }
  std::unique_ptr<ledger::Rows> open(const std::string& tenant = {}) {
    auto opened = open_verdicts(server_->settings(), tenant);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().line());
    return opened ? std::move(*opened) : nullptr;
  }
  static std::vector<ledger::Row> read(ledger::Rows& rows) {
    std::vector<ledger::Row> out;
    const auto done = rows.read({}, [&](const ledger::Row& row) {
      out.push_back(row);
      return true;
    });
    EXPECT_TRUE(done) << (done ? "" : done.error().line());
    return out;
  }

  std::string last_fault_;
};

TEST_F(ClusterVerdicts, AreReadAsTheyWereSentAndOnceHoweverOftenTheyWereSent) {
  const auto sink = make_verdict_sink(server_->settings(), "mx1");
  std::vector<ledger::Row> rows;
  for (std::int64_t counter = 1; counter <= 150; ++counter)
    rows.push_back(row_of(counter));
  EXPECT_EQ(send(*sink, rows), rows.size()) << last_fault_;
  EXPECT_EQ(send(*sink, {rows[0], rows[1]}), 2u) << "the server drops them itself";
  const auto reader = open();
  const auto found = read(*reader);
  ASSERT_EQ(found.size(), rows.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].fault, "");
    EXPECT_EQ(found[i].verdict, rows[i].verdict);
  }
  EXPECT_TRUE(reader->gaps().empty());
  // What comes is read on from there.
  EXPECT_TRUE(read(*reader).empty());
  EXPECT_EQ(send(*sink, {row_of(151)}), 1u);
  const auto more = read(*reader);
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(more[0].id, 151);
}

TEST_F(ClusterVerdicts, OfATenantAreReadWithoutThoseOfOthers) {
  const auto sink = make_verdict_sink(server_->settings(), "mx1");
  std::vector<ledger::Row> rows;
  std::map<std::string, std::size_t> sent;
  for (std::int64_t counter = 1; counter <= 60; ++counter) {
    const std::string tenant = "tenant" + std::to_string(counter % 6) + ".example";
    rows.push_back(row_of(counter, tenant));
    ++sent[tenant];
  }
  EXPECT_EQ(send(*sink, rows), rows.size()) << last_fault_;
  for (const auto& [tenant, count] : sent) {
    const auto reader = open(tenant);
    const auto found = read(*reader);
    EXPECT_EQ(found.size(), count);
    for (const ledger::Row& row : found)
      EXPECT_EQ(row.record.tenant, tenant);
  }
  EXPECT_EQ(read(*open()).size(), rows.size());
  EXPECT_TRUE(read(*open("tenant9.example")).empty());
}

TEST_F(ClusterVerdicts, WhatIsMissingIsTold) {
  const auto sink = make_verdict_sink(server_->settings(), "mx1");
  EXPECT_EQ(send(*sink, {row_of(1), row_of(2), row_of(5)}), 3u);
  const auto reader = open();
  EXPECT_EQ(read(*reader).size(), 3u);
  ASSERT_EQ(reader->gaps().size(), 1u);
  EXPECT_EQ(reader->gaps()[0].what, "2 rows of gate mx1 are not in the streams: 3 to 4");
}

TEST_F(ClusterVerdicts, WhatOneGateWritesInAnothersNameIsAFault) {
  const auto sink = make_verdict_sink(server_->settings(), "mx2");
  EXPECT_EQ(send(*sink, {row_of(1), row_of(2, "contoso.com", "mx2")}), 2u);
  const auto honest = make_verdict_sink(server_->settings(), "mx1");
  EXPECT_EQ(send(*honest, {row_of(3)}), 1u);
  const auto found = read(*open());
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].fault, "subject");
  EXPECT_EQ(found[1].fault, "");
  EXPECT_EQ(found[2].fault, "");
}

TEST_F(ClusterVerdicts, WithoutAServerNothingIsStoredAndWithOneAgainItIs) {
  const auto sink = make_verdict_sink(server_->settings(), "mx1");
  EXPECT_EQ(send(*sink, {row_of(1)}), 1u);
  server_->kill();
  const auto until = std::chrono::steady_clock::now() + 10s;
  bool failed = false;
  while (!failed && std::chrono::steady_clock::now() < until) {
    const ledger::Row row = row_of(2);
    failed = !sink->send({2, row.verdict.text(), row.record.tenant, ledger::published_form(row)});
    for (const gate::SinkAnswer& answer : sink->take_answers(50ms))
      EXPECT_FALSE(answer.stored);
  }
  EXPECT_TRUE(failed);
  ASSERT_TRUE(server_->restart());
  bool stored = false;
  while (!stored && std::chrono::steady_clock::now() < until + 20s) {
    const ledger::Row row = row_of(2);
    (void)sink->send({2, row.verdict.text(), row.record.tenant, ledger::published_form(row)});
    for (const gate::SinkAnswer& answer : sink->take_answers(100ms))
      stored = stored || answer.stored;
  }
  EXPECT_TRUE(stored);
  EXPECT_EQ(read(*open()).size(), 2u);
}

TEST_F(ClusterVerdicts, StreamsAreMadeOnceAndChangedNotSplit) {
  const auto connection = connected();
  ASSERT_TRUE(connection);
  EXPECT_EQ(verdict_streams(*connection, {}).value().size(), 4u);
  EXPECT_EQ(verdict_streams(*connection, "contoso.com").value().size(), 1u);
  EXPECT_TRUE(make_verdict_streams(*connection, {.streams = 4, .replicas = 1, .age = 24h}));
  const auto other = make_verdict_streams(*connection, {.streams = 8, .replicas = 1});
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().what.find("has 4 verdict streams already"), std::string::npos);
}

TEST(ClusterVerdictSubjects, AreOfOnePartForOneTenant) {
  EXPECT_EQ(verdict_subject("contoso.com", "mx1"),
            verdict_filter("contoso.com").substr(0, 11) + "contoso_com.mx1");
  EXPECT_EQ(verdict_filter(""), "verdict.>");
  // Gates of other versions compute the same: a change would part a tenant's verdicts.
  // Every version of every gate computes the same, or a tenant's verdicts would be parted.
  EXPECT_EQ(verdict_part("contoso.com"), 29u);
  std::map<unsigned, int> parts;
  for (int i = 0; i < 6400; ++i)
    ++parts[verdict_part("tenant" + std::to_string(i) + ".example")];
  EXPECT_EQ(parts.size(), verdict_parts);
  for (const auto& [part, count] : parts)
    EXPECT_LT(count, 200) << part;
}

TEST(ClusterVerdictAddress, NamesServersAndATenant) {
  const auto address = parse_verdict_address("nats://a.example:4222,b.example/contoso.com");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->servers,
            (std::vector<std::string>{"nats://a.example:4222", "nats://b.example"}));
  EXPECT_EQ(address->tenant, "contoso.com");
  const auto file = parse_verdict_address("nats:///contoso.com");
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->servers.empty());
  EXPECT_EQ(parse_verdict_address("tls://a.example")->servers.front(), "tls://a.example");
  EXPECT_FALSE(parse_verdict_address("nats://me:secret@a.example"));
  EXPECT_FALSE(parse_verdict_address("nats://a.example,,b.example"));
  EXPECT_FALSE(parse_verdict_address("ledger.db"));
}

}  // namespace
}  // namespace postern::cluster

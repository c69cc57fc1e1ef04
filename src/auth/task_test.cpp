#include "auth/task.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "auth/memory_zone.hpp"

namespace postern::auth {
namespace {

/// Answers when it is told to.
class SlowResolver final : public Resolver {
 public:
  void query(std::string_view, RecordType, Done done) override {
    waiting.push_back(std::move(done));
  }
  void answer_next() {
    Done done = std::move(waiting.front());
    waiting.erase(waiting.begin());
    DnsAnswer answer;
    answer.status = DnsStatus::no_data;
    done(std::move(answer));
  }
  std::vector<Done> waiting;
};

Task<int> count_voids(Resolver& resolver, int names) {
  int voids = 0;
  for (int i = 0; i < names; ++i) {
    const DnsAnswer answer = co_await lookup(resolver, "example.com", RecordType::txt);
    if (is_void(answer.status)) ++voids;
  }
  co_return voids;
}

Task<int> twice(Resolver& resolver, int names) {
  const int first = co_await count_voids(resolver, names);
  co_return first + co_await count_voids(resolver, names);
}

TEST(Task, finishes_at_once_where_answers_are_at_hand) {
  MemoryZone zone;
  EXPECT_EQ(run_now(twice(zone, 3)), 6);
  EXPECT_EQ(zone.queries(), 6u);
}

TEST(Task, ten_thousand_answers_at_hand_take_no_stack) {
  MemoryZone zone;
  EXPECT_EQ(run_now(count_voids(zone, 100'000)), 100'000);
}

TEST(Task, goes_on_when_the_answer_comes) {
  SlowResolver resolver;
  int result = -1;
  auto task = twice(resolver, 1);
  task.start([&](int voids) { result = voids; });
  EXPECT_EQ(result, -1);
  resolver.answer_next();
  EXPECT_EQ(result, -1);
  resolver.answer_next();
  EXPECT_EQ(result, 2);
}

TEST(Task, may_be_destroyed_while_it_waits) {
  SlowResolver resolver;
  bool called = false;
  {
    auto task = twice(resolver, 1);
    task.start([&](int) { called = true; });
  }
  resolver.answer_next();
  EXPECT_FALSE(called);
}

TEST(Task, may_be_destroyed_by_the_one_who_gets_its_result) {
  SlowResolver resolver;
  auto task = std::make_optional(count_voids(resolver, 1));
  int result = -1;
  task->start([&](int voids) {
    result = voids;
    task.reset();
  });
  resolver.answer_next();
  EXPECT_EQ(result, 1);
}

TEST(MemoryZone, tells_apart_what_is_not_there) {
  MemoryZone zone;
  zone.add_text("a.b.example.com", "v=spf1 -all");
  zone.add_alias("www.example.com", "A.B.example.com.");
  zone.add_alias("loop.example.com", "loop.example.com");
  zone.set_status("down.example.com", DnsStatus::timeout);
  EXPECT_EQ(zone.answer("a.B.example.com.", RecordType::txt).texts.at(0), "v=spf1 -all");
  EXPECT_EQ(zone.answer("www.example.com", RecordType::txt).texts.at(0), "v=spf1 -all");
  EXPECT_EQ(zone.answer("a.b.example.com", RecordType::mx).status, DnsStatus::no_data);
  EXPECT_EQ(zone.answer("b.example.com", RecordType::txt).status, DnsStatus::no_data);
  EXPECT_EQ(zone.answer("c.example.com", RecordType::txt).status, DnsStatus::nonexistent_name);
  EXPECT_EQ(zone.answer("loop.example.com", RecordType::txt).status, DnsStatus::server_failure);
  EXPECT_EQ(zone.answer("down.example.com", RecordType::a).status, DnsStatus::timeout);
}

TEST(ReverseName, both_families) {
  EXPECT_EQ(reverse_name(*IpAddress::parse("192.0.2.1")), "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(reverse_name(*IpAddress::parse("2001:db8::1")),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

}  // namespace
}  // namespace postern::auth

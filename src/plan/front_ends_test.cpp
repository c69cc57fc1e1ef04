// Changes and their undoing behind front ends that hear of a change at different times and answer
// in turn. What is said to be done must be done, whatever they show.
#include "plan/testing/front_ends.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace postern::plan {
namespace {

using namespace testing;
using Writes = FrontEnds::Writes;
using Status = StepRecord::Status;
using Lags = std::vector<int>;

const std::vector<std::string> none;

std::string shown(const Lags& lags, Writes writes) {
  std::string out = writes == Writes::at_once ? "writes at once, lags" : "writes as known, lags";
  for (const int lag : lags)
    out += " " + std::to_string(lag);
  return out;
}

/// Runs again, as the message says, until it is done: never more than a few times.
template <class Run>
Ended again_until_done(Run run) {
  for (int i = 0; i < 5; ++i) {
    const auto ended = run();
    if (!ended) ADD_FAILURE() << ended.error().line();
    if (!ended || *ended == Ended::holds) return Ended::holds;
  }
  return Ended::not_in_time;
}

// Apply, then roll back at once: the way that left changes behind.
void there_and_back(const Lags& lags, Writes writes) {
  SCOPED_TRACE(shown(lags, writes));
  Clock clock;
  FrontEnds tenant(contoso(), clock, lags, writes);
  Bench bench(tenant, clock);
  const Plan plan = a_plan();
  Record record = Record::of(plan);
  const auto applied = bench.run(record);
  ASSERT_TRUE(applied) << applied.error().line();
  ASSERT_EQ(*applied, Ended::holds);
  ASSERT_EQ(differences(planned(plan), tenant.tenant()), none);

  bool turned_off = false;
  tenant.before = [&](int, std::string_view cmdlet) -> std::optional<Error> {
    if (cmdlet == "Remove-InboundConnector") {
      turned_off = tenant.tenant().reject_direct_send != policy::RejectDirectSend::on;
      EXPECT_TRUE(turned_off) << "a connector goes while the switch is on";
    }
    return {};
  };
  const auto undone = bench.back(record);
  ASSERT_TRUE(undone) << undone.error().line();
  EXPECT_EQ(*undone, Ended::holds);
  EXPECT_TRUE(turned_off);
  EXPECT_EQ(differences(contoso(), tenant.tenant()), none);
}

constexpr Writes both[] = {Writes::at_once, Writes::as_known};

// POSTERN_EVERY_LAG=1 tries every pattern instead of some of each kind: minutes, not seconds.
const bool every = std::getenv("POSTERN_EVERY_LAG") != nullptr;

void in_both_ways(const Lags& lags, int number) {
  if (every || number % 2 == 0) there_and_back(lags, Writes::at_once);
  if (every || number % 2 == 1) there_and_back(lags, Writes::as_known);
}

TEST(FrontEnds, EachLagAlone) {
  for (int lag = 0; lag <= 40; ++lag)
    in_both_ways({lag}, lag);
}

TEST(FrontEnds, TwoOfThemInTurn) {
  const int apart = every ? 1 : 10;
  for (int first = 0; first <= 40; first += apart)
    for (int second = 0; second <= 40; second += apart)
      in_both_ways({first, second}, first / 10);
}

TEST(FrontEnds, ThreeOfThemInTurn) {
  const Lags some = every ? Lags{0, 3, 7, 12, 19, 25, 33, 40} : Lags{0, 19, 40};
  int number = 0;
  for (const int first : some)
    for (const int second : some)
      for (const int third : some)
        in_both_ways({first, second, third}, ++number);
}

TEST(FrontEnds, AnsweringByChance) {
  for (unsigned seed = 1; seed <= (every ? 2000u : 25u); ++seed) {
    std::mt19937 chance(seed);
    Lags lags(1 + chance() % 5);
    for (int& lag : lags)
      lag = static_cast<int>(chance() % 41);
    SCOPED_TRACE(seed);
    there_and_back(lags, both[seed % 2]);
  }
}

struct Kill {
  enum class Where : std::uint8_t { before_call, after_call, before_save, after_save };
  Where where = Where::before_call;
  int at = 0;
};

// False where the run ended before it came to be killed.
template <class Run>
bool killed(FrontEnds& tenant, Bench& bench, Kill kill, Run run) {
  bool hit = false;
  const int calls = tenant.calls, saves = bench.saves;
  const auto at = [&](int number) {
    if (number != kill.at || hit) return;
    hit = true;
    throw Killed{};
  };
  const auto at_call = [&](int number, std::string_view) -> std::optional<Error> {
    at(number - calls);
    return {};
  };
  const auto at_save = [&](int number) { at(number - saves); };
  if (kill.where == Kill::Where::before_call) tenant.before = at_call;
  if (kill.where == Kill::Where::after_call) tenant.after = at_call;
  if (kill.where == Kill::Where::before_save) bench.before_save = at_save;
  if (kill.where == Kill::Where::after_save) bench.after_save = at_save;
  try {
    run();
  } catch (const Killed&) {
  }
  tenant.before = tenant.after = nullptr;
  bench.before_save = bench.after_save = nullptr;
  return hit;
}

const std::vector<Lags> patterns =
    every ? std::vector<Lags>{{0}, {40}, {0, 40}, {40, 0, 13}, {5, 9}, {31, 2, 17, 40}}
          : std::vector<Lags>{{40}, {40, 0, 13}};
constexpr Kill::Where places[] = {Kill::Where::before_call, Kill::Where::after_call,
                                  Kill::Where::before_save, Kill::Where::after_save};

TEST(KilledWithLag, WhileApplyingThenBackOrOn) {
  const Plan plan = a_plan();
  int cases = 0;
  for (const Lags& lags : patterns)
    for (const Kill::Where where : places)
      for (int at = 1;; ++at) {
        bool hit = false;
        for (const bool back : {false, true}) {
          const Writes writes = both[at % 2];
          SCOPED_TRACE(shown(lags, writes) + (back ? ", back" : ", on") + ", killed at " +
                       std::to_string(at) + " of place " + std::to_string(static_cast<int>(where)));
          Clock clock;
          FrontEnds tenant(contoso(), clock, lags, writes);
          Bench bench(tenant, clock);
          bench.limits.settle = std::chrono::seconds(10);
          Record record = Record::of(plan);
          hit = killed(tenant, bench, {where, at}, [&] { (void)bench.run(record); });
          if (!hit) break;
          ++cases;
          const Ended ended = again_until_done([&] {
            Record resumed = bench.on_disk(plan);
            return back ? bench.back(resumed) : bench.run(resumed);
          });
          ASSERT_EQ(ended, Ended::holds);
          ASSERT_EQ(differences(back ? contoso() : planned(plan), tenant.tenant()), none);
        }
        if (!hit) break;
      }
  EXPECT_GT(cases, 100);
}

TEST(KilledWithLag, WhileTakingBackAndGoneOn) {
  const Plan plan = a_plan();
  int cases = 0;
  for (const Lags& lags : patterns)
    for (const Kill::Where where : places)
      // Readings while it holds are alike: every call at first, then each seventh.
      for (int at = 1;; at += every || at < 16 ? 1 : 9) {
        const Writes writes = both[at % 2];
        SCOPED_TRACE(shown(lags, writes) + ", killed at " + std::to_string(at));
        Clock clock;
        FrontEnds tenant(contoso(), clock, lags, writes);
        Bench bench(tenant, clock);
        Record record = Record::of(plan);
        ASSERT_TRUE(bench.run(record));
        if (!killed(tenant, bench, {where, at}, [&] { (void)bench.back(record); })) break;
        ++cases;
        const Ended ended = again_until_done([&] {
          Record resumed = bench.on_disk(plan);
          return bench.back(resumed);
        });
        ASSERT_EQ(ended, Ended::holds);
        ASSERT_EQ(differences(contoso(), tenant.tenant()), none);
      }
  EXPECT_GT(cases, 60);
}

TEST(FrontEnds, BackIsNotSaidWhileOneStillShowsIt) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0, 40});
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  tenant.come_to_rest();
  bench.limits.read_back = std::chrono::seconds(30);
  bench.limits.hold = std::chrono::seconds(20);
  const auto undone = bench.back(record);
  ASSERT_TRUE(undone);
  EXPECT_EQ(*undone, Ended::not_in_time);
  EXPECT_EQ(record.steps[2].status, Status::undoing);
  EXPECT_EQ(record.steps[0].status, Status::done) << "connectors stay until the switch is off";
  EXPECT_EQ(tenant.count("Remove-InboundConnector"), 0);
  // A second run goes on.
  bench.limits.read_back = std::chrono::seconds(300);
  const auto second = bench.back(record);
  ASSERT_TRUE(second) << second.error().line();
  EXPECT_EQ(*second, Ended::holds);
  EXPECT_EQ(differences(contoso(), tenant.tenant()), none);
}

TEST(FrontEnds, TwoAgreeingReadingsAndTheWholeTimeBetweenThem) {
  for (const int hold : {0, 1, 5, 60}) {
    Clock clock;
    FrontEnds tenant(contoso(), clock, {0});
    Bench bench(tenant, clock);
    Record record = Record::of(a_plan());
    ASSERT_TRUE(bench.run(record));
    bench.limits.hold = std::chrono::seconds(hold);
    const std::int64_t begun = clock.ms;
    tenant.names.clear();
    ASSERT_TRUE(bench.back(record));
    EXPECT_GE(tenant.count("Get-InboundConnector"), 1 + 2 * 2) << hold;
    EXPECT_GE(clock.ms - begun, 2 * hold * 1000) << "once for the switch, once for connectors";
    EXPECT_LE(clock.ms - begun, 2 * hold * 1000 + 25'000) << hold;
  }
}

// A front end that never hears of anything: it is not said that all is taken back.
TEST(FrontEnds, OneThatStaysBehindForEver) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  FrontEnds stuck(tenant.tenant(), clock, {0, 1'000'000});
  Bench second(stuck, clock);
  const auto undone = second.back(record);
  ASSERT_TRUE(undone);
  EXPECT_EQ(*undone, Ended::not_in_time);
  EXPECT_GT(stuck.count("Set-OrganizationConfig"), 5) << "it is written again and again";
}

TEST(FrontEnds, AWriteThatFailsOnceIsMadeAgain) {
  for (const bool made : {false, true}) {
    for (const char* which :
         {"Set-OrganizationConfig", "Set-InboundConnector", "Remove-InboundConnector"}) {
      SCOPED_TRACE(which);
      Clock clock;
      FrontEnds tenant(contoso(), clock, {0, 8});
      Bench bench(tenant, clock);
      Record record = Record::of(a_plan());
      ASSERT_TRUE(bench.run(record));
      int faults = 1;
      const auto once = [&](int, std::string_view cmdlet) -> std::optional<Error> {
        if (cmdlet != which || faults-- <= 0) return {};
        return Error{"the answer broke off", "live:contoso", ""};
      };
      (made ? tenant.after : tenant.before) = once;
      const auto undone = bench.back(record);
      ASSERT_TRUE(undone) << undone.error().line();
      EXPECT_EQ(*undone, Ended::holds);
      EXPECT_EQ(differences(contoso(), tenant.tenant()), none);
    }
  }
}

TEST(FrontEnds, AWriteThatIsForbiddenIsToldSoon) {
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0});
  Bench bench(tenant, clock);
  Record record = Record::of(a_plan());
  ASSERT_TRUE(bench.run(record));
  tenant.before = [](int, std::string_view cmdlet) -> std::optional<Error> {
    if (!cmdlet.starts_with("Set-")) return {};
    return Error{"the service forbids it (403)", "live:contoso", "give it the role"};
  };
  const std::int64_t begun = clock.ms;
  const auto undone = bench.back(record);
  ASSERT_FALSE(undone);
  EXPECT_EQ(undone.error().what, "the service forbids it (403)");
  EXPECT_LT(clock.ms - begun, 30'000);
  EXPECT_EQ(tenant.count("Remove-InboundConnector"), 0) << "not with the switch on";
  tenant.before = nullptr;
  ASSERT_TRUE(bench.back(record));
  EXPECT_EQ(differences(contoso(), tenant.tenant()), none);
}

TEST(FrontEnds, LagIsNoChangeBySomebodyElse) {
  // Between its steps apply reads front ends that have not heard of the last one.
  Clock clock;
  FrontEnds tenant(contoso(), clock, {0, 40, 23});
  Bench bench(tenant, clock);
  bench.limits.settle = std::chrono::seconds(0);
  Record record = Record::of(a_plan());
  const auto ended = bench.run(record);
  ASSERT_TRUE(ended) << ended.error().line();
  EXPECT_EQ(*ended, Ended::holds);
  EXPECT_EQ(tenant.count("New-InboundConnector"), 1);
}

}  // namespace
}  // namespace postern::plan

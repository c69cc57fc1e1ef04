// When a request is sent again, and how long before.
#include "exchange/patience.hpp"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "exchange/rate.hpp"
#include "exchange/testing/scripted_transport.hpp"

namespace postern::exchange {
namespace {

using testing::Script;
using testing::Stage;

int status_after(Script& script, Stage& stage, bool may_repeat, const Patience& patience = {}) {
  const auto around = stage.surroundings();
  const auto outcome = send_patiently(script, {}, may_repeat, patience, around);
  return outcome ? outcome->status : -1;
}

TEST(Patience, AGoodAnswerIsNotWaitedFor) {
  Script script;
  Stage stage;
  script.then(200, "");
  EXPECT_EQ(status_after(script, stage, true), 200);
  EXPECT_TRUE(stage.slept.empty());
}

TEST(Patience, RetryAfterInSeconds) {
  Script script;
  Stage stage;
  script.then(429, "", {{"retry-after", "7"}}).then(200, "");
  EXPECT_EQ(status_after(script, stage, false), 200);
  EXPECT_EQ(stage.slept, std::vector<std::int64_t>{7000});
}

TEST(Patience, RetryAfterAsADate) {
  Script script;
  Stage stage;
  stage.now = *parse_mail_date("Wed, 21 Oct 2026 07:28:00 GMT") - 9;
  script.then(503, "", {{"Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"}}).then(200, "");
  EXPECT_EQ(status_after(script, stage, false), 200);
  EXPECT_EQ(stage.slept, std::vector<std::int64_t>{9000});
}

TEST(Patience, ChanceAddsUpToHalf) {
  Script script;
  Stage stage;
  stage.chance = 0.999;
  script.then(429, "", {{"Retry-After", "10"}}).then(200, "");
  EXPECT_EQ(status_after(script, stage, false), 200);
  EXPECT_GT(stage.slept[0], 14'900);
  EXPECT_LT(stage.slept[0], 15'001);
}

TEST(Patience, DoublesWithoutAHint) {
  Script script;
  Stage stage;
  for (int i = 0; i < 9; ++i)
    script.then(500, "");
  EXPECT_EQ(status_after(script, stage, true), 500);
  EXPECT_EQ(stage.slept, (std::vector<std::int64_t>{1000, 2000, 4000, 8000}));
}

TEST(Patience, ALongerWaitIsHandedBack) {
  Script script;
  Stage stage;
  script.then(429, "", {{"Retry-After", "3600"}});
  EXPECT_EQ(status_after(script, stage, true), 429);
  EXPECT_TRUE(stage.slept.empty());
}

TEST(Patience, AWriteIsRepeatedOnlyWhereItWasNotTaken) {
  const auto once = [](auto prepare) {
    Script script;
    Stage stage;
    prepare(script);
    script.then(200, "");
    (void)status_after(script, stage, false);
    return script.sent.size();
  };
  EXPECT_EQ(once([](Script& s) { s.then(500, ""); }), 1u);
  EXPECT_EQ(once([](Script& s) { s.then(503, ""); }), 1u);
  EXPECT_EQ(once([](Script& s) { s.then_fails(false); }), 1u);
  EXPECT_EQ(once([](Script& s) { s.then(429, ""); }), 2u);
  EXPECT_EQ(once([](Script& s) { s.then(503, "", {{"Retry-After", "1"}}); }), 2u);
  EXPECT_EQ(once([](Script& s) { s.then_fails(true); }), 2u);
  EXPECT_EQ(once([](Script& s) { s.then_fails(true, true); }), 1u);
}

TEST(Patience, ARequestTimeoutIsAskedAgain) {
  Script script;
  Stage stage;
  script.then(408, "").then(408, "").then(200, "");
  EXPECT_EQ(status_after(script, stage, true), 200);
  EXPECT_EQ(stage.slept.size(), 2u);
  Script write;
  write.then(408, "").then(200, "");
  EXPECT_EQ(status_after(write, stage, false), 408) << "a write may have been taken";
}

TEST(Patience, ADamagedAnswerIsAskedForAgain) {
  const Header packed{"Content-Encoding", "gzip"};
  for (const Response& damaged : {Response{200, {packed}, "", true},
                                  Response{200, {packed}, R"({"value":[{"Name":"ha)", false},
                                  Response{500, {packed}, "", true}}) {
    Script script;
    Stage stage;
    script.then(damaged).then(200, "{}");
    EXPECT_EQ(status_after(script, stage, true), 200);
    Script write;
    write.then(damaged).then(201, "{}");
    EXPECT_EQ(status_after(write, stage, false), damaged.status);
  }
  // Exchange's way to say that a cmdlet can't be seen.
  Script script;
  Stage stage;
  script.then(Response{403, {packed}, "", true}).then(200, "{}");
  EXPECT_EQ(status_after(script, stage, true), 403);
  Script whole;
  whole.then(Response{200, {packed}, R"({"value":[]})", false});
  EXPECT_EQ(status_after(whole, stage, true), 200);
}

TEST(Patience, NonsenseInRetryAfterIsNone) {
  for (const char* text : {"", "soon", "-", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(retry_after({429, {{"Retry-After", text}}, "", false}, 0), -1) << text;
  }
  EXPECT_EQ(retry_after({429, {{"Retry-After", "-5"}}, "", false}, 0), 0);
}

TEST(Rate, HoldsItsLimitInEveryStretch) {
  Stage stage;
  const auto around = stage.surroundings();
  Rate rate(3, 60);
  std::vector<UnixTime> at;
  for (int i = 0; i < 7; ++i) {
    rate.take(around);
    at.push_back(stage.now);
  }
  for (std::size_t i = 3; i < at.size(); ++i)
    EXPECT_GT(at[i] - at[i - 3], 60);
  EXPECT_EQ(stage.slept.size(), 2u);
}

TEST(Rate, GoesOnFromAnEarlierRun) {
  Stage stage;
  const auto around = stage.surroundings();
  Rate rate(2, 60);
  rate.remember(stage.now - 10);
  rate.remember(stage.now - 5);
  rate.take(around);
  EXPECT_EQ(stage.slept.size(), 1u);
}

}  // namespace
}  // namespace postern::exchange

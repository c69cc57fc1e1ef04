#include "gate/metrics.hpp"

#include <gtest/gtest.h>

namespace postern::gate {
namespace {

TEST(Metrics, CountsByOutcomeModeAndReason) {
  Metrics metrics;
  ledger::Record record;
  record.outcome = ledger::Outcome::would_refuse;
  record.mode = ledger::Mode::observe;
  record.reason = "direct_send_rejected";
  metrics.count(record);
  metrics.count(record);
  record.outcome = ledger::Outcome::refused;
  record.mode = ledger::Mode::enforce;
  record.reason = "multiple_from";
  metrics.count(record);
  const std::string text = prometheus_text(metrics);
  EXPECT_NE(text.find("postern_submissions_total{outcome=\"would_refuse\",mode=\"observe\",reason="
                      "\"direct_send_rejected\"} 2\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("outcome=\"refused\",mode=\"enforce\",reason=\"multiple_from\"} 1\n"),
            std::string::npos);
}

TEST(Metrics, OnlyASourceWithRevisionsTellsOfThem) {
  Metrics metrics;
  EXPECT_EQ(prometheus_text(metrics).find("postern_policy_"), std::string::npos);
  metrics.policy.revision.set(42);
  metrics.policy.age.set(7);
  const std::string text = prometheus_text(metrics);
  EXPECT_NE(text.find("postern_policy_revision 42\n"), std::string::npos) << text;
  EXPECT_NE(text.find("postern_policy_age 7\n"), std::string::npos) << text;
}

TEST(Metrics, BucketsOfAHistogramAreCumulative) {
  Metrics metrics;
  metrics.verdict_latency.observe(std::chrono::microseconds(50));
  metrics.verdict_latency.observe(std::chrono::microseconds(51));
  metrics.verdict_latency.observe(std::chrono::seconds(60));
  const std::string text = prometheus_text(metrics);
  for (const char* line :
       {"postern_verdict_seconds_bucket{le=\"5e-05\"} 1\n",
        "postern_verdict_seconds_bucket{le=\"0.0001\"} 2\n",
        "postern_verdict_seconds_bucket{le=\"5\"} 2\n",
        "postern_verdict_seconds_bucket{le=\"+Inf\"} 3\n", "postern_verdict_seconds_count 3\n",
        "postern_verdict_seconds_sum 60.000101\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace postern::gate

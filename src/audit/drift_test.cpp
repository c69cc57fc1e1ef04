// What counts as drift, and what does not.
#include "audit/drift.hpp"

#include <gtest/gtest.h>

namespace postern::audit {
namespace {

AuditReport report(Status status, const std::string& value) {
  AuditReport out;
  out.tenant = "contoso.com";
  ControlResult control;
  control.control.id = "6.5.5";
  control.status = status;
  control.findings.push_back({status, "contoso.com", value, "there", {}, {}});
  out.results.push_back(control);
  out.entrances.push_back({"own domain", "anybody", Gate::open, "because"});
  return out;
}

TEST(Drift, TheSameIsNone) {
  const auto now = report(Status::fail, "False");
  EXPECT_TRUE(compare(earlier(now), now).empty());
}

TEST(Drift, WhereItWasFoundDoesNotMatter) {
  const auto before = earlier(report(Status::fail, "False"));
  auto now = report(Status::fail, "False");
  now.results[0].findings[0].where = "elsewhere";
  EXPECT_TRUE(compare(before, now).empty());
}

TEST(Drift, AnotherStatusOrValueIsTold) {
  const auto drift = compare(earlier(report(Status::pass, "True")), report(Status::fail, "False"));
  ASSERT_EQ(drift.size(), 1u);
  EXPECT_EQ(drift[0].control, "6.5.5");
  EXPECT_EQ(drift[0].object, "the tenant");
  EXPECT_EQ(drift[0].before, "pass: True");
  EXPECT_EQ(drift[0].after, "fail: False");
}

TEST(Drift, ObjectsComeAndGo) {
  auto before = report(Status::pass, "True");
  before.results[0].findings.push_back({Status::pass, "old.example", "x", {}, {}, {}});
  auto now = report(Status::pass, "True");
  now.results[0].findings.push_back({Status::pass, "new.example", "y", {}, {}, {}});
  const auto drift = compare(earlier(before), now);
  ASSERT_EQ(drift.size(), 2u);
  EXPECT_EQ(drift[0].object, "old.example");
  EXPECT_TRUE(drift[0].after.empty());
  EXPECT_EQ(drift[1].object, "new.example");
  EXPECT_TRUE(drift[1].before.empty());
}

TEST(Drift, TheTenantIsTheSameWhateverItIsCalled) {
  auto now = report(Status::pass, "True");
  now.tenant = now.results[0].findings[0].object = "contoso.onmicrosoft.com";
  EXPECT_TRUE(compare(earlier(report(Status::pass, "True")), now).empty());
}

TEST(Drift, AControlThatWasNotAskedForIsNone) {
  auto before = report(Status::pass, "True");
  ControlResult another;
  another.control.id = "POSTERN-X";
  before.results.push_back(another);
  auto now = report(Status::pass, "True");
  now.entrances[0].state = Gate::not_determined;  // one control alone does not determine it
  EXPECT_TRUE(compare(earlier(before), now).empty());
}

TEST(Drift, AnEntranceThatOpenedIsTold) {
  auto before = report(Status::pass, "True");
  before.entrances[0].state = Gate::shut;
  const auto drift = compare(earlier(before), report(Status::pass, "True"));
  ASSERT_EQ(drift.size(), 1u);
  EXPECT_EQ(drift[0].control, "entrance");
  EXPECT_EQ(drift[0].before, "shut");
  EXPECT_EQ(drift[0].after, "open");
}

}  // namespace
}  // namespace postern::audit

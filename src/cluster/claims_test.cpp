// Domains of tenants that are pushed and taken away, and what an interrupted push or removal leaves
// in the buckets: over a server of their own on loopback.
#include "cluster/claims.hpp"

#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/connection.hpp"
#include "cluster/fleet.hpp"
#include "cluster/policy_store.hpp"
#include "cluster/testing/over_a_server.hpp"
#include "cluster/testing/tenants.hpp"

namespace postern::cluster {
namespace {

class Interrupted : public testing::OverAServer {
 protected:
  void SetUp() override {
    OverAServer::SetUp();
    if (!ready()) return;
    auto store = PolicyStore::open(server_->settings(), "admin");
    ASSERT_TRUE(store) << store.error().line();
    store_ = std::make_unique<PolicyStore>(std::move(*store));
    ASSERT_TRUE(store_->make(1));
    auto connection = Connection::open(server_->settings(), "admin");
    ASSERT_TRUE(connection) << connection.error().line();
    connection_ = std::move(*connection);
  }
  // Over whatever is there. 0: refused.
  std::uint64_t push(const std::string& id, const std::vector<std::string>& domains) {
    const auto there = store_->newest(id).value();
    auto value = testing::tenant_value(id, domains);
    value.when = std::time(nullptr) + seconds_from_now_;
    const auto now = configuration_of(write_tenant_value(value), id);
    EXPECT_TRUE(now) << now.error().front().line();
    const auto pushed = store_->push(id, value, now->tenant, there ? there->revision : 0);
    why_ = pushed ? "" : pushed.error().line();
    notes_ = pushed ? pushed->notes : std::vector<std::string>{};
    return pushed ? pushed->revision : 0;
  }
  void leave_claimed(const std::string& id, const std::string& domain) {
    ASSERT_TRUE(Bucket(*connection_, claim_bucket).put(claim_key(domain), id, 0));
  }
  // The tenant itself, and nothing of its claims.
  void write_alone(const std::string& id, const std::vector<std::string>& domains) {
    const auto value = write_tenant_value(testing::tenant_value(id, domains));
    ASSERT_TRUE(Bucket(*connection_, policy_bucket).put(tenant_key(id), value));
  }
  void remove_alone(const std::string& id) {
    const auto there = store_->newest(id).value();
    ASSERT_TRUE(Bucket(*connection_, policy_bucket).remove(tenant_key(id), there->revision));
  }
  std::string holder_of(const std::string& domain) {
    const auto there = Bucket(*connection_, claim_bucket).newest(claim_key(domain)).value();
    return there && !there->removed ? there->value : "";
  }
  std::unique_ptr<PolicyStore> store_;
  std::unique_ptr<Connection> connection_;
  std::string why_;
  std::vector<std::string> notes_;
  std::int64_t seconds_from_now_ = 0;  ///< when a push is made
};

TEST_F(Interrupted, APushThatIsMadeAgainFreesWhatTheTenantGaveUp) {
  ASSERT_NE(push("contoso", {"contoso.example", "given-up.example"}), 0u);
  write_alone("contoso", {"contoso.example"});
  EXPECT_EQ(holder_of("given-up.example"), "contoso");
  ASSERT_NE(push("contoso", {"contoso.example"}), 0u) << why_;
  EXPECT_EQ(holder_of("given-up.example"), "");
  EXPECT_EQ(holder_of("contoso.example"), "contoso");
  EXPECT_NE(push("fabrikam", {"given-up.example"}), 0u) << why_;
}

TEST_F(Interrupted, WhatNoFormOfATenantHadIsFreedToo) {
  ASSERT_NE(push("contoso", {"contoso.example"}), 0u);
  leave_claimed("contoso", "never-written.example");
  ASSERT_NE(push("contoso", {"contoso.example"}), 0u);
  EXPECT_EQ(holder_of("never-written.example"), "");
  leave_claimed("contoso", "never-written.example");
  ASSERT_TRUE(store_->remove("contoso", store_->newest("contoso").value()->revision));
  EXPECT_EQ(holder_of("never-written.example"), "");
  EXPECT_EQ(holder_of("contoso.example"), "");
}

TEST_F(Interrupted, AClaimOfATenantThatDoesNotHaveTheDomainIsTakenOverAfterAMinute) {
  ASSERT_NE(push("contoso", {"contoso.example", "given-up.example"}), 0u);
  write_alone("contoso", {"contoso.example"});
  EXPECT_EQ(push("fabrikam", {"given-up.example"}), 0u) << "that push may still be going on";
  EXPECT_NE(why_.find("given-up.example was just claimed for tenant contoso, which does not have "
                      "it; a push of it is going on, or was interrupted: try again in 60 s"),
            std::string::npos)
      << why_;
  seconds_from_now_ = 120;
  EXPECT_NE(push("fabrikam", {"given-up.example"}), 0u) << why_;
  EXPECT_EQ(notes_, std::vector<std::string>{"given-up.example was left claimed for tenant "
                                             "contoso, which does not have it: taken over"});
  EXPECT_EQ(holder_of("given-up.example"), "fabrikam");
  EXPECT_EQ(push("tailspin", {"contoso.example"}), 0u) << "contoso has that one";
  EXPECT_NE(why_.find("contoso.example is tenant contoso's"), std::string::npos) << why_;
}

TEST_F(Interrupted, AClaimOfATenantThatIsGoneIsTakenOverAfterAMinute) {
  ASSERT_NE(push("contoso", {"contoso.example"}), 0u);
  remove_alone("contoso");
  leave_claimed("tailspin", "tailspin.example");
  seconds_from_now_ = 120;
  EXPECT_NE(push("fabrikam", {"contoso.example", "tailspin.example"}), 0u) << why_;
  EXPECT_EQ(notes_.size(), 2u);
  EXPECT_EQ(holder_of("contoso.example"), "fabrikam");
  EXPECT_EQ(holder_of("tailspin.example"), "fabrikam");
}

// Two tenants are pushed at once, and the slower one's claim was taken over before it was written.
TEST_F(Interrupted, WhoLosesADomainMeanwhileIsTold) {
  ASSERT_NE(push("contoso", {"contoso.example"}), 0u);
  Bucket claims(*connection_, claim_bucket), policy(*connection_, policy_bucket);
  ASSERT_TRUE(claims.put(claim_key("contoso.example"), "fabrikam"));
  const auto settled =
      Claims(claims, policy).settle("contoso", {"contoso.example", "unclaimed.example"});
  ASSERT_FALSE(settled);
  EXPECT_NE(settled.error().line().find("contoso.example became tenant fabrikam's meanwhile"),
            std::string::npos)
      << settled.error().line();
  EXPECT_TRUE(Claims(claims, policy).settle("contoso", {"unclaimed.example"}));
  EXPECT_EQ(holder_of("unclaimed.example"), "contoso");
  EXPECT_EQ(holder_of("contoso.example"), "fabrikam");
}

}  // namespace
}  // namespace postern::cluster

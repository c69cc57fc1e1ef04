#include "impact/common.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace postern::impact {
namespace {

Sender from(std::string host, Looks looks = Looks::legitimate) {
  Sender out;
  out.hostnames = {std::move(host)};
  out.looks = looks;
  out.standing = Standing::presumed;
  out.with_rejection.reject = 3;
  return out;
}

std::vector<SeenSender> seen(std::vector<Sender> senders) {
  Report report;
  report.senders = std::move(senders);
  return seen_senders(report, Services());
}

TEST(Common, ASenderIsKnownAgainByItsServersNames) {
  const auto all = seen({from("out1.mailer.example"), from("out2.MAILER.example."),
                         from("o1.em.sendgrid.net"), from("printer"), from("192.0.2.1")});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], (SeenSender{"SendGrid", true, true, true}));
  EXPECT_EQ(all[1], (SeenSender{"mailer.example", false, true, true}));
}

TEST(Common, WhatLooksForgedMayCarryAnyName) {
  EXPECT_TRUE(seen({from("out1.mailer.example", Looks::forged)}).empty());
}

TEST(Common, WhatFewerThanThreeSeeIsNamedToNobody) {
  CommonSenders common;
  common.add(seen({from("a.mailer.example"), from("a.rare.example")}), {"one.example"});
  common.add(seen({from("b.mailer.example"), from("a.rare.example")}), {"two.example"});
  EXPECT_TRUE(common.result().empty());
  common.add(seen({from("c.mailer.example")}), {"three.example"});
  ASSERT_EQ(common.result().size(), 1u);
  EXPECT_EQ(common.result()[0].name, "mailer.example");
  EXPECT_EQ(common.result()[0].tenants, 3u);
}

TEST(Common, WhatIsATenantsOwnIsNamedToNobody) {
  CommonSenders common;
  for (const char* domain : {"one.example", "two.example", "three.example"})
    common.add(seen({from("mail.one.example")}), {domain});
  EXPECT_TRUE(common.result().empty());
}

TEST(Common, OnlyWhatIsNoServiceYetAndSomebodysOwnIsProposed) {
  EXPECT_EQ(proposed_services({{"SendGrid", true, 9, 9, 0}, {"noise.example", false, 9, 0, 0}}),
            "");
  const std::string text = proposed_services({{"mailer.example", false, 5, 2, 1}});
  Services services;
  ASSERT_TRUE(services.add(text, "proposed.toml"));
  EXPECT_NE(services.of_host("out.mailer.example"), no_service);
  EXPECT_NE(text.find("5 tenants"), std::string::npos);
}

}  // namespace
}  // namespace postern::impact

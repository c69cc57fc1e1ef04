// One source for several tenants: whose a row is.
#include "impact/dispatch.hpp"

#include <cstdint>
#include <string_view>

#include <gtest/gtest.h>

#include "policy/readings.hpp"

namespace postern::impact {
namespace {

policy::Tenant tenant_of(const char* domain) {
  policy::Tenant out;
  out.name = domain;
  out.accepted_domains.emplace_back().name = domain;
  return out;
}

struct Heard {
  std::uint64_t contoso = 0, fabrikam = 0, nobodys = 0;
};

Heard heard(const evidence::Message& m) {
  const policy::Tenant tenants[] = {tenant_of("contoso.com"), tenant_of("fabrikam.com")};
  const auto owners = policy::Policy::compile(tenants);
  const auto first = policy::Readings::of(tenants[0]);
  const auto second = policy::Readings::of(tenants[1]);
  Collector contoso(*first, {}, {});
  Collector fabrikam(*second, {}, {});
  Dispatch dispatch(*owners, {&contoso, &fabrikam});
  dispatch.message(m);
  const auto rows_of = [](Collector& collector) {
    const Report report = collector.finish();
    return report.totals.used + report.totals.not_relevant;
  };
  return {rows_of(contoso), rows_of(fabrikam), dispatch.rows().of_no_tenant};
}

evidence::Message message(std::string_view envelope, std::string_view author) {
  evidence::Message m;
  m.submission.time = 1'790'000'000;
  m.submission.client_ip = IpAddress::parse("203.0.113.7");
  m.submission.reverse_path = {policy::ReversePath::State::address, envelope};
  m.header_from_domain = author;
  return m;
}

// A receiver's DMARC report to contoso.com, of a newsletter whose bounces go to the service.
TEST(Dispatch, AReportIsItsAuthorsWhoeverReceivedTheMailAndWhereverBouncesGo) {
  evidence::Message m = message("bounces.service.example", "contoso.com");
  m.received_by = "receiver.example";
  const Heard by = heard(m);
  EXPECT_EQ(by.contoso, 1u);
  EXPECT_EQ(by.fabrikam, 0u);
  EXPECT_EQ(by.nobodys, 0u);
}

// What somebody received who is none of them is nobody's here, whatever it writes as its author.
TEST(Dispatch, AMessageIsNotItsAuthors) {
  evidence::Message m = message("bounces.service.example", "contoso.com");
  m.recipient = "ann@adatum.example";
  m.submission.recipient_domain = "adatum.example";
  const Heard by = heard(m);
  EXPECT_EQ(by.contoso, 0u);
  EXPECT_EQ(by.nobodys, 1u);
}

TEST(Dispatch, AMessageIsItsRecipientsAndItsEnvelopeSenders) {
  evidence::Message m = message("contoso.com", "contoso.com");
  m.recipient = "ann@fabrikam.com";
  m.submission.recipient_domain = "fabrikam.com";
  const Heard by = heard(m);
  EXPECT_EQ(by.contoso, 1u);
  EXPECT_EQ(by.fabrikam, 1u);
  EXPECT_EQ(by.nobodys, 0u);
}

}  // namespace
}  // namespace postern::impact

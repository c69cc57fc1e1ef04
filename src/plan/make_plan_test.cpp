// Plans from evidence, and what their proof says.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "plan/difference.hpp"
#include "plan/plan.hpp"
#include "plan/testing/sealed.hpp"
#include "plan/testing/tenant_in_memory.hpp"

namespace postern::plan {
namespace {

using namespace testing;
using evidence::AuthResult;
using evidence::Message;
using policy::ConnectorType;
using policy::Known;
using policy::RejectDirectSend;

constexpr UnixTime start = 1'790'000'000;

// A message with sensible values.
struct Mail {
  std::string from = "scanner@contoso.com";
  std::string to = "ann@contoso.com";
  std::string ip = "203.0.113.7";
  int day = 0;
  Known tls = Known::unknown;
  std::string certificate = {};
  evidence::Delivery delivery = evidence::Delivery::inbox;
  std::string ptr = {};
  AuthResult spf = AuthResult::fail, dkim = AuthResult::none, dmarc = AuthResult::fail;
};

class PlanTest : public ::testing::Test {
 protected:
  // The devices' network is listed as the tenant's own.
  PlanTest() {
    configuration_.tenant = contoso();
    configuration_.dns.known = true;
    for (const char* domain : {"contoso.com", "fabrikam.com"}) {
      tenant::DnsAnswer& spf = configuration_.dns.value[domain].spf;
      spf.asked = true;
      spf.values = {"v=spf1 ip4:203.0.113.0/27 ip4:203.0.113.32/27 ip6:2001:db8::/48 -all"};
    }
  }

  // `pins` in senders.toml's form.
  void pin(const std::string& text) { pins_ = *impact::parse_pins(text, "senders.toml"); }
  void send(const Mail& mail, int days = 1) {
    for (int day = 0; day < days; ++day) {
      mails_.push_back(mail);
      mails_.back().day = day;
    }
  }

  Plan make() {
    auto plan = make_plan(request());
    EXPECT_TRUE(plan) << (plan ? "" : plan.error().front().line());
    return plan ? *plan : Plan{};
  }

  const Request& request() {
    configuration_.tenant.inbound_connectors_known = true;
    context_ = impact::context_of(configuration_, {}, pins_);
    impact::Options options;
    options.most_shapes = most_shapes_;
    options.bystanders = true;
    const auto readings = policy::Readings::of(configuration_.tenant);
    impact::Collector collector(*readings, context_, options);
    for (const Mail& mail : mails_)
      feed(collector, mail);
    report_ = collector.finish();
    request_.configuration = &configuration_;
    request_.context = &context_;
    request_.report = mails_.empty() ? nullptr : &report_;
    request_.source = "test";
    request_.made_by = "postern test";
    request_.now = start + 90 * 86400;
    return request_;
  }

  static void feed(impact::Collector& collector, const Mail& mail) {
    Message m;
    auto& s = m.submission;
    s.authenticated = Known::no;
    s.client_ip = IpAddress::parse(mail.ip);
    s.observed.state = policy::ObservedAttribution::State::default_connector;
    s.time = start + mail.day * 86400;
    s.tls = mail.tls;
    if (!mail.certificate.empty()) {
      s.certificate.state = policy::ClientCertificate::State::presented;
      s.certificate.subject = mail.certificate;
    }
    const std::string_view from(mail.from);
    s.reverse_path = {policy::ReversePath::State::address, from.substr(from.find('@') + 1)};
    m.reverse_path = from;
    s.recipient_domain = std::string_view(mail.to).substr(mail.to.find('@') + 1);
    m.recipient = mail.to;
    m.delivery = mail.delivery;
    m.client_hostname = mail.ptr;
    m.subject = "Scan";
    m.results = {mail.spf, mail.dkim, mail.dmarc, AuthResult::unknown};
    collector.message(m);
  }

  static std::vector<std::string> commands(const Plan& plan) {
    std::vector<std::string> out;
    for (const Step& step : plan.steps)
      out.push_back(*tenant::powershell(step.cmdlet()));
    return out;
  }
  // Every "why" and warning in one text.
  static std::string all_words(const Plan& plan) {
    std::string out = to_json(plan);
    return out;
  }

  tenant::Configuration configuration_;
  std::vector<impact::Pin> pins_;
  std::vector<Mail> mails_;
  std::size_t most_shapes_ = 1000;
  impact::Context context_;
  impact::Report report_;
  Request request_;
};

const char* const switch_on = "Set-OrganizationConfig -RejectDirectSend $true";

TEST_F(PlanTest, WithoutEvidenceItIsTheSwitchAloneAndNothingIsProven) {
  const Plan plan = make();
  EXPECT_EQ(commands(plan), std::vector<std::string>{switch_on});
  EXPECT_EQ(plan.proof.holds, Holds::not_proven);
  EXPECT_NE(all_words(plan).find("no evidence was given"), std::string::npos);
}

TEST_F(PlanTest, ADeviceGetsItsAddressAndNobodyBreaks) {
  send({}, 20);
  const Plan plan = make();
  EXPECT_EQ(commands(plan),
            (std::vector<std::string>{
                "New-InboundConnector -Name 'Postern - own devices and servers' -ConnectorType "
                "OnPremises -SenderDomains * -SenderIPAddresses 203.0.113.7 -RequireTls $false "
                "-Comment 'Made by postern plan'",
                switch_on}));
  EXPECT_EQ(plan.proof.holds, Holds::yes) << plan.proof.statement;
  EXPECT_EQ(plan.proof.legitimate_messages, 20u);
}

TEST_F(PlanTest, DevicesShareOneConnectorOfExactBlocks) {
  for (const char* ip : {"203.0.113.4", "203.0.113.5", "203.0.113.6", "203.0.113.7", "203.0.113.9"})
    send({.ip = ip}, 20);
  const Plan plan = make();
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_NE(commands(plan)[0].find(" -SenderIPAddresses 203.0.113.4/30,203.0.113.9 "),
            std::string::npos)
      << commands(plan)[0];
  EXPECT_EQ(plan.proof.holds, Holds::yes);
}

TEST_F(PlanTest, AnAttackerBetweenDevicesIsNotCovered) {
  for (const char* ip : {"192.0.2.68", "192.0.2.70", "192.0.2.71"})
    send({.ip = ip}, 20);
  pin("[[sender]]\nname = \"Scanners\"\naddress = [\"192.0.2.68\", \"192.0.2.70/31\"]\n"
      "answer = \"keep\"\nkind = \"device or application\"\n"
      "[[sender]]\nname = \"Mallory\"\naddress = \"192.0.2.69\"\nkind = \"attack\"\n");
  send({.ip = "192.0.2.69"}, 3);
  const Plan plan = make();
  EXPECT_NE(commands(plan)[0].find(" 192.0.2.68,192.0.2.70/31 "), std::string::npos)
      << commands(plan)[0];
  EXPECT_EQ(plan.proof.holds, Holds::yes) << plan.proof.statement;
  EXPECT_EQ(plan.proof.forged_stopped, 3u);
}

TEST_F(PlanTest, AnAddressWithQuarantinedMailIsLeftOutUnlessPinned) {
  send({}, 20);
  Mail bad;
  bad.delivery = evidence::Delivery::quarantine;
  send(bad, 2);
  Plan plan = make();
  EXPECT_EQ(commands(plan), std::vector<std::string>{switch_on});
  EXPECT_EQ(plan.proof.holds, Holds::not_proven);
  ASSERT_EQ(plan.proof.unclear.size(), 1u);
  const std::vector<std::string>& why = plan.proof.unclear[0].why;
  EXPECT_TRUE(std::any_of(why.begin(), why.end(), [](const std::string& doubt) {
    return doubt.find("junked, quarantined or blocked 2 of 22 messages") != std::string::npos;
  })) << all_words(plan);
  pin("[[sender]]\nname = \"HQ\"\naddress = \"203.0.113.7\"\nkind = \"device or application\"\n");
  plan = make();
  EXPECT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.proof.holds, Holds::yes);
}

TEST_F(PlanTest, IPv6CantBeCovered) {
  send({.ip = "2001:db8::5"}, 20);
  const Plan plan = make();
  EXPECT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.proof.holds, Holds::no);
  EXPECT_NE(all_words(plan).find("IPv4"), std::string::npos);
}

TEST_F(PlanTest, PartnerConnectorsByAddressDemandTlsOnlyWhereAllMailHadIt) {
  pin("[[sender]]\nname = \"CRM\"\naddress = \"192.0.2.10\"\nkind = \"online service\"\n"
      "[[sender]]\nname = \"ERP\"\naddress = \"192.0.2.20\"\nkind = \"online service\"\n");
  send({.ip = "192.0.2.10", .tls = Known::yes}, 8);
  send({.from = "erp@fabrikam.com", .ip = "192.0.2.20", .tls = Known::yes}, 8);
  send({.from = "erp@fabrikam.com", .ip = "192.0.2.20", .tls = Known::no}, 1);
  const Plan plan = make();
  ASSERT_EQ(plan.steps.size(), 3u);
  for (const std::string& command : commands(plan)) {
    if (command.find("'Postern - CRM'") != std::string::npos) {
      EXPECT_NE(command.find("-SenderDomains 'contoso.com'"), std::string::npos);
      EXPECT_NE(command.find("-RequireTls $true"), std::string::npos);
      EXPECT_NE(command.find("-RestrictDomainsToIPAddresses $true"), std::string::npos)
          << "the form that matches under every reading";
    } else if (command.find("'Postern - ERP'") != std::string::npos) {
      EXPECT_NE(command.find("-RequireTls $false"), std::string::npos);
    }
  }
  EXPECT_EQ(plan.proof.holds, Holds::yes) << plan.proof.statement;
}

// Between the steps minutes pass, or the second fails: what the first one refuses is lost mail.
TEST_F(PlanTest, WhatRestrictsADomainComesAfterWhatElseSendsAsIt) {
  pin("[[sender]]\nname = \"CRM\"\naddress = \"192.0.2.10\"\nkind = \"online service\"\n");
  send({.ip = "192.0.2.10"}, 8);
  send({}, 8);
  const Plan plan = make();
  ASSERT_EQ(plan.steps.size(), 3u);
  EXPECT_EQ(plan.steps[0].after->type, ConnectorType::on_premises) << commands(plan)[0];
  EXPECT_TRUE(plan.steps[1].after->restrict_domains_to_ip_addresses) << commands(plan)[1];
  EXPECT_EQ(commands(plan)[2], switch_on);
  EXPECT_EQ(plan.proof.holds, Holds::yes) << plan.proof.statement;
}

TEST_F(PlanTest, AKnownServicesCertificateIsAPresumption) {
  pin("[[sender]]\nname = \"CRM\"\naddress = \"198.51.100.10\"\nkind = \"online service\"\n");
  send({.from = "crm@contoso.com",
        .ip = "198.51.100.10",
        .ptr = "o1.ptr.sendgrid.net",
        .spf = AuthResult::pass,
        .dkim = AuthResult::pass,
        .dmarc = AuthResult::pass},
       10);
  const Plan plan = make();
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_NE(commands(plan)[0].find("-TlsSenderCertificateName '*.smtp.sendgrid.net' "
                                   "-RequireTls $true"),
            std::string::npos);
  EXPECT_EQ(plan.proof.holds, Holds::not_proven);
  ASSERT_EQ(plan.proof.presumed.size(), 1u);
  EXPECT_NE(all_words(plan).find("shared by all customers"), std::string::npos);
  EXPECT_NE(all_words(plan).find("DMARC"), std::string::npos);
}

TEST_F(PlanTest, TheEvidencesOwnCertificateProvesIt) {
  pin("[[sender]]\nname = \"CRM\"\naddress = \"192.0.2.10\"\nkind = \"online service\"\n");
  send({.from = "crm@contoso.com",
        .ip = "192.0.2.10",
        .tls = Known::yes,
        .certificate = "mail.crm.example"},
       8);
  const Plan plan = make();
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_NE(commands(plan)[0].find("-TlsSenderCertificateName 'mail.crm.example'"),
            std::string::npos);
  EXPECT_EQ(commands(plan)[0].find("-SenderIPAddresses"), std::string::npos);
  EXPECT_EQ(plan.proof.holds, Holds::yes) << plan.proof.statement;
}

// A tenant may have such a connector already: whether it matches is not documented.
TEST_F(PlanTest, AConnectorThatHangsOnAChoiceIsNotProofEnough) {
  configuration_.tenant.inbound_connectors.push_back(
      connector("CRM", ConnectorType::partner, {"contoso.com"}, {"192.0.2.10"}));
  pin("[[sender]]\nname = \"CRM\"\naddress = \"192.0.2.10\"\nkind = \"online service\"\n");
  send({.ip = "192.0.2.10"}, 20);
  const Plan plan = make();
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_NE(commands(plan)[0].find("-RestrictDomainsToIPAddresses $true"), std::string::npos);
  EXPECT_EQ(plan.proof.holds, Holds::yes) << plan.proof.statement;
}

TEST_F(PlanTest, AForwarderStillBreaksAndTheRemedyIsSaid) {
  pin("[[sender]]\nname = \"Alumni\"\naddress = \"192.0.2.30\"\nkind = \"forwarder\"\n");
  send({.ip = "192.0.2.30"}, 4);
  const Plan plan = make();
  EXPECT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.proof.holds, Holds::no);
  ASSERT_EQ(plan.proof.breaks.size(), 1u);
  EXPECT_NE(plan.proof.breaks[0].remedy.find("SRS"), std::string::npos);
}

TEST_F(PlanTest, WhoIsUnclearIsNamedAndNotCovered) {
  send({.ip = "192.0.2.60"}, 20);
  const Plan plan = make();
  EXPECT_EQ(plan.steps.size(), 1u) << "however regular a stranger is";
  EXPECT_EQ(plan.proof.holds, Holds::not_proven);
  ASSERT_EQ(plan.proof.unclear.size(), 1u);
  EXPECT_EQ(plan.proof.unclear[0].sender, "192.0.2.60");
  EXPECT_EQ(plan.proof.unclear[0].standing, "presumed");
  EXPECT_NE(plan.proof.unclear[0].remedy.find("New-InboundConnector"), std::string::npos)
      << "what a yes would make";
}

TEST_F(PlanTest, AGivenConnectorMakesOthersNeedless) {
  send({}, 20);
  request_.given = {connector("Scanners", ConnectorType::on_premises, {"*"}, {"203.0.113.0/28"})};
  const Plan plan = make();
  EXPECT_EQ(commands(plan).size(), 2u);
  EXPECT_NE(commands(plan)[0].find("-Name 'Scanners'"), std::string::npos);
  EXPECT_EQ(plan.proof.holds, Holds::yes);
}

TEST_F(PlanTest, AGivenConnectorThatLetsInWhatLooksForgedDoesNotHold) {
  send({}, 20);
  pin("[[sender]]\nname = \"Mallory\"\naddress = \"192.0.2.69\"\nkind = \"attack\"\n");
  send({.ip = "192.0.2.69"}, 3);
  request_.given = {connector("Scanners", ConnectorType::on_premises, {"*"},
                              {"203.0.113.0/28", "192.0.2.64/28"})};
  const Plan plan = make();
  EXPECT_EQ(plan.proof.holds, Holds::no);
  ASSERT_EQ(plan.proof.let_in.size(), 1u);
  EXPECT_EQ(plan.proof.let_in[0].messages, 3u);
}

TEST_F(PlanTest, ALockDownThatRefusesTheRestOfTheWorldDoesNotHold) {
  send({}, 20);
  send({.from = "bob@adatum.example", .ip = "192.0.2.77"}, 4);
  auto lock = connector("Lock", ConnectorType::partner, {"*"}, {"203.0.113.7"});
  lock.restrict_domains_to_ip_addresses = true;
  request_.given = {lock};
  const Plan plan = make();
  EXPECT_EQ(plan.proof.holds, Holds::no);
  ASSERT_EQ(plan.proof.bystanders.size(), 1u);
  EXPECT_EQ(plan.proof.bystanders[0].messages, 4u);
  EXPECT_NE(plan.proof.bystanders[0].why[0].find("5.7.51 by connector 'Lock'"), std::string::npos);
  EXPECT_NE(all_words(plan).find("lock-down"), std::string::npos);
}

TEST_F(PlanTest, UnderALockDownASenderNeedsItsOwnConnector) {
  auto lock = connector("Gateway", ConnectorType::partner, {"*"}, {"198.51.100.200"});
  lock.restrict_domains_to_ip_addresses = true;
  configuration_.tenant.inbound_connectors.push_back(lock);
  send({}, 20);
  const Plan plan = make();
  EXPECT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.proof.holds, Holds::yes) << plan.proof.statement;
  EXPECT_NE(all_words(plan).find("never gets as far as RejectDirectSend"), std::string::npos);
}

TEST_F(PlanTest, EveryPropertyThatIsComparedIsSet) {
  auto there = connector("Partner A", ConnectorType::partner, {"fabrikam.com"}, {"198.51.100.200"});
  configuration_.tenant.inbound_connectors = {there};
  there.trusted_organizations = {"fabrikam.onmicrosoft.com"};
  request_.given = {there};
  const Plan plan = make();
  EXPECT_EQ(commands(plan).at(0),
            "Set-InboundConnector -Identity 'Partner A' -TrustedOrganizations "
            "'fabrikam.onmicrosoft.com'");
}

TEST_F(PlanTest, WhatExchangeRefusesIsRefusedBeforeTheProof) {
  send({}, 20);
  auto given = connector("Given", ConnectorType::on_premises, {"*"}, {"10.0.0.0/24"});
  given.associated_accepted_domains = {"elsewhere.example"};
  auto twice = connector("GIVEN", ConnectorType::partner, {"*"}, {"198.51.100.200"});
  request_.given = {given, twice};
  const auto plan = make_plan(request());
  ASSERT_FALSE(plan);
  ASSERT_EQ(plan.error().size(), 3u);
  EXPECT_NE(plan.error()[0].what.find("lists 10.0.0.0/24: private addresses"), std::string::npos);
  EXPECT_NE(plan.error()[1].what.find("elsewhere.example"), std::string::npos);
  EXPECT_NE(plan.error()[2].what.find("stands twice"), std::string::npos);
}

TEST_F(PlanTest, ListsInAnyOrderMakeAPlanThatReadsBack) {
  auto given = connector("Given", ConnectorType::partner, {"fabrikam.com", "contoso.com"},
                         {"203.0.113.40", "198.51.100.200", "203.0.113.7"});
  request_.given = {given};
  const auto again = read_plan(to_json(make()), "p.json");
  EXPECT_TRUE(again) << again.error().line();
}

TEST_F(PlanTest, OnlyARestrictionOfEverySenderIsALockDown) {
  send({}, 20);
  const auto warnings = [&](bool by_address, bool by_certificate, const char* domain) {
    auto given = connector("Given", ConnectorType::partner, {domain}, {"198.51.100.200"});
    given.restrict_domains_to_ip_addresses = by_address;
    given.restrict_domains_to_certificate = by_certificate;
    if (by_certificate) given.tls_sender_certificate_name = "mail.gateway.example";
    given.require_tls = by_certificate;
    request_.given = {given};
    const Plan plan = make();
    std::string out;
    for (const Step& step : plan.steps) {
      if (!step.after || step.after->name != "Given") continue;
      for (const std::string& warning : step.warnings)
        out += warning;
    }
    return out;
  };
  EXPECT_NE(warnings(true, false, "*").find("it is a lock-down"), std::string::npos);
  EXPECT_NE(warnings(false, true, "*").find("it is a lock-down"), std::string::npos);
  EXPECT_EQ(warnings(false, false, "*"), "");
  EXPECT_EQ(warnings(true, false, "fabrikam.com"), "");
}

TEST_F(PlanTest, ChoicesThatDifferFromTheDefaultsAreWarnedOf) {
  send({}, 20);
  const auto warned = [&] {
    const Plan plan = make();
    return std::any_of(plan.warnings.begin(), plan.warnings.end(), [](const std::string& each) {
      return each.find("choices that differ from the defaults") != std::string::npos;
    });
  };
  EXPECT_FALSE(warned());
  policy::Choices& choices = configuration_.tenant.choices;
  choices.acs_exempt = false;
  EXPECT_TRUE(warned());
  choices = {};
  choices.partner_address_match = policy::PartnerAddressMatch::only_restricted;
  EXPECT_TRUE(warned());
}

TEST_F(PlanTest, ThePlanSaysWhenItWasMadeAndWhichConnectorsAreIts) {
  send({}, 20);
  const Plan plan = make();
  EXPECT_EQ(plan.made_at, start + 90 * 86400);
  EXPECT_EQ(plan.steps.at(0).after->where, "the plan");
  EXPECT_EQ(plan.steps.at(0).after->when_changed, start + 90 * 86400)
      << "evidence from before tells nothing of what it would have matched";
}

TEST_F(PlanTest, WhatAnEarlierPlanMadeIsExtended) {
  auto earlier = connector("Postern - own devices and servers", ConnectorType::on_premises, {"*"},
                           {"203.0.113.40"});
  configuration_.tenant.inbound_connectors.push_back(earlier);
  send({}, 20);
  const Plan plan = make();
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(commands(plan)[0],
            "Set-InboundConnector -Identity 'Postern - own devices and servers' "
            "-SenderIPAddresses 203.0.113.7,203.0.113.40");
  EXPECT_EQ(plan.proof.holds, Holds::yes);
}

TEST_F(PlanTest, WhatOneLineDoesNotCarryAnyMoreIsNotExtended) {
  auto earlier = connector("Postern - own devices and servers", ConnectorType::on_premises, {"*"},
                           {"203.0.113.40"});
  for (unsigned i = 0; i < 620; ++i)
    earlier.sender_ip_addresses.emplace_back(IpAddress::from_v4(0xc6336400u + 2 * i), 32);
  configuration_.tenant.inbound_connectors.push_back(earlier);
  send({}, 20);
  const Plan plan = make();
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].kind, Step::Kind::create_connector);
  EXPECT_EQ(plan.steps[0].after->name, "Postern - own devices and servers 2");
  EXPECT_EQ(plan.proof.holds, Holds::yes);
}

TEST_F(PlanTest, AGivenConnectorThatNoLineCarriesIsWarnedOf) {
  auto given = connector("Many", ConnectorType::partner, {"fabrikam.com"}, {});
  for (unsigned i = 0; i < 700; ++i)
    given.sender_ip_addresses.emplace_back(IpAddress::from_v4(0xc6336400u + 2 * i), 32);
  request_.given = {given};
  const Plan plan = make();
  ASSERT_EQ(plan.steps.size(), 2u);
  ASSERT_EQ(plan.steps[0].warnings.size(), 2u);
  EXPECT_NE(plan.steps[0].warnings[0].find("700 address blocks"), std::string::npos);
  EXPECT_NE(plan.steps[0].warnings[1].find("cmd.exe takes 8191"), std::string::npos);
}

TEST_F(PlanTest, SomebodyElsesConnectorOfThatNameIsLeftAlone) {
  auto other =
      connector("Postern - own devices and servers", ConnectorType::partner, {"*"}, {"192.0.2.1"});
  configuration_.tenant.inbound_connectors.push_back(other);
  send({}, 20);
  const Plan plan = make();
  EXPECT_NE(commands(plan)[0].find("-Name 'Postern - own devices and servers 2'"),
            std::string::npos);
}

TEST_F(PlanTest, WhereTheSwitchIsOnThereIsNothingToDo) {
  configuration_.tenant.reject_direct_send = RejectDirectSend::on;
  const Plan plan = make();
  EXPECT_TRUE(plan.steps.empty());
}

TEST_F(PlanTest, WhatDidNotFitIsSaid) {
  most_shapes_ = 1;
  send({}, 20);
  send({.ip = "203.0.113.8"}, 20);
  const Plan plan = make();
  EXPECT_EQ(plan.proof.not_replayed, 20u);
  EXPECT_NE(plan.proof.holds, Holds::yes);
}

TEST_F(PlanTest, RefusesWhatCantBePlanned) {
  configuration_.tenant.cloud = policy::Cloud::gcc_high;
  EXPECT_FALSE(make_plan(request()));
  configuration_.tenant.cloud = policy::Cloud::worldwide;
  configuration_.tenant.reject_direct_send = RejectDirectSend::unknown;
  EXPECT_FALSE(make_plan(request()));
  configuration_.tenant.reject_direct_send = RejectDirectSend::off;
  request_.given = {connector("Wide", ConnectorType::partner, {"*"}, {"203.0.0.0/16"})};
  const auto wide = make_plan(request());
  ASSERT_FALSE(wide);
  EXPECT_NE(wide.error().front().line().find("wider than /24"), std::string::npos);
  auto nothing = connector("None", ConnectorType::partner, {"*"}, {});
  nothing.restrict_domains_to_ip_addresses = true;
  request_.given = {nothing};
  EXPECT_FALSE(make_plan(request()));
}

TEST_F(PlanTest, TheFileLeavesOutASwitchThatWasNotKnown) {
  Plan plan = make();
  plan.tenant.reject_direct_send = RejectDirectSend::unknown;
  plan.fingerprint = fingerprint(plan.tenant);
  plan.steps.back().switch_before = RejectDirectSend::unknown;
  const auto read = read_plan(to_json(plan), "p");
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(read->steps.back().switch_before, RejectDirectSend::unknown);
  EXPECT_EQ(read->steps.back().switch_after, RejectDirectSend::on);
}

TEST_F(PlanTest, TheFileReadsBackAndRefusesWhatWasEdited) {
  send({}, 20);
  const Plan plan = make();
  const std::string text = to_json(plan);
  const auto read = read_plan(text, "p");
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(commands(*read), commands(plan));
  EXPECT_EQ(read->fingerprint, plan.fingerprint);

  const auto edited = [&](const std::string& what, const std::string& with) {
    std::string other = text;
    const auto at = other.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    other.replace(at, what.size(), with);
    EXPECT_FALSE(read_plan(other, "p")) << what;
    const auto refused = read_plan(testing::resealed(other), "p");
    EXPECT_FALSE(refused) << what;
    return refused ? std::string{} : refused.error().line();
  };
  EXPECT_NE(edited("\"cmdlet\": \"Set-OrganizationConfig\"", "\"cmdlet\": \"Remove-Mailbox\"")
                .find("its cmdlet is not the one"),
            std::string::npos);
  EXPECT_NE(edited("\"RejectDirectSend\": null", "\"RejectDirectSend\": true").size(), 0u);
  EXPECT_NE(edited("198.51.100.64/26", "198.51.100.0/25").find("fingerprint"), std::string::npos);
  EXPECT_NE(edited("postern/plan/2", "postern/plan/1").find("postern/plan/2"), std::string::npos);
  EXPECT_FALSE(read_plan("", "p"));
  EXPECT_FALSE(read_plan("[]", "p"));
  EXPECT_FALSE(read_plan(text.substr(0, text.size() / 2), "p"));
}

TEST_F(PlanTest, TheScriptsStopAtTheFirstErrorAndUndoInReverse) {
  send({}, 20);
  const Plan plan = make();
  const std::string script = *apply_script(plan);
  const std::string undo = *undo_script(plan);
  EXPECT_LT(script.find("$ErrorActionPreference = 'Stop'"), script.find("New-InboundConnector"));
  EXPECT_LT(script.find("New-InboundConnector"), script.find(switch_on));
  EXPECT_LT(undo.find("Set-OrganizationConfig -RejectDirectSend $false"),
            undo.find("Remove-InboundConnector"));
}

TEST_F(PlanTest, ACommentNeverEndsItsLine) {
  pin("[[sender]]\nname = \"a\\nRemove-Mailbox x\\u2028b\"\naddress = \"203.0.113.7\"\n"
      "kind = \"device or application\"\n");
  send({}, 20);
  const std::string script = *apply_script(make());
  EXPECT_EQ(script.find("\nRemove-Mailbox"), std::string::npos);
  EXPECT_EQ(script.find("\xE2\x80\xA8"), std::string::npos);
}

}  // namespace
}  // namespace postern::plan

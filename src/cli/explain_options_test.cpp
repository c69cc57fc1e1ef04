// What postern explain is told becomes a submission: no more is known than was said.
#include "cli/explain_options.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

using policy::ClientCertificate;
using policy::Known;
using policy::ObservedAttribution;
using policy::ReversePath;

ExplainArguments arguments() {
  ExplainArguments a;
  a.tenant = "t.toml";
  return a;
}

TEST(ExplainedFacts, NothingIsKnownThatWasNotSaid) {
  const auto facts = facts_of(arguments());
  ASSERT_TRUE(facts);
  const policy::Submission& s = (*facts)->submission;
  EXPECT_FALSE(s.client_ip);
  EXPECT_EQ(s.tls, Known::unknown);
  EXPECT_EQ(s.certificate.state, ClientCertificate::State::unknown);
  EXPECT_EQ(s.reverse_path.state, ReversePath::State::unknown);
  EXPECT_FALSE(s.recipient_domain);
  EXPECT_EQ(s.observed.state, ObservedAttribution::State::unknown);
  EXPECT_EQ(s.authenticated, Known::no) << "unless --auth says otherwise";
  for (const auto& [fact, value] : (*facts)->given)
    EXPECT_EQ(value, fact == "signed in" ? "no" : "not known") << fact;
}

TEST(ExplainedFacts, AreTakenInTheirNormalForm) {
  ExplainArguments a = arguments();
  a.ip = "::ffff:192.0.2.7";
  a.mail_from = " <Ann@CONTOSO.com.> ";
  a.rcpt_to = "bob@B\xc3\xbc\x63her.example";
  a.tls = "yes";
  a.auth = "unknown";
  a.certificate = {"Mail.Contoso.com", "*.contoso.com"};
  a.observed = "default";
  a.acs = true;
  const auto facts = facts_of(a);
  ASSERT_TRUE(facts) << facts.error().line();
  const policy::Submission& s = (*facts)->submission;
  EXPECT_EQ(s.client_ip->text(), "192.0.2.7");
  EXPECT_EQ(s.reverse_path.domain, "contoso.com");
  EXPECT_EQ(*s.recipient_domain, "xn--bcher-kva.example");
  EXPECT_EQ(s.tls, Known::yes);
  EXPECT_EQ(s.authenticated, Known::unknown);
  EXPECT_EQ(s.certificate.subject, "mail.contoso.com");
  ASSERT_EQ(s.certificate.subject_alternative_names.size(), 1u);
  EXPECT_EQ(s.certificate.subject_alternative_names[0], "*.contoso.com");
  EXPECT_EQ(s.observed.state, ObservedAttribution::State::default_connector);
  EXPECT_TRUE(s.azure_communication_services);
}

TEST(ExplainedFacts, KnowABounceAndNoCertificate) {
  ExplainArguments a = arguments();
  a.mail_from = "<>";
  a.certificate = {"none"};
  a.observed = "HQ relay";
  const auto facts = facts_of(a);
  ASSERT_TRUE(facts);
  EXPECT_EQ((*facts)->submission.reverse_path.state, ReversePath::State::null);
  EXPECT_EQ((*facts)->submission.certificate.state, ClientCertificate::State::none);
  EXPECT_EQ((*facts)->submission.observed.connector, "HQ relay");
}

TEST(ExplainedFacts, TellWhichOptionIsWrong) {
  const auto where = [](void (*spoil)(ExplainArguments&)) {
    ExplainArguments a = arguments();
    spoil(a);
    const auto facts = facts_of(a);
    return facts ? std::string("taken") : facts.error().where.text();
  };
  EXPECT_EQ(where([](auto& a) { a.ip = "192.0.2"; }), "--ip");
  EXPECT_EQ(where([](auto& a) { a.mail_from = "ann@con toso.com"; }), "--mail-from");
  EXPECT_EQ(where([](auto& a) { a.rcpt_to = "@"; }), "--rcpt-to");
  EXPECT_EQ(where([](auto& a) { a.certificate = {"not a name"}; }), "--certificate");
}

}  // namespace
}  // namespace postern::cli

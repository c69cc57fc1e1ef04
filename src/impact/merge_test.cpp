// Two rows of one message: what one knows the other takes, and where they disagree, what makes the
// mail look safer gives way, whichever row came first.
#include "impact/merge.hpp"

#include <functional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace postern::impact {
namespace {

using evidence::AuthResult;
using evidence::Message;
using policy::ClientCertificate;
using policy::Known;
using policy::ReversePath;
using Attribution = policy::ObservedAttribution;

Message completed(Message m, const Message& other) {
  (void)complete(m, other);
  return m;
}
Contradiction contradiction(Message m, const Message& other) {
  return complete(m, other);
}

Message signed_in(Known known) {
  Message m;
  m.submission.authenticated = known;
  return m;
}

TEST(Complete, ASignInThatOneRowDeniesIsNone) {
  for (const bool turned : {false, true}) {
    const Message a = signed_in(turned ? Known::no : Known::yes);
    const Message b = signed_in(turned ? Known::yes : Known::no);
    EXPECT_EQ(completed(a, b).submission.authenticated, Known::no);
    EXPECT_EQ(contradiction(a, b), Contradiction::sign_in);
  }
  for (const Known known : {Known::yes, Known::no}) {
    EXPECT_EQ(completed(signed_in(known), {}).submission.authenticated, known);
    EXPECT_EQ(completed({}, signed_in(known)).submission.authenticated, known);
    EXPECT_EQ(contradiction({}, signed_in(known)), Contradiction::none);
    EXPECT_EQ(contradiction(signed_in(known), signed_in(known)), Contradiction::none);
  }
}

Message attributed(Attribution::State state, std::string_view connector = {}) {
  Message m;
  m.submission.observed.state = state;
  m.submission.observed.connector = connector;
  return m;
}

TEST(Complete, AConnectorThatOneRowDeniesIsNone) {
  const Message by_connector = attributed(Attribution::State::connector, "Scan relay");
  const Message by_none = attributed(Attribution::State::default_connector);
  for (const bool turned : {false, true}) {
    const Message& a = turned ? by_none : by_connector;
    const Message& b = turned ? by_connector : by_none;
    const Message both = completed(a, b);
    EXPECT_EQ(both.submission.observed.state, Attribution::State::default_connector);
    EXPECT_EQ(both.submission.observed.connector, "");
    EXPECT_EQ(contradiction(a, b), Contradiction::attribution);
  }
}

TEST(Complete, OfTwoConnectorsTheFirstStaysAndTheyAreSaidToDiffer) {
  const Message one = attributed(Attribution::State::connector, "Scan relay");
  const Message other = attributed(Attribution::State::connector, "Newsletter");
  EXPECT_EQ(completed(one, other).submission.observed.connector, "Scan relay");
  EXPECT_EQ(contradiction(one, other), Contradiction::attribution);
  // Exchange does not tell case apart.
  EXPECT_EQ(contradiction(one, attributed(Attribution::State::connector, "scan RELAY")),
            Contradiction::none);
  EXPECT_EQ(completed({}, one).submission.observed.connector, "Scan relay");
  EXPECT_EQ(completed(one, {}).submission.observed.connector, "Scan relay");
  EXPECT_EQ(contradiction(one, {}), Contradiction::none);
}

TEST(Complete, APassThatOneRowDeniesIsNone) {
  using Result = AuthResult evidence::AuthResults::*;
  for (const Result result : {&evidence::AuthResults::spf, &evidence::AuthResults::dkim,
                              &evidence::AuthResults::dmarc, &evidence::AuthResults::compauth}) {
    const auto with = [&](AuthResult value) {
      Message m;
      m.results.*result = value;
      return m;
    };
    for (const AuthResult denied : {AuthResult::fail, AuthResult::none, AuthResult::soft_fail}) {
      EXPECT_EQ(completed(with(AuthResult::pass), with(denied)).results.*result, denied);
      EXPECT_EQ(completed(with(denied), with(AuthResult::pass)).results.*result, denied);
      EXPECT_EQ(contradiction(with(AuthResult::pass), with(denied)), Contradiction::results);
      EXPECT_EQ(contradiction(with(denied), with(AuthResult::pass)), Contradiction::results);
      EXPECT_EQ(completed({}, with(denied)).results.*result, denied);
      EXPECT_EQ(completed(with(denied), {}).results.*result, denied);
    }
    // Two ways not to pass: nothing hangs on which.
    EXPECT_EQ(contradiction(with(AuthResult::fail), with(AuthResult::none)), Contradiction::none);
    EXPECT_EQ(completed(with(AuthResult::fail), with(AuthResult::none)).results.*result,
              AuthResult::fail);
    EXPECT_EQ(completed({}, with(AuthResult::pass)).results.*result, AuthResult::pass);
    EXPECT_EQ(completed(with(AuthResult::pass), {}).results.*result, AuthResult::pass);
    EXPECT_EQ(contradiction({}, with(AuthResult::pass)), Contradiction::none);
  }
}

TEST(Complete, WhoseSignatureItWasIsKnownOfTheRowThatTellsOfIt) {
  const auto row = [](AuthResult dkim, Known authors) {
    Message m;
    m.results.dkim = dkim;
    m.results.dkim_is_authors = authors;
    return m;
  };
  const Message passed = row(AuthResult::pass, Known::unknown);
  EXPECT_EQ(completed(row(AuthResult::unknown, Known::unknown), row(AuthResult::pass, Known::yes))
                .results.dkim_is_authors,
            Known::yes);
  EXPECT_EQ(completed(passed, row(AuthResult::pass, Known::no)).results.dkim_is_authors, Known::no);
  EXPECT_EQ(completed(row(AuthResult::pass, Known::yes), row(AuthResult::pass, Known::no))
                .results.dkim_is_authors,
            Known::yes);
}

TEST(Complete, AzuresOwnSignatureCountsAsLongAsItPasses) {
  Message passed;
  passed.results.dkim = AuthResult::pass;
  Message by_azure = passed;
  by_azure.results.dkim_is_acs = true;
  Message failed;
  failed.results.dkim = AuthResult::fail;
  EXPECT_TRUE(completed(passed, by_azure).results.dkim_is_acs);
  EXPECT_TRUE(completed(by_azure, passed).results.dkim_is_acs);
  EXPECT_FALSE(completed(by_azure, failed).results.dkim_is_acs);
}

Message from(std::string_view address, bool fragment = false) {
  Message m;
  m.submission.client_ip = IpAddress::parse(address);
  m.fragment = fragment;
  return m;
}

TEST(Complete, TheEventOfTheArrivalKnowsTheClientBest) {
  const auto address = [](const Message& a, const Message& b) {
    return completed(a, b).submission.client_ip->text();
  };
  EXPECT_EQ(address(from("203.0.113.7"), from("203.0.113.8")), "203.0.113.7");
  EXPECT_EQ(address(from("203.0.113.7"), from("203.0.113.8", true)), "203.0.113.8");
  EXPECT_EQ(address(from("203.0.113.7", true), from("203.0.113.8")), "203.0.113.7");
  EXPECT_EQ(address(from("203.0.113.7", true), from("203.0.113.8", true)), "203.0.113.7");
  EXPECT_EQ(address({}, from("203.0.113.8")), "203.0.113.8");
  EXPECT_EQ(address(from("203.0.113.7"), {}), "203.0.113.7");
  EXPECT_EQ(contradiction(from("203.0.113.7"), from("203.0.113.8")), Contradiction::client_address);
  EXPECT_EQ(contradiction(from("203.0.113.7"), from("203.0.113.7")), Contradiction::none);
  EXPECT_EQ(contradiction({}, from("203.0.113.7")), Contradiction::none);
  EXPECT_EQ(contradiction(from("203.0.113.7"), {}), Contradiction::none);
}

Message path(ReversePath::State state, std::string_view address, bool uncertain = false) {
  Message m;
  m.submission.reverse_path.state = state;
  m.submission.reverse_path.domain = address.substr(address.find('@') + 1);
  m.reverse_path = address;
  m.reverse_path_uncertain = uncertain;
  return m;
}

TEST(Complete, AnUncertainSenderTurnsOutToBeTheHeaderFrom) {
  const Message shown = path(ReversePath::State::unknown, "ann@contoso.com", true);
  const Message certain = path(ReversePath::State::address, "bounce@mailer.example");
  const Message both = completed(shown, certain);
  EXPECT_EQ(both.reverse_path, "bounce@mailer.example");
  EXPECT_EQ(both.submission.reverse_path.domain, "mailer.example");
  EXPECT_EQ(both.header_from, "ann@contoso.com");
  EXPECT_FALSE(both.reverse_path_uncertain);
  EXPECT_EQ(contradiction(shown, certain), Contradiction::none);
  Message with_from = shown;
  with_from.header_from = "boss@contoso.com";
  EXPECT_EQ(completed(with_from, certain).header_from, "boss@contoso.com");
  EXPECT_EQ(contradiction(certain, path(ReversePath::State::address, "ann@contoso.com")),
            Contradiction::envelope_sender);
  EXPECT_EQ(contradiction(certain, path(ReversePath::State::address, "other@mailer.example")),
            Contradiction::none)
      << "the domain is what counts";
  EXPECT_EQ(completed(certain, shown).reverse_path, "bounce@mailer.example");
  EXPECT_EQ(contradiction(certain, shown), Contradiction::none);
  EXPECT_EQ(completed(path(ReversePath::State::unknown, "ann@contoso.com"), certain).header_from,
            "")
      << "only what may have been the header From becomes it";
}

// Whatever one row lacks it takes from the other, and keeps what it has.
TEST(Complete, TakesEachTextThatIsMissingAndNoOther) {
  using Text = std::string_view Message::*;
  for (const Text text : {&Message::header_from, &Message::header_from_domain, &Message::recipient,
                          &Message::message_id, &Message::network_message_id, &Message::subject,
                          &Message::helo, &Message::client_hostname, &Message::received_by,
                          &Message::reported_domain, &Message::upstream_hostname}) {
    Message mine;
    Message theirs;
    theirs.*text = "theirs";
    EXPECT_EQ(completed(mine, theirs).*text, "theirs");
    mine.*text = "mine";
    EXPECT_EQ(completed(mine, theirs).*text, "mine");
    EXPECT_EQ(completed(mine, {}).*text, "mine");
  }
}

TEST(Complete, TakesEachFactThatIsMissingAndNoOther) {
  Message theirs;
  theirs.submission.tls = Known::yes;
  theirs.submission.recipient_domain = "contoso.com";
  theirs.submission.time = 1'790'000'000;
  theirs.submission.certificate.state = ClientCertificate::State::presented;
  theirs.submission.certificate.subject = "mail.contoso.com";
  theirs.upstream_address = IpAddress::parse("10.0.0.9");
  theirs.direction = evidence::Direction::inbound;
  theirs.delivery = evidence::Delivery::inbox;
  theirs.refusal = evidence::Refusal::direct_send;
  theirs.forwarded = Known::yes;
  theirs.first_contact = Known::yes;
  theirs.results.published_spf = AuthResult::fail;
  theirs.results.claims = evidence::Claims::verified;
  const Message taken = completed({}, theirs);
  EXPECT_EQ(taken.submission.tls, Known::yes);
  EXPECT_EQ(taken.submission.recipient_domain, "contoso.com");
  EXPECT_EQ(taken.submission.time, 1'790'000'000);
  EXPECT_EQ(taken.submission.certificate.subject, "mail.contoso.com");
  EXPECT_EQ(taken.upstream_address, IpAddress::parse("10.0.0.9"));
  EXPECT_EQ(taken.direction, evidence::Direction::inbound);
  EXPECT_EQ(taken.delivery, evidence::Delivery::inbox);
  EXPECT_EQ(taken.refusal, evidence::Refusal::direct_send);
  EXPECT_EQ(taken.forwarded, Known::yes);
  EXPECT_EQ(taken.first_contact, Known::yes);
  EXPECT_EQ(taken.results.published_spf, AuthResult::fail);
  EXPECT_EQ(taken.results.claims, evidence::Claims::verified);

  Message mine;
  mine.submission.tls = Known::no;
  mine.submission.recipient_domain = "fabrikam.com";
  mine.submission.time = 1'790'000'001;
  mine.submission.certificate.state = ClientCertificate::State::none;
  mine.upstream_address = IpAddress::parse("10.0.0.1");
  mine.direction = evidence::Direction::outbound;
  mine.delivery = evidence::Delivery::quarantine;
  const Message kept = completed(mine, theirs);
  EXPECT_EQ(kept.submission.tls, Known::no);
  EXPECT_EQ(kept.submission.recipient_domain, "fabrikam.com");
  EXPECT_EQ(kept.submission.time, 1'790'000'001);
  EXPECT_EQ(kept.submission.certificate.state, ClientCertificate::State::none);
  EXPECT_EQ(kept.upstream_address, IpAddress::parse("10.0.0.1"));
  EXPECT_EQ(kept.direction, evidence::Direction::outbound);
  EXPECT_EQ(kept.delivery, evidence::Delivery::quarantine) << "what became of it at last";
}

// --- the order in which rows are merged ---

policy::Policy contoso() {
  policy::Tenant tenant;
  tenant.name = "contoso.com";
  tenant.accepted_domains.emplace_back().name = "contoso.com";
  tenant.reject_direct_send = policy::RejectDirectSend::on;
  return *policy::Policy::compile(std::vector{tenant});
}

TEST(MergeOrder, TheOwnSenderThenTheCertainOneThenWhoKnowsMore) {
  const policy::Policy policy = contoso();
  const MergeOrder before(policy);
  Message own = path(ReversePath::State::address, "zoe@contoso.com");
  Message strange = path(ReversePath::State::address, "ann@fabrikam.com");
  for (Message* each : {&own, &strange})
    each->submission.recipient_domain = "contoso.com";
  Message knowing = own;
  knowing.submission.client_ip = IpAddress::parse("203.0.113.7");
  Message more = knowing;
  more.submission.tls = Known::no;
  EXPECT_TRUE(before(own, strange));
  EXPECT_FALSE(before(strange, own));
  EXPECT_TRUE(before(knowing, own));
  EXPECT_FALSE(before(own, knowing));
  EXPECT_TRUE(before(more, knowing));
  EXPECT_FALSE(before(own, own)) << "an order is strict";
}

TEST(MergeOrder, ACertainSenderComesBeforeOneThatMayBeTheHeaderFrom) {
  const policy::Policy policy = contoso();
  const MergeOrder before(policy);
  const Message certain = path(ReversePath::State::address, "zoe@contoso.com");
  Message shown = path(ReversePath::State::unknown, "ann@contoso.com", true);
  shown.header_from_domain = "contoso.com";
  shown.submission.client_ip = IpAddress::parse("203.0.113.7");
  shown.submission.tls = Known::no;
  EXPECT_TRUE(before(certain, shown));
  EXPECT_FALSE(before(shown, certain));
}

// Else the order of files would show in the report.
TEST(MergeOrder, RowsThatKnowAsMuchStandInTheOrderOfWhatTheySay) {
  const policy::Policy policy = contoso();
  const MergeOrder before(policy);
  Message first = path(ReversePath::State::address, "ann@contoso.com");
  Message second = first;
  first.subject = "Scan 1";
  second.subject = "Scan 2";
  EXPECT_TRUE(before(first, second));
  EXPECT_FALSE(before(second, first));
}

TEST(MergeOrder, WhatAMailSaysOfItselfComesLast) {
  const policy::Policy policy = contoso();
  const MergeOrder before(policy);
  Message platform = path(ReversePath::State::address, "ann@contoso.com");
  Message mail = platform;
  mail.results.claims = evidence::Claims::believed;
  mail.submission.client_ip = IpAddress::parse("203.0.113.7");
  mail.submission.tls = Known::no;
  EXPECT_TRUE(before(platform, mail));
  EXPECT_FALSE(before(mail, platform));
}

// Each single fact makes a row come before the one that lacks it.
TEST(MergeOrder, EachFactCounts) {
  const policy::Policy policy = contoso();
  const MergeOrder before(policy);
  const Message plain = path(ReversePath::State::address, "ann@contoso.com");
  const std::vector<std::function<void(Message&)>> facts = {
      [](Message& m) { m.submission.observed.state = Attribution::State::default_connector; },
      [](Message& m) { m.submission.client_ip = IpAddress::parse("203.0.113.7"); },
      [](Message& m) { m.submission.authenticated = Known::no; },
      [](Message& m) { m.submission.tls = Known::no; },
      [](Message& m) { m.submission.certificate.state = ClientCertificate::State::none; },
      [](Message& m) { m.results.spf = AuthResult::fail; },
      [](Message& m) { m.results.dkim = AuthResult::none; },
  };
  for (const auto& fact : facts) {
    Message knowing = plain;
    fact(knowing);
    EXPECT_TRUE(before(knowing, plain));
    EXPECT_FALSE(before(plain, knowing));
  }
}

}  // namespace
}  // namespace postern::impact

// What the cases of tests/gate can't say of a hearing: every field of a record, what alignment
// means, and which recipients may share a message.
#include "judge/hearing.hpp"

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "auth/message_check.hpp"
#include "judge/judge.hpp"
#include "judge/proofs.hpp"

namespace postern::judge {
namespace {

using policy::Known;

policy::Tenant tenant(const std::string& domain) {
  policy::Tenant out;
  out.name = domain;
  policy::AcceptedDomain accepted;
  accepted.name = domain;
  out.accepted_domains = {accepted};
  return out;
}

std::shared_ptr<const Judge> judge(const Settings& settings, std::vector<policy::Tenant> tenants) {
  auto made = Judge::make(tenants, settings);
  EXPECT_TRUE(made) << (made ? "" : made.error().front().line());
  return made ? *made : nullptr;
}

message::Address address(const std::string& text) {
  return {text, text.substr(text.find('@') + 1)};
}

SessionFacts session() {
  SessionFacts out;
  out.client = IpAddress::parse("198.51.100.9");
  return out;
}

TEST(Hearing, WritesDownEverythingOfASessionThatWasRefused) {
  policy::Tenant contoso = tenant("contoso.com");
  policy::InboundConnector relay;
  relay.name = "Relay";
  relay.sender_domains = {*policy::parse_sender_domain("*")};
  relay.sender_ip_addresses = {*Prefix::parse("203.0.113.0/24")};
  contoso.inbound_connectors = {relay};
  SessionFacts facts = session();
  facts.helo = "printer.contoso.com";
  facts.tls = Known::yes;
  facts.tls_version = "TLSv1.3";
  facts.certificate = policy::ClientCertificate::State::presented;
  facts.certificate_trusted = true;
  facts.common_name = "printer.contoso.com";
  facts.alternative_names = {"a.contoso.com", "b.contoso.com"};
  Hearing hearing(judge({}, {contoso}), facts, {false, address("scan@contoso.com")}, 1234, "tx-7");
  const auto answer = hearing.recipient(address("ann@contoso.com"));
  EXPECT_EQ(answer.action, Action::refuse);
  EXPECT_EQ(answer.reason, policy::Reason::direct_send_rejected);

  const auto records = hearing.take_records();
  ASSERT_EQ(records.size(), 1u);
  const ledger::Record& r = records[0];
  EXPECT_EQ(r.time, 1234);
  EXPECT_EQ(r.outcome, ledger::Outcome::refused);
  EXPECT_EQ(r.mode, Mode::enforce);
  EXPECT_EQ(r.stage, Stage::rcpt);
  EXPECT_EQ(r.door, "smtp");
  EXPECT_EQ(r.transaction, "tx-7");
  ASSERT_TRUE(r.client);
  EXPECT_EQ(r.client->text(), "198.51.100.9");
  EXPECT_EQ(r.helo, "printer.contoso.com");
  EXPECT_TRUE(r.tls_known);
  EXPECT_TRUE(r.tls);
  EXPECT_EQ(r.tls_version, "TLSv1.3");
  EXPECT_TRUE(r.certificate_known);
  EXPECT_TRUE(r.certificate_trusted);
  EXPECT_EQ(r.certificate_name, "printer.contoso.com");
  EXPECT_EQ(r.certificate_alternative_names,
            (std::vector<std::string>{"a.contoso.com", "b.contoso.com"}));
  EXPECT_FALSE(r.null_sender);
  EXPECT_EQ(r.sender, "scan@contoso.com");
  EXPECT_EQ(r.judged_as, "contoso.com");
  EXPECT_EQ(read_as(r), "");
  EXPECT_EQ(r.recipient, "ann@contoso.com");
  EXPECT_FALSE(r.header_known) << "refused before there was one";
  EXPECT_EQ(r.tenant, "contoso.com");
  EXPECT_EQ(r.reason, "direct_send_rejected");
  EXPECT_EQ(r.exception, "");
  EXPECT_EQ(r.connector, "");
  EXPECT_FALSE(r.missing.any());
  EXPECT_EQ(r.reply, answer.reply.line());
  ASSERT_FALSE(r.steps.empty());
  EXPECT_EQ(r.steps.back().clause, "direct_send.rejected");
  EXPECT_EQ(r.steps.back().answer, "yes");
  EXPECT_NE(r.steps.back().question.find('?'), std::string::npos);
}

// Its tenant is somewhere, and no form of it may be in force here: a bounce would be wrong.
TEST(Hearing, MailForADomainThatIsAwaitedIsDeferredAndAStrangersIsRefused) {
  policy::AcceptedDomain plain, wide;
  plain.name = "fabrikam.com";
  wide.name = "tailspin.com";
  wide.match_subdomains = true;
  const std::vector<policy::AcceptedDomain> awaited = {plain, wide};
  const auto policy = policy::Policy::compile(std::vector{tenant("contoso.com")});
  ASSERT_TRUE(policy);
  const auto made = Judge::make(*policy, Settings{}, awaited);
  ASSERT_TRUE(made);
  const auto reply_to = [&](const std::string& recipient) {
    Hearing hearing(*made, session(), {false, address("friend@elsewhere.example")}, 1234, "tx");
    return hearing.recipient(address(recipient)).reply.line();
  };
  EXPECT_EQ(reply_to("ann@fabrikam.com"),
            "451 4.3.0 The policy of that domain is not in force here yet");
  EXPECT_EQ(reply_to("ann@eu.fabrikam.com"), "550 5.7.64 TenantAttribution; Relay Access Denied");
  EXPECT_EQ(reply_to("ann@eu.tailspin.com"),
            "451 4.3.0 The policy of that domain is not in force here yet");
  EXPECT_EQ(reply_to("ann@northwind.com"), "550 5.7.64 TenantAttribution; Relay Access Denied");
  Hearing own(*made, session(), {false, address("friend@elsewhere.example")}, 1234, "tx");
  EXPECT_EQ(own.recipient(address("ann@contoso.com")).action, Action::accept);
}

TEST(Hearing, WritesDownWhatTheMessageSaysOfItself) {
  Settings settings;
  settings.mode = Mode::observe;
  SessionFacts facts = session();
  facts.door = Door::milter;
  facts.tls = Known::unknown;
  facts.certificate = policy::ClientCertificate::State::unknown;
  Hearing hearing(judge(settings, {tenant("contoso.com")}), facts,
                  {false, address("scan@contoso.com")}, 1, "id");
  EXPECT_EQ(hearing.recipient(address("ann@contoso.com")).action, Action::accept);
  (void)hearing.message(message::HeaderBlock::parse("From: Ann <ann@contoso.com>\r\n"
                                                    "Message-ID: <1@contoso.com>\r\n\r\n"),
                        nullptr);
  const auto records = hearing.take_records();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].outcome, ledger::Outcome::would_refuse);
  EXPECT_EQ(records[0].mode, Mode::observe);
  EXPECT_EQ(records[0].door, "milter");
  EXPECT_FALSE(records[0].tls_known);
  EXPECT_FALSE(records[0].certificate_known);
  EXPECT_TRUE(records[0].header_known);
  EXPECT_EQ(records[0].header_from, "ann@contoso.com");
  EXPECT_EQ(records[0].message_id, "1@contoso.com");
}

// A recipient that was deferred is none of this message's: what the next one awaits is its own
// affair.
TEST(Hearing, ADeferredRecipientDoesNotCountForTheNext) {
  Settings settings;
  settings.undetermined = Undetermined::defer;
  settings.refuse_own_header_from = true;
  policy::Tenant unknown = tenant("fabrikam.com");
  unknown.inbound_connectors_known = false;
  settings.domains = {{"contoso.com", Mode::off, {}, ""}};
  Hearing hearing(judge(settings, {tenant("contoso.com"), unknown}), session(),
                  {false, address("x@fabrikam.com")}, 1, "id");
  EXPECT_EQ(hearing.recipient(address("bob@fabrikam.com")).action, Action::defer);
  const auto next = hearing.recipient(address("ann@contoso.com"));
  EXPECT_EQ(next.action, Action::accept);
  EXPECT_FALSE(next.split);
}

TEST(Hearing, RecipientsPartOnlyWhereProtectionsAwaitTheMessageOfSome) {
  Settings settings;
  settings.domains = {{"fabrikam.com", Mode::off, {}, ""}};
  for (const bool protections : {false, true}) {
    settings.refuse_own_header_from = protections;
    Hearing hearing(judge(settings, {tenant("contoso.com"), tenant("fabrikam.com")}), session(),
                    {false, address("bob@adatum.com")}, 1, "id");
    EXPECT_EQ(hearing.recipient(address("ann@contoso.com")).action, Action::accept);
    const auto other = hearing.recipient(address("eve@fabrikam.com"));
    EXPECT_EQ(other.split, protections);
    EXPECT_EQ(other.action, protections ? Action::defer : Action::accept);
    EXPECT_EQ(other.reply.code, protections ? 452 : 0);
  }
}

// Names without a dot get a domain from the next hop, whichever recipient's it is: a long From and
// many recipients are no work for all that.
TEST(Hearing, ALongFromAndManyRecipientsTakeNoTime) {
  Settings settings;
  settings.mode = Mode::observe;
  settings.refuse_own_header_from = true;
  std::string from = "From: ";
  while (from.size() < 250'000)
    from += "a@b,c@d,\r\n ";
  std::string fields;
  for (int i = 0; i < 25'000; ++i)
    fields += "From:a@b\r\n";
  for (const std::string& header : {from + "\r\n", fields + "\r\n"}) {
    Hearing hearing(judge(settings, {tenant("contoso.com")}), session(),
                    {false, address("x@attacker.example")}, 1, "id");
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(hearing.recipient(address("u" + std::to_string(i) + "@contoso.com")).action,
                Action::accept);
    }
    const std::clock_t begun = std::clock();
    const auto block = message::HeaderBlock::parse(header);
    (void)hearing.needs_authentication(block);
    EXPECT_EQ(hearing.message(block, nullptr).action, Action::accept);
    EXPECT_LT(std::clock() - begun, 5 * CLOCKS_PER_SEC) << "it took over a minute once";
    const auto records = hearing.take_records();
    ASSERT_EQ(records.size(), 1000u);
    EXPECT_EQ(records[0].reason, "unreadable_from");
  }
}

// Whoever signed the lower From, a reader shows the upper one.
TEST(Hearing, OfSeveralFromFieldsAnOwnOneIsForgedWhateverIsProven) {
  Settings settings;
  settings.refuse_own_header_from = true;
  auth::MessageAuthentication results;
  auth::DkimOutcome signature;
  signature.result = auth::DkimResult::pass;
  signature.domain = "contoso.com";
  results.dkim.push_back(signature);
  results.dmarc.result = auth::DmarcResult::pass;
  results.dmarc.author_domain = "contoso.com";
  const std::string ann = "From: Ann <ann@contoso.com>\r\n";
  const auto action_on = [&](const std::string& header) {
    Hearing hearing(judge(settings, {tenant("contoso.com")}), session(),
                    {false, address("x@attacker.example")}, 1, "id");
    EXPECT_EQ(hearing.recipient(address("bob@contoso.com")).action, Action::accept);
    return hearing.message(message::HeaderBlock::parse(header + "\r\n"), &results).action;
  };
  EXPECT_EQ(action_on(ann), Action::accept);
  EXPECT_EQ(action_on("From: CEO <ceo@contoso.com>\r\n" + ann), Action::refuse);
  EXPECT_EQ(action_on("From: CEO <ceo@adatum.com>\r\n" + ann), Action::refuse);
  EXPECT_EQ(action_on(ann + "From: CEO <ceo@adatum.com>\r\n"), Action::refuse);
  EXPECT_EQ(action_on("From: a@adatum.com\r\nFrom: b@adatum.com\r\n"), Action::accept);
}

// No result could speak for an author that is not the tenant's: there is nothing to wait for.
TEST(Hearing, WhereNoProofCouldHelpDirectSendIsRefusedWithoutOne) {
  Settings settings;
  settings.stage = Stage::data;
  settings.allow_aligned_dkim = true;
  for (const bool sealers : {false, true}) {
    if (sealers) settings.trusted_arc_sealers = {"forwarder.example"};
    Hearing hearing(judge(settings, {tenant("contoso.com")}), session(),
                    {false, address("ann@contoso.com")}, 1, "id");
    EXPECT_EQ(hearing.recipient(address("bob@contoso.com")).action, Action::accept);
    const auto header = message::HeaderBlock::parse("From: x@attacker.example\r\n\r\n");
    EXPECT_EQ(hearing.needs_authentication(header), sealers);
    const auto answer = hearing.message(header, nullptr);
    EXPECT_EQ(answer.action, sealers ? Action::defer : Action::refuse);
    EXPECT_EQ(answer.reply.code, sealers ? 451 : 550);
  }
}

TEST(Hearing, WhereTheModeIsOffAForgedAuthorIsNobodysConcern) {
  Settings settings;
  settings.mode = Mode::off;
  settings.refuse_own_header_from = true;
  Hearing hearing(judge(settings, {tenant("contoso.com")}), session(),
                  {false, address("x@attacker.example")}, 1, "id");
  EXPECT_EQ(hearing.recipient(address("ann@contoso.com")).action, Action::accept);
  const auth::MessageAuthentication nothing_passes;
  const auto answer = hearing.message(
      message::HeaderBlock::parse("From: Chief <chief@contoso.com>\r\n\r\n"), &nothing_passes);
  EXPECT_EQ(answer.action, Action::accept);
  EXPECT_TRUE(hearing.take_records().empty());
}

TEST(Judge, AnOwnNameInResultsAloneNeedsTheHeader) {
  Settings settings;
  settings.authserv_id = "gate.contoso.com";
  const auto made = judge(settings, {tenant("contoso.com")});
  EXPECT_TRUE(made->may_need_header()) << "else a forged Authentication-Results stays";
  EXPECT_FALSE(made->may_need_authentication());
}

TEST(Judge, HasTheSwitchInEveryCloudThatLacksIt) {
  for (const policy::Cloud cloud : {policy::Cloud::gcc_high, policy::Cloud::dod}) {
    policy::Tenant agency = tenant("agency.example");
    agency.cloud = cloud;
    Hearing hearing(judge({}, {agency}), session(), {false, address("x@agency.example")}, 1, "id");
    EXPECT_EQ(hearing.recipient(address("ann@agency.example")).action, Action::refuse)
        << policy::name_of(cloud);
  }
}

TEST(Judge, ItsRemarkSaysWhatBecomesOfUndeterminedMail) {
  policy::Tenant unknown = tenant("contoso.com");
  unknown.inbound_connectors_known = false;
  const std::vector<std::pair<Undetermined, std::string>> words = {
      {Undetermined::accept, "is accepted"},
      {Undetermined::defer, "is deferred"},
      {Undetermined::refuse, "is refused"}};
  for (const auto& [choice, word] : words) {
    Settings settings;
    settings.undetermined = choice;
    const auto made = judge(settings, {unknown});
    ASSERT_EQ(made->remarks().size(), 1u);
    EXPECT_TRUE(made->remarks()[0].ends_with(word)) << made->remarks()[0];
  }
}

auth::MessageAuthentication signed_by(const std::string& domain) {
  auth::MessageAuthentication out;
  auth::DkimOutcome signature;
  signature.result = auth::DkimResult::pass;
  signature.domain = domain;
  out.dkim.push_back(signature);
  return out;
}

void align(auth::MessageAuthentication& results, const std::string& domain, auth::Aligned aligned,
           auth::AuthenticatedIdentifier::Method method) {
  auth::Alignment alignment;
  alignment.aligned = aligned;
  alignment.identifier.domain = domain;
  alignment.identifier.method = method;
  results.dmarc.alignments.push_back(alignment);
}

// RFC 9989, 4.4: relaxed alignment is of one organisation, as DMARC found it.
TEST(Proofs, ASignatureOfAnotherDomainCountsWhereItIsAligned) {
  using Method = auth::AuthenticatedIdentifier::Method;
  auto results = signed_by("mail.contoso.com");
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::no);
  align(results, "mail.contoso.com", auth::Aligned::no, Method::dkim);
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::no) << "looked at, and not aligned";
  align(results, "mail.contoso.com", auth::Aligned::yes, Method::spf);
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::no) << "SPF is no signature";
  align(results, "other.contoso.com", auth::Aligned::yes, Method::dkim);
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::no) << "another signer's alignment";
  align(results, "mail.contoso.com", auth::Aligned::yes, Method::dkim);
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::yes);
  results.dkim[0].result = auth::DkimResult::fail;
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::no);
}

TEST(Proofs, ASignatureThatDnsKeepsBackIsUnknownWhereItCouldBeTheAuthors) {
  auto results = signed_by("contoso.com");
  results.dkim[0].result = auth::DkimResult::temp_error;
  EXPECT_EQ(aligned_dkim(results, "contoso.com"), Finding::unknown);
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::no) << "DMARC knows of no kinship";
  align(results, "contoso.com", auth::Aligned::yes, auth::AuthenticatedIdentifier::Method::dkim);
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::no) << "of what passes alone";
  results.dmarc.awaited = std::move(results.dmarc.alignments);
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::unknown);
  results.dmarc.awaited[0].aligned = auth::Aligned::unknown;
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::unknown);
  results.dmarc.awaited[0].aligned = auth::Aligned::no;
  EXPECT_EQ(aligned_dkim(results, "news.contoso.com"), Finding::no) << "strict, say";
}

}  // namespace
}  // namespace postern::judge

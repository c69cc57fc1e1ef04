// What is told of a message where something is missing: the client's address, DNS, a readable
// record.
#include "auth/message_check.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "auth/dkim_signer.hpp"
#include "auth/memory_zone.hpp"

namespace postern::auth {
namespace {

// example.com asks for reject; s._domainkey.example.com holds the key of the tests.
class Message : public ::testing::Test {
 protected:
  Message() {
    key_ = crypto_.generate(KeyType::ed25519, 0).value();
    zone_.add_text("_dmarc.example.com", "v=DMARC1; p=reject");
    zone_.add_text("example.com", "v=spf1 ip4:192.0.2.0/24 -all");
    zone_.add_text("s._domainkey.example.com", "v=DKIM1; k=ed25519; p=" + public_part(*key_));
  }
  std::string signed_header(std::string body = "Hello\r\n", SigningChoices choices = {}) {
    if (choices.domain.empty()) choices.domain = "example.com";
    choices.selector = "s";
    DkimSigner signer(crypto_, key_, choices);
    signer.add_body(body);
    return signer.finish(header_) + header_;
  }
  MessageAuthentication check(const std::string& header, ConnectionFacts facts = {},
                              std::string_view body = "Hello\r\n") {
    MessageCheck message(crypto_, std::move(facts), message::HeaderBlock::parse(header),
                         1'600'000'000, options_);
    message.add_body(body);
    return run_now(message.finish(zone_)).value();
  }
  static ConnectionFacts client(const char* ip, std::string mail_from) {
    ConnectionFacts facts;
    facts.ip = IpAddress::parse(ip);
    facts.mail_from = std::move(mail_from);
    return facts;
  }

  Crypto crypto_;
  std::shared_ptr<const PrivateKey> key_;
  MemoryZone zone_;
  MessageCheckOptions options_;
  const std::string header_ = "From: ann@example.com\r\nSubject: Hello\r\n";
};

TEST_F(Message, WithoutTheClientsAddressAFailureOfDmarcIsNotDetermined) {
  const auto known = check(header_);
  EXPECT_EQ(known.dmarc.result, DmarcResult::temp_error);
  EXPECT_EQ(known.dmarc.applied, DmarcPolicy::none);
  EXPECT_NE(known.dmarc.detail.find("SPF was not checked"), std::string::npos);
  EXPECT_TRUE(known.undetermined());
  EXPECT_EQ(check(header_, client("198.51.100.1", "ann@example.com")).dmarc.result,
            DmarcResult::fail);
}

TEST_F(Message, ASignatureOfTheAuthorNeedsNoSpf) {
  const auto known = check(signed_header());
  EXPECT_EQ(known.dmarc.result, DmarcResult::pass);
  EXPECT_TRUE(known.authenticated());
}

// A second From on top of a whole message of ann's: readers show it, and the signature is still
// good for the one below.
TEST_F(Message, AFromThatWasPutOnTopIsNotAuthenticated) {
  SigningChoices once;
  once.fields = {"from", "subject"};
  const auto known = check("From: CEO <ceo@example.com>\r\n" + signed_header("Hello\r\n", once),
                           client("192.0.2.1", "ann@example.com"));
  EXPECT_EQ(known.spf.result, SpfResult::pass);
  EXPECT_EQ(known.dkim.at(0).result, DkimResult::policy);
  EXPECT_EQ(known.dmarc.result, DmarcResult::perm_error);
  EXPECT_EQ(known.dmarc.detail, "the header has 2 From fields, DMARC knows one author");
  EXPECT_FALSE(known.authenticated());
  EXPECT_FALSE(known.undetermined()) << "nothing that DNS tells could help";
}

TEST_F(Message, SeveralFromFieldsAreNoAuthorEvenOutOfTime) {
  zone_.set_status("s._domainkey.example.com", DnsStatus::timeout);
  MessageCheck message(crypto_, client("192.0.2.1", "ann@example.com"),
                       message::HeaderBlock::parse(header_ + header_), 1'600'000'000, options_);
  EXPECT_EQ(message.out_of_time().dmarc.result, DmarcResult::perm_error);
}

TEST_F(Message, AFromBehindThousandsOfFieldsIsTheAuthor) {
  std::string junk;
  for (int i = 0; i < 4'000; ++i)
    junk += "a:\r\n";
  const auto known = check(junk + header_, client("198.51.100.1", "x@evil.example"));
  EXPECT_EQ(known.from_domains, std::vector<std::string>{"example.com"});
  EXPECT_EQ(known.dmarc.result, DmarcResult::fail);
  EXPECT_EQ(check(signed_header() + junk).dkim.at(0).result, DkimResult::pass);
  EXPECT_EQ(check(junk + signed_header()).dkim.at(0).result, DkimResult::pass);
}

// It held when it came, or had expired: one of the two.
TEST_F(Message, AnExpiredSignatureOfUnknownArrivalIsNotDetermined) {
  SigningChoices choices;
  choices.signed_at = 1'500'000'000;
  choices.expires_at = 1'500'600'000;
  ConnectionFacts facts = client("198.51.100.1", "x@evil.example");
  EXPECT_EQ(check(signed_header("Hello\r\n", choices), facts).dmarc.result, DmarcResult::fail);
  options_.arrival_known = false;
  const auto known = check(signed_header("Hello\r\n", choices), facts);
  EXPECT_EQ(known.dmarc.result, DmarcResult::temp_error);
  EXPECT_TRUE(known.undetermined());
}

TEST_F(Message, ASenderOfAnotherOrganisationCouldNotHavePassed) {
  ConnectionFacts facts;
  facts.mail_from = "bounces@example.net";
  EXPECT_EQ(check(header_, facts).dmarc.result, DmarcResult::fail);
  facts.mail_from = "bounces@mail.example.com";
  EXPECT_EQ(check(header_, facts).dmarc.result, DmarcResult::temp_error);
}

TEST_F(Message, WithoutAPolicyAndWithoutTheAddressItIsNotDeterminedEither) {
  MemoryZone empty;
  MessageCheck message(crypto_, {}, message::HeaderBlock::parse(header_), 1'600'000'000, options_);
  const auto known = run_now(message.finish(empty)).value();
  EXPECT_EQ(known.dmarc.result, DmarcResult::none);
  EXPECT_FALSE(known.authenticated());
  EXPECT_TRUE(known.undetermined());
}

TEST_F(Message, ATextThatIsNoDmarcRecordIsTold) {
  MemoryZone zone;
  zone.add_text("_dmarc.example.com", "v=DMARC10; p=reject");
  MessageCheck message(crypto_, client("198.51.100.1", "a@example.net"),
                       message::HeaderBlock::parse(header_), 1'600'000'000, options_);
  const auto known = run_now(message.finish(zone)).value();
  EXPECT_EQ(known.dmarc.result, DmarcResult::none);
  EXPECT_EQ(known.dmarc.no_record, "v=DMARC10; p=reject");
  EXPECT_EQ(known.dmarc.no_record_domain, "example.com");
  EXPECT_NE(known.dmarc.detail.find("is no DMARC record"), std::string::npos);
}

TEST_F(Message, WithoutDnsTheBodyIsStillJudged) {
  zone_.set_status("s._domainkey.example.com", DnsStatus::timeout);
  const std::string header = signed_header();
  const auto whole = check(header);
  EXPECT_EQ(whole.dkim.at(0).result, DkimResult::temp_error);
  EXPECT_EQ(whole.dkim.at(0).body_holds, true);
  EXPECT_NE(whole.dkim.at(0).detail.find("the body is as it was signed"), std::string::npos);
  const auto changed = check(header, {}, "Hallo\r\n");
  EXPECT_EQ(changed.dkim.at(0).result, DkimResult::fail);
  EXPECT_EQ(changed.dkim.at(0).reason, DkimReason::body_changed);
  EXPECT_EQ(changed.dkim.at(0).body_holds, false);
}

// Answers nothing, ever.
class Silent final : public Resolver {
 public:
  void query(std::string_view, RecordType, Done done) override { kept_.push_back(std::move(done)); }

 private:
  std::vector<Done> kept_;
};

TEST_F(Message, OutOfTimeTellsWhatNeedsNoDns) {
  const std::string header = signed_header();
  for (const auto& [body, result] :
       {std::pair{"Hello\r\n", DkimResult::temp_error}, std::pair{"Hallo\r\n", DkimResult::fail}}) {
    Silent silent;
    MessageCheck message(crypto_, client("192.0.2.1", "ann@example.com"),
                         message::HeaderBlock::parse(header), 1'600'000'000, options_);
    message.add_body(body);
    EXPECT_FALSE(run_now(message.finish(silent)));
    const auto known = message.out_of_time();
    EXPECT_EQ(known.spf.result, SpfResult::temp_error);
    EXPECT_EQ(known.spf.domain, "example.com");
    EXPECT_EQ(known.dkim.at(0).result, result);
    EXPECT_EQ(known.dmarc.result, DmarcResult::temp_error);
    EXPECT_TRUE(known.undetermined());
    EXPECT_EQ(known.trail.back(), "DNS took too long");
  }
}

// Names alone tell who could be of one organisation.
TEST_F(Message, OutOfTimeAsksNobodyWhoIsAligned) {
  const std::string header = signed_header();
  for (const auto& [author, aligned] :
       {std::pair{"example.com", Aligned::yes}, std::pair{"eu.example.com", Aligned::unknown},
        std::pair{"mail.example.net", Aligned::no}}) {
    Silent silent;
    const std::string from = "From: ann@" + std::string(author) + "\r\n";
    MessageCheck message(
        crypto_, {},
        message::HeaderBlock::parse(header.substr(0, header.find("From: ann@")) + from),
        1'600'000'000, options_);
    message.add_body("Hello\r\n");
    EXPECT_FALSE(run_now(message.finish(silent)));
    const auto known = message.out_of_time();
    EXPECT_EQ(known.dmarc.author_domain, author);
    ASSERT_EQ(known.dmarc.awaited.size(), 1u);
    EXPECT_EQ(known.dmarc.awaited[0].identifier.domain, "example.com");
    EXPECT_EQ(known.dmarc.awaited[0].aligned, aligned) << author;
    EXPECT_TRUE(known.dmarc.alignments.empty());
  }
}

TEST_F(Message, WithoutAPolicyItHangsOnTheOrganisationOfTheSigner) {
  SigningChoices choices;
  choices.domain = "mail.example.com";
  const std::string header = signed_header("Hello\r\n", choices);
  const auto in = [&](DnsStatus status) {
    MemoryZone zone;
    zone.add_text("s._domainkey.mail.example.com", "v=DKIM1; k=ed25519; p=" + public_part(*key_));
    // Of an organisation of its own, were it told.
    zone.add_text("_dmarc.mail.example.com", "v=DMARC1; p=none; psd=n");
    if (status != DnsStatus::success) zone.set_status("_dmarc.mail.example.com", status);
    MessageCheck message(crypto_, client("198.51.100.1", "x@example.net"),
                         message::HeaderBlock::parse(header), 1'600'000'000, options_);
    message.add_body("Hello\r\n");
    auto known = run_now(message.finish(zone)).value();
    EXPECT_EQ(known.dmarc.result, DmarcResult::none);
    EXPECT_FALSE(known.authenticated());
    return known.undetermined();
  };
  EXPECT_TRUE(in(DnsStatus::server_failure));
  EXPECT_FALSE(in(DnsStatus::success));
}

// A sender's SPF record and his signatures make the receiver ask; what one message may ask is
// bounded over all of them.
TEST_F(Message, OnlySoManyNamesAreAskedForOneMessage) {
  options_.most_lookups = 5;
  std::string header;
  for (int i = 0; i < 10; ++i) {
    header += "DKIM-Signature: v=1; a=ed25519-sha256; d=d" + std::to_string(i) +
              ".example; s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n";
  }
  const auto known = check(header + header_, client("192.0.2.1", "ann@example.com"), "");
  EXPECT_EQ(zone_.queries(), 5u);
  EXPECT_EQ(known.dmarc.result, DmarcResult::temp_error);
  EXPECT_NE(known.trail.back().find("more than 5 look-ups"), std::string::npos);
}

}  // namespace
}  // namespace postern::auth

#include "auth/dkim.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "auth/dkim_signer.hpp"
#include "auth/memory_zone.hpp"

namespace postern::auth {
namespace {

std::vector<DkimOutcome> verify(Crypto& crypto, Resolver& zone, std::string_view text,
                                UnixTime now = 1'600'000'000, std::size_t piece = 0) {
  const auto header = message::HeaderBlock::parse(text);
  BodyHashes body(crypto);
  DkimVerification dkim(crypto, header, body, now);
  const std::string_view rest = text.substr(header.body_offset());
  if (piece == 0) piece = rest.size() + 1;
  for (std::size_t at = 0; at < rest.size(); at += piece)
    body.add(rest.substr(at, piece));
  body.finish();
  return run_now(dkim.finish(zone)).value();
}

std::string summary(const std::vector<DkimOutcome>& outcomes) {
  std::string out;
  for (const DkimOutcome& outcome : outcomes) {
    if (!out.empty()) out += "; ";
    out += std::string(word_of(outcome.result)) + " " + std::string(name_of(outcome.reason));
  }
  return out;
}

// RFC 8463, appendix A.3: the same message signed with Ed25519 and RSA.
constexpr std::string_view rfc8463_message =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game.  Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n";

void add_rfc8463_keys(MemoryZone& zone) {
  zone.add_text("brisbane._domainkey.football.example.com",
                "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  zone.add_text("test._domainkey.football.example.com",
                "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3id"
                "Y6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lx"
                "j+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB");
}

TEST(Dkim, ExampleOfRfc8463) {
  Crypto crypto;
  MemoryZone zone;
  add_rfc8463_keys(zone);
  for (std::size_t piece = 1; piece < 80; ++piece) {
    EXPECT_EQ(summary(verify(crypto, zone, rfc8463_message, 1'600'000'000, piece)),
              "pass valid; pass valid");
  }
  const auto outcomes = verify(crypto, zone, rfc8463_message);
  EXPECT_EQ(outcomes[0].domain, "football.example.com");
  EXPECT_EQ(outcomes[0].algorithm, "ed25519-sha256");
  EXPECT_EQ(outcomes[1].key_bits, 1024u);
  EXPECT_EQ(outcomes[1].signature_start, "F45dVWDf");
}

class DkimKeys : public ::testing::Test {
 protected:
  DkimKeys() {
    rsa_ = crypto_.generate(KeyType::rsa, 2048).value();
    publish("v=DKIM1; p=" + public_part(*rsa_));
  }
  void publish(const std::string& record) {
    zone_ = std::make_unique<MemoryZone>();
    zone_->add_text("s._domainkey.example.com", record);
  }
  std::string sign(SigningChoices choices = {}) {
    choices.domain = "example.com";
    choices.selector = "s";
    DkimSigner signer(crypto_, rsa_, choices);
    signer.add_body(body_);
    return signer.finish(header_) + header_ + "\r\n" + body_;
  }
  std::string result(const std::string& text, UnixTime now = 1'600'000'000) {
    return summary(verify(crypto_, *zone_, text, now));
  }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }
  Crypto crypto_;
  std::shared_ptr<const PrivateKey> rsa_;
  std::unique_ptr<MemoryZone> zone_;
  const std::string header_ =
      "Received: by relay\r\nFrom: Ann  <ann@example.com>\r\nTo: bob@example.net\r\n"
      "Subject: A  folded\r\n\tsubject\r\n";
  const std::string body_ = "Two  words \r\n\r\nend\r\n\r\n\r\n";
};

TEST_F(DkimKeys, EachCanonicalisationHolds) {
  for (const auto header : {Canonicalisation::simple, Canonicalisation::relaxed}) {
    for (const auto body : {Canonicalisation::simple, Canonicalisation::relaxed}) {
      SigningChoices choices;
      choices.header = header;
      choices.body = body;
      const std::string text = sign(choices);
      EXPECT_EQ(result(text), "pass valid");
      const bool relaxed_body = body == Canonicalisation::relaxed;
      const bool relaxed_header = header == Canonicalisation::relaxed;
      EXPECT_EQ(result(replaced(text, "Two  words ", "Two words")),
                relaxed_body ? "pass valid" : "fail body changed");
      EXPECT_EQ(
          result(replaced(text, "Subject: A  folded\r\n\tsubject", "subject:A folded subject ")),
          relaxed_header ? "pass valid" : "fail header changed");
      EXPECT_EQ(result(text + "\r\n\r\n"), "pass valid");
      EXPECT_EQ(result(text + "more\r\n"), "fail body changed");
      EXPECT_EQ(result(replaced(text, "bob@", "eve@")), "fail header changed");
    }
  }
}

TEST_F(DkimKeys, ABodyChangedUnderAHeaderThatHoldsIsToldApart) {
  const auto outcomes = verify(crypto_, *zone_, sign() + "footer\r\n");
  EXPECT_TRUE(outcomes.at(0).header_holds);
  EXPECT_EQ(outcomes.at(0).reason, DkimReason::body_changed);
}

TEST_F(DkimKeys, ALimitedLengthIsHonouredAndReported) {
  SigningChoices choices;
  choices.body = Canonicalisation::simple;
  choices.body_length = 14;
  const std::string text = sign(choices);
  const auto outcomes = verify(crypto_, *zone_, text + "added by anyone\r\n");
  EXPECT_EQ(summary(outcomes), "pass valid");
  EXPECT_TRUE(outcomes[0].length_limited);
  EXPECT_GT(outcomes[0].unsigned_octets, 17u);
  EXPECT_EQ(result(replaced(text, "l=14", "l=9999")), "permerror length beyond body");
}

TEST_F(DkimKeys, ASecondFromDoesNotSlipUnderASignatureThatNamesItTwice) {
  const std::string text = sign();
  EXPECT_EQ(result("From: ceo@example.com\r\n" + text), "fail header changed");
}

// The lowest From is the one that was signed, the topmost the one that many readers show.
TEST_F(DkimKeys, ASignatureThatLeavesAFromToAnyoneIsNoProof) {
  SigningChoices once;
  once.fields = {"from", "subject"};
  const std::string text = sign(once);
  EXPECT_EQ(result(text), "pass valid");
  EXPECT_EQ(result("From: ceo@example.com\r\n" + text), "policy From added");
  EXPECT_EQ(result("from : ann@example.com\r\n" + text), "policy From added");
  EXPECT_EQ(result("From: a@b\r\nFROM: c@d\r\n" + sign()), "policy From added");
  EXPECT_EQ(zone_->queries(), 1u) << "no key makes it one";
}

// A signature that had expired before the message came proves nothing; one that has expired since
// did.
TEST_F(DkimKeys, WhetherItHadExpiredIsNotKnownWhereTheArrivalIsNot) {
  SigningChoices choices;
  choices.signed_at = 1'000;
  choices.expires_at = 2'000;
  const auto unknown = [&](const std::string& text, UnixTime now) {
    const auto header = message::HeaderBlock::parse(text);
    BodyHashes body(crypto_);
    DkimVerification dkim(crypto_, header, body, now, {}, false);
    body.add(std::string_view(text).substr(header.body_offset()));
    body.finish();
    return summary(run_now(dkim.finish(*zone_)).value());
  };
  const std::string text = sign(choices);
  EXPECT_EQ(unknown(text, 2'000), "pass valid");
  EXPECT_EQ(unknown(text, 2'001), "temperror expired");
  EXPECT_EQ(unknown(text + "more\r\n", 2'001), "fail body changed");
}

TEST_F(DkimKeys, TimesAreKept) {
  SigningChoices choices;
  choices.signed_at = 1'000;
  choices.expires_at = 2'000;
  const std::string text = sign(choices);
  EXPECT_EQ(result(text, 2'000), "pass valid");
  EXPECT_EQ(result(text, 2'001), "fail expired");
  EXPECT_EQ(result(replaced(text, "x=2000", "x=999")), "neutral malformed signature");
}

TEST_F(DkimKeys, KeyRecordsSayForWhatTheyAre) {
  const std::string text = sign();
  const std::string key = "p=" + public_part(*rsa_);
  const std::pair<std::string, std::string> records[] = {
      {key, "pass valid"},
      {"v=DKIM1; k=rsa; s=email; h=sha1:sha256; " + key + "; n=note", "pass valid"},
      {"v=DKIM1; t=y:s; " + key, "pass valid"},
      {"v=DKIM1; p=", "permerror key revoked"},
      {"v=DKIM1; h=sha1; " + key, "permerror key not applicable"},
      {"v=DKIM1; s=tlsrpt; " + key, "permerror key not applicable"},
      {"v=DKIM1; k=ed25519; " + key, "permerror key not applicable"},
      {"v=DKIM2; " + key, "permerror malformed key"},
      {"k=rsa; v=DKIM1; " + key, "permerror malformed key"},
      {"v=DKIM1", "permerror malformed key"},
      {"v=DKIM1; p=AAAA", "permerror malformed key"},
      {"v=DKIM1; " + key + "; " + key, "permerror malformed key"},
  };
  for (const auto& [record, expected] : records) {
    publish(record);
    EXPECT_EQ(result(text), expected) << record;
  }
  zone_->add_text("s._domainkey.example.com", "v=DKIM1; " + key);
  EXPECT_EQ(result(text), "pass valid") << "the second of two records";
  publish("v=DKIM1; p=!");
  EXPECT_EQ(verify(crypto_, *zone_, text).at(0).detail, "the key record's p= is no base64");
  MemoryZone empty;
  EXPECT_EQ(summary(verify(crypto_, empty, text)), "permerror no key");
  empty.set_status("s._domainkey.example.com", DnsStatus::timeout);
  EXPECT_EQ(summary(verify(crypto_, empty, text)), "temperror DNS failure");
}

TEST_F(DkimKeys, StrictIdentityRefusesASubdomain) {
  SigningChoices choices;
  choices.identity = "@mail.example.com";
  const std::string text = sign(choices);
  EXPECT_EQ(result(text), "pass valid");
  publish("v=DKIM1; t=s; p=" + public_part(*rsa_));
  EXPECT_EQ(result(text), "permerror key not applicable");
  EXPECT_EQ(result(replaced(text, "i=@mail.example.com", "i=@example.net")),
            "permerror identity mismatch");
}

TEST_F(DkimKeys, TheIdentityIsQuotedPrintable) {
  for (const auto& [written, expected] :
       {std::pair<const char*, const char*>{"ann=40example.com", "pass valid"},
        {"=61nn@example.com", "pass valid"},
        {"ann=3Bb=3db@mail.example=2Ecom", "pass valid"},
        {"ann=40example.net", "permerror identity mismatch"},
        {"ann=4@example.com", "neutral malformed signature"},
        {"ann=4gb@example.com", "neutral malformed signature"},
        {"ann=0D=0A@example.com", "neutral malformed signature"}}) {
    SigningChoices choices;
    choices.identity = written;
    EXPECT_EQ(result(sign(choices)), expected) << written;
  }
  SigningChoices choices;
  choices.identity = "=61nn=40example.com";
  EXPECT_EQ(verify(crypto_, *zone_, sign(choices)).at(0).identity, "ann@example.com");
}

TEST_F(DkimKeys, ASmallKeyProvesNothing) {
  rsa_ = crypto_.generate(KeyType::rsa, 512).value();
  publish("v=DKIM1; p=" + public_part(*rsa_));
  EXPECT_EQ(result(sign()), "fail weak key");
}

TEST_F(DkimKeys, FaultsOfTheSignatureFieldAreNamed) {
  const std::string text = sign();
  const std::pair<std::pair<std::string, std::string>, std::string> faults[] = {
      {{"v=1;", "v=2;"}, "neutral unsupported"},
      {{"a=rsa-sha256", "a=rsa-sha512"}, "neutral unsupported"},
      {{"c=relaxed/relaxed", "c=relaxed/other"}, "neutral unsupported"},
      {{"d=example.com", "d=example com"}, "neutral malformed signature"},
      {{"h=from:\r\n\t from:", "h=:"}, "permerror From not signed"},
      {{"bh=", "bh=!"}, "neutral malformed signature"},
      {{"s=s;", "s=s; s=s;"}, "neutral malformed signature"},
      {{"v=1; ", ""}, "neutral malformed signature"},
  };
  for (const auto& [change, expected] : faults)
    EXPECT_EQ(result(replaced(text, change.first, change.second)), expected) << change.second;
}

TEST_F(DkimKeys, OnlySoManySignaturesAreEvaluated) {
  std::string text = sign();
  const std::string signature = text.substr(0, text.find("Received:"));
  for (int i = 0; i < 20; ++i)
    text = signature + text;
  const auto outcomes = verify(crypto_, *zone_, text);
  EXPECT_EQ(outcomes.size(), 21u);
  EXPECT_EQ(zone_->queries(), 10u);
  EXPECT_EQ(outcomes.back().reason, DkimReason::not_evaluated);
}

}  // namespace
}  // namespace postern::auth

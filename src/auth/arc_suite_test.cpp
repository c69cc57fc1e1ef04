// The published ARC validation suite (../shared/suites/arc), and chains of our own making.
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <yaml-cpp/yaml.h>

#include <gtest/gtest.h>

#include "auth/arc.hpp"
#include "auth/dkim_signer.hpp"
#include "auth/memory_zone.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

ArcOutcome validate(Crypto& crypto, Resolver& zone, std::string_view text,
                    std::vector<std::string> trusted = {}) {
  const auto header = message::HeaderBlock::parse(text);
  BodyHashes body(crypto);
  ArcVerification arc(crypto, header, body, std::move(trusted));
  body.add(text.substr(header.body_offset()));
  body.finish();
  return run_now(arc.finish(zone)).value();
}

TEST(ArcSuite, ChainValidation) {
  const std::string path =
      std::string(POSTERN_SOURCE_DIR) + "/../shared/suites/arc/arc-draft-validation-tests.yml";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << path << " is not there";
  std::stringstream text;
  text << file.rdbuf();
  std::set<std::string> cases;  // some stand twice
  Crypto crypto;
  for (const YAML::Node& scenario : YAML::LoadAll(text.str())) {
    MemoryZone zone;
    for (const auto& record : scenario["txt-records"])
      zone.add_text(record.first.as<std::string>(), record.second.as<std::string>());
    for (const auto& entry : scenario["tests"]) {
      const auto name = entry.first.as<std::string>();
      const ArcOutcome outcome = validate(crypto, zone, entry.second["message"].as<std::string>());
      // An empty expectation stands for a message that may be judged either way.
      const std::string wanted =
          entry.second["cv"].IsNull() ? "" : to_lower(entry.second["cv"].as<std::string>());
      cases.insert(name);
      if (!wanted.empty()) {
        EXPECT_EQ(word_of(outcome.result), wanted) << name << ": " << outcome.detail;
      }
    }
  }
  EXPECT_EQ(cases.size(), 171u);
}

class ArcChain : public ::testing::Test {
 protected:
  ArcChain() {
    key_ = crypto_.generate(KeyType::ed25519, 0).value();
    for (const char* domain : {"first.example", "second.example"}) {
      zone_.add_text(std::string("s._domainkey.") + domain,
                     "v=DKIM1; k=ed25519; p=" + public_part(*key_));
    }
  }
  // The message with one more set on top, as a forwarder adds it.
  std::string add_set(const std::string& message, unsigned instance, const std::string& domain,
                      const std::string& cv) {
    const auto block = message::HeaderBlock::parse(message);
    const std::string header = message.substr(0, block.body_offset());
    SigningChoices choices;
    choices.domain = domain;
    choices.selector = "s";
    choices.fields = {"from", "subject"};
    DkimSigner signer(crypto_, key_, choices);
    signer.add_body(std::string_view(message).substr(block.body_offset()));
    const std::string results = "ARC-Authentication-Results: i=" + std::to_string(instance) + "; " +
                                domain + "; spf=pass\r\n";
    const std::string with_signature = signer.finish_arc(header, instance) + results + header;
    return seal_arc(crypto_, *key_, domain, "s", instance, cv, with_signature) + with_signature +
           message.substr(block.body_offset());
  }
  Crypto crypto_;
  std::shared_ptr<const PrivateKey> key_;
  MemoryZone zone_;
  const std::string message_ =
      "From: ann@example.com\r\nSubject: Hello\r\n\r\nA body of one line.\r\n";
};

TEST_F(ArcChain, OfTwoSealersHoldsAndTheOutermostIsTrusted) {
  const std::string text =
      add_set(add_set(message_, 1, "first.example", "none"), 2, "second.example", "pass");
  const ArcOutcome outcome = validate(crypto_, zone_, text, {"second.example"});
  EXPECT_EQ(outcome.result, ArcResult::pass) << outcome.detail;
  EXPECT_TRUE(outcome.trusted);
  ASSERT_EQ(outcome.sets.size(), 2u);
  EXPECT_EQ(outcome.outermost()->sealer, "second.example");
  EXPECT_EQ(outcome.outermost()->authentication_results, "second.example; spf=pass");
  EXPECT_FALSE(validate(crypto_, zone_, text, {"first.example"}).trusted);
  EXPECT_TRUE(validate(crypto_, zone_, text, {".example"}).trusted);
}

// The sealer signed the lower From; the chain holds, and speaks for no other.
TEST_F(ArcChain, AFromThatWasPutOnTopIsNotTrusted) {
  const std::string text = add_set(message_, 1, "first.example", "none");
  EXPECT_TRUE(validate(crypto_, zone_, text, {"first.example"}).trusted);
  const ArcOutcome outcome =
      validate(crypto_, zone_, "From: ceo@example.com\r\n" + text, {"first.example"});
  EXPECT_EQ(outcome.result, ArcResult::pass);
  EXPECT_TRUE(outcome.from_is_open);
  EXPECT_FALSE(outcome.trusted);
}

TEST_F(ArcChain, BreaksWithTheBodyTheHeaderAndTheSeal) {
  const std::string text = add_set(message_, 1, "first.example", "none");
  ASSERT_EQ(validate(crypto_, zone_, text, {}).result, ArcResult::pass);
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"one line", "two lines"},
                                 {"Subject: Hello", "Subject: Hallo"},
                                 {"spf=pass", "spf=fail"},
                                 {"cv=none", "cv=pass"},
                                 {"ARC-Authentication-Results: i=1", "X-Results: i=1"}}) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    const ArcOutcome outcome = validate(crypto_, zone_, changed, {"first.example"});
    EXPECT_EQ(outcome.result, ArcResult::fail) << from;
    EXPECT_FALSE(outcome.trusted);
    EXPECT_NE(outcome.detail, "");
  }
}

TEST_F(ArcChain, WithoutDnsIsUndetermined) {
  zone_.set_status("s._domainkey.first.example", DnsStatus::timeout);
  const std::string text = add_set(message_, 1, "first.example", "none");
  EXPECT_EQ(validate(crypto_, zone_, text).result, ArcResult::temp_error);
}

TEST_F(ArcChain, OfFiftyOneSetsIsTooLong) {
  std::string text = message_;
  for (unsigned i = 51; i >= 1; --i) {
    text = "ARC-Seal: i=" + std::to_string(i) +
           "; a=rsa-sha256; cv=pass; d=a.example; s=s; b=AA==\r\n" + text;
  }
  EXPECT_EQ(validate(crypto_, zone_, text).result, ArcResult::fail);
}

TEST_F(ArcChain, NoArcFieldsIsNone) {
  EXPECT_EQ(validate(crypto_, zone_, message_).result, ArcResult::none);
}

}  // namespace
}  // namespace postern::auth

// What a stranger's message and a stranger's name server may cost.
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "auth/body_hash.hpp"
#include "auth/caching_resolver.hpp"
#include "auth/dkim.hpp"
#include "auth/dkim_signer.hpp"
#include "auth/memory_zone.hpp"
#include "base/base64.hpp"

namespace postern::auth {
namespace {

// Answers every TXT question with so many octets.
class Generous final : public Resolver {
 public:
  explicit Generous(std::size_t octets) : octets_(octets) {}
  void query(std::string_view, RecordType, Done done) override {
    DnsAnswer answer;
    answer.status = DnsStatus::success;
    answer.ttl = 3600;
    answer.texts = {std::string(octets_, 'x')};
    ++asked;
    done(std::move(answer));
  }
  int asked = 0;

 private:
  std::size_t octets_;
};

std::size_t ask(CachingResolver& cache, int number) {
  std::size_t octets = 0;
  cache.query("n" + std::to_string(number) + ".example", RecordType::txt,
              [&](const DnsAnswer& answer) { octets = answer.texts.at(0).size(); });
  return octets;
}

TEST(CachingResolver, KeepsSoManyOctetsWhateverItIsAnswered) {
  Generous upstream(7000);
  CachingResolver cache(upstream, [] { return UnixTime{1'000'000}; }, {});
  for (int i = 0; i < 20'000; ++i)
    ASSERT_EQ(ask(cache, i), 7000u);
  EXPECT_LE(cache.octets(), std::size_t{16} << 20);
  EXPECT_GT(cache.answers(), 2'200u);
  EXPECT_LT(cache.answers(), 2'400u);
  EXPECT_EQ(ask(cache, 19'999), 7000u);
  EXPECT_EQ(cache.hits(), 1u);
}

TEST(CachingResolver, KeepsNoHugeAnswer) {
  Generous upstream(60'000);
  CachingResolver cache(upstream, [] { return UnixTime{1'000'000}; }, {});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask(cache, 1), 60'000u);
  EXPECT_EQ(upstream.asked, 3);
  EXPECT_EQ(cache.octets(), 0u);
}

TEST(CachingResolver, CountsWhatItLetsGo) {
  UnixTime now = 1'000'000;
  Generous upstream(100);
  CachingResolver::Limits limits;
  limits.answers = 10;
  CachingResolver cache(
      upstream, [&] { return now; }, limits);
  for (int i = 0; i < 100; ++i)
    ask(cache, i);
  EXPECT_EQ(cache.answers(), 10u);
  const std::size_t octets = cache.octets();
  now += 4'000;
  for (int i = 90; i < 100; ++i)
    ask(cache, i);
  EXPECT_EQ(cache.answers(), 10u);
  EXPECT_EQ(cache.octets(), octets);
}

TEST(BodyHashes, AreThreeAtMost) {
  const Crypto crypto;
  BodyHashes body(crypto);
  const auto relaxed = body.want(Canonicalisation::relaxed, std::nullopt);
  EXPECT_TRUE(relaxed);
  EXPECT_TRUE(body.want(Canonicalisation::simple, std::nullopt));
  EXPECT_TRUE(body.want(Canonicalisation::simple, 10));
  EXPECT_FALSE(body.want(Canonicalisation::simple, 11));
  EXPECT_EQ(body.want(Canonicalisation::relaxed, std::nullopt), relaxed);
}

TEST(BodyHashes, OfLineBreaksAloneAreThoseOfSingleOctets) {
  const Crypto crypto;
  for (const auto form : {Canonicalisation::simple, Canonicalisation::relaxed}) {
    for (const std::size_t breaks : {1, 2, 7, 8, 9, 100, 2047, 2048, 2049, 5000}) {
      std::string text = "a";
      for (std::size_t i = 0; i < breaks; ++i)
        text += "\r\n";
      for (const char* end : {"", "b", "\r", " \r\n", "\n"}) {
        BodyCanonicaliser whole(crypto, form, std::nullopt);
        BodyCanonicaliser single(crypto, form, std::nullopt);
        whole.add(text + end);
        for (const char c : text + end)
          single.add({&c, 1});
        whole.finish();
        single.finish();
        EXPECT_EQ(whole.digest(), single.digest()) << breaks << end;
        EXPECT_EQ(whole.octets(), single.octets()) << breaks << end;
      }
    }
  }
}

class Signatures : public ::testing::Test {
 protected:
  Signatures() {
    key_ = crypto_.generate(KeyType::ed25519, 0).value();
    record_ = "v=DKIM1; k=ed25519; p=" + public_part(*key_);
  }
  std::string field(std::optional<std::uint64_t> length, const std::string& domain) {
    SigningChoices choices;
    choices.domain = domain;
    choices.selector = "s";
    choices.body = Canonicalisation::simple;
    choices.body_length = length;
    DkimSigner signer(crypto_, key_, choices);
    signer.add_body("0123456789\r\n");
    return signer.finish("From: a@example.com\r\n");
  }
  std::vector<DkimOutcome> verify(const std::string& fields, MessageWork& work) {
    const std::string text = fields + "From: a@example.com\r\n\r\n0123456789\r\n";
    const auto header = message::HeaderBlock::parse(text);
    BodyHashes body(crypto_);
    DkimVerification dkim(crypto_, header, body, 1'600'000'000);
    body.add(std::string_view(text).substr(header.body_offset()));
    body.finish();
    return run_now(dkim.finish(zone_, work)).value();
  }
  Crypto crypto_;
  std::shared_ptr<const PrivateKey> key_;
  std::string record_;
  MemoryZone zone_;
  MessageWork work_;
};

TEST_F(Signatures, OfTenLengthsHashTheBodyThreeTimes) {
  zone_.add_text("s._domainkey.example.com", record_);
  std::string fields;
  for (std::uint64_t length = 1; length <= 10; ++length)
    fields = field(length, "example.com") + fields;
  std::map<DkimReason, int> reasons;
  for (const DkimOutcome& each : verify(fields, work_))
    ++reasons[each.reason];
  EXPECT_EQ(reasons[DkimReason::valid], 3);
  EXPECT_EQ(reasons[DkimReason::not_evaluated], 7);
}

TEST_F(Signatures, AreTriedAgainstSoManyKeys) {
  for (int i = 0; i < 5; ++i)
    zone_.add_text("s._domainkey.example.com", record_);
  zone_.add_text("s._domainkey.other.example", record_);
  work_.verifications = 1;
  const auto outcomes =
      verify(field(std::nullopt, "example.com") + field(std::nullopt, "other.example"), work_);
  EXPECT_EQ(outcomes.at(0).result, DkimResult::pass);
  EXPECT_EQ(outcomes.at(1).result, DkimResult::policy);
  EXPECT_EQ(outcomes.at(1).reason, DkimReason::not_evaluated);
}

// DER of an RSAPublicKey with these numbers (X.690, 8.3; RFC 8017, A.1.1).
std::string der(char tag, const std::string& content) {
  std::string out(1, tag);
  if (content.size() < 0x80) {
    out += static_cast<char>(content.size());
  } else {
    out += '\x82';
    out += static_cast<char>(content.size() >> 8);
    out += static_cast<char>(content.size() & 0xff);
  }
  return out + content;
}

std::string rsa_key(unsigned bits, const std::string& exponent) {
  std::string modulus(bits / 8, '\x55');
  modulus.front() = '\xd5';
  modulus.insert(0, 1, '\0');
  return encode_base64(der('\x30', der('\x02', modulus) + der('\x02', exponent)));
}

TEST(Keys, LongerThan4096BitsOrWithAHugeExponentAreRefused) {
  Crypto crypto;
  const std::string usual("\x01\x00\x01", 3);
  EXPECT_TRUE(crypto.public_key(KeyType::rsa, rsa_key(4096, usual)));
  for (const unsigned bits : {4104u, 8192u}) {
    const auto refused = crypto.public_key(KeyType::rsa, rsa_key(bits, usual));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("more than 4096 bits"), std::string::npos);
  }
  EXPECT_TRUE(crypto.public_key(KeyType::rsa, rsa_key(2048, "\x03")));
  EXPECT_TRUE(crypto.public_key(KeyType::rsa, rsa_key(2048, std::string("\0\xff\xff\xff\xff", 5))));
  for (const std::string& huge :
       {std::string("\x01\xff\xff\xff\xff", 5), std::string(64, '\x7f')}) {
    const auto refused = crypto.public_key(KeyType::rsa, rsa_key(2048, huge));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("huge exponent"), std::string::npos);
  }
}

TEST(Keys, AnEncryptedPrivateKeyIsAnErrorAndNoQuestion) {
  // openssl genpkey -algorithm ed25519 -aes256 -pass pass:secret
  const Crypto crypto;
  const auto refused = crypto.private_key(
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiMj+7yE/ky6AICCAAw\n"
      "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEIDLGei2YbmR+PJ+g5ydamAEQOgu\n"
      "WvSky0IQSKcOaNGHBQYKjvQ2suXm4Ji0Ubghd3JbYkUbTzrkAFWSGTUkSRTwe6GY\n"
      "btNVmubJgDkFhOstEpc=\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "is encrypted");
}

}  // namespace
}  // namespace postern::auth

// Signing in, by what goes over the wire and what comes back.
#include "exchange/token.hpp"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "exchange/testing/scripted_transport.hpp"

namespace postern::exchange {
namespace {

using testing::Script;
using testing::Stage;

constexpr const char* exchange_host = "https://outlook.office365.com";

Profile profile(SignIn sign_in) {
  Profile out;
  out.name = "contoso";
  out.tenant = "contoso.onmicrosoft.com";
  out.client_id = "app";
  out.sign_in = sign_in;
  return out;
}

TEST(ClientSecret, WhatIsSentAndWhere) {
  Script script;
  Stage stage;
  stage.variables["POSTERN_CLIENT_SECRET"] = "a&b=c d";
  const auto around = stage.surroundings();
  script.then(200, R"({"access_token":"T","expires_in":3600})");
  const auto source = sign_in(profile(SignIn::client_secret), script, around);
  const auto token = source->token(exchange_host);
  ASSERT_TRUE(token) << token.error().line();
  EXPECT_EQ(token->value.reveal(), "T");
  EXPECT_EQ(token->expires, stage.now + 3600);
  EXPECT_EQ(script.sent[0].url,
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token");
  EXPECT_EQ(script.sent[0].body,
            "grant_type=client_credentials&client_id=app&client_secret=a%26b%3Dc%20d"
            "&scope=https%3A%2F%2Foutlook.office365.com%2F.default");
  EXPECT_TRUE(script.sent[0].bearer.empty());
}

TEST(ClientSecret, EachCloudHasItsHosts) {
  const std::pair<policy::Cloud, const char*> clouds[] = {
      {policy::Cloud::worldwide, "https://login.microsoftonline.com/"},
      {policy::Cloud::gcc, "https://login.microsoftonline.com/"},
      {policy::Cloud::gcc_high, "https://login.microsoftonline.us/"},
      {policy::Cloud::dod, "https://login.microsoftonline.us/"},
      {policy::Cloud::china, "https://login.partner.microsoftonline.cn/"}};
  for (const auto& [cloud, host] : clouds) {
    Script script;
    Stage stage;
    stage.variables["POSTERN_CLIENT_SECRET"] = "s";
    const auto around = stage.surroundings();
    Profile of = profile(SignIn::client_secret);
    of.cloud = cloud;
    (void)sign_in(of, script, around)->token(of.hosts().exchange);
    EXPECT_TRUE(script.sent[0].url.starts_with(host)) << script.sent[0].url;
  }
}

// A number from the wire is not added to the clock as it is.
TEST(Memory, ALifetimeBeyondTheClockIsCut) {
  for (const char* lifetime :
       {R"("expires_in":9223372036854775807)", R"("expires_in":"9223372036854775807")",
        R"("expires_on":9223372036854775807)"}) {
    Script script;
    Stage stage;
    stage.variables["POSTERN_CLIENT_SECRET"] = "s";
    const auto around = stage.surroundings();
    script.then(200, std::string(R"({"access_token":"T",)") + lifetime + "}");
    const auto token =
        sign_in(profile(SignIn::client_secret), script, around)->token(exchange_host);
    ASSERT_TRUE(token) << lifetime;
    EXPECT_GT(token->expires, stage.now) << lifetime;
    EXPECT_LE(token->expires, stage.now + 7 * 86400) << lifetime;
  }
}

TEST(Memory, ATokenIsUsedUntilFiveMinutesBeforeItsEnd) {
  Script script;
  Stage stage;
  stage.variables["POSTERN_CLIENT_SECRET"] = "s";
  const auto around = stage.surroundings();
  script.then(200, R"({"access_token":"1","expires_in":3600})");
  script.then(200, R"({"access_token":"graph","expires_in":3600})");
  script.then(200, R"({"access_token":"2","expires_in":3600})");
  const auto source = sign_in(profile(SignIn::client_secret), script, around);
  EXPECT_EQ(source->token(exchange_host)->value.reveal(), "1");
  EXPECT_EQ(source->token("https://graph.microsoft.com")->value.reveal(), "graph");
  stage.now += 3600 - 301;
  EXPECT_EQ(source->token(exchange_host)->value.reveal(), "1");
  stage.now += 2;
  EXPECT_EQ(source->token(exchange_host)->value.reveal(), "2");
  // A fresh token is not asked for again because the service refused it.
  EXPECT_FALSE(source->renew(exchange_host));
  stage.now += 61;
  EXPECT_TRUE(source->renew(exchange_host));
}

TEST(ManagedIdentity, NumbersInStringsAndPartsInTheAddress) {
  Script script;
  Stage stage;
  const auto around = stage.surroundings();
  script.then(200, R"({"access_token":"T","expires_in":"86399","expires_on":"1"})");
  const auto token =
      sign_in(profile(SignIn::managed_identity), script, around)->token(exchange_host);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->expires, stage.now + 86399);
  EXPECT_EQ(script.sent[0].url,
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
            "&resource=https%3A%2F%2Foutlook.office365.com&client_id=app");
  EXPECT_EQ(script.sent[0].header("Metadata"), "true");
}

TEST(ManagedIdentity, WaitsOutAnUpdateOfTheService) {
  const auto token_after = [](int gone, Stage& stage) {
    Script script;
    const auto around = stage.surroundings();
    for (int i = 0; i < gone; ++i)
      script.then(410, "");
    script.then(200, R"({"access_token":"T","expires_in":"3600"})");
    const auto token =
        sign_in(profile(SignIn::managed_identity), script, around)->token(exchange_host);
    return token.has_value();
  };
  for (const int gone : {1, 7}) {
    Stage stage;
    EXPECT_TRUE(token_after(gone, stage)) << gone;
    EXPECT_EQ(stage.slept, std::vector<std::int64_t>(static_cast<std::size_t>(gone), 10'000));
  }
  Stage stage;
  EXPECT_FALSE(token_after(8, stage)) << "seventy seconds, no longer";
}

TEST(HandedOver, IsForExchangeUnderEachOfItsNames) {
  const auto taken = [](const std::string& audience, const std::string& resource) {
    Script script;
    Stage stage;
    stage.variables["POSTERN_ACCESS_TOKEN"] = testing::token_of(R"({"aud":")" + audience + R"("})");
    const auto around = stage.surroundings();
    return sign_in(profile(SignIn::token), script, around)->token(resource).has_value();
  };
  for (const char* audience :
       {"https://outlook.office365.com", "https://outlook.office365.com/",
        "https://outlook.office.com", "https://outlook.office.com/", "https://Outlook.Office.com",
        "00000002-0000-0ff1-ce00-000000000000"}) {
    EXPECT_TRUE(taken(audience, exchange_host)) << audience;
  }
  for (const char* audience : {"https://graph.microsoft.com", "https://outlook.office.com.example",
                               "https://outlook.office365.us", "https://outlook.office.co"}) {
    EXPECT_FALSE(taken(audience, exchange_host)) << audience;
  }
  EXPECT_FALSE(taken("https://outlook.office.com", "https://graph.microsoft.com"));
}

class DeviceCode : public ::testing::Test {
 protected:
  Result<Token> run() {
    const auto around = stage.surroundings();
    const auto source = sign_in(profile(SignIn::device_code), script, around);
    return source->token(exchange_host);
  }
  void begin() {
    script.then(200, R"({"device_code":"D","user_code":"ABCD","verification_uri":"https://v",)"
                     R"("expires_in":900,"interval":5})");
  }
  Script script;
  Stage stage;
};

TEST_F(DeviceCode, WaitsLongerWhereAskedTo) {
  begin();
  script.then(400, R"({"error":"authorization_pending"})")
      .then(400, R"({"error":"slow_down"})")
      .then(400, R"({"error":"authorization_pending"})")
      .then(200, R"({"access_token":"T","expires_in":3600,"refresh_token":"R"})");
  const auto token = run();
  ASSERT_TRUE(token) << token.error().line();
  EXPECT_EQ(stage.slept, (std::vector<std::int64_t>{5000, 5000, 10000, 10000}));
  ASSERT_EQ(stage.said.size(), 1u);
  EXPECT_NE(stage.said[0].find("ABCD"), std::string::npos);
  EXPECT_EQ(stage.said[0].find("device_code"), std::string::npos);
}

TEST_F(DeviceCode, EndsWithTheCode) {
  begin();
  for (int i = 0; i < 400; ++i)
    script.then(400, R"({"error":"authorization_pending"})");
  EXPECT_NE(run().error().what.find("not entered in time"), std::string::npos);
}

TEST_F(DeviceCode, OtherEnds) {
  const std::pair<const char*, const char*> ends[] = {
      {"authorization_declined", "declined"},
      {"expired_token", "in time"},
      {"bad_verification_code", "bad_verification_code"}};
  for (const auto& [error, words] : ends) {
    begin();
    script.then(400, std::string(R"({"error":")") + error + "\"}");
    const auto token = run();
    ASSERT_FALSE(token);
    EXPECT_NE(token.error().what.find(words), std::string::npos) << token.error().line();
  }
}

TEST(TokenError, KnownCodesHaveTheirRemedies) {
  const Error error = token_error(
      401,
      R"({"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret )"
      R"(keys are expired. Trace ID: 1 Correlation ID: 2"})",
      "here");
  EXPECT_EQ(error.what,
            "the client secret has expired (AADSTS7000222: The provided client secret keys are "
            "expired.)");
  EXPECT_FALSE(error.remedy.empty());
}

TEST(TokenError, WhateverComesIsOneLine) {
  for (const char* body :
       {"", "<html>", "{}", "[]", R"({"error":5})", R"({"error_description":"AADSTS"})",
        R"({"error_description":"AADSTS99999999999: x"})", R"({"error":"x\u001b[31m\ny"})"}) {
    const std::string line = token_error(400, body, "here").line();
    EXPECT_EQ(line.find_first_of("\n\x1b"), std::string::npos) << line;
    EXPECT_FALSE(line.empty());
  }
}

TEST(Secrets, AnEchoIsNotPassedOn) {
  Script script;
  Stage stage;
  stage.variables["POSTERN_CLIENT_SECRET"] = "hush-hush";
  const auto around = stage.surroundings();
  script.then(401, R"({"error":"x","error_description":"AADSTS7000215: 'hush-hush' is wrong."})");
  const auto token = sign_in(profile(SignIn::client_secret), script, around)->token(exchange_host);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().line().find("hush-hush"), std::string::npos) << token.error().line();
}

TEST(Secrets, AByteOrderMarkIsNoPartOfIt) {
  const std::string path = ::testing::TempDir() + "postern-secret-mark";
  for (const std::string& text :
       {std::string("\xEF\xBB\xBFvalue\r\n"), std::string("\xFF\xFEv\0a\0l\0u\0e\0\r\0\n\0", 16),
        std::string("\xEF\xBB\xBF value")}) {
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), 0600);
    const auto secret = read_secret_file(path);
    ASSERT_TRUE(secret) << secret.error().line();
    EXPECT_EQ(secret->reveal(), "value");
  }
  std::ofstream(path, std::ios::binary) << "\xEF\xBB\xBF\n";
  EXPECT_FALSE(read_secret_file(path)) << "a mark alone is no secret";
  ::unlink(path.c_str());
}

TEST(Profiles, AFileThatOthersMayWriteIsRefused) {
  const std::string path = ::testing::TempDir() + "postern-config-test.toml";
  std::ofstream(path) << "[profile.a]\nsign_in = \"managed-identity\"\n";
  Stage stage;
  const auto around = stage.surroundings();
  for (const mode_t mode : {0600u, 0644u, 0400u}) {
    ::chmod(path.c_str(), mode);
    EXPECT_TRUE(find_profile("a", path, around)) << mode;
  }
  for (const mode_t mode : {0664u, 0646u, 0622u, 0602u}) {
    ::chmod(path.c_str(), mode);
    const auto found = find_profile("a", path, around);
    ASSERT_FALSE(found) << mode;
    EXPECT_NE(found.error().line().find("can be written by others"), std::string::npos);
    EXPECT_NE(found.error().remedy.find("chmod go-w"), std::string::npos);
  }
  ::unlink(path.c_str());
}

TEST(Secrets, FilesThatOthersCanReadAreRefused) {
  const std::string path = ::testing::TempDir() + "postern-secret-test";
  std::ofstream(path) << "  value \n";
  ::chmod(path.c_str(), 0600);
  const auto secret = read_secret_file(path);
  ASSERT_TRUE(secret) << secret.error().line();
  EXPECT_EQ(secret->reveal(), "value");
  for (const mode_t mode : {0640u, 0604u, 0620u, 0601u}) {
    ::chmod(path.c_str(), mode);
    EXPECT_FALSE(read_secret_file(path)) << mode;
  }
  ::unlink(path.c_str());
  EXPECT_FALSE(read_secret_file(path));
}

}  // namespace
}  // namespace postern::exchange

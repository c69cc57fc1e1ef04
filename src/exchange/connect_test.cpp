// InvokeCommand: where the token may go, what is repeated, what is never taken for whole.
#include "exchange/connect.hpp"

#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "exchange/read_tenant.hpp"
#include "exchange/testing/scripted_transport.hpp"
#include "exchange/trace.hpp"

namespace postern::exchange {
namespace {

using testing::Script;
using testing::Stage;

constexpr const char* tenant = "11111111-2222-3333-4444-555555555555";

std::string good_token() {
  return testing::token_of(std::string(R"({"aud":"https://outlook.office365.com","tid":")") +
                           tenant + R"(","appid":"app","roles":["Exchange.ManageAsApp"]})");
}

class Invoke : public ::testing::Test {
 protected:
  Invoke() {
    profile.name = "contoso";
    profile.tenant = "contoso.onmicrosoft.com";
    profile.client_id = "app";
    stage.variables["POSTERN_CLIENT_SECRET"] = "s";
    script.then(200, R"({"access_token":")" + good_token() + R"(","expires_in":3600})");
  }
  Result<Answer> invoke(std::string_view cmdlet, std::string_view parameters = "{}") {
    around = stage.surroundings();
    tokens = sign_in(profile, script, around);
    admin = connect(profile, *tokens, script, around);
    return admin->invoke(cmdlet, parameters);
  }
  Profile profile;
  Script script;
  Stage stage;
  Surroundings around;
  std::unique_ptr<TokenSource> tokens;
  std::unique_ptr<AdminInterface> admin;
};

TEST_F(Invoke, OneTokenAndOneCall) {
  script.then(200, R"({"value":[{"RejectDirectSend":null}]})");
  const auto answer = invoke("Get-OrganizationConfig");
  ASSERT_TRUE(answer) << answer.error().line();
  EXPECT_EQ(answer->objects, R"([{"RejectDirectSend":null}])");
  ASSERT_EQ(script.sent.size(), 2u);
  EXPECT_EQ(script.sent[1].url, std::string("https://outlook.office365.com/adminapi/beta/") +
                                    tenant + "/InvokeCommand");
  EXPECT_EQ(script.sent[1].bearer, good_token());
}

TEST_F(Invoke, AWriteWithoutABodySucceeds) {
  script.then(204, "");
  const auto answer = invoke("Set-OrganizationConfig", R"({"RejectDirectSend":true})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->objects, "[]");
  EXPECT_EQ(script.sent[1].body, R"({"CmdletInput":{"CmdletName":"Set-OrganizationConfig",)"
                                 R"("Parameters":{"RejectDirectSend":true}}})");
}

TEST_F(Invoke, AGetWithoutAListIsAFaultAndNoEmptyList) {
  for (const char* body : {"", "{}", R"({"value":null})", R"({"@odata.context":"x"})"}) {
    script.then(200, body);
    const auto answer = invoke("Get-InboundConnector");
    ASSERT_FALSE(answer) << body;
    EXPECT_NE(answer.error().what.find("holds no list"), std::string::npos);
    EXPECT_NE(answer.error().where.text().find("Get-InboundConnector"), std::string::npos);
    script.then(200, R"({"access_token":")" + good_token() + R"(","expires_in":3600})");
  }
}

TEST_F(Invoke, AnEmptyListIsNone) {
  script.then(200, R"({"value":[]})");
  const auto answer = invoke("Get-InboundConnector");
  ASSERT_TRUE(answer) << answer.error().line();
  EXPECT_EQ(answer->objects, "[]");
}

TEST_F(Invoke, AWarningOfACutListIsACutList) {
  const char* cut =
      R"({"@adminapi.warnings":["By default, only the first 1000 items are returned. Use the )"
      R"(ResultSize parameter to specify the number of items returned."],"value":[{"N":1}]})";
  // Asked for once more, all in one.
  script.then(200, cut).then(200, R"({"value":[{"N":1},{"N":2}]})");
  const auto answer = invoke("Get-X");
  ASSERT_TRUE(answer) << answer.error().line();
  EXPECT_EQ(answer->objects, R"([{"N":1},{"N":2}])");
  EXPECT_NE(script.sent[2].body.find(R"("ResultSize":"Unlimited")"), std::string::npos);
  // Cut all the same: no list.
  script.then(200, R"({"access_token":")" + good_token() + R"(","expires_in":3600})");
  script.then(200, cut);
  const auto again = invoke("Get-InboundConnector", R"({"ResultSize":"Unlimited"})");
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().what.find("the list came in part: By default"), std::string::npos);
}

TEST_F(Invoke, TracesComeInPartsByDesign) {
  script.then(200, R"({"@adminapi.warnings":["There are more results."],"value":[{"N":1}]})");
  EXPECT_TRUE(invoke("Get-MessageTraceV2"));
}

TEST_F(Invoke, ACmdletWithoutResultSizeIsAskedWithout) {
  script.then(400, R"({"error":{"message":"A parameter cannot be found that matches parameter )"
                   R"(name 'ResultSize'."}})");
  script.then(200, R"({"value":[]})");
  EXPECT_TRUE(invoke("Get-TransportRule", R"({"ResultSize":"Unlimited"})"));
  EXPECT_EQ(script.sent[2].body.find("ResultSize"), std::string::npos);
}

TEST(Reading, AsksForAllFromTheStart) {
  for (const char* list : {"Get-AcceptedDomain", "Get-InboundConnector", "Get-TransportRule"})
    EXPECT_EQ(parameters_for(list), R"({"ResultSize":"Unlimited"})");
  EXPECT_EQ(parameters_for("Get-OrganizationConfig"), "{}") << "it has no such parameter";
}

TEST_F(Invoke, AWriteThatBrokeOffIsNotRepeatedAndSaysSo) {
  script.then_fails(false);
  const auto answer = invoke("New-InboundConnector", R"({"Name":"x"})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(script.sent.size(), 2u);
  EXPECT_NE(answer.error().what.find("whether the change was made is not known"),
            std::string::npos);
}

TEST_F(Invoke, PagesAreJoined) {
  script.then(200,
              R"({"value":[{"N":1}],"@odata.nextLink":"https://outlook.office365.com/n?s=1"})");
  script.then(200, R"({"value":[{"N":2}]})");
  const auto answer = invoke("Get-InboundConnector");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->objects, R"([{"N":1},{"N":2}])");
  EXPECT_EQ(script.sent[1].body, script.sent[2].body);
}

TEST_F(Invoke, ParametersThatAreNoObjectAreRefusedBeforeAnythingIsSent) {
  EXPECT_FALSE(invoke("Get-X", "[]"));
  EXPECT_FALSE(invoke("Get-X", "{"));
  EXPECT_TRUE(script.sent.empty());
}

TEST_F(Invoke, AnOldTokenIsRenewedOnce) {
  script.then(200, R"({"value":[]})");
  ASSERT_TRUE(invoke("Get-X"));
  stage.now += 120;
  script.then(401, "");
  script.then(200, R"({"access_token":")" + good_token() + R"(","expires_in":3600})");
  script.then(401, "");
  const auto answer = admin->invoke("Get-X", "{}");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().what.find("401"), std::string::npos);
  EXPECT_EQ(script.sent.size(), 5u);
}

TEST(Within, WhereATokenMayGo) {
  const std::string base = "https://outlook.office365.com";
  const std::pair<const char*, const char*> fine[] = {
      {"https://outlook.office365.com/a?b=c", "https://outlook.office365.com/a?b=c"},
      {"https://eurpr01.outlook.office365.com/a", "https://eurpr01.outlook.office365.com/a"},
      {"https://EURPR01.outlook.office365.com:446/a", "https://eurpr01.outlook.office365.com/a"},
      {"https://outlook.office365.com:443/a", "https://outlook.office365.com/a"},
      {"/a/b", "https://outlook.office365.com/a/b"}};
  for (const auto& [location, target] : fine) {
    const auto there = within(location, base, "here");
    ASSERT_TRUE(there) << location;
    EXPECT_EQ(*there, target);
  }
  for (const char* location :
       {"https://office365.com/", "https://evil-outlook.office365.com.example/",
        "https://eviloutlook.office365.com/", "http://outlook.office365.com/",
        "https://outlook.office365.com:8443/", "https://outlook.office365.com@evil.example/",
        "https://evil.example/outlook.office365.com", "//evil.example/", "evil.example", "",
        "file:///etc/passwd", "https://outlook.office365.com.evil.example/",
        "https://evil.example\\.outlook.office365.com/", "https://[::1]/"}) {
    EXPECT_FALSE(within(location, base, "here")) << location;
  }
}

TEST(Profiles, EveryKeyIsOnThePage) {
  std::ifstream file(POSTERN_SOURCE_DIR "/docs/live.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_NE(page.find(describe_profile_keys()), std::string::npos)
      << "docs/live.md needs this table:\n"
      << describe_profile_keys();
}

TEST(Profiles, AllWaysAndHosts) {
  const auto profiles = parse_profiles(
      "[profile.a]\ntenant = \"t\"\nclient_id = \"c\"\ncloud = \"gcc-high\"\n"
      "[profile.b]\nsign_in = \"managed-identity\"\nexchange_host = "
      "\"https://Example.COM:8443/\"\n",
      "config.toml");
  ASSERT_TRUE(profiles) << profiles.error().line();
  ASSERT_EQ(profiles->size(), 2u);
  EXPECT_EQ((*profiles)[0].hosts().exchange, "https://outlook.office365.us");
  EXPECT_EQ((*profiles)[1].hosts().exchange, "https://example.com:8443");
}

// A service that answers from a list, for what stands on the interface.
class Pages final : public AdminInterface {
 public:
  std::vector<Answer> answers;
  std::vector<std::string> parameters;
  Result<Answer> invoke(std::string_view, std::string_view given) override {
    parameters.emplace_back(given);
    if (answers.empty()) return fail("no more", name());
    Answer answer = std::move(answers.front());
    answers.erase(answers.begin());
    return answer;
  }
  [[nodiscard]] std::string name() const override { return "live:test"; }
};

std::string row(int id, const char* received, const char* recipient) {
  return R"({"MessageTraceId":")" + std::to_string(id) + R"(","Received":")" + received +
         R"(","RecipientAddress":")" + recipient + "\"}";
}

TEST(Trace, GoesOnFromTheLastRowAndDropsTheSeam) {
  Pages pages;
  const std::string seam = row(2, "2026-10-01T00:00:02.0000000Z", "B@contoso.com");
  pages.answers = {{"[" + row(3, "2026-10-01T00:00:03Z", "a@contoso.com") + "," + seam + "]",
                    {"There are more results."}},
                   {"[" + seam + "," + row(1, "2026-10-01T00:00:01Z", "a@contoso.com") + "]", {}}};
  TraceWindow window(pages, "2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z", 5000);
  const auto first = window.next();
  ASSERT_TRUE(first) << first.error().line();
  EXPECT_EQ(first->count, 2u);
  ASSERT_TRUE(first->next);
  const auto second = window.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->count, 1u);
  EXPECT_FALSE(second->next);
  EXPECT_EQ(pages.parameters[1],
            R"({"EndDate":"2026-10-01T00:00:02.0000000Z","ResultSize":5000,)"
            R"("StartDate":"2026-10-01T00:00:00Z","StartingRecipientAddress":"B@contoso.com"})");
}

TEST(Trace, RowsThatAreNoneAreAnError) {
  for (const char* objects : {"[{}]", "[1]", "{", R"([{"MessageTraceId":"1"}])"}) {
    Pages pages;
    pages.answers = {{objects, {}}};
    TraceWindow window(pages, "a", "b", 10);
    EXPECT_FALSE(window.next()) << objects;
  }
}

TEST(Trace, CandidatesAreOwnSendersFromOutsideAndFew) {
  CandidateChoice choice({"contoso.com", "fabrikam.com", "*.fabrikam.com"}, 2);
  const auto line = [](const char* id, const char* sender, const char* address) {
    return std::string(R"({"MessageTraceId":")") + id + R"(","RecipientAddress":"r@contoso.com",)" +
           R"("SenderAddress":")" + sender + R"(","FromIP":")" + address + "\"}";
  };
  const auto chosen = choice.choose(
      "[" + line("1", "scan@contoso.com", "203.0.113.1") + "," +
      line("2", "x@elsewhere.example", "203.0.113.1") + "," +
      line("3", "SCAN@Contoso.com", "203.0.113.1") + "," +
      line("4", "scan@contoso.com", "203.0.113.1") + "," +
      line("5", "scan@contoso.com", "203.0.113.2") + "," + line("6", "a@sub.contoso.com", "x") +
      "," + line("7", "a@sub.fabrikam.com", "x") + "," + line("8", "b@contoso.com", "") + "," +
      line("9", "", "203.0.113.1") + "]");
  ASSERT_TRUE(chosen);
  std::string ids;
  for (const auto& each : *chosen)
    ids += each.trace_id;
  EXPECT_EQ(ids, "1357");
}

}  // namespace
}  // namespace postern::exchange

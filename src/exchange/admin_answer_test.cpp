// Answers of the admin interface, as captured shapes and as damage.
#include "exchange/admin_answer.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace postern::exchange {
namespace {

Response answered(int status, std::string body, std::vector<Header> headers = {}) {
  return {status, std::move(headers), std::move(body), false};
}

TEST(Page, LeavesSidecarsOutAndKeepsNull) {
  const auto page = read_page(
      R"j({"@odata.context":"x","adminapi.warnings@odata.type":"#Collection(String)",)j"
      R"("@adminapi.warnings":[],"value":[{"Guid@data.type":"System.Guid","Guid@odata.type":"#Guid",)"
      R"("Guid":"g","RejectDirectSend":null,"Inner":{"A@odata.type":"x","A":[1]}}]})",
      "here");
  ASSERT_TRUE(page) << page.error().line();
  EXPECT_EQ(page->objects, R"({"Guid":"g","Inner":{"A":[1]},"RejectDirectSend":null})");
  EXPECT_EQ(page->count, 1u);
  EXPECT_TRUE(page->warnings.empty());
  EXPECT_TRUE(page->next_link.empty());
}

TEST(Page, WarningsAndLink) {
  const auto page = read_page(
      R"({"@adminapi.warnings":["one\nline"],"@odata.nextLink":"https://x/y","value":[]})", "here");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->warnings, std::vector<std::string>{"one line"});
  EXPECT_EQ(page->next_link, "https://x/y");
}

TEST(Page, AnEmptyBodyIsAnEmptyPage) {
  for (const char* body : {"", "  \r\n", R"({"value":null})", R"({})"}) {
    const auto page = read_page(body, "here");
    ASSERT_TRUE(page) << body;
    EXPECT_EQ(page->count, 0u);
  }
}

TEST(Page, ASingleObjectInPlaceOfAList) {
  const auto page = read_page(R"({"value":{"Name":"x"}})", "here");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->objects, R"({"Name":"x"})");
}

TEST(Page, DamageIsAnErrorWithItsPlace) {
  const std::string deep = R"({"value":)" + std::string(200'000, '[');
  for (const std::string& body :
       {std::string("<html>"), std::string(R"({"value":[{"Name":"ha)"), std::string("[]"),
        std::string(R"({"value":[1]})"), std::string(R"({"value":"x"})"), deep,
        std::string(R"({"error":{"message":"no"}})"), std::string("\0\0\0", 3)}) {
    const auto page = read_page(body, "live:x, Get-Y");
    ASSERT_FALSE(page) << body.substr(0, 40);
    EXPECT_EQ(page.error().where, "live:x, Get-Y");
  }
}

TEST(Page, DepthIsBounded) {
  const std::string deep =
      R"({"value":[{"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}]}";
  EXPECT_TRUE(read_page(deep, "here"));
}

constexpr const char* generic =
    "Exception of type 'Microsoft.Exchange.Management.PSDirectInvoke."
    "DirectInvokeCmdletExecutionException' was thrown.";

TEST(ErrorText, TheInnermostWordsUnlessGeneric) {
  const std::string details =
      R"("details":[{"code":"Client","target":"","message":"Ex6F9304|Some.Exception|It is not there."}])";
  EXPECT_EQ(error_text(R"({"error":{"message":"Error executing cmdlet",)" + details +
                       R"(,"innererror":{"internalexception":{"message":")" + generic + R"("}}}})"),
            "It is not there.");
  EXPECT_EQ(error_text(R"({"error":{"message":"useless",)" + details +
                       R"(,"innererror":{"internalexception":{"message":"The inner one."}}}})"),
            "The inner one.");
  EXPECT_EQ(error_text(R"({"error":{"code":"x","message":"All there is"}})"), "All there is");
  EXPECT_EQ(error_text(R"({"error":"as text"})"), "as text");
  for (const char* body : {"", "{}", "[]", R"({"error":[]})", R"({"error":{"details":5}})"}) {
    EXPECT_EQ(error_text(body), "") << body;
  }
}

TEST(ErrorText, NoStackTraceAndNoEnd) {
  const char* traced = R"j({"error":{"message":"Broken.\r\n   at Microsoft.Exchange.Foo()"}})j";
  EXPECT_EQ(error_text(traced), "Broken.");
  EXPECT_LT(error_text(R"({"error":{"message":")" + std::string(100'000, 'x') + R"("}})").size(),
            600u);
}

TEST(AdminError, EachStatusHelps) {
  struct Case {
    Response response;
    const char* what;
    const char* remedy;
  };
  Response gzip = answered(403, "");
  gzip.undecodable = true;
  const Case cases[] = {
      {answered(401, ""), "does not accept the token", "Exchange.ManageAsApp"},
      {answered(403, std::string(4096, '\0')), "not visible", "Global Reader"},
      {gzip, "not visible", "Global Reader"},
      {answered(403, R"({"error":{"message":"Denied by policy"}})"), "Denied by policy", "role"},
      {answered(404, ""), "not found", "tenant"},
      {answered(405, ""), "405", "exchange_host"},
      {answered(429, "", {{"Retry-After", "17"}}), "throttling", "wait 17 s"},
      {answered(500, "", {{"request-id", "abc"}}), "request abc", "later"},
  };
  for (const Case& each : cases) {
    const Error error = admin_error(each.response, "Get-X", "here");
    EXPECT_NE(error.what.find(each.what), std::string::npos) << error.line();
    EXPECT_NE(error.remedy.find(each.remedy), std::string::npos) << error.line();
  }
  EXPECT_NE(admin_error(gzip, "Set-X", "here").remedy.find("Exchange Administrator"),
            std::string::npos);
}

TEST(AdminError, AnExpiredPage) {
  const std::string words = R"({"error":{"message":"Expired or Invalid pagination request."}})";
  EXPECT_TRUE(is_expired_page(answered(400, words)));
  EXPECT_FALSE(is_expired_page(answered(500, words)));
  EXPECT_FALSE(is_expired_page(answered(400, R"({"error":{"message":"Bad parameter"}})")));
}

}  // namespace
}  // namespace postern::exchange

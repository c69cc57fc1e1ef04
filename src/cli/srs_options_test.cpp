// From the words of postern srs to the addresses it gives and what Postfix is told.
#include "cli/srs_options.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace postern::cli {
namespace {

using Status = auth::SocketmapAnswer::Status;
using Words = std::vector<std::string>;
namespace fs = std::filesystem;

constexpr UnixTime now = 1'795'824'000;  // 2026-11-28T00:00:00Z
constexpr UnixTime day = 86'400;

class SrsOptions : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string form = ::testing::TempDir() + "srs-XXXXXX";
    folder_ = ::mkdtemp(form.data());
    arguments_.secrets_file = folder_ / "secrets";
    arguments_.options.domain = "forwarder.example";
    secrets("tops3cr3t-of-sixteen\n");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void secrets(std::string_view text, fs::perms mode = fs::perms::owner_read) {
    fs::remove(arguments_.secrets_file);
    std::ofstream(arguments_.secrets_file) << text;
    fs::permissions(arguments_.secrets_file, mode);
  }
  auth::Srs srs() {
    auto made = make_srs(arguments_);
    EXPECT_TRUE(made) << (made ? "" : made.error().line());
    return std::move(*made);
  }
  std::string fault() {
    const auto made = make_srs(arguments_);
    return made ? "none" : made.error().line();
  }

  SrsArguments arguments_;
  fs::path folder_;
};

SrsArguments parsed(void (*add)(CLI::App&, SrsArguments&), const Words& words, std::string& fault) {
  CLI::App app("", "postern srs");
  SrsArguments arguments;
  add(app, arguments);
  try {
    app.parse(Words(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    fault = error.what();
  }
  return arguments;
}

TEST_F(SrsOptions, OfOneAddress) {
  std::string fault;
  const auto a =
      parsed(add_srs_options,
             {"ann@contoso.com", "--domain", "f.example", "--secrets", "s", "--own-domain",
              "a.example", "--own-domain", "b.example", "--separator", "+", "--max-age", "7"},
             fault);
  EXPECT_EQ(fault, "");
  EXPECT_EQ(a.address, "ann@contoso.com");
  EXPECT_EQ(a.options.domain, "f.example");
  EXPECT_EQ(a.options.own_domains, (Words{"a.example", "b.example"}));
  EXPECT_EQ(a.secrets_file, "s");
  EXPECT_EQ(a.separator, "+");
  EXPECT_EQ(a.options.max_age_days, 7u);
  const auto plain = parsed(add_srs_options, {"a@b", "--domain", "d", "--secrets", "s"}, fault);
  EXPECT_EQ(plain.separator, "=");
  EXPECT_EQ(plain.options.max_age_days, 21u);
}

TEST_F(SrsOptions, OfTheServer) {
  std::string fault;
  const auto a = parsed(
      add_srs_server_options,
      {"--domain", "d", "--secrets", "s", "--listen", "unix:/run/srs", "--idle-time", "9"}, fault);
  EXPECT_EQ(fault, "");
  EXPECT_EQ(a.listen, "unix:/run/srs");
  EXPECT_EQ(a.idle_time, 9u);
  const auto plain = parsed(add_srs_server_options, {"--domain", "d", "--secrets", "s"}, fault);
  EXPECT_EQ(plain.listen, "127.0.0.1:10003") << "not open to the network unless asked";
  EXPECT_EQ(plain.idle_time, 300u);
}

TEST_F(SrsOptions, WhatCannotBe) {
  const std::vector<Words> wrong = {
      {"a@b", "--domain", "d"},
      {"a@b", "--secrets", "s"},
      {"--domain", "d", "--secrets", "s"},
      {"a@b", "--domain", "d", "--secrets", "s", "--separator", "/"},
      {"a@b", "--domain", "d", "--secrets", "s", "--max-age", "0"},
      {"a@b", "--domain", "d", "--secrets", "s", "--max-age", "1001"}};
  for (const Words& words : wrong) {
    std::string fault;
    (void)parsed(add_srs_options, words, fault);
    EXPECT_NE(fault, "") << CLI::detail::join(words, " ");
  }
  for (const char* seconds : {"0", "86401", "soon"}) {
    std::string fault;
    (void)parsed(add_srs_server_options,
                 {"--domain", "d", "--secrets", "s", "--idle-time", seconds}, fault);
    EXPECT_NE(fault, "") << seconds;
  }
}

TEST_F(SrsOptions, TheFirstSecretSignsAndAllVerify) {
  const std::string by_old = *srs().forward("ann@contoso.com", now);
  secrets("# the new one\n\n  n3w-one-of-sixteen  \ntops3cr3t-of-sixteen\r\n");
  const auto both = srs();
  const std::string by_new = *both.forward("ann@contoso.com", now);
  EXPECT_NE(by_new, by_old);
  EXPECT_EQ(both.reverse(by_old, now).value_or(""), "ann@contoso.com");
  secrets("n3w-one-of-sixteen\n");
  EXPECT_EQ(srs().forward("ann@contoso.com", now).value_or(""), by_new)
      << "white space around a secret, comments and empty lines are no part of it";
  EXPECT_FALSE(srs().reverse(by_old, now));
}

TEST_F(SrsOptions, TheSeparatorAndTheAgeReachTheAddress) {
  arguments_.separator = "-";
  arguments_.options.max_age_days = 2;
  const std::string address = *srs().forward("ann@contoso.com", now);
  EXPECT_EQ(address.substr(0, 5), "SRS0-");
  EXPECT_TRUE(srs().reverse(address, now + 2 * day));
  EXPECT_FALSE(srs().reverse(address, now + 3 * day));
}

TEST_F(SrsOptions, SecretsThatAreNone) {
  secrets("# nothing but a remark\n");
  EXPECT_NE(fault(), "none");
  secrets("tops3cr3t-of-sixteen\n", fs::perms::owner_read | fs::perms::others_read);
  EXPECT_NE(fault().find("can be read by others"), std::string::npos) << fault();
  EXPECT_EQ(fault().find("tops3cr3t"), std::string::npos);
  for (const char* line : {"short", "fifteen octets."}) {
    secrets("# newest first\ntops3cr3t-of-sixteen\n" + std::string(line) + "\n");
    EXPECT_NE(fault().find(":3: is a secret of "), std::string::npos) << fault();
    EXPECT_NE(fault().find("16 or more"), std::string::npos) << fault();
    EXPECT_EQ(fault().find(line), std::string::npos) << fault();
  }
  fs::remove(arguments_.secrets_file);
  EXPECT_NE(fault().find(arguments_.secrets_file), std::string::npos) << fault();
}

TEST_F(SrsOptions, PostfixIsToldWhatAnAddressBecomes) {
  arguments_.options.own_domains = {"own.example"};
  const auto rewriter = srs();
  const auto forth = look_up(rewriter, "forward", "ann@contoso.com", now);
  ASSERT_EQ(forth.status, Status::ok);
  EXPECT_TRUE(forth.text.ends_with("=contoso.com=ann@forwarder.example")) << forth.text;
  const auto back = look_up(rewriter, "reverse", forth.text, now);
  EXPECT_EQ(back.status, Status::ok);
  EXPECT_EQ(back.text, "ann@contoso.com");
}

TEST_F(SrsOptions, PostfixIsToldNothingOfWhatStaysAsItIs) {
  arguments_.options.own_domains = {"own.example"};
  const auto rewriter = srs();
  // Own senders, and the parts that Postfix asks for after the whole: "ann", "@contoso.com".
  for (const char* key :
       {"ann@own.example", "ann@forwarder.example", "ann", "@contoso.com", "", "a b@c d"}) {
    EXPECT_EQ(look_up(rewriter, "forward", key, now).status, Status::not_found) << key;
  }
  const std::string address = *rewriter.forward("ann@contoso.com", now);
  std::string forged = address;
  forged[5] = forged[5] == 'A' ? 'B' : 'A';
  for (const std::string& key :
       {std::string("ann@contoso.com"), std::string("ann@forwarder.example"), std::string("SRS0"),
        forged}) {
    EXPECT_EQ(look_up(rewriter, "reverse", key, now).status, Status::not_found) << key;
  }
  EXPECT_EQ(look_up(rewriter, "reverse", address, now + 30 * day).status, Status::not_found)
      << "too old";
}

TEST_F(SrsOptions, AMapThatIsNoneIsAFaultOfTheSettings) {
  const auto answer = look_up(srs(), "forwards", "ann@contoso.com", now);
  EXPECT_EQ(answer.status, Status::permanent);
  EXPECT_EQ(answer.text, "the maps are called forward and reverse");
}

}  // namespace
}  // namespace postern::cli

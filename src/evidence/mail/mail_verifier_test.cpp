// Mail files with a verifier: what the header claims against what the message and its records show.
#include "evidence/mail_verifier.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/dkim_signer.hpp"
#include "auth/memory_zone.hpp"
#include "evidence/mail/mail_reader.hpp"
#include "evidence/testing/read_as.hpp"
#include "message/authentication_results.hpp"

namespace postern::evidence {
namespace {

constexpr UnixTime then = 1790842530;  // 2026-10-01 08:15:30 UTC

class ByZone final : public MailVerifier {
 public:
  [[nodiscard]] bool wants(const Message& m) const override {
    return m.submission.reverse_path.domain == "contoso.com";
  }
  std::optional<auth::MessageAuthentication> finish(auth::MessageCheck& check) override {
    ++asked;
    if (out_of_time) return std::nullopt;
    return auth::run_now(check.finish(zone));
  }
  auth::MemoryZone zone;
  int asked = 0;
  bool out_of_time = false;
};

std::string word(AuthResult result) {
  constexpr std::string_view words[] = {"-",        "none",    "pass",      "fail",
                                        "softfail", "neutral", "temperror", "permerror"};
  return std::string(words[static_cast<std::size_t>(result)]);
}

// "spf dkim dmarc compauth, author?, (spf now), claims" of each message.
class Recorder final : public Sink {
 public:
  void message(const Message& m) override {
    constexpr std::string_view claims[] = {"none", "believed", "verified", "not confirmed",
                                           "not checked"};
    constexpr std::string_view known[] = {"?", "other's", "author's"};
    const AuthResults& r = m.results;
    const std::size_t author = r.dkim_is_authors == policy::Known::yes  ? 2
                               : r.dkim_is_authors == policy::Known::no ? 1
                                                                        : 0;
    rows.push_back(fmt::format("{} {} {} {}, {}, ({}), {}", word(r.spf), word(r.dkim),
                               word(r.dmarc), word(r.compauth), known[author],
                               word(r.published_spf), claims[static_cast<std::size_t>(r.claims)]));
  }
  void not_relevant(NotRelevant) override {}
  void bad(const BadRow& row) override { rows.push_back("bad: " + std::string(row.what)); }
  std::vector<std::string> rows;
};

class Verified : public testing::Test {
 protected:
  Verified() : key(*crypto.generate(auth::KeyType::ed25519, 0)) {
    verifier.zone.add_text("s._domainkey.contoso.com",
                           "v=DKIM1; k=ed25519; p=" + auth::public_part(*key));
    verifier.zone.add_text("s._domainkey.stranger.example",
                           "v=DKIM1; k=ed25519; p=" + auth::public_part(*key));
    verifier.zone.add_text("contoso.com", "v=spf1 ip4:203.0.113.7 -all");
    verifier.zone.add_text("_dmarc.contoso.com", "v=DMARC1; p=reject");
  }

  /// As a Postfix of contoso.com delivers it, with the results that a filter of its own wrote.
  static std::string delivered(std::string_view message, std::string_view claim,
                               std::string_view client = "203.0.113.7") {
    std::string out = "Return-Path: <app@contoso.com>\r\n";
    if (!claim.empty()) out += fmt::format("Authentication-Results: mx.contoso.com; {}\r\n", claim);
    out += fmt::format(
        "Received: from app.contoso.com (app.contoso.com [{}])\r\n"
        "\tby mx.contoso.com (Postfix) with ESMTP id 4XYZ for <ann@contoso.com>;\r\n"
        "\tThu, 01 Oct 2026 08:15:30 +0000 (UTC)\r\n",
        client);
    return out + std::string(message);
  }
  std::string message(std::string_view body = body_text) const {
    return "From: app@contoso.com\r\nTo: ann@contoso.com\r\nSubject: Scan\r\n\r\n" +
           std::string(body);
  }
  std::string signed_message(std::string_view domain = "contoso.com",
                             std::string_view body = body_text,
                             std::optional<UnixTime> expires = std::nullopt) {
    const std::string text = message(body);
    const std::string header = text.substr(0, text.find("\r\n\r\n") + 2);
    auth::SigningChoices choices;
    choices.domain = domain;
    choices.selector = "s";
    choices.expires_at = expires;
    auth::DkimSigner signer(crypto, key, choices);
    signer.add_body(body);
    return signer.finish(header) + text;
  }

  std::vector<std::string> read(const std::string& text, std::string_view format = "eml") {
    Options options;
    options.verifier = &verifier;
    Recorder sink;
    const auto done = read_text_as(format, ByteSource::of(text), options, sink);
    EXPECT_TRUE(done);
    return sink.rows;
  }
  std::string one(const std::string& text) {
    const auto rows = read(text);
    EXPECT_EQ(rows.size(), 1u);
    return rows.empty() ? std::string{} : rows.front();
  }

  static constexpr std::string_view body_text = "Two pages.\r\n\r\nFrom here on.\r\n";
  static constexpr std::string_view all_pass =
      "spf=pass smtp.mailfrom=contoso.com; dkim=pass header.d=contoso.com; dmarc=pass "
      "header.from=contoso.com";
  auth::Crypto crypto;
  std::shared_ptr<const auth::PrivateKey> key;
  ByZone verifier;
};

TEST_F(Verified, WhatHoldsStands) {
  EXPECT_EQ(one(delivered(signed_message(), all_pass)),
            "pass pass pass -, author's, (-), verified");
}

TEST_F(Verified, AForgedClaimIsNotBelieved) {
  // No signature, and an address that SPF does not list.
  EXPECT_EQ(one(delivered(message(), all_pass, "198.51.100.9")),
            "- - - -, ?, (fail), not confirmed");
  // Signed by somebody else, who calls himself the author.
  EXPECT_EQ(one(delivered(signed_message("stranger.example"), all_pass, "198.51.100.9")),
            "- pass - -, other's, (fail), not confirmed");
}

TEST_F(Verified, AMessageChangedSinceLeavesItsSignatureUnknown) {
  const std::string changed = signed_message() + "A disclaimer.\r\n";
  EXPECT_EQ(one(delivered(changed, all_pass)), "pass - pass -, ?, (-), not confirmed");
  EXPECT_EQ(one(delivered(changed, "")), "- fail - -, ?, (pass), verified");
}

TEST_F(Verified, ASignatureIsProofWhateverIsClaimed) {
  EXPECT_EQ(one(delivered(signed_message(), "dkim=temperror header.d=contoso.com")),
            "- pass pass -, author's, (pass), verified");
  EXPECT_EQ(one(delivered(signed_message(), "")), "- pass pass -, author's, (pass), verified");
}

TEST_F(Verified, AResultAgainstTheSenderStands) {
  // It was not listed when the mail came; that it is today makes no difference to that.
  EXPECT_EQ(one(delivered(message(),
                          "spf=fail smtp.mailfrom=contoso.com; dkim=none; dmarc=fail "
                          "header.from=contoso.com")),
            "fail none fail -, ?, (-), verified");
}

TEST_F(Verified, AWithdrawnKeyLeavesTheSignatureUnknown) {
  std::string old = signed_message();
  old.replace(old.find("s=s;"), 4, "s=t;");
  EXPECT_EQ(one(delivered(old, "dkim=pass header.d=contoso.com")),
            "- - - -, ?, (pass), not confirmed");
  EXPECT_EQ(one(delivered(old, "")), "- - - -, ?, (pass), verified");
}

TEST_F(Verified, ASignatureThatHasExpiredSinceWasGoodThen) {
  EXPECT_EQ(one(delivered(signed_message("contoso.com", body_text, then + 60), all_pass)),
            "pass pass pass -, author's, (-), verified");
  EXPECT_EQ(one(delivered(signed_message("contoso.com", body_text, then - 60), all_pass)),
            "pass - pass -, ?, (-), not confirmed");
}

TEST_F(Verified, WithoutTimeNoPassStands) {
  verifier.out_of_time = true;
  EXPECT_EQ(one(delivered(signed_message(), all_pass)), "- - - -, ?, (-), not checked");
  EXPECT_EQ(one(delivered(message(), "spf=fail smtp.mailfrom=contoso.com")),
            "fail - - -, ?, (-), not checked");
}

TEST_F(Verified, OnlyMailThatMattersIsAskedAbout) {
  std::string other = delivered(message(), "dkim=pass header.d=elsewhere.example");
  other.replace(other.find("app@contoso.com"), 15, "app@other.example");
  EXPECT_EQ(one(other), "- pass - -, other's, (-), believed");
  EXPECT_EQ(verifier.asked, 0);
}

TEST_F(Verified, LongLinesAndOddEndsAreHashedAsTheyCame) {
  const std::string bodies[] = {
      std::string(20'000, 'x') + "\r\n",
      std::string(8'191, 'x') + "\r\n",
      std::string(8'192, 'x') + "\r\n",
      std::string(8'191, 'x') + "\r\r\n",
      std::string(30'000, 'x') + "\ry" + std::string(9'000, 'z') + "\r\r\n.\r\n",
      "no line break at the end",
      "",
      "\r\n\r\n",
      "a\r\n\r\n\r\n",
  };
  for (const std::string& body : bodies)
    EXPECT_EQ(one(delivered(signed_message("contoso.com", body), all_pass)),
              "pass pass pass -, author's, (-), verified")
        << body.size() << ' ' << body.substr(0, 20);
}

TEST_F(Verified, AnMboxIsUnescapedBeforeItIsHashed) {
  const std::string with_cr =
      delivered(signed_message("contoso.com", "a\r\n>From b\r\nFrom c\r\n>>From d\r\n"), all_pass);
  std::string mbox;
  for (int copy = 0; copy < 2; ++copy) {
    mbox += "From app@contoso.com Thu Oct  1 08:15:30 2026\n";
    std::string line;
    bool in_body = false;
    for (const char c : with_cr) {
      if (c == '\r') continue;
      line += c;
      if (c != '\n') continue;
      in_body = in_body || line == "\n";
      const std::size_t text = line.find_first_not_of('>');
      if (in_body && line.substr(text).starts_with("From ")) mbox += '>';
      mbox += std::exchange(line, {});
    }
    mbox += '\n';
  }
  const std::string sound = "pass pass pass -, author's, (-), verified";
  EXPECT_EQ(read(mbox, "mbox"), (std::vector<std::string>{sound, sound}));
}

TEST_F(Verified, AMaildirIsVerifiedFileByFile) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / fmt::format("postern-verify-{}", ::getpid());
  for (const char* part : {"cur", "new", "tmp"})
    fs::create_directories(folder / part);
  std::ofstream(folder / "cur" / "1") << delivered(signed_message(), all_pass);
  std::ofstream(folder / "new" / "2") << delivered(message(), all_pass, "198.51.100.9");
  Options options;
  options.verifier = &verifier;
  Recorder sink;
  EXPECT_TRUE(evidence::read(folder.string(), options, sink));
  fs::remove_all(folder);
  EXPECT_EQ(sink.rows, (std::vector<std::string>{"pass pass pass -, author's, (-), verified",
                                                 "- - - -, ?, (fail), not confirmed"}));
}

}  // namespace
}  // namespace postern::evidence

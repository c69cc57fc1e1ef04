#include "evidence/mail/mail_reader.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "evidence/testing/read_as.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;

class Recorder : public Sink {
 public:
  void message(const Message& m) override {
    log += fmt::format("[{}{}]", m.header_from, m.delivery == Delivery::junk ? " junk" : "");
  }
  void not_relevant(NotRelevant why) override { log += fmt::format("-{}", static_cast<int>(why)); }
  void bad(const BadRow& row) override {
    log += fmt::format("!{}:{}", row.row, row.line);
    last_bad = fmt::format("{}: {}", row.file, row.what);
  }
  std::string log;
  std::string last_bad;
};

void expect_adds_up(const Tally& tally) {
  std::uint64_t all = tally.messages + tally.bad;
  for (const std::uint64_t count : tally.not_relevant)
    all += count;
  EXPECT_EQ(tally.rows, all);
}

constexpr auto outbound = static_cast<std::size_t>(NotRelevant::outbound);
constexpr auto not_mail = static_cast<std::size_t>(NotRelevant::not_mail);

TEST(MailReader, OneMessageIsOneRow) {
  Recorder sink;
  const auto tally = read_text_as("eml", ByteSource::of("From: a@contoso.com\n\nbody\n"), {}, sink);
  ASSERT_TRUE(tally);
  EXPECT_EQ(sink.log, "[a@contoso.com]");
  EXPECT_EQ(tally->rows, 1u);
  EXPECT_EQ(name_of(tally->format), "eml");
  expect_adds_up(*tally);
}

TEST(MailReader, SeveralRecipientsOfOneCopyAreSeveralRows) {
  Recorder sink;
  const auto tally = read_text_as(
      "eml", ByteSource::of("Envelope-To: b@contoso.com, c@contoso.com\nFrom: a@contoso.com\n\n"),
      {}, sink);
  EXPECT_EQ(tally->messages, 2u);
  expect_adds_up(*tally);
}

TEST(MailReader, BadMailIsALocatedRow) {
  for (const std::string text : {"", "\n\n", "not mail\n", "key: value\n", "%PDF\n\x01\x02\n"}) {
    Recorder sink;
    const auto tally = read_text_as("eml", ByteSource::of(text), {}, sink);
    ASSERT_TRUE(tally);
    EXPECT_EQ(tally->bad, 1u) << text;
    EXPECT_EQ(tally->rows, 1u);
    EXPECT_NE(sink.last_bad.find("no header field"), std::string::npos) << sink.last_bad;
    expect_adds_up(*tally);
  }
}

TEST(MailReader, MboxGoesOnAfterABadMessage) {
  Recorder sink;
  const auto tally =
      read_text_as("mbox",
                   ByteSource::of("From a Thu Oct  1 08:15:30 2026\nFrom: a@contoso.com\n\nx\n\n"
                                  "From b Thu Oct  1 08:15:30 2026\n\nno header\n\n"
                                  "From c Thu Oct  1 08:15:30 2026\nFrom: c@contoso.com\n\nx\n"),
                   {}, sink);
  ASSERT_TRUE(tally);
  EXPECT_EQ(sink.log, "[a@contoso.com]!2:6[c@contoso.com]");
  expect_adds_up(*tally);
}

TEST(MailReader, HeaderLimitIsTheSmallerOfBoth) {
  Recorder sink;
  Options options;
  options.longest_row = 100;
  const std::string text = "From: a@contoso.com\nX: " + std::string(200, 'x') + "\n\n";
  const auto tally = read_text_as("eml", ByteSource::of(text), options, sink);
  EXPECT_EQ(sink.log, "!1:1");
  EXPECT_NE(sink.last_bad.find("longer than 100 octets"), std::string::npos);
  EXPECT_EQ(read_text_as("eml", ByteSource::of(text), {}, sink)->messages, 1u);
  const std::string huge = "From: a@contoso.com\nX: " + std::string(longest_header_block, 'x');
  EXPECT_EQ(read_text_as("eml", ByteSource::of(huge), {}, sink)->bad, 1u);
}

// Where the client is a relay of one's own, the relay's own Received line tells who is behind it.
TEST(MailReader, WhoHandedAMessageToTheOwnRelayIsTheUpstream) {
  struct Upstreams final : Recorder {
    void message(const Message& m) override {
      log += fmt::format("{} behind {} ", m.upstream_hostname,
                         m.submission.client_ip ? m.submission.client_ip->text() : "?");
    }
  };
  const std::string mail =
      "Received: from relay.contoso.com (relay.contoso.com [198.51.100.25]) by mx.contoso.com with "
      "ESMTP; Thu, 1 Oct 2026 08:15:30 +0000\n"
      "Received: from mfp (mfp.lan.contoso.com [10.0.0.5]) by relay.contoso.com with ESMTP; Thu, 1 "
      "Oct 2026 08:15:29 +0000\nFrom: scan@contoso.com\n\n";
  Upstreams named;
  Options options;
  options.relay_addresses = {*IpAddress::parse("198.51.100.24"),
                             *IpAddress::parse("198.51.100.25")};
  ASSERT_TRUE(read_text_as("eml", ByteSource::of(mail), options, named));
  EXPECT_EQ(named.log, "mfp.lan.contoso.com behind 198.51.100.25 ");
  Upstreams unnamed;
  ASSERT_TRUE(read_text_as("eml", ByteSource::of(mail), {}, unnamed));
  EXPECT_EQ(unnamed.log, " behind 198.51.100.25 ");
}

TEST(MailDetection, AColonMakesNoMail) {
  const auto is_mail = [](std::string_view text) { return starts_like_mail(text, Encoding::own); };
  EXPECT_TRUE(is_mail("From: a@contoso.com\nSubject: x\n\nbody"));
  EXPECT_TRUE(
      is_mail("X-Mozilla-Status: 0001\nReceived: from a by b;\n Thu, 1 Oct 2026 08:15:30 "
              "+0000\n"));
  EXPECT_TRUE(is_mail("date: Thu, 1 Oct 2026 08:15:30 +0000\r\n\r\n"));
  EXPECT_FALSE(is_mail("Note: see you\nCc: nobody\n"));
  EXPECT_FALSE(is_mail("Subject: hello\nDate: soon\n\nann@contoso.com"));
  EXPECT_FALSE(is_mail("root:x:0:0:root:/root:/bin/bash\n"));
  EXPECT_FALSE(is_mail("2026-10-01T07:12:33Z Oct  1 07:12:33 host app: to=<ann@contoso.com>\n"));
  EXPECT_FALSE(is_mail("the body: of a@b\nFrom: a@b\n"));
  EXPECT_FALSE(is_mail(""));
}

class Maildir : public ::testing::Test {
 protected:
  Maildir() : path_(fs::temp_directory_path() / fmt::format("postern-maildir-{}", ::getpid())) {
    fs::remove_all(path_);
  }
  ~Maildir() override { fs::remove_all(path_); }
  void put(const std::string& name, const std::string& text) {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  fs::path path_;
};

TEST_F(Maildir, ReadsCurAndNewOfEveryFolder) {
  put("cur/1.host:2,S", "From: one@contoso.com\n\n");
  put("new/2.host", "From: two@contoso.com\n\n");
  put("tmp/3.host", "From: half@contoso.com\n\n");
  put(".Junk/cur/4.host:2,", "From: four@contoso.com\n\n");
  put(".Sent/cur/5.host:2,", "From: five@contoso.com\n\n");
  put(".Drafts/cur/6.host:2,", "From: six@contoso.com\n\n");
  put("dovecot-uidlist", "3 V1\n");
  Recorder sink;
  const auto tally = read(path_.string(), {}, sink);
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->messages, 3u);
  EXPECT_EQ(tally->not_relevant[outbound], 1u);
  EXPECT_EQ(tally->not_relevant[not_mail], 1u);
  EXPECT_NE(sink.log.find("[one@contoso.com][two@contoso.com]"), std::string::npos) << sink.log;
  EXPECT_NE(sink.log.find("[four@contoso.com junk]"), std::string::npos) << sink.log;
  expect_adds_up(*tally);
}

// Dovecot's LAYOUT=fs, and Maildir++ whose root has no mail of its own.
TEST_F(Maildir, FoldersWithinFoldersAreRead) {
  put("cur/1.host:2,S", "From: one@contoso.com\n\n");
  put("Archive/2025/cur/2.host:2,S", "From: two@contoso.com\n\n");
  put("Archive/new/3.host", "From: three@contoso.com\n\n");
  put("Junk/cur/4.host:2,", "From: four@contoso.com\n\n");
  Recorder sink;
  const auto tally = read(path_.string(), {}, sink);
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->messages, 4u);
  EXPECT_NE(sink.log.find("[two@contoso.com]"), std::string::npos) << sink.log;
  EXPECT_NE(sink.log.find("[four@contoso.com junk]"), std::string::npos) << sink.log;
  expect_adds_up(*tally);
}

TEST_F(Maildir, WhatLiesBesideTheMailIsToldOf) {
  put("cur/1.host:2,S", "From: one@contoso.com\n\n");
  put("dovecot-uidlist", "3 V1\n");
  put("EmailEvents.csv", "Timestamp\n");
  fs::create_symlink("/nowhere/at/all", path_ / "cur/2.host");
  ASSERT_EQ(::mkfifo((path_ / "cur/3.host").c_str(), 0600), 0);
  Recorder sink;
  const auto tally = read(path_.string(), {}, sink);
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->messages, 1u);
  EXPECT_EQ(tally->bad, 3u);
  expect_adds_up(*tally);
}

TEST_F(Maildir, WhatIsNoMailIsNotRelevant) {
  put("cur/a", "key: value\n");
  put("cur/b", "");
  put("cur/.note", "From: x@y.example\n\n");
  put("new/c", std::string(3000, '\0'));
  Recorder sink;
  const auto tally = read(path_.string(), {}, sink);
  EXPECT_EQ(tally->not_relevant[not_mail], 3u);
  EXPECT_EQ(tally->rows, 3u) << "dot files are no messages";
  EXPECT_EQ(tally->bad, 0u);
  expect_adds_up(*tally);
}

TEST_F(Maildir, AFileThatCannotBeReadIsABadRow) {
  if (::geteuid() == 0) GTEST_SKIP() << "the superuser may read every file";
  put("cur/a", "From: x@y.example\n\n");
  fs::create_directories(path_ / "new");
  fs::permissions(path_ / "cur/a", fs::perms::none);
  Recorder sink;
  const auto tally = read(path_.string(), {}, sink);
  EXPECT_EQ(tally->bad, 1u);
  EXPECT_NE(sink.last_bad.find("cur/a"), std::string::npos);
}

TEST_F(Maildir, AMissingFolderIsAnError) {
  Recorder sink;
  EXPECT_FALSE(read((path_ / "nowhere").string(), {}, sink));
}

}  // namespace
}  // namespace postern::evidence

// Archives, attachments and folders: what is in them is read and named, what could harm is refused
// in one line, and nothing that came before is lost.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "evidence/bytes/archive.hpp"
#include "evidence/logs/queued_messages.hpp"
#include "evidence/recorded_rows.hpp"
#include "evidence/source_reading.hpp"
#include "evidence/testing/packed.hpp"

namespace postern::evidence {
namespace {

namespace fs = std::filesystem;
using testing::gzipped;
using testing::Member;
using testing::packed;

std::string report(int count, const std::string& id = "1") {
  return fmt::format(
      "<feedback><report_metadata><org_name>Enterprise Outlook</org_name><report_id>{}</report_id>"
      "</report_metadata><record><row><source_ip>192.0.2.1</source_ip><count>{}</count></row>"
      "<identifiers><header_from>contoso.com</header_from></identifiers></record></feedback>",
      id, count);
}

class Log final : public Sink {
 public:
  void message(const Message& m) override { text += fmt::format("[{}]", m.count); }
  void not_relevant(NotRelevant) override { text += "-"; }
  void bad(const BadRow& row) override { text += fmt::format("!{}: {}!", row.file, row.what); }
  void member_begins() override { text += "("; }
  void member_done(const Tally& tally) override {
    text += fmt::format(" {}:{})", tally.file, name_of(tally.format));
  }
  std::string text;
};

std::string read_bytes(const std::string& bytes, const Options& options = {},
                       std::size_t piece = 1 << 20) {
  Log log;
  Tally tally;
  const auto done = read_source(ByteSource::of(bytes, piece, "f"), {}, options, log, tally);
  return log.text + (done ? "" : "error " + done.error().line());
}

TEST(Archive, OneCompressedFileIsReadAsItself) {
  for (const char* filter : {"gzip", "bzip2", "xz", "zstd"}) {
    const std::string bytes = packed("raw", filter, {{"x", report(3)}});
    EXPECT_EQ(read_bytes(bytes), "[3]") << filter;
    EXPECT_EQ(read_bytes(bytes, {}, 600), "[3]") << filter;
  }
}

TEST(Archive, MembersAreFilesOfTheirOwn) {
  const std::vector<Member> members = {
      {"a.xml", report(1)},       {"sub/b.eml", "From: a@contoso.com\n\n"},
      {"sub/.DS_Store", "x"},     {"c.xml.gz", gzipped(report(2))},
      {"d.bin", "nothing known"}, {"e.xml", report(4)}};
  const std::string expected =
      "([1] f/a.xml:dmarc)([1] f/sub/b.eml:eml)([2] f/c.xml.gz:dmarc)"
      "(!f/d.bin: is in no known format (it starts with 'nothing known')! f/d.bin:unknown)"
      "([4] f/e.xml:dmarc)";
  for (const char* format : {"zip", "ustar"}) {
    EXPECT_EQ(read_bytes(packed(format, "", members)), expected) << format;
    EXPECT_EQ(read_bytes(packed(format, "", members), {}, 600), expected) << format;
    EXPECT_EQ(read_bytes(packed(format, "gzip", members)), expected) << format;
  }
}

TEST(Archive, ArchivesInArchivesUpToALimit) {
  const std::string inner = packed("zip", "", {{"r.xml.gz", gzipped(report(7))}});
  EXPECT_EQ(read_bytes(packed("zip", "", {{"in.zip", inner}})),
            "(([7] f/in.zip/r.xml.gz:dmarc) f/in.zip:archive)");
  std::string deep = report(1);
  for (int i = 0; i < 8; ++i)
    deep = gzipped(deep);
  EXPECT_NE(read_bytes(deep).find("error f: is packed more than 5 times over"), std::string::npos)
      << read_bytes(deep);
}

// Archives of archives: the members are counted over all of them, and each must take a few octets
// of the file. Counted one by one, these few kilobytes made 250,000 files.
TEST(Archive, MembersAreCountedOverAllThatIsNested) {
  const std::vector<Member> nothings(5'000, Member{"a.eml", ""});
  const std::string inner = gzipped(packed("ustar", "", nothings));
  std::vector<Member> inners(50, Member{"in.tar.gz", inner});
  const std::string outer = gzipped(packed("ustar", "", inners));
  EXPECT_LT(outer.size(), 100'000u);
  Options options;
  options.most_expansion = 1'000'000;
  const std::string read = read_bytes(outer, options);
  EXPECT_NE(read.find("than files fit into its size, like a bomb"), std::string::npos)
      << read.substr(0, 300);
  std::size_t members = 0;
  for (std::size_t at = read.find("a.eml"); at != std::string::npos;
       at = read.find("a.eml", at + 1))
    ++members;
  EXPECT_LE(members, 2 * (free_members + outer.size() / octets_a_member));
}

TEST(Archive, ManySmallFilesAreNoBomb) {
  std::vector<Member> mails;
  for (int i = 0; i < 12'000; ++i)
    mails.push_back({fmt::format("{}.eml", i * 7919 % 100'003),
                     fmt::format("From: a{}@contoso.com\n\n", i * 104'729 % 1'000'003)});
  const std::string read = read_bytes(packed("ustar", "gzip", mails));
  EXPECT_EQ(read.find("error"), std::string::npos) << read.substr(0, 300);
}

TEST(Archive, NamesAndLinksThatPointElsewhereAreOnlyNames) {
  EXPECT_EQ(read_bytes(packed("ustar", "",
                              {{"loop", "", "loop"},
                               {"passwd", "", "/etc/passwd"},
                               {"../../up.xml", report(2)},
                               {"/abs.xml", report(3)}})),
            "(!f/loop: is a symbolic link, which is not followed! f/loop:unknown)"
            "(!f/passwd: is a symbolic link, which is not followed! f/passwd:unknown)"
            "([2] f/../../up.xml:dmarc)([3] f//abs.xml:dmarc)");
}

TEST(Archive, EncryptedMembersAreTold) {
  const std::string bytes = packed("zip", "", {{"a.xml", report(1)}}, "secret");
  EXPECT_EQ(read_bytes(bytes), "(!f/a.xml: is encrypted! f/a.xml:unknown)");
}

TEST(Archive, NothingIsLostBeforeTheCut) {
  std::string noise;
  std::mt19937 random(1);
  for (int i = 0; i < 300000; ++i)
    noise += static_cast<char>('a' + random() % 26);
  const std::string bytes =
      packed("zip", "", {{"a.xml", report(1)}, {"b.xml", report(2) + noise}, {"c.xml", report(3)}});
  const std::string cut = read_bytes(bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(cut.substr(0, 20), "([1] f/a.xml:dmarc)(") << cut;
  EXPECT_NE(cut.find("error f: is cut short or damaged"), std::string::npos) << cut;
  const std::string gz = gzipped(report(1) + noise);
  const std::string half = read_bytes(gz.substr(0, gz.size() - 8000));
  EXPECT_TRUE(half.starts_with("[1]")) << half;
}

TEST(Archive, BombsAreRefusedByRatioAndByTotal) {
  const std::string zeros = report(1).substr(0, 10) + std::string(4 << 20, ' ');
  Options options;
  options.free_expansion = 1 << 20;
  options.most_expansion = 100;
  const std::string bomb = packed("zip", "", {{"a.xml", report(5)}, {"b.xml", zeros}});
  const std::string out = read_bytes(bomb, options);
  EXPECT_TRUE(out.starts_with("([5] f/a.xml:dmarc)")) << out;
  EXPECT_NE(out.find("f/b.xml: unpacks to more than 100 times its size"), std::string::npos) << out;
  options.most_expansion = 100000;
  options.most_unpacked = 2 << 20;
  const std::string nested = gzipped(gzipped(zeros));
  EXPECT_NE(read_bytes(nested, options).find("unpacks to more than 2097152 octets"),
            std::string::npos);
  EXPECT_NE(read_bytes(bomb, {}).find("ends in the middle"), std::string::npos);
}

// In lines of 76 characters, as mail has it (RFC 2045, 6.8).
std::string base64(std::string_view bytes) {
  std::string out;
  for (; bytes.size() > 57; bytes.remove_prefix(57))
    out += encode_base64(bytes.substr(0, 57)) + "\r\n";
  return out + encode_base64(bytes);
}

TEST(Attachments, ReportsAreReadOutOfMail) {
  const std::string zip = packed("zip", "", {{"r.xml", report(8)}});
  const std::string whole =
      "From: noreply@google.com\nContent-Type: application/zip; name=\"g.zip\"\n"
      "Content-Transfer-Encoding: base64\n\n" +
      base64(zip) + "\n";
  EXPECT_EQ(read_bytes(whole), "[1](([8] f/g.zip/r.xml:dmarc) f/g.zip:archive)");
  const std::string parts =
      "From: noreply@google.com\nContent-Type: multipart/mixed;\n boundary=\"b b\"\n\n"
      "preamble\n--b b\nContent-Type: multipart/alternative; boundary=in\n\n--in\n\ntext\n--in--\n"
      "--b b\nContent-Type: application/gzip\nContent-Disposition: attachment;\n"
      " filename=r.xml.gz\nContent-Transfer-Encoding: BASE64\n\n" +
      base64(gzipped(report(9))) +
      "\n--b b\nContent-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n\n" +
      base64(gzipped(report(1))) +
      "\n--b b\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\n" +
      base64(packed("zip", "", {{"invoice.txt", "no report"}})) + "\n--b b--\nepilogue\n";
  EXPECT_EQ(read_bytes(parts),
            "[1]([9] f/r.xml.gz:dmarc)(( f/attachment/invoice.txt:unknown) f/attachment:archive)");
  const std::string mbox = "From a Thu Oct  1 08:15:30 2026\n" + whole +
                           "\nFrom b Thu Oct  1 08:15:30 2026\nFrom: x@y.example\n\nhello\n";
  EXPECT_EQ(read_bytes(mbox), "[1](([8] f/g.zip/r.xml:dmarc) f/g.zip:archive)[1]");
}

// Each of these was taken for a whole file, and what stands behind was lost without a word.
TEST(Files, WhatStandsBehindTheEndOfAFileIsToldOf) {
  EXPECT_NE(
      read_bytes(report(3) + "\n" + report(4)).find("holds more behind the end of its report"),
      std::string::npos);
  EXPECT_EQ(read_bytes(report(3) + "\n\n"), "[3]");
  EXPECT_NE(read_bytes(report(3) + "\n" + report(4), {}, 100).find("holds more"),
            std::string::npos);
  const std::string row =
      R"({"Timestamp":"2026-10-01T08:15:30Z","SenderMailFromAddress":"a@contoso.com",)"
      R"("RecipientEmailAddress":"ann@contoso.com","EmailDirection":"Inbound"})";
  EXPECT_EQ(read_bytes("[" + row + "]\n[" + row + "," + row + "]"), "[1][1][1]");
  EXPECT_NE(read_bytes("[" + row + "]\n" + row).find("goes on behind the end of its rows"),
            std::string::npos);
  EXPECT_NE(read_bytes(R"({"value":[)" + row + "]} x").find("goes on behind the end of its rows"),
            std::string::npos);
}

TEST(Files, LinesThatEndInACarriageReturnAloneAreRefused) {
  const std::string table =
      "Timestamp,SenderMailFromAddress,RecipientEmailAddress,EmailDirection\r"
      "2026-10-01T08:15:30Z,a@contoso.com,ann@contoso.com,Inbound\r";
  EXPECT_NE(read_bytes(table).find("ends its lines with a carriage return alone"),
            std::string::npos);
  const std::string log = "Oct  1 08:15:30 mx postfix/qmgr[1]: 4fq4: removed\r";
  EXPECT_NE(read_bytes(log + log).find("carriage return alone"), std::string::npos);
}

// What became of a report in a mail that Exchange Online received with those results; as that
// reporter, for that recipient.
Claims claims_of_report(std::string_view results, std::string_view reporter,
                        std::string_view recipient) {
  class Last final : public Sink {
   public:
    void message(const Message& m) override { claims = m.results.claims; }
    void not_relevant(NotRelevant) override {}
    void bad(const BadRow& row) override { ADD_FAILURE() << row.what; }
    Claims claims = Claims::none;
  };
  const std::string mail = fmt::format(
      "Received: from mail.example (198.51.100.200) by AM0EUR02FT012.mail.protection.outlook.com\n"
      " (10.13.174.7) with Microsoft SMTP Server id 15.20.8000.21; Thu, 1 Oct 2026 08:00:00 +0000\n"
      "Authentication-Results: {}\nFrom: reports@mail.example\nContent-Type: text/xml\n\n"
      "<feedback><report_metadata><org_name>Enterprise Outlook</org_name><email>{}</email>"
      "</report_metadata><record><row><source_ip>192.0.2.1</source_ip><count>1</count></row>"
      "<identifiers><envelope_to>{}</envelope_to><header_from>contoso.com</header_from>"
      "</identifiers></record></feedback>\n",
      results, reporter, recipient);
  Last last;
  Tally tally;
  EXPECT_TRUE(read_source(ByteSource::of(mail, 1 << 20, "f"), {}, {}, last, tally));
  return last.claims;
}

// Anybody can send a mail with a report attached, and write into it what they like.
TEST(Attachments, AReportIsProofOnlyWhereItsReporterIsShownToHaveSentIt) {
  const std::string_view from_microsoft =
      "spf=pass; dkim=pass; dmarc=pass header.from=microsoft.com";
  const std::string_view from_google = "dkim=pass; dmarc=pass header.from=google.com";
  const std::string_view from_stranger = "dkim=pass; dmarc=pass header.from=evil.example";
  const std::string_view microsoft = "dmarcreport@microsoft.com";
  EXPECT_EQ(claims_of_report(from_microsoft, microsoft, "contoso.com"), Claims::none);
  EXPECT_EQ(claims_of_report("dmarc=fail header.from=microsoft.com", microsoft, "contoso.com"),
            Claims::carried);
  EXPECT_EQ(claims_of_report(from_stranger, microsoft, "contoso.com"), Claims::carried);
  // A receiver tells of mail to itself, and of nobody else's.
  EXPECT_EQ(claims_of_report(from_google, "noreply@google.com", "google.com"), Claims::none);
  EXPECT_EQ(claims_of_report(from_stranger, "a@evil.example", "contoso.com"), Claims::carried);
  EXPECT_EQ(claims_of_report(from_stranger, "a@evil.example", ""), Claims::carried);
  EXPECT_EQ(claims_of_report(from_stranger, "a@example", "contoso.example"), Claims::carried);
}

TEST(QueuedMessages, TheOldestIsLetGoBeyondTheLimit) {
  QueuedMessages open(3);
  for (std::uint64_t key = 1; key <= 5; ++key)
    open.at(key << 32).sender = std::to_string(key);
  EXPECT_EQ(open.forgotten(), 2u);
  EXPECT_EQ(open.size(), 3u);
  EXPECT_EQ(open.find(2ull << 32), nullptr);
  EXPECT_EQ(open.find(4ull << 32)->sender, "4");
  open.close(4ull << 32);
  EXPECT_EQ(open.find(4ull << 32), nullptr);
  EXPECT_EQ(open.at(6ull << 32).sender, "") << "texts of an earlier one are gone";
  EXPECT_EQ(open.find(3ull << 32)->sender, "3");
}

TEST(QueuedMessages, AgreesWithAMapUnderCollisions) {
  QueuedMessages open(1000);
  std::map<std::uint64_t, std::string> known;
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t key = random() % 500 * 1024 + random() % 2;  // many in one slot
    if (random() % 3 == 0) {
      open.close(key);
      known.erase(key);
    } else {
      open.at(key).sender = known[key] = std::to_string(i);
    }
    ASSERT_EQ(open.size(), known.size());
  }
  for (const auto& [key, value] : known) {
    ASSERT_NE(open.find(key), nullptr);
    EXPECT_EQ(open.find(key)->sender, value);
  }
}

class Folder : public ::testing::Test {
 protected:
  Folder()
      : path_(fs::temp_directory_path() / fmt::format("postern-bulk-{}", std::random_device{}())) {
    fs::create_directories(path_);
  }
  ~Folder() override { fs::remove_all(path_); }
  void put(const std::string& name, const std::string& text) {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  fs::path path_;
};

TEST_F(Folder, HiddenFilesAndLinksThatLeadNowhereAreEvidenceToo) {
  for (const char* name : {"a.csv", ".old.csv", ".old/b.csv", ".DS_Store", "._a.csv", ".git/config",
                           ".postern-fetch.json"})
    put(name, "x");
  fs::create_symlink("/nowhere/at/all.csv", path_ / "gone.csv");
  const auto files = expand(path_.string());
  ASSERT_TRUE(files);
  std::string names;
  for (const std::string& file : *files)
    names += fs::path(file).lexically_relative(path_).string() + " ";
  EXPECT_EQ(names, ".old.csv .old/b.csv a.csv gone.csv ");
}

TEST_F(Folder, APipeInItIsRefused) {
  put("a.csv", "x");
  ASSERT_EQ(::mkfifo((path_ / "pipe").c_str(), 0600), 0);
  const auto files = expand(path_.string());
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().line().find("is no file but a pipe"), std::string::npos);
}

TEST_F(Folder, LinksThatLeadBackAreNotFollowed) {
  put("a/r.xml", report(1));
  fs::create_directory_symlink(path_, path_ / "a" / "up");
  fs::create_directory_symlink(path_ / "a", path_ / "a" / "self");
  fs::create_symlink("nowhere", path_ / "dangling");
  const auto files = expand(path_.string());
  ASSERT_TRUE(files);
  EXPECT_EQ(*files,
            (std::vector<std::string>{(path_ / "a/r.xml").string(), (path_ / "dangling").string()}))
      << "one that leads nowhere is told of when it is read";
}

TEST_F(Folder, ThreadsChangeNothing) {
  for (int i = 0; i < 300; ++i)
    put(fmt::format("{:03}.xml", i), report(i + 1, std::to_string(i)));
  put("100.xml.gz", gzipped(report(777)));
  put("150.txt", "no evidence");
  put("200.big", report(888) + std::string(300 << 10, ' '));
  put("250.zip", packed("zip", "", {{"x.xml", report(999)}}));
  const auto files = expand(path_.string());
  const auto run = [&](unsigned threads, bool tolerant) {
    Log log;
    std::string tallies;
    const auto done = read_all(*files, tolerant, threads, {}, log, [&](const Tally& tally) {
      tallies += fmt::format("{} {} {} {}\n", tally.file, tally.rows, tally.bad, tally.bytes);
    });
    return log.text + tallies + (done ? "" : done.error().line());
  };
  const std::string one = run(0, true);
  EXPECT_NE(one.find("[888]"), std::string::npos);
  EXPECT_NE(one.find("150.txt: is in no known format"), std::string::npos);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(run(1, true), one);
    EXPECT_EQ(run(4, true), one);
  }
  EXPECT_EQ(run(0, false), run(3, false));
  EXPECT_NE(run(3, false).find("150.txt: is in no known format"), std::string::npos);
}

TEST(RecordedRows, TellsWhatItWasTold) {
  const std::string text = packed("zip", "", {{"a.xml", report(1)}, {"b.xml", "<feedback>"}});
  Log direct;
  Tally tally;
  ASSERT_TRUE(read_source(ByteSource::of(text, 1 << 20, "f"), {}, {}, direct, tally));
  RecordedRows rows(1 << 20);
  ASSERT_TRUE(read_source(ByteSource::of(text, 1 << 20, "f"), {}, {}, rows, tally));
  Log told;
  rows.tell(told);
  EXPECT_EQ(told.text, direct.text);
  RecordedRows little(100);
  ASSERT_TRUE(read_source(ByteSource::of(text, 1 << 20, "f"), {}, {}, little, tally));
  EXPECT_TRUE(little.full());
}

}  // namespace
}  // namespace postern::evidence

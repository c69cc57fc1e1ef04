// A table read by several threads, a piece each, is told as by one thread: the same rows in the
// same order, with the same numbers, and the same error at its end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/registry.hpp"
#include "evidence/testing/read_as.hpp"
#include "evidence/testing/tables.hpp"

namespace postern::evidence {
namespace {

// Says the same of a message whether it was told in full or in brief.
struct InBrief final : Sink {
  std::vector<std::string> rows;
  mutable std::uint64_t briefs = 0;

  std::optional<Brief> brief_of(const Message& m) const override {
    if (!is_counted(m)) return std::nullopt;
    return Brief{{m.recipient.size(), static_cast<std::uint64_t>(m.submission.time.value_or(0))}};
  }
  void brief(const Brief& b) override {
    ++briefs;
    rows.push_back("counted " + std::to_string(b.words[0]) + " " + std::to_string(b.words[1]));
  }
  void message(const Message& m) override {
    if (is_counted(m)) return brief(*brief_of(m));
    rows.push_back(Collected::describe_message(m) + " " + std::string(m.subject) + " " +
                   std::string(m.network_message_id) + (m.fragment ? " fragment" : "") +
                   (m.details_elsewhere ? " awaits" : ""));
  }
  void not_relevant(NotRelevant why) override {
    rows.push_back("aside " + std::to_string(static_cast<int>(why)));
  }
  void bad(const BadRow& b) override {
    rows.push_back(std::string(b.file) + " " + std::to_string(b.row) + " " +
                   std::to_string(b.line) + " " + std::string(b.column) + ": " +
                   std::string(b.what));
  }

 private:
  static bool is_counted(const Message& m) { return m.submission.time.value_or(0) % 2 == 1; }
};

struct Told {
  std::vector<std::string> rows;
  std::vector<std::uint64_t> counts;
  std::vector<std::string> remarks;
  std::string error;
};

// Hands out the text, and fails to read after `readable` of its octets.
ByteSource failing(std::string_view text, std::size_t readable, std::size_t block) {
  auto left = std::make_shared<std::string_view>(text.substr(0, readable));
  return ByteSource::pulled(
      "export",
      [left, block](char* into, std::size_t size) -> Result<std::size_t> {
        const std::size_t count = left->copy(into, std::min(size, block));
        left->remove_prefix(count);
        if (count == 0) return fail("is damaged", "export", "make it again");
        return count;
      },
      std::nullopt);
}

Told told(std::string_view format, const std::string& text, const Options& options,
          std::size_t block, std::size_t readable = std::string::npos) {
  InBrief sink;
  Tally tally;
  auto source = readable == std::string::npos ? ByteSource::of(text, block, "export")
                                              : failing(text, readable, block);
  const auto done = read_as(*parse_format(format), source, {}, options, sink, tally);
  return {std::move(sink.rows),
          {tally.rows, tally.messages, tally.bad, tally.not_relevant[0], tally.not_relevant[1],
           tally.of_the_future, done ? tally.bytes : 0},
          tally.remarks,
          done ? "" : done.error().line()};
}

class Random {
 public:
  explicit Random(std::uint32_t seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return random_() % n; }
  template <std::size_t N>
  const char* one_of(const char* const (&list)[N]) {
    return list[below(N)];
  }

 private:
  std::mt19937 random_;
};

// `dates`: 0 ISO; 1 rare ones that either order reads; 2 day first, which the file tells late.
std::string time_of(Random& random, int dates) {
  if (dates > 0 && random.below(6) == 0) {
    static const char* const open[] = {"01/10/2026 07:00", "10/10/2026 07:00", "03/04/2026 10:00"};
    static const char* const first[] = {"01/10/2026 07:00", "31/10/2026 07:00", "03/04/2026 9:00"};
    return dates == 1 ? random.one_of(open) : random.one_of(first);
  }
  static const char* const iso[] = {"2026-10-01T07:12:33Z",
                                    "2026-10-02T08:00:00.123Z",
                                    "Oct 3, 2026 7:12:33 AM",
                                    "2026-10-01T07:12:33",
                                    "no time",
                                    "2031-01-01T00:00:00Z"};
  return random.one_of(iso);
}

std::string csv_of(Random& random, int dates) {
  std::string text = random.below(4) == 0 ? "Timestamp [Mars]" : "Timestamp";
  text += ",SenderMailFromAddress,RecipientEmailAddress,EmailDirection,Subject,SenderIPv4\r\n";
  for (std::size_t n = 20 + random.below(60); n > 0; --n) {
    static const char* const senders[] = {"x@a.test", "y@b.test", "", "z@b.test"};
    static const char* const recipients[] = {"r@c.test", "a@c.test;b@c.test", "nobody", "q@d.test"};
    static const char* const ways[] = {"Inbound", "Outbound", "Inbound", "Sideways"};
    static const char* const subjects[] = {
        "plain",    "\"two\nlines\"", "\"a, b\"", "5\" disk", "\"\"\"quoted\"\"\"",
        "\"\n\n\"", "\"x\" tail",     ""};
    static const char* const addresses[] = {"192.0.2.1", "", "nowhere"};
    static const char* const ends[] = {"\n", "\r\n", "\n\n", ",surplus\n"};
    text += time_of(random, dates);
    for (const char* field :
         {random.one_of(senders), random.one_of(recipients), random.one_of(ways),
          random.one_of(subjects), random.one_of(addresses)}) {
      text += ',';
      text += field;
    }
    text += random.one_of(ends);
  }
  if (random.below(5) == 0) text += "2026-10-01T07:12:33Z,\"never closed,\n,\n";
  if (random.below(4) == 0) text.pop_back();
  return text;
}

std::string json_lines_of(Random& random, int dates) {
  std::string text;
  const bool enveloped = random.below(3) == 0;
  for (std::size_t n = 20 + random.below(60); n > 0; --n) {
    static const char* const times[] = {"Timestamp", "TimeGenerated [UTC]", "Timestamp [Mars]",
                                        "TimeGenerated [UTC+02:00]"};
    static const char* const senders[] = {"x@a.test", "y@b.test", "", "z@b.test"};
    static const char* const broken[] = {"{\"Timestamp\":", "[]", "no object", "", "{}"};
    if (random.below(8) == 0) {
      text += random.one_of(broken);
    } else {
      const bool wrapped = enveloped ? random.below(9) > 0 : random.below(9) == 0;
      if (wrapped) text += R"({"category":"AdvancedHunting-EmailEvents","properties":)";
      text += std::string("{\"") + (random.below(12) == 0 ? random.one_of(times) : times[0]) +
              "\":\"" + time_of(random, dates) + "\",\"SenderMailFromAddress\":\"" +
              random.one_of(senders) + "\",\"RecipientEmailAddress\":\"r@c.test\"";
      if (random.below(3) == 0) text += R"(,"Subject":"a\nb","EmailDirection":"Inbound")";
      text += wrapped ? "}}" : "}";
    }
    text += random.below(6) == 0 ? "\r\n" : "\n";
  }
  if (random.below(4) == 0) text.pop_back();
  return text;
}

void expect_the_same(std::string_view format, const std::string& text, Random& random) {
  Options alone;
  alone.reference_time = 1'790'000'000;
  static constexpr DateOrder orders[] = {DateOrder::unknown, DateOrder::unknown,
                                         DateOrder::day_first};
  alone.dates = orders[random.below(3)];
  const bool fails = random.below(8) == 0;
  const std::size_t readable = fails ? random.below(text.size() + 1) : std::string::npos;
  const Told expected = told(format, text, alone, 1 << 20, readable);
  Options several = alone;
  several.threads = 1 + static_cast<unsigned>(random.below(3));
  several.piece = 64 + random.below(2000);
  const Told got = told(format, text, several, 1 + random.below(700), readable);
  ASSERT_EQ(got.rows, expected.rows) << text;
  ASSERT_EQ(got.error, expected.error) << text;
  ASSERT_EQ(got.counts, expected.counts) << text;
  ASSERT_EQ(got.remarks, expected.remarks) << text;
}

// An example of a format: what stands before its rows, and these.
struct Example {
  std::string format;
  std::string head;
  std::vector<std::string> rows;
};

Example example_of(const std::filesystem::path& path) {
  Example out;
  out.format = path.stem().string();
  std::ifstream file(path, std::ios::binary);
  const bool has_header = path.extension() != ".jsonl";
  for (std::string line; std::getline(file, line);) {
    const bool is_head = has_header && (line.starts_with('#') || out.head.empty());
    if (is_head) {
      out.head += line + "\n";
    } else {
      out.rows.push_back(line + "\n");
    }
  }
  return out;
}

std::vector<Example> examples() {
  std::vector<Example> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(POSTERN_ROOM_DIR "/testdata/formats")) {
    const auto extension = entry.path().extension();
    const auto format = parse_format(entry.path().stem().string());
    if (!format || format->row()->table == nullptr) continue;
    if (!format->row()->table({})->rows_stand_alone()) continue;
    if (extension == ".csv" || extension == ".jsonl" || extension == ".LOG")
      out.push_back(example_of(entry.path()));
  }
  return out;
}

// Rows of an example in any order, repeated, damaged, and with other headers among them.
std::string shuffled(const Example& example, Random& random) {
  std::string text = example.head;
  for (std::size_t n = 20 + random.below(60); n > 0; --n) {
    std::string row = example.rows[random.below(example.rows.size())];
    if (random.below(20) == 0) row = example.head;
    if (random.below(30) == 0 && example.head.starts_with('#')) {
      const std::size_t at = row.find("#Fields: ");
      if (at != std::string::npos) row.replace(at + 9, 0, "extra,");
    }
    for (std::size_t damage = random.below(4); damage > 0 && random.below(3) == 0; --damage) {
      static const char* const pieces[] = {"\"", "\n", ",", ";", "\"\n", "#", "1", "\"\"", "\r\n"};
      row.insert(random.below(row.size() + 1), random.one_of(pieces));
    }
    text += row;
  }
  if (random.below(4) == 0 && !text.empty()) text.pop_back();
  return text;
}

// Of each format whose rows stand alone.
TEST(Pieces, OfEachFormatAreToldAsByOneThread) {
  const std::vector<Example> all = examples();
  EXPECT_GT(all.size(), 12u);
  for (const Example& example : all) {
    SCOPED_TRACE(example.format);
    ASSERT_FALSE(example.rows.empty());
    for (std::uint32_t seed = 0; seed < 30; ++seed) {
      SCOPED_TRACE(seed);
      Random random(seed);
      expect_the_same(example.format, shuffled(example, random), random);
      if (HasFatalFailure()) return;
    }
  }
}

// What is found again close by may be in another piece: repeats, and arrivals that the filter's
// findings complete.
TEST(Pieces, RowsThatHangOnOthersAreToldAsByOneThread) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::string trace = "Received,SenderAddress,RecipientAddress,FromIP,MessageTraceId,Status\n";
    std::string extended =
        "date_time_utc,source,event_id,network_message_id,recipient_address,sender_address,"
        "return_path,directionality,original_client_ip,custom_data\n";
    for (int i = 0; i < 80; ++i) {
      const std::string id = std::to_string(random.below(12));
      const std::string to = random.below(8) == 0 ? "nobody" : "r" + id + "@c.test";
      const std::string time = time_of(random, 0);
      trace += time + ",x@a.test," + to + ",192.0.2.1," + (id == "3" ? "" : id) + ",Delivered\n";
      const bool arrives = random.below(2) == 0;
      extended += time + "," + (arrives ? "SMTP,RECEIVE" : "AGENT,AGENTINFO") + "," + id + "," +
                  to + ",x@a.test,x@a.test,Incoming,192.0.2.1," +
                  (arrives ? "" : "S:SFA=SUM|SFV=NSPM|H=mail.a.test|PTR=mail.a.test") + "\n";
    }
    expect_the_same("message-trace-csv", trace, random);
    expect_the_same("historical-extended", extended, random);
    if (HasFatalFailure()) return;
  }
}

// The quoted line end lies where a piece would end, for whatever size of pieces.
TEST(Pieces, AreCutRightWhereLineEndsAreQuoted) {
  std::string text = "Timestamp,SenderMailFromAddress,RecipientEmailAddress,Subject\n";
  for (int i = 0; i < 40; ++i)
    text += "2026-10-01T07:12:33Z,y@b.test,r@c.test,\"two\nlines\n\"\n";
  Options options;
  const Told expected = told("email-events-csv", text, options, 1 << 20);
  EXPECT_EQ(expected.rows.size(), 40u);
  options.threads = 2;
  for (options.piece = 64; options.piece < 264; ++options.piece) {
    const Told got = told("email-events-csv", text, options, 100);
    ASSERT_EQ(got.rows, expected.rows) << options.piece;
    ASSERT_EQ(got.error, "");
  }
}

TEST(Pieces, OfACsvAreToldAsByOneThread) {
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::string text = csv_of(random, static_cast<int>(seed % 3));
    expect_the_same("email-events-csv", text, random);
    if (HasFatalFailure()) return;
  }
}

TEST(Pieces, OfJsonLinesAreToldAsByOneThread) {
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const std::string text = json_lines_of(random, static_cast<int>(seed % 3));
    expect_the_same("email-events-jsonl", text, random);
    if (HasFatalFailure()) return;
  }
}

// The first piece holds no row that tells how rows lie in their envelopes, or no header.
TEST(Pieces, OfAFileThatBeginsWithNothingAreToldAsByOneThread) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::string nothing;
    for (int i = 0; i < 300; ++i)
      nothing += "no object\n";
    expect_the_same("email-events-jsonl", nothing + json_lines_of(random, 0), random);
    expect_the_same("email-events-csv", std::string(3000, '\n') + csv_of(random, 0), random);
    if (HasFatalFailure()) return;
  }
}

TEST(Pieces, AreToldInBriefWhereThatIsEnough) {
  std::string text = "Timestamp,SenderMailFromAddress,RecipientEmailAddress\n";
  for (int i = 0; i < 200; ++i)
    text += "2026-10-01T07:12:33Z,y@b.test,r@c.test\n";
  Options options;
  options.threads = 2;
  options.piece = 500;
  InBrief sink;
  const auto tally = read_text_as("email-events-csv", ByteSource::of(text, 100), options, sink);
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->messages, 200u);
  EXPECT_EQ(sink.rows, std::vector<std::string>(200, "counted 8 1790838753"));
}

TEST(Pieces, ARowOverTheLimitIsTheSameError) {
  std::string text = "Timestamp,SenderMailFromAddress,RecipientEmailAddress\n";
  for (int i = 0; i < 50; ++i)
    text += "2026-10-01T07:12:33Z,y@b.test,r@c.test\n";
  text += "2026-10-01T07:12:33Z,\"" + std::string(100'000, 'x');
  Options options;
  options.longest_row = 10'000;
  const Told expected = told("email-events-csv", text, options, 700);
  options.threads = 2;
  options.piece = 300;
  const Told got = told("email-events-csv", text, options, 700);
  EXPECT_EQ(got.rows, expected.rows);
  EXPECT_EQ(got.error, expected.error);
  EXPECT_NE(expected.error.find("a row is longer than 10000 octets"), std::string::npos)
      << expected.error;
}

}  // namespace
}  // namespace postern::evidence

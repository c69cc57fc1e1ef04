#include "evidence/tables/csv_reader.hpp"

#include <random>

#include <gtest/gtest.h>

namespace postern::evidence {
namespace {

using Records = std::vector<std::vector<std::string>>;

struct Outcome {
  Records records;
  std::vector<std::uint64_t> lines;
  std::string error;
};

Outcome read(std::string_view text, std::size_t block = 1 << 20, std::size_t limit = 1 << 20,
             char separator = ',') {
  ByteSource source = ByteSource::of(text, block);
  CsvReader reader(source, limit, separator);
  Outcome out;
  for (;;) {
    const auto more = reader.next();
    if (!more) out.error = more.error().line();
    if (!more || !*more) return out;
    auto& record = out.records.emplace_back();
    // Backwards, so that every view must stay valid while others are made.
    std::vector<std::string_view> views(reader.field_count());
    for (std::size_t i = views.size(); i-- > 0;)
      views[i] = reader.field(i);
    record.assign(views.begin(), views.end());
    out.lines.push_back(reader.line());
  }
}

TEST(Csv, ReadsPlainAndQuotedFields) {
  EXPECT_EQ(read("a,b\r\n1,\"x, y\"\r\n").records, (Records{{"a", "b"}, {"1", "x, y"}}));
  EXPECT_EQ(read("\"say \"\"hi\"\"\",\"line\nbreak\"").records,
            (Records{{"say \"hi\"", "line\nbreak"}}));
  EXPECT_EQ(read("a,,\n,\n\n\r\nlast").records, (Records{{"a", "", ""}, {"", ""}, {"last"}}));
  EXPECT_EQ(read("a;b\n", 64, 100, ';').records, (Records{{"a", "b"}}));
  EXPECT_EQ(read("").records, Records{});
  EXPECT_EQ(read("\"\"\n").records, (Records{{""}}));
}

TEST(Csv, AQuoteInsideAPlainFieldIsText) {
  EXPECT_EQ(read("5\" disk,b\nc,d\n").records, (Records{{"5\" disk", "b"}, {"c", "d"}}));
  EXPECT_EQ(read("\"a\" tail,b\n").records, (Records{{"a tail", "b"}}));
}

TEST(Csv, AFieldMayBeAskedForAgain) {
  const std::string first = "a" + std::string(100, 'x');
  const std::string text = "\"a\"\"" + first + "\",\"b\"\"\"\nnext\n";
  ByteSource source = ByteSource::of(text);
  CsvReader reader(source, 1 << 20);
  ASSERT_TRUE(*reader.next());
  const std::string_view kept = reader.field(1);
  for (int times = 0; times < 20; ++times)
    EXPECT_EQ(reader.field(0), "a\"" + first);
  EXPECT_EQ(kept, "b\"");
  ASSERT_TRUE(*reader.next());
  EXPECT_EQ(reader.field(0), "next");
}

TEST(Csv, KnowsItsLines) {
  const Outcome out = read("h\n\"two\nlines\"\n\nlast\n", 3);
  EXPECT_EQ(out.lines, (std::vector<std::uint64_t>{1, 2, 5}));
}

// Portals and people leave the last line's end away.
TEST(Csv, ALastRowWithoutALineEndIsNoFault) {
  for (const std::string_view text :
       {"a,b\n1,2", "a,b\r\n1,\"x\ny\"", "h\n\n\nlast", "a,b\n1,", "x"}) {
    for (const std::size_t block : {1u, 3u, 1u << 20}) {
      const Outcome with = read(std::string(text) + "\n", block);
      const Outcome without = read(text, block);
      EXPECT_EQ(without.error, "") << text;
      EXPECT_EQ(without.records, with.records) << text;
      EXPECT_EQ(without.lines, with.lines) << text;
    }
  }
}

TEST(Csv, AnUnterminatedQuoteNamesWhereItOpens) {
  const Outcome out = read("a,b\n1,2\n3,\"four\n5,6\n", 7);
  EXPECT_EQ(out.records.size(), 2u);
  EXPECT_EQ(out.error,
            "memory:3:3: a quote opens here and never closes; the file was cut short or is "
            "damaged; export it again");
}

TEST(Csv, ARowOverTheLimitIsAnErrorNotAnAppetite) {
  const std::string text = "a,b\n\"" + std::string(5 << 20, 'x');
  const Outcome out = read(text, 1 << 16, 1 << 20);
  EXPECT_EQ(out.error,
            "memory:2: a row is longer than 1048576 octets; is this a text file of the named "
            "format?");
}

// The same rules, one character at a time.
Records naive(std::string_view text) {
  Records records;
  std::vector<std::string> record;
  std::string field;
  bool quoted = false, inside = false, any = false, start = true;
  const auto end_field = [&](bool last) {
    if (last && !inside && !field.empty() && field.back() == '\r' && any) field.pop_back();
    record.push_back(field);
    field.clear();
    quoted = false;
    start = true;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    any = true;
    if (inside) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += '"';
        ++i;
      } else {
        inside = false;
      }
    } else if (c == '"' && start) {
      inside = quoted = true;
      start = false;
    } else if (c == ',') {
      end_field(false);
    } else if (c == '\n') {
      end_field(true);
      if (record.size() > 1 || !record[0].empty()) records.push_back(record);
      record.clear();
      any = false;
    } else {
      field += c;
      start = false;
    }
  }
  if (any) {
    end_field(true);
    if (record.size() > 1 || !record[0].empty()) records.push_back(record);
  }
  return records;
}

TEST(Csv, AgreesWithANaiveReaderOnRandomText) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    // Fields of a length that lets structure fall on every place of a 64-byte block.
    std::string text;
    const std::size_t rows = 1 + random() % 5;
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t fields = 1 + random() % 4;
      for (std::size_t f = 0; f < fields; ++f) {
        if (f > 0) text += ',';
        const bool quoted = random() % 2 == 0;
        if (quoted) text += '"';
        for (std::size_t n = random() % 30; n > 0; --n) {
          const auto pick = random() % 12;
          if (quoted && pick == 0) text += "\"\"";
          if (quoted && pick == 1) text += ',';
          if (quoted && pick == 2) text += '\n';
          if (!quoted && pick == 3 && text.size() > 0 && text.back() == 'x') text += '"';
          text += 'x';
        }
        if (quoted) text += '"';
      }
      text += random() % 2 == 0 ? "\n" : "\r\n";
    }
    if (random() % 2 == 0) text.pop_back();
    const Outcome out = read(text, 1 + random() % 100);
    ASSERT_EQ(out.error, "") << text;
    // A lone empty quoted field is a record for the reader and a blank line for the naive one.
    Records expected = naive(text);
    Records got;
    for (const auto& record : out.records) {
      if (record.size() > 1 || !record[0].empty()) got.push_back(record);
    }
    ASSERT_EQ(got, expected) << text;
  }
}

}  // namespace
}  // namespace postern::evidence

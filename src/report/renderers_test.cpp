// Every row of the list of renderers, on documents whose every text is hostile. A new format has
// its check here; a new document has its sample (testing/samples.cpp), or neither compiles.
#include "report/renderers.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/ascii.hpp"
#include "report/testing/samples.hpp"

namespace postern::report {
namespace {

using testing::Samples;

const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts = {
      "plain ",
      "=cmd|' /C calc'!A0 ",                      // a formula
      "\t@SUM(1) ",                               // one behind white space
      "\x1b]0;owned\x07\x1b[2J ",                 // a terminal's control sequences
      "line\r\nSet-Cookie: x\r\n ",               // more lines than one
      "\"quoted\", 'and'; \\ ",                   // what CSV, JSON and shells quote by
      "<script>alert(1)</script><!-- &amp; ",     // what a page would run
      "| **bold** [link](javascript:x) `code` ",  // what Markdown reads
      "\xe2\x80\xae txt.exe \xe2\x80\x8f ",       // overrides of the direction
      "\xc2\x9b"
      "31m \xc2\x85 \x7f \xd8\x9c ",  // C1 controls and what is like them
      "\xff\xfe\xc3( ",               // no UTF-8
      std::string("nul \0 inside ", 13),
  };
  return texts;
}

// What of a hostile text must never reach anybody, in whatever format.
void expect_harmless(const std::string& document) {
  EXPECT_TRUE(is_valid_utf8(document));
  for (const char c : document) {
    const auto octet = static_cast<unsigned char>(c);
    ASSERT_TRUE(octet >= 0x20 || c == '\n' || c == '\r') << "octet " << int{octet};
    ASSERT_NE(octet, 0x7f);
  }
}

void check_text(const std::string& document, const Samples& /*samples*/) {
  expect_harmless(document);
  EXPECT_EQ(document.find('\r'), std::string::npos);
  EXPECT_EQ(printable(document).size(), printable(std::string(document)).size());
  for (const std::string_view line : split(document, '\n'))
    EXPECT_EQ(printable(line), line) << "what is shown is safe to show";
  EXPECT_TRUE(document.ends_with('\n'));
}

// Every text value, and every key.
void collect(simdjson::dom::element value, std::string& into) {
  if (value.is_string()) into += std::string(std::string_view(value)) + '\n';
  if (value.is_array()) {
    for (const auto each : simdjson::dom::array(value))
      collect(each, into);
  }
  if (value.is_object()) {
    for (const auto& [key, each] : simdjson::dom::object(value))
      collect(each, into);
  }
}

// Read by simdjson; nlohmann's library wrote it. What is said arrives as it was, but for what is no
// UTF-8.
void check_json(const std::string& document, const Samples& samples) {
  EXPECT_TRUE(document.ends_with('\n') || document.find('\n') == std::string::npos);
  expect_harmless(document);
  for (const std::string_view line : split(document, '\n'))
    EXPECT_EQ(printable(line), line) << "a terminal may show it as it is";
  simdjson::dom::parser parser;
  simdjson::dom::document_stream documents;
  ASSERT_EQ(parser.parse_many(document).get(documents), simdjson::SUCCESS);
  std::string texts;
  for (auto each : documents) {
    ASSERT_EQ(each.error(), simdjson::SUCCESS) << document;
    collect(each.value(), texts);
  }
  EXPECT_TRUE(is_valid_utf8(texts));
  if (is_valid_utf8(samples.hostile())) {
    EXPECT_NE(ifind(texts, samples.hostile() + 'm'), std::string::npos) << texts;
  }
}

using Records = std::vector<std::vector<std::string>>;

// RFC 4180, octet by octet.
Records read_csv(const std::string& text) {
  Records records;
  std::vector<std::string> record;
  std::string cell;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"' && cell.empty()) {
      quoted = true;
    } else if (c == ',') {
      record.push_back(std::move(cell));
      cell.clear();
    } else if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      ++i;
      record.push_back(std::move(cell));
      cell.clear();
      records.push_back(std::move(record));
      record.clear();
    } else {
      EXPECT_NE(c, '"') << "a quote within a cell that is not quoted";
      cell += c;
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_TRUE(cell.empty() && record.empty()) << "the last record has its end";
  return records;
}

void check_csv(const std::string& document, const Samples& /*samples*/) {
  expect_harmless(document);
  const Records records = read_csv(document);
  ASSERT_FALSE(records.empty());
  for (const auto& record : records) {
    EXPECT_EQ(record.size(), records.front().size());
    for (const std::string& cell : record) {
      const std::string_view shown = trim(cell);
      EXPECT_TRUE(shown.empty() || std::string_view("=+-@").find(shown[0]) == std::string::npos)
          << cell;
      EXPECT_EQ(cell.find('\n'), std::string::npos);
    }
  }
}

// What the document would be if every text were harmless.
const std::string& harmless(const Renderer& renderer) {
  static std::map<const Renderer*, std::string> made;
  std::string& document = made[&renderer];
  if (document.empty()) document = Samples("plain ").rendered(renderer);
  return document;
}

// Hostile text adds no element, in HTML and XML.
void expect_no_more_elements(const std::string& document, const std::string& plain) {
  expect_harmless(document);
  for (const char mark : {'<', '>'}) {
    // What can't stand in a command leaves the command out.
    EXPECT_LE(std::count(document.begin(), document.end(), mark),
              std::count(plain.begin(), plain.end(), mark));
  }
}

void check_html(const std::string& document, const Samples& /*samples*/) {
  expect_harmless(document);
  EXPECT_EQ(document.find("<script>alert"), std::string::npos);
  EXPECT_EQ(document.find("http://"), std::string::npos) << "nothing of the network";
  EXPECT_EQ(document.find("https://"), std::string::npos);
  EXPECT_EQ(document.find(" style="), std::string::npos) << "the policy forbids it";
}

void check_junit(const std::string& document, const Samples& /*samples*/) {
  expect_harmless(document);
  EXPECT_EQ(document.find("<script"), std::string::npos);
}

// OSCAL's strings are single lines: the text arrives as it may be shown.
void check_oscal(const std::string& document, const Samples& /*samples*/) {
  simdjson::dom::parser parser;
  simdjson::dom::element read;
  ASSERT_EQ(parser.parse(document).get(read), simdjson::SUCCESS);
}

// CommonMark 6.1: what is left when code spans are taken away is our own.
void check_markdown(const std::string& document, const Samples& /*samples*/) {
  expect_harmless(document);
  std::string rest;
  for (std::size_t at = 0; at < document.size();) {
    if (document[at] != '`') {
      rest += document[at++];
      continue;
    }
    const std::size_t begins = document.find_first_not_of('`', at);
    ASSERT_NE(begins, std::string::npos);
    const std::size_t length = begins - at;
    std::size_t end = begins;
    for (;;) {
      end = document.find('`', end);
      ASSERT_NE(end, std::string::npos) << "a span without its end";
      const std::size_t after = std::min(document.find_first_not_of('`', end), document.size());
      if (after - end == length) {
        at = after;
        break;
      }
      end = after;
    }
  }
  for (const std::string_view theirs : {"alert", "calc", "bold", "SUM", "owned", "m1."})
    EXPECT_EQ(rest.find(theirs), std::string::npos) << rest;
}

using Check = void (*)(const std::string&, const Samples&);

const std::map<std::string_view, Check>& checks() {
  static const std::map<std::string_view, Check> all = {
      {"text", check_text},   {"json", check_json},         {"csv", check_csv},
      {"html", check_html},   {"markdown", check_markdown}, {"sarif", check_json},
      {"junit", check_junit}, {"ocsf", check_json},         {"oscal", check_oscal}};
  return all;
}

TEST(Renderers, HostileTextIsHarmlessInEveryRow) {
  for (const std::string& hostile : hostile_texts()) {
    const Samples samples(hostile);
    for (std::size_t row = 0; row < renderers().size(); ++row) {
      const Renderer& renderer = renderers()[row];
      SCOPED_TRACE("row " + std::to_string(row) + ", " + std::string(renderer.format) + ", " +
                   printable(hostile));
      const auto check = checks().find(renderer.format);
      ASSERT_NE(check, checks().end()) << "the format has no check";
      const std::string document = samples.rendered(renderer);
      check->second(document, samples);
      if (renderer.format == "html" || renderer.format == "junit") {
        expect_no_more_elements(document, harmless(renderer));
      }
    }
  }
}

// With colour there are control sequences, and those are ours alone.
TEST(Renderers, ColourIsOurs) {
  const Samples samples("\x1b[2J\x1b]0;owned\x07");
  for (const Renderer& renderer : renderers()) {
    std::string document = samples.rendered(renderer, Style{true, 100, true});
    for (const std::string_view ours :
         {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31;1m", "\x1b[32m", "\x1b[33m"}) {
      for (std::size_t at = 0; (at = document.find(ours, at)) != std::string::npos;)
        document.erase(at, ours.size());
    }
    expect_harmless(document);
  }
}

TEST(Renderers, WriteADocumentInAFormatInOneWay) {
  std::set<std::pair<std::string_view, std::size_t>> rows;
  for (const Renderer& renderer : renderers())
    EXPECT_TRUE(rows.emplace(renderer.format, renderer.render.index()).second) << renderer.format;
}

TEST(Renderers, HaveFormatsThatAreDescribed) {
  std::set<std::string_view> described;
  for (const OutputFormat& format : output_formats()) {
    EXPECT_TRUE(described.insert(format.name).second);
    EXPECT_FALSE(format.what.empty());
  }
  std::set<std::string_view> listed;
  for (const Renderer& renderer : renderers())
    listed.insert(renderer.format);
  EXPECT_EQ(listed, described);
}

// For passing on is what tells nobody's address: a format that is listed as such holds to it, of
// whatever mail and answers say. A tenant's name is no address, and stays.
TEST(Renderers, ThoseForPassingOnHoldNoLocalPart) {
  const Samples samples("zed.quill@contoso.com ");
  Style style;
  style.redact = HashSeed{1, 2};
  for (const Renderer& renderer : renderers()) {
    const bool is_for_it = !redacted_of({std::string(renderer.format)}).empty();
    const bool is_of_mail = std::holds_alternative<Render<ImpactDocument>>(renderer.render) ||
                            std::holds_alternative<Render<plan::Plan>>(renderer.render);
    if (!is_for_it || !is_of_mail) continue;
    // "zed.quill@contoso.com m12.", as the format escapes it: the number of each text that shows.
    static const std::regex shown("zed.quill.{1,3}contoso.com.{1,3}?m([0-9]+)");
    const auto texts_in = [](const std::string& document) {
      std::set<std::string> numbers;
      for (std::sregex_iterator at(document.begin(), document.end(), shown), end; at != end; ++at)
        numbers.insert((*at)[1]);
      return numbers;
    };
    EXPECT_GT(texts_in(samples.rendered(renderer)).size(), 5u) << renderer.format;
    EXPECT_LE(texts_in(samples.rendered(renderer, style)).size(), 1u) << renderer.format;
  }
}

TEST(Renderers, AreFoundByDocumentAndFormat) {
  EXPECT_EQ(formats_of<AuditDocument>(),
            (std::vector<std::string>{"text", "json", "csv", "html", "markdown", "sarif", "junit",
                                      "ocsf", "oscal"}));
  EXPECT_EQ(formats_of<plan::Plan>(), formats_of<AuditDocument>());
  EXPECT_EQ(formats_of<ImpactDocument>(), formats_of<AuditDocument>());
  EXPECT_EQ(renderer_of<AuditDocument>("csv"), &audit_csv);
  EXPECT_EQ(renderer_of<LoginDocument>("csv"), nullptr);
  EXPECT_EQ(renderer_of<AuditDocument>("xml"), nullptr);
}

// Of several tenants, one that can't be read included, every format tells of both.
TEST(Renderers, OfManyTenantsTellOfEach) {
  const Samples samples("");
  for (const std::string& format : formats_of<AuditsDocument>()) {
    for (const Renderer& renderer : renderers()) {
      if (renderer.format != format) continue;
      if (!std::holds_alternative<Render<AuditsDocument>>(renderer.render)) continue;
      const std::string document = samples.rendered(renderer);
      EXPECT_NE(document.find("not read"), std::string::npos) << document;
      EXPECT_NE(ifind(document, "fail"), std::string::npos) << document;
    }
  }
}

}  // namespace
}  // namespace postern::report

// What each context makes of hostile text; that nothing gets past: tests/unescaped_test.py.
#include "report/written.hpp"

#include <cstddef>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/ascii.hpp"

namespace postern::report {
namespace {

template <class Context>
std::string escaped(std::string_view text) {
  Written<Context> out;
  out.text(text);
  return std::move(out).take();
}

TEST(Written, Html) {
  EXPECT_EQ(escaped<HtmlText>("<a href='x'>\"&amp;"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;amp;");
  EXPECT_EQ(escaped<HtmlText>(std::string_view("a\0b\x1b[2J\x7f", 8)), "a␀b␛[2J␡");
  EXPECT_EQ(escaped<HtmlText>("\xe2\x80\xaetxt\xff"), "\xef\xbf\xbdtxt\xef\xbf\xbd");
  Html page;
  page << "<i";
  page.attribute("title", "\"><script>");
  page << ">";
  EXPECT_EQ(page.str(), "<i title=\"&quot;&gt;&lt;script&gt;\">");
}

TEST(Written, XmlHoldsNoCharacterThatXmlForbids) {
  EXPECT_EQ(escaped<XmlText>("]]>\x07\xef\xbf\xbe&"), "]]&gt;\xef\xbf\xbd\xef\xbf\xbd&amp;");
}

TEST(Written, JsonInAScriptNeitherEndsItNorReadsAsMarkup) {
  EXPECT_EQ(escaped<ScriptJsonText>("</script><!--\"\\"),
            "\\u003c/script\\u003e\\u003c!--\\\"\\\\");
  EXPECT_EQ(escaped<ScriptJsonText>("\xe2\x80\xa8"), "\xef\xbf\xbd") << "no line separator";
}

TEST(Written, CsvFormulasAreGuarded) {
  for (const std::string_view formula : {"=1", "+1", "-1", "@x", "\t=1", "\n=1", "\r1", "  =1",
                                         "'=1", "\"=1", "＝1", "＋1", "－1", "＠SUM(1)"}) {
    const std::string cell = escaped<CsvCell>(formula);
    EXPECT_EQ(cell[cell[0] == '"' ? 1 : 0], '\'') << cell;
  }
  EXPECT_EQ(escaped<CsvCell>(std::string_view("\0=1", 3))[0], '\'');
  EXPECT_EQ(escaped<CsvCell>("a=1"), "a=1");
  EXPECT_EQ(escaped<CsvCell>("日本"), "日本");
}

TEST(Written, MarkdownStandsInASpanThatItCannotEnd) {
  EXPECT_EQ(escaped<MarkdownCode>("@everyone #1 <b>"), "`@everyone #1 <b>`");
  EXPECT_EQ(escaped<MarkdownCode>("a`b``c"), "```a`b``c```");
  EXPECT_EQ(escaped<MarkdownCode>("`"), "`` ` ``");
  EXPECT_EQ(escaped<MarkdownCode>("a|b"), "`a\\|b`");
  EXPECT_EQ(escaped<MarkdownCode>(""), "");
}

TEST(Written, ATerminalGetsNoControl) {
  EXPECT_EQ(escaped<TerminalText>("\x1b[31m"), "\xef\xbf\xbd[31m");
}

TEST(Written, RandomOctetsAreHarmlessEverywhere) {
  std::mt19937 random(7);
  simdjson::dom::parser parser;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::size_t i = random() % 40; i > 0; --i)
      text += random() % 3 == 0 ? "<>&\"'`|=\\]@-!"[random() % 13] : static_cast<char>(random());
    for (const std::string& out :
         {escaped<HtmlText>(text), escaped<XmlText>(text), escaped<ScriptJsonText>(text)}) {
      EXPECT_TRUE(is_valid_utf8(out));
      EXPECT_EQ(out.find_first_of("<>"), std::string::npos) << out;
    }
    Html tag;
    tag.attribute("a", text);
    EXPECT_EQ(tag.str().find('"', 4), tag.str().size() - 1);
    simdjson::dom::element read;
    ASSERT_EQ(parser.parse('"' + escaped<ScriptJsonText>(text) + '"').get(read), simdjson::SUCCESS);
    EXPECT_EQ(std::string(std::string_view(read)), printable(text));
    EXPECT_EQ(escaped<CsvCell>(text).find('\n'), std::string::npos);
  }
}

TEST(Redaction, HidesLocalPartsAndKeepsThemApart) {
  const Redaction redact(HashSeed{1, 2});
  const std::string ann = redact("ann@contoso.com");
  EXPECT_EQ(ann.find("ann"), std::string::npos);
  EXPECT_TRUE(ann.ends_with("@contoso.com"));
  EXPECT_EQ(redact("ann@contoso.com, bob@contoso.com").find(ann), 0u) << "the same is the same";
  EXPECT_NE(redact("bob@contoso.com"), ann);
  EXPECT_NE(Redaction(HashSeed{3, 4})("ann@contoso.com"), ann) << "only within a run";
  EXPECT_EQ(redact("<\"a b\"@x> and @y").find("a b"), std::string::npos);
  EXPECT_EQ(redact("no address"), "no address");
  Html page(redact);
  page.text("mail of ann@contoso.com");
  EXPECT_EQ(page.str(), "mail of " + ann);
}

}  // namespace
}  // namespace postern::report

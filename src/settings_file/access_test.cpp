#include "settings_file/access.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "base/ascii.hpp"

namespace postern::settings_file {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

enum class Colour : std::uint8_t { red, green };
constexpr std::array<std::pair<std::string_view, Colour>, 2> colours{
    {{"red", Colour::red}, {"green", Colour::green}}};

struct Sample {
  bool plain = false;
  std::optional<bool> maybe;
  std::string text;
  std::vector<std::string> list;
  std::vector<Prefix> prefixes;
  std::optional<UnixTime> time;
  int number = 0;
  std::optional<Colour> colour;
  seconds wait{0};
  std::size_t octets = 0;
};

// The value of "x = …".
Value value_of(const std::string& toml) {
  const auto table = parse("x = " + toml + "\n", "t", "");
  EXPECT_TRUE(table) << toml << ": " << (table ? "" : table.error().line());
  return table ? *table->find("x") : Value{};
}

std::string fault_of(const Access<Sample>& access, const std::string& toml) {
  Sample sample;
  return access.read(value_of(toml), sample);
}

// Reads, writes, and reads what was written.
std::string again(const Access<Sample>& access, const std::string& toml) {
  Sample first;
  EXPECT_EQ(access.read(value_of(toml), first), "") << toml;
  const std::string written = access.write(first).value_or("nothing");
  Sample second;
  EXPECT_EQ(access.read(value_of(written), second), "") << written;
  EXPECT_EQ(access.write(second), written);
  return written;
}

TEST(Flag, IsABooleanAlone) {
  EXPECT_EQ(again(flag(&Sample::plain), "true"), "true");
  EXPECT_EQ(fault_of(flag(&Sample::plain), "\"true\""), "must be true or false");
  EXPECT_EQ(fault_of(flag(&Sample::plain), "1"), "must be true or false");
}

TEST(AnOptionalMember, IsWrittenWhereItHasAValue) {
  EXPECT_EQ(flag(&Sample::maybe).write(Sample{}), std::nullopt);
  EXPECT_EQ(again(flag(&Sample::maybe), "false"), "false");
  Sample sample;
  EXPECT_NE(flag(&Sample::maybe).read(value_of("\"x\""), sample), "");
  EXPECT_FALSE(sample.maybe) << "a wrong value leaves the member as it was";
}

TEST(Text, KeepsEveryCharacter) {
  for (const std::string& each : std::vector<std::string>{
           "", "a", "quote \" and \\", "two\nlines\r\n", "tab\t", std::string("nul\0", 4),
           "\x01\x1f\x7f", "Ünïcödé \u2028", "\u009b31m \u202egpj.exe\ufeff \U000e0041"}) {
    Sample sample;
    EXPECT_EQ(text(&Sample::text).read(value_of(toml_text(each)), sample), "");
    EXPECT_EQ(sample.text, each);
    EXPECT_EQ(printable(toml_text(each)), toml_text(each)) << "nothing in it moves a screen";
  }
  EXPECT_EQ(fault_of(text(&Sample::text), "5"), "must be text in quotes");
}

TEST(Line, IsOneLine) {
  EXPECT_EQ(fault_of(line(&Sample::text), "\"a\\nb\""), "must be one line");
  EXPECT_EQ(fault_of(line(&Sample::text), "\"a\\u0000b\""), "must be one line");
  EXPECT_EQ(again(line(&Sample::text), "\"\""), "\"\"");
}

TEST(Words, MayBeADateAndAreNotEmpty) {
  EXPECT_EQ(again(words(&Sample::text), "2026-12-31"), "\"2026-12-31\"");
  EXPECT_EQ(again(words(&Sample::text), "\"  a b \""), "\"a b\"");
  EXPECT_EQ(fault_of(words(&Sample::text), "\"  \""), "must not be empty");
  EXPECT_EQ(fault_of(words(&Sample::text), "true"), "must be text in quotes");
}

TEST(Texts, AreAListOrOneText) {
  EXPECT_EQ(again(texts(&Sample::list), "[\"a\", \"b\"]"), "[\"a\", \"b\"]");
  EXPECT_EQ(again(texts(&Sample::list), "\"a\""), "[\"a\"]");
  EXPECT_EQ(again(texts(&Sample::list), "[]"), "[]");
  EXPECT_EQ(fault_of(texts(&Sample::list), "[\"a\", 5]"), "must be a list of texts");
  EXPECT_EQ(fault_of(texts(&Sample::list), "[{}]"), "must be a list of texts");
}

TEST(Number, HasBounds) {
  EXPECT_EQ(again(number(&Sample::number, -1, 9), "-1"), "-1");
  EXPECT_EQ(fault_of(number(&Sample::number, -1, 9), "10"), "must be from -1 to 9");
  EXPECT_EQ(fault_of(number(&Sample::number, -1, 9), "1.5"), "must be a number");
}

TEST(Choice, NamesWhatThereIs) {
  EXPECT_EQ(again(choice(&Sample::colour, colours), "\"green\""), "\"green\"");
  EXPECT_EQ(fault_of(choice(&Sample::colour, colours), "\"blue\""),
            "must be one of \"red\", \"green\"");
}

TEST(Domains, AreInNormalForm) {
  EXPECT_EQ(again(domains(&Sample::list), "\"Bücher.Example.\""), "[\"xn--bcher-kva.example\"]");
  EXPECT_EQ(again(domain_patterns(&Sample::list), "[\".Example.com\", \"a.example\"]"),
            "[\".example.com\", \"a.example\"]");
  EXPECT_NE(fault_of(domains(&Sample::list), "[\"a..b\"]"), "");
}

TEST(Prefixes, AreAddressesOrBlocks) {
  EXPECT_EQ(again(prefixes(&Sample::prefixes), "[\"203.0.113.9\", \"2001:db8::/32\"]"),
            "[\"203.0.113.9\", \"2001:db8::/32\"]");
  EXPECT_NE(fault_of(prefixes(&Sample::prefixes), "[\"here\"]"), "");
}

TEST(Moment, IsATomlTimeOrText) {
  const auto access = moment(&Sample::time);
  EXPECT_EQ(again(access, "2026-10-01T08:00:00Z"), "2026-10-01T08:00:00Z");
  EXPECT_EQ(again(access, "\"2026-10-01 08:00:00\""), "2026-10-01T08:00:00Z");
  EXPECT_EQ(again(access, "2026-10-01"), "2026-10-01T00:00:00Z");
  EXPECT_NE(fault_of(access, "08:00:00"), "");
}

TEST(Duration, IsWrittenInItsLargestUnit) {
  const auto access = duration(&Sample::wait, milliseconds(1000), milliseconds(36000000));
  EXPECT_EQ(again(access, "\"120s\""), "\"2m\"");
  EXPECT_EQ(again(access, "\"7210s\""), "\"7210s\"");
  EXPECT_EQ(again(access, "\"2h\""), "\"2h\"");
  EXPECT_EQ(fault_of(access, "\"1500ms\""), "must be whole seconds");
  EXPECT_EQ(fault_of(access, "\"999ms\""), "must be from 1s to 10h");
  EXPECT_EQ(fault_of(access, "\"11h\""), "must be from 1s to 10h");
  for (const char* wrong :
       {"\"5\"", "\"s\"", "\"5 s\"", "\"-5s\"", "\"5d\"", "5", "\"99999999999s\""}) {
    EXPECT_NE(fault_of(access, wrong), "") << wrong;
  }
  EXPECT_EQ(access.write(Sample{}), "\"0ms\"");
}

TEST(Size, IsOctetsOrPowersOf1024) {
  const auto access = size(&Sample::octets, 1024, 1u << 31);
  EXPECT_EQ(again(access, "\"150M\""), "\"150M\"");
  EXPECT_EQ(again(access, "262144"), "\"256K\"");
  EXPECT_EQ(again(access, "1500"), "1500");
  EXPECT_EQ(fault_of(access, "1023"), "must be from \"1K\" to \"2048M\"");
  for (const char* wrong : {"\"150\"", "\"M\"", "-1", "\"1G\"", "true"})
    EXPECT_NE(fault_of(access, wrong), "") << wrong;
}

}  // namespace
}  // namespace postern::settings_file

#include "settings_file/layout.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace postern::settings_file {
namespace {

struct Shop {
  std::string name;
  std::optional<bool> open;
  Place where;
};
struct Till {
  int number = 1;
  int floor = 0;
};
enum class Size : std::uint8_t { small, large, extra_large };
constexpr std::array<std::pair<std::string_view, Size>, 3> sizes{
    {{"small", Size::small}, {"large", Size::large}, {"extra-large", Size::extra_large}}};
struct Fruit {
  std::string name;
  std::vector<std::string> colours;
  bool ripe = true;
  Place where;
  Size size = Size::small;
};
struct File {
  Shop shop;
  std::optional<Till> till;
  Till spare;
  std::vector<Fruit> fruits;
  std::vector<Fruit> named;
};

const Keys<Shop>& shop_keys() {
  static const Keys<Shop> keys = {
      {"name", "text", required, "What it is called.", text(&Shop::name)},
      {"open", "true or false", "not known", "Whether | it is open.", flag(&Shop::open)},
  };
  return keys;
}
const Keys<Till>& till_keys() {
  static const Keys<Till> keys = {
      {"number", "number", "", "Its number.", number(&Till::number, 1, 9)},
      {"floor", "number", "", "Where it is nailed down.", number(&Till::floor, 0, 9),
       Counts::from_start}};
  return keys;
}
const Keys<Fruit>& fruit_keys() {
  static const Keys<Fruit> keys = {
      {"name", "text", required, "", text(&Fruit::name)},
      {"colours", "list of colours", "", "", texts(&Fruit::colours)},
      {"ripe", "true or false", "", "", flag(&Fruit::ripe)},
      {"size", "small, large or extra-large", "", "", choice(&Fruit::size, sizes)},
  };
  return keys;
}
// [plant.NAME] has its name already.
const Keys<Fruit>& plant_keys() {
  static const Keys<Fruit> keys = {{"ripe", "true or false", "", "", flag(&Fruit::ripe)}};
  return keys;
}

const Layout<File>& layout() {
  static const Layout<File> all{
      "see the manual",
      {head<File>(
           "At the head.", shop_keys(), [](auto& f) -> auto& { return f.shop; }),
       table<File>(
           "till", "One.", till_keys(), [](auto& f) -> auto& { return f.till; }),
       table<File>(
           "spare", "Another.", till_keys(), [](auto& f) -> auto& { return f.spare; }),
       tables<File>(
           "fruit", "Many.", fruit_keys(), [](auto& f) -> auto& { return f.fruits; }),
       named_tables<File>(
           "plant", "By name.", plant_keys(), [](auto& f) -> auto& { return f.named; })},
      [](std::string_view key) {
        return key == "password" ? Error{"no secrets here", "", "take it out"} : Error{};
      }};
  return all;
}

std::vector<std::string> faults_of(std::string_view text) {
  std::vector<std::string> lines;
  const auto table = parse(text, "f.toml", "see the manual");
  if (!table) return {table.error().line()};
  File file;
  for (const Error& fault : layout().read(*table, file))
    lines.push_back(fault.line());
  return lines;
}

TEST(Layout, ReadsEveryShapeOfPart) {
  const auto file = layout().parse(
      "name = \"corner\"\n[till]\nnumber = 3\n[[fruit]]\nname = \"apple\"\ncolours = \"red\"\n"
      "[[fruit]]\nname = \"pear\"\nripe = false\n[plant.fern]\nripe = false\n",
      "f.toml");
  ASSERT_TRUE(file) << file.error().line();
  EXPECT_EQ(file->shop.name, "corner");
  EXPECT_EQ(file->shop.where, "f.toml:1:1");
  ASSERT_TRUE(file->till);
  EXPECT_EQ(file->till->number, 3);
  ASSERT_EQ(file->fruits.size(), 2u);
  EXPECT_EQ(file->fruits[0].colours, std::vector<std::string>{"red"});
  EXPECT_EQ(file->fruits[1].where, "f.toml:7:1");
  ASSERT_EQ(file->named.size(), 1u);
  EXPECT_EQ(file->named[0].name, "fern");
}

TEST(Layout, WritesWhatDiffersFromTheDefaultAndReadsItBack) {
  File file;
  file.shop.name = "corner \"x\"";
  file.till = Till{};  // there, with nothing that differs
  file.fruits = {{"apple", {"red", "green"}, true, "", Size::small},
                 {"pear", {}, false, "", Size::small}};
  const std::string written =
      "name = \"corner \\\"x\\\"\"\n\n[till]\n\n[[fruit]]\nname = \"apple\"\n"
      "colours = [\"red\", \"green\"]\n\n[[fruit]]\nname = \"pear\"\nripe = false\n";
  Layout<File> written_parts = layout();
  written_parts.parts.pop_back();  // named tables are read alone
  EXPECT_EQ(written_parts.write(file), written);
  const auto again = layout().parse(written, "f.toml");
  ASSERT_TRUE(again) << again.error().line();
  EXPECT_TRUE(again->till);
  EXPECT_EQ(written_parts.write(*again), written);
}

TEST(Layout, TellsEveryFaultInTheOrderOfTheFile) {
  EXPECT_EQ(
      faults_of("opne = true\nopen = 5\n\n[till]\nnumber = 12\nnumbr = 1\n[[fruit]]\n"
                "ripe = \"no\"\n"),
      (std::vector<std::string>{"f.toml:1:1: the file without name; add name = …",
                                "f.toml:1:1: unknown key 'opne' in the file; did you mean 'open'?",
                                "f.toml:2:8: open: must be true or false",
                                "f.toml:5:10: number: must be from 1 to 9; it takes number",
                                "f.toml:6:1: unknown key 'numbr' in till; did you mean 'number'?",
                                "f.toml:7:1: fruit without name; add name = …",
                                "f.toml:8:8: ripe: must be true or false"}));
}

// A line that ends with what it began with is read twice to find out that nothing is new.
TEST(Layout, TellsWhatAKeyTakesOnce) {
  EXPECT_EQ(faults_of("name = \"a\"\n[[fruit]]\nname = \"b\"\nsize = \"huge\"\n"),
            std::vector<std::string>{
                "f.toml:4:8: size: must be one of \"small\", \"large\", \"extra-large\""});
  EXPECT_EQ(faults_of("name = 5\n"),
            std::vector<std::string>{"f.toml:1:8: name: must be text in quotes"});
  EXPECT_EQ(faults_of("name = \"a\"\n[[fruit]]\nname = \"b\"\ncolours = 5\n"),
            std::vector<std::string>{
                "f.toml:4:11: colours: must be a list of texts; it takes list of colours"});
}

// Where to look for an unknown key is where it stands, whatever its value is, and in whatever form.
TEST(Layout, NamesThePlaceOfAnUnknownKeyItself) {
  EXPECT_EQ(
      faults_of("name = \"a\"\n  opne   =   {a = 1}\n"),
      std::vector<std::string>{"f.toml:2:3: unknown key 'opne' in the file; did you mean 'open'?"});
  EXPECT_EQ(
      faults_of("name = \"a\"\nopne.door = true\n"),
      std::vector<std::string>{"f.toml:2:1: unknown key 'opne' in the file; did you mean 'open'?"});
  EXPECT_EQ(faults_of("name = \"a\"\n[till.drawer]\nnumber = 1\n"),
            std::vector<std::string>{"f.toml:2:7: unknown key 'drawer' in till; see the manual"});
}

TEST(Layout, KnowsPartsThatAreWrittenAsSomethingElse) {
  EXPECT_EQ(
      faults_of("name = \"a\"\ntill = 5\nfruit = 6\nplant = 7\n"),
      (std::vector<std::string>{"f.toml:2:8: 'till' is not a table; write [till]",
                                "f.toml:3:9: 'fruit' is not a list of tables; write [[fruit]]",
                                "f.toml:4:9: 'plant' is not a table; write [plant.NAME]"}));
  EXPECT_EQ(
      faults_of("name = \"a\"\n[fruit]\nname = \"b\"\n"),
      std::vector<std::string>{"f.toml:2:1: 'fruit' is not a list of tables; write [[fruit]]"});
  EXPECT_EQ(
      faults_of("name = \"a\"\n[plant]\nfern = 5\n"),
      std::vector<std::string>{"f.toml:3:8: 'plant.fern' is not a table; write [plant.NAME]"});
  EXPECT_EQ(faults_of("name = \"a\"\nfruit = []\n"), std::vector<std::string>{});
  EXPECT_EQ(faults_of("name = \"a\"\nfruit = [1, {}]\n").size(), 1u);
}

TEST(Layout, SuggestsNamesOfPartsAtTheHead) {
  EXPECT_EQ(faults_of("name = \"a\"\n[[fruits]]\nname = \"b\"\n"),
            std::vector<std::string>{
                "f.toml:2:3: unknown key 'fruits' in the file; did you mean 'fruit'?"});
  EXPECT_EQ(
      faults_of("name = \"a\"\nzzzzzz = 1\n"),
      std::vector<std::string>{"f.toml:2:1: unknown key 'zzzzzz' in the file; see the manual"});
}

TEST(Layout, HasItsOwnWordsForSomeStrangers) {
  EXPECT_EQ(faults_of("name = \"a\"\n[plant.fern]\npassword = \"x\"\n"),
            std::vector<std::string>{"f.toml:3:1: no secrets here; take it out"});
}

TEST(Layout, NamesThePlaceWhereAFileIsNoToml) {
  for (const char* text : {"a = \n", "[x\n", "a = 1\na = 2\n", "\"\xff\" = 1\n", "= 5\n"}) {
    const auto faults = faults_of(text);
    ASSERT_EQ(faults.size(), 1u) << text;
    EXPECT_EQ(faults[0].find("f.toml:"), 0u) << faults[0];
    EXPECT_TRUE(faults[0].ends_with("; see the manual")) << faults[0];
  }
}

TEST(Layout, TellsWhichNewValuesWaitForAStart) {
  File running;
  running.till = Till{1, 2};
  File read = running;
  read.shop.name = "another";
  read.till->number = 5;
  EXPECT_TRUE(layout().waiting(running, read).empty()) << "those count at once";
  read.till->floor = 3;
  read.spare.floor = 4;
  EXPECT_EQ(layout().waiting(running, read),
            (std::vector<std::string>{"[till] floor", "[spare] floor"}));
  read.till.reset();
  read.spare = running.spare;
  EXPECT_EQ(layout().waiting(running, read), std::vector<std::string>{"[till] floor"})
      << "what is taken out has its default";
}

TEST(Layout, ThePageTellsTheDefaultsOfTheTypes) {
  EXPECT_EQ(layout().describe(""),
            "| key | value | default | meaning |\n|---|---|---|---|\n"
            "| `name` | text | required | What it is called. |\n"
            "| `open` | true or false | not known | Whether \\| it is open. |\n");
  EXPECT_EQ(layout().describe("fruit"),
            "| key | value | default | meaning |\n|---|---|---|---|\n"
            "| `name` | text | required |  |\n"
            "| `colours` | list of colours | [] |  |\n"
            "| `ripe` | true or false | true |  |\n"
            "| `size` | small, large or extra-large | \"small\" |  |\n");
  EXPECT_EQ(layout().describe("till"),
            "| key | value | default | meaning |\n|---|---|---|---|\n"
            "| `number` | number | 1 | Its number. |\n"
            "| `floor` | number | 0 | Where it is nailed down. *From the next start on.* |\n");
  const std::string page = layout().describe();
  for (const char* title : {"## Head of the file\n\nAt the head.", "## [till]\n\nOne.",
                            "## [[fruit]]\n\nMany.", "## [plant.NAME]\n\nBy name."}) {
    EXPECT_NE(page.find(title), std::string::npos) << title;
  }
}

}  // namespace
}  // namespace postern::settings_file

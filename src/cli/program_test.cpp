// The command line as a whole: what it offers, how it shows itself, and what it answers to slips.
#include "cli/program.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "base/testing/reading.hpp"
#include "cli/definitions.hpp"
#include "cli/help.hpp"
#include "cli/option_page.hpp"
#include "cli/output_page.hpp"
#include "cli/usage_error.hpp"
#include "report/text.hpp"

namespace postern::cli {
namespace {

class Program : public ::testing::Test {
 protected:
  Program() : app_(make_program(environment_, exit_code_)), root_(describe(*app_)) {}

  /// The one line that answers these words.
  std::string answer_to(const std::vector<std::string>& words) {
    try {
      app_->parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& fault) {
      return usage_error(*app_, fault, words).line();
    }
    return "taken";
  }

  Environment environment_;
  int exit_code_ = 0;
  std::unique_ptr<CLI::App> app_;
  CommandDefinition root_;
};

TEST_F(Program, AnswersASlipWithWhatWasMeant) {
  EXPECT_EQ(answer_to({"impct", "t.toml"}),
            "no command is called 'impct'; did you mean impact? see postern --help");
  EXPECT_EQ(answer_to({"evidence", "fech"}),
            "no command is called 'fech'; did you mean fetch? see postern evidence --help");
  EXPECT_EQ(answer_to({"audit", "t.toml", "--contrl", "6.5.5"}),
            "no option is called '--contrl'; did you mean --control? see postern audit --help");
  EXPECT_EQ(answer_to({"audit", "t.toml", "--contrl=6.5.5"}),
            "no option is called '--contrl'; did you mean --control? see postern audit --help");
  EXPECT_EQ(answer_to({"frobnicate"}), "no command is called 'frobnicate'; see postern --help");
  EXPECT_EQ(answer_to({"audit", "t.toml", "--output", "yaml"}),
            "--output: 'yaml' is no output of postern audit; use one of text, json, csv, html, "
            "markdown, sarif, junit, ocsf, oscal; see postern audit --help");
}

TEST_F(Program, DoesNotSuggestNamesOfFormerTimes) {
  EXPECT_EQ(answer_to({"probe", "t.toml", "--dnz", "x"}),
            "no option is called '--dnz'; see postern probe --help");
}

TEST_F(Program, ShowsNoTerminalWhatAWordHides) {
  EXPECT_EQ(answer_to({"\x1b[2J"}).find('\x1b'), std::string::npos);
  EXPECT_EQ(answer_to({"audit", "--\x1b[2J"}).find('\x1b'), std::string::npos);
}

// Every page fits 60 columns but for words that are longer.
TEST_F(Program, HelpFitsTheTerminal) {
  for (const CommandDefinition* command : flatten(root_)) {
    for (const std::size_t columns : {40u, 60u, 100u, 200u}) {
      for (const std::string_view line : split(help_text(*command, columns), '\n')) {
        const std::string_view words = trim(line);
        const bool may_break =
            words.find(' ') != std::string_view::npos && line.substr(0, 3) != "  -";
        EXPECT_TRUE(!may_break || report::display_width(line) <= columns ||
                    line.starts_with("Usage"))
            << columns << ": " << line;
      }
    }
  }
}

TEST_F(Program, HelpSaysWhatAnOptionTakes) {
  const auto page = [&](std::string_view name) {
    for (const CommandDefinition* command : flatten(root_)) {
      if (command->name(' ') == name) return help_text(*command, 100);
    }
    return std::string();
  };
  const std::string audit = page("postern audit");
  EXPECT_NE(audit.find("--parallel NUMBER"), std::string::npos) << audit;
  EXPECT_NE(audit.find("Tenants at a time, of several (1 to 64; default: 8)"), std::string::npos)
      << audit;
  EXPECT_NE(audit.find("--output text|json|csv"), std::string::npos) << audit;
  for (const char* jargon : {"UINT", "INT in", "TEXT:", "{text"}) {
    for (const CommandDefinition* command : flatten(root_))
      EXPECT_EQ(help_text(*command, 100).find(jargon), std::string::npos) << command->name(' ');
  }
  EXPECT_EQ(page("postern probe").find("--dns"), std::string::npos);
}

// CLI11 hands the text below the help down to what is added below: each command needs its own.
TEST_F(Program, EveryCommandSaysWhatItsExitStatusMeans) {
  for (const CommandDefinition* command : flatten(root_)) {
    // What only leads to others has theirs.
    const char* says = command->only_leads() ? "Exit status: " : "Exit status: 0 ";
    EXPECT_NE(command->footer.find(says), std::string::npos) << command->name(' ');
    for (const CommandDefinition& below : command->subcommands) {
      EXPECT_NE(below.footer, command->footer) << below.name(' ');
      EXPECT_EQ(below.footer.find("nobody breaks; 1 it does not hold"), std::string::npos)
          << below.name(' ') << ": what all commands say together is true of none";
    }
  }
}

// An option is called the same wherever it means the same.
TEST_F(Program, OneNameHasOneMeaning) {
  // What is said of each: the first words, which name the thing.
  std::map<std::string, std::map<std::string, std::string>> meanings;
  for (const CommandDefinition* command : flatten(root_)) {
    for (const OptionDefinition& option : command->options) {
      if (option.description.empty()) ADD_FAILURE() << command->name(' ') << option.names.front();
      EXPECT_TRUE(std::isupper(static_cast<unsigned char>(option.description[0])) != 0)
          << command->name(' ') << ' ' << option.names.front();
      meanings[option.names.front()][command->name(' ')] = option.value;
    }
  }
  for (const auto& [name, commands] : meanings) {
    std::set<std::string> values;
    for (const auto& [command, value] : commands)
      values.insert(value);
    if (name == "--out" || name == "--tenant" || name == "--probe") continue;  // FILE and FOLDER
    EXPECT_EQ(values.size(), 1u) << name << " takes one kind of thing here and another there";
  }
}

TEST_F(Program, OneMeaningHasOneName) {
  std::map<std::string, std::set<std::string>> names;
  for (const CommandDefinition* command : flatten(root_)) {
    for (const OptionDefinition& option : command->options)
      names[option.description].insert(option.names.back());
  }
  for (const auto& [meaning, called] : names)
    EXPECT_EQ(called.size(), 1u) << meaning << ": " << *called.begin() << ", " << *called.rbegin();
}

// Help is our own text: the least terminal can show it.
TEST_F(Program, HelpIsAscii) {
  for (const CommandDefinition* command : flatten(root_)) {
    const std::string text = help_text(*command, 60);
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
      return c == '\n' || (c >= ' ' && c <= '~');
    })) << text;
  }
}

TEST_F(Program, ThePageOfOptionsIsTrue) {
  const std::string page = option_page(root_);
  EXPECT_EQ(testing::octets_of(POSTERN_SOURCE_DIR "/docs/options.md"), page)
      << "build/dev/postern manual --options > docs/options.md";
  // Each command's section holds its arguments and options.
  for (const CommandDefinition* command : flatten(root_)) {
    if (command->only_leads()) continue;
    const std::size_t begin = page.find("\n## " + command->name(' ') + "\n");
    ASSERT_NE(begin, std::string::npos) << command->name(' ');
    const std::string section = page.substr(begin, page.find("\n## ", begin + 1) - begin);
    for (const OptionDefinition& option : command->options) {
      const bool told = section.find('`' + option.names.back() + '`') != std::string::npos;
      EXPECT_EQ(told, option.names.back() != "--help") << command->name(' ') << option.names.back();
    }
    for (const OptionDefinition& positional : command->positionals)
      EXPECT_NE(section.find("\n| `" + positional.names.back() + "`"), std::string::npos)
          << command->name(' ') << positional.names.back();
  }
}

TEST_F(Program, ThePageOfOutputsIsTrue) {
  EXPECT_EQ(testing::octets_of(POSTERN_SOURCE_DIR "/docs/outputs.md"), output_page(root_))
      << "build/dev/postern manual --outputs > docs/outputs.md";
}

}  // namespace
}  // namespace postern::cli

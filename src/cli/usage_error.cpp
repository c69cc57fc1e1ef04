#include "cli/usage_error.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/definitions.hpp"

namespace postern::cli {
namespace {

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* each :
       app.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); }))
    names.push_back(each->get_name());
  return names;
}

// With those of former times, which are not what anybody means.
std::vector<std::string> options_of(const CLI::App& app, bool former_too) {
  std::vector<std::string> names;
  for (const CLI::Option* each : app.get_options()) {
    for (const std::string& name : each->get_lnames()) {
      names.push_back("--" + name);
      if (!former_too) break;
    }
  }
  return names;
}

std::string nearest_of(const std::string& word, const std::vector<std::string>& names) {
  return std::string(nearest_word(word, {names.begin(), names.end()}));
}

bool contains(const std::vector<std::string>& names, const std::string& word) {
  return std::find(names.begin(), names.end(), word) != names.end();
}

std::string help_of(const CLI::App& app) {
  return "see " + full_name(app) + " --help";
}

std::string meant(const std::string& nearest, const std::string& help) {
  return nearest.empty() ? help : fmt::format("did you mean {}? {}", nearest, help);
}

// What CLI11 says of a value, as the rest of the program says it.
std::string in_our_words(const std::string& fault) {
  constexpr std::string_view no_conversion = "Could not convert: ";
  constexpr std::string_view between = " = ";
  if (const auto at = fault.find(between);
      fault.starts_with(no_conversion) && at != std::string::npos) {
    return fmt::format("{}: '{}' is no number",
                       fault.substr(no_conversion.size(), at - no_conversion.size()),
                       printable(fault.substr(at + between.size())));
  }
  constexpr std::string_view one_too_many = "The following argument was not expected: ";
  constexpr std::string_view too_many = "The following arguments were not expected: ";
  if (fault.starts_with(one_too_many)) {
    return fmt::format("'{}' is one argument too many",
                       printable(fault.substr(one_too_many.size())));
  }
  if (fault.starts_with(too_many)) {
    return fmt::format("these arguments are too many: {}",
                       printable(fault.substr(too_many.size())));
  }
  const auto colon = fault.find(": ");
  if (colon == std::string::npos) return printable(fault);
  const std::string option = fault.substr(0, colon);
  const std::string said = fault.substr(colon + 2);
  if (said.starts_with("1 required ") && said.ends_with(" missing")) {
    return option + ": a value is missing";
  }
  constexpr std::string_view once = "At Most 1 required but received ";
  if (said.starts_with(once)) {
    return fmt::format("{}: is given {} times; it is taken once", option,
                       printable(said.substr(once.size())));
  }
  constexpr std::string_view not_in = " not in {";
  if (const auto at = said.rfind(not_in); at != std::string::npos && said.ends_with('}')) {
    const std::size_t names = at + not_in.size();
    return fmt::format("{}: '{}' is none of {}", option, printable(said.substr(0, at)),
                       said.substr(names, said.size() - 1 - names));
  }
  return printable(fault);
}

}  // namespace

Error unknown_command(const CLI::App& app, const std::string& word) {
  return {fmt::format("no command is called '{}'", printable(word)), "",
          meant(nearest_of(word, commands_of(app)), help_of(app))};
}

namespace {

bool is_negative(std::string_view word) {
  return word.size() > 1 && word.front() == '-' &&
         std::all_of(word.begin() + 1, word.end(), is_ascii_digit);
}

// A word, and the option that stands before it or holds it; empty: none.
Result<void> check_word(const std::string& word, const std::string& option) {
  constexpr const char* unset = "is a variable of a script not set?";
  if (word.empty() && option.empty()) return fail("an argument is empty", "", unset);
  if (word.empty()) return fail("is followed by an empty word", option, unset);
  if (is_negative(word)) {
    return fail(fmt::format("'{}' is less than nothing", word), option, "write a number from 0 on");
  }
  const bool is_value =
      std::find(excel_values.begin(), excel_values.end(), word) != excel_values.end();
  if (option == "--excel" && is_value) {
    return fail(fmt::format("takes its value with '=': --excel={}", word), option,
                fmt::format("a file of that name is ./{}", word));
  }
  return {};
}

}  // namespace

Result<void> check_words(const std::vector<std::string>& words) {
  std::string option;
  for (const std::string& word : words) {
    if (word == "--") return {};
    const std::size_t sign = word.starts_with("--") ? word.find('=') : std::string::npos;
    auto fine = sign == std::string::npos || word.starts_with("--excel=")
                    ? check_word(word, option)
                    : check_word(word.substr(sign + 1), word.substr(0, sign));
    if (!fine) return fine;
    option = word.starts_with("--") && sign == std::string::npos ? word : std::string();
  }
  return {};
}

Error usage_error(const CLI::App& app, const CLI::ParseError& fault,
                  const std::vector<std::string>& words) {
  // As far as the words name commands.
  const CLI::App* chosen = &app;
  auto word = words.begin();
  for (; word != words.end() && contains(commands_of(*chosen), *word); ++word)
    chosen = chosen->get_subcommand(*word);
  if (word != words.end() && !is_option(*word) && !commands_of(*chosen).empty() &&
      chosen->get_require_subcommand_min() > 0) {
    return unknown_command(*chosen, *word);
  }
  const std::string help = help_of(*chosen);
  const std::vector<std::string> options = options_of(*chosen, true);
  for (; word != words.end() && *word != "--"; ++word) {
    const std::string name = word->substr(0, word->find('='));
    if (name.starts_with("--") && !contains(options, name)) {
      return {fmt::format("no option is called '{}'", printable(name)), "",
              meant(nearest_of(name, options_of(*chosen, false)), help)};
    }
  }
  return {in_our_words(fault.what()), "", help};
}

}  // namespace postern::cli

#include "cli/man_pages.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::cli {
namespace {

// A hyphen of the text is a minus in the page, so that it can be copied; what starts a request at
// the beginning of a line is kept from doing so (man(7), groff_char(7)).
std::string escaped(std::string_view text) {
  std::string out;
  bool line_starts = true;
  for (const char c : text) {
    if (line_starts && (c == '.' || c == '\'')) out += "\\&";
    line_starts = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + escaped(text) + "\\fR";
}
std::string italic(std::string_view text) {
  return "\\fI" + escaped(text) + "\\fR";
}

std::string value_of(const OptionDefinition& option) {
  std::string choices;
  for (const std::string& choice : option.choices) {
    if (!choices.empty()) choices += '|';
    choices += bold(choice);
  }
  return choices.empty() ? italic(option.value) : choices;
}

std::string synopsis(const CommandDefinition& command) {
  std::string text = bold(command.name(' '));
  if (!command.options.empty()) text += " [" + italic("OPTIONS") + "]";
  for (const OptionDefinition& positional : command.positionals) {
    const std::string name = italic(positional.names.front()) + (positional.many ? "\\&..." : "");
    text += positional.required ? ' ' + name : " [" + name + "]";
  }
  const std::string below = italic("COMMAND");
  if (!command.subcommands.empty()) text += command.only_leads() ? ' ' + below : " [" + below + ']';
  return text;
}

void append_option(std::string& page, const OptionDefinition& option) {
  page += ".TP\n";
  std::string names = joined(option.names, option.positional ? italic : bold);
  if (!option.positional && !option.value.empty()) names += ' ' + value_of(option);
  page += names + '\n' + escaped(option.explained()) + '\n';
}

// The footer's lines are an "Exit status: …", and free ones.
void append_footer(std::string& page, std::string_view footer) {
  constexpr std::string_view exit_status = "Exit status: ";
  while (!footer.empty()) {
    const std::size_t end = footer.find('\n');
    std::string_view paragraph = footer.substr(0, end);
    footer = end == std::string_view::npos ? std::string_view{} : footer.substr(end + 1);
    const bool is_exit_status = paragraph.starts_with(exit_status);
    if (is_exit_status) paragraph.remove_prefix(exit_status.size());
    page += is_exit_status ? ".SH EXIT STATUS\n" : ".SH NOTES\n";
    page += escaped(trim(paragraph)) + '\n';
  }
}

}  // namespace

std::string man_page(const CommandDefinition& command, const CommandDefinition& root,
                     std::string_view version) {
  std::string title = command.name('-');
  std::transform(title.begin(), title.end(), title.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  std::string summary = command.description.substr(0, command.description.find("\n\n"));
  std::replace(summary.begin(), summary.end(), '\n', ' ');
  if (summary.ends_with('.')) summary.pop_back();

  std::string page =
      fmt::format(".TH {} 1 \"\" \"postern {}\" \"User Commands\"\n", escaped(title), version);
  page += fmt::format(".SH NAME\n{} \\- {}\n", escaped(command.name('-')), escaped(summary));
  page += ".SH SYNOPSIS\n" + synopsis(command) + '\n';
  page += ".SH DESCRIPTION\n" + escaped(command.description) + '\n';
  if (!command.subcommands.empty()) {
    page += ".SH COMMANDS\n";
    for (const CommandDefinition& below : command.subcommands) {
      page += fmt::format(".TP\n{}\n{}\n", bold(below.path.back()), escaped(below.description));
    }
  }
  if (!command.positionals.empty()) {
    page += ".SH ARGUMENTS\n";
    for (const OptionDefinition& positional : command.positionals)
      append_option(page, positional);
  }
  if (!command.options.empty()) {
    page += ".SH OPTIONS\n";
    for (const OptionDefinition& option : command.options)
      append_option(page, option);
  }
  append_footer(page, command.footer);
  page += ".SH SEE ALSO\n";
  std::string others;
  for (const CommandDefinition* other : flatten(root)) {
    if (other == &command) continue;
    if (!others.empty()) others += ",\n";
    others += ".BR " + escaped(other->name('-')) + " (1)";
  }
  return page + others + '\n';
}

}  // namespace postern::cli

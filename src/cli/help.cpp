#include "cli/help.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "report/text.hpp"

namespace postern::cli {
namespace {

// "TENANT", "--tenants FILE", "-h,--help", "--output text|json|csv".
std::string synopsis_of(const OptionDefinition& option) {
  std::string out = joined(option.names, ",");
  if (option.positional) return out + (option.many ? "..." : "");
  if (!option.choices.empty()) return out + ' ' + joined(option.choices, "|");
  return option.value.empty() ? out : out + ' ' + option.value;
}

// Two columns; what does not fit into the first stands on a line of its own.
void append_rows(std::string& out, std::string_view title,
                 const std::vector<std::pair<std::string, std::string>>& rows,
                 std::size_t columns) {
  if (rows.empty()) return;
  const std::size_t first = std::min<std::size_t>(28, columns * 2 / 5);
  out += "\n" + std::string(title) + ":\n";
  for (const auto& [name, what] : rows) {
    std::string start = "  " + name;
    if (start.size() + 2 > first) {
      // A long list of choices goes on below its first.
      const std::size_t indent = std::min(start.rfind(' ') + 1, columns / 2);
      while (start.size() > columns && start.rfind('|', columns - 1) != std::string::npos) {
        const std::size_t end = start.rfind('|', columns - 1) + 1;
        if (end <= indent) break;
        out += start.substr(0, end) + '\n';
        start = std::string(indent, ' ') + start.substr(end);
      }
      out += start + '\n';
      start.clear();
    }
    start.resize(first, ' ');
    for (const std::string& line : report::wrap(what, columns - first)) {
      out += start + line + '\n';
      start.assign(first, ' ');
    }
  }
}

std::vector<std::pair<std::string, std::string>> rows_of(
    const std::vector<OptionDefinition>& options) {
  std::vector<std::pair<std::string, std::string>> rows;
  rows.reserve(options.size());
  for (const OptionDefinition& option : options)
    rows.emplace_back(synopsis_of(option), option.explained());
  return rows;
}

void append_paragraphs(std::string& out, std::string_view text, std::size_t columns) {
  for (const std::string_view paragraph : split(text, '\n')) {
    for (const std::string& line : report::wrap(paragraph, columns))
      out += line + '\n';
  }
}

}  // namespace

std::string help_text(const CommandDefinition& command, std::size_t columns) {
  std::string out;
  append_paragraphs(out, command.description, columns);
  out += "\nUsage: " + command.name(' ');
  if (!command.options.empty()) out += " [OPTIONS]";
  for (const OptionDefinition& positional : command.positionals) {
    const std::string name = synopsis_of(positional);
    out += positional.required ? ' ' + name : " [" + name + ']';
  }
  out += command.subcommands.empty() ? "\n" : command.only_leads() ? " COMMAND\n" : " [COMMAND]\n";
  append_rows(out, "Positionals", rows_of(command.positionals), columns);
  append_rows(out, "Options", rows_of(command.options), columns);
  std::vector<std::pair<std::string, std::string>> commands;
  for (const CommandDefinition& below : command.subcommands)
    commands.emplace_back(below.path.back(), below.description);
  append_rows(out, "Subcommands", commands, columns);
  if (!command.footer.empty()) {
    out += '\n';
    append_paragraphs(out, command.footer, columns);
  }
  return out;
}

}  // namespace postern::cli

#include "cli/option_page.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::cli {
namespace {

// Text of ours as Markdown, in a cell of a table too.
std::string prose(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<' || c == '[') out += '\\';
    out += c;
  }
  return out;
}

std::string in_code(const std::string& text) {
  return '`' + text + '`';
}

std::string takes(const OptionDefinition& option) {
  if (!option.choices.empty()) return joined(option.choices, in_code, ", ");
  return option.value.empty() ? std::string() : in_code(option.value);
}

// As the heading of a page is linked to: "postern-cluster-set-up".
std::string link_to(const CommandDefinition& command) {
  return fmt::format("[`{}`](#{})", command.name(' '), command.name('-'));
}

std::string usage(const CommandDefinition& command) {
  std::string out = command.name(' ') + " [OPTIONS]";
  for (const OptionDefinition& positional : command.positionals) {
    const std::string name = positional.names.front() + (positional.many ? "..." : "");
    out += positional.required ? ' ' + name : " [" + name + ']';
  }
  return out;
}

std::string row(const OptionDefinition& option) {
  return fmt::format("| {} | {} | {} |\n", joined(option.names, in_code, ", "),
                     option.positional ? std::string() : takes(option), prose(option.explained()));
}

bool is_help(const OptionDefinition& option) {
  return option.names.back() == "--help";
}

std::string table_of(const CommandDefinition& command) {
  std::string rows;
  for (const OptionDefinition& positional : command.positionals)
    rows += row(positional);
  for (const OptionDefinition& option : command.options)
    if (!is_help(option)) rows += row(option);
  return rows.empty() ? rows : "\n| argument, option | takes | means |\n|---|---|---|\n" + rows;
}

std::string section(const CommandDefinition& command) {
  std::string out = fmt::format("\n## {}\n\n{}\n\n    {}\n", command.name(' '),
                                prose(command.description), usage(command));
  out += table_of(command);
  for (const std::string_view paragraph : split(command.footer, '\n'))
    if (!trim(paragraph).empty()) out += '\n' + prose(trim(paragraph)) + '\n';
  return out;
}

}  // namespace

std::string option_page(const CommandDefinition& root) {
  std::string page =
      "# Commands and their options\n\nEvery argument and option of every command. This page is "
      "printed by `postern manual --options`, from the commands' own definitions, as are the man "
      "pages (`postern manual --out DIR`) and `postern help COMMAND`. Each command also has "
      "`-h`, `--help`; what `--output` can be asked for stands in [outputs.md](outputs.md).\n\n" +
      prose(root.footer.substr(root.footer.find("Exit status: "))) + "\n\n";
  std::string sections;
  for (const CommandDefinition* command : flatten(root)) {
    // What only has others below it takes nothing itself.
    if (command->only_leads()) continue;
    page += fmt::format("- {}: {}\n", link_to(*command), prose(command->description));
    sections += section(*command);
  }
  return page + sections;
}

}  // namespace postern::cli

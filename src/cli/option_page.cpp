#include "cli/option_page.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/join.hpp"

namespace postern::cli {
namespace {

// A cell of a Markdown table.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, 1, '\\');
  return text;
}

std::string takes(const OptionDefinition& option) {
  return option.choices.empty() ? option.value : joined(option.choices, "|");
}

// What one row tells: the names, what the option takes, and what it means.
using Told = std::tuple<std::string, std::string, std::string>;

std::string without_dashes(const std::string& names) {
  return names.substr(names.find_first_not_of('-'));
}

}  // namespace

std::string option_page(const CommandDefinition& root) {
  const std::vector<const CommandDefinition*> commands = flatten(root);
  std::map<Told, std::vector<std::string>> rows;
  for (const CommandDefinition* command : commands) {
    for (const OptionDefinition& option : command->options)
      rows[{joined(option.names, ", "), takes(option), option.explained()}].push_back(
          command->name(' ').substr(command->path.front().size()));
  }
  std::vector<std::pair<Told, std::vector<std::string>>> order(rows.begin(), rows.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return without_dashes(std::get<0>(a.first)) < without_dashes(std::get<0>(b.first));
  });
  std::string page =
      "# Options\n\nEvery option of every command, by its name. This page is printed by `postern "
      "manual --options`, from the commands' own definitions.\n\n| option | takes | means | of "
      "|\n|---|---|---|---|\n";
  for (const auto& [row, of] : order) {
    const auto& [names, value, meaning] = row;
    const std::string where =
        of.size() == commands.size()
            ? std::string("every command")
            : joined(
                  of,
                  [](const std::string& name) {
                    return name.empty() ? "`postern`" : '`' + name.substr(1) + '`';
                  },
                  ", ");
    page += fmt::format("| `{}` | {} | {} | {} |\n", names, cell(value), cell(meaning), where);
  }
  return page;
}

}  // namespace postern::cli

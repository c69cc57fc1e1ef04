#include "cli/definitions.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::cli {
namespace {

// "UINT in [1 - 10]" as "1 to 10".
std::string range_in(std::string_view check) {
  const std::size_t begin = check.find(" in [");
  const std::size_t middle = check.find(" - ", begin);
  if (begin == std::string_view::npos || middle == std::string_view::npos) return {};
  const std::string_view last = check.substr(middle + 3, check.rfind(']') - middle - 3);
  return std::string(check.substr(begin + 5, middle - begin - 5)) + " to " + std::string(last);
}

// CLI11 writes checks into the type: "TEXT:{text,json}", "UINT:INT in [1 - 10]".
void read_type(const std::string& type, OptionDefinition& definition) {
  const std::size_t colon = type.find(':');
  definition.value = type.substr(0, colon);
  if (definition.value == "UINT" || definition.value == "INT") definition.value = "NUMBER";
  if (colon == std::string::npos) return;
  definition.range = range_in(std::string_view(type).substr(colon));
  if (type[colon + 1] != '{' || type.back() != '}') return;
  for (const std::string_view choice :
       split(std::string_view(type).substr(colon + 2, type.size() - colon - 3), ',')) {
    definition.choices.emplace_back(choice);
  }
}

OptionDefinition describe_option(const CLI::Option& option) {
  OptionDefinition definition;
  definition.positional = option.get_positional();
  definition.required = option.get_required();
  definition.many = option.get_items_expected_max() > 1;
  definition.description = option.get_description();
  definition.default_value = option.get_default_str();
  if (definition.positional) definition.names.push_back(option.get_name());
  for (const std::string& name : option.get_snames())
    definition.names.push_back('-' + name);
  // Further ones are names of former times: they work, and are shown nowhere.
  if (!option.get_lnames().empty()) definition.names.push_back("--" + option.get_lnames().front());
  if (option.get_items_expected_max() > 0) read_type(option.get_type_name(), definition);
  return definition;
}

CommandDefinition describe_below(const CLI::App& app, std::vector<std::string> path) {
  CommandDefinition command;
  path.push_back(app.get_name());
  command.path = std::move(path);
  command.description = app.get_description();
  command.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options({})) {
    OptionDefinition definition = describe_option(*option);
    (definition.positional ? command.positionals : command.options).push_back(definition);
  }
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    command.subcommands.push_back(describe_below(*below, command.path));
  }
  return command;
}

void append(const CommandDefinition& command, std::vector<const CommandDefinition*>& all) {
  all.push_back(&command);
  for (const CommandDefinition& below : command.subcommands)
    append(below, all);
}

}  // namespace

std::string OptionDefinition::explained() const {
  std::string aside = range;
  if (!default_value.empty()) append_item(aside, "default: " + default_value, "; ");
  return aside.empty() ? description : description + " (" + aside + ")";
}

bool OptionDefinition::takes_files() const {
  static constexpr std::string_view files[] = {"FILE", "DIR",    "FOLDER",  "TENANT",
                                               "PLAN", "RECORD", "EVIDENCE"};
  if (!choices.empty()) return false;
  const std::string_view named = positional ? std::string_view(names.front()) : value;
  return std::find(std::begin(files), std::end(files), named) != std::end(files) ||
         (positional && to_lower(names.front()).ends_with("file"));
}

std::string CommandDefinition::name(char separator) const {
  return joined(path, std::string_view(&separator, 1));
}

std::string full_name(const CLI::App& app) {
  std::string name = app.get_name();
  for (const CLI::App* above = app.get_parent(); above != nullptr; above = above->get_parent())
    name.insert(0, above->get_name() + ' ');
  return name;
}

CommandDefinition describe(const CLI::App& app) {
  std::vector<std::string> above;
  for (const CLI::App* each = app.get_parent(); each != nullptr; each = each->get_parent())
    above.insert(above.begin(), each->get_name());
  return describe_below(app, std::move(above));
}

std::vector<const CommandDefinition*> flatten(const CommandDefinition& command) {
  std::vector<const CommandDefinition*> all;
  append(command, all);
  return all;
}

}  // namespace postern::cli

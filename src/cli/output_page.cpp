#include "cli/output_page.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/join.hpp"
#include "report/renderers.hpp"

namespace postern::cli {
namespace {

// What --output takes; empty where the command has none.
std::vector<std::string> outputs_of(const CommandDefinition& command) {
  for (const OptionDefinition& option : command.options) {
    if (option.names == std::vector<std::string>{"--output"}) return option.choices;
  }
  return {};
}

std::string as_code(std::string_view name) {
  return '`' + std::string(name) + '`';
}

std::string of_several_tenants() {
  return fmt::format(
      "\nOf several tenants (`--tenants`), `audit` writes {}; `impact` and `plan` write {} (`html` "
      "with `--out-dir` alone).\n",
      joined(report::formats_of<report::AuditsDocument>(), as_code, ", "),
      joined(report::formats_of<report::TenantsDocument>(), as_code, ", "));
}

std::string of_redaction() {
  std::vector<std::string> all;
  for (const report::OutputFormat& format : report::output_formats())
    all.emplace_back(format.name);
  return fmt::format(
      "`--redact` is for passing on {}: no local part of an address and no subject is in them. The "
      "others hold everything, and are refused with it.\n",
      joined(report::redacted_of(all), as_code, ", "));
}

}  // namespace

std::string output_page(const CommandDefinition& root) {
  std::string page =
      "# Outputs\n\nWhat `--output` takes, and what each command can be asked for. This page is "
      "printed by `postern manual --outputs`, from the list of renderers that the commands use.\n";
  std::string head = "\n| command |";
  std::string rule = "\n|---|";
  for (const report::OutputFormat& format : report::output_formats()) {
    page += fmt::format("\n- `{}`: {}.", format.name, format.what);
    head += fmt::format(" {} |", format.name);
    rule += "---|";
  }
  page += "\n" + head + rule + "\n";
  for (const CommandDefinition* command : flatten(root)) {
    const std::vector<std::string> outputs = outputs_of(*command);
    if (outputs.empty()) continue;
    page += fmt::format("| `{}` |", command->name(' '));
    for (const report::OutputFormat& format : report::output_formats()) {
      const bool written = std::find(outputs.begin(), outputs.end(), format.name) != outputs.end();
      page += written ? " yes |" : " |";
    }
    page += '\n';
  }
  return page + of_several_tenants() +
         "\n`--out FILE` writes to a file instead of standard output: whole, or not at all; what "
         "is "
         "no regular file (a pipe, `/dev/stdout`) is written to in place.\n\n" +
         of_redaction() +
         "\n`--excel` makes CSV as Excel opens it by a double click: with a byte order mark (in a "
         "file it stands there anyway), cells apart by a semicolon and a decimal comma where "
         "LC_ALL, LC_NUMERIC or LANG names a locale that writes so. `--excel=semicolon` and "
         "`--excel=comma` say it outright. A locale that is not installed is an error, not a "
         "guess.\n\nText for people goes to a terminal without UTF-8 in ASCII, what is no ASCII as "
         "`\\u00e9`; without colour where NO_COLOR is set, TERM is `dumb`, or it is no terminal.\n";
}

}  // namespace postern::cli

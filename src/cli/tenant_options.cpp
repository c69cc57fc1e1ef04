#include "cli/tenant_options.hpp"

#include <CLI/CLI.hpp>

namespace postern::cli {

void add_convert_options(CLI::App& command, TenantArguments& arguments) {
  command
      .add_option("TENANT", arguments.tenant, "A JSON export, a folder of exports, or live:NAME")
      ->required();
  add_live_options(command, arguments.live);
  add_record_options(command, arguments.records);
  add_keys_options(command, arguments);
}

void add_keys_options(CLI::App& command, TenantArguments& arguments) {
  command.add_option("--out", arguments.output.file, "Write to this file")->type_name("FILE");
}

}  // namespace postern::cli

#include "cli/tenant_options.hpp"

#include <CLI/CLI.hpp>

namespace postern::cli {
namespace {

void add_out_option(CLI::App& command, TenantArguments& arguments) {
  command.add_option("--out", arguments.output.file, "Write to this file")->type_name("FILE");
}

}  // namespace

void add_convert_options(CLI::App& command, TenantArguments& arguments) {
  command
      .add_option("TENANT", arguments.tenant, "A JSON export, a folder of exports, or live:NAME")
      ->required();
  add_live_options(command, arguments.live);
  add_record_options(command, arguments.records);
  add_out_option(command, arguments);
  command.footer(
      "Exit status: 0 written, with what is not kept and what is not known of it told on standard "
      "error; 2 wrong usage or bad input, or the file can't be written.");
}

void add_keys_options(CLI::App& command, TenantArguments& arguments) {
  add_out_option(command, arguments);
  command.footer("Exit status: 0 written; 2 wrong usage, or the file can't be written.");
}

}  // namespace postern::cli

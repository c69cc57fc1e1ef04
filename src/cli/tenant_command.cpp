// postern tenant convert, postern tenant keys; postern tenant learn has a file of its own.
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cli/command.hpp"
#include "cli/policy_source.hpp"
#include "cli/tenant_learn.hpp"
#include "cli/tenant_options.hpp"
#include "tenant/write.hpp"

namespace postern::cli {
namespace {

int convert(const TenantArguments& arguments, const Environment& /*environment*/) {
  if (auto fine = check_record_options(arguments.records); !fine) {
    return report_error(fine.error());
  }
  auto configuration = load_configuration(arguments.tenant, arguments.live);
  if (!configuration) return report_error(configuration.error());
  const bool live = !live_name(arguments.tenant).empty();
  if (auto done = complete_records(*configuration, arguments.records, live); !done) {
    return report_error(done.error());
  }
  const auto written = write_document(arguments.output, tenant::to_toml(*configuration));
  if (!written) return report_error(written.error());
  for (const std::string& lost : tenant::not_representable(*configuration)) {
    fmt::print(stderr, "postern: not kept: {}\n", printable(lost));
  }
  for (const std::string& remark : configuration->remarks) {
    fmt::print(stderr, "postern: {}\n", printable(remark));
  }
  return holds;
}

int keys(const TenantArguments& arguments, const Environment& /*environment*/) {
  const auto written = write_document(arguments.output, tenant::describe_keys());
  return written ? holds : report_error(written.error());
}

}  // namespace

void add_tenant_command(CLI::App& app, const Environment& environment, int& exit_code) {
  CLI::App& command = add_group(app, "tenant", "Read and write tenants.");
  add_command(command, "convert", "Write tenant.toml from any export of a tenant.",
              add_convert_options, convert, environment, exit_code);
  add_command(command, "keys", "Print the keys of tenant.toml.", add_keys_options, keys,
              environment, exit_code);
  add_learn_command(command, environment, exit_code);
}

}  // namespace postern::cli

#include "cli/policy_source.hpp"

#include "cli/command.hpp"
#include "tenant/load.hpp"

namespace postern::cli {

Result<LoadedTenant> load_tenant(const std::string& path) {
  auto configuration = tenant::load(path);
  if (!configuration) return tl::unexpected(configuration.error());
  auto compiled = policy::Policy::compile(configuration->tenant);
  if (!compiled) {
    auto faults = std::move(compiled.error());
    const Error last = std::move(faults.back());
    faults.pop_back();
    for (const Error& fault : faults)
      (void)report_error(fault);
    return tl::unexpected(last);
  }
  return LoadedTenant{std::move(*configuration), std::move(*compiled)};
}

}  // namespace postern::cli

// From the TENANT argument to a compiled policy, the same way in every command.
#pragma once

#include <string>

#include "base/result.hpp"
#include "policy/policy.hpp"
#include "tenant/configuration.hpp"

namespace postern::cli {

struct LoadedTenant {
  tenant::Configuration configuration;
  policy::Policy policy;
};

/// Reads and compiles. Prints every fault of the tenant on standard error; the error returned is
/// the last line to print.
Result<LoadedTenant> load_tenant(const std::string& path);

}  // namespace postern::cli

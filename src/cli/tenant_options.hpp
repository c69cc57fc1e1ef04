// What postern tenant convert and postern tenant keys take.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "cli/policy_source.hpp"
#include "cli/tenant_dns.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct TenantArguments {
  std::string tenant;
  LiveOptions live;
  RecordLookup records;  ///< of convert
  OutputOptions output;
};

void add_convert_options(CLI::App&, TenantArguments&);
void add_keys_options(CLI::App&, TenantArguments&);

}  // namespace postern::cli

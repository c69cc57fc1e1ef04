// What postern audit takes.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "cli/tenant_dns.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct AuditArguments {
  std::string tenant;
  std::string tenants;
  LiveOptions live;
  RecordLookup records;
  std::string baseline;
  unsigned parallel = 8;
  std::string control;
  std::string controls;
  std::string waivers;
  bool strict = false;
  OutputOptions output;
};

void add_audit_options(CLI::App&, AuditArguments&);

}  // namespace postern::cli

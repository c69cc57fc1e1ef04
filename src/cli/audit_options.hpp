// What postern audit takes.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "cli/tenant_dns.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct AuditArguments {
  std::vector<std::string> sources;  ///< one TENANT, or several side by side
  std::string tenants;
  LiveOptions live;
  RecordLookup records;
  std::string baseline;
  unsigned parallel = 8;
  std::string control;
  std::string controls;
  bool names_controls = false;  ///< --controls was said, with a folder or without
  std::string waivers;
  bool strict = false;
  OutputOptions output;
};

void add_audit_options(CLI::App&, AuditArguments&);

}  // namespace postern::cli

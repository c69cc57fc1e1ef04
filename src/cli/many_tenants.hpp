// --tenants on impact and plan: what is done for many tenants, one after the other or side by side,
// and whatever happens to one stays with it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/evidence_source.hpp"
#include "cli/live_session.hpp"
#include "report/tenants_report.hpp"
#include "tenant/configuration.hpp"
#include "tenant/tenant_list.hpp"

namespace postern::cli {

struct ManyTenants {
  std::string list;       ///< a file of [[tenant]], or a folder; empty: there is one tenant
  std::string folder;     ///< --out-dir; empty: the documents stand below the table
  std::string proposals;  ///< --propose-services
  std::string fetch = "trace";
  unsigned parallel = 4;
  bool again = false;  ///< nothing of an earlier run counts
};

/// Adds --tenants and what goes with it.
void add_many_tenants_options(CLI::App&, ManyTenants&);
/// TENANT and EVIDENCE as they were given: with --tenants all of them are evidence for all. Errors:
/// both or neither of TENANT and --tenants, options of one tenant's run (`others`, named where they
/// were given), options of many tenants' runs without --tenants.
Result<void> settle_arguments(const ManyTenants&, std::string& tenant, EvidenceOptions&,
                              const std::vector<std::string>& others);

/// One tenant, ready to be answered for.
struct TenantCase {
  const tenant::ListedTenant& listed;
  const tenant::Configuration& configuration;
  const impact::Context& context;
  const impact::Report& report;
  bool has_evidence = false;        ///< some was given, for it or for all
  const EvidenceOptions& evidence;  ///< its own, with that for all
  std::string arguments;            ///< to run it alone; empty: that can't be written in a line
  std::string file;                 ///< where its document will be; empty: in the document of all
  report::Style style;
};

struct TenantAnswer {
  report::TenantRow row;
  std::string document;  ///< in the format of the run
};

struct TenantsRun {
  std::string_view command;  ///< "impact", "plan"
  const ManyTenants& many;
  const EvidenceOptions& evidence;  ///< paths: for all tenants
  const LiveOptions& live;
  const OutputOptions& output;
  std::string options;    ///< all else that the documents hang on
  impact::Options extra;  ///< what to keep of the evidence
  /// Called by several threads.
  std::function<Result<TenantAnswer>(const TenantCase&)> answer;
};

/// Writes the document of all. The exit status is the first of these that holds of any tenant: 1
/// somebody breaks, 2 it could not be read, 3 not determined; else 0.
int run_many_tenants(const TenantsRun&, const Environment&);

}  // namespace postern::cli

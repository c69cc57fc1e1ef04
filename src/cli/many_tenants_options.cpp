#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/join.hpp"
#include "cli/many_tenants.hpp"

namespace postern::cli {

void add_many_tenants_options(CLI::App& app, ManyTenants& many) {
  app.add_option("--tenants", many.list,
                 "List of tenants ([[tenant]] tables, with evidence) or a folder of them, in place "
                 "of TENANT; EVIDENCE is then for all, told apart by recipient domain")
      ->type_name("LIST");
  app.add_option("--parallel", many.parallel, "Tenants at a time, with --tenants")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--out-dir", many.folder,
                 "With --tenants, a document for each tenant in this folder; what is there of the "
                 "same inputs is not made again")
      ->type_name("FOLDER");
  app.add_flag("--again", many.again, "With --out-dir, make every tenant's document again");
  app.add_option("--propose-services", many.proposals,
                 "With --tenants, add senders that several tenants have in common to this file of "
                 "services, for a person to look at (--services)")
      ->type_name("FILE");
  app.add_option("--fetch", many.fetch,
                 "With --tenants, from where evidence = [\"live:NAME\"] comes: trace, graph or "
                 "hunting, as in evidence fetch")
      ->check(CLI::IsMember({"trace", "graph", "hunting"}))
      ->capture_default_str();
}

Result<void> settle_arguments(const ManyTenants& many, std::string& tenant,
                              EvidenceOptions& evidence, const std::vector<std::string>& others) {
  if (many.list.empty()) {
    if (tenant.empty()) return fail("TENANT is required", {}, "or --tenants LIST; see --help");
    const bool any = !many.folder.empty() || !many.proposals.empty() || many.again;
    if (any) {
      return fail("--out-dir, --again and --propose-services go with --tenants", {},
                  "add --tenants LIST, or leave them away");
    }
    return {};
  }
  if (!others.empty()) {
    return fail(joined(others) + " can't go with --tenants", {}, "run that tenant alone");
  }
  if (many.again && many.folder.empty()) return fail("--again goes with --out-dir");
  if (!tenant.empty()) evidence.paths.insert(evidence.paths.begin(), std::exchange(tenant, {}));
  return {};
}

}  // namespace postern::cli

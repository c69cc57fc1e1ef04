#include "cli/live_evidence.hpp"

#include "cli/command.hpp"
#include "exchange/graph.hpp"
#include "exchange/read_tenant.hpp"

namespace postern::cli {
namespace {

Result<void> add_domains(exchange::AdminInterface& admin, exchange::FetchRequest& request) {
  // The Graph trace takes no list of domains: only whose details to ask for hangs on it.
  const bool graph = request.source == exchange::EvidenceSource::graph;
  if (graph && request.details == 0) return {};
  const auto tenant = exchange::read_tenant(admin, {"Get-AcceptedDomain"});
  if (!tenant && graph) {
    (void)report_error(
        {"details are left out, since the accepted domains can't be read: " + tenant.error().what,
         tenant.error().where, "grant reading them, or say --details 0"});
    request.details = 0;
    return {};
  }
  if (!tenant) return tl::unexpected(tenant.error());
  for (const auto& domain : tenant->tenant.accepted_domains) {
    request.domains.push_back(domain.name);
    if (domain.match_subdomains) request.domains.push_back("*." + domain.name);
  }
  return {};
}

}  // namespace

Result<exchange::Fetched> fetch_live(exchange::FetchRequest request, const LiveParts& live,
                                     const exchange::Surroundings& around,
                                     const exchange::FetchProgress& progress) {
  const policy::Cloud cloud = live.profile.cloud;
  const bool global = cloud == policy::Cloud::worldwide || cloud == policy::Cloud::gcc;
  if (request.source == exchange::EvidenceSource::graph && !global) {
    return fail("the Graph message trace is in the global cloud alone", live.profile.where,
                "use --source trace");
  }
  if (auto added = add_domains(live.admin, request); !added) {
    return tl::unexpected(added.error());
  }
  exchange::Graph graph(live.profile, live.tokens, live.transport, around);
  return exchange::fetch_evidence(request, live.admin, graph, around, progress);
}

}  // namespace postern::cli

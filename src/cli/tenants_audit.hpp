// Many tenants side by side: a bounded number of workers, each with its own connection; whatever
// happens to one tenant stays with it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/drift.hpp"
#include "cli/earlier_audit.hpp"
#include "cli/policy_source.hpp"
#include "cli/tenant_dns.hpp"
#include "report/audits_report.hpp"
#include "report/renderers.hpp"
#include "report/style.hpp"
#include "tenant/tenant_list.hpp"

namespace postern::cli {

struct SideBySide {
  std::vector<tenant::ListedTenant> tenants;
  LiveOptions live;
  RecordLookup records;
  audit::Request request;
  std::optional<EarlierAudits> baseline;  ///< nullopt: none was given
  audit::Extent extent = audit::Extent::whole;
  unsigned workers = 8;
  /// Called between workers' steps, one call at a time, with how many tenants are done.
  std::function<void(std::size_t done)> progress;
  /// Renders a tenant's part of the document when it is done, so that a thousand need little
  /// memory; null where the document has none.
  report::Render<report::TenantPart> render = nullptr;
  report::Style style;  ///< for it
  /// How a report counts.
  std::function<int(const audit::AuditReport&)> exit_code;
};

struct SideBySideOutcome {
  /// In the order of the list; then those that the baseline alone holds.
  std::vector<report::AuditedTenant> tenants;
  /// The first of these that holds of any tenant: 1 fails or has drifted, 2 could not be read,
  /// 3 undetermined, 0.
  int exit_code = 0;
};

SideBySideOutcome audit_side_by_side(const SideBySide&);

}  // namespace postern::cli

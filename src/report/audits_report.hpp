// The audit of many tenants as a summary table, JSON ("postern/audits/1",
// docs/schema/audits-1.json) and CSV. Each tenant is rendered when it is done, so that a thousand
// need little memory.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "base/result.hpp"
#include "report/audit_report.hpp"
#include "report/style.hpp"
#include "report/written.hpp"

namespace postern::report {

/// One line of the summary.
struct AuditedTenant {
  std::string name;
  std::string source;
  /// "pass", "fail", "not determined", "not applicable", "not read", or "gone": in the baseline
  /// alone.
  std::string outcome;
  std::string found;                           ///< what decided it, or why it could not be read
  std::optional<std::size_t> failed_controls;  ///< nullopt: none was judged
  std::optional<audit::Comparison> since;
  std::string part;  ///< the tenant's part of the document, rendered when it was done
};

template <class Context>
Written<Context>& Written<Context>::part_of(const AuditedTenant& tenant) {
  out_ += tenant.part;
  return *this;
}

/// A tenant that was read and audited.
AuditedTenant audited(std::string name, std::string source, const AuditDocument&);
/// A tenant that could not be read.
AuditedTenant not_read(std::string name, std::string source, const Error&);
/// A tenant that the baseline holds and that was not named this time.
AuditedTenant gone(std::string name);

/// The cell of failed controls in every table of tenants: "-" where none was judged.
std::string failed_cell(const AuditedTenant&);

/// One tenant of many, and its audit: null where it could not be read.
struct TenantPart {
  const AuditedTenant& tenant;
  const AuditDocument* audit;
};
std::string tenant_json(const TenantPart&, const Style&);
std::string tenant_csv(const TenantPart&, const Style&);

/// All of them, each with its part. `controls` are described once for all.
struct AuditsDocument {
  const std::vector<AuditedTenant>& tenants;
  const std::vector<audit::Control>& controls;
};
std::string audits_text(const AuditsDocument&, const Style&);
std::string audits_json(const AuditsDocument&, const Style&);
std::string audits_csv(const AuditsDocument&, const Style&);

}  // namespace postern::report

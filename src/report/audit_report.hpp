// The audit as text, JSON ("postern/audit/1", docs/schema/audit-1.json) and CSV.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "audit/drift.hpp"
#include "report/style.hpp"

namespace postern::report {

/// One tenant's audit; what has changed since a baseline, where there was one.
struct AuditDocument {
  const audit::AuditReport& report;
  const std::optional<std::vector<audit::Drift>>& drift;
};

/// "2 of 11 controls pass, 8 fail, 1 waived, 0 not determined, 0 not applicable."
std::string counts_of(const audit::AuditReport&);

std::string audit_text(const AuditDocument&, const Style&);
std::string audit_json(const AuditDocument&, const Style&);
/// One row a finding.
std::string audit_csv(const AuditDocument&, const Style&);

}  // namespace postern::report

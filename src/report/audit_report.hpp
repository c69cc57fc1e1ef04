// The audit as text, JSON ("postern/audit/1", docs/schema/audit-1.json) and CSV.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "audit/drift.hpp"
#include "report/style.hpp"

namespace postern::report {

/// `drift`, where there was a baseline, is told besides.
std::string audit_text(const audit::AuditReport&,
                       const std::optional<std::vector<audit::Drift>>& drift, const Style&);
std::string audit_json(const audit::AuditReport&,
                       const std::optional<std::vector<audit::Drift>>& drift);
/// The table of what has changed, with its heading.
std::string drift_text(const std::vector<audit::Drift>&, const Style&);
/// One row a finding.
std::string audit_csv(const audit::AuditReport&);

}  // namespace postern::report

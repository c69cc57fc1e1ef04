// The audit as text, JSON ("postern/audit/1", docs/schema/audit-1.json) and CSV.
#pragma once

#include <string>

#include "audit/audit.hpp"
#include "report/style.hpp"

namespace postern::report {

std::string audit_text(const audit::AuditReport&, const Style&);
std::string audit_json(const audit::AuditReport&);
/// One row a finding.
std::string audit_csv(const audit::AuditReport&);

}  // namespace postern::report

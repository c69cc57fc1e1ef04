// The audit as text, JSON ("postern/audit/1", docs/schema/audit-1.json) and CSV.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.hpp"
#include "audit/drift.hpp"
#include "report/style.hpp"

namespace postern::report {

/// One tenant's audit; what has changed since a baseline, where there was one.
struct AuditDocument {
  const audit::AuditReport& report;
  const std::optional<audit::Comparison>& since;
};

/// One line of what came of a comparison: what changed (fail), what could not be compared (not
/// determined), or that nothing of either kind is there (pass).
struct BaselineLine {
  audit::Status status = audit::Status::pass;
  std::string object;  ///< "6.5.5 contoso.com"
  std::string text;
};
inline constexpr std::string_view baseline_rule = "POSTERN-BASELINE";
inline constexpr std::string_view baseline_title = "Nothing has changed since the baseline";
std::vector<BaselineLine> baseline_lines(const audit::Comparison&);

/// "2 of 11 controls pass, 8 fail, 1 waived, 0 not determined, 0 not applicable."
std::string counts_of(const audit::AuditReport&);

std::string audit_text(const AuditDocument&, const Style&);
std::string audit_json(const AuditDocument&, const Style&);
/// One row a finding, then one a change since the baseline.
std::string audit_csv(const AuditDocument&, const Style&);

}  // namespace postern::report

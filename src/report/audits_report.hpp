// The audit of many tenants as a summary table, JSON ("postern/audits/1",
// docs/schema/audits-1.json) and CSV. Each tenant is rendered when it is done, so that a thousand
// need little memory.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "audit/drift.hpp"
#include "report/style.hpp"

namespace postern::report {

/// One line of the summary, and the tenant's part of the JSON document and of the CSV.
struct AuditedTenant {
  std::string name;
  std::string source;
  std::string outcome;  ///< "pass", "fail", "not determined", "not applicable" or "not read"
  std::string found;    ///< what decided it, or why it could not be read
  std::size_t failed_controls = 0;
  std::size_t drifted = 0;
  std::string json;
  std::string csv;
};

/// A tenant that was read and audited.
AuditedTenant audited(std::string name, std::string source, const audit::AuditReport&,
                      const std::optional<std::vector<audit::Drift>>& drift);
/// A tenant that could not be read.
AuditedTenant not_read(std::string name, std::string source, const Error&);

std::string audits_text(const std::vector<AuditedTenant>&, const Style&);
/// `controls` are described once for all.
std::string audits_json(const std::vector<AuditedTenant>&,
                        const std::vector<audit::Control>& controls);
std::string audits_csv(const std::vector<AuditedTenant>&);

}  // namespace postern::report

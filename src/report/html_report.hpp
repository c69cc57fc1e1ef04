// The report as one HTML file: the whole argument in markup and SVG, readable where no script runs;
// a small script adds find, sort and the long tail (docs/report.md). Written in one pass.
#pragma once

#include <string>

#include "report/audit_report.hpp"
#include "report/audits_report.hpp"
#include "report/impact_report.hpp"
#include "report/plan_report.hpp"
#include "report/style.hpp"

namespace postern::report {

/// What there is of one tenant; what is null has no section.
struct WholeDocument {
  const AuditDocument* audit = nullptr;
  const ImpactDocument* impact = nullptr;
  /// With its proof over the same evidence, where there is any.
  const plan::Plan* plan = nullptr;
};

std::string whole_html(const WholeDocument&, const Style&);
std::string audit_html(const AuditDocument&, const Style&);
std::string impact_html(const ImpactDocument&, const Style&);
/// Without the evidence, which a plan does not hold: steps and proof.
std::string plan_html(const plan::Plan&, const Style&);
/// Many tenants: a table of them, then a fold each.
std::string audits_html(const AuditsDocument&, const Style&);
std::string tenant_html(const TenantPart&, const Style&);

}  // namespace postern::report

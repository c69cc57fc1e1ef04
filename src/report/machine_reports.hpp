// Audit, impact and plan in the forms that other tools read (docs/report.md): SARIF 2.1.0, JUnit,
// OCSF 1.8.0, OSCAL 1.2 assessment results, Markdown; and a plan as a table.
#pragma once

#include <string>

#include "report/audit_report.hpp"
#include "report/audits_report.hpp"
#include "report/impact_report.hpp"
#include "report/plan_report.hpp"
#include "report/style.hpp"

namespace postern::report {

/// What fails or is open, as GitHub takes it; with Style::everything what passes and what is waived
/// too.
std::string audit_sarif(const AuditDocument&, const Style&);
std::string audits_sarif(const AuditsDocument&, const Style&);
std::string tenant_sarif(const TenantPart&, const Style&);
std::string impact_sarif(const ImpactDocument&, const Style&);
std::string plan_sarif(const plan::Plan&, const Style&);

/// One suite a tenant.
std::string audit_junit(const AuditDocument&, const Style&);
std::string audits_junit(const AuditsDocument&, const Style&);
std::string tenant_junit(const TenantPart&, const Style&);
std::string impact_junit(const ImpactDocument&, const Style&);
std::string plan_junit(const plan::Plan&, const Style&);

/// Compliance Findings (class 2003), one a line.
std::string audit_ocsf(const AuditDocument&, const Style&);
std::string audits_ocsf(const AuditsDocument&, const Style&);
std::string tenant_ocsf(const TenantPart&, const Style&);
std::string impact_ocsf(const ImpactDocument&, const Style&);
std::string plan_ocsf(const plan::Plan&, const Style&);

/// One result a tenant.
std::string audit_oscal(const AuditDocument&, const Style&);
std::string audits_oscal(const AuditsDocument&, const Style&);
std::string tenant_oscal(const TenantPart&, const Style&);
std::string impact_oscal(const ImpactDocument&, const Style&);
std::string plan_oscal(const plan::Plan&, const Style&);

/// For comments and job summaries: what to know first, 25 rows, the rest in a fold.
std::string audit_markdown(const AuditDocument&, const Style&);
std::string audits_markdown(const AuditsDocument&, const Style&);
std::string tenant_markdown(const TenantPart&, const Style&);
std::string impact_markdown(const ImpactDocument&, const Style&);
std::string plan_markdown(const plan::Plan&, const Style&);

/// The steps, with columns for who does it, until when, and whether it is done.
std::string plan_csv(const plan::Plan&, const Style&);

}  // namespace postern::report

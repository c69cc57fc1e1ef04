#include "report/renderers.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "report/audit_report.hpp"
#include "report/audits_report.hpp"
#include "report/auth_report.hpp"
#include "report/controls_report.hpp"
#include "report/diff_report.hpp"
#include "report/explain_report.hpp"
#include "report/fetch_report.hpp"
#include "report/html_report.hpp"
#include "report/impact_report.hpp"
#include "report/learn_report.hpp"
#include "report/ledger_report.hpp"
#include "report/login_report.hpp"
#include "report/machine_reports.hpp"
#include "report/next_report.hpp"
#include "report/plan_report.hpp"
#include "report/probe_report.hpp"
#include "report/senders_report.hpp"
#include "report/tenants_report.hpp"

namespace postern::report {

std::span<const Renderer> renderers() noexcept {
  // One document a line. Not every format has a part for each of many
  // tenants, a head for rows that come one by one, or a table of them.
  // clang-format off
  static constexpr Renderer list[] = {
      {"text", audit_text}, {"json", audit_json}, {"csv", audit_csv},
      {"html", audit_html}, {"markdown", audit_markdown}, {"sarif", audit_sarif},
      {"junit", audit_junit}, {"ocsf", audit_ocsf}, {"oscal", audit_oscal},
      {"text", audits_text}, {"json", audits_json}, {"csv", audits_csv},
      {"html", audits_html}, {"markdown", audits_markdown}, {"sarif", audits_sarif},
      {"junit", audits_junit}, {"ocsf", audits_ocsf}, {"oscal", audits_oscal},
      {"json", tenant_json}, {"csv", tenant_csv},
      {"html", tenant_html}, {"markdown", tenant_markdown}, {"sarif", tenant_sarif},
      {"junit", tenant_junit}, {"ocsf", tenant_ocsf}, {"oscal", tenant_oscal},
      {"text", controls_text}, {"json", controls_json}, {"csv", controls_csv},
      {"text", impact_text}, {"json", impact_json}, {"csv", impact_csv},
      {"html", impact_html}, {"markdown", impact_markdown}, {"sarif", impact_sarif},
      {"junit", impact_junit}, {"ocsf", impact_ocsf}, {"oscal", impact_oscal},
      {"text", plan_text}, {"json", plan_json}, {"csv", plan_csv},
      {"html", plan_html}, {"markdown", plan_markdown}, {"sarif", plan_sarif},
      {"junit", plan_junit}, {"ocsf", plan_ocsf}, {"oscal", plan_oscal},
      {"text", next_text}, {"json", next_json},
      {"text", tenants_text}, {"json", tenants_json}, {"csv", tenants_csv}, {"html", tenants_html},
      {"text", diff_text}, {"json", diff_json},
      {"text", explain_text}, {"json", explain_json}, {"csv", explain_csv},
      {"text", probe_text}, {"json", probe_json},
      {"text", auth_text}, {"json", auth_json},
      {"text", login_text}, {"json", login_json},
      {"text", fetch_text}, {"json", fetch_json},
      {"text", learn_text}, {"json", learn_json},
      {"text", senders_text}, {"json", senders_json},
      {"text", ledger_line_text}, {"json", ledger_line_json}, {"csv", ledger_line_csv},
      {"csv", ledger_head_csv},
      {"text", ledger_table_text},
      {"text", ledger_summary_text}, {"json", ledger_summary_json}, {"csv", ledger_summary_csv},
  };
  // clang-format on
  return list;
}

std::span<const OutputFormat> output_formats() noexcept {
  static constexpr OutputFormat list[] = {
      {"text", "for people: as wide as the terminal, in colour where there is one", false},
      {"json", "one document with a schema of its own (docs/schema)", false},
      {"csv", "a table for spreadsheets (RFC 4180), guarded against formulas", false},
      {"html", "one file to pass on: the answer first, readable without scripts, prints well",
       true},
      {"markdown", "for comments and job summaries; nothing from mail is read as markup", true},
      {"sarif", "SARIF 2.1.0 as GitHub code scanning takes it: what fails or is open (--sarif-all)",
       true},
      {"junit", "JUnit XML for Jenkins, GitLab and Azure DevOps; not known is an error", true},
      {"ocsf", "OCSF 1.8.0 Compliance Findings, one a line", true},
      {"oscal", "OSCAL 1.2.1 assessment results", true},
  };
  return list;
}

std::vector<std::string> redacted_of(const std::vector<std::string>& formats) {
  std::vector<std::string> out;
  for (const std::string& each : formats) {
    const auto list = output_formats();
    const auto row = std::find_if(list.begin(), list.end(),
                                  [&](const OutputFormat& known) { return known.name == each; });
    if (row != list.end() && row->redacted) out.push_back(each);
  }
  return out;
}

}  // namespace postern::report

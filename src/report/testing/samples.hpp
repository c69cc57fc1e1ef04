// A small document of every kind, for tests of what renders them: each text in it that a stranger
// or an administrator could have written holds `hostile`, and a mark of its own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "policy/policy.hpp"
#include "report/audit_report.hpp"
#include "report/audits_report.hpp"
#include "report/auth_report.hpp"
#include "report/controls_report.hpp"
#include "report/diff_report.hpp"
#include "report/explain_report.hpp"
#include "report/fetch_report.hpp"
#include "report/impact_report.hpp"
#include "report/learn_report.hpp"
#include "report/ledger_report.hpp"
#include "report/login_report.hpp"
#include "report/next_report.hpp"
#include "report/plan_report.hpp"
#include "report/probe_report.hpp"
#include "report/renderers.hpp"
#include "report/senders_report.hpp"
#include "report/tenants_report.hpp"

namespace postern::report::testing {

class Samples {
 public:
  explicit Samples(std::string hostile);
  Samples(const Samples&) = delete;
  Samples& operator=(const Samples&) = delete;

  /// What the row of the list makes of its document.
  [[nodiscard]] std::string rendered(const Renderer& renderer, const Style& style = {}) const;

  [[nodiscard]] const std::string& hostile() const noexcept { return hostile_; }
  /// Marks are "m1." to this one.
  [[nodiscard]] std::size_t marks() const noexcept { return marks_; }

 private:
  std::string text();
  void make_audit();
  void make_impact();
  void make_plan();
  void make_difference();
  void make_explanation();
  void make_probe();
  void make_authentication();
  void make_ledger();

  std::string hostile_;
  std::size_t marks_ = 0;

  audit::AuditReport audit_;
  std::optional<audit::Comparison> since_;
  std::vector<audit::Control> controls_;
  impact::Report impact_;
  ImpactHeading impact_heading_;
  std::vector<impact::AnswerEffect> answers_;
  plan::Plan plan_;
  plan::Next next_;
  DiffDocument difference_;
  std::optional<policy::Policy> policy_;
  Explanation explanation_;
  probe::Conclusion conclusion_;
  std::vector<probe::Observation> observations_;
  ProbeHeading probe_heading_;
  auth::MessageAuthentication authentication_;
  AuthHeading auth_heading_;
  LoginHeading login_heading_;
  std::vector<exchange::CheckLine> login_lines_;
  FetchHeading fetch_heading_;
  exchange::Fetched fetched_;
  ledger::Row row_;
  ledger::Summary summary_;
};

}  // namespace postern::report::testing

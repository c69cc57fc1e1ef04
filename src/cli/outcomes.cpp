#include "cli/outcomes.hpp"

#include "cli/exit_code.hpp"

namespace postern::cli {

int outcome_of(audit::Status status) noexcept {
  switch (status) {
    case audit::Status::fail:
      return does_not_hold;
    case audit::Status::not_determined:
      return not_determined;
    case audit::Status::pass:
    case audit::Status::not_applicable:
    case audit::Status::waived:  // somebody answers for it
      break;
  }
  return holds;
}

int outcome_of(const audit::AuditReport& report, bool strict) noexcept {
  int worst = outcome_of(report.results.front().status);
  for (const auto& result : report.results) {
    if (strict) worst = worse_of(worst, outcome_of(result.status));
  }
  return worst;
}

int outcome_since(int code, const std::optional<audit::Comparison>& since) noexcept {
  if (!since) return code;
  if (!since->drift.empty()) return does_not_hold;
  return code == holds && !since->not_compared.empty() ? int{not_determined} : code;
}

int outcome_of(const impact::Conclusion& conclusion) noexcept {
  return impact::status_of(conclusion.answer);
}

int outcome_of(difference::Finding finding) noexcept {
  switch (finding) {
    case difference::Finding::differs:
      return does_not_hold;
    case difference::Finding::not_determined:
      return not_determined;
    case difference::Finding::same:
      break;
  }
  return holds;
}

int outcome_of(const probe::Conclusion& conclusion) noexcept {
  switch (conclusion.direct_send_refused.answer) {
    case probe::Answer::yes:
      return holds;
    case probe::Answer::no:
      return does_not_hold;
    case probe::Answer::inconclusive:
      break;
  }
  return not_determined;
}

int outcome_of(const policy::Verdict& verdict) noexcept {
  switch (verdict.action) {
    case policy::Action::accept:
      return holds;
    case policy::Action::reject:
      return does_not_hold;
    case policy::Action::undetermined:
      break;
  }
  return not_determined;
}

int outcome_of(const auth::MessageAuthentication& known) noexcept {
  if (known.authenticated()) return holds;
  return known.undetermined() ? not_determined : does_not_hold;
}

int worse_of(int a, int b) noexcept {
  for (const int code : {int{does_not_hold}, int{bad_input}, int{not_determined}}) {
    if (a == code || b == code) return code;
  }
  return holds;
}

}  // namespace postern::cli

// Reads tests/decisions/*.txt (format: tests/decisions/README.md). For tests only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.hpp"

namespace postern::policy {

/// A Submission that owns its text.
struct OwnedSubmission {
  std::string reverse_path_domain;
  std::string recipient_domain;
  std::string subject;
  std::vector<std::string> alternative_names;
  std::vector<std::string_view> alternative_views;
  std::string observed;
  Submission submission;
  /// Points the views at the text; call after the last change and after each copy.
  const Submission& view();
};

struct DecisionCase {
  std::string file;
  int line = 0;
  std::string title;
  std::vector<Tenant> tenants;
  OwnedSubmission given;

  Action action = Action::undetermined;
  std::string reason;
  std::string enhanced_status;       ///< empty: not looked at
  std::string connector;             ///< empty: not looked at
  std::vector<std::string> missing;  ///< compared as a whole where the action is undetermined
  std::string tenant;                ///< empty: not looked at
  Note notes = Note::none;           ///< each must be there
  Note absent_notes = Note::none;    ///< none may be there
};

/// All cases of a file. An error names file and line.
Result<std::vector<DecisionCase>> read_decision_cases(const std::string& path);

}  // namespace postern::policy

// One decision, step by step.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/near_miss.hpp"
#include "policy/policy.hpp"
#include "report/style.hpp"

namespace postern::report {

/// What `postern explain` shows: the submission as asked, the steps and the verdict.
struct Explanation {
  std::string tenant;
  std::string reject_direct_send;  ///< "True", "False", "never set", "unknown"
  std::optional<bool> what_if;     ///< decided as if it were on or off
  std::vector<std::pair<std::string, std::string>> given;  ///< fact and value, for people
  policy::Trace trace;
  policy::Verdict verdict;
  /// As what domains a gate that enforces reads the sender beside the one that stands in it, and
  /// the rule's answer with the switch on; the last counts where it is no acceptance.
  struct OtherReading {
    std::string domain;
    policy::Verdict verdict;
  };
  std::vector<OtherReading> other_readings;
  std::optional<policy::NearMiss> nearest;  ///< the connector that would have taken it
  /// Choices in force: key, value, whether it differs from the default.
  struct Choice {
    std::string key;
    std::string value;
    bool changed;
  };
  std::vector<Choice> choices;
};

struct ExplainDocument {
  const Explanation& explanation;
  const policy::Policy& policy;  ///< that was asked: it names the connectors
};

std::string explain_text(const ExplainDocument&, const Style&);
/// Document "postern/explain/1" (docs/schema/explain-1.json).
std::string explain_json(const ExplainDocument&, const Style&);
/// One row a step.
std::string explain_csv(const ExplainDocument&, const Style&);

}  // namespace postern::report

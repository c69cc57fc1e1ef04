// The evidence decided again under another policy, sender by sender.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "impact/impact.hpp"
#include "policy/policy.hpp"

namespace postern::plan {

/// How one sender's mail fares.
struct Fate {
  impact::Counts counts;
  policy::Reason reason = policy::Reason::missing_facts;  ///< of what is rejected, else the last
  policy::Fact missing = policy::Fact::none;
  policy::Note notes = policy::Note::none;
  std::vector<std::string> connectors;  ///< that took some of it, by name
};

/// A policy to replay under. A connector by a certificate that the evidence does not record asks
/// for two presumptions, which whoever uses the outcome must state: the sender it is for presents
/// that certificate, and nobody else in the evidence does.
class Replay {
 public:
  /// `presumed` are names of connectors of `tenant` whose certificates are presumed.
  /// Errors: the tenant does not compile.
  static tl::expected<Replay, std::vector<Error>> under(const policy::Tenant& tenant,
                                                        const std::vector<std::string>& presumed);

  /// `certificate` is what the sender is presumed to present; empty: nothing is presumed.
  [[nodiscard]] policy::Verdict decide(const impact::Shape&, std::string_view certificate) const;
  [[nodiscard]] Fate fate_of(const impact::Sender&, std::string_view certificate) const;
  [[nodiscard]] const policy::Policy& policy() const noexcept { return full_; }
  /// The connector that a verdict of decide() names; nullptr if none.
  [[nodiscard]] const policy::InboundConnector* connector_of(const impact::Shape&,
                                                             std::string_view certificate,
                                                             const policy::Verdict&) const;

 private:
  Replay(policy::Policy full, policy::Policy recorded)
      : full_(std::move(full)), recorded_(std::move(recorded)) {}
  [[nodiscard]] const policy::Policy& policy_for(const impact::Shape&,
                                                 std::string_view certificate) const;
  policy::Policy full_;
  policy::Policy recorded_;  ///< without the connectors by presumed certificates
};

}  // namespace postern::plan

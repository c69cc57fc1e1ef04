// The evidence decided again under another policy, sender by sender.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "impact/impact.hpp"
#include "policy/readings.hpp"

namespace postern::plan {

/// How one sender's mail fares.
struct Fate {
  impact::Counts counts;      ///< under every reading
  std::uint64_t hanging = 0;  ///< undetermined: a choice decides
  policy::Choice hangs_on = policy::Choice::none;
  policy::Reason reason = policy::Reason::missing_facts;  ///< of what is rejected, else the last
  policy::Fact missing = policy::Fact::none;
  policy::Note notes = policy::Note::none;
  std::vector<std::string> connectors;  ///< that took some of it, by name
};

/// Whether what was not refused for certain `before` may be refused `after`, and was accepted or
/// hung on something else. Both are verdicts on one message.
bool may_be_lost(const policy::Reading& before, const policy::Reading& after) noexcept;
/// The same the other way round: what was not accepted for certain may be.
bool may_be_gained(const policy::Reading& before, const policy::Reading& after) noexcept;

/// A policy to replay under. A connector by a certificate that the evidence does not record asks
/// for two presumptions, which whoever uses the outcome must state: the sender it is for presents
/// that certificate, and nobody else in the evidence does.
class Replay {
 public:
  /// `presumed` are names of connectors of `tenant` whose certificates are presumed, `settled`
  /// choices those of which its own value alone is tried. Errors: the tenant does not compile.
  static tl::expected<Replay, std::vector<Error>> under(
      const policy::Tenant& tenant, const std::vector<std::string>& presumed,
      policy::Choice settled = policy::Choice::none);

  /// `certificate` is what the sender is presumed to present; empty: nothing is presumed.
  [[nodiscard]] policy::Reading decide(const impact::Shape&, std::string_view certificate) const;
  [[nodiscard]] Fate fate_of(const impact::Sender&, std::string_view certificate) const;
  /// The connector that a reading of decide() names; nullptr if none.
  [[nodiscard]] const policy::InboundConnector* connector_of(const impact::Shape&,
                                                             std::string_view certificate,
                                                             const policy::Reading&) const;

 private:
  Replay(policy::Readings full, policy::Readings recorded)
      : full_(std::move(full)), recorded_(std::move(recorded)) {}
  [[nodiscard]] const policy::Readings& readings_for(const impact::Shape&,
                                                     std::string_view certificate) const;
  policy::Readings full_;
  policy::Readings recorded_;  ///< without the connectors by presumed certificates
};

}  // namespace postern::plan

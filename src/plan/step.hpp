// One change of a tenant: what it does, what must hold before and what holds after, the cmdlet that
// makes it and the one that takes it back. Both cmdlets follow from before and after.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/tenant.hpp"
#include "tenant/cmdlet.hpp"

namespace postern::plan {

struct Step {
  enum class Kind { create_connector, change_connector, turn_switch };
  Kind kind = Kind::turn_switch;
  std::string does;                   ///< a sentence
  std::vector<std::string> covers;    ///< names of the senders that need it
  std::vector<std::string> warnings;  ///< what a reviewer must know

  // For connectors; `before` is empty for one that is created.
  std::optional<policy::InboundConnector> before, after;
  // For the switch.
  policy::RejectDirectSend switch_before = policy::RejectDirectSend::unknown;
  policy::RejectDirectSend switch_after = policy::RejectDirectSend::unknown;

  [[nodiscard]] tenant::Cmdlet cmdlet() const;
  /// A switch that was never set goes back to off: null can't be written, and means the same.
  [[nodiscard]] tenant::Cmdlet undo() const;

  /// What a reading of the tenant says of the step. `disabled`: the connector was created and is as
  /// planned, but Exchange keeps it switched off until support enables it.
  enum class State { before, after, disabled, other };
  /// Another name of a connector that is known by its Guid is no difference.
  [[nodiscard]] State state_in(const policy::Tenant&) const;
  /// The step's connector in a reading, by Guid where that is known; nullptr where it is not there.
  [[nodiscard]] const policy::InboundConnector* connector_in(const policy::Tenant&) const;
  /// Keeps the Guid of the step's connector, by which it is found from now on.
  void remember_guid(const std::string& guid);
  /// Empty where it is not known.
  [[nodiscard]] const std::string& guid() const;
  /// What stands in the tenant instead of `before` or `after`, for a message.
  [[nodiscard]] std::string found_in(const policy::Tenant&) const;
  /// Makes the change in a reading.
  void apply_to(policy::Tenant&) const;
};

/// "create", "change", "switch"; nullopt for another word.
std::string_view name_of(Step::Kind) noexcept;
std::optional<Step::Kind> parse_step_kind(std::string_view) noexcept;

}  // namespace postern::plan

// The properties of a mail-flow rule that the audit looks at, one row each, from which everything
// follows that handles them: exports, tenant.toml and its page, and drift.
//
// Source: Get-TransportRule, New-TransportRule (Exchange PowerShell reference).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tenant/configuration.hpp"

namespace postern::tenant {

struct RuleProperty {
  enum class Part : std::uint8_t {
    state,      ///< whether it acts at all
    order,      ///< what it means for the rules after it
    condition,  ///< narrows it
    exception,
    action,
  };
  using R = TransportRule;
  using Member = std::variant<bool R::*, std::string R::*, std::vector<std::string> R::*,
                              std::optional<int> R::*>;

  std::string_view name;  ///< Exchange's
  std::string_view key;   ///< of tenant.toml
  std::string_view meaning;
  Part part = Part::order;
  Member member;
};

/// In the order of tenant.toml's page.
std::span<const RuleProperty> rule_properties() noexcept;

/// "Enabled", "True", "contoso.com, fabrikam.com", "empty".
std::string shown(const RuleProperty&, const TransportRule&);

/// Whether the value that an export holds under this name, which has no row, narrows a rule or
/// excepts from it: whatever is no action and no mark of Exchange's own, so that a condition that
/// is new to Postern is never passed over.
bool is_other_condition(std::string_view name);
bool is_exception(std::string_view name) noexcept;

}  // namespace postern::tenant

// The properties of an inbound connector, one row each, from which everything follows that handles
// them: exports, tenant.toml and its page, both cmdlets, plan files, differences, drift, and what
// Exchange refuses. A member of policy::InboundConnector without a row does not compile.
//
// Source: New-InboundConnector, Set-InboundConnector (Exchange PowerShell reference).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "policy/tenant.hpp"

namespace postern::tenant {

/// The one form in which values are compared, shown and written. Times are text
/// ("2026-10-01T08:00:00Z"); "" is no text and no time.
using PropertyValue = std::variant<bool, std::string, std::vector<std::string>>;

struct ConnectorProperty {
  enum class Kind : std::uint8_t { flag, text, list, time };
  enum class Effect : std::uint8_t {
    matching,   ///< which mail is the connector's
    refusal,    ///< what of it is refused
    treatment,  ///< how accepted mail is treated: headers, filtering
    none,       ///< for people, or kept by Exchange
  };
  enum class InNew : std::uint8_t {
    always,
    unless_default,
    never,  ///< Exchange sets it itself; Set- can't either
  };

  std::string_view name;  ///< Exchange's
  std::string_view key;   ///< of tenant.toml
  std::string_view type;  ///< for people, as the next
  std::string_view meaning;
  Kind kind = Kind::text;
  Effect effect = Effect::none;
  InNew in_new = InNew::unless_default;
  bool required = false;  ///< in exports and in tenant.toml
  /// The type of connector that it has a meaning for; of others it is not compared.
  std::optional<policy::ConnectorType> only_of;
  /// What to do where an export holds something else than its values.
  std::string_view export_remedy{};

  PropertyValue (*get)(const policy::InboundConnector&) = nullptr;
  /// Error: what is wrong with the value, without place.
  Result<void> (*set)(const PropertyValue&, policy::InboundConnector&) = nullptr;
};

/// In the order of tenant.toml's page and of the cmdlets' parameters.
std::span<const ConnectorProperty> connector_properties() noexcept;

/// Its value with lists in their one order.
PropertyValue canonical(const ConnectorProperty&, const policy::InboundConnector&);

/// One property in which two connectors differ.
struct PropertyChange {
  const ConnectorProperty* property = nullptr;
  PropertyValue before;
  PropertyValue after;
};
/// Every difference; the order of a list and the case of a name count for nothing to Exchange, and
/// so here. What Exchange keeps itself (when it changed) is no difference.
std::vector<PropertyChange> changes(const policy::InboundConnector& before,
                                    const policy::InboundConnector& after);
/// Those of them that have an effect on mail.
std::vector<PropertyChange> effective_changes(const policy::InboundConnector& before,
                                              const policy::InboundConnector& after);

/// Whether the property has a meaning for a connector of this type.
bool applies(const ConnectorProperty&, policy::ConnectorType) noexcept;

/// "True", "contoso.com, fabrikam.com", "empty".
std::string shown(const PropertyValue&);

}  // namespace postern::tenant

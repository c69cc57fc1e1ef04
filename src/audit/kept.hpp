// The settings of a tenant as they were at an audit, kept with it, to be compared with later
// (drift.hpp).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenant/configuration.hpp"

namespace postern::audit {

/// A domain, a connector, a rule or a policy: every property that is looked at, under Exchange's
/// name and as people read it ("SenderIPAddresses", "203.0.113.0/26"), and every other one that the
/// export holds. What was not exported is not there.
struct KeptObject {
  std::string name;
  std::vector<std::pair<std::string, std::string>> properties;
  /// Whether others than those that are looked at are among them: a tenant.toml has none.
  [[nodiscard]] bool has_all() const;
};
using KeptObjects = std::optional<std::vector<KeptObject>>;

/// nullopt where they were not read.
struct Kept {
  KeptObjects accepted_domains;
  KeptObjects connectors;
  KeptObjects transport_rules;
  KeptObjects connection_filters;
  KeptObjects content_filters;
};

struct KeptSection {
  std::string_view key;     ///< of the JSON document
  std::string_view one;     ///< "connector"
  std::string_view many;    ///< "inbound connectors"
  std::string_view cmdlet;  ///< that shows them
  KeptObjects Kept::*at;
};
std::span<const KeptSection> kept_sections() noexcept;

Kept kept_of(const tenant::Configuration&);

}  // namespace postern::audit

// Writes a configuration as tenant.toml.
#pragma once

#include <string>
#include <vector>

#include "tenant/configuration.hpp"

namespace postern::tenant {

/// What tenant.toml can't hold of this configuration, one sentence each.
std::vector<std::string> not_representable(const Configuration&);

/// The file; reading it back gives the same tenant and the same audited settings. What can't be
/// represented stands in comments at its head.
std::string to_toml(const Configuration&);

/// What stands under [[inbound_connector]] for it: "name = \"Scanner\"", ...; of what is as it is
/// by default, nothing.
std::vector<std::string> lines_of(const policy::InboundConnector&);

/// A choice where Microsoft's documents are silent, as this tenant makes it.
struct ChoiceInForce {
  std::string key;
  std::string value;
  bool changed = false;  ///< differs from the default
};
std::vector<ChoiceInForce> choices_in_force(const policy::Choices&);

/// The page on the keys of tenant.toml, in Markdown.
std::string describe_keys();

}  // namespace postern::tenant

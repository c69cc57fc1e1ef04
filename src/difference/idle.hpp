// Connectors that do nothing: a tenant against itself without one of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/tenant.hpp"

namespace postern::difference {

/// An enabled connector whose removal changes nothing for any mail, under the choices in force.
struct IdleConnector {
  enum class Why {
    never_matches,  ///< it does nothing alone either
    covered,        ///< another connector does what it does
    no_effect,      ///< it matches, but nothing comes of it beside the others
  };
  std::string name;
  Why why = Why::no_effect;
  std::string covered_by;  ///< the connector that does it alone; may be empty
};

struct IdleConnectors {
  std::vector<IdleConnector> idle;  ///< in the order of the tenant
  /// Enabled connectors whose use was not looked at, since that would take too long.
  std::size_t not_examined = 0;
};

/// Nothing where the tenant does not compile, or its connectors are not known. A switch that is not
/// known is taken as on: where it is off, fewer connectors have an effect.
IdleConnectors idle_connectors(const policy::Tenant&);

}  // namespace postern::difference

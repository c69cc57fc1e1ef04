// The names under which a tenant's own mail can go, for questions that are asked of the rule with a
// submission in each of them. Internal to the room.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/policy.hpp"
#include "tenant/configuration.hpp"

namespace postern::audit {

struct OwnNames {
  /// Domains of senders and recipients that the rule may treat differently: each accepted domain,
  /// but of those that are alike and that no connector names only the first, a name below each that
  /// has MatchSubDomains, and names of their own that connectors tell apart.
  std::vector<std::string> names;
  /// That there are more than are asked for.
  bool cut = false;
};

/// At most so many names; asked in pairs.
constexpr std::size_t most_own_names = 500;

OwnNames own_names(const tenant::Configuration&, const policy::Policy&);

}  // namespace postern::audit

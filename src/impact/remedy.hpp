// What to do about a sender, with exact values. Internal to the room, but for plan, which takes its
// connectors from the same place (connectors.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "impact/context.hpp"
#include "impact/impact.hpp"

namespace postern::impact {

/// What is known of a sender only in its group.
struct Named {
  std::uint16_t service = no_service;
  std::string domain;  ///< its most frequent envelope sender domain
};

/// Gives each sender its remedy: worked out from what was found, its connector tried on the rule. A
/// command that would refuse others, let in what looks forged or not take the sender's mail is not
/// there, and the remedy says why. `named` is parallel to the senders.
void add_remedies(std::vector<Sender>&, const std::vector<Named>& named, const Context&,
                  const policy::Readings& readings);

}  // namespace postern::impact

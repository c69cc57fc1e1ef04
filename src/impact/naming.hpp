// From a weighed group to the report's form of it. Internal to the room.
#pragma once

#include "impact/signs.hpp"

namespace postern::impact {

/// Names the group: pin, connector, or what the evidence speaks for.
Sender name_sender(const Unit& group, const Surroundings&);

/// Names who handed the mail to one's own relay, where the sender is one.
void add_upstreams(Sender&, const Unit&);

}  // namespace postern::impact

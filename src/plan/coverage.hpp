// Which connectors the senders need that look legitimate and would break: few, and no wider than
// what was seen. Internal to the room.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "impact/impact.hpp"
#include "plan/replay.hpp"

namespace postern::plan {

/// A connector that the plan proposes.
struct Proposal {
  policy::InboundConnector connector;
  std::vector<std::size_t> senders;  ///< indexes into the report
  std::vector<std::string> warnings;
  /// By a certificate that the service data names and no evidence records.
  bool presumed = false;
};

/// Mail of a sender that no connector of the plan covers, and why.
struct LeftOut {
  std::size_t sender = 0;
  std::string why;
};

struct Coverage {
  std::vector<Proposal> proposals;
  std::vector<LeftOut> left_out;
};

/// What the report's legitimate senders need besides the connectors that `base` knows already.
Coverage cover(const impact::Report&, const impact::Context&, const Replay& base);

}  // namespace postern::plan

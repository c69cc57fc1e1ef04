// What changed since an earlier run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "impact/impact.hpp"

namespace postern::impact {

/// A sender of an earlier run, as its JSON document holds it.
struct EarlierSender {
  std::string name;
  std::string kind;
  std::string standing;  ///< "certain legitimate"; empty: the document does not tell
  std::vector<std::string> addresses;
  std::vector<std::string> envelope_senders;
  std::uint64_t messages = 0;
  std::uint64_t rejected = 0;
};

/// "certain legitimate", "presumed forged", "open": what EarlierSender::standing holds.
std::string standing_of(const Sender&);

struct Changes {
  std::vector<std::string> added;     ///< one line a sender that was not there
  std::vector<std::string> vanished;  ///< that is there no longer
  std::vector<std::string> changed;   ///< that is named or treated otherwise now
};

/// The same sender is one with an address in common; without addresses, one with the same name.
Changes compare(const std::vector<EarlierSender>& earlier, const Report& now);

}  // namespace postern::impact

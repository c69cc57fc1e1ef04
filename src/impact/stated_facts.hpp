// What a person's answer tells of messages where the evidence does not. Internal to the room.
#pragma once

#include <vector>

#include "evidence/message.hpp"
#include "impact/pins.hpp"
#include "policy/submission.hpp"

namespace postern::impact {

/// EmailEvents and traces name no signatures and no certificates: that mail is of Azure
/// Communication Services, or which certificate a service presents, a person must say.
class StatedFacts {
 public:
  /// The pins must outlive it.
  explicit StatedFacts(const std::vector<Pin>& pins);

  /// What is recorded wins. `submission` is the message's, or a copy.
  void add_to(policy::Submission& submission, const evidence::Message&) const;

 private:
  const std::vector<Pin>& pins_;
  bool any_;
};

}  // namespace postern::impact

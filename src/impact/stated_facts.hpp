// What a person's answer tells of messages where the evidence does not. Internal to the room.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "evidence/message.hpp"
#include "impact/pins.hpp"
#include "policy/policy.hpp"
#include "policy/submission.hpp"

namespace postern::impact {

/// EmailEvents and traces name no signatures and no certificates: that mail is of Azure
/// Communication Services, or which certificate a service presents, a person must say.
class StatedFacts {
 public:
  /// Both must outlive it.
  StatedFacts(const std::vector<Pin>& pins, const policy::Policy&);

  /// What is recorded wins. `submission` is the message's, or a copy.
  void add_to(policy::Submission& submission, const evidence::Message&);

  /// Messages of kept senders that count as coming with a certificate which only an answer tells.
  [[nodiscard]] std::uint64_t certified() const noexcept { return certified_; }

  /// Messages of which the evidence records that no connector, or another, took them, though one
  /// takes the stated certificate: by the place of the answer. It was not followed for them.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& refuted() const noexcept {
    return refuted_;
  }

 private:
  [[nodiscard]] bool is_refuted(const policy::Submission& recorded,
                                const policy::Submission& stated) const;

  const std::vector<Pin>& pins_;
  const policy::Policy& policy_;
  bool any_;
  std::uint64_t certified_ = 0;
  std::map<std::string, std::uint64_t> refuted_;
};

}  // namespace postern::impact

// What each entry of senders.toml does, so that a person can see it before a plan rests on it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "impact/impact.hpp"
#include "impact/pins.hpp"

namespace postern::impact {

struct AnswerEffect {
  std::string name, where;
  std::string answer;  ///< as the entry has it; of one without `answer`, what its kind says
  std::string does;    ///< one sentence
  /// Of evidence that was read with these entries: whom it decides about (an open one: whom it asks
  /// about), with how many messages; of these, refused or perhaps refused with the switch on.
  std::vector<std::string> senders;
  std::uint64_t messages = 0, refused = 0;
  std::string connector;  ///< PowerShell of the connector that keeping it takes; may be empty
  /// What a person must mend: contradicts another entry or a hard fact, too wide.
  std::vector<std::string> faults;
  std::vector<std::string> remarks;  ///< decides about nobody, and the like
  bool is_open = false;              ///< not answered
};

/// One for each entry, in their order. `report` was collected with these pins; nullptr: no
/// evidence.
std::vector<AnswerEffect> effects_of(const std::vector<Pin>&, const Report* report);
/// How many of them a person must mend.
std::uint64_t faulty_answers(const std::vector<Pin>&, const Report&);

}  // namespace postern::impact

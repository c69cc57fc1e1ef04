// The evidence weighed: signs, what each speaks for, and how sure the sum is. Internal to the room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "impact/context.hpp"
#include "impact/unit.hpp"

namespace postern::impact {

/// What is known of all evidence together, beside the group.
struct Surroundings {
  const Context& context;
  /// Mail of other organisations that came from the group's addresses.
  std::uint64_t foreign_messages = 0;
  /// Of it, what Exchange quarantined or blocked.
  std::uint64_t foreign_held_back = 0;
  /// Envelope senders of the group that also receive mail here: real mailboxes, mostly people.
  std::uint64_t mailbox_senders = 0;
  std::uint64_t sampled_senders = 0;
  /// Messages of all groups.
  std::uint64_t all_messages = 0;
  /// Messages from or to the tenant that are none of the group's, and mailboxes that received any:
  /// what a file that holds one sender alone lacks.
  std::uint64_t other_messages = 0;
  std::uint64_t mailboxes = 0;
  /// The days that the evidence tells of. What happens at its edges, or fills it, may go on beyond.
  std::int64_t first_day = 0, last_day = 0;
};

/// What looks forged: an attack at least so likely.
constexpr double forged_from = 0.6;

using Weights = std::array<double, weighed_kinds>;

struct Sign {
  std::string text;  ///< for people, one clause
  Weights weights;   ///< logarithms of how much likelier it makes each kind
};

struct Weighing {
  Kind best = Kind::unknown;
  std::array<double, weighed_kinds> probabilities{};
  /// Something speaks for the sender that a passing stranger can't bring along: an own network,
  /// authentication that passed, or a presence over weeks.
  bool grounded = false;
  std::vector<Sign> signs;
  [[nodiscard]] double of(Kind kind) const noexcept {
    return probabilities[static_cast<std::size_t>(kind)];
  }
};

Weighing weigh(const Unit& group, const Surroundings&);

}  // namespace postern::impact

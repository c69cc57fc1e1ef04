// Saying what a sender is, and why: from the counts of a group to kind, looks and reasons.
// Internal to the room.
#pragma once

#include "impact/unit.hpp"

namespace postern::impact {

/// When a share, a number or a span counts as a sign. One place, so that a reader can disagree.
struct Thresholds {
  /// "Nearly all" messages. A source that the domain's owner listed passes all the time; a little
  /// room is left for DNS faults.
  double nearly_all = 0.9;
  double most = 0.5;
  /// Steady: a device sends on many days, over weeks, from few places, under few names. An attack
  /// is over in a day or two.
  std::uint64_t steady_days = 5;
  std::int64_t steady_span_days = 10;
  std::uint64_t steady_addresses = 4;
  std::uint64_t steady_paths = 3;
  /// A burst: many messages within few days, then silence.
  std::uint64_t burst_days = 2;
  std::uint64_t burst_messages = 5;
  /// Many people's names as envelope sender from one source.
  std::uint64_t many_paths = 5;
  std::uint64_t many_paths_days = 3;
  /// A forwarder hands on the mail of several people.
  std::uint64_t forwarder_paths = 3;
  /// Points of forgery needed, from this many independent signs at least.
  int forged_points = 4;
  int forged_signs = 3;
};

/// The report's form of a group.
Sender name_sender(const Unit& group, const Thresholds& = {});

}  // namespace postern::impact

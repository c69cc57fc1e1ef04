// Which days evidence tells of, and of what came in on them how much. Internal to the room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "evidence/view.hpp"
#include "impact/distinct.hpp"

namespace postern::impact {

/// A log of one's own server tells of nobody who sends past it, one mailbox of nothing that came to
/// others, and who received mail elsewhere of none that came here: their days fill no gap of a
/// source that sees all.
class Coverage {
 public:
  using View = evidence::View;

  /// `seen` is View::none of what did not come in here.
  void add_day(std::int64_t day, std::uint64_t count, View seen) {
    days_[list_of(seen)].add(day, count);
  }
  void add_arrivals(std::uint64_t count, View seen) {
    arrivals_[static_cast<std::size_t>(seen)] += count;
  }

  /// Whether there are arrivals, and all of them were seen by these alone.
  [[nodiscard]] bool is_within(View views) const;

  struct Days {
    DayCounts judged;
    bool is_part = false;  ///< there are days of sources that see less
  };
  /// The days of the sources that see all mail; `see_all` are those that do, beside View::whole.
  /// Without any, all days on which mail came in; without those, any.
  [[nodiscard]] Days days(View see_all) const;

 private:
  static constexpr std::size_t lists = 5;  // whole, reports, servers, mailboxes, none
  static std::size_t list_of(View seen) noexcept;

  std::array<DayCounts, lists> days_;
  std::array<std::uint64_t, evidence::view_sets> arrivals_{};
};

}  // namespace postern::impact

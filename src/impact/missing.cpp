#include "impact/missing.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

#include <fmt/format.h>

namespace postern::impact {
namespace {

constexpr std::array<std::string_view, 16> missing_kinds = {
    "no_evidence",        "rows_lost",         "files_lost",     "list_cut",
    "messages_let_go",    "days_without_rows", "short_period",   "sender_untold",
    "arrival_untold",     "undated",           "answers_faulty", "not_decided",
    "domains_unreported", "settings_assumed",  "servers_alone",  "mailboxes_alone"};

constexpr std::int64_t shortest_gap = 5;  // longer than Easter
// So many that chance does not explain it: of days that come in batches, and of single ones.
constexpr double rows_of_a_gap = 20;
constexpr double rows_around_a_gap = 12;
constexpr std::int64_t shortest_period = 7;  // what comes weekly comes once

std::string date(std::int64_t day) {
  return format_date(day * 86400);
}

struct Pace {
  double rows = 0;
  double days_with_rows = 0;
  double all_days = 0;  ///< of the period

  /// Whether a gap of so many days is more than chance.
  [[nodiscard]] bool misses(std::int64_t days) const noexcept {
    const auto gap = static_cast<double>(days);
    const double around = all_days - gap;
    return gap * rows >= rows_of_a_gap * days_with_rows ||
           (around > 0 && gap * rows >= rows_around_a_gap * around);
  }
};

// The days from `first` up to `last` have no rows.
void add_gap(std::vector<Missing>& out, std::int64_t first, std::int64_t last, const Pace& pace) {
  const std::int64_t days = last - first + 1;
  if (days < shortest_gap || !pace.misses(days)) return;
  out.push_back({Missing::Kind::days_without_rows, static_cast<std::uint64_t>(days),
                 fmt::format("no row tells of {} to {} ({} days)", date(first), date(last), days)});
}

}  // namespace

std::string_view name_of(Missing::Kind kind) noexcept {
  return missing_kinds[static_cast<std::size_t>(kind)];
}

std::vector<Missing> missing_days(const DaysCovered& covered) {
  std::vector<Missing> out;
  if (covered.days.empty()) return out;
  const std::int64_t first_day = covered.days.front().day;
  const std::int64_t last_day = covered.days.back().day;
  const std::int64_t begin = std::min(first_day, covered.asked_first.value_or(INT64_MAX));
  const std::int64_t end =
      std::max(last_day, covered.asked_first ? covered.asked_last.value_or(last_day) : last_day);
  std::uint64_t rows = 0;
  for (const DayCounts::Day& each : covered.days)
    rows += each.count;
  const Pace pace{static_cast<double>(rows), static_cast<double>(covered.days.size()),
                  static_cast<double>(end - begin + 1)};
  std::int64_t empty_from = covered.asked_first.value_or(first_day);
  for (const DayCounts::Day& each : covered.days) {
    add_gap(out, empty_from, each.day - 1, pace);
    empty_from = each.day + 1;
  }
  if (covered.asked_first && covered.asked_last) {
    add_gap(out, empty_from, *covered.asked_last, pace);
  }
  const std::int64_t span = last_day - first_day + 1;
  if (!covered.asked_first && span < shortest_period) {
    out.push_back(
        {Missing::Kind::short_period, static_cast<std::uint64_t>(span),
         fmt::format("it covers {} day{}: what comes once a week or seldomer is not in it", span,
                     span == 1 ? "" : "s")});
  }
  return out;
}

}  // namespace postern::impact

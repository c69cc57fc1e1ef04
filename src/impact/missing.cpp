#include "impact/missing.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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

enum Weekday : std::uint8_t { monday, tuesday, wednesday, thursday, friday, saturday, sunday };

Weekday weekday_of(std::int64_t day) noexcept {
  const std::int64_t since_monday = (day + thursday) % 7;  // 1970-01-01 was a Thursday
  return static_cast<Weekday>(since_monday < 0 ? since_monday + 7 : since_monday);
}

using ByWeekday = std::array<double, 7>;

ByWeekday weekdays_between(std::int64_t first, std::int64_t last) noexcept {
  const std::int64_t days = last - first + 1;
  ByWeekday out;
  out.fill(static_cast<double>(days / 7));
  for (std::int64_t day = last - days % 7 + 1; day <= last; ++day)
    ++out[weekday_of(day)];
  return out;
}

/// How many rows the days of the evidence have.
class Pace {
 public:
  /// `begin` and `end` are the first and the last day of the period.
  Pace(const std::vector<DayCounts::Day>& days, std::int64_t begin, std::int64_t end)
      : days_with_rows_(static_cast<double>(days.size())),
        all_days_(static_cast<double>(end - begin + 1)),
        days_(weekdays_between(begin, end)) {
    for (const DayCounts::Day& each : days) {
      const Weekday weekday = weekday_of(each.day);
      rows_ += static_cast<double>(each.count);
      rows_of_[weekday] += static_cast<double>(each.count);
      ++days_with_rows_of_[weekday];
    }
    rows_of_quietest_weekday_ = rows_of_quietest_weekday();
  }

  /// Whether so many days without rows are more than chance, weekends or holidays.
  [[nodiscard]] bool misses(std::int64_t days) const noexcept {
    if (days < shortest_gap) return false;
    const auto gap = static_cast<double>(days);
    const double around = all_days_ - gap;
    return gap * rows_ >= rows_of_a_gap * days_with_rows_ ||
           (around > 0 && gap * rows_ >= rows_around_a_gap * around);
  }

  /// The same of days between two that have rows: even a holiday would have as many rows as the
  /// quietest day of the week.
  [[nodiscard]] bool misses_between(std::int64_t first, std::int64_t last) const noexcept {
    const std::int64_t days = last - first + 1;
    return misses(days) || static_cast<double>(days) * rows_of_quietest_weekday_ >= rows_of_a_gap;
  }

 private:
  // On the average of the days that have rows: a day that was lost makes no other one quieter. Only
  // a weekend (Friday and Saturday in some countries) is closed where most of its days are empty,
  // or none is in the period.
  [[nodiscard]] double rows_of_quietest_weekday() const noexcept {
    for (const Weekday each : {friday, saturday, sunday}) {
      if (2 * days_with_rows_of_[each] < days_[each] || days_[each] == 0) return 0;
    }
    double out = rows_of_[friday] / days_with_rows_of_[friday];
    for (std::size_t i = 0; i < rows_of_.size(); ++i) {
      if (rows_of_[i] > 0) out = std::min(out, rows_of_[i] / days_with_rows_of_[i]);
    }
    return out;
  }

  double days_with_rows_, all_days_;
  double rows_ = 0;
  ByWeekday days_;
  ByWeekday rows_of_{}, days_with_rows_of_{};
  double rows_of_quietest_weekday_ = 0;
};

// The days from `first` up to `last` have no rows.
Missing gap(std::int64_t first, std::int64_t last, bool is_part) {
  const std::int64_t days = last - first + 1;
  const std::string_view who = is_part ? "no source of all mail tells of" : "no row tells of";
  return {Missing::Kind::days_without_rows, static_cast<std::uint64_t>(days),
          days == 1 ? fmt::format("{} {}", who, date(first))
                    : fmt::format("{} {} to {} ({} days)", who, date(first), date(last), days)};
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
  const Pace pace(covered.days, begin, end);
  const auto is_missed = [&](std::int64_t from, std::int64_t to) {
    return pace.misses(to - from + 1);
  };
  if (covered.asked_first && is_missed(*covered.asked_first, first_day - 1))
    out.push_back(gap(*covered.asked_first, first_day - 1, covered.is_part));
  for (std::size_t i = 1; i < covered.days.size(); ++i) {
    const std::int64_t from = covered.days[i - 1].day + 1;
    const std::int64_t to = covered.days[i].day - 1;
    if (from <= to && pace.misses_between(from, to)) out.push_back(gap(from, to, covered.is_part));
  }
  if (covered.asked_first && covered.asked_last && is_missed(last_day + 1, *covered.asked_last))
    out.push_back(gap(last_day + 1, *covered.asked_last, covered.is_part));
  const std::int64_t span = last_day - first_day + 1;
  if (!covered.asked_first && span < shortest_period) {
    out.push_back({Missing::Kind::short_period, static_cast<std::uint64_t>(span),
                   fmt::format("{} {} day{}: what comes once a week or seldomer is not in it",
                               covered.is_part ? "of all mail it covers" : "it covers", span,
                               span == 1 ? "" : "s")});
  }
  return out;
}

}  // namespace postern::impact

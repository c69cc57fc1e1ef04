#include "impact/distinct.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/hash.hpp"

namespace postern::impact {
std::uint64_t hash_text(std::string_view text) noexcept {
  return hash_folded({}, text);
}

void DistinctCount::add(std::uint64_t hash) {
  if (!registers_.empty()) {
    add_to_registers(hash);
    return;
  }
  const auto place = std::lower_bound(exact_.begin(), exact_.end(), hash);
  if (place != exact_.end() && *place == hash) return;
  if (exact_.size() == most_exact) {
    switch_to_registers();
    add_to_registers(hash);
    return;
  }
  exact_.insert(place, hash);
}

void DistinctCount::switch_to_registers() {
  registers_.assign(std::size_t{1} << register_bits, 0);
  for (const std::uint64_t hash : exact_)
    add_to_registers(hash);
  exact_ = {};
}

void DistinctCount::add_to_registers(std::uint64_t hash) {
  const auto index = static_cast<std::size_t>(hash >> (64 - register_bits));
  const auto rank = static_cast<std::uint8_t>(
      std::min(std::countl_zero(hash << register_bits), 64 - static_cast<int>(register_bits)) + 1);
  registers_[index] = std::max(registers_[index], rank);
}

void DistinctCount::merge(const DistinctCount& other) {
  if (other.registers_.empty()) {
    for (const std::uint64_t hash : other.exact_)
      add(hash);
    return;
  }
  if (registers_.empty()) switch_to_registers();
  for (std::size_t i = 0; i < registers_.size(); ++i) {
    registers_[i] = std::max(registers_[i], other.registers_[i]);
  }
}

std::uint64_t DistinctCount::count() const {
  if (registers_.empty()) return exact_.size();
  const auto m = static_cast<double>(registers_.size());
  double sum = 0;
  double zeros = 0;
  for (const std::uint8_t rank : registers_) {
    sum += std::ldexp(1.0, -rank);
    zeros += rank == 0 ? 1 : 0;
  }
  const double raw = 0.7213 / (1 + 1.079 / m) * m * m / sum;
  const double estimate = raw <= 2.5 * m && zeros > 0 ? m * std::log(m / zeros) : raw;
  return static_cast<std::uint64_t>(std::llround(estimate));
}

void DayCounts::add(std::int64_t day, std::uint64_t count) {
  // Most rows come in the order of their times.
  const auto place = days_.empty() || days_.back().day < day
                         ? days_.end()
                         : std::lower_bound(days_.begin(), days_.end(), day,
                                            [](const Day& each, std::int64_t wanted) {
                                              return each.day < wanted;
                                            });
  if (place != days_.end() && place->day == day) {
    place->count += count;
    return;
  }
  const bool is_full = days_.size() == most_days;
  if (is_full && place == days_.begin()) return;
  days_.insert(place, {day, count});
  if (is_full) days_.erase(days_.begin());
}

void DayCounts::merge(const DayCounts& other) {
  for (const Day& each : other.days_)
    add(each.day, each.count);
}

std::uint64_t DayCounts::most_within(std::int64_t days) const noexcept {
  std::uint64_t most = 0;
  std::uint64_t sum = 0;
  auto first = days_.begin();
  for (const Day& each : days_) {
    sum += each.count;
    for (; first->day + days <= each.day; ++first)
      sum -= first->count;
    most = std::max(most, sum);
  }
  return most;
}

}  // namespace postern::impact

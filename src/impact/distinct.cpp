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
  if (counts_.empty()) {
    base_ = day;
    counts_.push_back(0);
  }
  if (day < base_) {
    const std::int64_t more = base_ - day;
    if (more + static_cast<std::int64_t>(counts_.size()) > longest_span) return;
    counts_.insert(counts_.begin(), static_cast<std::size_t>(more), 0);
    base_ = day;
  }
  const std::int64_t index = day - base_;
  if (index >= longest_span) return;
  if (index >= static_cast<std::int64_t>(counts_.size())) {
    counts_.resize(static_cast<std::size_t>(index) + 1, 0);
  }
  counts_[static_cast<std::size_t>(index)] += count;
}

void DayCounts::merge(const DayCounts& other) {
  for (std::size_t i = 0; i < other.counts_.size(); ++i) {
    if (other.counts_[i] > 0) add(other.base_ + static_cast<std::int64_t>(i), other.counts_[i]);
  }
}

std::uint64_t DayCounts::count() const noexcept {
  return static_cast<std::uint64_t>(
      std::count_if(counts_.begin(), counts_.end(), [](std::uint64_t n) { return n > 0; }));
}

std::uint64_t DayCounts::most_within(std::size_t days) const noexcept {
  std::uint64_t most = 0;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    sum += counts_[i];
    if (i >= days) sum -= counts_[i - days];
    most = std::max(most, sum);
  }
  return most;
}

}  // namespace postern::impact

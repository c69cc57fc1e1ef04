#include "impact/distinct.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/ascii.hpp"

namespace postern::impact {
namespace {

std::uint64_t finish(std::uint64_t h) noexcept {
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93u;
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93u;
  return h ^ h >> 32;
}

// No archive spans more days; a broken clock must not eat memory.
constexpr std::size_t most_words = 1024;

}  // namespace

std::uint64_t hash_text(std::string_view text) noexcept {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : text) {
    h = (h ^ static_cast<unsigned char>(ascii_lower(c))) * 0x100000001b3u;
  }
  return finish(h);
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

void DaySet::add(std::int64_t day) {
  const std::int64_t word_base = (day >= 0 ? day / 64 : (day - 63) / 64) * 64;
  if (bits_.empty()) {
    base_ = word_base;
    bits_.push_back(0);
  }
  if (word_base < base_) {
    const auto words = static_cast<std::size_t>((base_ - word_base) / 64);
    if (words + bits_.size() > most_words) return;
    bits_.insert(bits_.begin(), words, 0);
    base_ = word_base;
  }
  const auto word = static_cast<std::size_t>((word_base - base_) / 64);
  if (word >= most_words) return;
  if (word >= bits_.size()) bits_.resize(word + 1, 0);
  bits_[word] |= std::uint64_t{1} << static_cast<unsigned>(day - word_base);
}

void DaySet::merge(const DaySet& other) {
  for (std::size_t word = 0; word < other.bits_.size(); ++word) {
    for (std::uint64_t left = other.bits_[word]; left != 0; left &= left - 1) {
      add(other.base_ + static_cast<std::int64_t>(word) * 64 + std::countr_zero(left));
    }
  }
}

std::uint64_t DaySet::count() const noexcept {
  std::uint64_t days = 0;
  for (const std::uint64_t word : bits_)
    days += static_cast<std::uint64_t>(std::popcount(word));
  return days;
}

}  // namespace postern::impact

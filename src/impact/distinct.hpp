// Counting distinct things in bounded memory: exactly while they are few, then by HyperLogLog
// (Flajolet et al., 2007; 2,048 registers, standard error 2.3 %).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace postern::impact {

/// A hash of a text, case folded in ASCII. Without a seed: the same evidence gives the same
/// estimates.
std::uint64_t hash_text(std::string_view text) noexcept;

class DistinctCount {
 public:
  /// Takes a hash; most calls touch nothing but what is there.
  void add(std::uint64_t hash);
  void merge(const DistinctCount& other);
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] bool is_estimate() const noexcept { return !registers_.empty(); }

 private:
  static constexpr std::size_t most_exact = 256;
  static constexpr unsigned register_bits = 11;
  void add_to_registers(std::uint64_t hash);
  void switch_to_registers();

  std::vector<std::uint64_t> exact_;  // sorted where longer than a few
  std::vector<std::uint8_t> registers_;
};

/// How many on each UTC day, around the first one seen.
class DayCounts {
 public:
  /// A broken clock must not eat memory: what is further away is counted without its day.
  static constexpr std::int64_t longest_span = 1024;

  void add(std::int64_t day, std::uint64_t count = 1);
  void merge(const DayCounts& other);
  /// Days with any.
  [[nodiscard]] std::uint64_t count() const noexcept;
  /// The largest number within `days` days on end.
  [[nodiscard]] std::uint64_t most_within(std::size_t days) const noexcept;
  [[nodiscard]] std::int64_t first_day() const noexcept { return base_; }
  /// One number a day from first_day() on.
  [[nodiscard]] const std::vector<std::uint64_t>& numbers() const noexcept { return counts_; }

 private:
  std::int64_t base_ = 0;
  std::vector<std::uint64_t> counts_;
};

}  // namespace postern::impact

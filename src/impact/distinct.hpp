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

/// How many on each UTC day. The order in which they come changes nothing.
class DayCounts {
 public:
  struct Day {
    std::int64_t day = 0;  ///< UTC, counted from 1970-01-01
    std::uint64_t count = 0;
  };
  /// A broken clock must not eat memory: of more days than these (eleven years) the latest are
  /// kept.
  static constexpr std::size_t most_days = 4096;

  void add(std::int64_t day, std::uint64_t count = 1);
  void merge(const DayCounts& other);
  /// Days with any.
  [[nodiscard]] std::uint64_t count() const noexcept { return days_.size(); }
  /// From the first day with any to the last one, both counted; 0 where there is none.
  [[nodiscard]] std::int64_t span() const noexcept {
    return days_.empty() ? 0 : days_.back().day - days_.front().day + 1;
  }
  /// The largest number within `days` days on end.
  [[nodiscard]] std::uint64_t most_within(std::int64_t days) const noexcept;
  /// Days with any, in their order.
  [[nodiscard]] const std::vector<Day>& days() const noexcept { return days_; }

 private:
  std::vector<Day> days_;  // sorted
};

}  // namespace postern::impact

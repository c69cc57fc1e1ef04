// Counting distinct things in bounded memory: exactly while they are few, then by HyperLogLog
// (Flajolet et al., 2007; 2,048 registers, standard error 2.3 %).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace postern::impact {

/// A well-mixed hash of a text, case folded in ASCII.
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

/// A set of days as a bitmap around the first one seen.
class DaySet {
 public:
  void add(std::int64_t day);
  void merge(const DaySet& other);
  [[nodiscard]] std::uint64_t count() const noexcept;

 private:
  std::int64_t base_ = 0;  // day of bit 0, a multiple of 64
  std::vector<std::uint64_t> bits_;
};

}  // namespace postern::impact

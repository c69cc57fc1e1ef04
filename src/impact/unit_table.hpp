// The units of one run, found by the key of their source. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash.hpp"
#include "impact/distinct.hpp"
#include "impact/unit.hpp"

namespace postern::impact {

/// Open addressing over a list of units. At most `most` are kept apart; the rest share one.
class UnitTable {
 public:
  UnitTable(std::size_t most, HashSeed seed);

  /// Null where no message made one.
  [[nodiscard]] Unit* find(std::uint64_t key);
  /// The unit of a key, a new one, or the shared one. Valid until the next call.
  Unit& at(std::uint64_t key);
  [[nodiscard]] bool is_shared(const Unit& unit) const noexcept { return &unit == &shared_; }
  /// Of a unit that is not the shared one.
  [[nodiscard]] std::uint32_t number_of(const Unit& unit) const noexcept {
    return static_cast<std::uint32_t>(&unit - units_.data());
  }

  [[nodiscard]] std::vector<Unit>& units() noexcept { return units_; }
  [[nodiscard]] const Unit& shared() const noexcept { return shared_; }
  /// Keys that went into the shared unit.
  [[nodiscard]] std::uint64_t shared_count() const { return shared_keys_.count(); }

 private:
  /// The slot of the key, or the empty one where it would be.
  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const noexcept;
  void grow();

  std::size_t most_;
  HashSeed seed_;
  std::vector<Unit> units_;
  std::vector<std::uint64_t> keys_;   // parallel to units_
  std::vector<std::uint32_t> slots_;  // numbers of units
  Unit shared_;
  DistinctCount shared_keys_;
};

}  // namespace postern::impact

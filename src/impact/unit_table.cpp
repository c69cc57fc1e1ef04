#include "impact/unit_table.hpp"

namespace postern::impact {
namespace {

constexpr std::uint32_t no_unit = 0xffffffff;

}  // namespace

UnitTable::UnitTable(std::size_t most, HashSeed seed)
    : most_(most), seed_(seed), slots_(1 << 12, no_unit) {}

std::size_t UnitTable::slot_of(std::uint64_t key) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash_of(seed_, key) & mask;
  while (slots_[at] != no_unit && keys_[slots_[at]] != key)
    at = (at + 1) & mask;
  return at;
}

Unit* UnitTable::find(std::uint64_t key) {
  const std::uint32_t number = slots_[slot_of(key)];
  return number == no_unit ? nullptr : &units_[number];
}

Unit& UnitTable::at(std::uint64_t key) {
  const std::size_t at = slot_of(key);
  if (slots_[at] != no_unit) return units_[slots_[at]];
  if (units_.size() == most_) {
    shared_keys_.add(hash_of({}, key));
    return shared_;
  }
  slots_[at] = static_cast<std::uint32_t>(units_.size());
  units_.emplace_back();
  keys_.push_back(key);
  if (units_.size() * 2 > slots_.size()) grow();
  return units_.back();
}

void UnitTable::grow() {
  slots_.assign(slots_.size() * 2, no_unit);
  for (std::uint32_t i = 0; i < keys_.size(); ++i)
    slots_[slot_of(keys_[i])] = i;
}

}  // namespace postern::impact

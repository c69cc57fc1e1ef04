#include "policy/name_table.hpp"

#include <bit>
#include <cstddef>
#include <utility>

#include "base/hash.hpp"

namespace postern::policy {
namespace {

std::uint64_t load(const char* from, std::size_t count) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, count);
  return word;
}

}  // namespace

// Names in the table come from the configuration, never from mail, so that an attacker can't
// choose colliding entries; a look-up's cost depends on the entries alone.
std::uint64_t NameTable::hash(std::string_view name) noexcept {
  std::uint64_t state = 0x2d358dccaa6c78a5u ^ name.size();
  const char* at = name.data();
  std::size_t left = name.size();
  for (; left > 8; left -= 8, at += 8) {
    state = mixed(state ^ load(at, 8), 0x8bb84b93962eacc9u);
  }
  return mixed(state ^ load(at, left), 0x4b33a62ed433d4a3u);
}

std::string_view NameTable::name_of(const Slot& slot) const noexcept {
  if (slot.length <= inline_length) return {slot.name, slot.length};
  std::uint32_t offset = 0;
  std::memcpy(&offset, slot.name, sizeof offset);
  return {long_names_.data() + offset, slot.length};
}

std::uint32_t NameTable::find(std::uint32_t scope, std::string_view name,
                              std::uint64_t name_hash) const noexcept {
  if (slots_.empty()) return absent;
  const auto tag = static_cast<std::uint32_t>(name_hash);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = position(scope, name_hash);; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.value == absent) return absent;
    if (slot.tag == tag && slot.scope == scope && slot.length == name.size() &&
        std::memcmp(name_of(slot).data(), name.data(), name.size()) == 0) {
      return slot.value;
    }
  }
}

std::uint32_t* NameTable::find_slot(std::uint32_t scope, std::string_view name) noexcept {
  if (slots_.empty()) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = position(scope, hash(name));; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.value == absent) return nullptr;
    if (slot.scope == scope && name_of(slot) == name) return &slot.value;
  }
}

std::uint32_t NameTable::insert(std::uint32_t scope, std::string_view name, std::uint32_t value) {
  if (const std::uint32_t* there = find_slot(scope, name)) return *there;
  if ((used_ + 1) * 2 > slots_.size()) grow(slots_.empty() ? 16 : slots_.size() * 2);
  Slot slot;
  slot.value = value;
  slot.scope = scope;
  const std::uint64_t name_hash = hash(name);
  slot.tag = static_cast<std::uint32_t>(name_hash);
  slot.length = static_cast<std::uint8_t>(name.size());  // a domain has at most 253 octets
  write_name(slot, name);
  place(slot, name_hash);
  ++used_;
  return absent;
}

void NameTable::write_name(Slot& slot, std::string_view name) {
  if (name.size() <= inline_length) {
    std::memcpy(slot.name, name.data(), name.size());
  } else {
    const auto offset = static_cast<std::uint32_t>(long_names_.size());
    std::memcpy(slot.name, &offset, sizeof offset);
    long_names_ += name;
  }
}

void NameTable::erase(std::uint32_t scope, std::string_view name) {
  if (slots_.empty()) return;
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = position(scope, hash(name));
  while (slots_[hole].value != absent &&
         (slots_[hole].scope != scope || name_of(slots_[hole]) != name))
    hole = (hole + 1) & mask;
  if (slots_[hole].value == absent) return;
  if (name.size() > inline_length) left_over_ += name.size();
  --used_;
  // Those behind it move up where a look-up would otherwise stop at the hole before it comes to
  // them: their way from where they belong leads over it.
  for (std::size_t i = (hole + 1) & mask; slots_[i].value != absent; i = (i + 1) & mask) {
    const std::size_t home = position(slots_[i].scope, hash(name_of(slots_[i])));
    if (((i - home) & mask) < ((i - hole) & mask)) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = Slot{};
  if (left_over_ > long_names_.size() / 2) forget_long_names();
}

// Writes those anew that entries name.
void NameTable::forget_long_names() {
  const std::string old = std::exchange(long_names_, {});
  left_over_ = 0;
  for (Slot& slot : slots_) {
    if (slot.value == absent || slot.length <= inline_length) continue;
    std::uint32_t offset = 0;
    std::memcpy(&offset, slot.name, sizeof offset);
    write_name(slot, std::string_view(old).substr(offset, slot.length));
  }
}

void NameTable::place(const Slot& slot, std::uint64_t name_hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = position(slot.scope, name_hash);
  while (slots_[i].value != absent)
    i = (i + 1) & mask;
  slots_[i] = slot;
}

void NameTable::reserve(std::size_t count) {
  const std::size_t capacity = std::bit_ceil(count * 2 + 2);
  if (capacity > slots_.size()) grow(capacity);
}

void NameTable::grow(std::size_t capacity) {
  std::vector<Slot> old(capacity);
  old.swap(slots_);
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(capacity));
  for (const Slot& slot : old) {
    if (slot.value != absent) place(slot, hash(name_of(slot)));
  }
}

}  // namespace postern::policy

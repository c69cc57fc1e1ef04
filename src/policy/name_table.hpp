// A hash table from (scope, domain name) to a number, built for flat look-ups over a million names:
// one 32-byte slot holds a short name whole, so that most look-ups touch one cache line. Nothing is
// allocated or thrown by find().
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace postern::policy {

class NameTable {
 public:
  static constexpr std::uint32_t absent = 0xffffffff;

  /// Mixes a name; reused over several look-ups of the same name.
  static std::uint64_t hash(std::string_view name) noexcept;

  /// Room for `count` entries without rehashing.
  void reserve(std::size_t count);
  /// Adds an entry. Returns the value already there (and leaves it), or absent where it was new.
  std::uint32_t insert(std::uint32_t scope, std::string_view name, std::uint32_t value);
  /// Takes an entry away, where it is there.
  void erase(std::uint32_t scope, std::string_view name);
  /// The entry's value to change it in place; nullptr where there is none.
  std::uint32_t* find_slot(std::uint32_t scope, std::string_view name) noexcept;

  [[nodiscard]] std::uint32_t find(std::uint32_t scope, std::string_view name) const noexcept {
    return find(scope, name, hash(name));
  }
  [[nodiscard]] std::uint32_t find(std::uint32_t scope, std::string_view name,
                                   std::uint64_t name_hash) const noexcept;
  /// Starts loading the slot that find() will read.
  void prefetch(std::uint32_t scope, std::uint64_t name_hash) const noexcept {
    if (!slots_.empty()) __builtin_prefetch(&slots_[position(scope, name_hash)]);
  }
  [[nodiscard]] bool empty() const noexcept { return used_ == 0; }
  /// Visits the names of a scope with their values, in no order.
  template <class Visit>
  void for_each(std::uint32_t scope, Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.value != absent && slot.scope == scope) visit(name_of(slot), slot.value);
    }
  }

 private:
  static constexpr std::size_t inline_length = 19;
  struct Slot {
    std::uint32_t value = absent;  // absent: the slot is free
    std::uint32_t scope = 0;
    std::uint32_t tag = 0;
    std::uint8_t length = 0;
    char name[inline_length] = {};  // or, for a longer name, its offset in long_names_
  };
  static_assert(sizeof(Slot) == 32);

  [[nodiscard]] std::size_t position(std::uint32_t scope, std::uint64_t name_hash) const noexcept {
    const std::uint64_t mixed = (name_hash ^ scope) * 0x9e3779b97f4a7c15u;
    return static_cast<std::size_t>(mixed >> shift_);
  }
  [[nodiscard]] std::string_view name_of(const Slot&) const noexcept;
  void grow(std::size_t capacity);
  void place(const Slot&, std::uint64_t name_hash);
  void write_name(Slot&, std::string_view name);
  void forget_long_names();

  std::vector<Slot> slots_;
  std::string long_names_;
  std::size_t used_ = 0;
  std::size_t left_over_ = 0;  // octets of long_names_ that no entry names any more
  unsigned shift_ = 63;
};

}  // namespace postern::policy

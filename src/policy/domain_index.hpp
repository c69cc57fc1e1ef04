// Accepted domains and their owners, in shards that policies share: to change a few names copies
// the shards they lie in, and no others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "policy/name_table.hpp"

namespace postern::policy {

/// From a domain in normal form to a packed Owner (tables.hpp).
class DomainIndex {
 public:
  static constexpr std::uint32_t absent = NameTable::absent;

  DomainIndex();
  DomainIndex(DomainIndex&&) = default;
  DomainIndex& operator=(DomainIndex&&) = default;
  ~DomainIndex() = default;

  [[nodiscard]] std::uint32_t find(std::string_view name, std::uint64_t hash) const noexcept {
    return shard(hash).find(0, name, hash);
  }
  [[nodiscard]] std::uint32_t find(std::string_view name) const noexcept {
    return find(name, NameTable::hash(name));
  }
  /// Starts loading what find() will read.
  void prefetch(std::uint64_t hash) const noexcept { shard(hash).prefetch(0, hash); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Visits all names, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& each : shards_)
      each->for_each(0, [&](std::string_view name, std::uint32_t) { visit(name); });
  }

  /// Room for so many names, in as many shards as they need.
  void reserve(std::size_t count);
  /// Returns the value already there (and leaves it), or absent where it was new.
  std::uint32_t insert(std::string_view name, std::uint32_t value);
  /// Puts another value where the name is.
  void set(std::string_view name, std::uint32_t value);
  void erase(std::string_view name);
  /// One that shares what this one holds. What is changed from now on, in either, is copied first.
  [[nodiscard]] DomainIndex share();

 private:
  [[nodiscard]] std::size_t shard_of(std::uint64_t hash) const noexcept {
    // Not the bits that a table takes its positions and tags from alone.
    return static_cast<std::size_t>(hash >> 32) & (shards_.size() - 1);
  }
  [[nodiscard]] const NameTable& shard(std::uint64_t hash) const noexcept {
    return *shards_[shard_of(hash)];
  }
  NameTable& own(std::uint64_t hash);
  void split(std::size_t shards);

  std::vector<std::shared_ptr<const NameTable>> shards_;  // a power of two
  // Of each shard the table itself where nobody else holds it; else null. Counting its holders
  // would not tell: one of them may be letting go of it on another thread.
  std::vector<NameTable*> own_;
  std::size_t size_ = 0;
};

}  // namespace postern::policy

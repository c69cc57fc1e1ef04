#include "policy/domain_index.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace postern::policy {
namespace {

// A shard of so many names is 256 KB: copied in some 50 microseconds.
constexpr std::size_t names_a_shard = 4096;
constexpr std::size_t most_shards = 4096;

}  // namespace

DomainIndex::DomainIndex() {
  auto only = std::make_shared<NameTable>();
  own_.push_back(only.get());
  shards_.push_back(std::move(only));
}

DomainIndex DomainIndex::share() {
  std::fill(own_.begin(), own_.end(), nullptr);
  DomainIndex other;
  other.shards_ = shards_;
  other.own_ = own_;
  other.size_ = size_;
  return other;
}

NameTable& DomainIndex::own(std::uint64_t hash) {
  const std::size_t which = shard_of(hash);
  if (own_[which] == nullptr) {
    auto copy = std::make_shared<NameTable>(*shards_[which]);
    own_[which] = copy.get();
    shards_[which] = std::move(copy);
  }
  return *own_[which];
}

void DomainIndex::split(std::size_t shards) {
  DomainIndex wider;
  wider.shards_.clear();
  wider.own_.clear();
  for (std::size_t i = 0; i < shards; ++i) {
    auto made = std::make_shared<NameTable>();
    wider.own_.push_back(made.get());
    wider.shards_.push_back(std::move(made));
  }
  for (const auto& each : shards_) {
    each->for_each(0, [&](std::string_view name, std::uint32_t value) {
      wider.own(NameTable::hash(name)).insert(0, name, value);
    });
  }
  wider.size_ = size_;
  *this = std::move(wider);
}

void DomainIndex::reserve(std::size_t count) {
  const std::size_t wanted = std::min(std::bit_ceil(count / names_a_shard + 1), most_shards);
  if (wanted > shards_.size()) split(wanted);
  if (size_ > 0) return;
  for (NameTable* table : own_) {
    if (table != nullptr) table->reserve(count / shards_.size());
  }
}

std::uint32_t DomainIndex::insert(std::string_view name, std::uint32_t value) {
  const std::uint64_t hash = NameTable::hash(name);
  if (const std::uint32_t there = find(name, hash); there != absent) return there;
  own(hash).insert(0, name, value);
  ++size_;
  if (size_ > 2 * names_a_shard * shards_.size() && shards_.size() < most_shards) {
    split(shards_.size() * 2);
  }
  return absent;
}

void DomainIndex::set(std::string_view name, std::uint32_t value) {
  const std::uint64_t hash = NameTable::hash(name);
  if (const std::uint32_t there = find(name, hash); there == absent || there == value) return;
  *own(hash).find_slot(0, name) = value;
}

void DomainIndex::erase(std::string_view name) {
  const std::uint64_t hash = NameTable::hash(name);
  if (find(name, hash) == absent) return;
  own(hash).erase(0, name);
  --size_;
}

}  // namespace postern::policy

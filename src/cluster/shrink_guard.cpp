#include "cluster/shrink_guard.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace postern::cluster {

void ShrinkGuard::sift(std::vector<TenantChange>& changes, std::size_t in_force, std::size_t added,
                       const Rollout& plan, const std::string& incarnation) {
  most_ = std::max(most_, in_force);
  for (const TenantChange& change : changes) {
    if (change.value) held_.erase(change.id);
  }
  const auto removals =
      std::stable_partition(changes.begin(), changes.end(),
                            [](const TenantChange& change) { return change.value.has_value(); });
  for (auto each = removals; each != changes.end(); ++each)
    held_.insert_or_assign(each->id, std::move(*each));
  changes.erase(removals, changes.end());
  if (held_.empty()) return;

  const std::size_t grown = in_force + added;
  const std::size_t left = grown - std::min(grown, held_.size());
  std::uint64_t newest = 0;
  for (const auto& [id, change] : held_)
    newest = std::max(newest, change.revision);
  const bool confirmed = plan.confirmed_in == incarnation && plan.confirmed >= newest;
  if (!confirmed && needs_confirmation(std::max(most_, grown), left)) return;
  for (auto& [id, change] : std::exchange(held_, {}))
    changes.push_back(std::move(change));
  if (confirmed) most_ = left;
}

std::uint64_t ShrinkGuard::first_held() const noexcept {
  std::uint64_t first = UINT64_MAX;
  for (const auto& [id, change] : held_)
    first = std::min(first, change.revision);
  return first;
}

}  // namespace postern::cluster

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
  // What somebody meant goes, and is no part of what makes the rest many.
  std::size_t there = in_force + added;
  std::size_t gone = 0;
  for (auto each = held_.begin(); each != held_.end();) {
    if (!plan.means(each->second.revision, incarnation)) {
      ++each;
      continue;
    }
    changes.push_back(std::move(each->second));
    each = held_.erase(each);
    ++gone;
  }
  there -= std::min(there, gone);
  most_ -= std::min(most_, gone);
  if (plan.confirmed_in == incarnation && plan.confirmed > confirmed_) {
    // From here on a tenth is counted anew.
    confirmed_ = plan.confirmed;
    most_ = in_force - std::min(in_force, gone);
  }
  if (needs_confirmation(std::max(most_, there), there - std::min(there, held_.size()))) return;
  for (auto& [id, change] : std::exchange(held_, {}))
    changes.push_back(std::move(change));
}

std::uint64_t ShrinkGuard::first_held() const noexcept {
  std::uint64_t first = UINT64_MAX;
  for (const auto& [id, change] : held_)
    first = std::min(first, change.revision);
  return first;
}

}  // namespace postern::cluster

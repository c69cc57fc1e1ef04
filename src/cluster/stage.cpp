#include "cluster/stage.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace postern::cluster {

void Stage::add(TenantChange change) {
  if (change.revision <= limit_) {
    std::string id = change.id;
    through_.insert_or_assign(std::move(id), std::move(change));
  } else {
    waiting_[change.id].push_back(std::move(change));
  }
}

void Stage::set_limit(std::uint64_t limit) {
  limit_ = limit;
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    auto& changes = each->second;
    const auto later = std::find_if(changes.begin(), changes.end(),
                                    [&](const TenantChange& one) { return one.revision > limit; });
    if (later != changes.begin()) {
      through_.insert_or_assign(each->first, std::move(*std::prev(later)));
      changes.erase(changes.begin(), later);
    }
    each = changes.empty() ? waiting_.erase(each) : std::next(each);
  }
}

std::uint64_t Stage::first_waiting() const noexcept {
  std::uint64_t first = UINT64_MAX;
  for (const auto& [id, changes] : waiting_)
    first = std::min(first, changes.front().revision);
  return first;
}

std::vector<TenantChange> Stage::take() {
  std::vector<TenantChange> out;
  out.reserve(through_.size());
  for (auto& [id, change] : std::exchange(through_, {}))
    out.push_back(std::move(change));
  std::sort(out.begin(), out.end(),
            [](const TenantChange& a, const TenantChange& b) { return a.revision < b.revision; });
  return out;
}

}  // namespace postern::cluster

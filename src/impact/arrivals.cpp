#include "impact/arrivals.hpp"

#include <algorithm>
#include <tuple>

namespace postern::impact {
namespace {

bool holds_id(const std::vector<std::uint64_t>& sorted, std::uint64_t id) {
  return id != 0 && std::binary_search(sorted.begin(), sorted.end(), id);
}

auto order_of(const MessageIds& ids) {
  return std::tie(ids.network, ids.message);
}

bool comes_before(const MessageIds& a, const MessageIds& b) {
  return order_of(a) < order_of(b);
}

bool is_same(const MessageIds& a, const MessageIds& b) {
  return order_of(a) == order_of(b);
}

}  // namespace

void Arrivals::came(const MessageIds& ids) {
  if (!ids.any()) return;
  if (all_messages_.size() >= most_ || networks_.size() >= most_) {
    full_ = true;
    return;
  }
  if (ids.network != 0) networks_.push_back(ids.network);
  if (ids.message == 0) return;
  all_messages_.push_back(ids.message);
  if (ids.network == 0) lone_messages_.push_back(ids.message);
}

void Arrivals::went_on(const MessageIds& ids) {
  if (!later_.empty() && is_same(later_.back(), ids)) return;
  if (later_.size() >= most_) {
    ++let_go_;
    return;
  }
  later_.push_back(ids);
}

// Two network message ids that differ are two messages, whatever their Message-ID.
bool Arrivals::knows(const MessageIds& ids) const {
  if (ids.network == 0) return holds_id(all_messages_, ids.message);
  return holds_id(networks_, ids.network) || holds_id(lone_messages_, ids.message);
}

Arrivals::Count Arrivals::count() {
  for (auto* each : {&networks_, &lone_messages_, &all_messages_})
    std::sort(each->begin(), each->end());
  std::sort(later_.begin(), later_.end(), comes_before);
  later_.erase(std::unique(later_.begin(), later_.end(), is_same), later_.end());
  const auto untold = static_cast<std::uint64_t>(std::count_if(
      later_.begin(), later_.end(), [this](const MessageIds& ids) { return !knows(ids); }));
  if (full_) return {0, let_go_ + untold};
  return {untold, let_go_};
}

}  // namespace postern::impact

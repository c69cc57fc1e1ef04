#include "impact/told_aside.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace postern::impact {
namespace {

// Of one Message-ID, so that whoever writes the same one a million times costs no more.
constexpr std::size_t most_looked_at = 1000;

auto network_key(const Telling& telling) {
  return std::pair(telling.ids.network, telling.recipient);
}

// What is not told, 0, comes last.
auto message_key(const Telling& telling) {
  return std::tuple(telling.ids.message, ~telling.client, ~telling.recipient, telling.file);
}

}  // namespace

void ToldAside::close() {
  for (const Told& told : told_) {
    if (told.telling.ids.network != 0) by_network_id_.push_back(told.telling);
  }
  std::sort(by_network_id_.begin(), by_network_id_.end(),
            [](const Telling& a, const Telling& b) { return network_key(a) < network_key(b); });
  std::sort(told_.begin(), told_.end(), [](const Told& a, const Told& b) {
    return message_key(a.telling) < message_key(b.telling);
  });
}

bool ToldAside::has_network_id_of(const Telling& row) const {
  const auto place_of = [this](std::uint64_t network, std::uint64_t recipient) {
    return std::partition_point(by_network_id_.begin(), by_network_id_.end(),
                                [key = std::pair(network, recipient)](const Telling& each) {
                                  return network_key(each) < key;
                                });
  };
  const auto first = place_of(row.ids.network, 0);
  if (first == by_network_id_.end() || first->ids.network != row.ids.network) return false;
  if (row.recipient == 0 || first->recipient == 0) return true;
  const auto same = place_of(row.ids.network, row.recipient);
  return same != by_network_id_.end() && network_key(*same) == network_key(row);
}

bool ToldAside::is_told_again_by(const Telling& row) {
  if (row.ids.network != 0 && has_network_id_of(row)) return true;
  if (row.ids.message == 0) return false;
  while (next_ < told_.size() &&
         (told_[next_].telling.ids.message < row.ids.message ||
          (told_[next_].telling.ids.message == row.ids.message && told_[next_].again))) {
    ++next_;
  }
  const std::size_t end = std::min(told_.size(), next_ + most_looked_at);
  for (std::size_t i = next_; i < end; ++i) {
    Told& told = told_[i];
    const Telling& its = told.telling;
    if (its.ids.message != row.ids.message) break;
    const bool is_another = row.ids.network != 0 && its.ids.network != 0;
    if (told.again || is_another || its.file == row.file || !its.agrees_with(row)) continue;
    told.again = true;
    return true;
  }
  return false;
}

bool ToldAside::holds(const MessageIds& ids) const {
  if (ids.network != 0) {
    const auto place =
        std::partition_point(by_network_id_.begin(), by_network_id_.end(),
                             [&](const Telling& each) { return each.ids.network < ids.network; });
    return place != by_network_id_.end() && place->ids.network == ids.network;
  }
  const auto place = std::partition_point(told_.begin(), told_.end(), [&](const Told& each) {
    return each.telling.ids.message < ids.message;
  });
  return place != told_.end() && place->telling.ids.message == ids.message;
}

}  // namespace postern::impact

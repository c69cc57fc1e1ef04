#include "ledger/summary.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"

namespace postern::ledger {
namespace {

constexpr std::array<std::pair<std::string_view, GroupedBy>, 4> names{
    {{"sender", GroupedBy::sender},
     {"client", GroupedBy::client},
     {"recipient", GroupedBy::recipient},
     {"reason", GroupedBy::reason}}};

std::string client_of(const Record& r) {
  return r.client ? r.client->text() : "unknown";
}

std::string sender_of(const Record& r) {
  return r.null_sender ? "<>" : to_lower(r.sender);
}

std::string key_of(const Record& r, GroupedBy by) {
  switch (by) {
    case GroupedBy::sender:
      return sender_of(r);
    case GroupedBy::client:
      return client_of(r);
    case GroupedBy::recipient:
      return to_lower(r.recipient);
    case GroupedBy::reason:
      break;
  }
  return r.reason;
}

}  // namespace

std::string_view name_of(GroupedBy by) noexcept {
  return std::find_if(names.begin(), names.end(),
                      [&](const auto& each) { return each.second == by; })
      ->first;
}

std::optional<GroupedBy> grouped_by(std::string_view name) noexcept {
  for (const auto& [each, by] : names) {
    if (each == name) return by;
  }
  return std::nullopt;
}

std::uint64_t Summary::Group::total() const noexcept {
  return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0});
}

void Summary::add(const Record& r) {
  Group& group = groups_[key_of(r, by_)];
  if (group.total() == 0 || r.time < group.first) group.first = r.time;
  group.last = std::max(group.last, r.time);
  ++group.outcomes[static_cast<std::size_t>(r.outcome)];
  if (group.others.size() < most_others) {
    group.others.insert(by_ == GroupedBy::client ? sender_of(r) : client_of(r));
  }
}

std::vector<std::pair<std::string_view, const Summary::Group*>> Summary::groups() const {
  std::vector<std::pair<std::string_view, const Group*>> sorted;
  sorted.reserve(groups_.size());
  for (const auto& [key, group] : groups_)
    sorted.emplace_back(key, &group);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& left, const auto& right) {
    return left.second->total() > right.second->total();
  });
  return sorted;
}

}  // namespace postern::ledger

#include "base/prefix_table.hpp"

#include <limits>
#include <map>

namespace postern {

PrefixTable::PrefixTable(const std::vector<std::pair<Prefix, Value>>& entries) {
  std::vector<Range<std::uint32_t>> v4;
  std::vector<Range<uint128>> v6;
  for (const auto& [prefix, value] : entries) {
    if (prefix.is_v4()) {
      v4.push_back({prefix.first().v4(), prefix.last().v4(), value});
    } else {
      v6.push_back({prefix.first().key(), prefix.last().key(), value});
    }
  }
  build(std::move(v4), v4_);
  build(std::move(v6), v6_);
}

template <class Key>
void PrefixTable::build(std::vector<Range<Key>> ranges, Intervals<Key>& out) {
  struct Event {
    Key at;
    bool opens;
    Value value;
  };
  std::vector<Event> events;
  for (const auto& range : ranges) {
    events.push_back({range.first, true, range.value});
    // A range up to the last address never closes.
    if (range.last != static_cast<Key>(~Key{0})) {
      events.push_back({static_cast<Key>(range.last + 1), false, range.value});
    }
  }
  std::sort(events.begin(), events.end(),
            [](const Event& a, const Event& b) { return a.at < b.at; });
  std::map<Value, std::size_t> open;  // value -> number of its prefixes that are open here
  for (std::size_t i = 0; i < events.size();) {
    const Key at = events[i].at;
    for (; i < events.size() && events[i].at == at; ++i) {
      if (events[i].opens) {
        ++open[events[i].value];
      } else if (const auto it = open.find(events[i].value); --it->second == 0) {
        open.erase(it);
      }
    }
    Slice slice{static_cast<std::uint32_t>(values_.size()),
                static_cast<std::uint32_t>(open.size())};
    const Slice* previous = out.slices.empty() ? nullptr : &out.slices.back();
    const bool same = previous != nullptr && previous->length == slice.length &&
                      std::equal(open.begin(), open.end(), values_.begin() + previous->offset,
                                 [](const auto& a, Value b) { return a.first == b; });
    if (same) continue;
    for (const auto& [value, count] : open)
      values_.push_back(value);
    out.starts.push_back(at);
    out.slices.push_back(slice);
  }
}

template void PrefixTable::build(std::vector<Range<std::uint32_t>>, Intervals<std::uint32_t>&);
template void PrefixTable::build(std::vector<Range<uint128>>, Intervals<uint128>&);

}  // namespace postern

#include "impact/message_join.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/hash.hpp"

namespace postern::impact {
namespace {

using evidence::Message;
using policy::Known;
using PathState = policy::ReversePath::State;

}  // namespace

MessageJoin::MessageJoin(std::size_t most, const policy::Policy& policy, HashSeed seed)
    : most_(std::min<std::size_t>(most, std::numeric_limits<std::uint32_t>::max() - 1)),
      seed_(seed),
      policy_(policy),
      before_(policy),
      bystanders_(most_, seed),
      by_network_id_(most_, seed),
      by_message_id_(most_, seed),
      ambiguous_(most_, seed) {}

void MessageJoin::begin_member() {
  around_.push_back(current_);
  begin_file();
}

void MessageJoin::end_member() {
  current_ = around_.back();
  around_.pop_back();
}

bool MessageJoin::keep(const Message& m) {
  const MessageIds ids(m, seed_);
  if (!ids.any()) return false;
  if (rows_.size() >= most_) {
    if (most_ > 0) ++dropped_;
    return false;
  }
  rows_.push_back({PackedMessage(m), ids, recipient_key(m, seed_), current_});
  return true;
}

void MessageJoin::keep_event(const Message& m) {
  if (events_.size() >= most_) {
    ++dropped_;
    return;
  }
  events_.push_back({PackedMessage(m), MessageIds(m, seed_)});
}

// One file may tell of several messages of the same ids: those are as many.
bool MessageJoin::tells_again(const Message& m) {
  const MessageIds ids(m, seed_);
  if (!ids.any()) return false;
  const bool is_attributed =
      m.submission.observed.state != policy::ObservedAttribution::State::unknown;
  const std::uint64_t id = ids.network != 0 ? ids.network : ~ids.message;
  const std::uint64_t key =
      hash_of(seed_, (static_cast<uint128>(id) << 64) | recipient_key(m, seed_)) * 2 +
      (is_attributed ? 1 : 0);
  const std::uint32_t source = bystanders_.of(key);
  if (source == 0) bystanders_.add(key, current_);
  return source != 0 && source != current_;
}

void MessageJoin::note_aside(const Message& m) {
  const MessageIds ids(m, seed_);
  if (!ids.any()) return;
  if (aside_.size() >= most_) {
    ++dropped_;
    return;
  }
  aside_.note({m, seed_, current_});
}

// Takes away the rows that tell of messages that were told aside and could not tell so themselves.
void MessageJoin::drop_aside(const Outcome& outcome) {
  aside_.close();
  if (aside_.empty()) return;
  // Of rows that one Message-ID joins as many are told as were told aside: which, their order says.
  std::sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
    if (a.ids.message != b.ids.message) return a.ids.message < b.ids.message;
    return before_(a.message.view().message, b.message.view().message);
  });
  std::erase_if(rows_, [&](const Row& row) {
    const MessageView view = row.message.view();
    const policy::Submission& s = view.message.submission;
    const bool knows =
        s.reverse_path.state != PathState::unknown && s.authenticated != Known::unknown;
    if (knows) return false;
    if (!aside_.is_told_again_by({view.message, seed_, row.source})) return false;
    outcome.repeated(view.message);
    return true;
  });
}

// --- events ---

// Two network message ids that differ are two messages, whatever their Message-ID: devices repeat
// it. Where it alone is known and several events have it, none is taken.
MessageJoin::Event* MessageJoin::event_of(const MessageIds& ids) {
  if (ids.network != 0) {
    if (const std::uint32_t place = by_network_id_.of(ids.network)) return &events_[place - 1];
  }
  if (ids.message == 0 || ambiguous_.of(ids.message) != 0) return nullptr;
  const std::uint32_t place = by_message_id_.of(ids.message);
  if (place == 0) return nullptr;
  Event& found = events_[place - 1];
  return ids.network != 0 && found.ids.network != 0 ? nullptr : &found;
}

void MessageJoin::index(Event& event) {
  const auto place = static_cast<std::uint32_t>(&event - events_.data()) + 1;
  const auto [network, message] = event.ids;
  if (network != 0 && by_network_id_.of(network) == 0) by_network_id_.add(network, place);
  if (message == 0) return;
  const std::uint32_t known = by_message_id_.of(message);
  if (known == 0) {
    by_message_id_.add(message, place);
  } else if (known != place) {
    ambiguous_.add(message);
  }
}

// Events of one message become one: those of a network message id, then those that have none.
void MessageJoin::merge_events() {
  std::sort(events_.begin(), events_.end(), [this](const Event& a, const Event& b) {
    if ((a.ids.network != 0) != (b.ids.network != 0)) return a.ids.network != 0;
    if (a.ids.network != b.ids.network) return a.ids.network < b.ids.network;
    if (a.ids.message != b.ids.message) return a.ids.message < b.ids.message;
    return before_(a.message.view().message, b.message.view().message);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    Event* known = event_of(events_[i].ids);
    if (known == nullptr) {
      if (kept != i) events_[kept] = std::move(events_[i]);
      index(events_[kept++]);
      continue;
    }
    MessageView merged = known->message.view();
    const MessageView other = events_[i].message.view();
    contradictions_ |= complete(merged.bind(), other.message);
    if (known->ids.network == 0) known->ids.network = events_[i].ids.network;
    if (known->ids.message == 0) known->ids.message = events_[i].ids.message;
    known->message = PackedMessage(merged.bind());
    index(*known);
  }
  events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(kept), events_.end());
}

void MessageJoin::complete_by_events() {
  for (Row& row : rows_) {
    Event* event = event_of(row.ids);
    if (event == nullptr) continue;
    event->used = true;
    MessageView completed = row.message.view();
    const MessageView other = event->message.view();
    const Contradiction contradiction = complete(completed.bind(), other.message);
    contradicted_ += contradiction != Contradiction::none ? 1 : 0;
    contradictions_ |= contradiction;
    row.message = PackedMessage(completed.bind());
    if (row.ids.network == 0) row.ids.network = event->ids.network;
  }
}

// --- rows ---

namespace {

auto alike(const GroupIndex& index, const IdKey& key) {
  return std::equal_range(index.begin(), index.end(), std::pair(key, std::size_t{0}),
                          [](const auto& a, const auto& b) { return a.first < b.first; });
}

void sort_index(GroupIndex& index) {
  std::sort(index.begin(), index.end());
  index.erase(std::unique(index.begin(), index.end()), index.end());
}

}  // namespace

// Rows that tell of the same message to the same recipient, or of several that nothing tells apart.
std::vector<MessageJoin::Places> MessageJoin::group_rows(const Outcome& outcome) {
  Places by_network_id;
  Places by_message_id;
  Places without_recipient;
  for (std::uint32_t place = 0; place < rows_.size(); ++place) {
    const Row& row = rows_[place];
    (row.recipient == 0     ? without_recipient
     : row.ids.network != 0 ? by_network_id
                            : by_message_id)
        .push_back(place);
  }
  const auto runs_of = [this](Places& places, auto key_of) {
    std::sort(places.begin(), places.end(), [&](std::uint32_t a, std::uint32_t b) {
      return key_of(rows_[a]) < key_of(rows_[b]);
    });
    std::vector<Places> runs;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const bool same = i > 0 && key_of(rows_[places[i]]) == key_of(rows_[places[i - 1]]);
      if (!same) runs.emplace_back();
      runs.back().push_back(places[i]);
    }
    return runs;
  };
  std::vector<Places> groups = runs_of(by_network_id, [](const Row& row) {
    return IdKey{row.ids.network, row.recipient};
  });
  join_by_message_id(groups);
  add_rows_by_message_id(groups,
                         runs_of(by_message_id,
                                 [](const Row& row) {
                                   return IdKey{row.ids.message, row.recipient};
                                 }),
                         outcome);
  add_rows_of_any_recipient(groups, without_recipient, outcome);
  return groups;
}

// By Message-ID and recipient.
GroupIndex MessageJoin::groups_by_message_id(const std::vector<Places>& groups) const {
  GroupIndex index;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const std::uint32_t place : groups[group]) {
      const Row& row = rows_[place];
      if (row.ids.message != 0) index.push_back({{row.ids.message, row.recipient}, group});
    }
  }
  sort_index(index);
  return index;
}

bool MessageJoin::may_be_one(const std::vector<Places>& groups, GroupIndex::const_iterator first,
                             GroupIndex::const_iterator last) const {
  std::optional<IpAddress> address;
  std::optional<UnixTime> earliest, latest;
  for (; first != last; ++first) {
    for (const std::uint32_t place : groups[first->second]) {
      const MessageView view = rows_[place].message.view();
      const policy::Submission& s = view.message.submission;
      if (s.client_ip) {
        if (address && *address != *s.client_ip) return false;
        address = s.client_ip;
      }
      if (!s.time) continue;
      earliest = earliest ? std::min(*earliest, *s.time) : *s.time;
      latest = latest ? std::max(*latest, *s.time) : *s.time;
    }
  }
  return !latest || *latest - *earliest <= longest_delay;
}

// One's own server gives a message another network message id than Exchange Online does. Groups
// of one Message-ID and recipient are one message where no file tells of two of them, and nothing
// that they tell of the client or the time speaks against it: devices repeat a Message-ID.
void MessageJoin::join_by_message_id(std::vector<Places>& groups) const {
  const GroupIndex index = groups_by_message_id(groups);
  for (std::size_t i = 0; i < index.size();) {
    const auto [first, last] = alike(index, index[i].first);
    i = static_cast<std::size_t>(last - index.begin());
    if (last - first < 2) continue;
    std::vector<std::uint32_t> sources;  // one entry a group and source
    for (auto each = first; each != last; ++each) {
      const std::size_t before = sources.size();
      for (const std::uint32_t place : groups[each->second])
        sources.push_back(rows_[place].source);
      std::sort(sources.begin() + static_cast<std::ptrdiff_t>(before), sources.end());
      sources.erase(
          std::unique(sources.begin() + static_cast<std::ptrdiff_t>(before), sources.end()),
          sources.end());
    }
    std::sort(sources.begin(), sources.end());
    if (std::adjacent_find(sources.begin(), sources.end()) != sources.end()) continue;
    if (!may_be_one(groups, first, last)) continue;
    Places& into = groups[first->second];
    for (auto each = std::next(first); each != last; ++each) {
      into.insert(into.end(), groups[each->second].begin(), groups[each->second].end());
      groups[each->second].clear();
    }
  }
  std::erase_if(groups, [](const Places& group) { return group.empty(); });
}

// To the group of their Message-ID and recipient where there is one. Of several messages of one
// Message-ID nobody can say which row tells of which: there are as many as one file tells of.
void MessageJoin::add_rows_by_message_id(std::vector<Places>& groups, std::vector<Places> runs,
                                         const Outcome& outcome) {
  if (runs.empty()) return;
  const GroupIndex index = groups_by_message_id(groups);
  for (Places& run : runs) {
    const Row& row = rows_[run.front()];
    const auto [first, last] = alike(index, {row.ids.message, row.recipient});
    const auto messages = static_cast<std::size_t>(last - first);
    if (messages == 1) {
      Places& group = groups[first->second];
      group.insert(group.end(), run.begin(), run.end());
      continue;
    }
    if (messages > 1) {
      std::sort(run.begin(), run.end(), [this](std::uint32_t a, std::uint32_t b) {
        return before_(rows_[a].message.view().message, rows_[b].message.view().message);
      });
      std::map<std::uint32_t, std::size_t> of_source;
      std::erase_if(run, [&](std::uint32_t place) {
        if (++of_source[rows_[place].source] > messages) return false;
        outcome.repeated(rows_[place].message.view().message);
        return true;
      });
    }
    if (!run.empty()) groups.push_back(std::move(run));
  }
}

// What names no recipient tells of the message to each of them.
void MessageJoin::add_rows_of_any_recipient(std::vector<Places>& groups, const Places& places,
                                            const Outcome& outcome) {
  if (places.empty()) return;
  GroupIndex by_network_id;
  GroupIndex by_message_id;  // the second part of the key: the network message id
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const std::uint32_t place : groups[group]) {
      const auto& [network, message] = rows_[place].ids;
      if (network != 0) by_network_id.push_back({{network, 0}, group});
      if (message != 0) by_message_id.push_back({{message, network}, group});
    }
  }
  sort_index(by_network_id);
  sort_index(by_message_id);
  std::map<IdKey, std::size_t> alone;
  for (const std::uint32_t place : places) {
    const auto& [network, message] = rows_[place].ids;
    auto found = alike(by_network_id, {network, 0});
    auto& [first, last] = found;
    if (first == last && message != 0) {
      const GroupIndex& index = by_message_id;
      first = std::lower_bound(index.begin(), index.end(),
                               std::pair(IdKey{message, 0}, std::size_t{0}));
      last = std::upper_bound(first, index.end(), std::pair(IdKey{message, UINT64_MAX}, SIZE_MAX));
      // Several messages of one Message-ID: it tells of one of them, nobody knows which.
      const bool is_one = first == last || first->first == std::prev(last)->first;
      if (!is_one) {
        outcome.repeated(rows_[place].message.view().message);
        continue;
      }
    }
    for (auto each = first; each != last; ++each)
      groups[each->second].push_back(place);
    if (first != last) {
      outcome.repeated(rows_[place].message.view().message);
      continue;
    }
    const auto [there, added] =
        alone.try_emplace(network != 0 ? IdKey{network, 0} : IdKey{0, message}, groups.size());
    if (added) groups.emplace_back();
    groups[there->second].push_back(place);
  }
}

void MessageJoin::merge_and_tell(std::vector<MessageView>& rows, const Outcome& outcome) {
  MessageView merged = std::move(rows.front());
  Contradiction contradiction = Contradiction::none;
  for (std::size_t i = 1; i < rows.size(); ++i)
    contradiction |= complete(merged.bind(), rows[i].bind());
  contradicted_ += contradiction != Contradiction::none ? 1 : 0;
  contradictions_ |= contradiction;
  outcome.message(merged.bind());
}

// As many messages as one file tells of; of several, the rows are put together in their order.
void MessageJoin::tell(const Places& group, const Outcome& outcome) {
  std::map<std::uint32_t, std::vector<MessageView>> by_source;
  std::vector<MessageView> of_all;  // without a recipient, beside rows that have one
  const bool has_recipient = std::any_of(
      group.begin(), group.end(), [&](std::uint32_t place) { return rows_[place].recipient != 0; });
  for (const std::uint32_t place : group) {
    const Row& row = rows_[place];
    if (has_recipient && row.recipient == 0) {
      of_all.push_back(row.message.view());
    } else {
      by_source[row.source].push_back(row.message.view());
    }
  }
  const auto before = [this](const MessageView& a, const MessageView& b) {
    return before_(a.message, b.message);
  };
  std::size_t count = 0;
  for (auto& [source, rows] : by_source) {
    std::sort(rows.begin(), rows.end(), before);
    count = std::max(count, rows.size());
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<MessageView> rows;
    for (const auto& [source, of_source] : by_source) {
      if (i < of_source.size()) rows.push_back(of_source[i]);
    }
    std::sort(rows.begin(), rows.end(), before);
    for (std::size_t n = 1; n < rows.size(); ++n)
      outcome.repeated(rows[n].message);
    rows.insert(rows.end(), of_all.begin(), of_all.end());
    std::sort(rows.begin(), rows.end(), before);
    merge_and_tell(rows, outcome);
  }
}

void MessageJoin::close(const Outcome& outcome) {
  merge_events();
  complete_by_events();
  std::vector<std::uint64_t> told;  // Message-IDs of rows that know no network message id
  if (!events_.empty()) {
    for (const Row& row : rows_) {
      if (row.ids.network == 0) told.push_back(row.ids.message);
    }
  }
  drop_aside(outcome);
  for (const Places& group : group_rows(outcome))
    tell(group, outcome);
  // Where several events have a Message-ID, a row that has it tells of one of them.
  std::sort(told.begin(), told.end());
  for (const Event& event : events_) {
    if (event.used) continue;
    const bool known =
        aside_.holds(event.ids) || std::binary_search(told.begin(), told.end(), event.ids.message);
    if (!known) outcome.lone_event(event.message.view().message);
  }
}

}  // namespace postern::impact

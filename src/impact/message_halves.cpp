#include "impact/message_halves.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/hash.hpp"
#include "impact/distinct.hpp"

namespace postern::impact {

using evidence::Delivery;
using evidence::Direction;
using evidence::Message;
using policy::Known;
using PathState = policy::ReversePath::State;
using Attribution = policy::ObservedAttribution::State;

void complete(Message& m, const Message& other) {
  policy::Submission& s = m.submission;
  const policy::Submission& o = other.submission;
  if (s.reverse_path.state == PathState::unknown && o.reverse_path.state != PathState::unknown) {
    // What was uncertain turns out to be the header From, or the same.
    if (m.reverse_path_uncertain && m.header_from.empty()) m.header_from = m.reverse_path;
    s.reverse_path = o.reverse_path;
    m.reverse_path_uncertain = false;
    m.reverse_path = other.reverse_path;
  }
  const auto fill = [](std::string_view& text, std::string_view from) {
    if (text.empty()) text = from;
  };
  fill(m.header_from, other.header_from);
  fill(m.header_from_domain, other.header_from_domain);
  fill(m.recipient, other.recipient);
  fill(m.message_id, other.message_id);
  fill(m.network_message_id, other.network_message_id);
  fill(m.subject, other.subject);
  fill(m.helo, other.helo);
  fill(m.client_hostname, other.client_hostname);
  fill(m.received_by, other.received_by);
  fill(m.upstream_hostname, other.upstream_hostname);
  if (!m.upstream_address) m.upstream_address = other.upstream_address;
  // The event of the arrival knows the client best.
  if (o.client_ip && (!s.client_ip || other.fragment)) s.client_ip = o.client_ip;
  if (s.authenticated == Known::unknown) s.authenticated = o.authenticated;
  if (s.tls == Known::unknown) s.tls = o.tls;
  if (s.observed.state == Attribution::unknown) s.observed = o.observed;
  if (!s.recipient_domain) s.recipient_domain = o.recipient_domain;
  if (!s.time) s.time = o.time;
  if (m.delivery == Delivery::unknown) m.delivery = other.delivery;
  if (m.direction == Direction::unknown) m.direction = other.direction;
}

MessageIds::MessageIds(const Message& message, HashSeed seed) {
  std::string_view ids[] = {message.network_message_id, message.message_id};
  for (std::size_t i = 0; i < 2; ++i) {
    if (ids[i].starts_with('<')) ids[i].remove_prefix(1);
    if (ids[i].ends_with('>')) ids[i].remove_suffix(1);
    if (!ids[i].empty()) of[i] = hash_folded(seed, ids[i]);
  }
}

MessageHalves::MessageHalves(std::size_t most, HashSeed seed)
    : most_(std::min<std::size_t>(most, std::numeric_limits<std::uint32_t>::max() - 1)),
      seed_(seed),
      by_network_id_(most_, seed),
      by_message_id_(most_, seed),
      ambiguous_(most_, seed) {}

MessageHalves::Fragment* MessageHalves::find(const MessageIds& ids) {
  const auto [network_id, message_id] = ids.of;
  if (network_id != 0) {
    if (const std::uint32_t place = by_network_id_.of(network_id)) return &fragments_[place - 1];
  }
  if (message_id == 0 || ambiguous_.of(message_id) != 0) return nullptr;
  const std::uint32_t place = by_message_id_.of(message_id);
  if (place == 0) return nullptr;
  Fragment& found = fragments_[place - 1];
  return network_id != 0 && found.has_network_id ? nullptr : &found;
}

void MessageHalves::index(const MessageIds& ids, const Fragment& fragment) {
  const auto place = static_cast<std::uint32_t>(&fragment - fragments_.data()) + 1;
  const auto [network_id, message_id] = ids.of;
  if (network_id != 0 && by_network_id_.of(network_id) == 0) by_network_id_.add(network_id, place);
  if (message_id == 0) return;
  const std::uint32_t known = by_message_id_.of(message_id);
  if (known == 0) {
    by_message_id_.add(message_id, place);
  } else if (known != place) {
    ambiguous_.add(message_id);
  }
}

void MessageHalves::add_fragment(const Message& fragment) {
  const MessageIds ids(fragment, seed_);
  Fragment* known = find(ids);
  if (known == nullptr) {
    if (fragments_.size() == most_) {
      ++dropped_;
      return;
    }
    known = &fragments_.emplace_back(Fragment{PackedMessage(fragment), false, false});
  } else {
    Message merged = known->message.view();
    complete(merged, fragment);
    known->message = PackedMessage(merged);
  }
  known->has_network_id = known->has_network_id || ids.of[0] != 0;
  index(ids, *known);
}

std::optional<Message> MessageHalves::fragment_of(const Message& message) {
  if (fragments_.empty()) return std::nullopt;
  Fragment* known = find(MessageIds(message, seed_));
  if (known == nullptr) return std::nullopt;
  known->used = true;
  return known->message.view();
}

bool MessageHalves::park(const Message& message, std::uint32_t source) {
  const MessageIds ids(message, seed_);
  if (ids.of[0] == 0 && ids.of[1] == 0) return false;
  if (message.submission.certificate.state == policy::ClientCertificate::State::presented) {
    return false;
  }
  if (parked_.size() >= most_) {
    if (most_ > 0) ++dropped_;
    return false;
  }
  parked_.push_back({PackedMessage(message), source});
  return true;
}

}  // namespace postern::impact

#include "impact/open_messages.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

#include "impact/distinct.hpp"

namespace postern::impact {

using evidence::Delivery;
using evidence::Direction;
using evidence::Message;
using policy::Known;
using PathState = policy::ReversePath::State;
using Attribution = policy::ObservedAttribution::State;

namespace {

// What a message knows besides its texts.
struct Facts {
  std::optional<IpAddress> client_ip, upstream_address;
  std::optional<UnixTime> time;
  std::uint64_t count;
  evidence::AuthResults results;
  Known authenticated, tls;
  policy::ClientCertificate::State certificate;
  PathState path;
  Attribution observed;
  Delivery delivery;
  Direction direction;
  bool has_recipient_domain, azure, path_uncertain, fragment, details_elsewhere;
};

constexpr std::size_t text_count = 14;
constexpr std::size_t longest_text = std::numeric_limits<std::uint16_t>::max();

// The texts of a message, in the order in which they are packed.
template <class M, class Visit>
void each_text(M& message, Visit visit) {
  visit(message.reverse_path);
  visit(message.header_from);
  visit(message.header_from_domain);
  visit(message.recipient);
  visit(message.message_id);
  visit(message.network_message_id);
  visit(message.subject);
  visit(message.helo);
  visit(message.client_hostname);
  visit(message.received_by);
  visit(message.upstream_hostname);
  visit(message.submission.reverse_path.domain);
  visit(message.submission.observed.connector);
}

std::string_view cut(std::string_view text) {
  return text.substr(0, longest_text);
}

}  // namespace

PackedMessage::PackedMessage(const Message& message) {
  const policy::Submission& s = message.submission;
  static_assert(std::is_trivially_copyable_v<Facts>);
  Facts facts{};
  facts.client_ip = s.client_ip;
  facts.upstream_address = message.upstream_address;
  facts.time = s.time;
  facts.count = message.count;
  facts.results = message.results;
  facts.authenticated = s.authenticated;
  facts.tls = s.tls;
  facts.certificate = s.certificate.state;
  facts.path = s.reverse_path.state;
  facts.observed = s.observed.state;
  facts.delivery = message.delivery;
  facts.direction = message.direction;
  facts.has_recipient_domain = s.recipient_domain.has_value();
  facts.azure = s.azure_communication_services;
  facts.path_uncertain = message.reverse_path_uncertain;
  facts.fragment = message.fragment;
  facts.details_elsewhere = message.details_elsewhere;

  std::array<std::uint16_t, text_count> lengths{};
  std::size_t size = sizeof(facts) + sizeof(lengths);
  std::size_t n = 0;
  const auto measure = [&](std::string_view text) {
    lengths[n++] = static_cast<std::uint16_t>(cut(text).size());
    size += lengths[n - 1];
  };
  each_text(message, measure);
  measure(s.recipient_domain.value_or(std::string_view{}));

  octets_.reserve(size);
  octets_.append(reinterpret_cast<const char*>(&facts), sizeof(facts));
  octets_.append(reinterpret_cast<const char*>(lengths.data()), sizeof(lengths));
  each_text(message, [&](std::string_view text) { octets_ += cut(text); });
  octets_ += cut(s.recipient_domain.value_or(std::string_view{}));
}

Message PackedMessage::view() const {
  Facts facts;
  std::array<std::uint16_t, text_count> lengths{};
  std::memcpy(static_cast<void*>(&facts), octets_.data(), sizeof(facts));
  std::memcpy(lengths.data(), octets_.data() + sizeof(facts), sizeof(lengths));
  std::string_view rest = std::string_view(octets_).substr(sizeof(facts) + sizeof(lengths));
  std::size_t n = 0;
  const auto next = [&](std::string_view& text) {
    text = rest.substr(0, lengths[n]);
    rest.remove_prefix(lengths[n++]);
  };
  Message m;
  each_text(m, next);
  std::string_view recipient_domain;
  next(recipient_domain);

  policy::Submission& s = m.submission;
  s.client_ip = facts.client_ip;
  m.upstream_address = facts.upstream_address;
  s.time = facts.time;
  m.count = facts.count;
  m.results = facts.results;
  s.authenticated = facts.authenticated;
  s.tls = facts.tls;
  s.certificate.state = facts.certificate;
  s.reverse_path.state = facts.path;
  s.observed.state = facts.observed;
  m.delivery = facts.delivery;
  m.direction = facts.direction;
  if (facts.has_recipient_domain) s.recipient_domain = recipient_domain;
  s.azure_communication_services = facts.azure;
  m.reverse_path_uncertain = facts.path_uncertain;
  m.fragment = facts.fragment;
  m.details_elsewhere = facts.details_elsewhere;
  return m;
}

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

MessageIds::MessageIds(const Message& message) {
  std::string_view ids[] = {message.network_message_id, message.message_id};
  for (std::size_t i = 0; i < 2; ++i) {
    if (ids[i].starts_with('<')) ids[i].remove_prefix(1);
    if (ids[i].ends_with('>')) ids[i].remove_suffix(1);
    if (!ids[i].empty()) of[i] = hash_text(ids[i]);
  }
}

OpenMessages::OpenMessages(std::size_t most)
    : most_(std::min<std::size_t>(most, std::numeric_limits<std::uint32_t>::max() - 1)),
      by_network_id_(most_),
      by_message_id_(most_),
      ambiguous_(most_) {}

OpenMessages::Fragment* OpenMessages::find(const MessageIds& ids) {
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

void OpenMessages::index(const MessageIds& ids, const Fragment& fragment) {
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

void OpenMessages::add_fragment(const Message& fragment) {
  const MessageIds ids(fragment);
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

std::optional<Message> OpenMessages::fragment_of(const Message& message) {
  if (fragments_.empty()) return std::nullopt;
  Fragment* known = find(MessageIds(message));
  if (known == nullptr) return std::nullopt;
  known->used = true;
  return known->message.view();
}

bool OpenMessages::park(const Message& message, std::uint32_t source) {
  const MessageIds ids(message);
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

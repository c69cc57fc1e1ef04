#include "impact/packed_message.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

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

constexpr std::size_t longest_text = std::numeric_limits<std::uint16_t>::max();

// The texts of a message, in the order in which they are packed; the recipient's domain, which may
// be absent, comes after them.
template <class M, class Visit>
constexpr void each_text(M& message, Visit visit) {
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

constexpr std::size_t text_count = [] {
  const Message message;
  std::size_t count = 1;
  each_text(message, [&count](std::string_view) { ++count; });
  return count;
}();

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

}  // namespace postern::impact

#include "impact/packed_message.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
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
  evidence::View view;
  evidence::Refusal refusal;
  Direction direction;
  Known forwarded, first_contact;
  bool has_recipient_domain, azure, path_uncertain, fragment, details_elsewhere, trusted;
  bool judged_direct_send;
  std::uint16_t certificate_names;
};
static_assert(std::is_trivially_copyable_v<Facts>);

constexpr std::size_t longest_text = std::numeric_limits<std::uint16_t>::max();

// Appends texts behind their lengths, two octets each.
class Packer {
 public:
  explicit Packer(std::string& octets) : octets_(octets) {}
  void operator()(std::string_view text) {
    const auto length = static_cast<std::uint16_t>(std::min(text.size(), longest_text));
    octets_.append(reinterpret_cast<const char*>(&length), sizeof(length));
    octets_ += text.substr(0, length);
  }

 private:
  std::string& octets_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view rest) : rest_(rest) {}
  void operator()(std::string_view& text) {
    std::uint16_t length = 0;
    std::memcpy(&length, rest_.data(), sizeof(length));
    text = rest_.substr(sizeof(length), length);
    rest_.remove_prefix(sizeof(length) + length);
  }

 private:
  std::string_view rest_;
};

}  // namespace

PackedMessage::PackedMessage(const Message& message) {
  const policy::Submission& s = message.submission;
  const auto& names = s.certificate.subject_alternative_names;
  Facts facts{};
  facts.client_ip = s.client_ip;
  facts.upstream_address = message.upstream_address;
  facts.time = s.time;
  facts.count = message.count;
  facts.results = message.results;
  facts.authenticated = s.authenticated;
  facts.tls = s.tls;
  facts.certificate = s.certificate.state;
  facts.trusted = s.certificate.trusted;
  facts.certificate_names = static_cast<std::uint16_t>(std::min(names.size(), longest_text));
  facts.path = s.reverse_path.state;
  facts.observed = s.observed.state;
  facts.delivery = message.delivery;
  facts.view = message.view;
  facts.refusal = message.refusal;
  facts.judged_direct_send = message.judged_direct_send;
  facts.direction = message.direction;
  facts.forwarded = message.forwarded;
  facts.first_contact = message.first_contact;
  facts.has_recipient_domain = s.recipient_domain.has_value();
  facts.azure = s.azure_communication_services;
  facts.path_uncertain = message.reverse_path_uncertain;
  facts.fragment = message.fragment;
  facts.details_elsewhere = message.details_elsewhere;

  std::size_t size = sizeof(facts);
  evidence::each_text(message,
                      [&](std::string_view text) { size += text.size() + sizeof(std::uint16_t); });
  octets_.reserve(size + s.recipient_domain.value_or(std::string_view{}).size() + 2);
  octets_.append(reinterpret_cast<const char*>(&facts), sizeof(facts));
  Packer pack(octets_);
  evidence::each_text(message, std::ref(pack));
  pack(s.recipient_domain.value_or(std::string_view{}));
  for (std::size_t i = 0; i < facts.certificate_names; ++i)
    pack(names[i]);
}

MessageView PackedMessage::view() const {
  Facts facts;
  std::memcpy(static_cast<void*>(&facts), octets_.data(), sizeof(facts));
  Unpacker unpack(std::string_view(octets_).substr(sizeof(facts)));
  MessageView out;
  Message& m = out.message;
  evidence::each_text(m, std::ref(unpack));
  std::string_view recipient_domain;
  unpack(recipient_domain);
  out.certificate_names.resize(facts.certificate_names);
  for (std::string_view& name : out.certificate_names)
    unpack(name);

  policy::Submission& s = m.submission;
  s.client_ip = facts.client_ip;
  m.upstream_address = facts.upstream_address;
  s.time = facts.time;
  m.count = facts.count;
  m.results = facts.results;
  s.authenticated = facts.authenticated;
  s.tls = facts.tls;
  s.certificate.state = facts.certificate;
  s.certificate.trusted = facts.trusted;
  s.reverse_path.state = facts.path;
  s.observed.state = facts.observed;
  m.delivery = facts.delivery;
  m.view = facts.view;
  m.refusal = facts.refusal;
  m.judged_direct_send = facts.judged_direct_send;
  m.direction = facts.direction;
  m.forwarded = facts.forwarded;
  m.first_contact = facts.first_contact;
  if (facts.has_recipient_domain) s.recipient_domain = recipient_domain;
  s.azure_communication_services = facts.azure;
  m.reverse_path_uncertain = facts.path_uncertain;
  m.fragment = facts.fragment;
  m.details_elsewhere = facts.details_elsewhere;
  out.bind();
  return out;
}

}  // namespace postern::impact

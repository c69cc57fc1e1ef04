#include "impact/shape.hpp"

#include <algorithm>
#include <cstddef>

#include "impact/distinct.hpp"

namespace postern::impact {
namespace {

// How many changes of connectors a message is later than; those without a time are a class apart.
std::size_t period_of(const std::optional<UnixTime>& time, const std::vector<UnixTime>& changes) {
  if (!time) return changes.size() + 1;
  return static_cast<std::size_t>(std::upper_bound(changes.begin(), changes.end(), *time) -
                                  changes.begin());
}

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  seed ^= value + 0x9e3779b97f4a7c15u + (seed << 6) + (seed >> 2);
  return seed * 0xff51afd7ed558ccdu;
}

}  // namespace

Shape Shape::of(const policy::Submission& s) {
  Shape out;
  out.client_ip = s.client_ip;
  out.authenticated = s.authenticated;
  out.tls = s.tls;
  out.certificate = s.certificate.state;
  out.certificate_trusted = s.certificate.trusted;
  out.subject = s.certificate.subject;
  out.alternatives.assign(s.certificate.subject_alternative_names.begin(),
                          s.certificate.subject_alternative_names.end());
  out.reverse_path = s.reverse_path.state;
  out.sender_domain = s.reverse_path.domain;
  if (s.recipient_domain) out.recipient_domain.emplace(*s.recipient_domain);
  out.observed = s.observed.state;
  out.observed_connector = s.observed.connector;
  out.azure_communication_services = s.azure_communication_services;
  out.time = s.time;
  return out;
}

bool Shape::alike(const Shape& other, const std::vector<UnixTime>& changes) const {
  return client_ip == other.client_ip && authenticated == other.authenticated && tls == other.tls &&
         certificate == other.certificate && certificate_trusted == other.certificate_trusted &&
         subject == other.subject && alternatives == other.alternatives &&
         reverse_path == other.reverse_path && sender_domain == other.sender_domain &&
         recipient_domain == other.recipient_domain && observed == other.observed &&
         observed_connector == other.observed_connector &&
         azure_communication_services == other.azure_communication_services &&
         period_of(time, changes) == period_of(other.time, changes);
}

std::uint64_t Shape::hash(const std::vector<UnixTime>& changes) const {
  std::uint64_t out = 0;
  if (client_ip) {
    out = mix(out, static_cast<std::uint64_t>(client_ip->key()));
    out = mix(out, static_cast<std::uint64_t>(client_ip->key() >> 64));
  }
  out = mix(out, static_cast<std::uint64_t>(authenticated) << 8 | static_cast<std::uint64_t>(tls));
  out = mix(out, static_cast<std::uint64_t>(certificate) << 16 |
                     static_cast<std::uint64_t>(reverse_path) << 8 |
                     static_cast<std::uint64_t>(observed));
  out = mix(out, hash_text(subject));
  out = mix(out, hash_text(sender_domain));
  out = mix(out, recipient_domain ? hash_text(*recipient_domain) : 1);
  out = mix(out, hash_text(observed_connector));
  return mix(out, period_of(time, changes));
}

policy::Submission Shape::submission(const std::vector<std::string_view>& names) const {
  policy::Submission s;
  s.client_ip = client_ip;
  s.authenticated = authenticated;
  s.tls = tls;
  s.certificate.state = certificate;
  s.certificate.subject = subject;
  s.certificate.subject_alternative_names = names;
  s.certificate.trusted = certificate_trusted;
  s.reverse_path = {reverse_path, sender_domain};
  if (recipient_domain) s.recipient_domain = *recipient_domain;
  s.observed.state = observed;
  s.observed.connector = observed_connector;
  s.azure_communication_services = azure_communication_services;
  s.time = time;
  return s;
}

}  // namespace postern::impact

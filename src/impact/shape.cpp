#include "impact/shape.hpp"

#include <algorithm>
#include <cstddef>

#include "base/hash.hpp"

namespace postern::impact {
namespace {

// How many changes of connectors a message is later than; those without a time are a class apart.
std::size_t period_of(const std::optional<UnixTime>& time, const std::vector<UnixTime>& changes) {
  if (!time) return changes.size() + 1;
  return static_cast<std::size_t>(std::upper_bound(changes.begin(), changes.end(), *time) -
                                  changes.begin());
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

std::uint64_t Shape::hash(const std::vector<UnixTime>& changes, HashSeed seed) const {
  std::uint64_t out = 0;
  const auto add = [&](auto value) {
    out = hash_of(HashSeed{seed.first ^ out, seed.second}, value);
  };
  if (client_ip) add(client_ip->key());
  add(static_cast<std::uint64_t>(authenticated) << 8 | static_cast<std::uint64_t>(tls));
  add(static_cast<std::uint64_t>(certificate) << 16 |
      static_cast<std::uint64_t>(reverse_path) << 8 | static_cast<std::uint64_t>(observed));
  add(std::string_view(subject));
  add(std::string_view(sender_domain));
  add(std::string_view(recipient_domain ? *recipient_domain : "-"));
  add(std::string_view(observed_connector));
  add(static_cast<std::uint64_t>(period_of(time, changes)));
  return out;
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

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

bool Shape::alike(const policy::Submission& s, const std::vector<UnixTime>& changes) const {
  const auto& names = s.certificate.subject_alternative_names;
  return client_ip == s.client_ip && authenticated == s.authenticated && tls == s.tls &&
         certificate == s.certificate.state && certificate_trusted == s.certificate.trusted &&
         subject == s.certificate.subject && std::ranges::equal(alternatives, names) &&
         reverse_path == s.reverse_path.state && sender_domain == s.reverse_path.domain &&
         recipient_domain == s.recipient_domain && observed == s.observed.state &&
         observed_connector == s.observed.connector &&
         azure_communication_services == s.azure_communication_services &&
         period_of(time, changes) == period_of(s.time, changes);
}

std::uint64_t Shape::hash_of(const policy::Submission& s, const std::vector<UnixTime>& changes,
                             HashSeed seed) {
  std::uint64_t out = 0;
  const auto add = [&](auto value) {
    out = postern::hash_of(HashSeed{seed.first ^ out, seed.second}, value);
  };
  if (s.client_ip) add(s.client_ip->key());
  add(static_cast<std::uint64_t>(s.authenticated) << 40 | static_cast<std::uint64_t>(s.tls) << 32 |
      static_cast<std::uint64_t>(s.certificate.state) << 24 |
      static_cast<std::uint64_t>(s.reverse_path.state) << 16 |
      static_cast<std::uint64_t>(s.observed.state) << 8 |
      static_cast<std::uint64_t>(s.recipient_domain.has_value()));
  if (!s.certificate.subject.empty()) add(s.certificate.subject);
  add(s.reverse_path.domain);
  if (s.recipient_domain) add(*s.recipient_domain);
  if (!s.observed.connector.empty()) add(s.observed.connector);
  if (s.time && !changes.empty()) add(static_cast<std::uint64_t>(period_of(s.time, changes)));
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

std::string one_certificate_of(const std::vector<Shape>& shapes) {
  std::string name;
  for (const Shape& shape : shapes) {
    if (shape.certificate != policy::ClientCertificate::State::presented ||
        !shape.certificate_trusted || shape.subject.empty() ||
        (!name.empty() && name != shape.subject)) {
      return {};
    }
    name = shape.subject;
  }
  return name;
}

}  // namespace postern::impact

#include "difference/space.hpp"

#include <set>
#include <string_view>
#include <vector>

#include "base/domain.hpp"
#include "policy/tables.hpp"

namespace postern::difference {
namespace {

using policy::ClientCertificate;
using policy::InboundConnector;
using policy::Known;
using policy::ReversePath;
using policy::Submission;

std::set<std::string> domains_in(Policies policies) {
  std::set<std::string> out;
  for (const policy::Policy* policy : policies) {
    const policy::Tables& tables = policy::tables_of(*policy);
    tables.domain_index.for_each([&](std::string_view name) { out.emplace(name); });
    for (const InboundConnector& connector : tables.connectors) {
      if (!connector.enabled) continue;
      for (const policy::SenderDomain& sender : connector.sender_domains) {
        if (!sender.name.empty()) out.insert(sender.name);
      }
      for (const std::string& name : connector.associated_accepted_domains) {
        // compile() does not look at them; what is no domain is never compared with one.
        const auto normal = normalise_domain(name);
        if (normal && *normal == name) out.insert(name);
      }
    }
  }
  return out;
}

std::set<std::string> certificates_in(Policies policies) {
  std::set<std::string> out;
  for (const policy::Policy* policy : policies) {
    for (const policy::CompiledConnector& connector : policy::tables_of(*policy).compiled) {
      if (connector.has_certificate) out.insert(connector.certificate_name);
    }
  }
  return out;
}

}  // namespace

Space::Space(Policies policies)
    : addresses(policies), domains(domains_in(policies)), certificates(certificates_in(policies)) {}

std::uint64_t Space::kinds() const {
  return std::uint64_t{2} * addresses.intervals().size() * senders() * domains.size() * sessions();
}

Submission Space::submission(std::size_t sender, std::size_t recipient, std::size_t session,
                             IpAddress address) const {
  Submission s;
  s.client_ip = address;
  s.authenticated = Known::no;
  s.tls = session == without_tls ? Known::no : Known::yes;
  s.certificate.state = ClientCertificate::State::none;
  if (session > with_tls) {
    s.certificate.state = ClientCertificate::State::presented;
    s.certificate.subject = certificates[session - 1].representative;
  }
  s.reverse_path.state = ReversePath::State::null;
  if (sender != null_sender()) {
    s.reverse_path.state = ReversePath::State::address;
    s.reverse_path.domain = domains[sender].representative;
  }
  s.recipient_domain = domains[recipient].representative;
  return s;
}

std::size_t Space::sender_of(const Submission& s) const {
  const bool null = s.reverse_path.state == ReversePath::State::null;
  return null ? null_sender() : domains.find(s.reverse_path.domain);
}

std::size_t Space::recipient_of(const Submission& s) const {
  return domains.find(*s.recipient_domain);
}

std::vector<std::size_t> Space::sessions_of(const Submission& s) const {
  if (s.tls == Known::no) return {without_tls};
  std::vector<std::size_t> out;
  const auto present = [&](std::string_view name) {
    if (!name.empty()) out.push_back(certificates.find_presented(name) + 1);
  };
  if (s.certificate.state == ClientCertificate::State::presented && s.certificate.trusted) {
    present(s.certificate.subject);
    for (const std::string_view name : s.certificate.subject_alternative_names)
      present(name);
  }
  if (out.empty()) out.push_back(with_tls);
  return out;
}

}  // namespace postern::difference

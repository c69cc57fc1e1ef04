#include "impact/unit_messages.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "impact/distinct.hpp"
#include "impact/proof_of_sender.hpp"
#include "policy/clouds.hpp"

namespace postern::impact {
namespace {

using evidence::AuthResult;
using evidence::Message;
using policy::Known;

template <class Enumeration>
std::size_t index_of(Enumeration value) {
  return static_cast<std::size_t>(value);
}

std::string_view message_id_domain(std::string_view id) {
  id = domain_of_address(id);
  return id.substr(0, id.find('>'));
}

// A hint for naming: a proof asks for more (proof_of_sender.cpp), since DMARC may have passed by
// SPF.
bool may_be_signed_by_author(const evidence::AuthResults& results) {
  if (results.dkim != AuthResult::pass) return false;
  if (results.dkim_is_authors != Known::unknown) return results.dkim_is_authors == Known::yes;
  return results.dmarc == AuthResult::pass;
}

void add_results(Unit& unit, const Message& m) {
  unit.signed_by_author += may_be_signed_by_author(m.results) ? m.count : 0;
  unit.spf[index_of(m.results.spf)] += m.count;
  unit.dkim[index_of(m.results.dkim)] += m.count;
  unit.dmarc[index_of(m.results.dmarc)] += m.count;
  unit.compauth[index_of(m.results.compauth)] += m.count;
  if (m.results.published_spf != AuthResult::unknown) {
    unit.published_spf[index_of(m.results.published_spf)] += m.count;
  }
  const bool only_claimed = evidence::are_only_claimed(m.results.claims);
  unit.spf_claimed += only_claimed && m.results.spf == AuthResult::pass ? m.count : 0;
  unit.claims_unconfirmed += m.results.claims == evidence::Claims::not_confirmed ? m.count : 0;
}

void add_upstream(Unit& unit, const Message& m) {
  const std::string address = m.upstream_address ? m.upstream_address->text() : std::string{};
  const bool named = !m.upstream_hostname.empty() && m.upstream_hostname != "unknown";
  const std::string name = address.empty() ? std::string(m.upstream_hostname)
                           : named         ? fmt::format("{} ({})", m.upstream_hostname, address)
                                           : address;
  unit.upstreams.add(name, hash_text(name), m.count);
}

void start(Unit& unit, const Message& m) {
  if (!m.submission.client_ip) return;
  unit.address_known = true;
  unit.address_count = 1;
  unit.addresses = {*m.submission.client_ip};
}

}  // namespace

Marks::Marks(const Message& m)
    : id_domain(message_id_domain(m.message_id)),
      path_hash(hash_text(m.reverse_path)),
      recipient_hash(hash_text(m.recipient)) {}

bool is_acs(const Message& m) noexcept {
  return m.results.dkim == AuthResult::pass && m.results.dkim_is_acs &&
         !evidence::are_only_claimed(m.results.claims);
}

bool claims_anything(const evidence::AuthResults& results) noexcept {
  return results.claims != evidence::Claims::believed || results.spf != AuthResult::unknown ||
         results.dkim != AuthResult::unknown || results.dmarc != AuthResult::unknown;
}

void UnitMessages::add_name(Unit& unit, Samples& into, std::string_view host) const {
  if (host.empty()) return;
  const std::uint64_t hash = hash_text(host);
  const bool is_new = !into.holds(hash);
  into.add(host, hash);
  if (!is_new) return;
  const std::uint16_t service = services_.of_host(host);
  // Exchange exempts that one, so that no name will do (is_acs).
  if (service == no_service ||
      services_[service].kind == ServiceKind::azure_communication_services) {
    return;
  }
  unit.service = std::min(unit.service, service);
}

// Names of the client and of the message.
void UnitMessages::add_names(Unit& unit, const Message& m, std::string_view id_domain) const {
  if (!m.helo.empty()) {
    unit.with_helo += m.count;
    unit.bracketed_helo += m.helo.starts_with('[') ? m.count : 0;
    unit.outlook_host += policy::is_exchange_online_sender(m.helo) ? m.count : 0;
    if (!m.helo.starts_with('[')) add_name(unit, unit.hosts, m.helo);
  }
  if (!m.client_hostname.empty()) {
    unit.with_reverse_name += m.count;
    const bool none = iequals(m.client_hostname, "InfoDomainNonexistent") ||
                      iequals(m.client_hostname, "unknown");
    unit.no_reverse_name += none ? m.count : 0;
    unit.outlook_host += policy::is_exchange_online_sender(m.client_hostname) ? m.count : 0;
    if (!none) add_name(unit, unit.hosts, m.client_hostname);
  }
  if (!id_domain.empty()) {
    unit.with_message_id += m.count;
    if (policy::is_exchange_online_id(id_domain)) {
      unit.exchange_ids += m.count;
    } else if (policy_.owner_of(id_domain) != policy::no_tenant) {
      unit.own_domain_ids += m.count;
    }
    add_name(unit, unit.message_id_domains, id_domain);
  }
  if (!m.subject.empty()) unit.subjects.add(m.subject, hash_text(m.subject), m.count);
}

void UnitMessages::add(Unit& unit, const Message& m, const Marks& marks,
                       policy::Known proof) const {
  const policy::Submission& s = m.submission;
  if (unit.messages == 0) start(unit, m);
  const std::string_view domain = m.sender_domain();
  unit.domains.add(domain, hash_text(domain), m.count);
  unit.messages += m.count;
  if (s.time) {
    if (!unit.first || *s.time < *unit.first) unit.first = s.time;
    if (!unit.last || *s.time > *unit.last) unit.last = s.time;
    unit.days.add(day_of(*s.time), m.count);
    unit.hours |= std::uint32_t{1} << (((*s.time % 86400 + 86400) % 86400) / 3600);
  }
  if (!m.recipient.empty()) unit.recipients.add(marks.recipient_hash);
  if (!m.reverse_path.empty()) {
    unit.reverse_paths.add(marks.path_hash);
    unit.path_samples.add(m.reverse_path, marks.path_hash, m.count);
    unit.to_self += marks.path_hash == marks.recipient_hash ? m.count : 0;
  }
  add_results(unit, m);
  unit.proved += proof == Known::yes ? m.count : 0;
  unit.proved_by_spf += proof == Known::yes && !is_signed_by_author(m.results) ? m.count : 0;
  unit.disproved += proof == Known::no ? m.count : 0;
  unit.delivery[index_of(m.delivery)] += m.count;
  add_names(unit, m, marks.id_domain);
  if (!m.upstream_hostname.empty() || m.upstream_address) add_upstream(unit, m);
  unit.forwarded += m.forwarded == Known::yes ? m.count : 0;
  unit.with_contact += m.first_contact != Known::unknown ? m.count : 0;
  unit.first_contact += m.first_contact == Known::yes ? m.count : 0;
  unit.acs += is_acs(m) ? m.count : 0;
  if (!m.message_id.empty()) unit.message_ids.add(m.message_id, hash_text(m.message_id), m.count);
}

}  // namespace postern::impact

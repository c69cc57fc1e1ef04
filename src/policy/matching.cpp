// One connector: does it match?
#include "policy/matching.hpp"

#include <cstdint>
#include <string_view>

#include "base/domain.hpp"
#include "policy/name_table.hpp"

namespace postern::policy {
namespace {

/// Whether a certificate name ("mail.contoso.com" or "*.contoso.com") is one that a connector's
/// TlsSenderCertificateName stands for.
bool certificate_name_matches(const CompiledConnector& connector, std::string_view name) noexcept {
  if (!connector.certificate_is_wildcard) return name == connector.certificate_name;
  if (name.starts_with("*.")) name.remove_prefix(2);
  return is_same_or_subdomain(name, connector.certificate_name);
}

int cost_of(const InboundConnector& connector) noexcept {
  int least = 1 << 30;
  for (const SenderDomain& domain : connector.sender_domains) {
    if (domain.cost < least) least = domain.cost;
  }
  return least;
}

}  // namespace

Coverage coverage(const Facts& f, std::uint32_t index) noexcept {
  const CompiledConnector& connector = f.tables.compiled[index];
  const NameTable& names = f.tables.tenants[connector.tenant].connector_names;
  const ReversePath& path = f.submission.reverse_path;
  if (path.state == ReversePath::State::address && !path.domain.empty()) {
    if (names.find(3 * index, path.domain) != NameTable::absent) return {Answer::yes, 1000};
    Coverage found;
    any_of_self_and_parents(path.domain, [&](std::string_view name) {
      if (names.find(3 * index + 1, name) == NameTable::absent) return false;
      found = {Answer::yes, static_cast<std::uint32_t>(name.size()) + 1};
      return true;
    });
    if (found.answer == Answer::yes) return found;
  }
  if (connector.covers_any_sender) return {Answer::yes, 1};
  if (!f.sender_unknown() || f.tables.connectors[index].sender_domains.empty()) return {};
  return f.observed(index) ? Coverage{Answer::yes, 1} : Coverage{Answer::unknown, 0};
}

Guard certificate_match(const Facts& f, std::uint32_t index) noexcept {
  const CompiledConnector& connector = f.tables.compiled[index];
  if (!connector.has_certificate || f.certificate == Answer::no) return {};
  if (f.certificate == Answer::yes) {
    Guard guard;
    f.any_presented_name([&](std::string_view name, bool alternative) {
      if (!certificate_name_matches(connector, name)) return false;
      guard = {Answer::yes, Fact::none, index, alternative ? Note::san_only : Note::none};
      return true;
    });
    return guard;
  }
  if (f.observed(index)) return Guard::observed(index);
  if (f.observed_without(index)) return {};
  return Guard::unknown(Fact::certificate, index);
}

Guard address_match(const Facts& f, std::uint32_t index) noexcept {
  const CompiledConnector& connector = f.tables.compiled[index];
  const CompiledTenant& tenant = f.tables.tenants[connector.tenant];
  const bool unrestricted =
      connector.type == ConnectorType::partner && !connector.restricts_addresses;
  if (!connector.has_addresses || (unrestricted && tenant.choices.partner_address_match ==
                                                       PartnerAddressMatch::only_restricted)) {
    return {};
  }
  if (!f.submission.client_ip) {
    if (f.observed(index)) return Guard::observed(index);
    if (f.observed_without(index)) return {};
    return Guard::unknown(Fact::client_ip, index);
  }
  for (const std::uint32_t found : f.by_address(tenant)) {
    if (found != index) continue;
    return {Answer::yes, Fact::none, index,
            unrestricted ? Note::partner_address_match : Note::none};
  }
  return {};
}

Guard associated(const Facts& f, std::uint32_t index) noexcept {
  if (!f.tables.compiled[index].has_associated_domains) return Guard::of(true);
  Guard guard{Answer::yes, Fact::none, no_connector, Note::associated_domains};
  std::string_view limited;
  switch (f.tenant->choices.associated_domains) {
    case AssociatedDomains::ignored:
      return Guard::of(true);
    case AssociatedDomains::recipient:
      limited = *f.submission.recipient_domain;
      break;
    case AssociatedDomains::sender:
      if (f.sender_unknown()) {
        return f.observed(index) ? guard : Guard::unknown(Fact::reverse_path, index);
      }
      limited = f.submission.reverse_path.domain;
      break;
  }
  const NameTable& names = f.tables.tenants[f.tables.compiled[index].tenant].connector_names;
  const bool listed = any_of_self_and_parents(limited, [&](std::string_view name) {
    if (names.find(3 * index + 2, name) == NameTable::absent) return false;
    // A parent stands for its subdomains only where the accepted domain itself does.
    if (name.size() == limited.size()) return true;
    const std::uint32_t found = f.tables.domain_index.find(name);
    return found != DomainIndex::absent && Owner::unpack(found).match_subdomains &&
           Owner::unpack(found).tenant == f.tenant_index;
  });
  guard.answer = listed ? Answer::yes : Answer::no;
  return guard;
}

Match match(const Facts& f, std::uint32_t index) noexcept {
  const CompiledConnector& connector = f.tables.compiled[index];
  const Coverage covers = coverage(f, index);
  if (covers.answer == Answer::no) return {};
  const Guard by_certificate = certificate_match(f, index);
  const Guard by_address = address_match(f, index);
  Guard source;
  if (connector.has_addresses && connector.has_certificate) {
    source = f.tenant->choices.connector_match == ConnectorMatch::all
                 ? both(by_certificate, by_address)
                 : either(by_certificate, by_address);
    // Where both agree, the choice does not matter.
    if (by_certificate.answer != by_address.answer) source.notes |= Note::connector_match;
  } else {
    source = either(by_certificate, by_address);
  }
  const Guard covered = covers.answer == Answer::unknown ? Guard::unknown(Fact::reverse_path, index)
                                                         : Guard::of(true);
  Match out;
  out.guard = both(both(covered, associated(f, index)), source);
  out.guard.connector = index;
  out.by_certificate = by_certificate.answer == Answer::yes;
  out.exactness = covers.exactness;
  return out;
}

bool comes_before(const Tables& tables, const Match& a, const Match& b) noexcept {
  if (a.by_certificate != b.by_certificate) return a.by_certificate;
  if (a.exactness != b.exactness) return a.exactness > b.exactness;
  const InboundConnector& x = tables.connectors[a.guard.connector];
  const InboundConnector& y = tables.connectors[b.guard.connector];
  if (cost_of(x) != cost_of(y)) return cost_of(x) < cost_of(y);
  return x.name < y.name;
}

}  // namespace postern::policy

// Mail that counts as the organisation's own: connectors by certificate whose name is an accepted
// domain, and OnPremises connectors.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "policy/matching.hpp"
#include "policy/name_table.hpp"

namespace postern::policy {
namespace {

/// The certificate was not recorded, the attribution may have been.
Guard originating_by_observation(const Facts& f) noexcept {
  const ObservedAttribution::State state = f.submission.observed.state;
  const UnixTime changed = f.tables.originating_changed;
  if (state == ObservedAttribution::State::default_connector && f.observed_default(changed)) {
    return {};
  }
  if (state == ObservedAttribution::State::connector) {
    const std::uint32_t index = f.observed_connector();
    if (index == no_connector) return Guard::unknown(Fact::certificate);
    const CompiledConnector& connector = f.tables.compiled[index];
    if (connector.certificate_domain_accepted && !connector.has_addresses) {
      return Guard::observed(index);
    }
    // Attributed to a connector that is no such one, so this step had not matched.
    if (!f.submission.time || changed <= *f.submission.time) return {};
  }
  return Guard::unknown(Fact::certificate);
}

Guard originating_by_names(const Facts& f) noexcept {
  const NameTable& table = f.tables.originating_certificates;
  Guard best;
  std::size_t best_length = 0;
  f.any_presented_name([&](std::string_view name, bool alternative) {
    const Note notes = alternative ? Note::san_only : Note::none;
    const std::uint32_t exact = table.find(0, name);
    if (exact != NameTable::absent) {
      best = {Answer::yes, Fact::none, exact, notes};
      return true;
    }
    if (name.starts_with("*.")) name.remove_prefix(2);
    any_of_self_and_parents(name, [&](std::string_view parent) {
      if (parent.size() <= best_length) return true;
      const std::uint32_t wildcard = table.find(1, parent);
      if (wildcard == NameTable::absent) return false;
      best = {Answer::yes, Fact::none, wildcard, notes};
      best_length = parent.size();
      return true;
    });
    return false;
  });
  return best;
}

/// The OnPremises connector that comes first by name.
std::uint32_t first_on_premises(const Tables& tables,
                                std::span<const std::uint32_t> indexes) noexcept {
  std::uint32_t best = no_connector;
  for (const std::uint32_t index : indexes) {
    if (tables.compiled[index].type != ConnectorType::on_premises) continue;
    if (best == no_connector || tables.connectors[index].name < tables.connectors[best].name) {
      best = index;
    }
  }
  return best;
}

/// The first connector that matches by certificate; else all that may, in one.
Guard any_certificate_match(const Facts& f, std::span<const std::uint32_t> connectors) noexcept {
  Guard unknown;
  for (const std::uint32_t index : connectors) {
    const Guard by_certificate = certificate_match(f, index);
    if (by_certificate.answer == Answer::yes) return by_certificate;
    if (by_certificate.answer == Answer::unknown) merge(unknown, by_certificate);
  }
  return unknown;
}

}  // namespace

Guard on_premises_connector(const Facts& f, const CompiledTenant& tenant) noexcept {
  if (!tenant.connectors_known) {
    return f.on_default_connector() ? Guard{} : Guard::unknown(Fact::inbound_connectors);
  }
  if (f.submission.client_ip && tenant.has_on_premises_addresses) {
    const std::uint32_t found = first_on_premises(f.tables, f.by_address(tenant));
    if (found != no_connector) return {Answer::yes, Fact::none, found, Note::none};
  }
  Guard unknown;
  if (tenant.on_premises_certificates && f.certificate_can_matter(tenant.certificates_changed) &&
      !f.observed_partner(tenant)) {
    unknown = any_certificate_match(f, tenant.on_premises);
    if (unknown.answer == Answer::yes) return unknown;
  }
  if (!f.submission.client_ip && tenant.has_on_premises_addresses) {
    for (const std::uint32_t index : tenant.on_premises) {
      if (!f.tables.compiled[index].has_addresses) continue;
      if (f.observed(index)) return Guard::observed(index);
    }
    merge(unknown, Guard::unknown(Fact::client_ip, tenant.on_premises.front()));
  }
  return unknown;
}

Guard on_premises_of_unknown_sender(const Facts& f) noexcept {
  Guard possible;
  for (const CompiledTenant& tenant : f.tables.tenants) {
    const Guard match = on_premises_match(f, tenant);
    if (match.answer == Answer::no) continue;
    merge(possible, Guard::unknown(match.missing | Fact::reverse_path, match.connector));
  }
  return possible;
}

Guard certified_connector(const Facts& f) noexcept {
  const bool unknown_connectors = f.tables.any_connectors_unknown;
  const bool none = f.tables.originating_certificates.empty();
  if (f.submission.observed.state == ObservedAttribution::State::unknown && unknown_connectors &&
      f.certificate == Answer::unknown) {
    return Guard::unknown(Fact::inbound_connectors | Fact::certificate);
  }
  if (unknown_connectors && f.certificate == Answer::yes && none) {
    return Guard::unknown(Fact::inbound_connectors);
  }
  if (none) return {};
  if (f.certificate == Answer::unknown) return originating_by_observation(f);
  const Guard best = originating_by_names(f);
  if (best.answer == Answer::no && unknown_connectors) {
    return Guard::unknown(Fact::inbound_connectors);
  }
  return best;
}

Guard any_on_premises(const Facts& f) noexcept {
  const PrefixTable& addresses = f.tables.all_on_premises_addresses;
  Guard by_address;
  if (f.submission.client_ip) {
    const auto found = addresses.find(*f.submission.client_ip);
    if (!found.empty()) {
      return {Answer::yes, Fact::none, first_on_premises(f.tables, found), Note::none};
    }
  } else if (!addresses.empty()) {
    by_address = Guard::unknown(Fact::client_ip);
  }
  return either(by_address, any_certificate_match(f, f.tables.on_premises_with_certificate));
}

}  // namespace postern::policy

#include "impact/context.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "auth/dmarc_standing.hpp"
#include "auth/spf_record.hpp"
#include "base/ascii.hpp"
#include "policy/clouds.hpp"
#include "tenant/dns_records.hpp"
#include "tenant/known_ranges.hpp"

namespace postern::impact {
namespace {

// A wider prefix is a provider's and no network of one's own.
constexpr unsigned widest_own_v4 = 20;
constexpr unsigned widest_own_v6 = 44;

// A record that lists a wider block lists a provider's other customers with it, whom nobody on the
// Internet can tell from the owner. So wide is what a provider gives to one line (IPv6: to one
// site, RFC 6177).
constexpr unsigned widest_alone_v4 = 27;
constexpr unsigned widest_alone_v6 = 48;

// The domain's one record that can be evaluated; null where there is none, or several.
std::shared_ptr<const auth::SpfRecord> spf_record_of(const tenant::Configuration& configuration,
                                                     const std::string& domain) {
  const auto* texts = tenant::texts_at(configuration, domain);
  if (texts == nullptr) return nullptr;
  std::shared_ptr<const auth::SpfRecord> found;
  for (const std::string& text : *texts) {
    if (!auth::is_spf_record(text)) continue;
    const auto record = auth::SpfRecord::parse(text);
    if (found != nullptr || !record) return nullptr;
    found = *record;
  }
  return found;
}

// The block that a term writes out; nullopt of one that is looked up.
std::optional<Prefix> block_of(const auth::SpfTerm& term) {
  if (term.mechanism == auth::SpfMechanism::ip4) return Prefix(term.network, term.prefix_v4);
  if (term.mechanism == auth::SpfMechanism::ip6) return Prefix(term.network, term.prefix_v6);
  return std::nullopt;
}

// The terms that are tested: none behind "all" (RFC 7208, 5.1).
std::span<const auth::SpfTerm> tested_terms(const auth::SpfRecord& record) {
  const auto all = std::find_if(record.terms().begin(), record.terms().end(), [](const auto& term) {
    return term.mechanism == auth::SpfMechanism::all;
  });
  return {record.terms().begin(), all};
}

// What the record lists by itself (RFC 7208, 5.6): no name is looked up. The first term that
// matches decides (4.6.2), so that nothing counts that overlaps an earlier one without a pass, or
// stands behind one that would have to be looked up.
std::vector<Prefix> listed_addresses(const auth::SpfRecord& record) {
  std::vector<Prefix> out;
  std::vector<Prefix> refused;
  for (const auth::SpfTerm& term : tested_terms(record)) {
    const std::optional<Prefix> block = block_of(term);
    if (term.qualifier != auth::SpfQualifier::pass) {
      if (!block) break;
      refused.push_back(*block);
    } else if (block && std::none_of(refused.begin(), refused.end(),
                                     [&](const Prefix& each) { return each.overlaps(*block); })) {
      out.push_back(*block);
    }
  }
  return out;
}

// Whose records it trusts: of include and redirect, lower case. Behind "all" no redirect counts
// (RFC 7208, 6.1).
std::vector<std::string> trusted_names(const auth::SpfRecord& record) {
  std::vector<std::string> out;
  const std::span<const auth::SpfTerm> tested = tested_terms(record);
  const bool ends = tested.size() < record.terms().size();
  for (const auth::SpfTerm& term : tested) {
    if (term.mechanism == auth::SpfMechanism::include &&
        term.qualifier == auth::SpfQualifier::pass) {
      out.push_back(to_lower(term.domain_spec));
    }
  }
  if (!ends && !record.redirect().empty()) out.push_back(to_lower(record.redirect()));
  return out;
}

// What everybody sends from is nobody's own, though the record or a connector lists it.
bool is_everybodys(const Prefix& prefix) {
  using tenant::RangeKind;
  return tenant::known_range(prefix, RangeKind::exchange_online) != nullptr ||
         tenant::known_range(prefix, RangeKind::shared_sender) != nullptr;
}

bool may_be_own(const Prefix& prefix) {
  return prefix.length() >= (prefix.is_v4() ? widest_own_v4 : widest_own_v6) &&
         !is_everybodys(prefix);
}

// In a large cloud a single address may be rented for long, the next one is a stranger's.
bool is_nobody_elses(const Prefix& prefix) {
  const bool single = prefix.length() >= (prefix.is_v4() ? 32U : 64U);
  return prefix.length() >= (prefix.is_v4() ? widest_alone_v4 : widest_alone_v6) &&
         !is_everybodys(prefix) &&
         (single || tenant::known_range(prefix, tenant::RangeKind::cloud) == nullptr);
}

// Whether what passes comes from addresses that the record writes out: neither from whoever shares
// a service that it trusts, nor from everywhere.
bool lists_own_addresses_alone(const auth::SpfRecord& record) {
  const bool alone =
      std::all_of(record.terms().begin(), record.terms().end(), [](const auth::SpfTerm& term) {
        return term.qualifier != auth::SpfQualifier::pass ||
               (term.mechanism == auth::SpfMechanism::ip4 &&
                is_nobody_elses(Prefix(term.network, term.prefix_v4))) ||
               (term.mechanism == auth::SpfMechanism::ip6 &&
                is_nobody_elses(Prefix(term.network, term.prefix_v6)));
      });
  return alone && !record.terms().empty() && record.redirect().empty();
}

}  // namespace

Context context_of(const tenant::Configuration& configuration, Services services,
                   std::vector<Pin> pins) {
  Context out;
  out.services = std::move(services);
  out.pins = std::move(pins);
  std::vector<std::pair<Prefix, PrefixTable::Value>> own, alone;
  const auto domains = tenant::own_domains(configuration);
  out.dmarc_enforced = !domains.empty();
  for (const std::string& domain : domains) {
    if (const auto spf = spf_record_of(configuration, domain)) {
      out.spf_known = true;
      for (const Prefix& prefix : listed_addresses(*spf)) {
        if (may_be_own(prefix)) own.emplace_back(prefix, 1);
        if (is_nobody_elses(prefix)) alone.emplace_back(prefix, 1);
      }
      if (lists_own_addresses_alone(*spf)) out.spf_of_own_addresses.push_back(domain);
      for (const std::string& include : trusted_names(*spf)) {
        const std::uint16_t service = out.services.of_spf_include(include);
        if (service != no_service) out.spf_services.push_back(service);
      }
    }
    if (const auto* records = tenant::records_of(configuration, domain)) {
      for (const std::string& host : records->mx.values) {
        if (!policy::is_front_door(host)) out.foreign_mx.push_back(host);
      }
    }
    const auto dmarc = auth::dmarc_standing(
        [&](std::string_view name) { return tenant::texts_at(configuration, name); }, domain);
    out.dmarc_known = out.dmarc_known || dmarc.state != auth::DmarcState::not_known;
    out.dmarc_enforced = out.dmarc_enforced && dmarc.state == auth::DmarcState::enforced;
  }
  for (const auto& connector : configuration.tenant.inbound_connectors) {
    if (connector.type != policy::ConnectorType::on_premises) continue;
    // Whoever sends from there is let in by it already.
    for (const Prefix& prefix : connector.sender_ip_addresses) {
      if (is_everybodys(prefix)) continue;
      own.emplace_back(prefix, 1);
      alone.emplace_back(prefix, 1);
    }
  }
  out.own_networks = PrefixTable(own);
  out.own_alone = PrefixTable(alone);
  out.reject_direct_send = configuration.tenant.reject_direct_send;
  const auto& connectors = configuration.tenant.inbound_connectors;
  out.may_restrict =
      !configuration.tenant.inbound_connectors_known ||
      std::any_of(connectors.begin(), connectors.end(), [](const policy::InboundConnector& each) {
        return each.enabled && each.restricts();
      });
  std::sort(out.spf_of_own_addresses.begin(), out.spf_of_own_addresses.end());
  for (const auto& domain : configuration.tenant.accepted_domains)
    out.domains.push_back(domain.name);
  out.assumed = configuration.assumed;
  out.at_exchange = configuration.tenant.cloud != policy::Cloud::none;
  out.lack_of_switch = policy::lack_of_switch(configuration.tenant.cloud);
  return out;
}

}  // namespace postern::impact

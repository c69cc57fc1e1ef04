#include "impact/grouping.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "impact/movers.hpp"
#include "impact/services.hpp"
#include "impact/unit_pin.hpp"
#include "tenant/known_ranges.hpp"

namespace postern::impact {
namespace {

// Authentication results and whereabouts of most of the mail, and the connector.
std::string how_it_fares(const Unit& unit) {
  std::string out;
  for (const ResultCounts* counts : {&unit.spf, &unit.published_spf, &unit.dkim, &unit.dmarc}) {
    const auto most = std::max_element(counts->begin(), counts->end());
    out += static_cast<char>('a' + (most - counts->begin()));
  }
  const auto fate = std::max_element(unit.delivery.begin(), unit.delivery.end());
  out += static_cast<char>('a' + (fate - unit.delivery.begin()));
  return unit.connectors.empty() ? out : out + ' ' + unit.connectors.front();
}

std::string how_spf_fares(const Unit& unit) {
  const auto most = std::max_element(unit.spf.begin(), unit.spf.end());
  std::string out(1, static_cast<char>('a' + (most - unit.spf.begin())));
  return unit.connectors.empty() ? out : out + ' ' + unit.connectors.front();
}

// A name that a provider made of the address (ec2-198-51-100-7.…) tells of the provider, whose
// customers have nothing in common.
bool is_made_of_address(std::string_view host, const Unit& unit) {
  if (unit.addresses.size() != 1 || !unit.addresses[0].is_v4()) return false;
  const std::uint32_t v4 = unit.addresses[0].v4();
  const auto octet = [&](unsigned i) { return std::to_string(v4 >> (24 - 8 * i) & 0xff); };
  for (const char separator : {'-', '.', '_'}) {
    const std::string forward = octet(2) + separator + octet(3);
    const std::string backward = octet(3) + separator + octet(2);
    if (host.find(forward) != std::string_view::npos ||
        host.find(backward) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// Whether more than a name speaks for it: authentication that nobody can forge, or some days of
// presence, which a passing attacker does not have.
bool may_join(const Unit& unit) {
  const auto passes = [&](const ResultCounts& counts) {
    return counts[static_cast<std::size_t>(evidence::AuthResult::pass)] * 2 > unit.messages;
  };
  return passes(unit.spf) || passes(unit.published_spf) ||
         unit.signed_by_author * 2 > unit.messages ||
         (unit.days.count() >= 5 && unit.days.span() >= 10);
}

bool is_exchange_online(const Unit& unit) {
  return !unit.addresses.empty() &&
         std::all_of(unit.addresses.begin(), unit.addresses.end(), [](const IpAddress& address) {
           const tenant::KnownRange* range = tenant::known_range(address);
           return range != nullptr && range->kind == tenant::RangeKind::exchange_online;
         });
}

// What a unit shares with others of the same sender, whatever a person answered.
std::string likeness_of(const Unit& unit, std::size_t number, const policy::Policy& policy,
                        const Context& context) {
  if (unit.moves || !may_join(unit)) return fmt::format("unit {}", number);
  // What is proved neither vouches for the rest nor becomes doubtful by it.
  const std::string fares = how_it_fares(unit) + (unit.proved > 0 ? " proved" : "");
  if (unit.service != no_service) {
    // It hands back what many people write: signatures and ends differ from mail to mail, whether
    // SPF lists its servers does not.
    if (context.services[unit.service].kind == ServiceKind::signature_service) {
      return fmt::format("service {} {}{}", unit.service, how_spf_fares(unit),
                         unit.proved > 0 ? " proved" : "");
    }
    return fmt::format("service {} {} {}", unit.service, unit.domain(), fares);
  }
  // The domain's owner proved every message: from wherever it comes, it is one sender's.
  if (unit.proved == unit.messages && unit.reverse_paths.count() == 1) {
    return fmt::format("path {} {}", to_lower(unit.path_samples.top(1).front()), fares);
  }
  for (const std::string& host : unit.hosts.top(8)) {
    const auto normal = normalise_domain(host);
    if (normal && normal->find('.') != std::string::npos &&
        policy.owner_of(*normal) == policy::no_tenant && !is_made_of_address(*normal, unit)) {
      return fmt::format("host {} {} {}", organisation_of(*normal), unit.domain(), fares);
    }
  }
  // Exchange Online sends one tenant's mail from any of its servers.
  if (unit.reverse_paths.count() == 1 && is_exchange_online(unit)) {
    return fmt::format("exchange online {} {}", to_lower(unit.path_samples.top(1).front()), fares);
  }
  if (unit.addresses.size() == 1 && unit.addresses[0].is_v4() && unit.reverse_paths.count() == 1) {
    return fmt::format("net {} {} {}", unit.addresses[0].v4() >> 8,
                       to_lower(unit.path_samples.top(1).front()), fares);
  }
  return fmt::format("unit {}", number);
}

// What a person answered for stays what it is, whoever comes to look like it.
std::string group_key(const Unit& unit, std::size_t number, const policy::Policy& policy,
                      const Context& context) {
  std::string key = likeness_of(unit, number, policy, context);
  if (const Pin* pin = pin_of(unit, context.pins)) key += " " + pin->where.text();
  return key;
}

// Mail of a source that is proved goes with it where no results of any of it are recorded: that two
// kinds of evidence overlap makes nobody doubtful.
void join_unrecorded(std::vector<Unit>& units, const Context& context) {
  std::map<IpAddress, Unit*> proved;
  for (Unit& unit : units) {
    if (unit.proved > 0 && unit.addresses.size() == 1) proved[unit.addresses.front()] = &unit;
  }
  for (Unit& unit : units) {
    if (unit.proved > 0 || unit.disproved > 0 || unit.addresses.size() != 1) continue;
    const auto place = proved.find(unit.addresses.front());
    if (place == proved.end() ||
        pin_of(unit, context.pins) != pin_of(*place->second, context.pins)) {
      continue;
    }
    place->second->merge(unit);
    unit.messages = 0;
  }
  std::erase_if(units, [](const Unit& unit) { return unit.messages == 0; });
}

}  // namespace

std::map<std::string, Unit> group_units(std::vector<Unit> units, const policy::Policy& policy,
                                        const Context& context) {
  join_unrecorded(units, context);
  units = join_movers(std::move(units), context);
  std::map<std::string, Unit> groups;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const auto [place, added] = groups.try_emplace(group_key(units[i], i, policy, context));
    if (added) {
      place->second = std::move(units[i]);
    } else {
      place->second.merge(units[i]);
    }
  }
  return groups;
}

}  // namespace postern::impact

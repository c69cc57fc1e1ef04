#include "difference/ways.hpp"

#include <cstdint>

#include "policy/matching.hpp"
#include "policy/tables.hpp"

namespace postern::difference {
namespace {

using policy::Answer;
using policy::CompiledConnector;
using policy::ConnectorMatch;
using policy::Tables;

// Whether the tenant's choices let the connector match by address at all.
bool address_counts(const Space& space, const Variant& variant, std::uint32_t index) {
  const Bits& held = space.addresses.held_by(variant.side, index);
  if (!held.any()) return false;
  const policy::Submission s =
      space.submission(NameAtoms::other, NameAtoms::other, Space::without_tls,
                       space.addresses.representative(held.first()));
  const policy::Facts facts(policy::tables_of(variant.policy), s);
  return policy::address_match(facts, index).answer == Answer::yes;
}

std::size_t connectors_of(const Variant& variant) {
  return policy::tables_of(variant.policy).connectors.size();
}

}  // namespace

Ways::Ways(const Space& space, const Variant& variant)
    : certificate_alone(connectors_of(variant)),
      certificate_and_address(connectors_of(variant)),
      address_alone(connectors_of(variant)),
      demands_tls(connectors_of(variant)),
      restricts(connectors_of(variant)),
      domain_only(connectors_of(variant)),
      on_premises(connectors_of(variant)),
      on_premises_addresses(space.addresses.class_count()) {
  const Tables& tables = policy::tables_of(variant.policy);
  for (const std::uint32_t index : tables.tenants[0].on_premises) {
    on_premises.set(index);
    on_premises_addresses |= space.addresses.held_by(variant.side, index);
  }
  const bool needs_both = tables.tenants[0].choices.connector_match == ConnectorMatch::all;
  for (const std::uint32_t index : tables.tenants[0].partners) {
    const CompiledConnector& connector = tables.compiled[index];
    if (connector.require_tls) demands_tls.set(index);
    if (connector.restricts) restricts.set(index);
    if (connector.is_domain_only()) domain_only.set(index);
    const bool counts = address_counts(space, variant, index);
    if (needs_both && connector.has_addresses && connector.has_certificate) {
      if (counts) certificate_and_address.set(index);
      continue;
    }
    if (connector.has_certificate) certificate_alone.set(index);
    if (counts) address_alone.set(index);
  }
}

}  // namespace postern::difference

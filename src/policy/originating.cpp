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
  const std::uint32_t named = f.observed_connector();
  const bool elsewhere = f.on_default_connector() || named != no_connector;
  Guard possible;
  for (const std::uint32_t index : f.tables.certified) {
    const CompiledConnector& connector = f.tables.compiled[index];
    // The named connector may have matched by address instead, which is another clause.
    if (named == index && address_match(f, index).answer == Answer::no) {
      return Guard::observed(index);
    }
    if (named != index && elsewhere && f.unchanged(connector.when_changed)) continue;
    merge_next(possible, Guard::unknown(Fact::certificate, index));
  }
  return possible;
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

/// The OnPremises connector that comes first by name, of those that `number` makes indexes of.
template <class Number>
std::uint32_t first_on_premises(const Tables& tables, std::span<const std::uint32_t> found,
                                Number number) noexcept {
  std::uint32_t best = no_connector;
  for (const std::uint32_t each : found) {
    const std::uint32_t index = number(each);
    if (tables.compiled[index].type != ConnectorType::on_premises) continue;
    if (best == no_connector || tables.connectors[index].name < tables.connectors[best].name) {
      best = index;
    }
  }
  return best;
}

/// The connector that comes first by name of those that match; else all that may, in one. Where the
/// client's address is known, `connectors` are asked for the certificate alone.
Guard any_match(const Facts& f, std::span<const std::uint32_t> connectors) noexcept {
  Guard best;
  Guard possible;
  for (const std::uint32_t index : connectors) {
    Guard found = certificate_match(f, index);
    if (!f.submission.client_ip) found = either(found, address_match(f, index));
    if (found.answer == Answer::unknown) merge_next(possible, found);
    if (found.answer != Answer::yes) continue;
    const auto& names = f.tables.connectors;
    if (best.answer == Answer::no || names[index].name < names[best.connector].name) best = found;
  }
  return best.answer == Answer::yes ? best : possible;
}

Guard unlisted_connectors(const Facts& f) noexcept {
  return f.on_default_connector() ? Guard{} : Guard::unknown(Fact::inbound_connectors);
}

}  // namespace

Guard on_premises_connector(const Facts& f, const CompiledTenant& tenant) noexcept {
  if (!tenant.connectors_known) return unlisted_connectors(f);
  if (f.submission.client_ip) {
    const std::uint32_t found = first_on_premises(f.tables, f.by_address(tenant),
                                                  [](std::uint32_t index) { return index; });
    if (found != no_connector) return {Answer::yes, Fact::none, found, Note::none};
    if (f.certificate == Answer::no || !tenant.on_premises_certificates) return {};
  }
  return any_match(f, tenant.on_premises);
}

Guard on_premises_of_unknown_sender(const Facts& f) noexcept {
  Guard possible;
  for (const auto& tenant : f.tables.holders) {
    const Guard match = on_premises_match(f, *tenant);
    if (match.answer == Answer::no) continue;
    // Attributed to it then: so the sender was one of its tenant's.
    if (match.answer == Answer::yes && has(match.notes, Note::observed)) return match;
    merge_next(possible, Guard::unknown(match.missing | Fact::reverse_path, match.connector));
  }
  return possible;
}

Guard certified_connector(const Facts& f) noexcept {
  Guard found =
      f.certificate == Answer::yes ? originating_by_names(f) : originating_by_observation(f);
  if (found.answer == Answer::yes || !f.tables.any_connectors_unknown || f.on_default_connector() ||
      f.observed_connector() != no_connector) {
    return found;
  }
  const Fact certificate = f.certificate == Answer::unknown ? Fact::certificate : Fact::none;
  merge(found, Guard::unknown(Fact::inbound_connectors | certificate));
  return found;
}

Guard any_on_premises(const Facts& f) noexcept {
  Guard found;
  if (f.submission.client_ip) {
    const auto by_address = f.tables.all_on_premises_addresses.find(*f.submission.client_ip);
    if (!by_address.empty()) {
      const auto number = [&](std::uint32_t rank) { return f.tables.all_on_premises[rank]; };
      return {Answer::yes, Fact::none, first_on_premises(f.tables, by_address, number), Note::none};
    }
    found = any_match(f, f.tables.on_premises_with_certificate);
  } else {
    found = any_match(f, f.tables.all_on_premises);
  }
  return f.tables.any_connectors_unknown ? either(found, unlisted_connectors(f)) : found;
}

}  // namespace postern::policy

// The compiled form of tenants. Only compile.cpp writes it; decide() reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/prefix_table.hpp"
#include "policy/name_table.hpp"
#include "policy/tenant.hpp"
#include "policy/verdict.hpp"

namespace postern::policy {

/// An accepted domain's owner, packed into the value of the domain index: a look-up then touches
/// one cache line and no second table.
struct Owner {
  std::uint32_t tenant = no_tenant;
  bool match_subdomains = false;
  bool onmicrosoft = false;

  [[nodiscard]] bool exists() const noexcept { return tenant != no_tenant; }
  [[nodiscard]] std::uint32_t pack() const noexcept {
    return tenant | (match_subdomains ? 1u << 31 : 0u) | (onmicrosoft ? 1u << 30 : 0u);
  }
  static Owner unpack(std::uint32_t value) noexcept {
    return {value & ((1u << 30) - 1), (value >> 31) != 0, (value >> 30 & 1) != 0};
  }
};
constexpr std::uint32_t most_tenants = (1u << 30) - 1;

/// What decide() asks of a connector, beside the connector itself.
struct CompiledConnector {
  std::uint32_t tenant = 0;
  ConnectorType type = ConnectorType::partner;
  bool covers_any_sender = false;  ///< SenderDomains holds "*"
  bool has_addresses = false;
  bool has_certificate = false;
  bool certificate_is_wildcard = false;
  bool certificate_domain_accepted = false;  ///< its name is an accepted domain of the tenant
  bool require_tls = false;
  bool restricts = false;
  bool restricts_addresses = false;
  bool has_associated_domains = false;
  std::string certificate_name;  ///< without "*."
  UnixTime when_changed = 0;     ///< 0: not known

  /// Neither addresses nor certificate: a Partner connector scoped by sender domain alone.
  [[nodiscard]] bool is_domain_only() const noexcept { return !has_addresses && !has_certificate; }
};

/// Connectors by the sender domain they name, in the order in which the rule needs them.
struct ConnectorSlice {
  std::uint32_t offset = 0;
  std::uint32_t restricting = 0;  ///< the first so many restrict
  std::uint32_t domain_only = 0;  ///< the next so many are scoped by domain only
};

/// What is read for every message stands first, to share cache lines.
struct CompiledTenant {
  RejectDirectSend reject_direct_send = RejectDirectSend::unknown;
  bool switch_available = true;  ///< false in GCC High and DoD
  bool connectors_known = true;
  bool has_partners = false;
  bool has_on_premises = false;
  bool has_partner_addresses = false;
  bool has_on_premises_addresses = false;
  bool partner_certificates = false;      ///< any enabled Partner connector has one
  bool on_premises_certificates = false;  ///< any enabled OnPremises connector has one
  bool has_restricting = false;
  bool has_domain_only_tls = false;  ///< a domain-only Partner connector with RequireTls
  Choices choices;
  ConnectorSlice any_sender;          ///< connectors whose SenderDomains holds "*"
  PrefixTable addresses;              ///< of all enabled connectors
  UnixTime certificates_changed = 0;  ///< the latest change of a connector with one

  /// Indexes of all enabled connectors of this tenant.
  std::vector<std::uint32_t> partners;
  std::vector<std::uint32_t> on_premises;
  std::string name;
};

struct Tables {
  std::vector<CompiledTenant> tenants;
  std::vector<InboundConnector> connectors;
  std::vector<CompiledConnector> compiled;  ///< parallel to connectors

  NameTable domain_index;  ///< scope 0: accepted domain -> packed Owner
  /// Label counts of domains with MatchSubDomains, as a bit mask: parents of other depths are not
  /// looked up.
  std::uint64_t subdomain_depths = 0;

  // Scope is 2 * tenant (exact) or 2 * tenant + 1 (domain and subdomains).
  NameTable sender_index;  ///< -> index into sender_slices
  std::vector<ConnectorSlice> sender_slices;
  std::vector<std::uint32_t> slice_members;

  // Scope is 3 * connector (exact), + 1 (domain and subdomains), + 2 (associated domain).
  NameTable connector_names;

  // Scope is 2 * tenant (exact) or + 1 (wildcard): Partner connectors by certificate name.
  NameTable partner_certificate_index;  ///< -> index into certificate_lists
  std::vector<std::vector<std::uint32_t>> certificate_lists;
  // Scope 0 (exact) or 1 (wildcard), over all tenants: connectors that make mail originating.
  NameTable originating_certificates;  ///< -> connector

  std::vector<std::uint32_t> certified;  ///< the connectors of that index, in order

  std::vector<std::uint32_t> all_on_premises;  ///< enabled ones of all tenants, in order
  PrefixTable all_on_premises_addresses;
  std::vector<std::uint32_t> on_premises_with_certificate;
  bool any_connectors_unknown = false;
};

class Policy;
/// The tables that decide, for what reasons about all mail at once (difference/). A switch turned
/// by with_reject_direct_send() is not in them.
[[nodiscard]] const Tables& tables_of(const Policy&) noexcept;

}  // namespace postern::policy

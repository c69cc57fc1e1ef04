// The compiled form of tenants. Only compile_tenant.cpp and gather.cpp write it; decide() reads it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/prefix_table.hpp"
#include "policy/domain_index.hpp"
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
  bool certificate_covers_own =
      false;  ///< a wildcard, and an accepted domain of the tenant is below
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

/// One tenant, compiled by itself at its place in the policy: it knows of no other, and policies
/// share it. Connectors are numbered from `first_connector` on. What is read for every message
/// stands first, to share cache lines.
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
  std::uint32_t first_connector = 0;

  /// Indexes of all enabled connectors of this tenant.
  std::vector<std::uint32_t> partners;
  std::vector<std::uint32_t> on_premises;
  std::string name;
  std::string default_domain;  ///< empty where it has none

  std::vector<InboundConnector> connectors;
  std::vector<CompiledConnector> compiled;  ///< parallel to connectors

  // Scope is 0 (exact) or 1 (domain and subdomains).
  NameTable sender_index;  ///< -> index into sender_slices
  std::vector<ConnectorSlice> sender_slices;
  std::vector<std::uint32_t> slice_members;

  // Scope is 3 * connector (exact), + 1 (domain and subdomains), + 2 (associated domain).
  NameTable connector_names;

  // Scope is 0 (exact) or 1 (wildcard): Partner connectors by certificate name.
  NameTable partner_certificate_index;  ///< -> index into certificate_lists
  std::vector<std::vector<std::uint32_t>> certificate_lists;

  /// Label counts of its domains with MatchSubDomains, as a bit mask.
  std::uint64_t subdomain_depths = 0;
};

/// A list whose items lie elsewhere.
template <class T>
class References {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    Iterator() = default;
    explicit Iterator(const T* const* at) noexcept : at_(at) {}
    const T& operator*() const noexcept { return **at_; }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    Iterator operator++(int) noexcept { return Iterator(at_++); }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const T* const* at_ = nullptr;
  };

  explicit References(std::size_t size = 0) : all_(size, nullptr) {}
  const T& operator[](std::size_t index) const noexcept { return *all_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] Iterator begin() const noexcept { return Iterator(all_.data()); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(all_.data() + all_.size()); }
  void set(std::size_t index, const T& item) noexcept { all_[index] = &item; }
  void fill(const T& item) noexcept { std::fill(all_.begin(), all_.end(), &item); }

 private:
  std::vector<const T*> all_;
};

struct Tables {
  /// By index. Where tenants come and go, an index may belong to nobody, who owns no domain and has
  /// no connector; likewise a connector's.
  References<CompiledTenant> tenants;
  std::vector<std::shared_ptr<const CompiledTenant>> holders;  ///< in the tenants' order
  std::vector<std::uint32_t> order;                            ///< their indexes, likewise
  References<InboundConnector> connectors;
  References<CompiledConnector> compiled;  ///< parallel to connectors

  DomainIndex domain_index;  ///< accepted domain -> packed Owner
  /// Label counts of domains with MatchSubDomains, as a bit mask: parents of other depths are not
  /// looked up.
  std::uint64_t subdomain_depths = 0;

  // Over all tenants, in their order.

  // Scope 0 (exact) or 1 (wildcard): connectors that make mail originating.
  NameTable originating_certificates;    ///< -> connector
  std::vector<std::uint32_t> certified;  ///< the connectors of that index

  std::vector<std::uint32_t> all_on_premises;  ///< enabled ones
  PrefixTable all_on_premises_addresses;       ///< -> index into all_on_premises
  std::vector<std::uint32_t> on_premises_with_certificate;
  bool any_connectors_unknown = false;
};

class Policy;
/// The tables that decide, for what reasons about all mail at once (difference/). A switch turned
/// by with_reject_direct_send() is not in them.
[[nodiscard]] const Tables& tables_of(const Policy&) noexcept;

}  // namespace postern::policy

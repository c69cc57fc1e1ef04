// Tenants that come, change and go one by one, and the policy of them all: a change costs its own
// tenant, and what it does not touch is shared with the policies before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/domain_index.hpp"
#include "policy/policy.hpp"
#include "policy/tenant.hpp"

namespace postern::policy {

struct CompiledTenant;

/// For one thread. The policies that it gives are anybody's, and never change.
class Assembly {
 public:
  /// Who has a domain that another tenant wants.
  struct Holder {
    std::string domain;
    std::string id;
  };

  /// Puts a tenant, or in the place of the one of that ID. Nothing is changed where something is
  /// given back: the tenant's own faults, as Policy::compile() tells them, or `held`, the first of
  /// its domains that is another's.
  std::vector<Error> put(const std::string& id, const Tenant& tenant, std::optional<Holder>& held);
  /// Takes a tenant away, where it is there.
  void remove(std::string_view id);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Of all tenants, in the order of their IDs: equal in every answer to Policy::compile() of them
  /// in that order. Indexes of tenants and connectors may be others.
  [[nodiscard]] Policy policy();

 private:
  struct Entry {
    std::uint32_t index = 0;
    std::uint32_t first_connector = 0;
    std::uint32_t connectors = 0;  // for so many there is room
    std::vector<std::string> domains;
    std::shared_ptr<const CompiledTenant> compiled;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  void place(Entry& entry, std::uint32_t connectors);
  void take_domains(Entry& entry, const Tenant& tenant);

  Entries entries_;
  DomainIndex domains_;
  std::vector<const std::string*> ids_;                          // by index; null: nobody's
  std::vector<std::uint32_t> free_;                              // indexes that are nobody's
  std::multimap<std::uint32_t, std::uint32_t> free_connectors_;  // how many, from which on
  std::uint32_t connectors_ = 0;
};

}  // namespace postern::policy

#include "cluster/fleet.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "cluster/tenant_value.hpp"
#include "policy/policy.hpp"
#include "tenant/load.hpp"

namespace postern::cluster {

tl::expected<policy::Tenant, std::vector<Error>> tenant_of(std::string_view value,
                                                           const std::string& id) {
  using Faults = std::vector<Error>;
  const auto read = read_tenant_value(value, tenant_key(id));
  if (!read) return tl::unexpected(Faults{read.error()});
  auto parsed = tenant::parse(read->text, read->name);
  if (!parsed) return tl::unexpected(Faults{parsed.error()});
  const auto compiled = policy::Policy::compile(parsed->tenant);
  if (!compiled) return tl::unexpected(compiled.error());
  if (parsed->tenant.accepted_domains.empty()) {
    return tl::unexpected(Faults{{"has no accepted domain, so no mail would find it",
                                  tenant_key(id), "push its accepted domains too"}});
  }
  return std::move(parsed->tenant);
}

std::size_t Fleet::place_of(std::string_view id) const {
  return static_cast<std::size_t>(std::lower_bound(ids_.begin(), ids_.end(), id) - ids_.begin());
}

const policy::Tenant& Fleet::tenant_at(std::string_view id) const {
  return tenants_[place_of(id)];
}

void Fleet::remove(const std::string& id) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  for (const policy::AcceptedDomain& domain : tenant_at(id).accepted_domains)
    owners_.erase(domain.name);
  const auto place = static_cast<std::ptrdiff_t>(place_of(id));
  tenants_.erase(tenants_.begin() + place);
  ids_.erase(ids_.begin() + place);
  members_.erase(found);
}

void Fleet::put(const std::string& id, Member member, policy::Tenant tenant) {
  remove(id);
  const std::string_view key = members_.emplace(id, std::move(member)).first->first;
  const auto place = static_cast<std::ptrdiff_t>(place_of(id));
  ids_.insert(ids_.begin() + place, key);
  const auto kept = tenants_.insert(tenants_.begin() + place, std::move(tenant));
  // The names stay where they are when a tenant moves: it hands its list on whole.
  for (const policy::AcceptedDomain& domain : kept->accepted_domains)
    owners_.emplace(domain.name, key);
}

// False where its newest form is not in force afterwards.
bool Fleet::take(TenantChange& change) {
  auto tenant = tenant_of(*change.value, change.id);
  Fault fault{change.revision, {}, {}};
  if (!tenant) {
    fault.why = tenant.error().front().line();
  } else {
    for (const policy::AcceptedDomain& domain : tenant->accepted_domains) {
      const auto holder = owners_.find(domain.name);
      if (holder == owners_.end() || holder->second == change.id) continue;
      fault.why = fmt::format("claims {}, which is tenant {}'s", domain.name, holder->second);
      fault.value = std::move(change.value);
      break;
    }
  }
  if (!fault.why.empty()) {
    faults_.insert_or_assign(change.id, std::move(fault));
    return false;
  }
  faults_.erase(change.id);
  put(change.id, {change.revision, std::move(*change.value)}, std::move(*tenant));
  return true;
}

bool Fleet::apply(std::vector<TenantChange> changes) {
  bool changed = false;
  for (TenantChange& change : changes) {
    const auto member = members_.find(change.id);
    if (member != members_.end() && change.revision <= member->second.revision) continue;
    if (member != members_.end() && change.value == member->second.value) {
      member->second.revision = change.revision;
      faults_.erase(change.id);
      continue;
    }
    if (change.value) {
      changed = take(change) || changed;
      continue;
    }
    changed = changed || members_.contains(change.id);
    remove(change.id);
    faults_.erase(change.id);
  }
  // A tenant that waits for a domain gets it once its holder has let go.
  for (bool again = changed; again;) {
    again = false;
    std::vector<TenantChange> waiting;
    for (const auto& [id, fault] : faults_) {
      if (fault.value) waiting.push_back({id, fault.revision, fault.value});
    }
    // In the order of IDs, begun anew after each, so that every gate comes to the same.
    again =
        std::any_of(waiting.begin(), waiting.end(), [&](TenantChange& each) { return take(each); });
  }
  return changed;
}

void Fleet::forget_revisions() {
  for (auto& [id, member] : members_)
    member.revision = 0;
}

bool Fleet::owns(std::string_view domain) const {
  for (std::string_view name = domain; !name.empty(); name = parent_domain(name)) {
    const auto found = owners_.find(name);
    if (found == owners_.end()) continue;
    if (name.size() == domain.size()) return true;
    const auto& domains = tenant_at(found->second).accepted_domains;
    const auto parent = std::find_if(domains.begin(), domains.end(),
                                     [&](const auto& each) { return each.name == name; });
    if (parent != domains.end() && parent->match_subdomains) return true;
  }
  return false;
}

judge::Settings Fleet::fitting(const judge::Settings& settings) const {
  judge::Settings out = settings;
  const auto without =
      std::erase_if(out.tenants,
                    [&](const judge::ModeOverride& each) {
                      return std::none_of(tenants_.begin(), tenants_.end(),
                                          [&](const policy::Tenant& tenant) {
                                            return iequals(tenant.name, each.name);
                                          });
                    }) +
      std::erase_if(out.domains, [&](const judge::ModeOverride& each) { return !owns(each.name); });
  const auto at_data = [](const judge::ModeOverride& each) {
    return each.stage == judge::Stage::data;
  };
  const bool any_at_data = out.stage == judge::Stage::data ||
                           std::any_of(out.tenants.begin(), out.tenants.end(), at_data) ||
                           std::any_of(out.domains.begin(), out.domains.end(), at_data);
  if (without > 0 && !any_at_data) {
    // Whose exceptions these are is not here: they except nobody, and contradict nothing.
    out.allow_aligned_dkim = out.allow_dmarc_pass = false;
    if (!out.refuse_own_header_from) out.trusted_arc_sealers.clear();
  }
  return out;
}

tl::expected<std::shared_ptr<const judge::Judge>, std::vector<Error>> Fleet::judgement(
    const judge::Settings& settings) const {
  return judge::Judge::make(tenants_, fitting(settings));
}

std::vector<std::string> Fleet::ids() const {
  return {ids_.begin(), ids_.end()};
}

std::uint64_t Fleet::revision_of(const std::string& id) const {
  const auto found = members_.find(id);
  return found == members_.end() ? 0 : found->second.revision;
}

std::vector<TenantChange> Fleet::values() const {
  std::vector<TenantChange> out;
  out.reserve(members_.size());
  for (const auto& [id, member] : members_)
    out.push_back({id, member.revision, member.value});
  return out;
}

}  // namespace postern::cluster

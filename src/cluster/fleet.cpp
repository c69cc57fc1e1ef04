#include "cluster/fleet.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "cluster/tenant_value.hpp"
#include "policy/policy.hpp"
#include "tenant/load.hpp"

namespace postern::cluster {

tl::expected<tenant::Configuration, std::vector<Error>> configuration_of(std::string_view value,
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
  return std::move(*parsed);
}

// False where its newest form is not in force afterwards.
bool Fleet::take(TenantChange& change) {
  const auto read = configuration_of(*change.value, change.id);
  Fault fault{change.revision, {}, {}};
  if (!read) {
    fault.why = read.error().front().line();
  } else {
    std::optional<policy::Assembly::Holder> held;
    if (const auto faults = tenants_.put(change.id, read->tenant, held); !faults.empty()) {
      fault.why = faults.front().line();
    } else if (held) {
      fault.why = fmt::format("claims {}, which is tenant {}'s", held->domain, held->id);
      fault.value = std::move(change.value);
    }
  }
  if (!fault.why.empty()) {
    faults_.insert_or_assign(change.id, std::move(fault));
    return false;
  }
  faults_.erase(change.id);
  members_.insert_or_assign(change.id, Member{change.revision, std::move(*change.value), false});
  return true;
}

bool Fleet::apply(std::vector<TenantChange> changes) {
  bool changed = false;
  for (TenantChange& change : changes) {
    const auto member = members_.find(change.id);
    if (member != members_.end() && !member->second.yields &&
        change.revision <= member->second.revision) {
      continue;
    }
    if (member != members_.end() && change.value == member->second.value) {
      member->second.revision = change.revision;
      member->second.yields = false;
      faults_.erase(change.id);
      continue;
    }
    if (change.value) {
      changed = take(change) || changed;
      continue;
    }
    changed = members_.erase(change.id) > 0 || changed;
    tenants_.remove(change.id);
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

bool Fleet::fall_back(TenantChange earlier) {
  const auto found = faults_.find(earlier.id);
  if (found == faults_.end() || has(earlier.id) || !earlier.value) return false;
  const std::string id = earlier.id;
  Fault newest = std::move(found->second);
  const bool taken = take(earlier);
  faults_.insert_or_assign(id, std::move(newest));
  return taken;
}

void Fleet::yield(bool to_another_bucket) {
  for (auto& [id, member] : members_) {
    member.yields = true;
    if (to_another_bucket) member.revision = 0;
  }
}

bool Fleet::await(std::vector<policy::AcceptedDomain> domains) {
  const auto order = [](const policy::AcceptedDomain& a, const policy::AcceptedDomain& b) {
    return std::pair(std::string_view(a.name), a.match_subdomains) <
           std::pair(std::string_view(b.name), b.match_subdomains);
  };
  const auto same = [](const policy::AcceptedDomain& a, const policy::AcceptedDomain& b) {
    return a.name == b.name && a.match_subdomains == b.match_subdomains;
  };
  std::sort(domains.begin(), domains.end(), order);
  domains.erase(std::unique(domains.begin(), domains.end(), same), domains.end());
  const bool changed =
      !std::equal(domains.begin(), domains.end(), awaited_.begin(), awaited_.end(), same);
  awaited_ = std::move(domains);
  return changed;
}

namespace {

// What the settings say of tenants and domains that are not in force waits for them.
judge::Settings fitting(const judge::Settings& settings, const policy::Policy& policy) {
  judge::Settings out = settings;
  const auto named = [&](const judge::ModeOverride& each) {
    const auto tenants = policy.tenants();
    return std::any_of(tenants.begin(), tenants.end(), [&](std::uint32_t tenant) {
      return iequals(policy.tenant_name(tenant), each.name);
    });
  };
  const auto without =
      std::erase_if(out.tenants, [&](const judge::ModeOverride& each) { return !named(each); }) +
      std::erase_if(out.domains, [&](const judge::ModeOverride& each) {
        return policy.owner_of(each.name) == policy::no_tenant;
      });
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

}  // namespace

tl::expected<std::shared_ptr<const judge::Judge>, std::vector<Error>> Fleet::judgement(
    const judge::Settings& settings) {
  const policy::Policy policy = tenants_.policy();
  return judge::Judge::make(policy, fitting(settings, policy), awaited_);
}

std::vector<std::string> Fleet::ids() const {
  std::vector<std::string> out;
  out.reserve(members_.size());
  for (const auto& [id, member] : members_)
    out.push_back(id);
  return out;
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

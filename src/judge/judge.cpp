#include "judge/judge.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/join.hpp"
#include "base/place.hpp"

namespace postern::judge {
namespace {

// What a mode is set for by name must be one. A cluster knows its tenants by ID.
std::vector<Error> shared_names(std::span<const policy::Tenant> tenants) {
  const auto place_of = [](const policy::Tenant& tenant) {
    return tenant.accepted_domains.empty() ? Place() : tenant.accepted_domains.front().where;
  };
  std::vector<Error> faults;
  std::map<std::string, Place> first;
  for (const policy::Tenant& tenant : tenants) {
    const auto [there, added] = first.emplace(to_lower(tenant.name), place_of(tenant));
    if (added) continue;
    faults.push_back({fmt::format("two tenants are named '{}' (also at {})", printable(tenant.name),
                                  there->second.text()),
                      place_of(tenant), "give one of them another name"});
  }
  return faults;
}

// Of names that are compared without case, or are in normal form already.
std::vector<Error> told_twice(const std::vector<ModeOverride>& overrides) {
  std::vector<Error> faults;
  std::map<std::string, Place> first;
  for (const ModeOverride& each : overrides) {
    const auto [there, added] = first.emplace(to_lower(each.name), each.where);
    if (added) continue;
    faults.push_back({fmt::format("'{}' stands here twice (also at {})", printable(each.name),
                                  there->second.text()),
                      each.where, "remove one"});
  }
  return faults;
}

void append(std::vector<Error>& faults, std::vector<Error> more) {
  faults.insert(faults.end(), more.begin(), more.end());
}

}  // namespace

tl::expected<std::shared_ptr<const Judge>, std::vector<Error>> Judge::make(
    std::span<const policy::Tenant> tenants, Settings settings) {
  const auto policy = policy::Policy::compile(tenants);
  if (!policy) return tl::unexpected(policy.error());
  auto judge = make(*policy, std::move(settings));
  std::vector<Error> faults = shared_names(tenants);
  if (faults.empty()) return judge;
  if (!judge) append(faults, std::move(judge.error()));
  return tl::unexpected(std::move(faults));
}

tl::expected<std::shared_ptr<const Judge>, std::vector<Error>> Judge::make(
    const policy::Policy& policy, Settings settings,
    std::span<const policy::AcceptedDomain> awaited) {
  std::shared_ptr<Judge> judge(new Judge(policy, std::move(settings)));
  for (const policy::AcceptedDomain& domain : awaited) {
    bool& with_subdomains = judge->awaited_[domain.name];
    with_subdomains = with_subdomains || domain.match_subdomains;
  }
  if (auto faults = judge->settle(); !faults.empty()) return tl::unexpected(faults);
  judge->remark();
  return judge;
}

// Overrides find their tenants and domains; what they contradict is told.
std::vector<Error> Judge::settle() {
  std::vector<Error> faults;
  // An index that is nobody's has the rules of a domain that is nobody's.
  tenant_rules_.resize(policy_.tenant_count());
  for (const std::uint32_t tenant : policy_.tenants())
    tenant_rules_[tenant] = {settings_.mode, settings_.stage, tenant};
  for (const std::uint32_t tenant : policy_.tenants()) {
    if (!policy_.facts_of(tenant).default_domain.empty()) continue;
    // Each of its recipients would be refused for good, as somebody else's, whatever the mode.
    faults.push_back({fmt::format("tenant '{}' has no accepted domain, so that none of its mail "
                                  "would be known as its own",
                                  printable(policy_.tenant_name(tenant))),
                      "tenants",
                      "add what it lacks: Get-AcceptedDomain | ConvertTo-Json beside its other "
                      "exports, or [[accepted_domain]] in its tenant.toml"});
  }
  append(faults, told_twice(settings_.tenants));
  append(faults, told_twice(settings_.domains));
  for (const ModeOverride& each : settings_.tenants) {
    bool found = false;
    for (const std::uint32_t tenant : policy_.tenants()) {
      if (!iequals(policy_.tenant_name(tenant), each.name)) continue;
      Rules& rules = tenant_rules_[tenant];
      rules.mode = each.mode.value_or(rules.mode);
      rules.stage = each.stage.value_or(rules.stage);
      found = true;
    }
    if (!found) {
      faults.push_back({fmt::format("no tenant is named '{}'", printable(each.name)), each.where,
                        "use the tenant's default domain, or the name in its file"});
    }
  }
  for (const ModeOverride& each : settings_.domains) {
    if (policy_.owner_of(each.name) == policy::no_tenant) {
      faults.push_back(
          {fmt::format("'{}' is no accepted domain of any tenant", printable(each.name)),
           each.where, "name an accepted domain"});
    }
    domain_rules_.emplace(each.name, each);
  }
  if (!policy_.tenants().empty()) {
    default_domain_ = policy_.facts_of(policy_.tenants().front()).default_domain;
  }
  const bool at_data = any_rules([](const Rules& r) { return r.stage == Stage::data; });
  std::string named;
  const auto add = [&named](bool on, std::string_view key) {
    if (on) append_item(named, key);
  };
  add(settings_.allow_aligned_dkim, "aligned_dkim");
  add(settings_.allow_dmarc_pass, "dmarc_pass");
  add(!settings_.trusted_arc_sealers.empty() && !settings_.refuse_own_header_from,
      "trusted_arc_sealers");
  if (!named.empty() && !at_data) {
    faults.push_back(
        {fmt::format("{} must look at the message, which stage \"rcpt\" never does", named),
         "exceptions", "set stage = \"data\", for all or for one tenant or domain"});
  }
  const bool observes = any_rules([](const Rules& r) { return r.mode == Mode::observe; });
  for (const Mode mode : {Mode::observe, Mode::tenant, Mode::enforce}) {
    if (any_rules([mode](const Rules& r) { return r.mode == mode; })) strictest_ = mode;
  }
  may_need_header_ = at_data || observes || settings_.has_protections() ||
                     settings_.strip_organization_headers || !settings_.authserv_id.empty() ||
                     settings_.authenticate_all;
  may_need_authentication_ = (at_data && settings_.has_exceptions()) ||
                             settings_.refuse_own_header_from || settings_.authenticate_all;
  return faults;
}

template <class Visit>
bool Judge::any_rules(Visit visit) const {
  return std::any_of(tenant_rules_.begin(), tenant_rules_.end(), visit) ||
         std::any_of(domain_rules_.begin(), domain_rules_.end(),
                     [&](const auto& each) { return visit(rules_for(each.first)); });
}

void Judge::remark() {
  for (const ModeOverride& each : settings_.tenants) {
    const auto tenants = policy_.tenants();
    const auto named = std::count_if(tenants.begin(), tenants.end(), [&](std::uint32_t tenant) {
      return iequals(policy_.tenant_name(tenant), each.name);
    });
    if (named < 2) continue;
    remarks_.push_back(
        fmt::format("what [[for_tenant]] says of '{}' counts for {} tenants of that name",
                    printable(each.name), named));
  }
  for (const std::uint32_t index : policy_.tenants()) {
    const policy::Policy::TenantFacts tenant = policy_.facts_of(index);
    const std::string name = printable(policy_.tenant_name(index));
    if (tenant_rules_[index].mode == Mode::tenant) {
      if (tenant.reject_direct_send == policy::RejectDirectSend::unknown) {
        remarks_.push_back(fmt::format(
            "{}: mode \"tenant\", but its files do not tell RejectDirectSend, so nothing can be "
            "said of what it refuses",
            name));
      } else if (tenant.reject_direct_send != policy::RejectDirectSend::on) {
        remarks_.push_back(fmt::format(
            "{}: mode \"tenant\" refuses no Direct Send, since its RejectDirectSend is {}", name,
            policy::name_of(tenant.reject_direct_send)));
      }
    }
    if (!tenant.connectors_known && tenant_rules_[index].mode != Mode::off) {
      remarks_.push_back(fmt::format(
          "{}: its files do not hold inbound connectors, so most mail of its own domains stays "
          "undetermined and is {}",
          name,
          settings_.undetermined == Undetermined::refuse  ? "refused"
          : settings_.undetermined == Undetermined::defer ? "deferred"
                                                          : "accepted"));
    }
  }
  if (settings_.foreign_recipients == ForeignRecipients::pass) {
    remarks_.emplace_back(
        "foreign_recipients = \"pass\": a next hop that trusts the gate's address becomes an open "
        "relay");
  }
}

Judge::Rules Judge::rules_for(std::string_view domain) const {
  const std::uint32_t owner = policy_.owner_of(domain);
  if (owner == policy::no_tenant) return {};
  Rules rules = tenant_rules_[owner];
  if (domain_rules_.empty()) return rules;
  for (std::string_view name = domain; !name.empty(); name = parent_domain(name)) {
    const auto found = domain_rules_.find(name);
    if (found == domain_rules_.end()) continue;
    rules.mode = found->second.mode.value_or(rules.mode);
    rules.stage = found->second.stage.value_or(rules.stage);
    break;
  }
  return rules;
}

bool Judge::awaits(std::string_view domain) const {
  if (awaited_.empty() || policy_.owner_of(domain) != policy::no_tenant) return false;
  for (std::string_view name = domain; !name.empty(); name = parent_domain(name)) {
    const auto found = awaited_.find(name);
    if (found != awaited_.end() && (found->second || name == domain)) return true;
  }
  return false;
}

}  // namespace postern::judge

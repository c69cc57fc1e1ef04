#include "judge/judge.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/join.hpp"
#include "policy/clouds.hpp"

namespace postern::judge {
namespace {

using policy::Tenant;

bool has_switch(const Tenant& tenant) {
  return policy::row_of(tenant.cloud).has_reject_direct_send;
}

// Where the cloud lacks the switch, the gate has it all the same.
std::vector<Tenant> with_switch(std::span<const Tenant> tenants) {
  std::vector<Tenant> out(tenants.begin(), tenants.end());
  for (Tenant& tenant : out) {
    if (!has_switch(tenant)) tenant.cloud = policy::Cloud::worldwide;
  }
  return out;
}

}  // namespace

tl::expected<std::shared_ptr<const Judge>, std::vector<Error>> Judge::make(
    std::span<const Tenant> tenants, Settings settings) {
  auto own = policy::Policy::compile(tenants);
  if (!own) return tl::unexpected(own.error());
  tl::expected<policy::Policy, std::vector<Error>> enforced = *own;
  if (!std::all_of(tenants.begin(), tenants.end(), has_switch)) {
    enforced = policy::Policy::compile(with_switch(tenants));
    if (!enforced) return tl::unexpected(enforced.error());
  }
  std::shared_ptr<Judge> judge(
      new Judge(std::move(*own), enforced->with_reject_direct_send(true), std::move(settings)));
  if (auto faults = judge->settle(tenants); !faults.empty()) return tl::unexpected(faults);
  judge->remark(tenants);
  return judge;
}

// Overrides find their tenants and domains; what they contradict is told.
std::vector<Error> Judge::settle(std::span<const Tenant> tenants) {
  std::vector<Error> faults;
  for (std::uint32_t i = 0; i < policy_.tenant_count(); ++i)
    tenant_rules_.push_back({settings_.mode, settings_.stage, i});
  for (const ModeOverride& each : settings_.tenants) {
    bool found = false;
    for (Rules& rules : tenant_rules_) {
      if (!iequals(policy_.tenant_name(rules.tenant), each.name)) continue;
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
    if (!domain_rules_.emplace(each.name, each).second) {
      faults.push_back(
          {fmt::format("'{}' stands here twice", printable(each.name)), each.where, ""});
    }
  }
  if (!tenants.empty()) {
    const auto& domains = tenants.front().accepted_domains;
    const auto found =
        std::find_if(domains.begin(), domains.end(), [](auto& d) { return d.is_default; });
    if (!domains.empty()) {
      default_domain_ = (found == domains.end() ? domains.front() : *found).name;
    }
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

void Judge::remark(std::span<const Tenant> tenants) {
  for (std::uint32_t i = 0; i < tenants.size(); ++i) {
    const Tenant& tenant = tenants[i];
    if (tenant_rules_[i].mode == Mode::tenant) {
      if (tenant.reject_direct_send == policy::RejectDirectSend::unknown) {
        remarks_.push_back(fmt::format(
            "{}: mode \"tenant\", but its files do not tell RejectDirectSend, so nothing can be "
            "said of what it refuses",
            printable(tenant.name)));
      } else if (tenant.reject_direct_send != policy::RejectDirectSend::on) {
        remarks_.push_back(fmt::format(
            "{}: mode \"tenant\" refuses no Direct Send, since its RejectDirectSend is {}",
            printable(tenant.name), policy::name_of(tenant.reject_direct_send)));
      }
    }
    if (!tenant.inbound_connectors_known && tenant_rules_[i].mode != Mode::off) {
      remarks_.push_back(fmt::format(
          "{}: its files do not hold inbound connectors, so most mail of its own domains stays "
          "undetermined and is {}",
          printable(tenant.name),
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

}  // namespace postern::judge

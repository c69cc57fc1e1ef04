#include "cluster/claims.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "cluster/fleet.hpp"
#include "cluster/tenant_value.hpp"

namespace postern::cluster {
namespace {

// A push claims, then writes: within moments. What is claimed for longer by a tenant that does not
// have the domain was left behind.
constexpr std::int64_t push_takes_at_most = 60;

Error is_anothers(const std::string& domain, const std::string& holder) {
  return {fmt::format("{} is tenant {}'s", domain, holder), claim_key(domain),
          "a domain belongs to one tenant: take it from that one first"};
}

Error changed_meanwhile(const std::string& domain) {
  return {fmt::format("somebody else claims {} at this moment", domain), claim_key(domain),
          "nothing was changed; look at it again, and repeat"};
}

}  // namespace

std::set<std::string> domains_of(const policy::Tenant& tenant) {
  std::set<std::string> out;
  for (const policy::AcceptedDomain& domain : tenant.accepted_domains)
    out.insert(domain.name);
  return out;
}

// Why the holder does not have the domain; empty where it has it, or that can't be told.
Result<std::string> Claims::left_over(const Entry& claim, const std::string& domain) {
  const auto holder = policy_.newest(tenant_key(claim.value));
  if (!holder) return tl::unexpected(holder.error());
  if (!*holder || (*holder)->removed) return std::string("which is not there");
  const auto form = configuration_of((*holder)->value, claim.value);
  if (!form || domains_of(form->tenant).count(domain) != 0) return std::string();
  return std::string("which does not have it");
}

// Why it was taken over; empty where it was free. Errors: another's.
Result<std::string> Claims::claim_one(const std::string& id, const std::string& domain,
                                      std::int64_t now) {
  const std::string key = claim_key(domain);
  const auto there = claims_.newest(key);
  if (!there) return tl::unexpected(there.error());
  if (!*there || (*there)->removed) return tl::unexpected(changed_meanwhile(domain));
  const Entry& claim = **there;
  const auto why = left_over(claim, domain);
  if (!why) return why;
  if (why->empty()) return tl::unexpected(is_anothers(domain, claim.value));
  constexpr std::int64_t nanoseconds = 1'000'000'000;
  if (now - claim.created / nanoseconds < push_takes_at_most) {
    Error busy = is_anothers(domain, claim.value);
    busy.what = fmt::format("{} was just claimed for tenant {}, {}", domain, claim.value, *why);
    busy.remedy = fmt::format("a push of it is going on, or was interrupted: try again in {} s",
                              push_takes_at_most);
    return tl::unexpected(std::move(busy));
  }
  const auto taken = claims_.put(key, id, claim.revision);
  if (!taken) return tl::unexpected(taken.error());
  if (taken->raced()) return tl::unexpected(changed_meanwhile(domain));
  // A slow push may have been written after that look; whoever writes looks at its claims after it
  // (settle), so that one of the two sees the other.
  const auto still = left_over(claim, domain);
  if (still && !still->empty()) {
    return fmt::format("{} was left claimed for tenant {}, {}: taken over", domain, claim.value,
                       *still);
  }
  (void)claims_.put(key, claim.value, taken->revision);
  return tl::unexpected(still ? is_anothers(domain, claim.value) : still.error());
}

Result<Claimed> Claims::claim(const std::string& id, const std::set<std::string>& domains,
                              std::int64_t now) {
  Claimed out;
  const auto undo = [&](Error why) -> Result<Claimed> {
    (void)let_go(id, out.made);
    return tl::unexpected(std::move(why));
  };
  for (const std::string& domain : domains) {
    const auto written = claims_.put(claim_key(domain), id, 0);
    if (!written) return undo(written.error());
    if (written->raced()) {
      const auto holder = claims_.newest(claim_key(domain));
      if (!holder) return undo(holder.error());
      if (*holder && !(*holder)->removed && (*holder)->value == id) continue;
      auto taken = claim_one(id, domain, now);
      if (!taken) return undo(taken.error());
      out.notes.push_back(std::move(*taken));
    }
    out.made.push_back(domain);
  }
  return out;
}

Result<void> Claims::let_go(const std::string& id, const std::vector<std::string>& domains) {
  for (const std::string& domain : domains) {
    const auto holder = claims_.newest(claim_key(domain));
    if (!holder) return tl::unexpected(holder.error());
    if (!*holder || (*holder)->removed || (*holder)->value != id) continue;
    const auto removed = claims_.remove(claim_key(domain), (*holder)->revision);
    if (!removed) return tl::unexpected(removed.error());
  }
  return {};
}

Result<void> Claims::settle(const std::string& id, const std::set<std::string>& domains) {
  const auto all = claims_.all(claim_key(">"));
  if (!all) return tl::unexpected(all.error());
  std::map<std::string, const Entry*> holders;
  for (const Entry& entry : *all)
    holders[entry.key] = &entry;
  for (const std::string& domain : domains) {
    const std::string key = claim_key(domain);
    const auto holder = holders.find(key);
    if (holder != holders.end() && holder->second->value == id) {
      holders.erase(holder);
      continue;
    }
    const std::string other = holder == holders.end() ? "" : holder->second->value;
    const auto again = other.empty() ? claims_.put(key, id, 0) : Result<Written>(Written{});
    if (!again) return tl::unexpected(again.error());
    if (!again->raced()) continue;
    return fail(fmt::format("{} became {} meanwhile", domain,
                            other.empty() ? "another tenant's" : fmt::format("tenant {}'s", other)),
                key, "a domain belongs to one tenant: settle whose it is, and push that one again");
  }
  for (const auto& [key, entry] : holders) {
    if (entry->value != id) continue;
    const auto removed = claims_.remove(key, entry->revision);  // raced: whoever took it has it
    if (!removed) return tl::unexpected(removed.error());
  }
  return {};
}

}  // namespace postern::cluster

#include "cluster/policy_store.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "cluster/claims.hpp"

namespace postern::cluster {
namespace {

StoredTenant stored(const Entry& entry) {
  return {std::string(tenant_id_of(entry.key)), entry.revision, entry.value, entry.removed};
}

Error faster(const std::string& what) {
  return {fmt::format("somebody changed {} meanwhile", what), "",
          "nothing was changed; look at it again, and repeat"};
}

}  // namespace

PolicyStore::PolicyStore(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)),
      policy_(*connection_, policy_bucket),
      claims_(*connection_, claim_bucket),
      rollout_(*connection_, rollout_bucket),
      gates_(*connection_, gate_bucket) {}

Result<PolicyStore> PolicyStore::open(const gate::ClusterSettings& settings,
                                      const std::string& name) {
  auto connection = Connection::open(settings, name);
  if (!connection) return tl::unexpected(connection.error());
  return PolicyStore(std::move(*connection));
}

Result<void> PolicyStore::make(int replicas) {
  struct Wanted {
    Bucket& bucket;
    BucketOptions options;
  };
  using std::chrono::seconds;
  const Wanted all[] = {
      {policy_,
       {.history = 10, .largest = largest_tenant, .age = seconds(0), .replicas = replicas}},
      {claims_, {.history = 1, .largest = 256, .age = seconds(0), .replicas = replicas}},
      {rollout_, {.history = 64, .largest = 65536, .age = seconds(0), .replicas = replicas}},
      {gates_, {.history = 1, .largest = 65536, .age = seconds(60), .replicas = replicas}}};
  for (const Wanted& each : all) {
    if (auto made = each.bucket.make(each.options); !made) return made;
  }
  // Whoever comes first names the bucket; of two at once one is too late, which is as good.
  const auto there = policy_.newest(incarnation_key);
  if (!there) return tl::unexpected(there.error());
  if (*there) return {};
  std::random_device chance;
  const auto name = fmt::format("{:08x}{:08x}{:08x}", chance(), chance(), chance());
  const auto written = policy_.put(incarnation_key, name, 0);
  if (!written) return tl::unexpected(written.error());
  return {};
}

Result<std::vector<StoredTenant>> PolicyStore::all() {
  const auto entries = policy_.all(tenant_key("*"));
  if (!entries) return tl::unexpected(entries.error());
  std::vector<StoredTenant> out;
  for (const Entry& entry : *entries)
    out.push_back(stored(entry));
  std::sort(out.begin(), out.end(),
            [](const StoredTenant& a, const StoredTenant& b) { return a.id < b.id; });
  return out;
}

Result<std::optional<StoredTenant>> PolicyStore::newest(const std::string& id) {
  const auto entry = policy_.newest(tenant_key(id));
  if (!entry) return tl::unexpected(entry.error());
  if (!*entry || (*entry)->removed) return std::nullopt;
  return stored(**entry);
}

Result<std::vector<StoredTenant>> PolicyStore::history(const std::string& id) {
  const auto entries = policy_.history(tenant_key(id));
  if (!entries) return tl::unexpected(entries.error());
  std::vector<StoredTenant> out;
  for (const Entry& entry : *entries)
    out.push_back(stored(entry));
  return out;
}

Result<std::uint64_t> PolicyStore::last_revision() {
  const auto last = policy_.last_revision();
  if (!last) return tl::unexpected(last.error());
  if (!*last) {
    return fail("has no policy yet", connection_->address(), "push a tenant: postern policy push");
  }
  return **last;
}

Result<std::vector<StoredTenant>> PolicyStore::oldest_forms() {
  const auto entries = policy_.history(tenant_key("*"));
  if (!entries) return tl::unexpected(entries.error());
  struct Kept {
    const Entry* oldest = nullptr;
    const Entry* newest = nullptr;
  };
  std::map<std::string, Kept> kept;
  for (const Entry& entry : *entries) {
    Kept& each = kept[std::string(tenant_id_of(entry.key))];
    if (each.oldest == nullptr) each.oldest = &entry;
    each.newest = &entry;
  }
  std::vector<StoredTenant> out;
  for (const auto& [id, each] : kept) {
    if (!id.empty() && !each.newest->removed) out.push_back(stored(*each.oldest));
  }
  return out;
}

Result<Pushed> PolicyStore::push(const std::string& id, const TenantValue& value,
                                 const policy::Tenant& now, std::uint64_t expected) {
  const std::string bytes = write_tenant_value(value);
  if (bytes.size() > largest_tenant) {
    return fail(
        fmt::format("is {} octets, and a tenant is at most {}", bytes.size(), largest_tenant),
        tenant_key(id));
  }
  Claims claims(claims_, policy_);
  auto claimed = claims.claim(id, domains_of(now), value.when);
  if (!claimed) return tl::unexpected(claimed.error());
  Pushed out{0, std::move(claimed->notes)};
  const auto written = policy_.put(tenant_key(id), bytes, expected);
  if (written && !written->raced()) {
    out.revision = written->revision;
  } else {
    // An answer that was lost may have been written all the same: claims stay with it then.
    const auto there = policy_.newest(tenant_key(id));
    if (there && *there && (*there)->value == bytes) {
      out.revision = (*there)->revision;
    } else {
      if (there) (void)claims.let_go(id, claimed->made);
      return tl::unexpected(written ? faster(fmt::format("tenant {}", id)) : written.error());
    }
  }
  if (const auto settled = claims.settle(id, domains_of(now)); !settled) {
    Error why = settled.error();
    why.what = "the tenant is pushed, but its domains are not settled: " + why.what;
    if (why.remedy.empty()) why.remedy = "push it again";
    return tl::unexpected(why);
  }
  return out;
}

Result<std::string> PolicyStore::incarnation() {
  const auto entry = policy_.newest(incarnation_key);
  if (!entry) return tl::unexpected(entry.error());
  return *entry ? (*entry)->value : std::string{};
}

Result<std::uint64_t> PolicyStore::remove(const std::string& id, std::uint64_t expected) {
  const auto removed = policy_.remove(tenant_key(id), expected);
  if (!removed) return tl::unexpected(removed.error());
  if (removed->raced()) return tl::unexpected(faster(fmt::format("tenant {}", id)));
  // From here on the tenant is gone, whatever else goes wrong.
  const auto but = [](Error why, const char* remedy) -> Result<std::uint64_t> {
    why.what = "the tenant is taken away, but " + why.what;
    why.remedy = remedy;
    return tl::unexpected(std::move(why));
  };
  const auto released = Claims(claims_, policy_).settle(id, {});
  Result<void> confirmed;
  for (int attempt = 0; attempt < 5; ++attempt) {  // others may write the rollout meanwhile
    confirmed = mean(removed->revision);
    if (confirmed) break;
  }
  if (!confirmed) return but(confirmed.error(), "confirm it: postern policy rollout --confirm");
  if (!released) {
    return but(released.error(),
               "its domains stay claimed; whoever pushes a tenant with one a minute from now takes "
               "it over");
  }
  return removed->revision;
}

Result<StoredPlan> PolicyStore::plan() {
  const auto entry = rollout_.newest(plan_key);
  if (!entry) return tl::unexpected(entry.error());
  if (!*entry) return StoredPlan{};
  StoredPlan out{Rollout{}, (*entry)->revision};
  if ((*entry)->removed) return out;
  const auto plan = read_rollout((*entry)->value);
  if (!plan) return tl::unexpected(plan.error());
  out.plan = *plan;
  return out;
}

Result<void> PolicyStore::set_plan(const StoredPlan& plan) {
  const auto written = rollout_.put(plan_key, write_rollout(plan.plan), plan.revision);
  if (!written) return tl::unexpected(written.error());
  if (written->raced()) return tl::unexpected(faster("the rollout"));
  return {};
}

Result<void> PolicyStore::mean(std::uint64_t removal) {
  auto there = plan();
  if (!there) return tl::unexpected(there.error());
  const auto name = incarnation();
  if (!name) return tl::unexpected(name.error());
  there->plan.mean(removal, *name);
  return set_plan(*there);
}

Result<StoredPlan> PolicyStore::confirming() {
  auto there = plan();
  if (!there) return there;
  const auto last = policy_.last_revision();
  if (!last) return tl::unexpected(last.error());
  const auto name = incarnation();
  if (!name) return tl::unexpected(name.error());
  there->plan.confirm(last->value_or(0), *name);
  return there;
}

Result<std::vector<GateState>> PolicyStore::roll_call() {
  const auto entries = gates_.all(state_key("*"));
  if (!entries) return tl::unexpected(entries.error());
  std::vector<GateState> out;
  for (const Entry& entry : *entries) {
    auto state = read_state(entry.value);
    if (!state) return tl::unexpected(state.error());
    out.push_back(std::move(*state));
  }
  std::sort(out.begin(), out.end(),
            [](const GateState& a, const GateState& b) { return a.gate < b.gate; });
  return out;
}

}  // namespace postern::cluster

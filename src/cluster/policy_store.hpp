// The cluster's policy as an administrator changes it: by compare-and-set on what was seen, one
// domain to one tenant.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cluster/bucket.hpp"
#include "cluster/connection.hpp"
#include "cluster/roll_call.hpp"
#include "cluster/rollout.hpp"
#include "cluster/tenant_value.hpp"
#include "gate/cluster_settings.hpp"
#include "policy/tenant.hpp"

namespace postern::cluster {

/// A tenant as it stands in the bucket, or once stood.
struct StoredTenant {
  std::string id;
  std::uint64_t revision = 0;
  std::string value;  ///< read_tenant_value(); empty where it was taken away
  bool removed = false;
};

struct StoredPlan {
  Rollout plan;
  std::uint64_t revision = 0;  ///< of the plan's key; 0: none is there, and this is the usual one
};

struct Pushed {
  std::uint64_t revision = 0;
  std::vector<std::string> notes;  ///< one sentence for each domain that was taken over
};

class PolicyStore {
 public:
  /// Signs in. Nothing is made.
  static Result<PolicyStore> open(const gate::ClusterSettings&, const std::string& name);
  /// Makes the four buckets where they are not there, each kept by so many servers.
  Result<void> make(int replicas);

  /// In the order of their IDs.
  Result<std::vector<StoredTenant>> all();
  /// Nothing: never pushed, or taken away.
  Result<std::optional<StoredTenant>> newest(const std::string& id);
  /// What is kept, oldest first: at most ten.
  Result<std::vector<StoredTenant>> history(const std::string& id);

  /// The newest revision of anything in the bucket. Errors: nothing was ever pushed.
  Result<std::uint64_t> last_revision();
  /// The oldest form that is kept of each tenant that is there (its newest is no mark), in the
  /// order of their IDs.
  Result<std::vector<StoredTenant>> oldest_forms();

  /// Claims the tenant's domains, writes it where its revision is still `expected` (0: it is not
  /// there), then lets go of all others that are claimed for it, by whichever push. Errors: a
  /// domain is another tenant's; somebody was faster. Then nothing is changed.
  Result<Pushed> push(const std::string& id, const TenantValue&, const policy::Tenant& now,
                      std::uint64_t expected);
  /// Takes the tenant away, says that this removal is meant, and lets go of all that is claimed for
  /// it.
  Result<std::uint64_t> remove(const std::string& id, std::uint64_t expected);

  Result<StoredPlan> plan();
  /// Errors: somebody was faster.
  Result<void> set_plan(const StoredPlan&);
  /// The plan that also confirms every removal up to now.
  Result<StoredPlan> confirming();
  /// What each gate told within the last minute.
  Result<std::vector<GateState>> roll_call();

 private:
  explicit PolicyStore(std::unique_ptr<Connection> connection);
  Result<std::string> incarnation();
  Result<void> mean(std::uint64_t removal);

  std::unique_ptr<Connection> connection_;
  Bucket policy_, claims_, rollout_, gates_;
};

}  // namespace postern::cluster

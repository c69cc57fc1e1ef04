// Whose a domain is: the bucket `claim`, "domain.NAME" with a tenant's ID. Claimed before a tenant
// is written and settled after it, each by compare-and-set; what an interrupted push or removal
// leaves behind is taken over.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cluster/bucket.hpp"
#include "policy/tenant.hpp"

namespace postern::cluster {

/// What came of claiming a tenant's domains.
struct Claimed {
  std::vector<std::string> made;   ///< domains that were not its before
  std::vector<std::string> notes;  ///< one sentence for each that was taken over
};

std::set<std::string> domains_of(const policy::Tenant&);

class Claims {
 public:
  /// Both must outlive it.
  Claims(Bucket& claims, Bucket& policy) : claims_(claims), policy_(policy) {}

  /// All of them, or none. One that another tenant holds is taken over where that tenant is not
  /// there or its newest form lacks the domain, and the claim is older than a push takes. `now`:
  /// UNIX time, seconds. Errors: a domain is another tenant's.
  Result<Claimed> claim(const std::string& id, const std::set<std::string>& domains,
                        std::int64_t now);
  /// Lets go of these, as far as the tenant holds them.
  Result<void> let_go(const std::string& id, const std::vector<std::string>& domains);
  /// Once the tenant is written with these domains: lets go of all else that it holds, and holds
  /// these. Errors: one of them became another tenant's meanwhile.
  Result<void> settle(const std::string& id, const std::set<std::string>& domains);

 private:
  Result<std::string> claim_one(const std::string& id, const std::string& domain, std::int64_t now);
  Result<std::string> left_over(const Entry& claim, const std::string& domain);
  Bucket& claims_;
  Bucket& policy_;
};

}  // namespace postern::cluster

// Tenants of which the bucket keeps no form that a gate may take: ten of each are kept, and all
// that are may be above the revision up to which the rollout lets the gate go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cluster/fleet.hpp"
#include "cluster/stage.hpp"
#include "policy/tenant.hpp"

namespace postern::cluster {

class OutOfReach {
 public:
  /// Looks anew: what waits in the stage, while in the fleet there is no form of it up to the
  /// stage's limit.
  void look(const Stage&, const Fleet&);

  /// ID: why it is not as the rollout says, in one line.
  [[nodiscard]] const std::map<std::string, std::string>& why() const noexcept { return why_; }
  /// Of those that are not in force in any form: every domain that a form above the limit names.
  [[nodiscard]] std::vector<policy::AcceptedDomain> domains() const;

 private:
  // What was read of a tenant that waits; forms are read once.
  struct Read {
    std::uint64_t newest = 0;
    std::size_t forms = 0;
    std::vector<policy::AcceptedDomain> domains;
  };
  static Read read(const std::string& id, const std::vector<TenantChange>& forms);

  std::map<std::string, std::string> why_;
  std::map<std::string, Read> read_;  // by ID: of those that are in force in no form
};

}  // namespace postern::cluster

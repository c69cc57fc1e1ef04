// Holds removals back while nobody has said that so many are meant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cluster/rollout.hpp"
#include "cluster/stage.hpp"

namespace postern::cluster {

class ShrinkGuard {
 public:
  /// Takes removals of tenants in force out of `changes` where, with those that are held already,
  /// too many would go (needs_confirmation) of as many as there ever were since the last
  /// confirmation. `in_force` counts tenants before, `added` those that come. A removal that the
  /// plan says is meant (Rollout::means) goes, and does not count among the others.
  void sift(std::vector<TenantChange>& changes, std::size_t in_force, std::size_t added,
            const Rollout& plan, const std::string& incarnation);
  /// A tenant that is pushed again is no longer to go.
  [[nodiscard]] const std::map<std::string, TenantChange>& held() const noexcept { return held_; }
  /// Of what is held; the highest number where nothing is.
  [[nodiscard]] std::uint64_t first_held() const noexcept;

 private:
  std::size_t most_ = 0;
  std::uint64_t confirmed_ = 0;  // as the plan said last
  std::map<std::string, TenantChange> held_;
};

}  // namespace postern::cluster

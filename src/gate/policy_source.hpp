// Where a gate's tenants come from: files, or servers that many gates share. What a cluster is made
// of is not known here.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/counter.hpp"
#include "base/result.hpp"
#include "judge/settings.hpp"

namespace postern::judge {
class Judge;
}

namespace postern::gate {

/// What a source that changes by itself tells of itself.
struct PolicyCounts {
  Gauge revision;   ///< of the newest change in force; 0: the source has no revisions
  Gauge tenants;    ///< in force
  Gauge held_back;  ///< tenants that are not in force in the form that they should be
  Gauge age;        ///< seconds since the source was last known to be current
};

class PolicySource {
 public:
  using Judgement = std::shared_ptr<const judge::Judge>;
  virtual ~PolicySource() = default;

  /// The tenants as they are now under these settings: at the start, and at each reload, from one
  /// thread at a time. Every fault is reported; then whatever was in force stays.
  virtual tl::expected<Judgement, std::vector<Error>> load(const judge::Settings&) = 0;
  /// What load() gave last is in force: what follows is judged by its settings. Without it, a
  /// reload that something else let fail changes nothing.
  virtual void settle() {}
  /// From now on `take` is given each newer judgement, whole, by a thread of the source; it must
  /// not wait. A source that never changes by itself keeps still.
  virtual void follow(std::function<void(Judgement)> take) = 0;
  /// `take` is called no more once this returns.
  virtual void stop() = 0;
};

}  // namespace postern::gate

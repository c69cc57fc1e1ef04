// Making a plan's changes, and taking them back, through the admin interface. No I/O of its own:
// the interface, the clock, waiting and the record's place all come in.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "exchange/admin.hpp"
#include "plan/record.hpp"

namespace postern::plan {

/// What the engine takes from around it.
struct Conditions {
  std::function<UnixTime()> now;
  std::function<void(std::chrono::milliseconds)> sleep;
  /// Puts the record where no crash can lose it, before returning.
  std::function<Result<void>(const Record&)> save;
  std::function<void(const std::string& line)> say;
};

struct Limits {
  /// How long a change may take until it can be read back (RejectDirectSend: the whole service
  /// within 30 minutes; Exchange Team, "Introducing more control over Direct Send").
  std::chrono::seconds read_back{1800};
  /// How long connectors get to take effect before the switch is turned. Microsoft names no time.
  std::chrono::seconds settle{600};
};

enum class Ended {
  holds,        ///< every step is made and read back
  not_in_time,  ///< the service took a change that can't be read back within the limit
};

/// Does what the record does not say is done, in order. Refuses, before touching anything, where
/// the tenant is not as plan and record together say it must be: then somebody changed it. A step
/// that was begun and whose end nobody recorded is recognised by reading the tenant. Safe to call
/// again after any failure.
Result<Ended> apply(Record&, exchange::AdminInterface&, const Conditions&, const Limits&);

/// Takes back, in reverse order, what the record says was done: removes the connectors that were
/// created and are unchanged since, gives changed properties their recorded values, turns the
/// switch back. Refuses, before touching anything, where somebody changed any of these since;
/// `force` goes over that. What is gone already counts as taken back.
Result<Ended> roll_back(Record&, exchange::AdminInterface&, const Conditions&, const Limits&,
                        bool force);

/// A reading of the tenant as far as plans go.
Result<policy::Tenant> read_for_plan(exchange::AdminInterface&);

}  // namespace postern::plan

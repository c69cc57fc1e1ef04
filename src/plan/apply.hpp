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
  /// For how long every reading must show that something is taken back before that is believed.
  /// Longer than front ends lag behind each other; what they lag is documented nowhere.
  std::chrono::seconds hold{60};
};

enum class Ended {
  holds,        ///< every step is made and read back, or taken back and read back for `hold`
  not_in_time,  ///< the service took a change that can't be read back within the limit
  not_shown,    ///< the record says that a step is made, and no reading within the limit showed it
  remains,      ///< of roll_back: the rest is taken back; what can't be was told, and left as it is
};

/// Does what the record does not say is done, in order. Refuses, before touching anything, where
/// the tenant is not as plan and record together say it must be: then somebody changed it; and
/// looks once more right before it turns the switch, and computes what the plan would make of that
/// reading over all mail: where it is not what was planned, the switch stays. A front end that has
/// not heard of a change of our own yet is waited for. A step that was begun and whose end nobody
/// recorded is recognised by reading the tenant. Stops before the switch where Exchange created a
/// connector in a disabled state. Ends with the tenant read as a whole: it is the one that the plan
/// was proven for. What the record says is made and no reading shows is named (`say`), and nothing
/// more is done. Safe to call again after any failure.
Result<Ended> apply(Record&, exchange::AdminInterface&, const Conditions&, const Limits&);

/// Takes back, in reverse order, what the record says was begun or done, whatever a reading shows:
/// turns the switch back and reads that until it holds; then removes the connectors that were
/// created and gives changed properties their recorded values, until that holds. Writes again where
/// a reading shows that it did not take. Refuses, before touching anything, where somebody changed
/// any of these since; `force` goes over that. A connector that was to get its values back and is
/// gone, or one that somebody else made under the name of a step's, no write puts right: with
/// `force` it is left as it is, told, and stays in the record as not taken back. Safe to call
/// again: it goes on.
Result<Ended> roll_back(Record&, exchange::AdminInterface&, const Conditions&, const Limits&,
                        bool force);

}  // namespace postern::plan

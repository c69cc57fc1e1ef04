// Reading a tenant until it is as wanted. Exchange answers from several front ends that hear of a
// change one after the other, so one reading may show the old state after another showed the new.
// Internal to the room.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "plan/apply.hpp"

namespace postern::plan {

/// What of a tenant to read: the switch and the connectors, or with the accepted domains all that a
/// plan rests on.
enum class Part { switch_and_connectors, all };

/// A tenant, and which organisation it is of.
struct Reading : policy::Tenant {
  std::string organisation;  ///< its Guid; empty where the service did not give it
};

/// Error: where a cmdlet fails.
Result<Reading> read_part(Part, exchange::AdminInterface&);

struct Patience {
  std::chrono::seconds limit{0};
  /// For how long every reading must be as wanted, however many that are.
  std::chrono::seconds hold{0};
  /// How many readings it takes at least.
  unsigned readings = 1;
  /// Failed readings in a row that are put up with, less one.
  unsigned failures = 3;
};

/// Whether a reading is as wanted. Error: no further reading can make it so. May write.
using Judge = std::function<Result<bool>(const Reading&)>;

/// Reads until every reading was as wanted for longer than `hold`; a reading that is not begins the
/// time anew. False: not so within the limit. Errors: the judge's, and a reading that fails
/// `failures` times in a row or when the time is over.
Result<bool> watch(Part, exchange::AdminInterface&, const Conditions&, const Patience&,
                   const Judge&);

}  // namespace postern::plan

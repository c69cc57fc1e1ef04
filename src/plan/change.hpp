// One change made through the admin interface and read back. Internal to the room.
#pragma once

#include <chrono>
#include <string>

#include "plan/apply.hpp"

namespace postern::plan {

/// Reads what the step is about until `there` says so. nullopt: not within the limit; an error
/// where reading fails to the end of it.
Result<bool> wait_until(const Step&, Step::State wanted, exchange::AdminInterface&,
                        const Conditions&, std::chrono::seconds limit);

/// Runs the cmdlet, and on an error reads whether it was made nevertheless. `begun_before`: an
/// earlier run may have made it, with the change still travelling.
Result<bool> change(const Step&, const tenant::Cmdlet&, Step::State wanted,
                    exchange::AdminInterface&, const Conditions&, const Limits&, bool begun_before,
                    std::string& note);

}  // namespace postern::plan

// A folder with the scripts of one plan. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "plan/plan.hpp"

namespace postern::cli {

/// Whether the scripts may go into that folder, which need not be there. Errors: it holds the way
/// back of another plan, which may still be wanted, or a file with the name of a script that is no
/// script of Postern's.
Result<void> check_script_folder(const std::string& folder,
                                 const std::vector<plan::Script>& scripts);

/// Takes the scripts of stages that an earlier plan left there away, then writes these. Errors: of
/// check_script_folder(); a folder or file that can't be made.
Result<void> write_script_folder(const std::string& folder,
                                 const std::vector<plan::Script>& scripts);

}  // namespace postern::cli

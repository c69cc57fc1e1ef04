// What an audit asks, from the options that name its files.
#pragma once

#include <string>

#include "audit/audit.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace postern::cli {

/// Every control, with those of the folder `controls` where it is named, and the waivers of the
/// file `waivers` where it is. Errors: those of audit::load_catalogue and audit::load_waivers.
Result<audit::Request> audit_request(const std::string& controls, const std::string& waivers,
                                     UnixTime now);

}  // namespace postern::cli

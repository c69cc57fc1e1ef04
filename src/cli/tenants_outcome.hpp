// --tenants on impact and plan: what comes of all tenants together, when each is done.
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "cli/command.hpp"
#include "cli/kept_tenants.hpp"
#include "cli/many_tenants.hpp"
#include "impact/common.hpp"
#include "impact/dispatch.hpp"
#include "impact/services.hpp"

namespace postern::cli {

/// Writes the table, with the documents that `spool` holds (nullptr: they stand in files of their
/// own), and the proposals of --propose-services for senders that `services` does not know. The
/// exit status of all (run_many_tenants). Errors: not writable; a document that can't be read back.
Result<int> write_outcome(const TenantsRun&, const Environment&, std::vector<DoneTenant>,
                          const std::optional<impact::SharedRows>&,
                          const impact::Services& services, Spool* spool);

}  // namespace postern::cli

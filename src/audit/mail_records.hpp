// What a domain's SPF and DMARC records, as they were exported, do to forged mail. The room auth
// reads and evaluates them; here are the findings. Internal to the room.
#pragma once

#include <string>

#include "audit/audit.hpp"
#include "auth/dmarc_standing.hpp"

namespace postern::audit {

/// `domain` in normal form.
auth::DmarcStanding dmarc_of(const tenant::Configuration&, const std::string& domain);

Finding dmarc_finding(const tenant::Configuration&, const std::string& domain);

/// Passes where strangers get fail or softfail.
Finding spf_finding(const tenant::Configuration&, const std::string& domain);

}  // namespace postern::audit

// An earlier audit's JSON document, for --baseline.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "audit/drift.hpp"
#include "base/result.hpp"

namespace postern::cli {

/// By name; nullopt: the tenant could not be read then.
using EarlierAudits = std::map<std::string, std::optional<audit::EarlierAudit>>;

/// The audits of a document "postern/audit/1" (one, under the empty name) or "postern/audits/1"
/// (by the tenants' names in the list). Errors: no JSON, another document, parts missing.
Result<EarlierAudits> read_earlier_audits(const std::string& path);

}  // namespace postern::cli

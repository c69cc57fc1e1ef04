// An earlier run's JSON document, for --baseline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "impact/changes.hpp"

namespace postern::cli {

/// Senders of a document "postern/impact/1"; nothing where no path was given. Errors: no JSON,
/// another document, another tenant's.
Result<std::optional<std::vector<impact::EarlierSender>>> read_earlier_run(
    const std::string& path, const std::string& tenant);

/// The same of a report in memory.
std::vector<impact::EarlierSender> senders_of(const impact::Report&);

}  // namespace postern::cli

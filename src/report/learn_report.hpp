// What a tenant's own mail says of the choices, as [choices] of tenant.toml and as JSON
// ("postern/learn/1", docs/schema/learn-1.json).
#pragma once

#include <string>

#include "impact/impact.hpp"
#include "report/style.hpp"

namespace postern::report {

struct LearnDocument {
  const std::string& tenant;
  const impact::Report& report;
};

/// TOML that may be pasted into tenant.toml as it is; what is not settled stands in comments.
std::string learn_text(const LearnDocument&, const Style&);
std::string learn_json(const LearnDocument&, const Style&);

}  // namespace postern::report

// Asks DNS, or a zone file, what SPF says today: the answers that `impact --resolve` wants.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "impact/impact.hpp"

namespace postern::cli {

struct ResolveOptions {
  std::string resolver;            ///< "192.0.2.53" or "127.0.0.1@5353"; empty: the system's
  std::string zone;                ///< a file to take the records from instead
  std::chrono::seconds time{120};  ///< in all; what has no answer by then stays unknown
  UnixTime now = 0;                ///< for macros
};

/// Opens what is to be asked; nothing is asked yet. Errors: no such file, a line that is no record,
/// a resolver that libunbound refuses.
Result<impact::PublishedSpf> published_spf(const ResolveOptions& options);

}  // namespace postern::cli

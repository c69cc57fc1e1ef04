// Asks DNS, or a zone file, what SPF says today: the answers that `impact --resolve` wants.
#pragma once

#include <chrono>

#include "base/result.hpp"
#include "base/time.hpp"
#include "cli/dns_source.hpp"
#include "impact/impact.hpp"

namespace postern::cli {

struct ResolveOptions {
  DnsOptions dns;
  std::chrono::seconds time{120};  ///< in all; what has no answer by then stays unknown
  UnixTime now = 0;                ///< for macros
};

/// Opens what is to be asked; nothing is asked yet. Errors: no such file, a line that is no record,
/// a resolver that libunbound refuses.
Result<impact::PublishedSpf> published_spf(const ResolveOptions& options);

}  // namespace postern::cli

// The mail records of a tenant's domains, asked of DNS where its source does not hold them: a live
// tenant holds none, an export may.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/dns_source.hpp"
#include "tenant/configuration.hpp"

namespace postern::auth {
class Resolver;
}

namespace postern::cli {

/// --resolve with --resolver and --zone, of commands that read tenants.
struct RecordLookup {
  bool resolve = false;
  DnsOptions dns;
};

/// Adds the three.
void add_record_options(CLI::App&, RecordLookup&);
/// Error: --resolver or --zone without --resolve.
Result<void> check_record_options(const RecordLookup&);

/// Asks for SPF, DKIM (Microsoft's two selectors), DMARC and MX of every own domain, and for the
/// DMARC records above it that it may go by (RFC 9989, 4.10), as far as the configuration does not
/// hold them; without --resolve it remarks on a live tenant (`live`) that
/// nobody asked, and with what option. What is not answered stays unknown, with a remark. Errors:
/// no such zone file, a resolver that is none.
Result<void> complete_records(tenant::Configuration&, const RecordLookup&, bool live);

/// The same over any resolver. `wait` waits for answers and hands them out; false: no longer.
void complete_records(tenant::Configuration&, auth::Resolver&, const std::function<bool()>& wait);

}  // namespace postern::cli

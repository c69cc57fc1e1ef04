// Where records come from: DNS, or a file of records. The same options in every command that asks.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "cli/command.hpp"

namespace postern::auth {
class MemoryZone;
class UnboundResolver;
}  // namespace postern::auth

namespace postern::cli {

struct DnsOptions {
  std::string resolver;  ///< "192.0.2.53" or "127.0.0.1@5353"; empty: the system's
  std::string zone;      ///< a file to take the records from instead
};

/// Adds --resolver; `when` ends its help ("", ", with --resolve"). `names` may have names of former
/// times behind it.
void add_resolver_option(CLI::App&, std::string& resolver, const std::string& when = {},
                         const std::string& names = "--resolver");
/// Adds --zone and --resolver.
void add_dns_options(CLI::App&, DnsOptions&, const std::string& when = {});

/// The records of --zone. Errors: no such file, a line that is no record.
Result<std::unique_ptr<auth::MemoryZone>> open_zone(const DnsOptions&);
/// Errors: an address that libunbound refuses.
Result<std::unique_ptr<auth::UnboundResolver>> open_resolver(const DnsOptions&);

}  // namespace postern::cli

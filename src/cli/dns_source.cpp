#include "cli/dns_source.hpp"

#include <CLI/CLI.hpp>

#include "auth/memory_zone.hpp"
#include "auth/unbound_resolver.hpp"
#include "auth/zone_file.hpp"

namespace postern::cli {

void add_resolver_option(CLI::App& app, std::string& resolver, const std::string& when,
                         const std::string& names) {
  app.add_option(names, resolver, "Ask this resolver" + when + ": 192.0.2.53 or 127.0.0.1@5353")
      ->type_name("ADDRESS");
}

void add_dns_options(CLI::App& app, DnsOptions& options, const std::string& when) {
  app.add_option("--zone", options.zone, "Take records from this file instead of DNS" + when)
      ->type_name("FILE");
  add_resolver_option(app, options.resolver, when);
}

Result<std::unique_ptr<auth::MemoryZone>> open_zone(const DnsOptions& options) {
  const auto text = read_text(options.zone);
  if (!text) return tl::unexpected(text.error());
  auto zone = std::make_unique<auth::MemoryZone>();
  if (auto read = auth::read_zone(*text, options.zone, *zone); !read) {
    return tl::unexpected(read.error());
  }
  return zone;
}

Result<std::unique_ptr<auth::UnboundResolver>> open_resolver(const DnsOptions& options) {
  auth::UnboundOptions resolving;
  resolving.forwarder = options.resolver;
  return auth::UnboundResolver::open(resolving);
}

}  // namespace postern::cli

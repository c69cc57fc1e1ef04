// What a tenant's DNS records say, as far as the export holds them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "tenant/configuration.hpp"

namespace postern::tenant {

/// The records of a domain in normal form; nullptr where none were read.
const DnsRecords* records_of(const Configuration&, const std::string& domain);

/// Accepted domains apart from onmicrosoft.com, whose records Microsoft keeps.
std::vector<std::string> own_domains(const Configuration&);

/// Those of `values` that start with `prefix`, without regard to case.
std::vector<std::string> records_starting_with(const std::vector<std::string>& values,
                                               std::string_view prefix);

/// How a domain's DMARC record stands (RFC 7489, 6.3).
enum class Dmarc : std::uint8_t { not_known, missing, several, not_enforced, partly, enforced };
Dmarc dmarc_state(const Configuration&, const std::string& domain);

/// What a domain's SPF record lists by itself (RFC 7208, 5): no name is looked up.
struct SpfContent {
  std::vector<Prefix> addresses;      ///< ip4 and ip6
  std::vector<std::string> includes;  ///< include and redirect, lower case
};
SpfContent spf_content(const Configuration&, const std::string& domain);

}  // namespace postern::tenant

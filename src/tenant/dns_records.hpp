// A tenant's DNS records, as far as the export holds them. What their texts mean is the business of
// the room auth.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tenant/configuration.hpp"

namespace postern::tenant {

/// The records of a domain in normal form; nullptr where none were read.
const DnsRecords* records_of(const Configuration&, const std::string& domain);

/// Accepted domains apart from onmicrosoft.com, whose records Microsoft keeps, and those of
/// services (service_of_domain).
std::vector<std::string> own_domains(const Configuration&);

/// Whose the domain is where a service had it accepted, and keeps its records: "Exclaimer's
/// signatures", "a session controller's". Empty for a domain of one's own.
std::string_view service_of_domain(const policy::Tenant&, std::string_view domain);

/// The one MX of a domain that takes no mail (RFC 7505, 3), as DnsRecords::mx holds it.
constexpr std::string_view null_mx = ".";
bool takes_no_mail(const DnsRecords&);

/// The TXT records at a name ("contoso.com", "_dmarc.contoso.com"; normal form); nullptr where
/// nobody asked for them.
const std::vector<std::string>* texts_at(const Configuration&, std::string_view name);

}  // namespace postern::tenant

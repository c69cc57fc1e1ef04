// Records from a text file, to check a message against records that are not published, or as they
// were on a certain day:
//
//   # name            type   value
//   example.com       TXT    v=spf1 ip4:192.0.2.0/24 -all
//   example.com       MX     10 mail.example.com
//   mail.example.com  A      192.0.2.1
//   down.example.com  TXT    !timeout        (or !servfail, !nxdomain)
#pragma once

#include <string>
#include <string_view>

#include "auth/memory_zone.hpp"
#include "base/result.hpp"

namespace postern::auth {

/// Adds the records. A TXT value is the rest of the line; in quotes, several strings are joined.
/// Errors name `where` and the line.
Result<void> read_zone(std::string_view text, const std::string& where, MemoryZone& zone);

}  // namespace postern::auth

// The pieces of a DMARC record with their places (RFC 9989, 4.8), as reading and linting both need
// them. Internal to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "auth/dmarc_record.hpp"

namespace postern::auth {

/// What stands between two semicolons. Views point into the record; places count octets from 0.
struct DmarcTag {
  std::string_view name;   ///< as written; the whole piece where there is no '='
  std::string_view value;  ///< without surrounding white space
  std::size_t at = 0;      ///< of the name
  std::size_t value_at = 0;
  bool has_equals = false;
};

/// At most 200 pieces; what follows is not looked at. One empty piece at the end is none.
std::vector<DmarcTag> dmarc_tags(std::string_view record);

/// "none", "quarantine" or "reject", without case.
std::optional<DmarcPolicy> parse_dmarc_policy(std::string_view word) noexcept;

enum class UriFault : std::uint8_t {
  none,
  no_scheme,   ///< "dmarc@example.com"
  no_address,  ///< "mailto:" without one mail address
  bad_octet,   ///< an octet that no URI may hold, a bare '%' or '!'
};

/// One element of rua= or ruf=.
struct DmarcUri {
  std::string_view text;        ///< without the size limit
  std::string_view size_limit;  ///< "!10m" of RFC 7489, 6.2; RFC 9989 has none
  std::size_t at = 0;           ///< in the record
  UriFault fault = UriFault::none;
};

/// At most 50; what follows is not looked at.
std::vector<DmarcUri> dmarc_uris(const DmarcTag& tag);

}  // namespace postern::auth

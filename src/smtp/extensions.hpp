// What a server offers in its reply to EHLO (RFC 5321, 4.1.1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::smtp {

struct Extensions {
  bool pipelining = false;
  bool eight_bit_mime = false;
  bool smtputf8 = false;
  bool starttls = false;
  bool chunking = false;
  bool enhanced_status_codes = false;
  bool dsn = false;
  std::optional<std::uint64_t> size;         ///< offered; 0 means no fixed limit (RFC 1870, 3)
  std::vector<std::string> xclient;          ///< attributes, upper case
  std::vector<std::string> auth_mechanisms;  ///< upper case
  std::vector<std::string> lines;            ///< every line after the first, as it came

  /// `text` as in Reply::text. Lines that are no known keyword are kept in `lines` only.
  static Extensions parse(std::string_view text);
};

}  // namespace postern::smtp

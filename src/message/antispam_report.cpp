#include "message/antispam_report.hpp"

#include <charconv>
#include <cstddef>

#include "base/ascii.hpp"

namespace postern::message {

std::optional<int> parse_spam_confidence(std::string_view text) noexcept {
  text = trim(text);
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || stop != end || value < -1 || value > 9) return std::nullopt;
  return value;
}

AntispamReport parse_antispam_report(std::string_view text) {
  AntispamReport out;
  while (!text.empty()) {
    const std::size_t end = text.find(';');
    const std::string_view piece = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    // Only the first colon separates: an IPv6 address follows in CIP.
    const std::size_t colon = piece.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = piece.substr(0, colon);
    const std::string_view value = trim(piece.substr(colon + 1)).substr(0, 255);
    if (iequals(key, "CIP")) {
      out.submitted_inside = value == "255.255.255.255";
      if (!out.submitted_inside) out.connecting_ip = IpAddress::parse(value);
    } else if (iequals(key, "CTRY")) {
      out.country = value;
    } else if (iequals(key, "H")) {
      out.helo = value;
    } else if (iequals(key, "PTR")) {
      // "InfoDomainNonexistent", "ErrorRetry": outcomes of the look-up, not names.
      if (value.find('.') != std::string_view::npos) out.reverse_name = value;
    } else if (iequals(key, "SFV")) {
      out.verdict = value;
    } else if (iequals(key, "SCL")) {
      out.spam_confidence = parse_spam_confidence(value);
    } else if (iequals(key, "CAT")) {
      out.category = value;
    } else if (iequals(key, "DIR")) {
      out.direction = value;
    }
  }
  return out;
}

}  // namespace postern::message

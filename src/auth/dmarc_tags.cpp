#include "auth/dmarc_tags.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::auth {
namespace {

constexpr std::size_t most_tags = 200;
constexpr std::size_t most_uris = 50;

bool is_hex(char c) noexcept {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

// RFC 3986, 2: unreserved and reserved octets but ',' and '!', which a record must encode
// (RFC 9989, 4.8).
bool is_uri_octet(char c) noexcept {
  return is_ascii_alpha(c) || is_ascii_digit(c) ||
         std::string_view("-._~:/?#[]@$&'()*+;=").find(c) != std::string_view::npos;
}

// "!10m" at the end: digits and at most one unit (RFC 7489, 6.4).
std::string_view size_limit_of(std::string_view uri) noexcept {
  const std::size_t mark = uri.rfind('!');
  if (mark == std::string_view::npos) return {};
  std::string_view digits = uri.substr(mark + 1);
  if (!digits.empty() &&
      std::string_view("kmgt").find(ascii_lower(digits.back())) != std::string_view::npos) {
    digits.remove_suffix(1);
  }
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_ascii_digit)) return {};
  return uri.substr(mark);
}

UriFault fault_of(std::string_view uri) noexcept {
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_ascii_alpha(uri.front())) {
    return UriFault::no_scheme;
  }
  const std::string_view scheme = uri.substr(0, colon);
  for (const char c : scheme) {
    if (!is_ascii_alpha(c) && !is_ascii_digit(c) && c != '+' && c != '-' && c != '.') {
      return UriFault::no_scheme;
    }
  }
  const std::string_view rest = uri.substr(colon + 1);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '%') {
      if (i + 2 >= rest.size() || !is_hex(rest[i + 1]) || !is_hex(rest[i + 2])) {
        return UriFault::bad_octet;
      }
    } else if (!is_uri_octet(rest[i])) {
      return UriFault::bad_octet;
    }
  }
  if (!iequals(scheme, "mailto")) return rest.empty() ? UriFault::no_address : UriFault::none;
  const std::string_view address = rest.substr(0, rest.find('?'));
  const std::size_t at = address.rfind('@');
  char normal[253];
  const bool whole = at != std::string_view::npos && at > 0 &&
                     normalise_ascii_domain(address.substr(at + 1), normal) > 0;
  return whole ? UriFault::none : UriFault::no_address;
}

}  // namespace

std::vector<DmarcTag> dmarc_tags(std::string_view record) {
  std::vector<DmarcTag> tags;
  const auto place = [record](std::string_view part) {
    return static_cast<std::size_t>(part.data() - record.data());
  };
  for (std::size_t start = 0; start <= record.size() && tags.size() < most_tags;) {
    const std::size_t end = std::min(record.find(';', start), record.size());
    const std::string_view piece = record.substr(start, end - start);
    const bool last = end == record.size();
    start = end + 1;
    DmarcTag tag;
    tag.name = trim(piece);
    if (last && tag.name.empty()) break;
    const std::size_t equals = piece.find('=');
    tag.has_equals = equals != std::string_view::npos;
    if (tag.has_equals) {
      tag.name = trim(piece.substr(0, equals));
      tag.value = trim(piece.substr(equals + 1));
      tag.value_at = place(tag.value);
    }
    tag.at = place(tag.name);
    tags.push_back(tag);
  }
  return tags;
}

std::optional<DmarcPolicy> parse_dmarc_policy(std::string_view word) noexcept {
  for (const auto policy : {DmarcPolicy::none, DmarcPolicy::quarantine, DmarcPolicy::reject}) {
    if (iequals(word, word_of(policy))) return policy;
  }
  return std::nullopt;
}

std::vector<DmarcUri> dmarc_uris(const DmarcTag& tag) {
  std::vector<DmarcUri> uris;
  for (const std::string_view element : split(tag.value, ',')) {
    DmarcUri uri;
    uri.text = trim(element);
    uri.size_limit = size_limit_of(uri.text);
    uri.text.remove_suffix(uri.size_limit.size());
    uri.at = tag.value_at + static_cast<std::size_t>(uri.text.data() - tag.value.data());
    uri.fault = fault_of(uri.text);
    uris.push_back(uri);
    if (uris.size() == most_uris) break;
  }
  return uris;
}

}  // namespace postern::auth

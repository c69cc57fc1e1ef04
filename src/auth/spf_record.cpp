#include "auth/spf_record.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "auth/spf_macro.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

constexpr std::array<std::pair<std::string_view, SpfMechanism>, 8> mechanisms{{
    {"all", SpfMechanism::all},
    {"include", SpfMechanism::include},
    {"a", SpfMechanism::a},
    {"mx", SpfMechanism::mx},
    {"ptr", SpfMechanism::ptr},
    {"ip4", SpfMechanism::ip4},
    {"ip6", SpfMechanism::ip6},
    {"exists", SpfMechanism::exists},
}};

tl::unexpected<Error> term_fault(std::string_view term, std::string_view what) {
  constexpr std::size_t longest = 200;
  return fail(fmt::format("'{}{}' {}", printable(term.substr(0, longest)),
                          term.size() > longest ? "..." : "", what));
}

// name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
std::size_t length_of_name(std::string_view text) noexcept {
  if (text.empty() || !is_ascii_alpha(text[0])) return 0;
  std::size_t i = 1;
  while (i < text.size() && (is_ascii_alpha(text[i]) || is_ascii_digit(text[i]) || text[i] == '-' ||
                             text[i] == '_' || text[i] == '.')) {
    ++i;
  }
  return i;
}

// A prefix length without leading zeros, at most `most`; -1 where it is none.
int read_length(std::string_view digits, int most) noexcept {
  if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) return -1;
  int length = 0;
  for (const char c : digits) {
    if (!is_ascii_digit(c)) return -1;
    length = length * 10 + (c - '0');
  }
  return length <= most ? length : -1;
}

bool all_digits(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), is_ascii_digit);
}

// Takes "/24", "//64" or "/24//64" off the end. False where a length is out of range.
bool take_dual_cidr(std::string_view& text, SpfTerm& term) noexcept {
  std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos || !all_digits(text.substr(slash + 1))) {
    return true;  // a slash within the domain, which its own grammar judges
  }
  std::string_view digits = text.substr(slash + 1);
  if (slash > 0 && text[slash - 1] == '/') {
    const int length = read_length(digits, 128);
    if (length < 0) return false;
    term.prefix_v6 = static_cast<std::uint8_t>(length);
    text = text.substr(0, slash - 1);
    slash = text.rfind('/');
    if (slash == std::string_view::npos || !all_digits(text.substr(slash + 1))) return true;
    digits = text.substr(slash + 1);
  }
  const int length = read_length(digits, 32);
  if (length < 0) return false;
  term.prefix_v4 = static_cast<std::uint8_t>(length);
  text = text.substr(0, slash);
  return true;
}

// ip4:192.0.2.0/24, ip6:2001:db8::/32
bool read_network(std::string_view text, SpfTerm& term) noexcept {
  const bool v4 = term.mechanism == SpfMechanism::ip4;
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    const int length = read_length(text.substr(slash + 1), v4 ? 32 : 128);
    if (length < 0) return false;
    (v4 ? term.prefix_v4 : term.prefix_v6) = static_cast<std::uint8_t>(length);
  }
  const bool colon = address.find(':') != std::string_view::npos;
  if (v4 == colon || address.find('[') != std::string_view::npos) return false;
  const auto parsed = IpAddress::parse(address);
  if (!parsed) return false;
  term.network = *parsed;
  return true;
}

}  // namespace

std::string_view name_of(SpfMechanism mechanism) noexcept {
  return mechanisms[static_cast<std::size_t>(mechanism)].first;
}

bool is_spf_record(std::string_view text) noexcept {
  constexpr std::string_view version = "v=spf1";
  return istarts_with(text, version) &&
         (text.size() == version.size() || text[version.size()] == ' ');
}

Result<std::shared_ptr<const SpfRecord>> SpfRecord::parse(std::string_view text) {
  const std::shared_ptr<SpfRecord> record(new SpfRecord(text));
  std::string_view rest = std::string_view(record->text_).substr(6);
  while (!rest.empty()) {
    if (rest.front() == ' ') {
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t end = rest.find(' ');
    const std::string_view term = rest.substr(0, end);
    if (auto parsed = record->parse_term(term); !parsed) return tl::unexpected(parsed.error());
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  }
  return std::shared_ptr<const SpfRecord>(record);
}

Result<void> SpfRecord::parse_term(std::string_view term) {
  std::string_view text = term;
  const std::size_t name_length = length_of_name(text);
  if (name_length > 0 && name_length < text.size() && text[name_length] == '=') {
    return parse_modifier(text.substr(0, name_length), text.substr(name_length + 1), term);
  }
  SpfTerm parsed;
  parsed.text = term;
  constexpr std::string_view qualifiers = "+-~?";
  if (const std::size_t at = qualifiers.find(text[0]); at != std::string_view::npos) {
    parsed.qualifier = static_cast<SpfQualifier>(at);
    text.remove_prefix(1);
  }
  const std::string_view name = text.substr(0, text.find_first_of(":/"));
  const auto known = std::find_if(mechanisms.begin(), mechanisms.end(),
                                  [&](const auto& each) { return iequals(each.first, name); });
  if (known == mechanisms.end()) return term_fault(term, "is no mechanism");
  parsed.mechanism = known->second;
  text.remove_prefix(name.size());

  switch (parsed.mechanism) {
    case SpfMechanism::all:
      if (!text.empty()) return term_fault(term, "takes no argument");
      break;
    case SpfMechanism::ip4:
    case SpfMechanism::ip6:
      if (!text.starts_with(':') || !read_network(text.substr(1), parsed)) {
        return term_fault(term, "holds no address block of its kind");
      }
      break;
    case SpfMechanism::a:
    case SpfMechanism::mx:
      if (!take_dual_cidr(text, parsed))
        return term_fault(term, "has a prefix length out of range");
      [[fallthrough]];
    case SpfMechanism::ptr:
    case SpfMechanism::include:
    case SpfMechanism::exists: {
      const bool optional =
          parsed.mechanism != SpfMechanism::include && parsed.mechanism != SpfMechanism::exists;
      if (text.empty() && optional) break;
      if (!text.starts_with(':') || text.size() == 1) return term_fault(term, "names no domain");
      parsed.domain_spec = text.substr(1);
      const auto wrong = spf_macro_fault(parsed.domain_spec, SpfMacroPlace::domain);
      if (!wrong.empty()) return term_fault(term, wrong);
      parsed.has_macros = parsed.domain_spec.find('%') != std::string_view::npos;
      break;
    }
  }
  terms_.push_back(parsed);
  return {};
}

Result<void> SpfRecord::parse_modifier(std::string_view name, std::string_view value,
                                       std::string_view term) {
  const bool is_redirect = iequals(name, "redirect");
  if (!is_redirect && !iequals(name, "exp")) {
    // An unknown modifier is passed over, but it must be one.
    const auto wrong = spf_macro_fault(value, SpfMacroPlace::modifier);
    return wrong.empty() ? Result<void>{} : term_fault(term, wrong);
  }
  std::string_view& place = is_redirect ? redirect_ : explanation_;
  if (!place.empty()) return term_fault(term, "stands twice");
  const auto wrong = value.empty() ? std::string_view("names no domain")
                                   : spf_macro_fault(value, SpfMacroPlace::domain);
  if (!wrong.empty()) return term_fault(term, wrong);
  place = value;
  return {};
}

const Result<std::shared_ptr<const SpfRecord>>& SpfRecordCache::parse(std::string_view text) {
  if (text.size() > longest_kept) {
    not_kept_ = SpfRecord::parse(text);
    return not_kept_;
  }
  Slot& slot = slots_[std::hash<std::string_view>{}(text) % slots_.size()];
  if (slot.text.empty() || slot.text != text) {
    slot.parsed = SpfRecord::parse(text);
    slot.text = text;
  }
  return slot.parsed;
}

}  // namespace postern::auth

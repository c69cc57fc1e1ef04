#include "base/ip.hpp"

#include <array>
#include <charconv>
#include <cstddef>

#include <fmt/format.h>

namespace postern {
namespace {

std::optional<std::uint32_t> parse_v4(std::string_view text) noexcept {
  std::uint32_t value = 0;
  int octets = 0;
  std::size_t i = 0;
  while (octets < 4) {
    const std::size_t start = i;
    std::uint32_t octet = 0;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9' && i - start < 3) {
      octet = octet * 10 + static_cast<std::uint32_t>(text[i] - '0');
      ++i;
    }
    // Leading zeros are refused: some parsers read them as octal (RFC 6943, 3.1.1).
    if (i == start || octet > 255 || (i - start > 1 && text[start] == '0')) return std::nullopt;
    value = value << 8 | octet;
    ++octets;
    if (octets == 4) break;
    if (i >= text.size() || text[i] != '.') return std::nullopt;
    ++i;
  }
  if (i != text.size()) return std::nullopt;
  return value;
}

std::optional<uint128> parse_v6(std::string_view text) noexcept {
  std::array<std::uint16_t, 8> groups{};
  int count = 0;
  int gap = -1;
  std::size_t i = 0;
  if (text.size() >= 2 && text[0] == ':' && text[1] == ':') {
    gap = 0;
    i = 2;
  } else if (!text.empty() && text[0] == ':') {
    return std::nullopt;
  }
  while (i < text.size()) {
    if (count == 8) return std::nullopt;
    const std::string_view rest = text.substr(i);
    const std::size_t colon = rest.find(':');
    const std::string_view piece = rest.substr(0, colon);
    if (piece.find('.') != std::string_view::npos) {
      const auto tail = parse_v4(piece);
      if (!tail || colon != std::string_view::npos || count > 6) return std::nullopt;
      groups[static_cast<std::size_t>(count++)] = static_cast<std::uint16_t>(*tail >> 16);
      groups[static_cast<std::size_t>(count++)] = static_cast<std::uint16_t>(*tail);
      break;
    }
    if (piece.empty() || piece.size() > 4) return std::nullopt;
    std::uint16_t group = 0;
    const auto [end, failed] =
        std::from_chars(piece.data(), piece.data() + piece.size(), group, 16);
    if (failed != std::errc{} || end != piece.data() + piece.size()) return std::nullopt;
    groups[static_cast<std::size_t>(count++)] = group;
    i += piece.size();
    if (colon == std::string_view::npos) break;
    ++i;
    if (i == text.size()) return std::nullopt;  // a single trailing colon
    if (text[i] == ':') {
      if (gap >= 0) return std::nullopt;
      gap = count;
      ++i;
    }
  }
  if (gap < 0 ? count != 8 : count > 7) return std::nullopt;
  uint128 key = 0;
  const int missing = 8 - count;
  for (int position = 0, source = 0; position < 8; ++position) {
    const bool filler = gap >= 0 && position >= gap && position < gap + missing;
    key = key << 16 | (filler ? 0 : groups[static_cast<std::size_t>(source++)]);
  }
  return key;
}

constexpr uint128 mask_of(unsigned bits) noexcept {
  return bits == 0 ? 0 : ~static_cast<uint128>(0) << (128 - bits);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.find(':') == std::string_view::npos) {
    const auto v4 = parse_v4(text);
    if (!v4) return std::nullopt;
    return from_v4(*v4);
  }
  // RFC 5321, 4.1.3: an IPv6 address literal carries this tag.
  if (text.size() > 5 && (text[0] == 'I' || text[0] == 'i') && text.substr(1, 4) == "Pv6:") {
    text.remove_prefix(5);
  }
  const auto v6 = parse_v6(text);
  if (!v6) return std::nullopt;
  return from_key(*v6);
}

std::string IpAddress::text() const {
  if (is_v4()) {
    const std::uint32_t a = v4();
    return fmt::format("{}.{}.{}.{}", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
  }
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) {
    groups[i] = static_cast<unsigned>(key_ >> (112 - 16 * i)) & 0xffffu;
  }
  // RFC 5952, 4.2: the longest run of two or more zero groups is shortened, the first on a tie.
  std::size_t best = 8, best_length = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0)
      ++end;
    if (end - i > best_length) best = i, best_length = end - i;
    i = end + 1;
  }
  std::string out;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += "::";
      i += best_length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    out += fmt::format("{:x}", groups[i]);
  }
  return out;
}

bool IpAddress::is_public() const noexcept {
  struct Block {
    std::uint32_t first;
    unsigned length;
  };
  static constexpr Block special_v4[] = {
      {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
      {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0a80000, 16}, {0xe0000000, 3},
  };
  if (is_v4()) {
    for (const auto& block : special_v4) {
      if ((v4() ^ block.first) >> (32 - block.length) == 0) return false;
    }
    return true;
  }
  if (key_ <= 1) return false;  // :: and ::1
  const auto top = static_cast<std::uint32_t>(key_ >> 112);
  return (top & 0xfe00) != 0xfc00 && (top & 0xffc0) != 0xfe80 && (top & 0xff00) != 0xff00;
}

Prefix::Prefix(IpAddress address, unsigned length) noexcept
    : first_(IpAddress::from_key(address.key() & mask_of(address.is_v4() ? length + 96 : length))),
      length_(length) {}

Result<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return fail(fmt::format("'{}' is not an IP address or prefix", text), {},
                "write 192.0.2.7 or 192.0.2.0/24");
  }
  const unsigned longest = address->is_v4() ? 32 : 128;
  unsigned length = longest;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (failed != std::errc{} || end != digits.data() + digits.size() || length > longest) {
      return fail(fmt::format("'{}' has no valid prefix length", text), {},
                  fmt::format("use 0 to {}", longest));
    }
  }
  return Prefix(*address, length);
}

IpAddress Prefix::last() const noexcept {
  return IpAddress::from_key(first_.key() | ~mask_of(is_v4() ? length_ + 96 : length_));
}

bool Prefix::contains(IpAddress address) const noexcept {
  return first_ <= address && address <= last() && address.is_v4() == is_v4();
}

std::string Prefix::text() const {
  if (length_ == (is_v4() ? 32u : 128u)) return first_.text();
  return fmt::format("{}/{}", first_.text(), length_);
}

}  // namespace postern

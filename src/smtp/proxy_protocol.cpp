#include "smtp/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace postern::smtp {
namespace {

using Status = ProxyParse::Status;

constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t longest_v1 = 107;

constexpr ProxyParse bad{Status::bad, 0, {}};

std::size_t octet(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]);
}

std::uint16_t port_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(octet(bytes, at) << 8 | octet(bytes, at + 1));
}

// A decimal port without leading zeros.
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

ProxyParse parse_v1(std::string_view bytes) noexcept {
  const std::size_t lf = bytes.substr(0, longest_v1).find('\n');
  if (lf == std::string_view::npos) {
    return bytes.size() >= longest_v1 ? bad : ProxyParse{};
  }
  if (lf == 0 || bytes[lf - 1] != '\r') return bad;
  ProxyParse parse{Status::done, lf + 1, {}};
  std::string_view line = bytes.substr(0, lf - 1);
  if (line == "PROXY UNKNOWN" || line.starts_with("PROXY UNKNOWN ")) return parse;
  // PROXY TCP4 source destination source-port destination-port
  std::array<std::string_view, 6> words;
  std::size_t count = 0;
  for (;;) {
    const std::size_t space = line.find(' ');
    if (count == words.size()) return bad;
    words.at(count++) = line.substr(0, space);
    if (space == std::string_view::npos) break;
    line.remove_prefix(space + 1);
  }
  if (count != words.size() || words[0] != "PROXY") return bad;
  const bool v6 = words[1] == "TCP6";
  if (!v6 && words[1] != "TCP4") return bad;
  // Brackets are legal in text elsewhere, here not.
  if (words[2].starts_with('[') || words[3].starts_with('[')) return bad;
  const auto source = IpAddress::parse(words[2]);
  const auto destination = IpAddress::parse(words[3]);
  const auto port = parse_port(words[4]);
  if (!source || !destination || !port || !parse_port(words[5])) return bad;
  const auto is_v6_text = [](std::string_view text) {
    return text.find(':') != std::string_view::npos;
  };
  if (is_v6_text(words[2]) != v6 || is_v6_text(words[3]) != v6) return bad;
  parse.header = {source, *port};
  return parse;
}

ProxyParse parse_v2(std::string_view bytes) noexcept {
  if (bytes.size() < 16) return {};
  const std::size_t version = octet(bytes, 12) >> 4;
  const std::size_t command = octet(bytes, 12) & 15;
  const std::size_t family = octet(bytes, 13);
  const std::size_t length = octet(bytes, 14) << 8 | octet(bytes, 15);
  if (version != 2 || command > 1 || 16 + length > longest_proxy_header) return bad;
  ProxyParse parse{Status::done, 16 + length, {}};
  // TCP over IPv4 and IPv6; anything else names no mail client.
  const std::size_t least = command == 0 ? 0 : family == 0x11 ? 12 : family == 0x21 ? 36 : 0;
  if (command == 1 && family != 0x00 && least == 0) return bad;
  if (length < least) return bad;
  if (bytes.size() < parse.length) return {};
  if (least == 12) {
    parse.header = {IpAddress::from_octets(bytes.substr(16, 4)), port_at(bytes, 24)};
  } else if (least == 36) {
    parse.header = {IpAddress::from_octets(bytes.substr(16, 16)), port_at(bytes, 48)};
  }
  return parse;
}

}  // namespace

ProxyParse parse_proxy_header(std::string_view bytes) noexcept {
  if (bytes.empty()) return {};
  const auto agrees = [bytes](std::string_view start) {
    const std::size_t common = std::min(bytes.size(), start.size());
    return bytes.substr(0, common) == start.substr(0, common);
  };
  if (agrees(signature)) return parse_v2(bytes);
  if (agrees("PROXY ")) return parse_v1(bytes);
  return bad;
}

}  // namespace postern::smtp

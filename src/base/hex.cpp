#include "base/hex.hpp"

#include <charconv>
#include <cstddef>
#include <system_error>

namespace postern {

std::string to_hex(std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * octets.size());
  for (const char octet : octets) {
    const auto value = static_cast<unsigned char>(octet);
    out += digits[value >> 4];
    out += digits[value & 0xf];
  }
  return out;
}

std::string to_hex(std::span<const unsigned char> octets) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(octets.data()), octets.size()));
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned octet = 0;
    const char* const end = digits.data() + i + 2;
    const auto [stopped, fault] = std::from_chars(digits.data() + i, end, octet, 16);
    if (fault != std::errc() || stopped != end) return std::nullopt;
    out += static_cast<char>(octet);
  }
  return out;
}

}  // namespace postern

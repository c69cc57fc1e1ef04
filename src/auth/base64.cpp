#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/crypto.hpp"
#include "base/ascii.hpp"

namespace postern::auth {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t no_value = 255;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_value);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr std::array<std::uint8_t, 256> values = make_values();

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  char* to = out.data();
  std::uint32_t bits = 0;
  unsigned held = 0;  // bits that wait for an octet
  std::size_t digits = 0;
  std::size_t padding = 0;
  const auto value_at = [&](std::size_t at) -> std::uint32_t {
    return values[static_cast<unsigned char>(text[at])];
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    // Four digits at a time, up to the next that is something else.
    while (held == 0 && padding == 0 && i + 4 <= text.size()) {
      const std::uint32_t four[] = {value_at(i), value_at(i + 1), value_at(i + 2), value_at(i + 3)};
      if ((four[0] | four[1] | four[2] | four[3]) == no_value) break;
      const std::uint32_t joined = four[0] << 18 | four[1] << 12 | four[2] << 6 | four[3];
      *to++ = static_cast<char>(joined >> 16);
      *to++ = static_cast<char>(joined >> 8);
      *to++ = static_cast<char>(joined);
      digits += 4;
      i += 4;
    }
    if (i == text.size()) break;
    const char c = text[i];
    if (is_ascii_space(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == no_value || padding > 0) return std::nullopt;
    bits = (bits << 6) | value;
    held += 6;
    ++digits;
    if (held >= 8) {
      held -= 8;
      *to++ = static_cast<char>((bits >> held) & 0xff);
      bits &= (1u << held) - 1;
    }
  }
  // Padding may be missing, as it is in many key records, but may not be wrong.
  if (digits % 4 == 1 || bits != 0) return std::nullopt;
  if (padding > 0 && (digits + padding) % 4 != 0) return std::nullopt;
  if (padding > 2) return std::nullopt;
  out.resize(static_cast<std::size_t>(to - out.data()));
  return out;
}

std::string encode_base64(std::string_view octets) {
  std::string out((octets.size() + 2) / 3 * 4, '=');
  char* to = out.data();
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = (bits << 8) | (i + k < octets.size() ? static_cast<unsigned char>(octets[i + k]) : 0u);
    }
    const std::size_t digits = std::min<std::size_t>(octets.size() - i, 3) + 1;
    for (std::size_t k = 0; k < digits; ++k)
      to[k] = alphabet[(bits >> (18 - 6 * k)) & 63];
    to += 4;
  }
  return out;
}

}  // namespace postern::auth

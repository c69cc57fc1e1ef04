#include "base/base64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.hpp"

namespace postern {
namespace {

using Alphabet = std::string_view;

constexpr Alphabet standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr Alphabet url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t no_value = 255;

using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(Alphabet alphabet) {
  Values values{};
  values.fill(no_value);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr Values standard_values = values_of(standard);
constexpr Values url_values = values_of(url);

std::uint8_t value_of(const Values& values, char c) noexcept {
  return values[static_cast<unsigned char>(c)];
}

std::string encode(std::string_view octets, Alphabet alphabet) {
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

// Digits alone; the bits that make no octet are dropped.
std::optional<std::string> decode_digits(std::string_view text, const Values& values) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::uint8_t value = value_of(values, c);
    if (value == no_value) return std::nullopt;
    bits = bits << 6 | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  return out;
}

}  // namespace

std::string encode_base64(std::string_view octets) {
  return encode(octets, standard);
}

std::string encode_base64url(std::string_view octets) {
  std::string out = encode(octets, url);
  out.resize(octets.size() / 3 * 4 + (octets.size() % 3 == 0 ? 0 : octets.size() % 3 + 1));
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  char* to = out.data();
  std::uint32_t bits = 0;
  unsigned held = 0;  // bits that wait for an octet
  std::size_t digits = 0;
  std::size_t padding = 0;
  const auto value_at = [&](std::size_t at) -> std::uint32_t {
    return value_of(standard_values, text[at]);
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
    const std::uint8_t value = value_of(standard_values, c);
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
  if (digits % 4 == 1 || bits != 0) return std::nullopt;
  if (padding > 0 && (digits + padding) % 4 != 0) return std::nullopt;
  if (padding > 2) return std::nullopt;
  out.resize(static_cast<std::size_t>(to - out.data()));
  return out;
}

std::optional<std::string> decode_loose_base64(std::string_view text) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  return decode_digits(text, standard_values);
}

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  return decode_digits(text, url_values);
}

void Base64Body::decode(std::string_view text, std::string& out) {
  for (const char c : text) {
    const std::uint8_t value = value_of(standard_values, c);
    if (value == no_value) continue;
    bits_ = bits_ << 6 | value;
    held_ += 6;
    if (held_ < 8) continue;
    held_ -= 8;
    out += static_cast<char>(bits_ >> held_ & 0xff);
  }
}

}  // namespace postern

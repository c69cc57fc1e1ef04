#include "cluster/nkey.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <optional>

namespace postern::cluster {
namespace {

// RFC 4648, 6, without padding.
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t key_length = 32;
constexpr unsigned seed_mark = 18u << 3;  // "S"
constexpr unsigned user_mark = 20u << 3;  // "U"

std::optional<std::string> decode_base32(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 5 | static_cast<std::uint32_t>(value);
    held += 5;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xff));
  }
  return out;
}

std::string encode_base32(std::string_view octets) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : octets) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 5) {
      held -= 5;
      out.push_back(alphabet[bits >> held & 31]);
    }
  }
  if (held > 0) out.push_back(alphabet[bits << (5 - held) & 31]);
  return out;
}

// CRC-16/XMODEM, as nkeys has it.
std::uint16_t checksum(std::string_view octets) noexcept {
  std::uint16_t crc = 0;
  for (const char c : octets) {
    crc = static_cast<std::uint16_t>(crc ^ static_cast<unsigned char>(c) << 8);
    for (int i = 0; i < 8; ++i) {
      crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
    }
  }
  return crc;
}

}  // namespace

Result<std::string> public_key_of(std::string_view seed, const std::string& where) {
  constexpr const char* remedy = "it is the line that begins with SU, as nk -gen user prints it";
  constexpr std::size_t seed_length = 58;  // of 36 octets in base32
  auto octets = decode_base32(seed);
  if (seed.size() != seed_length || !octets || octets->size() != 2 + key_length + 2) {
    return fail("holds no seed of a user", where, remedy);
  }
  const std::string_view body(octets->data(), 2 + key_length);
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>((*octets)[at]); };
  const unsigned sum = byte(octets->size() - 2) | static_cast<unsigned>(byte(octets->size() - 1))
                                                      << 8;
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  // The kind of key stands in the last three bits of the first octet and the first five of the
  // next.
  const unsigned kind = (first & 7u) << 5 | second >> 3;
  const bool good = checksum(body) == sum && (first & 0xf8u) == seed_mark && kind == user_mark;
  std::array<unsigned char, key_length> key{};
  std::size_t length = key.size();
  bool made = false;
  if (good) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                     reinterpret_cast<const unsigned char*>(body.data()) + 2,
                                     key_length),
        &EVP_PKEY_free);
    made = pair && EVP_PKEY_get_raw_public_key(pair.get(), key.data(), &length) == 1;
  }
  OPENSSL_cleanse(octets->data(), octets->size());
  if (!good) return fail("holds a seed that is damaged or not a user's", where, remedy);
  if (!made) return fail("holds a seed that OpenSSL refuses", where);
  std::string text(1, static_cast<char>(user_mark));
  text.append(reinterpret_cast<const char*>(key.data()), key.size());
  const std::uint16_t crc = checksum(text);
  text.push_back(static_cast<char>(crc & 0xff));
  text.push_back(static_cast<char>(crc >> 8));
  return encode_base32(text);
}

}  // namespace postern::cluster

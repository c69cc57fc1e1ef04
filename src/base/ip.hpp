// IP addresses and prefixes as values; IPv4-mapped IPv6 addresses are IPv4 (RFC 4291, 2.5.5.2).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern {

__extension__ typedef unsigned __int128 uint128;

/// An IPv4 or IPv6 address. IPv4 is held in its IPv4-mapped form, so that one total order and one
/// 128-bit key serve both families.
class IpAddress {
 public:
  constexpr IpAddress() noexcept = default;  // "::"

  /// Dotted quad without leading zeros, or RFC 4291 text with optional brackets; a zone ("%eth0")
  /// is refused. nullopt for anything else.
  static std::optional<IpAddress> parse(std::string_view text) noexcept;

  static constexpr IpAddress from_v4(std::uint32_t host_order) noexcept {
    return IpAddress{mapped_base | host_order};
  }
  static constexpr IpAddress from_key(uint128 key) noexcept { return IpAddress{key}; }
  /// Four or sixteen octets in network order, as DNS, sockets and PROXY have them; nullopt for any
  /// other number.
  static constexpr std::optional<IpAddress> from_octets(std::string_view octets) noexcept {
    if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
    uint128 key = octets.size() == 4 ? 0xffff : 0;
    for (const char octet : octets)
      key = key << 8 | static_cast<unsigned char>(octet);
    return from_key(key);
  }

  [[nodiscard]] constexpr bool is_v4() const noexcept { return (key_ >> 32) == 0xffff; }
  /// Host byte order; meaningful only where is_v4().
  [[nodiscard]] constexpr std::uint32_t v4() const noexcept {
    return static_cast<std::uint32_t>(key_);
  }
  [[nodiscard]] constexpr uint128 key() const noexcept { return key_; }

  /// RFC 5952 text for IPv6, dotted quad for IPv4.
  [[nodiscard]] std::string text() const;

  /// Private, shared, loopback, link-local, unique-local and documentation space is "not public":
  /// Exchange Online never sees it as a connecting address (RFC 6890).
  [[nodiscard]] bool is_public() const noexcept;

  /// This machine: 127.0.0.0/8 (RFC 1122, 3.2.1.3) or ::1.
  [[nodiscard]] constexpr bool is_loopback() const noexcept {
    return is_v4() ? v4() >> 24 == 127 : key_ == 1;
  }

  friend constexpr bool operator==(const IpAddress&, const IpAddress&) noexcept = default;
  friend constexpr auto operator<=>(const IpAddress& a, const IpAddress& b) noexcept {
    return a.key_ < b.key_   ? std::strong_ordering::less
           : a.key_ > b.key_ ? std::strong_ordering::greater
                             : std::strong_ordering::equal;
  }

 private:
  static constexpr uint128 mapped_base = static_cast<uint128>(0xffff) << 32;
  explicit constexpr IpAddress(uint128 key) noexcept : key_(key) {}
  uint128 key_ = 0;
};

/// An address block. Host bits are cleared on construction ("192.168.0.1/25" is legal in a
/// connector and means 192.168.0.0/25).
class Prefix {
 public:
  /// "192.0.2.1", "192.0.2.0/24", "192.0.2.1-192.0.2.9" is refused (not a prefix), IPv6 likewise.
  /// The error's `what` names the fault; `where` is left to the caller.
  static Result<Prefix> parse(std::string_view text);
  /// length counts from 0 to 32 for IPv4, 0 to 128 for IPv6.
  Prefix(IpAddress address, unsigned length) noexcept;

  [[nodiscard]] bool is_v4() const noexcept { return first_.is_v4(); }
  [[nodiscard]] unsigned length() const noexcept { return length_; }
  [[nodiscard]] IpAddress first() const noexcept { return first_; }
  [[nodiscard]] IpAddress last() const noexcept;
  [[nodiscard]] bool contains(IpAddress address) const noexcept;
  /// Of two blocks that do, one holds the other.
  [[nodiscard]] bool overlaps(const Prefix& other) const noexcept {
    return contains(other.first()) || other.contains(first());
  }
  /// "192.0.2.7" for a single address, "192.0.2.0/24" otherwise.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Prefix&, const Prefix&) noexcept = default;

 private:
  IpAddress first_;
  unsigned length_;
};

}  // namespace postern

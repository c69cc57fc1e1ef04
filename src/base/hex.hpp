// Octets as hexadecimal digits.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postern {

/// Two digits an octet, lower case.
std::string to_hex(std::string_view octets);
std::string to_hex(std::span<const unsigned char> octets);

/// The octets of an even number of digits, in either case. nullopt for anything else.
std::optional<std::string> from_hex(std::string_view digits);

}  // namespace postern

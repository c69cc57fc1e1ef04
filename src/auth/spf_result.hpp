// The results of an SPF check, and their words.
#pragma once

#include <cstdint>
#include <string_view>

namespace postern::auth {

/// RFC 7208, 2.6.
enum class SpfResult : std::uint8_t {
  none,
  pass,
  fail,
  soft_fail,
  neutral,
  temp_error,
  perm_error,
};
std::string_view word_of(SpfResult) noexcept;  ///< "softfail", as RFC 8601, 2.7.2 writes it

}  // namespace postern::auth

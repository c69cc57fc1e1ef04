// How sure it is what a sender is. Legitimate and forged are said of what is certain; the rest is a
// question to a person.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postern::impact {

enum class Standing : std::uint8_t {
  certain,   ///< by a hard fact, or because the administrator said so
  presumed,  ///< leans to one side, more or less sure
  open,      ///< may be either
};

std::string_view name_of(Standing) noexcept;  ///< "certain", "presumed", "open"
std::optional<Standing> parse_standing(std::string_view name) noexcept;

}  // namespace postern::impact

// Names that the forms of the impact report share. Internal to the room.
#pragma once

#include <array>
#include <string_view>

namespace postern::report {

/// In the order of evidence::AuthResult.
inline constexpr std::array<std::string_view, 8> result_names = {
    "unknown", "none", "pass", "fail", "softfail", "neutral", "temperror", "permerror"};
/// In the order of evidence::Delivery.
inline constexpr std::array<std::string_view, 6> delivery_names = {
    "unknown", "inbox", "junk", "quarantine", "blocked", "failed"};

}  // namespace postern::report

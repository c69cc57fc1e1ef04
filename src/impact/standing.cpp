#include "impact/standing.hpp"

#include <array>
#include <cstddef>

namespace postern::impact {
namespace {

constexpr std::array<std::string_view, 3> standing_names = {"certain", "presumed", "open"};

}  // namespace

std::string_view name_of(Standing standing) noexcept {
  return standing_names[static_cast<std::size_t>(standing)];
}

std::optional<Standing> parse_standing(std::string_view name) noexcept {
  for (std::size_t i = 0; i < standing_names.size(); ++i) {
    if (standing_names[i] == name) return static_cast<Standing>(i);
  }
  return std::nullopt;
}

}  // namespace postern::impact

#include "impact/kind.hpp"

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::impact {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Kind::unknown) + 1> kind_words = {
    "device or application",
    "online service",
    "signature or gateway service",
    "Azure Communication Services",
    "forwarder",
    "third-party MX",
    "own server",
    "other tenant",
    "attack",
    "covered",
    "not determined",
};

}  // namespace

std::string_view name_of(Kind kind) noexcept {
  return kind_words[static_cast<std::size_t>(kind)];
}

std::optional<Kind> parse_kind(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kind_words.size(); ++i) {
    if (iequals(kind_words[i], name)) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

std::string kind_names() {
  return joined(kind_words);
}

std::string_view name_of(Looks looks) noexcept {
  switch (looks) {
    case Looks::legitimate:
      return "legitimate";
    case Looks::forged:
      return "forged";
    case Looks::unclear:
      break;
  }
  return "unclear";
}

}  // namespace postern::impact

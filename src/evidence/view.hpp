// How much of an organisation's mail a piece of evidence can see.
#pragma once

#include <cstddef>
#include <cstdint>

namespace postern::evidence {

/// By whose eyes a message was seen, as flags: of one that several sources tell of, all of theirs.
enum class View : std::uint8_t {
  none = 0,
  whole = 1,      ///< of who takes all mail in: Exchange Online's tables, traces and searches
  reports = 2,    ///< DMARC reports: of all mail, as the domains that ask for them
  servers = 4,    ///< a server's own log: of the mail alone that passes through it
  mailboxes = 8,  ///< kept messages: of the mailboxes alone that hold them
};
inline constexpr std::size_t view_sets = 16;

constexpr View operator|(View a, View b) noexcept {
  return static_cast<View>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr View& operator|=(View& a, View b) noexcept {
  return a = a | b;
}
/// Whether `views` holds any of `wanted`.
constexpr bool has_any(View views, View wanted) noexcept {
  return (static_cast<std::uint8_t>(views) & static_cast<std::uint8_t>(wanted)) != 0;
}
/// Whether `views` holds nothing but what is in `of`.
constexpr bool are_within(View views, View of) noexcept {
  return (views | of) == of;
}

}  // namespace postern::evidence

// Online services that send on behalf of their customers, known by the names their servers and
// messages carry. A name is a hint, never a proof: anybody may write it into a HELO, a reverse
// record or a Message-ID.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace postern::impact {

struct Service {
  std::string_view name;
  /// Suffixes of reverse names, HELO names and Message-ID domains.
  std::span<const std::string_view> suffixes;
};

constexpr std::uint16_t no_service = 0xffff;
/// Index of Azure Communication Services, which the rule exempts.
extern const std::uint16_t acs_service;

/// The service whose suffix `host` ends with (at a label); no_service if none.
std::uint16_t service_of(std::string_view host) noexcept;
const Service& service(std::uint16_t index) noexcept;

/// The registrable part of a host name, roughly: the last two labels, three below such as co.uk.
std::string_view organisation_of(std::string_view host) noexcept;

}  // namespace postern::impact

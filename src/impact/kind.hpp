// What a sender may be.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::impact {

enum class Kind : std::uint8_t {
  device,             ///< device or application on a network of one's own
  online_service,     ///< a hosted sender (CRM, help desk, bulk mailer)
  signature_service,  ///< takes outgoing mail, changes it and hands it back in
  azure_communication_services,
  forwarder,       ///< somebody else's server handing our own mail back without SRS
  third_party_mx,  ///< the gateway that the MX names
  own_server,      ///< a mail server of one's own, hybrid or not
  other_tenant,    ///< another organisation's Microsoft 365
  attack,          ///< looks forged
  covered,         ///< attributed to a connector: Direct Send does not concern it
  unknown,         ///< not determined
};
/// Kinds that the evidence is weighed for: those before `covered`.
constexpr std::size_t weighed_kinds = static_cast<std::size_t>(Kind::covered);

enum class Looks : std::uint8_t { legitimate, forged, unclear };

std::string_view name_of(Kind) noexcept;
std::string_view name_of(Looks) noexcept;
std::optional<Kind> parse_kind(std::string_view name) noexcept;
/// All names, with commas.
std::string kind_names();

}  // namespace postern::impact

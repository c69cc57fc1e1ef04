// The outcome of the rule: accept, reject or undetermined, with its reason, the connector, the
// SMTP reply and, where undetermined, the facts that are missing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postern::policy {

enum class Action : std::uint8_t { accept, reject, undetermined };

enum class Reason : std::uint8_t {
  authenticated,                 ///< signed in: never Direct Send
  originating_certificate,       ///< connector certificate whose domain is accepted
  originating_sender,            ///< OnPremises connector, MAIL FROM domain accepted
  originating_recipient,         ///< OnPremises connector, recipient domain accepted (legacy)
  relay_denied,                  ///< 5.7.64: nobody here owns the recipient domain
  relay_denied_attr36,           ///< 5.7.64 ATTR36: OnPremises connector, nothing accepted
  partner_connector,             ///< attributed to a Partner connector by address or certificate
  tls_required,                  ///< the attributed connector demands TLS
  restricted,                    ///< 5.7.51: a restricting connector covers the sender domain
  direct_send_rejected,          ///< 5.7.68
  direct_send_allowed,           ///< own domain, anonymous, RejectDirectSend off
  azure_communication_services,  ///< own domain, but exempt as ACS
  null_reverse_path,             ///< MAIL FROM:<>, on the default connector
  external_sender,               ///< MAIL FROM domain is not accepted here
  default_connector,             ///< accepted on the default connector, whoever the sender is
  missing_facts,                 ///< undetermined
};

/// Facts a Submission or a Tenant may lack. A set is a bit mask.
enum class Fact : std::uint16_t {
  none = 0,
  authenticated = 1 << 0,
  client_ip = 1 << 1,
  certificate = 1 << 2,
  tls = 1 << 3,
  reverse_path = 1 << 4,
  recipient = 1 << 5,
  reject_direct_send = 1 << 6,
  inbound_connectors = 1 << 7,
};
constexpr Fact operator|(Fact a, Fact b) noexcept {
  return static_cast<Fact>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr Fact& operator|=(Fact& a, Fact b) noexcept {
  return a = a | b;
}
constexpr bool has(Fact set, Fact fact) noexcept {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(fact)) != 0;
}

/// Marks on a verdict: which choices it hangs on (see Choices), and what else a reader must know.
enum class Note : std::uint16_t {
  none = 0,
  onmicrosoft_counted = 1 << 0,    ///< undocumented whether *.onmicrosoft.com counts
  partner_address_match = 1 << 1,  ///< matched by address without RestrictDomainsToIPAddresses
  san_only = 1 << 2,               ///< certificate matched by SAN, not by subject
  recipient_leg = 1 << 3,          ///< OnPremises match by recipient domain: legacy
  associated_domains = 1 << 4,     ///< AssociatedAcceptedDomains decided
  acs_assumed = 1 << 5,            ///< ACS fix assumed
  never_set = 1 << 6,              ///< RejectDirectSend is null: the platform's default
  not_available = 1 << 7,          ///< this cloud has no RejectDirectSend
  connector_match = 1 << 8,        ///< certificate and addresses on one connector
  observed = 1 << 9,               ///< rests on the attribution that the evidence recorded
};
constexpr Note operator|(Note a, Note b) noexcept {
  return static_cast<Note>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr Note& operator|=(Note& a, Note b) noexcept {
  return a = a | b;
}
constexpr bool has(Note set, Note note) noexcept {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(note)) != 0;
}

/// An SMTP reply: "550 5.7.68 TenantInboundAttribution; …".
struct Reply {
  int code;
  std::string_view enhanced_status;
  std::string_view text;
  /// The whole line, without CRLF.
  [[nodiscard]] std::string line() const;
};

constexpr std::uint32_t no_connector = 0xffffffff;
constexpr std::uint32_t no_tenant = 0xffffffff;

struct Verdict {
  Action action = Action::undetermined;
  Reason reason = Reason::missing_facts;
  Note notes = Note::none;
  Fact missing = Fact::none;               ///< empty unless undetermined
  std::uint32_t tenant = no_tenant;        ///< index into Policy::tenant
  std::uint32_t connector = no_connector;  ///< index into Policy::connector

  friend bool operator==(const Verdict&, const Verdict&) noexcept = default;
};

/// The reply that Exchange gives for a reject; nullptr for the other actions.
[[nodiscard]] const Reply* reply_for(const Verdict&) noexcept;
/// The reply for a rejecting reason; nullptr for an accepting one.
[[nodiscard]] const Reply* reply_for(Reason) noexcept;

std::string_view name_of(Action) noexcept;  ///< "accept", "reject", "undetermined"
std::string_view name_of(Reason) noexcept;  ///< "direct_send_rejected", …
std::string_view name_of(Fact) noexcept;    ///< of a single fact: "client certificate", …
/// The names of the facts in a set.
std::vector<std::string_view> names_of(Fact set);
/// One sentence a note, for people.
std::vector<std::string_view> sentences_of(Note set);
/// The tenant.toml key a note hangs on; empty where there is none.
std::string_view key_of(Note) noexcept;

}  // namespace postern::policy

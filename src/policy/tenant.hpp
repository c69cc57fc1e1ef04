// What the rule needs to know of an organisation: accepted domains, inbound connectors, the
// RejectDirectSend switch, and the choices made where Microsoft's documents are silent.
// Plain data; Policy::compile validates it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"
#include "base/place.hpp"
#include "base/time.hpp"

namespace postern::policy {

/// Set-AcceptedDomain -DomainType. All types count for Direct Send.
enum class DomainType : std::uint8_t { authoritative, internal_relay, external_relay };

struct AcceptedDomain {
  std::string name;  ///< normal form (base/domain.hpp)
  DomainType type = DomainType::authoritative;
  bool match_subdomains = false;
  bool is_default = false;
  Place where;  ///< file and place, for messages
};

enum class ConnectorType : std::uint8_t { partner, on_premises };

/// One entry of SenderDomains: "*", "contoso.com" or "*.contoso.com".
struct SenderDomain {
  enum class Kind : std::uint8_t { any, exact, subdomains };
  Kind kind = Kind::exact;
  std::string name;  ///< normal form without "*."; empty for any
  int cost = 1;      ///< the number after ';' in "smtp:contoso.com;1"

  /// "*", "contoso.com" or "*.contoso.com".
  [[nodiscard]] std::string text() const;
};

/// Get-InboundConnector, as far as attribution goes, plus what is kept only to be written back.
struct InboundConnector {
  std::string name;
  ConnectorType type = ConnectorType::partner;
  bool enabled = true;
  std::vector<SenderDomain> sender_domains;
  std::vector<Prefix> sender_ip_addresses;
  /// Normal form; "*.contoso.com" allowed. Empty: none.
  std::string tls_sender_certificate_name;
  bool require_tls = false;
  bool restrict_domains_to_ip_addresses = false;
  bool restrict_domains_to_certificate = false;
  std::vector<std::string> associated_accepted_domains;  ///< normal form

  // Without effect on attribution or rejection; audit reads them and convert writes them back.
  bool cloud_services_mail_enabled = false;
  bool treat_messages_as_internal = false;
  std::vector<std::string> trusted_organizations;
  std::vector<std::string> ef_skip_ips;
  bool ef_skip_last_ip = false;
  std::string comment;

  /// Exchange's own mark of it, which a change of name leaves; empty where the source lacks it.
  std::string guid;
  /// When the connector was last changed: evidence older than that tells nothing of what it would
  /// have matched.
  std::optional<UnixTime> when_changed;
  Place where;  ///< file and place, for messages

  /// Whether it refuses mail of its sender domains from elsewhere while it is enabled; has no
  /// meaning for OnPremises.
  [[nodiscard]] bool restricts() const noexcept {
    return type == ConnectorType::partner &&
           (restrict_domains_to_ip_addresses || restrict_domains_to_certificate);
  }
  /// Whether "*" is among its sender domains.
  [[nodiscard]] bool takes_every_domain() const noexcept;
  /// Whether it refuses everybody else while it is enabled: a lock-down.
  [[nodiscard]] bool is_lock_down() const noexcept { return restricts() && takes_every_domain(); }
};

/// The value of RejectDirectSend. `never_set` (null) is the platform's default, which is off;
/// `unknown` means that the source does not hold the property.
enum class RejectDirectSend : std::uint8_t { unknown, never_set, off, on };

/// Clouds differ in whether the switch exists. GCC High and DoD lack it (Exchange Team blog, note
/// of November 2025). `none` is a mail system that is not Exchange Online.
enum class Cloud : std::uint8_t { worldwide, gcc, gcc_high, dod, china, none };

/// A choice that can't be read from Microsoft's documents; each has one default, one key in
/// tenant.toml, and a mark on every verdict that hangs on it.
enum class OnmicrosoftSenders : std::uint8_t { counted, exempt };
enum class PartnerAddressMatch : std::uint8_t { always, only_restricted };
enum class ConnectorMatch : std::uint8_t { any, all };
enum class AssociatedDomains : std::uint8_t { recipient, sender, ignored };

struct Choices {
  /// MAIL FROM at the tenant's own *.onmicrosoft.com counts as an accepted domain.
  OnmicrosoftSenders onmicrosoft_senders = OnmicrosoftSenders::counted;
  /// A Partner connector with addresses matches by address although
  /// RestrictDomainsToIPAddresses is off.
  PartnerAddressMatch partner_address_match = PartnerAddressMatch::always;
  /// A Partner connector with certificate and addresses needs either, or both.
  ConnectorMatch connector_match = ConnectorMatch::any;
  /// What AssociatedAcceptedDomains limits.
  AssociatedDomains associated_domains = AssociatedDomains::recipient;
  /// Azure Communication Services is exempt since the fix of 2025-11 to 2026-02.
  bool acs_exempt = true;
  /// An OnPremises connector also matches by recipient domain where MAIL FROM is not accepted.
  bool onpremises_recipient_match = true;

  friend bool operator==(const Choices&, const Choices&) = default;
};

struct Tenant {
  std::string name;  ///< for people: the default or initial domain, or a profile's name
  Cloud cloud = Cloud::worldwide;
  RejectDirectSend reject_direct_send = RejectDirectSend::unknown;
  std::vector<AcceptedDomain> accepted_domains;
  std::vector<InboundConnector> inbound_connectors;
  /// False where the source did not hold connectors at all: then "no connector matches" is not
  /// known, and decide() says so.
  bool inbound_connectors_known = true;
  Choices choices;
};

/// The initial domain of a Microsoft 365 tenant and its routing sibling.
[[nodiscard]] bool is_onmicrosoft(std::string_view domain) noexcept;

/// Reads one SenderDomains entry, in Exchange's "smtp:*.contoso.com;1" or plain form.
Result<SenderDomain> parse_sender_domain(std::string_view text);

/// Reads a TlsSenderCertificateName: a domain, "*.domain", or the hybrid wizard's old
/// "<I>issuer<S>CN=name, …" of which the common name counts.
Result<std::string> parse_certificate_name(std::string_view text);

std::string_view name_of(ConnectorType) noexcept;     ///< "Partner", "OnPremises"
std::string_view name_of(DomainType) noexcept;        ///< "Authoritative", …
std::string_view name_of(RejectDirectSend) noexcept;  ///< "unknown", "never set", "False", "True"
std::string_view name_of(Cloud) noexcept;             ///< "worldwide", "gcc", "gcc-high", …

}  // namespace postern::policy

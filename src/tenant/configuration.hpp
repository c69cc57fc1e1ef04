// Everything that a source tells about a tenant: what the rule needs (policy::Tenant) and what the
// audit looks at besides. Each value knows where it was found.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/tenant.hpp"

namespace postern::tenant {

/// Where a value was found: "export.json" and "/org_config/0/RejectDirectSend" (JSON pointer),
/// "tenant.toml" and its line, or "tenant.toml" and "reject_direct_send".
using Origin = Place;

/// A list or object that a source may lack altogether. `known` is false where no source held it,
/// which is different from an empty list.
template <class T>
struct Section {
  bool known = false;
  Origin origin;
  T value{};
};

/// Get-TransportRule, as far as filtering bypass and lock-downs go (tenant/rule_properties.hpp).
struct TransportRule {
  std::string name;
  bool enabled = true;                ///< State
  bool enforced = true;               ///< Mode is Enforce, not Audit
  std::optional<int> priority;        ///< 0 acts first
  bool stop_rule_processing = false;  ///< no rule after it sees what it takes
  std::vector<std::string> sender_domain_is;
  std::vector<std::string> from;  ///< From: addresses
  std::vector<std::string> from_address_contains_words;
  std::vector<std::string> from_address_matches_patterns;
  std::vector<std::string> sender_ip_ranges;
  std::string header_contains_message_header;
  std::string except_if_header;  ///< ExceptIfHeaderContainsMessageHeader
  std::vector<std::string> except_if_header_words;
  std::string from_scope;      ///< "NotInOrganization", …
  std::optional<int> set_scl;  ///< -1 bypasses spam filtering
  bool quarantine = false;
  bool delete_message = false;
  bool rejects = false;
  std::string set_header_name;
  std::string set_header_value;
  /// Names of conditions and exceptions that it has besides: "SentTo", "ExceptIfFrom".
  std::vector<std::string> other_conditions;
  std::vector<std::string> other_exceptions;
  /// Names of the properties above that the source lacks; as they stand here they say nothing.
  std::vector<std::string> not_exported;
  std::optional<UnixTime> when_changed;
  Origin origin;

  [[nodiscard]] bool was_exported(std::string_view property) const {
    return std::find(not_exported.begin(), not_exported.end(), property) == not_exported.end();
  }
};

/// Get-HostedConnectionFilterPolicy.
struct ConnectionFilter {
  std::string name;
  std::optional<std::vector<std::string>> ip_allow_list;  ///< nullopt: not exported
  std::optional<bool> enable_safe_list;
  Origin origin;
};

/// Get-HostedContentFilterPolicy: domains and senders that skip filtering.
struct ContentFilter {
  std::string name;
  std::optional<std::vector<std::string>> allowed_sender_domains;  ///< nullopt: not exported
  std::optional<std::vector<std::string>> allowed_senders;         ///< the same
  Origin origin;
};

/// A switch as Exchange keeps it: null ("never set") is neither on nor off, nor what a source
/// lacks.
enum class Setting : std::uint8_t { unknown, never_set, off, on };

/// Get-TransportConfig.
struct TransportConfig {
  Setting smtp_client_authentication_disabled = Setting::unknown;
};

/// One DNS answer set for a domain. `asked` is false where nobody looked; an empty `values` with
/// `asked` means that no record exists.
struct DnsAnswer {
  bool asked = false;
  std::vector<std::string> values;
  Origin origin;
};

/// The mail records of one domain, as the export recorded them.
struct DnsRecords {
  DnsAnswer spf;    ///< TXT at the domain
  DnsAnswer dmarc;  ///< TXT at _dmarc.domain
  DnsAnswer dkim;   ///< TXT at the selectors
  DnsAnswer mx;     ///< exchange host names, lower case, without trailing dot
  /// Get-DkimSigningConfig Enabled, where exported.
  std::optional<bool> dkim_signing_enabled;
};

/// A scalar setting: "True", "False", a number or text as PowerShell shows it; null is told apart.
struct Property {
  std::string text;
  bool is_null = false;
  Origin origin;
};

/// The properties of an object as an export writes them, those too whose meaning Postern does not
/// know: name and value, as text that is the same for the same value. Without its marks
/// (WhenChanged, Guid, ...).
struct ExportedProperties {
  std::string name;  ///< of the object
  std::vector<std::pair<std::string, std::string>> properties;
};

struct Configuration {
  policy::Tenant tenant;

  /// Where RejectDirectSend was looked for (found or not).
  Origin organization_config_origin;
  /// True where an organisation configuration was read at all.
  bool organization_config_known = false;
  bool accepted_domains_known = false;
  Origin accepted_domains_origin;
  /// True where a list of inbound connectors was read, even an empty one.
  bool inbound_connectors_read = false;
  Origin inbound_connectors_origin;

  Section<TransportConfig> transport_config;
  Section<std::vector<TransportRule>> transport_rules;
  Section<std::vector<ConnectionFilter>> connection_filters;
  Section<std::vector<ContentFilter>> content_filters;
  /// By domain in normal form.
  Section<std::map<std::string, DnsRecords>> dns;

  /// Scalar settings as exported, for controls that users add:
  /// "OrganizationConfig.RejectDirectSend", "TransportConfig.SmtpClientAuthenticationDisabled".
  std::map<std::string, Property> properties;

  /// Of the objects that exports hold, by the cmdlet that shows them ("Get-TransportRule").
  std::map<std::string, std::vector<ExportedProperties>, std::less<>> exported;

  /// When the export was made, where it says so.
  std::optional<UnixTime> exported_at;
  /// What was read: "ScubaGear ProviderSettingsExport 1.8.0", "Get-InboundConnector", …
  std::vector<std::string> sources;
  /// What was found but not used or not understood, one sentence each.
  std::vector<std::string> remarks;
  /// Of the remarks, what an export lacks although Exchange always writes it, and what it was taken
  /// for: whatever is concluded hangs on it.
  std::vector<std::string> assumed;
};

}  // namespace postern::tenant

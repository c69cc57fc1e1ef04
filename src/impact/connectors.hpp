// The connectors that are proposed, in one form for everybody who proposes them: impact as a
// remedy, plan as a step.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/tenant.hpp"

namespace postern::impact {

struct ByAddress {
  policy::ConnectorType type = policy::ConnectorType::partner;
  std::string name;  ///< may hold anything; made printable
  /// Of the envelope sender; empty: any. An OnPremises connector takes any.
  std::vector<std::string> domains;
  std::vector<Prefix> addresses;
  /// Every message of the evidence came with TLS. It is demanded of no other: the cmdlet's own
  /// default would refuse a sender without.
  bool always_tls = false;
  /// Exchange exempts some of the mail as these domains (Azure Communication Services); a
  /// restriction would refuse it.
  bool others_are_exempt = false;
};

/// A Partner connector is restricted to its addresses: in that form it matches by address under
/// every reading of Microsoft's documents (docs/choices.md).
policy::InboundConnector connector_by_address(const ByAddress&);

/// A Partner connector by the name in the certificate, which takes TLS.
policy::InboundConnector connector_by_certificate(std::string_view name,
                                                  const std::vector<std::string>& domains,
                                                  std::string_view certificate);

/// Of a sender whose mail is certain, and whose source is not: one clause.
inline constexpr std::string_view why_source_is_not_vouched_for =
    "its mail is yours, but nothing shows that the source is: a connector would vouch for whatever "
    "it is handed (a forwarder: let it rewrite the envelope sender, SRS; if it sends for you, say "
    "so in senders.toml with its address and answer = \"keep\")";

/// What a restricted connector does besides letting mail in, one clause; empty where it restricts
/// nothing.
std::string side_effect_of(const policy::InboundConnector&);

/// What relay rights mean for the tenant's limits, one clause; empty for a Partner connector.
std::string relay_risk_of(const policy::InboundConnector&);

}  // namespace postern::impact

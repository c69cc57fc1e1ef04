// Cmdlets that change a tenant, as values: what the admin interface takes as JSON and a person
// pastes into PowerShell come from the same one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "policy/tenant.hpp"

namespace postern::tenant {

/// Nothing (null) takes a text away.
using CmdletValue = std::variant<bool, std::string, std::vector<std::string>, std::monostate>;

/// "Set-OrganizationConfig" with {"RejectDirectSend", true}. Parameters keep their order.
struct Cmdlet {
  std::string name;
  std::vector<std::pair<std::string, CmdletValue>> parameters;

  friend bool operator==(const Cmdlet&, const Cmdlet&) = default;
};

/// New-InboundConnector with everything that the connector says. RequireTls of a Partner connector
/// always stands there: the cmdlet's own default is True, which refuses senders without TLS.
Cmdlet new_inbound_connector(const policy::InboundConnector&);
/// Set-InboundConnector with every property in which `after` differs from `before`.
Cmdlet set_inbound_connector(const policy::InboundConnector& before,
                             const policy::InboundConnector& after);
/// Remove-InboundConnector, without its question.
Cmdlet remove_inbound_connector(std::string_view name);
Cmdlet set_reject_direct_send(bool on);

/// The parameters as a JSON object, for AdminInterface::invoke.
std::string json_parameters(const Cmdlet&);

/// One line of PowerShell. Values stand in single quotes, where nothing is expanded; every
/// character that PowerShell takes for a single quote (U+0027, U+2018 to U+201B;
/// about_Quoting_Rules) is doubled. Error: a value that holds a control character or is no UTF-8,
/// which no line of a script can carry safely.
Result<std::string> powershell(const Cmdlet&);
/// One text as powershell() quotes it. The same error.
Result<std::string> powershell_text(std::string_view);

}  // namespace postern::tenant

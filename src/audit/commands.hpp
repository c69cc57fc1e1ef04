// The command that mends a finding, worked out from the finding, with the tenant's own names. Where
// the rule knows what it does, it was tried on the rule first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tenant/configuration.hpp"

namespace postern::audit {

struct LockDown {
  std::string command;  ///< may be empty
  std::string advice;   ///< what it does besides, or why there is none
};

/// A lock-down connector for the gateway that every domain's MX names. None where one of the
/// domains has its MX elsewhere, where an MX is not known, or the gateway's certificate is not: it
/// would refuse mail from outside.
LockDown lock_down_for(const tenant::Configuration&);

/// "Set-HostedContentFilterPolicy -Identity 'Default' -AllowedSenderDomains @{Remove='a.example'}".
/// Empty where a value can't stand in a script.
std::string remove_from_list(std::string_view cmdlet, std::string_view identity,
                             std::string_view parameter, const std::vector<std::string>& values);
/// "Set-DkimSigningConfig -Identity 'contoso.com' -Enabled $true".
std::string set_flag(std::string_view cmdlet, std::string_view identity, std::string_view parameter,
                     bool value);

/// Whether a provider presents the certificate for every customer alike.
bool is_shared_certificate(std::string_view name);

}  // namespace postern::audit

// The mail-flow rule that Microsoft offers where RejectDirectSend can't be turned on: quarantine
// what comes from outside as an own domain (Exchange Team, "Introducing more control over Direct
// Send", FAQ). In test mode it only records what it would have taken.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tenant/cmdlet.hpp"

namespace postern::tenant {

/// New-TransportRule over the envelope senders of `domains`, in test mode (-Mode Audit). It has no
/// exceptions yet: before it is enforced, it needs one for each sender that is to pass.
Cmdlet new_quarantine_rule_in_test_mode(std::string_view name,
                                        const std::vector<std::string>& domains);
/// Remove-TransportRule, without its question.
Cmdlet remove_transport_rule(std::string_view name);

}  // namespace postern::tenant

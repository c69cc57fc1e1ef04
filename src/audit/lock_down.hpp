// What stands between a domain's mailboxes and whoever goes past its MX: where the MX is, and the
// connectors and mail-flow rules that stop what did not come through it. The room's one reading of
// them, for the controls and the entrances. Internal to the room.
#pragma once

#include <string>
#include <string_view>

#include "policy/submission.hpp"
#include "tenant/configuration.hpp"

namespace postern::audit {

struct Mx {
  bool known = false;
  bool none = false;        ///< no record, where it was looked for
  bool null = false;        ///< RFC 7505
  bool microsoft = false;   ///< every host is
  bool front_door = false;  ///< one of them is: mail comes straight to Microsoft too
  std::string host;         ///< of several the last that is not Microsoft's
  /// "the MX of contoso.com was not read", where it is not known.
  std::string unknown;
};

/// `domain` in normal form.
Mx mx_of(const tenant::Configuration&, const std::string& domain);

/// Whether what the connector refuses for "*" is refused of mail to this domain.
bool covers(const policy::Tenant&, const policy::InboundConnector&, std::string_view domain);

/// Whether a mail-flow rule stops whatever did not come through the organisation itself, and why
/// that is not known: "the rule 'Gateway' has a condition that Postern does not weigh: SentTo".
/// A no may have a reason too: another rule that acts before.
struct RuleAnswer {
  policy::Known stops = policy::Known::no;
  std::string because;
};
/// Of one rule. Yes where it takes all that comes from outside (FromScope NotInOrganization, or no
/// condition at all) but what Exchange stamped as the organisation's own (the header
/// X-MS-Exchange-Organization-AuthAs with the word Internal).
RuleAnswer lock_down_of(const tenant::TransportRule&);
/// Of all of them together: a rule is a lock-down only where none that acts before it (Priority)
/// stops processing more rules for mail from outside, or sets the header that it goes by.
RuleAnswer lock_down_of_rules(const tenant::Configuration&);

}  // namespace postern::audit

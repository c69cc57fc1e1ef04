// What a change of a tenant would do to the mail that was seen, sender by sender: the evidence
// decided under the tenant as it is and as it would be, each message under both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "impact/impact.hpp"
#include "policy/submission.hpp"
#include "policy/tenant.hpp"
#include "policy/verdict.hpp"

namespace postern::plan {

/// Messages whose outcome differs.
struct Moved {
  std::uint64_t refused = 0;   ///< accepted before
  std::uint64_t accepted = 0;  ///< refused before
  /// Before or after, the evidence lacks a fact or a choice decides: they may be refused newly.
  std::uint64_t may_be_refused = 0;
  std::uint64_t hanging = 0;                       ///< of these, a choice decides
  std::uint64_t may_be_accepted = 0;               ///< the same the other way round
  std::vector<std::string> connectors;             ///< that take what is accepted newly
  policy::Fact missing = policy::Fact::none;       ///< that the evidence lacks
  policy::Choice hangs_on = policy::Choice::none;  ///< choices that decide
  /// The same of what may be accepted newly.
  policy::Fact missing_to_accept = policy::Fact::none;
  policy::Choice choices_to_accept = policy::Choice::none;

  [[nodiscard]] bool any() const noexcept {
    return refused + accepted + may_be_refused + may_be_accepted > 0;
  }
};

struct SenderShift {
  std::size_t sender = 0;  ///< index into the report
  Moved now;               ///< with the switch as each of the two has it
  Moved switched;          ///< with the switch on in both
};

struct Shift {
  std::vector<std::string> changes;  ///< as they were given, for people
  bool turns_switch = false;         ///< the change itself turns it
  bool changes_domains = false;      ///< accepted domains differ
  std::vector<SenderShift> senders;  ///< those with a difference, in the order of the report
  Moved others;                      ///< mail with a foreign or empty envelope sender
  Moved others_switched;
  std::uint64_t not_decided = 0;  ///< messages that did not fit the limit
  impact::Conclusion conclusion;  ///< of what changes now; its sentence is about the change
};

/// `report` has shapes and bystanders, and was collected under a tenant with the accepted domains
/// of both. What is changed is changed at `now`: what the evidence recorded of it before tells
/// nothing. Errors: a tenant that does not compile.
tl::expected<Shift, std::vector<Error>> shift_of(const impact::Report& report,
                                                 const policy::Tenant& before,
                                                 const policy::Tenant& after, UnixTime now);

/// A tenant with the accepted domains of both, to collect evidence under: what only the changed
/// tenant accepts would be set aside as another's else. All the rest is `before`'s.
policy::Tenant with_domains_of_both(policy::Tenant before, const policy::Tenant& after);

}  // namespace postern::plan

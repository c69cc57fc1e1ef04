// Which stage of a plan is due, and whether what it waits for holds: from the tenant as it is now
// and evidence that is newer than the stage before. Nothing is concluded from mail that is missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "plan/new_mail.hpp"
#include "plan/plan.hpp"
#include "plan/record.hpp"
#include "tenant/configuration.hpp"

namespace postern::plan {

/// Where a tenant stands in a plan.
struct Standing {
  policy::Tenant planned;             ///< as it is now, with the rest of the plan
  bool connectors_made = true;        ///< every one, as planned
  std::vector<std::string> not_made;  ///< what is there instead, a clause each
  std::vector<std::string> disabled;  ///< connectors that Exchange created in a disabled state
  bool is_on = false;                 ///< the switch
  std::optional<bool> has_rule;       ///< the plan's; nullopt: the reading holds no rules
  std::vector<std::string> drift;     ///< what is neither as it was read nor as planned
  std::vector<LookFor> look_for;      ///< as the look expects
  std::optional<UnixTime> switched;   ///< when the switch was turned, where that is known
  /// From when on evidence is new: the switch, where it is on and that is known, else when the plan
  /// was made.
  UnixTime from = 0;
};

/// `record`, of postern apply, may be null. `since`, where given, is when the stage before was
/// done: what the tenant and the record don't tell is taken from there. Errors: a plan without
/// stages, a reading without switch, domains or connectors, another tenant.
Result<Standing> standing_of(const Plan&, const tenant::Configuration& now,
                             const std::string& source, const Record* record,
                             std::optional<UnixTime> since);

enum class Check { holds, fails, not_known };
std::string_view name_of(Check) noexcept;  ///< "holds", "fails", "not known"

/// What was found of one sender.
struct Finding {
  std::string sender;     ///< empty: whoever has the addresses
  std::string connector;  ///< that it waits for; empty: none can take it
  Check check = Check::not_known;
  std::string says;  ///< a clause: "no new mail of it was seen"
  std::optional<UnixTime> since;
  Sightings seen;  ///< where there is a connector
  Moves moves;     ///< where there is none
};

struct Next {
  std::string tenant, source, file;
  UnixTime plan_made_at = 0;
  std::vector<Stage::Kind> stages;
  std::size_t due = 0;               ///< which of them; their number where all are done
  Check check = Check::not_known;    ///< holds: it may be done now
  std::string sentence;              ///< stage and answer in one
  std::vector<std::string> fails;    ///< what does not hold, for certain; a clause each
  std::vector<std::string> lacks;    ///< what is not known, and so what evidence to bring
  std::vector<Finding> findings;     ///< of what the due stage looks for
  std::uint64_t others_refused = 0;  ///< messages of what you call forged that the switch refused
  std::vector<tenant::Cmdlet> commands, undo;  ///< of the due stage, where it may be done
  // Of the evidence.
  UnixTime from = 0;
  std::uint64_t messages = 0, earlier = 0, undated = 0, files = 0;
  std::optional<UnixTime> last;
};

/// `mail` saw the evidence of `report`; both null where there was none. `again` is the plan's proof
/// on this evidence (prove_again), where there was any.
Next next_of(const Plan&, const Standing&, const NewMail* mail, const impact::Report* report,
             const Proof* again);

}  // namespace postern::plan

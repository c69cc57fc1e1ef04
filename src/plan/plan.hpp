// A change of a tenant, worked out and proven before anything is touched: connectors that
// legitimate senders need, then RejectDirectSend.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "difference/difference.hpp"
#include "impact/impact.hpp"
#include "plan/stage.hpp"
#include "plan/step.hpp"
#include "tenant/configuration.hpp"

namespace postern::plan {

enum class Holds { yes, no, not_proven };
Holds holds_by(impact::Answer) noexcept;

/// A sender under the planned tenant, where a reviewer must look.
struct Outcome {
  std::string sender;
  std::string kind;
  std::string standing;          ///< "certain", "presumed", "open"; may be empty
  std::uint64_t messages = 0;    ///< of it, in this state
  std::uint64_t of = 0;          ///< all of its messages
  std::vector<std::string> why;  ///< one sentence each
  std::string remedy;            ///< may be empty
};

/// All of one sender's mail under the planned tenant, in messages. What was not kept for the replay
/// is in none of them.
struct SenderOutcome {
  std::uint64_t accepted = 0;
  std::uint64_t on_presumption = 0;  ///< of these, if it presents a certificate that nobody saw
  std::uint64_t let_in = 0;          ///< of these, through what is planned
  std::uint64_t refused = 0;
  std::uint64_t undetermined = 0;
};

/// What a replay comes to.
struct Verdict {
  Holds holds = Holds::not_proven;
  std::string statement;  ///< one sentence
  /// What both are drawn from. One that was read from a file does not have it.
  impact::Conclusion conclusion;
};

/// What replaying the evidence under the planned tenant shows.
struct Proof {
  Holds holds = Holds::not_proven;
  std::string statement;  ///< one sentence
  /// What both are drawn from. A plan that was read from a file does not have it.
  impact::Conclusion conclusion;
  /// Of the connectors alone, with the switch as it is today: whom they refuse and let in.
  Verdict connectors;
  // What it rests on.
  std::uint64_t files = 0, rows = 0, messages = 0, days = 0;
  std::optional<UnixTime> first, last;
  std::uint64_t legitimate_senders = 0, legitimate_messages = 0;  ///< all of them
  std::uint64_t forged_stopped = 0;                               ///< messages

  std::vector<Outcome> breaks;         ///< legitimate for certain, and would be refused
  std::vector<Outcome> undetermined;   ///< the same, and a fact is lacking or a choice decides
  std::vector<Outcome> presumed;       ///< the same, accepted if a presumption holds
  std::vector<Outcome> unclear;        ///< not certain what they are; refused, or may be
  std::vector<Outcome> accepted_loss;  ///< legitimate, refused, and the administrator lets them
  std::vector<Outcome> let_in;  ///< not known to be yours, and the plan's connectors admit it
  std::vector<Outcome> may_be_let_in;  ///< you call it forged, and they may admit it
  std::vector<Outcome> bystanders;     ///< not the switch's concern, but refused through the plan
  std::vector<Outcome> bystanders_at_risk;  ///< the same, but a fact is lacking or a choice decides
  std::uint64_t not_replayed = 0;           ///< messages that did not fit the limit
  std::uint64_t bystanders_not_replayed = 0;
  std::vector<std::string> not_shown;  ///< what no evidence of this kind can show
  /// Of the report's senders, in their order. A plan that was read from a file does not have it.
  std::vector<SenderOutcome> senders;
};

/// The plan judged on evidence that it was not made from.
struct HeldOut {
  std::string from;  ///< the first moment of that evidence: "2026-10-21T00:00:00Z"
  Proof proof;
};

struct Plan {
  std::string made_by;  ///< "postern 0.1.0"
  UnixTime made_at = 0;
  std::string source;        ///< "live:contoso", or the files it was made from
  policy::Tenant tenant;     ///< as it was read
  std::string organisation;  ///< its Guid; empty where it is not known
  std::string fingerprint;   ///< of that reading
  std::string seal;          ///< of the file that it was read from; empty where it was not
  std::vector<Step> steps;   ///< connectors first, the switch last
  /// In the order in which they are done.
  std::vector<Stage> stages;
  Proof proof;
  /// Of the tenant as it was read and as planned, over all mail, seen or not. A plan that was read
  /// from a file does not have it.
  std::optional<difference::Difference> difference;
  /// Where some of the evidence was kept back from making the plan (--train-until). A plan that was
  /// read from a file does not have it.
  std::optional<HeldOut> held_out;
  std::vector<std::string> warnings;
  // For people who go on from here; no part of the plan file.
  std::string arguments;       ///< tenant, evidence and options as on the command line
  std::string questions_file;  ///< where the questions were written; empty: nowhere
  std::string file;            ///< where the plan is written; empty: nowhere
};

struct Request {
  const tenant::Configuration* configuration = nullptr;
  const impact::Context* context = nullptr;
  const impact::Report* report = nullptr;       ///< with shapes; nullptr: no evidence
  std::vector<policy::InboundConnector> given;  ///< by the administrator
  std::string source;
  std::string made_by;
  UnixTime now = 0;
};

/// Errors: the cloud has no such switch, the source lacks the organisation, domains or connectors,
/// a given connector that Exchange would refuse; all faults, the first one first.
tl::expected<Plan, std::vector<Error>> make_plan(const Request&);

/// What the proof says to making a stage: of the connectors alone, of the whole plan for the
/// switch; yes for a stage that can't harm mail.
Verdict release_of(const Proof&, Stage::Kind);

/// The proof of a plan that was made before, on this evidence and this reading of the tenant.
/// Errors: no evidence; what a step changes is neither as it was before nor as it will be after;
/// the planned tenant does not compile.
tl::expected<Proof, std::vector<Error>> prove_again(const Plan&, const Request&);

/// The plan as a JSON document ("postern/plan/2", docs/plan-file.md).
std::string to_json(const Plan&);
/// Reads one back. Refused: another form, a file that was edited or cut (its seal); and, should
/// somebody have sealed it anew, parts missing, a fingerprint that is not that of the reading it
/// stands beside, steps that do not begin at that reading, a cmdlet that is not the one that its
/// step's before and after give, stages that are not those of its steps.
Result<Plan> read_plan(std::string_view json, const std::string& file);

/// All stages as one PowerShell script, and the script that takes them back, in reverse order. The
/// first reads each step back, asks a person before it changes anything after the look, and stops
/// before the switch where the proof does not hold.
Result<std::string> apply_script(const Plan&);
Result<std::string> undo_script(const Plan&);

/// A script of its own for each stage, and for the way back of each that changes something.
struct Script {
  std::string name;  ///< of a file: "4-switch.ps1", "undo-1-switch.ps1"
  std::string text;
};
/// Stages that only look ask whether the tenant is as they take it to be. Connectors and switch
/// stop where the proof does not let them go (release_of); the switch asks first whether the
/// connectors are there. Everything is read back, what is taken back too; connectors go only where
/// the switch is not on.
Result<std::vector<Script>> stage_scripts(const Plan&);

/// That of one stage alone, or of its way back. Errors: the plan has no such stage, nothing of it
/// is to take back.
Result<std::string> stage_script(const Plan&, Stage::Kind, bool takes_back);

std::string_view name_of(Holds) noexcept;  ///< "yes", "no", "not proven"

}  // namespace postern::plan

// The impact report as text, JSON ("postern/impact/1", docs/schema/impact-1.json) and CSV.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "impact/changes.hpp"
#include "impact/impact.hpp"
#include "report/style.hpp"

namespace postern::plan {
struct Shift;
}

namespace postern::report {

/// What stands above the report.
struct ImpactHeading {
  std::string tenant;
  policy::RejectDirectSend reject_direct_send = policy::RejectDirectSend::unknown;
  std::size_t most_senders = 25;           ///< shown in text; JSON and CSV hold all
  std::optional<impact::Changes> changes;  ///< since an earlier run, where one was given
  /// Tenant, evidence and their options as on the command line, to run again; empty: not known.
  std::string arguments;
  std::string questions_file;  ///< where the questions were written; empty: nowhere
  /// What a change that is only thought of would do (--if); null: none is.
  const plan::Shift* shift = nullptr;
};

/// With what the tenant itself tells.
ImpactHeading heading_of(const policy::Tenant&);

struct ImpactDocument {
  const impact::Report& report;
  const ImpactHeading& heading;
};

/// What stands between Direct Send and the mailboxes today: "RejectDirectSend is True", "GCC High
/// has no RejectDirectSend", or that a gate's mode decides.
std::string state_of_switch(const ImpactDocument&);
/// Whether there is a switch, and it is on.
bool is_switch_on(const ImpactDocument&) noexcept;
/// Whether there is one to turn: Exchange Online takes the mail, and its cloud has it.
bool has_switch(const impact::Report&) noexcept;

std::string impact_text(const ImpactDocument&, const Style&);
std::string impact_json(const ImpactDocument&, const Style&);
/// One row a sender.
std::string impact_csv(const ImpactDocument&, const Style&);

/// The same documents in pieces: with 100,000 senders they are larger than the report itself.
void impact_json_pieces(const ImpactDocument&, const TakePiece&);
void impact_csv_pieces(const ImpactDocument&, const Style&, const TakePiece&);

}  // namespace postern::report

// How far each domain is from enforcing, and the one sentence at the top of the page. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "ledger/record.hpp"
#include "page/survey.hpp"

namespace postern::page {

/// What of the gate itself must be looked at first.
struct Health {
  bool ready = true;
  bool draining = false;
  bool hop_fails = false;     ///< a next hop could not be reached, or was lost, in the last minutes
  bool ledger_is_on = true;   ///< gate.toml names one
  bool ledger_drops = false;  ///< records were dropped in the last hour
  bool lost_records = false;  ///< and in the time that a survey looks at
  bool ledger_fails = false;  ///< can't be written now
  std::string ledger_fault;   ///< why it can't be read, where it can't
  bool is_surveyed = true;    ///< a survey was made
};

enum class Stage : std::uint8_t {
  unknown,    ///< no ledger, or no survey yet
  left,       ///< mode off or tenant: the page has no say
  holds,      ///< enforces, and refuses nothing that looks legitimate
  loses,      ///< enforces, and refuses something that looks legitimate
  unsettled,  ///< enforces, and refuses what may be either
  early,      ///< observed for less than a week
  breaks,     ///< enforcing it would break somebody
  untold,     ///< in either mode: nobody is known, but records of it are missing
  doubtful,   ///< nobody that looks legitimate, but somebody that may be either
  ready,
};
std::string_view name_of(Stage) noexcept;  ///< "unknown", "left", …

/// A domain, and what is known of it.
struct Domain {
  std::string name;
  ledger::Mode mode = ledger::Mode::observe;
  std::optional<UnixTime> since;  ///< when it was set at the page
  const DomainSurvey* survey = nullptr;
};

/// Days of observing before "ready" is said: whoever sends once a week is seen.
constexpr std::int64_t enough_days = 7;

/// Days that the ledger tells of a domain in the mode that it has, the first counted as one; 0:
/// none. Of a time without a record of its own nobody knows whether it was judged.
std::int64_t days_observed(const Domain&, UnixTime now);
/// What the records that a survey read do not tell of a domain, and why; empty: nothing.
std::string gap_of(const DomainSurvey&, const Health&);
Stage stage_of(const Domain&, const Health&, std::int64_t days);
/// "day 19 of observing", "3 senders may be either: settle them first".
std::string note_of(const Domain&, const Health&, Stage, std::int64_t days);

enum class Tone : std::uint8_t { good, calm, ask, bad };
std::string_view name_of(Tone) noexcept;  ///< "good", "calm", "ask", "bad"

struct Headline {
  Tone tone = Tone::calm;
  std::string text;
};

/// What matters most, first: the gate itself, lost records, own mail that is refused, a domain that
/// would break somebody, one that is ready, quiet.
Headline headline_of(const Health&, const std::vector<Domain>&, const std::vector<Stage>&,
                     UnixTime started);

}  // namespace postern::page

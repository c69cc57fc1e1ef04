#include "page/standing.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/numbers.hpp"

namespace postern::page {
namespace {

using ledger::Mode;

constexpr std::array<std::string_view, 10> stage_names = {"unknown",   "left",  "holds",  "loses",
                                                          "unsettled", "early", "breaks", "untold",
                                                          "doubtful",  "ready"};
constexpr std::array<std::string_view, 4> tone_names = {"good", "calm", "ask", "bad"};

std::string_view plural(std::uint64_t count, std::string_view one, std::string_view many) noexcept {
  return count == 1 ? one : many;
}

// "3 senders that look legitimate".
std::string looking_legitimate(const Pile& pile) {
  return fmt::format("{} that {} legitimate", counted(pile.senders, "sender"),
                     plural(pile.senders, "looks", "look"));
}

std::string either(const Pile& pile) {
  return fmt::format("{} may be either", counted(pile.senders, "sender"));
}

// The first domain of that stage with most mail at stake.
std::size_t worst(const std::vector<Domain>& domains, const std::vector<Stage>& stages,
                  Stage stage) {
  std::size_t found = domains.size();
  const auto stake = [&](std::size_t i) {
    const DomainSurvey* survey = domains[i].survey;
    return survey == nullptr ? 0 : survey->legitimate.messages + survey->unclear.messages;
  };
  for (std::size_t i = 0; i < domains.size(); ++i) {
    if (stages[i] == stage && (found == domains.size() || stake(i) > stake(found))) found = i;
  }
  return found;
}

// Of the gate and its ledger; an empty text where all is well.
Headline of_health(const Health& health) {
  if (health.draining) return {Tone::bad, "The gate is about to stop: it takes no more sessions."};
  if (!health.ready) return {Tone::bad, "The gate does not serve yet."};
  if (health.hop_fails) {
    return {Tone::bad, "A next hop can’t be reached: mail is deferred, or goes to another."};
  }
  if (health.ledger_drops) {
    return {Tone::bad, "The ledger drops records: what is counted here is too little."};
  }
  if (health.ledger_fails) {
    return {Tone::bad, "The ledger can’t be written: what is counted here is behind."};
  }
  if (!health.ledger_fault.empty()) {
    return {Tone::bad, "The ledger can’t be read: " + health.ledger_fault};
  }
  return {};
}

Headline of_domain(const Domain& domain, const Health& health, Stage stage) {
  const DomainSurvey& survey = *domain.survey;
  switch (stage) {
    case Stage::loses:
      return {Tone::bad, fmt::format("{} refuses {} from {}.", domain.name,
                                     counted(survey.legitimate.messages, "message"),
                                     looking_legitimate(survey.legitimate))};
    case Stage::unsettled:
      return {Tone::ask, fmt::format("{} refuses {} from {}: nobody said what it is.", domain.name,
                                     counted(survey.unclear.messages, "message"),
                                     counted(survey.unclear.senders, "sender"))};
    case Stage::breaks:
      return {Tone::ask, fmt::format("{} is not ready to enforce: {} would break.", domain.name,
                                     looking_legitimate(survey.legitimate))};
    case Stage::untold:
      return {Tone::ask, fmt::format("{} is not known to {}: {}.", domain.name,
                                     domain.mode == Mode::enforce ? "refuse nothing of its own"
                                                                  : "break nobody",
                                     gap_of(survey, health))};
    case Stage::doubtful:
      return {Tone::ask,
              fmt::format("{} is not ready to enforce: {}.", domain.name, either(survey.unclear))};
    default:
      return {Tone::good,
              fmt::format("{} is ready to enforce: nobody that looks legitimate would break.",
                          domain.name)};
  }
}

}  // namespace

std::string_view name_of(Stage stage) noexcept {
  return stage_names[static_cast<std::size_t>(stage)];
}

std::string_view name_of(Tone tone) noexcept {
  return tone_names[static_cast<std::size_t>(tone)];
}

std::string gap_of(const DomainSurvey& survey, const Health& health) {
  std::string out;
  const auto add = [&out](const std::string& what) { out += (out.empty() ? "" : "; ") + what; };
  if (survey.bad > 0) add(counted(survey.bad, "record") + " can’t be read");
  if (survey.is_cut) add("older records were left out, ask postern impact");
  if (health.lost_records) add("the ledger dropped records");
  return out;
}

std::int64_t days_observed(const Domain& domain, UnixTime now) {
  if (domain.survey == nullptr || !domain.survey->first) return 0;
  UnixTime since = *domain.survey->first;
  if (domain.since && domain.mode == Mode::observe) since = std::max(since, *domain.since);
  return since > now ? 1 : (now - since) / 86400 + 1;
}

Stage stage_of(const Domain& domain, const Health& health, std::int64_t days) {
  if (domain.mode == Mode::off || domain.mode == Mode::tenant) return Stage::left;
  if (!health.ledger_is_on || !health.is_surveyed || domain.survey == nullptr) {
    return Stage::unknown;
  }
  const DomainSurvey& survey = *domain.survey;
  if (domain.mode == Mode::enforce) {
    if (survey.legitimate.messages > 0) return Stage::loses;
    if (survey.unclear.messages > 0) return Stage::unsettled;
    return gap_of(survey, health).empty() ? Stage::holds : Stage::untold;
  }
  if (survey.legitimate.messages > 0) return Stage::breaks;
  if (survey.unclear.messages > 0) return Stage::doubtful;
  if (!gap_of(survey, health).empty()) return Stage::untold;
  return days < enough_days ? Stage::early : Stage::ready;
}

std::string note_of(const Domain& domain, const Health& health, Stage stage, std::int64_t days) {
  std::string day = fmt::format("day {} of observing", days);
  switch (stage) {
    case Stage::unknown:
      return "not known";
    case Stage::left:
      return domain.mode == Mode::off ? "not judged: gate.toml says off"
                                      : "a rehearsal: answers as the tenant’s own switch says";
    case Stage::holds:
      return "in force; refuses nothing that looks legitimate";
    case Stage::loses:
      return "in force, and refuses own mail: give it a connector, or observe";
    case Stage::unsettled:
      return "in force; " + either(domain.survey->unclear) + " of what it refuses";
    case Stage::untold: {
      const std::string gap = gap_of(*domain.survey, health);
      if (domain.mode == Mode::enforce) return "in force; what it refuses is not all known: " + gap;
      return (days == 0 ? "" : day + "; ") + "who would break is not all known: " + gap;
    }
    case Stage::early:
      return days == 0 ? "nothing seen yet" : day + ": too early to tell";
    case Stage::breaks:
      return day;
    case Stage::doubtful:
      return fmt::format("{}; {}: settle {} first", day, either(domain.survey->unclear),
                         plural(domain.survey->unclear.senders, "it", "them"));
    case Stage::ready:
      break;
  }
  const std::uint64_t forged = domain.survey->forged.messages;
  return forged == 0 ? fmt::format("{}, and nothing to refuse: ready", day)
                     : fmt::format("{}; only what looks forged would be refused: ready", day);
}

Headline headline_of(const Health& health, const std::vector<Domain>& domains,
                     const std::vector<Stage>& stages, UnixTime started) {
  if (Headline ill = of_health(health); !ill.text.empty()) return ill;
  if (!health.ledger_is_on) {
    return {Tone::calm, "No ledger is kept: who would break is not known."};
  }
  if (!health.is_surveyed) return {Tone::calm, "The ledger is being read."};
  for (const Stage stage : {Stage::loses, Stage::unsettled, Stage::breaks, Stage::doubtful,
                            Stage::untold, Stage::ready}) {
    const std::size_t found = worst(domains, stages, stage);
    if (found < domains.size()) return of_domain(domains[found], health, stage);
  }
  const bool nothing = std::all_of(domains.begin(), domains.end(), [](const Domain& each) {
    return each.survey == nullptr || each.survey->rows == 0;
  });
  if (nothing) {
    const std::string time = format_time(started);
    return {Tone::calm,
            fmt::format("No Direct Send since {} {} UTC.", time.substr(0, 10), time.substr(11, 5))};
  }
  return {Tone::calm, "All quiet: nothing that looks legitimate is refused."};
}

}  // namespace postern::page

#include "plan/read_back.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "difference/difference.hpp"

namespace postern::plan {
namespace {

using difference::Difference;
using Sameness = difference::Finding;

constexpr std::size_t most_told = 3;

// What differs, by the plan's own reading of Microsoft's documents, else by another.
std::string told(const Difference& difference) {
  std::vector<std::string> sentences;
  for (const difference::Statement& statement : difference.statements)
    sentences.push_back(difference::sentence_of(statement));
  for (const difference::Reading& reading : difference.readings) {
    for (const difference::Reading::Part& part : reading.parts) {
      sentences.push_back(fmt::format("if {} is {}: {}", joined(reading.keys),
                                      joined(reading.values),
                                      difference::sentence_of(part.statement)));
    }
  }
  const std::size_t all = sentences.size();
  sentences.resize(std::min(all, most_told));
  std::string out;
  for (const std::string& sentence : sentences)
    append_item(out, sentence, "; ");
  return all > most_told ? out + fmt::format("; and {} more", all - most_told) : out;
}

}  // namespace

ReadBack prove_read_back(const Record& record, const policy::Tenant& read) {
  policy::Tenant planned = record.before;
  policy::Tenant then = read;
  // The answers are about Microsoft, and not about a tenant.
  then.choices = planned.choices;
  for (const StepRecord& step : record.steps) {
    step.step.apply_to(planned);
    if (step.step.state_in(then) == Step::State::before) step.step.apply_to(then);
  }
  const auto difference = difference::compare(planned, then);
  if (!difference) {
    return {false, fmt::format("what was read back can't be compared with what was planned: {}",
                               printable(difference.error().front().line()))};
  }
  if (!difference->statements.empty() || !difference->readings.empty()) {
    return {false, told(*difference)};
  }
  if (difference->result != Sameness::same) {
    return {true, fmt::format("whether all mail is decided as planned can't be told: {}",
                              difference->why_not_determined)};
  }
  return {true, fmt::format("all mail is decided as planned ({} of mail, {} examined)",
                            counted(difference->kinds, "kind"),
                            counted(difference->examined_choices.size(), "open choice"))};
}

}  // namespace postern::plan

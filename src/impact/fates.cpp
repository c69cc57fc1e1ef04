#include "impact/fates.hpp"

#include <cstddef>

namespace postern::impact {

using policy::Action;

void Fates::add(Unit& unit, const policy::Submission& submission, std::uint64_t messages) const {
  const policy::Reading now = now_.decide(submission);
  const policy::Reading then = rejecting_.decide(submission);
  const bool may_be_refused = now.action == Action::reject || then.action == Action::reject;
  count(unit.now, !at_exchange_ && may_be_refused ? Action::undetermined : now.action, messages);
  count(unit.with_rejection, then.action, messages);
  if (at_exchange_ && now.action == Action::reject && then.action == Action::reject) {
    unit.refused_already += messages;
    unit.reasons_now[static_cast<std::size_t>(now.verdict.reason)] += messages;
  }
  unit.reasons[static_cast<std::size_t>(then.verdict.reason)] += messages;
  unit.missing |= then.missing;
  unit.notes |= then.verdict.notes;
  if (then.hangs_on != policy::Choice::none) {
    unit.hanging += messages;
    unit.hangs_on |= then.hangs_on;
  }
  const policy::Verdict& verdict = then.verdict;
  if (verdict.action == Action::accept && verdict.connector != policy::no_connector) {
    unit.add_connector(rejecting_.chosen().connector(verdict.connector).name);
  }
}

void Fates::add_shapes(Unit& unit) const {
  for (const Shape& shape : unit.shapes) {
    shape.with_submission(
        [&](const policy::Submission& submission) { add(unit, submission, shape.messages); });
  }
}

}  // namespace postern::impact

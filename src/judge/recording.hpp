// A decision as a record of the ledger.
#pragma once

#include <string_view>

#include "judge/facts.hpp"
#include "judge/judge.hpp"
#include "ledger/record.hpp"

namespace postern::judge {

/// One recipient's decision, with its steps. `rule` is what decided, `asked` what it was asked.
ledger::Record record_of(const Judge& judge, const Judge::Rules& rules, const policy::Policy& rule,
                         const policy::Submission& asked, const policy::Verdict& verdict);

/// The step before those of a decision about another domain than the sender's own.
ledger::RecordStep step_of_reading(std::string_view domain);
/// The same for another domain than the recipient's own; empty where it is no domain.
ledger::RecordStep step_of_recipient_reading(std::string_view domain);

/// Who sent it, as the ledger keeps it.
void set_session(ledger::Record& record, const SessionFacts& session, const Sender& sender);

}  // namespace postern::judge

// What the service said to a write, kept in the record. Internal to the room.
#pragma once

#include "exchange/admin.hpp"
#include "plan/apply.hpp"

namespace postern::plan {

/// Says and records the answer's warnings, and keeps the Guid of a connector that was created; what
/// was learnt is saved. Error: the record can't be.
Result<void> take_answer(const exchange::Answer&, StepRecord&, Record&, const Conditions&);

/// Keeps the Guid of the step's connector where the reading has it.
void learn_guid(StepRecord&, const policy::Tenant& read);

/// Whether the service warned that it created the connector in a disabled state, which happens to
/// new OnPremises connectors until support enables them (Microsoft, FAQ on inbound connectors).
bool warned_disabled(const StepRecord&);

}  // namespace postern::plan

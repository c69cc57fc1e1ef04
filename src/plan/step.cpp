#include "plan/step.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "plan/difference.hpp"

namespace postern::plan {

using policy::InboundConnector;
using policy::RejectDirectSend;

tenant::Cmdlet Step::cmdlet() const {
  switch (kind) {
    case Kind::create_connector:
      return tenant::new_inbound_connector(*after);
    case Kind::change_connector:
      return tenant::set_inbound_connector(*before, *after);
    case Kind::turn_switch:
      break;
  }
  return tenant::set_reject_direct_send(switch_after == RejectDirectSend::on);
}

tenant::Cmdlet Step::undo() const {
  switch (kind) {
    case Kind::create_connector:
      return tenant::remove_inbound_connector(after->name);
    case Kind::change_connector:
      return tenant::set_inbound_connector(*after, *before);
    case Kind::turn_switch:
      break;
  }
  return tenant::set_reject_direct_send(switch_before == RejectDirectSend::on);
}

Step::State Step::state_in(const policy::Tenant& tenant) const {
  if (kind == Kind::turn_switch) {
    if (same_switch(tenant.reject_direct_send, switch_after)) return State::after;
    return same_switch(tenant.reject_direct_send, switch_before) ? State::before : State::other;
  }
  const InboundConnector* found = find_connector(tenant, after->name);
  if (found == nullptr) return before ? State::other : State::before;
  if (differences(*after, *found).empty()) return State::after;
  return before && differences(*before, *found).empty() ? State::before : State::other;
}

std::string Step::found_in(const policy::Tenant& tenant) const {
  if (kind == Kind::turn_switch) {
    return fmt::format("RejectDirectSend is {}", policy::name_of(tenant.reject_direct_send));
  }
  const InboundConnector* found = find_connector(tenant, after->name);
  if (found == nullptr) return fmt::format("connector '{}' is not there", after->name);
  const auto differing = differences(*after, *found);
  if (differing.empty()) return fmt::format("connector '{}' is as planned", after->name);
  return fmt::format("connector '{}': {}", after->name, joined(differing));
}

void Step::apply_to(policy::Tenant& tenant) const {
  if (kind == Kind::turn_switch) {
    tenant.reject_direct_send = switch_after;
    return;
  }
  for (InboundConnector& connector : tenant.inbound_connectors) {
    if (!iequals(connector.name, after->name)) continue;
    connector = *after;
    return;
  }
  tenant.inbound_connectors.push_back(*after);
}

std::string_view name_of(Step::Kind kind) noexcept {
  switch (kind) {
    case Step::Kind::create_connector:
      return "create";
    case Step::Kind::change_connector:
      return "change";
    case Step::Kind::turn_switch:
      break;
  }
  return "switch";
}

std::optional<Step::Kind> parse_step_kind(std::string_view name) noexcept {
  for (const auto kind :
       {Step::Kind::create_connector, Step::Kind::change_connector, Step::Kind::turn_switch}) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace postern::plan

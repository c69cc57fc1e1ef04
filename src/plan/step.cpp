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

const std::string& Step::guid() const {
  static const std::string none;
  if (after && !after->guid.empty()) return after->guid;
  return before ? before->guid : none;
}

void Step::remember_guid(const std::string& guid) {
  if (after) after->guid = guid;
  if (before) before->guid = guid;
}

const InboundConnector* Step::connector_in(const policy::Tenant& tenant) const {
  if (!after) return nullptr;
  InboundConnector wanted = *after;
  wanted.guid = guid();
  return find_connector(tenant, wanted);
}

Step::State Step::state_in(const policy::Tenant& tenant) const {
  if (kind == Kind::turn_switch) {
    if (same_switch(tenant.reject_direct_send, switch_after)) return State::after;
    return same_switch(tenant.reject_direct_send, switch_before) ? State::before : State::other;
  }
  const InboundConnector* there = connector_in(tenant);
  if (there == nullptr) return before ? State::other : State::before;
  InboundConnector found = *there;
  found.name = after->name;
  if (differences(*after, found).empty()) return State::after;
  if (before) {
    found.name = before->name;
    return differences(*before, found).empty() ? State::before : State::other;
  }
  if (found.enabled || !after->enabled) return State::other;
  found.enabled = true;
  return differences(*after, found).empty() ? State::disabled : State::other;
}

std::string Step::found_in(const policy::Tenant& tenant) const {
  if (kind == Kind::turn_switch) {
    return fmt::format("RejectDirectSend is {}", policy::name_of(tenant.reject_direct_send));
  }
  const InboundConnector* found = connector_in(tenant);
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

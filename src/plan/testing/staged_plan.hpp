// A plan with stages, written down by hand. For tests alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plan/plan.hpp"
#include "plan/testing/tenant_in_memory.hpp"

namespace postern::plan::testing {

inline constexpr UnixTime plan_made = 1'790'000'000;

/// A connector for the scanner at 203.0.113.7, one for a service by its certificate, the switch;
/// `unreached` is whom no connector can take.
inline Plan staged_plan(std::vector<UnreachedSender> unreached = {}) {
  Plan out;
  out.made_by = "postern test";
  out.made_at = plan_made;
  out.source = "live:contoso";
  out.tenant = contoso();
  out.tenant.inbound_connectors_known = true;
  out.fingerprint = fingerprint(out.tenant);
  out.proof.holds = Holds::yes;
  out.proof.statement = "Proven.";
  Step scanners;
  scanners.kind = Step::Kind::create_connector;
  scanners.does = "Lets in your own devices";
  scanners.after =
      connector("Scanners", policy::ConnectorType::on_premises, {"*"}, {"203.0.113.7/32"});
  Step service = scanners;
  service.after = connector("CRM", policy::ConnectorType::partner, {"contoso.com"}, {});
  service.after->tls_sender_certificate_name = "*.crm.example";
  service.after->require_tls = true;
  Step turn;
  turn.does = "Turns RejectDirectSend on";
  turn.switch_before = policy::RejectDirectSend::never_set;
  turn.switch_after = policy::RejectDirectSend::on;
  out.steps = {scanners, service, turn};
  out.stages = stages_of(out.steps,
                         {{"Scanners", "Scanner", {*Prefix::parse("203.0.113.7/32")}},
                          {"CRM", "CRM", {*Prefix::parse("198.51.100.9/32")}}},
                         std::move(unreached));
  return out;
}

}  // namespace postern::plan::testing

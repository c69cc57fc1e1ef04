// The audit: a configuration against the catalogue, and the three entrances through which forged
// mail comes in. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/catalogue.hpp"
#include "audit/kept.hpp"
#include "base/place.hpp"
#include "policy/policy.hpp"
#include "tenant/configuration.hpp"

namespace postern::audit {

/// One thing looked at: a domain, a connector, a rule, or the tenant.
struct Finding {
  Status status = Status::not_determined;
  std::string object;
  std::string value;   ///< what was found
  Place where;         ///< file and place; empty where it was not found
  std::string advice;  ///< what to do about this one; empty: see the control's remedy
  /// Set where a waiver covers a fail: "owner, until 2026-12-31: reason".
  std::string waived;
  /// PowerShell that mends this one, worked out from it; empty where none does safely.
  std::string command = {};
  /// Set where a fail is covered no more: "owner's waiver expired on 2026-12-31: reason".
  std::string expired_waiver = {};
};

struct ControlResult {
  Control control;
  /// The worst of the findings, of which those that are waived count as `waived`.
  Status status = Status::not_determined;
  std::vector<Finding> findings;
};

enum class Gate : std::uint8_t { open, shut, not_determined, not_applicable };
std::string_view name_of(Gate) noexcept;

struct Entrance {
  std::string name;
  std::string what;
  Gate state = Gate::not_determined;
  std::string because;
};

struct AuditReport {
  std::string tenant;
  std::vector<ControlResult> results;
  std::vector<Entrance> entrances;
  std::vector<std::string> remarks;
  std::vector<std::string> expired_waivers;
  Kept kept;
};

struct Request {
  std::vector<Control> controls;
  std::vector<Waiver> waivers;
  std::string today;  ///< "2026-11-23", for the waivers
};

AuditReport run_audit(const tenant::Configuration&, const policy::Policy&, const Request&);

/// Findings of one control.
std::vector<Finding> evaluate(const Control&, const tenant::Configuration&, const policy::Policy&);
/// The cmdlets without whose answers this control is not determined: "Get-OrganizationConfig".
/// Empty where that is not known: then all are needed.
std::vector<std::string_view> cmdlets_of(const Control&);
/// Whether an evaluator of this name exists.
bool is_evaluator(std::string_view name) noexcept;

std::vector<Entrance> find_entrances(const tenant::Configuration&, const policy::Policy&);

}  // namespace postern::audit

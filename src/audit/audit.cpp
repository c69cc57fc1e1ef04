#include "audit/audit.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "difference/idle.hpp"

namespace postern::audit {
namespace {

int severity(Status status) noexcept {
  switch (status) {
    case Status::fail:
      return 4;
    case Status::not_determined:
      return 3;
    case Status::waived:
      return 2;
    case Status::pass:
      return 1;
    case Status::not_applicable:
      break;
  }
  return 0;
}

// A waiver excuses a fail; never a "not determined", since nobody knows what it would excuse.
void waive(const Request& request, const std::string& control, Finding& finding) {
  if (finding.status != Status::fail) return;
  for (const Waiver& waiver : request.waivers) {
    if (waiver.control != control) continue;
    if (!waiver.object.empty() && !iequals(waiver.object, finding.object)) continue;
    if (waiver.expires < request.today) {
      finding.expired_waiver =
          fmt::format("{}'s waiver expired on {}: {}", waiver.owner, waiver.expires, waiver.reason);
      continue;
    }
    finding.waived = fmt::format("{}, until {}: {}", waiver.owner, waiver.expires, waiver.reason);
    finding.expired_waiver.clear();
    return;
  }
}

void remark_on_idle_connectors(const policy::Tenant& tenant, std::vector<std::string>& remarks) {
  using difference::IdleConnector;
  const difference::IdleConnectors found = difference::idle_connectors(tenant);
  for (const IdleConnector& each : found.idle) {
    const std::string name = printable(each.name);
    switch (each.why) {
      case IdleConnector::Why::never_matches:
        remarks.push_back(fmt::format(
            "connector '{}' takes no mail that there can be, by its own settings; remove it or "
            "give it the address or certificate that it lacks",
            name));
        break;
      case IdleConnector::Why::covered:
        remarks.push_back(
            fmt::format("connector '{}' changes nothing for any mail: '{}' does all that it does",
                        name, printable(each.covered_by)));
        break;
      case IdleConnector::Why::no_effect:
        remarks.push_back(
            fmt::format("connector '{}' changes nothing for any mail beside the others", name));
        break;
    }
  }
  if (found.not_examined > 0) {
    remarks.push_back(fmt::format(
        "{} inbound connector(s) were not examined for whether they do anything: they are too many",
        found.not_examined));
  }
}

}  // namespace

AuditReport run_audit(const tenant::Configuration& configuration, const policy::Policy& policy,
                      const Request& request) {
  AuditReport report;
  report.tenant = configuration.tenant.name;
  report.remarks = configuration.remarks;
  remark_on_idle_connectors(configuration.tenant, report.remarks);
  for (const Control& control : request.controls) {
    ControlResult result{control, Status::not_applicable, evaluate(control, configuration, policy)};
    if (result.findings.empty()) {
      result.findings.push_back(
          {Status::not_determined, report.tenant, "the export holds an empty list", {}, {}, {}});
    }
    for (Finding& finding : result.findings) {
      waive(request, control.id, finding);
      const Status status = finding.waived.empty() ? finding.status : Status::waived;
      if (severity(status) > severity(result.status)) result.status = status;
    }
    report.results.push_back(std::move(result));
  }
  for (const Waiver& waiver : request.waivers) {
    if (waiver.expires < request.today) {
      report.expired_waivers.push_back(fmt::format(
          "{}{}: {}'s waiver expired on {}", waiver.control,
          waiver.object.empty() ? "" : " " + waiver.object, waiver.owner, waiver.expires));
    }
  }
  report.entrances = find_entrances(configuration, policy);
  report.kept = kept_of(configuration);
  return report;
}

}  // namespace postern::audit

#include "audit/drift.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/join.hpp"

namespace postern::audit {
namespace {

// What was found of each object, whatever the order. The tenant itself is called by what was read
// of it (its default domain, or the name of its organisation), so it goes without a name here.
std::map<std::string, std::multiset<std::string>> by_object(const EarlierControl& control,
                                                            const std::string& tenant) {
  std::map<std::string, std::multiset<std::string>> out;
  for (const EarlierFinding& finding : control.findings) {
    out[finding.object == tenant ? "the tenant" : finding.object].insert(finding.status + ": " +
                                                                         finding.value);
  }
  return out;
}

void compare_control(const EarlierControl& before, const std::string& tenant_before,
                     const EarlierControl& after, const std::string& tenant_after,
                     std::vector<Drift>& out) {
  const auto then = by_object(before, tenant_before);
  const auto now = by_object(after, tenant_after);
  for (const auto& [object, found] : then) {
    const auto same = now.find(object);
    if (same == now.end()) {
      out.push_back({after.id, object, joined(found, "; "), {}});
    } else if (same->second != found) {
      out.push_back({after.id, object, joined(found, "; "), joined(same->second, "; ")});
    }
  }
  for (const auto& [object, found] : now) {
    if (!then.contains(object)) out.push_back({after.id, object, {}, joined(found, "; ")});
  }
}

}  // namespace

EarlierAudit earlier(const AuditReport& report) {
  EarlierAudit out;
  out.tenant = report.tenant;
  for (const ControlResult& result : report.results) {
    EarlierControl control{result.control.id, std::string(name_of(result.status)), {}};
    for (const Finding& finding : result.findings) {
      control.findings.push_back(
          {finding.object, std::string(name_of(finding.status)), finding.value});
    }
    out.controls.push_back(std::move(control));
  }
  for (const Entrance& entrance : report.entrances) {
    out.entrances.emplace_back(entrance.name, std::string(name_of(entrance.state)));
  }
  return out;
}

std::vector<Drift> compare(const EarlierAudit& before, const AuditReport& report) {
  const EarlierAudit after = earlier(report);
  std::vector<Drift> out;
  for (const EarlierControl& now : after.controls) {
    const auto then = std::find_if(before.controls.begin(), before.controls.end(),
                                   [&](const EarlierControl& each) { return each.id == now.id; });
    if (then != before.controls.end()) {
      compare_control(*then, before.tenant, now, after.tenant, out);
    }
  }
  // A run of one control alone does not determine the entrances; that is no drift.
  if (after.controls.size() < before.controls.size()) return out;
  for (const auto& [name, state] : after.entrances) {
    for (const auto& [earlier_name, earlier_state] : before.entrances) {
      if (name == earlier_name && state != earlier_state) {
        out.push_back({"entrance", name, earlier_state, state});
      }
    }
  }
  return out;
}

}  // namespace postern::audit

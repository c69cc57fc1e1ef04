#include "audit/drift.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
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

using Properties = std::vector<std::pair<std::string, std::string>>;

std::string kept_value(const Properties& properties, std::string_view name) {
  for (const auto& [each, value] : properties) {
    if (each == name) return value;
  }
  return {};
}

// What is other than in the second list, of the properties that both know.
std::string differing(const Properties& properties, const Properties& other) {
  std::string out;
  for (const auto& [name, value] : properties) {
    const std::string there = kept_value(other, name);
    if (there.empty() || there == value || (name == "Name" && iequals(there, value))) continue;
    append_item(out, name + ": " + value, "; ");
  }
  return out;
}

std::string summary_of(const Properties& properties) {
  std::string out;
  for (const auto& [name, value] : properties) {
    if (name == "Name" || value == "empty" || value == "False") continue;
    append_item(out, name + ": " + value, "; ");
  }
  return out;
}

const KeptConnector* find_kept(const std::vector<KeptConnector>& in, std::string_view name) {
  const auto found = std::find_if(
      in.begin(), in.end(), [&](const KeptConnector& each) { return iequals(each.name, name); });
  return found == in.end() ? nullptr : &*found;
}

void compare_connectors(const std::vector<KeptConnector>& before,
                        const std::vector<KeptConnector>& now, std::vector<Drift>& out) {
  for (const KeptConnector& then : before) {
    const KeptConnector* same = find_kept(now, then.name);
    if (same == nullptr) {
      out.push_back({"connector", then.name, summary_of(then.properties), {}});
      continue;
    }
    std::string was = differing(then.properties, same->properties);
    if (was.empty()) continue;
    out.push_back(
        {"connector", same->name, std::move(was), differing(same->properties, then.properties)});
  }
  for (const KeptConnector& each : now) {
    if (find_kept(before, each.name) == nullptr) {
      out.push_back({"connector", each.name, {}, summary_of(each.properties)});
    }
  }
}

}  // namespace

std::string not_compared(const EarlierAudit& before, const AuditReport& report) {
  // A run of fewer controls reads less; that was asked for.
  if (report.results.size() < before.controls.size() ||
      before.connectors.has_value() == report.connectors.has_value()) {
    return {};
  }
  return before.connectors
             ? "the inbound connectors were not read this time, so whether they have changed since "
               "the baseline is not known"
             : "the baseline holds no inbound connectors, so whether they have changed since is "
               "not "
               "known: make it anew";
}

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
  out.connectors = report.connectors;
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
  if (before.connectors && after.connectors) {
    compare_connectors(*before.connectors, *after.connectors, out);
  }
  return out;
}

}  // namespace postern::audit

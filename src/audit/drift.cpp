#include "audit/drift.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::audit {
namespace {

constexpr std::size_t most_names = 5;

// --- findings ---

struct Found {
  std::multiset<std::string> told;  ///< whatever the order
  bool determined = true;
};

// What was found of each object. The tenant itself is called by what was read of it (its default
// domain, or the name of its organisation), so it goes without a name here.
std::map<std::string, Found> by_object(const EarlierControl& control, const std::string& tenant) {
  std::map<std::string, Found> out;
  for (const EarlierFinding& finding : control.findings) {
    Found& found = out[finding.object == tenant ? "the tenant" : finding.object];
    found.told.insert(finding.status + (finding.value.empty() ? "" : ": " + finding.value));
    found.determined = found.determined && finding.status != name_of(Status::not_determined);
  }
  return out;
}

// Objects that are not compared for one reason, told together.
class Unknown {
 public:
  explicit Unknown(std::string control) : control_(std::move(control)) {}

  void add(const std::string& object, const Found& then, const Found& now) {
    objects_[then.told == now.told
                 ? fmt::format("then and now {}", joined(now.told, "; "))
                 : fmt::format("then {}; now {}", joined(then.told, "; "), joined(now.told, "; "))]
        .push_back(object);
  }
  void told(std::vector<NotCompared>& out) const {
    for (const auto& [why, objects] : objects_) {
      std::string names;
      for (std::size_t i = 0; i < objects.size() && i < most_names; ++i)
        append_item(names, objects[i]);
      if (objects.size() > most_names)
        names += fmt::format(" and {} more", objects.size() - most_names);
      out.push_back({control_, std::move(names), why});
    }
  }

 private:
  std::string control_;
  std::map<std::string, std::vector<std::string>> objects_;
};

void compare_control(const EarlierControl& before, const std::string& tenant_before,
                     const EarlierControl& after, const std::string& tenant_after,
                     Comparison& out) {
  const auto then = by_object(before, tenant_before);
  const auto now = by_object(after, tenant_after);
  Unknown unknown(after.id);
  for (const auto& [object, found] : then) {
    const auto same = now.find(object);
    if (same == now.end()) {
      out.drift.push_back({after.id, object, joined(found.told, "; "), {}});
    } else if (!found.determined || !same->second.determined) {
      unknown.add(object, found, same->second);
    } else if (same->second.told != found.told) {
      out.drift.push_back(
          {after.id, object, joined(found.told, "; "), joined(same->second.told, "; ")});
    }
  }
  for (const auto& [object, found] : now) {
    if (!then.contains(object)) {
      out.drift.push_back({after.id, object, {}, joined(found.told, "; ")});
    }
  }
  unknown.told(out.not_compared);
}

const EarlierControl* find_control(const std::vector<EarlierControl>& in, std::string_view id) {
  const auto found =
      std::find_if(in.begin(), in.end(), [&](const EarlierControl& each) { return each.id == id; });
  return found == in.end() ? nullptr : &*found;
}

void compare_controls(const EarlierAudit& before, const EarlierAudit& after, Extent extent,
                      Comparison& out) {
  for (const EarlierControl& now : after.controls) {
    if (const EarlierControl* then = find_control(before.controls, now.id)) {
      compare_control(*then, before.tenant, now, after.tenant, out);
    } else {
      out.not_compared.push_back({now.id, {}, "the baseline does not hold this control"});
    }
  }
  if (extent == Extent::one_control) return;
  for (const EarlierControl& then : before.controls) {
    if (find_control(after.controls, then.id) == nullptr) {
      out.not_compared.push_back({then.id, {}, "this control was not judged now"});
    }
  }
}

void compare_entrances(const EarlierAudit& before, const EarlierAudit& after, Comparison& out) {
  const auto control = [](const EarlierAudit& audit) {
    EarlierControl entrances{"entrance", {}, {}};
    for (const auto& [name, state] : audit.entrances)
      entrances.findings.push_back({name, state, {}});
    return entrances;
  };
  compare_control(control(before), {}, control(after), {}, out);
}

// --- what was kept ---

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
    append_item(out, fmt::format("{}: {}", name, value), "; ");
  }
  return out;
}

// What one of them knows and the other does not.
std::string not_in(const Properties& other, const Properties& properties) {
  std::string out;
  std::size_t more = 0;
  std::size_t told = 0;
  for (const auto& [name, value] : properties) {
    if (name == "WhenChanged" || !kept_value(other, name).empty()) continue;
    if (++told <= most_names) {
      append_item(out, name);
    } else {
      ++more;
    }
  }
  return more == 0 ? out : fmt::format("{} and {} more", out, more);
}

// Of a rule only what is looked at may be known; that nothing else changed WhenChanged tells, where
// both have it.
bool may_differ_besides(const KeptObject& then, const KeptObject& now) {
  const auto told = [](const KeptObject& each) {
    return !kept_value(each.properties, "WhenChanged").empty();
  };
  return !(told(then) && told(now)) && !(then.has_all() && now.has_all());
}

std::string summary_of(const Properties& properties) {
  std::string out;
  for (const auto& [name, value] : properties) {
    if (name == "Name" || value == "empty" || value == "False") continue;
    append_item(out, fmt::format("{}: {}", name, value), "; ");
  }
  return out.empty() ? "there" : out;
}

const KeptObject* find_kept(const std::vector<KeptObject>& in, std::string_view name) {
  const auto found = std::find_if(in.begin(), in.end(),
                                  [&](const KeptObject& each) { return iequals(each.name, name); });
  return found == in.end() ? nullptr : &*found;
}

void compare_kept(const KeptSection& section, const std::vector<KeptObject>& before,
                  const std::vector<KeptObject>& now, Comparison& out) {
  const std::string one(section.one);
  for (const KeptObject& then : before) {
    const KeptObject* same = find_kept(now, then.name);
    if (same == nullptr) {
      out.drift.push_back({one, then.name, summary_of(then.properties), {}});
      continue;
    }
    if (std::string was = differing(then.properties, same->properties); !was.empty()) {
      out.drift.push_back(
          {one, same->name, std::move(was), differing(same->properties, then.properties)});
    }
    if (const std::string lost = not_in(same->properties, then.properties); !lost.empty()) {
      out.not_compared.push_back({one, same->name, fmt::format("now without {}", lost)});
    }
    if (const std::string come = not_in(then.properties, same->properties); !come.empty()) {
      out.not_compared.push_back(
          {one, same->name, fmt::format("the baseline has it without {}", come)});
    }
    if (section.at == &Kept::transport_rules && may_differ_besides(then, *same)) {
      out.not_compared.push_back(
          {one, same->name,
           "its other properties: not both tell them, or its WhenChanged; export all properties"});
    }
  }
  for (const KeptObject& each : now) {
    if (find_kept(before, each.name) == nullptr) {
      out.drift.push_back({one, each.name, {}, summary_of(each.properties)});
    }
  }
}

void compare_settings(const Kept& before, const Kept& after, Comparison& out) {
  for (const KeptSection& section : kept_sections()) {
    const KeptObjects& then = before.*section.at;
    const KeptObjects& now = after.*section.at;
    if (then && now) {
      compare_kept(section, *then, *now, out);
      continue;
    }
    const std::string many(section.many);
    out.not_compared.push_back({many,
                                {},
                                then ? fmt::format("the {} were not read this time", many)
                                : now
                                    ? fmt::format("the baseline holds no {}: make it anew", many)
                                    : fmt::format("the {} were read neither then nor now", many)});
  }
}

// --- who it is ---

enum class Same : std::uint8_t { yes, no, unknown };

std::set<std::string> names_of(const EarlierAudit& audit) {
  std::set<std::string> out = {to_lower(audit.tenant)};
  if (audit.kept.accepted_domains) {
    for (const KeptObject& domain : *audit.kept.accepted_domains)
      out.insert(to_lower(domain.name));
  }
  return out;
}

bool tells_domains(const EarlierAudit& audit) {
  return audit.kept.accepted_domains && !audit.kept.accepted_domains->empty();
}

// No two tenants of Exchange Online have a domain in common. Without domains a name that both have
// will do; another name says nothing.
Same same_tenant(const EarlierAudit& before, const EarlierAudit& after) {
  const std::set<std::string> then = names_of(before);
  const std::set<std::string> now = names_of(after);
  const bool domains = tells_domains(before) && tells_domains(after);
  const bool common = std::any_of(now.begin(), now.end(), [&](const std::string& each) {
    return then.contains(each) && (!domains || find_kept(*after.kept.accepted_domains, each));
  });
  if (common) return Same::yes;
  return domains ? Same::no : Same::unknown;
}

std::string first_domains(const EarlierAudit& audit) {
  std::string out;
  const auto& domains = *audit.kept.accepted_domains;
  for (std::size_t i = 0; i < domains.size() && i < most_names; ++i)
    append_item(out, domains[i].name);
  return out;
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
  out.kept = report.kept;
  return out;
}

Comparison compare(const EarlierAudit& before, const AuditReport& report, Extent extent) {
  const EarlierAudit after = earlier(report);
  Comparison out;
  const Same same = same_tenant(before, after);
  if (same == Same::no) {
    out.not_compared.push_back(
        {"tenant", before.tenant,
         fmt::format("the baseline is another tenant's: none of its domains ({}) is one of this "
                     "one's ({})",
                     first_domains(before), first_domains(after))});
    return out;
  }
  if (same == Same::unknown) {
    out.not_compared.push_back(
        {"tenant", before.tenant,
         "whether the baseline is this tenant's is not known, since one of the two does not tell "
         "its accepted domains"});
  }
  compare_controls(before, after, extent, out);
  if (extent == Extent::one_control) return out;
  compare_entrances(before, after, out);
  compare_settings(before.kept, after.kept, out);
  return out;
}

}  // namespace postern::audit

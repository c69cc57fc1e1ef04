// OSCAL 1.2.1 assessment results: an observation for each thing looked at, a finding where it is
// judged, a risk where it is not satisfied. OSCAL knows no third state: what is not known is not
// satisfied for the reason "other"; what is waived stays so, with a risk that is accepted.
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "base/time.hpp"
#include "report/items.hpp"
#include "report/json_parts.hpp"
#include "report/machine_reports.hpp"

namespace postern::report {
namespace {

using Result = Item::Result;

constexpr std::size_t most_oscal_items = 5000;

// A token begins with a letter or "_" and holds letters, digits, ".", "-", "_".
std::string token_of(std::string_view text) {
  std::string out = "c";
  for (const char c : text) {
    const bool fits = is_ascii_alpha(c) || is_ascii_digit(c) || c == '.' || c == '-' || c == '_';
    out += fits ? c : '_';
  }
  return out;
}

// A string of OSCAL's is one line with something in it, without space at its ends.
std::string line_of(std::string_view text) {
  const std::string safe = printable(text);
  const std::string_view trimmed = trim(safe);
  return trimmed.empty() ? "-" : std::string(trimmed);
}

Json property(std::string_view name, std::string_view value) {
  return {{"name", name}, {"ns", "https://postern.example/ns/oscal"}, {"value", line_of(value)}};
}

Json oscal_risk(const ItemList& list, const Item& item, const std::string& observation) {
  const Rule& rule = list.rules[item.rule];
  const bool waived = !item.waived.empty();
  Json risk = {{"uuid", uuid_of("risk", list, item)},
               {"title", line_of(rule.title)},
               {"description", line_of(rule.rationale)},
               {"statement", line_of(item.object + ": " + item.message)},
               {"status", waived ? "deviation-approved" : "open"}};
  if (waived) {
    risk["mitigating-factors"] =
        Json::array({{{"uuid", uuid_of("waiver", list, item)},
                      {"description", line_of("waived: " + item.waived)}}});
  }
  std::string remedy = item.remedy.empty() ? rule.remedy : item.remedy;
  const std::string& command = item.command.empty() ? rule.command : item.command;
  if (!command.empty()) remedy += " " + command;
  risk["remediations"] = Json::array({{{"uuid", uuid_of("remedy", list, item)},
                                       {"lifecycle", "recommendation"},
                                       {"title", line_of(rule.title)},
                                       {"description", line_of(remedy)}}});
  risk["related-observations"] = Json::array({{{"observation-uuid", observation}}});
  return risk;
}

Json oscal_result(const ItemList& list, const Style& style) {
  const std::string time = format_time(style.made_at);
  const std::string resource = uuid_of("tenant " + list.tenant);
  Json observations = Json::array();
  Json findings = Json::array();
  Json risks = Json::array();
  std::set<std::string> controls;
  std::size_t left_out = 0;
  for (const Item& item : list.items) {
    if (observations.size() >= most_oscal_items) {
      ++left_out;
      continue;
    }
    const Rule& rule = list.rules[item.rule];
    controls.insert(token_of(rule.id));
    const std::string observation =
        uuid_of(fmt::format("observation {} {}", uuid_of("finding", list, item), style.made_at));
    Json observed = {
        {"uuid", observation},
        {"title", line_of(item.object)},
        {"description", line_of(item.message)},
        {"props", Json::array({property("result", name_of(item.result))})},
        {"methods", Json::array({"TEST"})},
        {"subjects", Json::array({{{"subject-uuid", resource}, {"type", "inventory-item"}}})},
        {"collected", time}};
    if (!item.where.empty()) {
      observed["relevant-evidence"] = Json::array({{{"description", line_of(item.where)}}});
    }
    observations.push_back(std::move(observed));
    if (item.result == Result::not_applicable) continue;
    const bool satisfied = item.result == Result::pass;
    Json state = {{"state", satisfied ? "satisfied" : "not-satisfied"}};
    if (!satisfied) state["reason"] = item.result == Result::fail ? "fail" : "other";
    if (item.result == Result::open) state["remarks"] = "Not determined: it could not be told.";
    Json finding = {{"uuid", uuid_of("finding", list, item)},
                    {"title", line_of(rule.title)},
                    {"description", line_of(item.object + ": " + item.message)},
                    {"target",
                     {{"type", "objective-id"},
                      {"target-id", token_of(rule.id)},
                      {"status", std::move(state)}}},
                    {"related-observations", Json::array({{{"observation-uuid", observation}}})}};
    if (!satisfied) {
      Json risk = oscal_risk(list, item, observation);
      finding["related-risks"] = Json::array({{{"risk-uuid", risk["uuid"]}}});
      risks.push_back(std::move(risk));
    }
    findings.push_back(std::move(finding));
  }
  Json included = Json::array();
  for (const std::string& control : controls)
    included.push_back({{"control-id", control}});
  Json selection = Json::object();
  if (included.empty()) {
    selection["include-all"] = Json::object();
  } else {
    selection["include-controls"] = std::move(included);
  }
  Json out = {
      {"uuid", uuid_of(fmt::format("result {} {} {}", list.suite, list.tenant, style.made_at))},
      {"title", line_of(fmt::format("Direct Send, {}: {}", list.suite, list.tenant))},
      {"description", line_of(list.summary)},
      {"start", time},
      {"end", time},
      {"local-definitions",
       {{"inventory-items",
         Json::array({{{"uuid", resource}, {"description", line_of("Tenant " + list.tenant)}}})}}},
      {"reviewed-controls", {{"control-selections", Json::array({std::move(selection)})}}}};
  if (!observations.empty()) out["observations"] = std::move(observations);
  if (!risks.empty()) out["risks"] = std::move(risks);
  if (!findings.empty()) out["findings"] = std::move(findings);
  if (left_out > 0) out["remarks"] = counted(left_out, "item") + " left out.";
  return out;
}

std::string oscal_of(const std::string& results, std::string_view about, const Style& style) {
  const Json metadata = {{"title", line_of(fmt::format("Postern {}", about))},
                         {"last-modified", format_time(style.made_at)},
                         {"version", style.version},
                         {"oscal-version", "1.2.1"}};
  return "{\"assessment-results\":{\"uuid\":\"" +
         uuid_of(fmt::format("document {} {}", about, style.made_at)) +
         "\",\"metadata\":" + line_text(metadata) +
         ",\"import-ap\":{\"href\":\"https://postern.example/assessment-plan\"},\"results\":[" +
         results + "]}}\n";
}

std::string oscal_document(const ItemList& list, const Style& style) {
  return oscal_of(line_text(oscal_result(list, style)),
                  fmt::format("{} of {}", list.suite, list.tenant), style);
}

}  // namespace

std::string audit_oscal(const AuditDocument& audit, const Style& style) {
  return oscal_document(items_of(audit, style), style);
}
std::string tenant_oscal(const TenantPart& part, const Style& style) {
  return line_text(oscal_result(items_of(part, style), style));
}
std::string audits_oscal(const AuditsDocument& document, const Style& style) {
  std::string results;
  for (const AuditedTenant& tenant : document.tenants)
    results += (results.empty() ? "" : ",") + tenant.part;
  return oscal_of(results, "audit of " + counted(document.tenants.size(), "tenant"), style);
}
std::string impact_oscal(const ImpactDocument& impact, const Style& style) {
  return oscal_document(items_of(impact, style), style);
}
std::string plan_oscal(const plan::Plan& plan, const Style& style) {
  return oscal_document(items_of(plan, style), style);
}

}  // namespace postern::report

// OCSF 1.8.0, Compliance Finding (class 2003), one event a line for lakes. Times are milliseconds.
// What is waived is Suppressed as an event; its compliance stays what it is.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "report/items.hpp"
#include "report/json_parts.hpp"
#include "report/machine_reports.hpp"

namespace postern::report {
namespace {

using Result = Item::Result;

std::int64_t milliseconds(UnixTime time) {
  return time * 1000;
}

// email_t: what has no such form is left to `unmapped`.
bool is_plain_address(std::string_view text) {
  const std::size_t sign = text.find('@');
  if (sign == 0 || sign == std::string_view::npos ||
      text.find('@', sign + 1) != std::string_view::npos) {
    return false;
  }
  for (const char c : text) {
    const bool fits = is_ascii_alpha(c) || is_ascii_digit(c) ||
                      std::string_view("@._%+-").find(c) != std::string_view::npos;
    if (!fits) return false;
  }
  const std::size_t dot = text.rfind('.');
  return dot > sign + 1 && dot != std::string_view::npos && text.size() - dot > 2;
}

Json ocsf_compliance(const Rule& rule, const Item& item) {
  Json out = {{"control", rule.title},
              {"checks", Json::array({{{"uid", rule.id}, {"name", rule.title}}})}};
  Json standards = Json::array();
  Json requirements = Json::array({rule.id});
  for (const std::string& tag : rule.tags)
    standards.push_back(tag);
  for (const auto& [framework, id] : rule.equivalents) {
    standards.push_back(framework);
    requirements.push_back(fmt::format("{}: {}", framework, id));
  }
  if (standards.empty()) standards.push_back("Postern");
  out["standards"] = std::move(standards);
  out["requirements"] = std::move(requirements);
  switch (item.result) {
    case Result::pass:
      out["status_id"] = 1;
      out["status"] = "Pass";
      break;
    case Result::fail:
      out["status_id"] = 3;
      out["status"] = "Fail";
      break;
    case Result::open:
      out["status_id"] = 2;
      out["status"] = "Warning";
      break;
    case Result::not_applicable:
      out["status_id"] = 99;
      out["status"] = "Other";
      out["status_code"] = "not applicable";
      break;
  }
  out["status_details"] = Json::array({item.message});
  return out;
}

Json ocsf_evidence(const Item& item, const Style& style) {
  Json out = Json::object();
  Json data = {{"value", item.message}};
  if (!item.where.empty()) data["where"] = item.where;
  if (item.sender != nullptr) {
    const impact::Sender& sender = *item.sender;
    if (!sender.addresses.empty()) out["src_endpoint"] = {{"ip", sender.addresses.front().text()}};
    const std::string from = sender.reverse_paths.empty() ? "" : sender.reverse_paths.front();
    if (!style.redact && is_plain_address(from)) {
      out["email"] = {{"from", from}};
      if (!sender.subjects.empty()) out["email"]["subject"] = sender.subjects.front();
    }
  }
  out["data"] = std::move(data);
  return out;
}

Json ocsf_event(const ItemList& list, const Item& item, const Style& style) {
  const Rule& rule = list.rules[item.rule];
  const bool fails = item.result == Result::fail;
  const int severity = item.result == Result::pass || item.result == Result::not_applicable ? 1
                       : fails && rule.grave                                                ? 4
                                                                                            : 3;
  const std::string uid = uuid_of("finding", list, item);
  Json metadata = {
      {"version", "1.8.0"},
      {"product", {{"name", "Postern"}, {"vendor_name", "Postern"}, {"version", style.version}}},
      {"uid", uuid_of(fmt::format("event {} {}", uid, style.made_at))},
      {"tenant_uid", list.tenant},
      {"event_code", rule.id},
      {"log_name", list.suite}};
  Json info = {{"uid", uid}, {"title", rule.title}, {"desc", rule.rationale}};
  if (!item.where.empty()) info["data_sources"] = Json::array({item.where});
  std::string remedy = item.remedy.empty() ? rule.remedy : item.remedy;
  const std::string& command = item.command.empty() ? rule.command : item.command;
  if (!command.empty()) remedy += " " + command;
  Json out = {{"activity_id", 1},
              {"activity_name", "Create"},
              {"category_uid", 2},
              {"category_name", "Findings"},
              {"class_uid", 2003},
              {"class_name", "Compliance Finding"},
              {"type_uid", 200301},
              {"type_name", "Compliance Finding: Create"},
              {"time", milliseconds(style.made_at)},
              {"severity_id", severity},
              {"severity", severity == 1   ? "Informational"
                           : severity == 3 ? "Medium"
                                           : "High"},
              {"status_id", item.waived.empty() ? 1 : 3},
              {"status", item.waived.empty() ? "New" : "Suppressed"},
              {"message", item.object + ": " + item.message}};
  if (!item.waived.empty()) out["comment"] = "waived: " + item.waived;
  if (item.sender != nullptr) {
    const impact::Sender& sender = *item.sender;
    out["count"] = sender.messages;
    out["confidence_score"] = static_cast<int>(sender.confidence * 100);
    if (sender.first && sender.last) {
      out["start_time"] = milliseconds(*sender.first);
      out["end_time"] = milliseconds(*sender.last);
      info["first_seen_time"] = milliseconds(*sender.first);
      info["last_seen_time"] = milliseconds(*sender.last);
    }
    out["unmapped"] = {{"looks", impact::name_of(sender.looks)},
                       {"standing", impact::name_of(sender.standing)},
                       {"kind", impact::name_of(sender.kind)}};
  }
  out["metadata"] = std::move(metadata);
  out["finding_info"] = std::move(info);
  out["compliance"] = ocsf_compliance(rule, item);
  out["resources"] =
      Json::array({{{"uid", list.tenant + "/" + item.object}, {"name", item.object}}});
  out["evidences"] = Json::array({ocsf_evidence(item, style)});
  out["remediation"] = {{"desc", std::move(remedy)}};
  return out;
}

std::string ocsf_lines(const ItemList& list, const Style& style) {
  std::string out;
  for (const Item& item : list.items) {
    out += line_text(ocsf_event(list, item, style));
    out += '\n';
  }
  return out;
}

}  // namespace

std::string audit_ocsf(const AuditDocument& audit, const Style& style) {
  return ocsf_lines(items_of(audit, style), style);
}
std::string tenant_ocsf(const TenantPart& part, const Style& style) {
  return ocsf_lines(items_of(part, style), style);
}
std::string audits_ocsf(const AuditsDocument& document, const Style& /*style*/) {
  std::string out;
  for (const AuditedTenant& tenant : document.tenants)
    out += tenant.part;
  return out;
}
std::string impact_ocsf(const ImpactDocument& impact, const Style& style) {
  return ocsf_lines(items_of(impact, style), style);
}
std::string plan_ocsf(const plan::Plan& plan, const Style& style) {
  return ocsf_lines(items_of(plan, style), style);
}

}  // namespace postern::report

#include "report/audits_report.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "report/audit_parts.hpp"
#include "report/csv.hpp"

namespace postern::report {
namespace {

constexpr std::string_view unread = "not read";

Colour colour_of(std::string_view outcome) {
  if (outcome == "pass") return Colour::green;
  if (outcome == "fail" || outcome == unread) return Colour::red;
  return outcome == "not determined" || outcome == "fail, waived" ? Colour::yellow : Colour::dim;
}

// The worst first, so that what matters is on the first screen.
int rank(std::string_view outcome) {
  return outcome == "fail"             ? 0
         : outcome == unread           ? 1
         : outcome == "not determined" ? 2
         : outcome == "fail, waived"   ? 3
                                       : 4;
}

}  // namespace

AuditedTenant audited(std::string name, std::string source, const AuditDocument& document) {
  AuditedTenant out;
  out.name = std::move(name);
  out.source = std::move(source);
  const audit::ControlResult& first = document.report.results.front();
  out.outcome = std::string(name_of(first.status));
  if (!first.findings.empty()) out.found = first.findings.front().value;
  for (const auto& result : document.report.results)
    out.failed_controls += result.status == audit::Status::fail ? 1 : 0;
  if (document.drift) out.drifted = document.drift->size();
  return out;
}

AuditedTenant not_read(std::string name, std::string source, const Error& error) {
  AuditedTenant out;
  out.name = std::move(name);
  out.source = std::move(source);
  out.outcome = std::string(unread);
  out.found = error.line();
  return out;
}

std::string tenant_json(const TenantPart& part, const Style& /*style*/) {
  Json audit = nullptr;
  if (part.audit != nullptr) {
    const audit::AuditReport& report = part.audit->report;
    Json controls = Json::array();
    for (const auto& result : report.results) {
      controls.push_back({{"id", result.control.id},
                          {"status", name_of(result.status)},
                          {"findings", json_findings(result)}});
    }
    audit = {{"tenant", report.tenant},
             {"controls", std::move(controls)},
             {"entrances", json_entrances(report)},
             {"connectors", json_connectors(report)},
             {"expired_waivers", report.expired_waivers},
             {"remarks", report.remarks}};
    if (part.audit->drift) audit["drift"] = json_drift(*part.audit->drift);
  }
  const AuditedTenant& tenant = part.tenant;
  return line_text({{"name", tenant.name},
                    {"source", tenant.source},
                    {"outcome", tenant.outcome},
                    {"error", part.audit == nullptr ? Json(tenant.found) : Json(nullptr)},
                    {"audit", std::move(audit)}});
}

std::string tenant_csv(const TenantPart& part, const Style& style) {
  const AuditedTenant& tenant = part.tenant;
  if (part.audit == nullptr) {
    return csv_line(
        {tenant.name, tenant.source, "", "", tenant.outcome, "", "", "", "", "", tenant.found, ""},
        style);
  }
  std::string out;
  for (const auto& result : part.audit->report.results) {
    for (const audit::Finding& f : result.findings) {
      out +=
          csv_line({tenant.name, tenant.source, result.control.id, result.control.title,
                    std::string(name_of(result.status)), f.object, std::string(name_of(f.status)),
                    f.value, f.where.text(), f.waived, "", f.expired_waiver},
                   style);
    }
  }
  return out;
}

std::string audits_text(const AuditsDocument& document, const Style& style) {
  const auto& tenants = document.tenants;
  std::vector<const AuditedTenant*> order;
  std::map<std::string, std::size_t> counts;
  bool drift = false;
  for (const AuditedTenant& tenant : tenants) {
    order.push_back(&tenant);
    ++counts[tenant.outcome];
    drift = drift || tenant.drifted > 0;
  }
  std::stable_sort(order.begin(), order.end(),
                   [](auto* a, auto* b) { return rank(a->outcome) < rank(b->outcome); });
  std::string out = style.bold("Audit of " + counted(tenants.size(), "tenant")) + "\n\n";
  std::vector<TableColumn> columns = {{"result", Align::left},
                                      {"tenant", Align::left, 16, true},
                                      {"failed", Align::right},
                                      {"found", Align::left, 24, true}};
  if (drift) columns.push_back({"changed", Align::right});
  Table table(std::move(columns));
  for (const AuditedTenant* tenant : order) {
    std::vector<std::string> cells = {
        tenant->outcome, tenant->name,
        tenant->outcome == unread ? "-" : std::to_string(tenant->failed_controls), tenant->found};
    if (drift) cells.push_back(std::to_string(tenant->drifted));
    table.add(std::move(cells), colour_of(tenant->outcome));
  }
  out += table.text(style) + "\n";
  std::string sentence;
  for (const auto& [outcome, count] : counts) {
    append_item(sentence, fmt::format("{} {}", count, outcome));
  }
  out += sentence + ".\n";
  Table sources({{"tenant", Align::left, 16, true}, {"settings", Align::left, 24, true}});
  bool tells = false;
  for (const AuditedTenant* tenant : order) {
    tells = tells || tenant->name != tenant->source;
    sources.add({tenant->name, tenant->source});
  }
  return tells ? out + "\n" + sources.text(style) : out;
}

std::string audits_json(const AuditsDocument& document, const Style& /*style*/) {
  Json described = Json::array();
  for (const audit::Control& control : document.controls) {
    described.push_back({{"id", control.id},
                         {"title", control.title},
                         {"profile", control.profile},
                         {"rationale", control.rationale},
                         {"impact", control.impact},
                         {"remedy", control.remedy},
                         {"command", control.command}});
  }
  // Put together by hand: a document of a thousand tenants is not held twice.
  std::string out =
      "{\n  \"schema\": \"postern/audits/1\",\n  \"controls\": " + line_text(described) +
      ",\n  \"tenants\": [";
  const auto& tenants = document.tenants;
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    out += (i == 0 ? "\n    " : ",\n    ") + tenants[i].part;
  }
  return out + "\n  ]\n}\n";
}

std::string audits_csv(const AuditsDocument& document, const Style& style) {
  std::string out = csv_line({"tenant", "source", "control", "title", "control_status", "object",
                              "status", "value", "where", "waived", "error", "expired_waiver"},
                             style);
  for (const AuditedTenant& tenant : document.tenants)
    out += tenant.part;
  return out;
}

}  // namespace postern::report

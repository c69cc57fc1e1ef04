#include "report/audits_report.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "report/audit_parts.hpp"
#include "report/csv.hpp"

namespace postern::report {
namespace {

constexpr std::string_view unread = "not read";

std::string part(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Colour colour_of(std::string_view outcome) {
  if (outcome == "pass") return Colour::green;
  if (outcome == "fail" || outcome == unread) return Colour::red;
  return outcome == "not determined" ? Colour::yellow : Colour::dim;
}

// The worst first, so that what matters is on the first screen.
int rank(std::string_view outcome) {
  return outcome == "fail" ? 0 : outcome == unread ? 1 : outcome == "not determined" ? 2 : 3;
}

}  // namespace

AuditedTenant audited(std::string name, std::string source, const audit::AuditReport& report,
                      const std::optional<std::vector<audit::Drift>>& drift) {
  AuditedTenant out{std::move(name), std::move(source), {}, {}, 0, 0, {}, {}};
  const audit::ControlResult& first = report.results.front();
  out.outcome = std::string(name_of(first.status));
  if (!first.findings.empty()) out.found = first.findings.front().value;
  Json controls = Json::array();
  for (const auto& result : report.results) {
    out.failed_controls += result.status == audit::Status::fail ? 1 : 0;
    controls.push_back({{"id", result.control.id},
                        {"status", name_of(result.status)},
                        {"findings", json_findings(result)}});
    for (const audit::Finding& f : result.findings) {
      out.csv += csv_line({out.name, out.source, result.control.id, result.control.title,
                           std::string(name_of(result.status)), f.object,
                           std::string(name_of(f.status)), f.value, f.where, f.waived, ""});
    }
  }
  Json audit = {{"tenant", report.tenant},
                {"controls", std::move(controls)},
                {"entrances", json_entrances(report)},
                {"expired_waivers", report.expired_waivers},
                {"remarks", report.remarks}};
  if (drift) {
    out.drifted = drift->size();
    audit["drift"] = json_drift(*drift);
  }
  out.json = part({{"name", out.name},
                   {"source", out.source},
                   {"outcome", out.outcome},
                   {"error", nullptr},
                   {"audit", std::move(audit)}});
  return out;
}

AuditedTenant not_read(std::string name, std::string source, const Error& error) {
  AuditedTenant out{
      std::move(name), std::move(source), std::string(unread), error.line(), 0, 0, {}, {}};
  out.json = part({{"name", out.name},
                   {"source", out.source},
                   {"outcome", out.outcome},
                   {"error", out.found},
                   {"audit", nullptr}});
  out.csv = csv_line({out.name, out.source, "", "", out.outcome, "", "", "", "", "", out.found});
  return out;
}

std::string audits_text(const std::vector<AuditedTenant>& tenants, const Style& style) {
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
                                      {"tenant", Align::left, 16},
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
  return out + sentence + ".\n";
}

std::string audits_json(const std::vector<AuditedTenant>& tenants,
                        const std::vector<audit::Control>& controls) {
  Json described = Json::array();
  for (const audit::Control& control : controls) {
    described.push_back({{"id", control.id},
                         {"title", control.title},
                         {"profile", control.profile},
                         {"rationale", control.rationale},
                         {"impact", control.impact},
                         {"remedy", control.remedy},
                         {"command", control.command}});
  }
  // Put together by hand: a document of a thousand tenants is not held twice.
  std::string out = "{\n  \"schema\": \"postern/audits/1\",\n  \"controls\": " + part(described) +
                    ",\n  \"tenants\": [";
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    out += (i == 0 ? "\n    " : ",\n    ") + tenants[i].json;
  }
  return out + "\n  ]\n}\n";
}

std::string audits_csv(const std::vector<AuditedTenant>& tenants) {
  std::string out = csv_line({"tenant", "source", "control", "title", "control_status", "object",
                              "status", "value", "where", "waived", "error"});
  for (const AuditedTenant& tenant : tenants)
    out += tenant.csv;
  return out;
}

}  // namespace postern::report

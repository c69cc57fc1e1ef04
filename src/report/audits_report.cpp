#include "report/audits_report.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "report/audit_parts.hpp"
#include "report/csv.hpp"

namespace postern::report {
namespace {

constexpr std::string_view unread = "not read";
constexpr std::string_view vanished = "gone";

Colour colour_of(std::string_view outcome) {
  if (outcome == "pass") return Colour::green;
  if (outcome == "fail" || outcome == unread || outcome == vanished) return Colour::red;
  return outcome == "not determined" || outcome == "fail, waived" ? Colour::yellow : Colour::dim;
}

// The worst first, so that what matters is on the first screen.
int rank(std::string_view outcome) {
  return outcome == "fail"             ? 0
         : outcome == vanished         ? 1
         : outcome == unread           ? 2
         : outcome == "not determined" ? 3
         : outcome == "fail, waived"   ? 4
                                       : 5;
}

std::string changed_cell(const AuditedTenant& tenant) {
  if (!tenant.since) return "-";
  if (!tenant.since->drift.empty() || tenant.since->not_compared.empty())
    return std::to_string(tenant.since->drift.size());
  return "not known";
}

// What has changed, of all tenants: the table tells how much alone. Of what could not be compared,
// of each the first thing.
std::string changes_text(const std::vector<const AuditedTenant*>& tenants, const Style& style) {
  std::string out;
  for (const AuditedTenant* tenant : tenants) {
    if (!tenant->since) continue;
    const std::size_t unknown = tenant->since->not_compared.size();
    for (const BaselineLine& line : baseline_lines(*tenant->since)) {
      if (line.status == audit::Status::pass) continue;
      const bool last = line.status == audit::Status::not_determined;
      std::string text = fmt::format("{}: {}: {}", tenant->name, line.object, line.text);
      if (last && unknown > 1) text += fmt::format(" (and {} more)", unknown - 1);
      out += paragraph(text, style, "  - ");
      if (last) break;
    }
  }
  return out.empty() ? out : "\n" + style.bold("Since the baseline") + "\n\n" + out;
}

std::string baseline_rows(const AuditedTenant& tenant, const Style& style) {
  std::string out;
  if (!tenant.since) return out;
  const auto lines = baseline_lines(*tenant.since);
  for (const BaselineLine& line : lines) {
    out += csv_line({tenant.name, tenant.source, std::string(baseline_rule),
                     std::string(baseline_title), std::string(name_of(lines.front().status)),
                     line.object, std::string(name_of(line.status)), line.text, "", "", "", ""},
                    style);
  }
  return out;
}

}  // namespace

AuditedTenant audited(std::string name, std::string source, const AuditDocument& document) {
  AuditedTenant out;
  out.name = std::move(name);
  out.source = std::move(source);
  const audit::ControlResult& first = document.report.results.front();
  out.outcome = std::string(name_of(first.status));
  if (!first.findings.empty()) out.found = first.findings.front().value;
  std::size_t failed = 0;
  for (const auto& result : document.report.results)
    failed += result.status == audit::Status::fail ? 1 : 0;
  out.failed_controls = failed;
  out.since = document.since;
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

AuditedTenant gone(std::string name) {
  AuditedTenant out;
  out.since = audit::Comparison{{{"tenant", name, "there", {}}}, {}};
  out.name = std::move(name);
  out.outcome = std::string(vanished);
  out.found = "the baseline holds it, and it was not named this time";
  return out;
}

std::string failed_cell(const AuditedTenant& tenant) {
  return tenant.failed_controls ? grouped(*tenant.failed_controls) : "-";
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
             {"expired_waivers", report.expired_waivers},
             {"remarks", report.remarks}};
    add_kept(report, audit);
    if (part.audit->since) add_comparison(*part.audit->since, audit);
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
    return csv_line({tenant.name, tenant.source, "", "", tenant.outcome, "", "", "", "", "",
                     tenant.found, ""},
                    style) +
           baseline_rows(tenant, style);
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
  return out + baseline_rows(tenant, style);
}

std::string audits_text(const AuditsDocument& document, const Style& style) {
  const auto& tenants = document.tenants;
  std::vector<const AuditedTenant*> order;
  std::map<std::string, std::size_t> counts;
  bool drift = false;
  for (const AuditedTenant& tenant : tenants) {
    order.push_back(&tenant);
    ++counts[tenant.outcome];
    drift = drift || tenant.since.has_value();
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
    std::vector<std::string> cells = {tenant->outcome, tenant->name, failed_cell(*tenant),
                                      tenant->found};
    if (drift) cells.push_back(changed_cell(*tenant));
    table.add(std::move(cells), colour_of(tenant->outcome));
  }
  out += table.text(style) + "\n";
  std::string sentence;
  for (const auto& [outcome, count] : counts) {
    append_item(sentence, fmt::format("{} {}", count, outcome));
  }
  out += sentence + ".\n";
  out += changes_text(order, style);
  Table sources({{"tenant", Align::left, 16, true}, {"settings", Align::left, 24, true}});
  bool tells = false;
  for (const AuditedTenant* tenant : order) {
    if (tenant->source.empty()) continue;  // gone
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

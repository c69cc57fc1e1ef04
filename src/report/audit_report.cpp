#include "report/audit_report.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "report/audit_parts.hpp"
#include "report/csv.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using audit::ControlResult;
using audit::Finding;
using audit::Gate;
using audit::Status;

Colour colour_of(Gate gate) {
  switch (gate) {
    case Gate::open:
      return Colour::red;
    case Gate::shut:
      return Colour::green;
    case Gate::not_determined:
      return Colour::yellow;
    case Gate::not_applicable:
      break;
  }
  return Colour::dim;
}

std::string found_cell(const ControlResult& result) {
  std::string text;
  std::size_t more = 0;
  std::size_t waived = 0;
  for (const Finding& finding : result.findings) {
    waived += finding.waived.empty() ? 0 : 1;
    const Status counts = finding.waived.empty() ? finding.status : Status::waived;
    if (counts != result.status) continue;
    if (text.empty()) {
      text = result.findings.size() > 1 ? finding.object + ": " + finding.value : finding.value;
      if (!finding.waived.empty()) text += " (waived by " + finding.waived + ")";
    } else {
      ++more;
    }
  }
  if (more > 0) text += fmt::format(" (and {} more)", more);
  if (waived > 0 && result.status != Status::waived)
    append_item(text, fmt::format("{} waived", waived), "; ");
  return text;
}

// What is open or fails, also where a waiver covers it: whose word that is must be seen.
bool needs_words(const Finding& finding) {
  return finding.status == Status::fail || finding.status == Status::not_determined ||
         !finding.waived.empty();
}

std::string details(const ControlResult& result, const Style& style) {
  const audit::Control& control = result.control;
  std::string out = style.bold(paragraph(control.title, style, printable(control.id) + "  "));
  for (const Finding& finding : result.findings) {
    if (!needs_words(finding)) continue;
    std::string text = finding.object + ": " + finding.value;
    if (!finding.waived.empty()) text += " (waived by " + finding.waived + ")";
    if (!finding.expired_waiver.empty()) text += " (" + finding.expired_waiver + ")";
    out += paragraph(text, style, "    found   ");
    if (!finding.where.empty()) out += paragraph(finding.where.text(), style, "    where   ");
    if (!finding.advice.empty()) out += paragraph(finding.advice, style, "    then    ");
    if (!finding.command.empty()) out += "            " + printable(finding.command) + "\n";
  }
  if (result.status == Status::fail || result.status == Status::waived) {
    if (!control.rationale.empty()) out += paragraph(control.rationale, style, "    why     ");
    if (!control.impact.empty()) out += paragraph(control.impact, style, "    impact  ");
    out += paragraph(control.remedy, style, "    remedy  ");
    if (!control.command.empty()) out += "            " + printable(control.command) + "\n";
  }
  return out;
}

// What the exit status says: the first control (6.5.5, or the one that was asked for), then the
// counts.
std::string answer(const audit::AuditReport& audited, const Style& style) {
  std::string out;
  if (!audited.results.empty()) {
    const ControlResult& first = audited.results.front();
    out = paragraph(fmt::format("{}: {} ({}): {}", name_of(first.status), first.control.title,
                                first.control.id, found_cell(first)),
                    style);
    out = coloured(style, report::colour_of(first.status), out);
  }
  return out + paragraph(counts_of(audited), style);
}

// What has changed, with its heading.
std::string drift_text(const audit::Comparison& since, const Style& style) {
  std::string out = style.bold("Since the baseline") + "\n\n";
  const bool all = since.not_compared.empty();
  if (since.drift.empty()) {
    out += paragraph(all ? "Nothing has changed." : "Nothing that could be compared has changed.",
                     style);
  } else {
    Table table({{"control", Align::left},
                 {"object", Align::left, 14, true},
                 {"before", Align::left, 20, true},
                 {"now", Align::left, 20, true}});
    for (const audit::Drift& each : since.drift) {
      table.add({each.control, each.object, each.before.empty() ? "not there" : each.before,
                 each.after.empty() ? "gone" : each.after},
                Colour::yellow);
    }
    out += table.text(style);
  }
  if (all) return out;
  out += "\nNot compared:\n";
  for (const audit::NotCompared& each : since.not_compared) {
    const std::string what = each.object.empty() ? each.control : each.control + ", " + each.object;
    out += paragraph(what + ": " + each.why, style, "  - ");
  }
  return out;
}

}  // namespace

std::vector<BaselineLine> baseline_lines(const audit::Comparison& since) {
  std::vector<BaselineLine> out;
  const auto object_of = [](const std::string& control, const std::string& object) {
    return object.empty() ? control : control + " " + object;
  };
  for (const audit::Drift& each : since.drift) {
    out.push_back({Status::fail, object_of(each.control, each.object),
                   fmt::format("changed since the baseline: {}; now {}",
                               each.before.empty() ? "not there" : each.before,
                               each.after.empty() ? "gone" : each.after)});
  }
  for (const audit::NotCompared& each : since.not_compared) {
    out.push_back({Status::not_determined, object_of(each.control, each.object),
                   "not compared with the baseline: " + each.why});
  }
  if (out.empty()) out.push_back({Status::pass, "the tenant", "nothing has changed"});
  return out;
}

std::string counts_of(const audit::AuditReport& report) {
  std::size_t counts[5] = {};
  for (const auto& result : report.results)
    ++counts[static_cast<std::size_t>(result.status)];
  const std::size_t excused = counts[static_cast<std::size_t>(Status::waived)];
  return fmt::format("{} of {} pass, {} fail,{} {} not determined, {} not applicable.",
                     counts[static_cast<std::size_t>(Status::pass)],
                     counted(report.results.size(), "control"),
                     counts[static_cast<std::size_t>(Status::fail)],
                     excused == 0 ? "" : fmt::format(" {} waived,", excused),
                     counts[static_cast<std::size_t>(Status::not_determined)],
                     counts[static_cast<std::size_t>(Status::not_applicable)]);
}

std::string audit_text(const AuditDocument& document, const Style& style) {
  const audit::AuditReport& report = document.report;
  std::string out = style.bold("Audit: " + printable(report.tenant)) + "\n\n";
  out += answer(report, style) + "\n";
  Table table({{"result", Align::left},
               {"control", Align::left},
               {"title", Align::left, 12, true},
               {"found", Align::left, 5}});
  for (const auto& result : report.results) {
    table.add({std::string(name_of(result.status)), result.control.id, result.control.title,
               found_cell(result)},
              colour_of(result.status));
  }
  out += table.text(style);
  bool titled = false;
  for (const auto& result : report.results) {
    if (std::none_of(result.findings.begin(), result.findings.end(), needs_words)) continue;
    if (!titled) out += "\n" + style.bold("What was found, and what to do") + "\n\n";
    titled = true;
    out += details(result, style) + "\n";
  }
  for (const std::string& expired : report.expired_waivers) {
    out += paragraph("Expired waiver, not counted: " + expired, style);
  }
  out += (titled ? "" : "\n") + style.bold("The entrances for forged mail") + "\n\n";
  Table entrances({{"state", Align::left},
                   {"entrance", Align::left, 12, true},
                   {"who comes", Align::left, 13, true},
                   {"because", Align::left, 13, true}});
  for (const auto& entrance : report.entrances) {
    entrances.add(
        {std::string(name_of(entrance.state)), entrance.name, entrance.what, entrance.because},
        colour_of(entrance.state));
  }
  out += entrances.text(style);
  out += "\n" + paragraph(
                    "RejectDirectSend shuts the first entrance alone; a lock-down connector the "
                    "second; DMARC the third.",
                    style);
  if (document.since) out += "\n" + drift_text(*document.since, style);
  for (const std::string& remark : report.remarks)
    out += paragraph(remark, style, "  - ");
  if (scrolls(out)) out += "\n" + answer(report, style);
  return out;
}

std::string audit_json(const AuditDocument& audited, const Style& /*style*/) {
  const audit::AuditReport& report = audited.report;
  Json controls = Json::array();
  for (const auto& result : report.results) {
    const audit::Control& control = result.control;
    Json findings = json_findings(result);
    controls.push_back({{"id", control.id},
                        {"title", control.title},
                        {"profile", control.profile},
                        {"status", name_of(result.status)},
                        {"findings", std::move(findings)},
                        {"rationale", control.rationale},
                        {"impact", control.impact},
                        {"remedy", control.remedy},
                        {"command", control.command},
                        {"lifecycle", json_lifecycle(control)},
                        {"equivalents", json_equivalents(control)}});
  }
  Json document = {{"schema", "postern/audit/1"},
                   {"tenant", report.tenant},
                   {"controls", std::move(controls)},
                   {"entrances", json_entrances(report)},
                   {"expired_waivers", report.expired_waivers},
                   {"remarks", report.remarks}};
  add_kept(report, document);
  if (audited.since) add_comparison(*audited.since, document);
  return document_text(document);
}

std::string audit_csv(const AuditDocument& document, const Style& style) {
  std::string out =
      csv_line({"tenant", "control", "title", "control_status", "object", "status", "value",
                "where", "advice", "waived", "remedy", "command", "expired_waiver"},
               style);
  for (const auto& result : document.report.results) {
    for (const Finding& f : result.findings) {
      out += csv_line(
          {document.report.tenant, result.control.id, result.control.title,
           std::string(name_of(result.status)), f.object, std::string(name_of(f.status)), f.value,
           f.where.text(), f.advice, f.waived, result.control.remedy,
           f.status == Status::fail && f.command.empty() ? result.control.command : f.command,
           f.expired_waiver},
          style);
    }
  }
  if (!document.since) return out;
  const auto lines = baseline_lines(*document.since);
  const Status worst = lines.front().status;
  for (const BaselineLine& line : lines) {
    out += csv_line({document.report.tenant, std::string(baseline_rule),
                     std::string(baseline_title), std::string(name_of(worst)), line.object,
                     std::string(name_of(line.status)), line.text, "", "", "", "", "", ""},
                    style);
  }
  return out;
}

}  // namespace postern::report

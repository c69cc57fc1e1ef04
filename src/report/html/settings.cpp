// The audit: settings that belong to it, failing first.
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/join.hpp"
#include "report/html/sections.hpp"
#include "report/items.hpp"

namespace postern::report::html {
namespace {

using audit::Finding;
using audit::Status;

Own class_of(Status status) {
  switch (status) {
    case Status::pass:
      return "good";
    case Status::fail:
      return "bad";
    case Status::not_determined:
    case Status::waived:
      return "ask";
    case Status::not_applicable:
      break;
  }
  return "calm";
}

void write_finding(Html& page, const Finding& finding, bool alone, const Style& style) {
  page << "<p>";
  if (!alone) {
    page << "<span class=\"" << class_of(finding.status) << "\">";
    page.text(name_of(finding.status)) << "</span> ";
  }
  name(page, finding.object) << ": ";
  name(page, finding.value);
  if (!finding.where.empty()) {
    page << " <small class=\"dim\">";
    Place where = finding.where;
    where.file = stable_path(where.file, style.folder);
    name(page, where.text()) << "</small>";
  }
  if (!finding.advice.empty()) {
    page << "<br>";
    name(page, finding.advice);
  }
  if (!finding.waived.empty()) {
    page << "<br><b>Waived</b> by ";
    name(page, finding.waived);
  }
  if (!finding.expired_waiver.empty()) {
    page << "<br><b>Waived no more</b>: ";
    name(page, finding.expired_waiver);
  }
  page << "</p>\n";
}

void write_control(Html& page, const audit::ControlResult& result, const Style& style) {
  const audit::Control& control = result.control;
  page << "<li><span class=\"status " << class_of(result.status) << "\">";
  page.text(name_of(result.status)) << "</span> <b>";
  name(page, control.title) << "</b> <small class=\"dim\">";
  name(page, control.id) << "</small>\n";
  for (const Finding& finding : result.findings)
    write_finding(page, finding, result.findings.size() == 1 && finding.status == result.status,
                  style);
  if (result.status != Status::pass && result.status != Status::not_applicable) {
    page << "<details><summary>Why, and the remedy</summary>";
    for (const std::string* text : {&control.rationale, &control.impact, &control.remedy}) {
      if (text->empty()) continue;
      page << "<p>";
      name(page, *text) << "</p>\n";
    }
    if (!control.command.empty()) {
      page << "<pre><code>";
      page.text(control.command) << "</code></pre>\n";
    }
    std::string same;
    for (const audit::Equivalent& each : control.equivalents)
      append_item(same, each.framework + ' ' + each.id);
    if (!same.empty()) {
      page << "<p class=\"dim\">The same elsewhere: ";
      name(page, same) << "</p>\n";
    }
    page << "</details>\n";
  }
  page << "</li>\n";
}

}  // namespace

std::string audit_count(const audit::AuditReport& report) {
  std::array<std::size_t, 5> counts{};
  for (const audit::ControlResult& result : report.results)
    ++counts[static_cast<std::size_t>(result.status)];
  std::string out;
  for (const Status status : {Status::fail, Status::not_determined, Status::waived, Status::pass,
                              Status::not_applicable}) {
    const std::size_t count = counts[static_cast<std::size_t>(status)];
    if (count > 0)
      append_item(
          out, fmt::format("{} {}", count, status == Status::waived ? "waived" : name_of(status)));
  }
  return out;
}

void write_controls(Html& page, const audit::AuditReport& report, const Style& style) {
  page << "<ul class=\"settings\">\n";
  // The first control, 6.5.5 or the one that was asked for, stays on top.
  if (!report.results.empty()) write_control(page, report.results.front(), style);
  for (const Status status : {Status::fail, Status::not_determined, Status::waived, Status::pass,
                              Status::not_applicable}) {
    for (std::size_t i = 1; i < report.results.size(); ++i) {
      if (report.results[i].status == status) write_control(page, report.results[i], style);
    }
  }
  page << "</ul>\n";
  for (const std::string& expired : report.expired_waivers) {
    page << "<p>Expired waiver, not counted: ";
    name(page, expired) << "</p>\n";
  }
  if (report.entrances.empty()) return;
  page << "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: entrances of ";
  page << "forged mail\"><table><caption>The entrances for forged mail: RejectDirectSend shuts the "
          "first alone, a lock-down connector the second, DMARC the third</caption><thead><tr><th "
          "scope=\"col\">State</th><th scope=\"col\">Entrance</th><th scope=\"col\">Who "
          "comes</th><th "
          "scope=\"col\">Because</th></tr></thead><tbody>\n";
  for (const audit::Entrance& entrance : report.entrances) {
    page << "<tr><td class=\""
         << (entrance.state == audit::Gate::open             ? Own("bad")
             : entrance.state == audit::Gate::shut           ? Own("good")
             : entrance.state == audit::Gate::not_determined ? Own("ask")
                                                             : Own("calm"))
         << "\">";
    page.text(name_of(entrance.state)) << "</td><th scope=\"row\">";
    name(page, entrance.name) << "</th><td>";
    name(page, entrance.what) << "</td><td>";
    name(page, entrance.because) << "</td></tr>\n";
  }
  page << "</tbody></table></div>\n";
}

void write_since(Html& page, const std::optional<audit::Comparison>& since) {
  if (!since) return;
  page << "<div class=\"box\"><b>Since the baseline</b> <ul class=\"plain\">";
  for (const audit::Drift& each : since->drift) {
    page << "<li>";
    name(page, each.control) << ", ";
    name(page, each.object) << ": ";
    name(page, each.before.empty() ? "not there" : each.before) << " → ";
    name(page, each.after.empty() ? "gone" : each.after) << "</li>\n";
  }
  for (const audit::NotCompared& each : since->not_compared) {
    page << "<li>not compared: ";
    name(page, each.control);
    if (!each.object.empty()) {
      page << ", ";
      name(page, each.object);
    }
    page << ": ";
    name(page, each.why) << "</li>\n";
  }
  if (since->drift.empty() && since->not_compared.empty()) {
    page << "<li>nothing has changed</li>";
  }
  page << "</ul></div>\n";
}

void write_settings(Html& page, const audit::AuditReport& report,
                    const std::optional<audit::Comparison>& since, const Style& style) {
  page
      << "<section id=\"settings\" aria-labelledby=\"h-settings\">\n<h2 id=\"h-settings\">Settings "
         "that belong to it</h2>\n<p class=\"dim\">";
  page.text(audit_count(report)) << "</p>\n";
  write_since(page, since);
  write_controls(page, report, style);
  page << "</section>\n";
}

}  // namespace postern::report::html

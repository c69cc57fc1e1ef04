#include "report/html_report.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/join.hpp"
#include "base/numbers.hpp"
#include "report/html/sections.hpp"

namespace postern::report {
namespace {

using audit::Status;

std::string tenant_of(const WholeDocument& document) {
  if (document.impact != nullptr) return document.impact->heading.tenant;
  if (document.plan != nullptr) return document.plan->tenant.name;
  return document.audit == nullptr ? std::string() : document.audit->report.tenant;
}

// The answer where there is nothing but settings.
Story story_of(const audit::AuditReport& report) {
  Story out;
  if (report.results.empty()) return out;
  const audit::ControlResult& first = report.results.front();
  const bool direct_send = first.control.id == "6.5.5";
  const std::string found = first.findings.empty() ? std::string() : first.findings.front().value;
  switch (first.status) {
    case Status::pass:
      out.headline = {Tone::good, direct_send ? "Shut." : "Pass.", first.control.title + '.'};
      break;
    case Status::fail:
      out.headline = {
          Tone::bad, direct_send ? "Open." : "Fail.",
          direct_send ? "Direct Send submissions are not rejected." : first.control.title + '.'};
      break;
    case Status::waived:
      out.headline = {
          Tone::ask, direct_send ? "Open, and waived." : "Fail, waived.",
          direct_send ? "Direct Send submissions are not rejected." : first.control.title + '.'};
      break;
    case Status::not_determined:
      out.headline = {Tone::ask, "Can’t say.", first.control.title + ": not determined."};
      break;
    case Status::not_applicable:
      out.headline = {Tone::calm, "Does not apply.", first.control.title + '.'};
      break;
  }
  if (!found.empty()) out.lead.push_back({found + ". ", false});
  out.lead.push_back({fmt::format("Of {}: {}.", counted(report.results.size(), "control"),
                                  html::audit_count(report)),
                      false});
  return out;
}

Story story_of(const plan::Plan& plan) {
  Story out;
  const plan::Holds holds = plan.proof.holds;
  out.headline = {holds == plan::Holds::yes  ? Tone::good
                  : holds == plan::Holds::no ? Tone::bad
                                             : Tone::ask,
                  holds == plan::Holds::yes  ? "Ready once the plan is made."
                  : holds == plan::Holds::no ? "Not yet."
                                             : "Can’t say yet.",
                  plan.proof.statement};
  out.tasks = tasks_of(plan);
  return out;
}

std::string about(const WholeDocument& document) {
  std::string out = tenant_of(document);
  if (document.impact == nullptr) return out;
  const impact::Totals& t = document.impact->report.totals;
  if (t.first && t.last) {
    out += fmt::format(" · evidence {} to {}", format_date(*t.first), format_date(*t.last));
  }
  return out;
}

bool has_stages(const WholeDocument& document) {
  return document.plan != nullptr && !document.plan->stages.empty();
}

html::Frame frame_of(const WholeDocument& document, const Story& story) {
  html::Frame frame;
  frame.title =
      fmt::format("{} – Direct Send report: {}", tenant_of(document), story.headline.word);
  frame.about = about(document);
  frame.anchors.push_back({"answer", "Answer", {}});
  if (!story.tasks.empty()) frame.anchors.push_back({"todo", "What to do", {}});
  if (has_stages(document)) frame.anchors.push_back({"stages", "Stages", {}});
  if (document.impact != nullptr) {
    frame.has_senders = story.has_evidence;
    if (story.has_evidence) {
      frame.anchors.push_back(
          {"senders", "Senders", grouped(document.impact->report.senders.size())});
      if (document.impact->report.totals.first) frame.anchors.push_back({"days", "By day", {}});
    }
  } else if (document.plan != nullptr) {
    frame.anchors.push_back({"proof", "Proof", {}});
  }
  if (document.audit != nullptr) {
    frame.anchors.push_back({"settings", "Settings", html::audit_count(document.audit->report)});
  }
  if (document.plan != nullptr && document.plan->difference) {
    frame.anchors.push_back({"all-mail", "For all mail", {}});
  }
  frame.anchors.push_back({"trust", "How far to trust this", {}});
  if (document.plan != nullptr) {
    frame.foot.push_back("The tenant as it was read for the plan: " + document.plan->fingerprint);
  }
  return frame;
}

}  // namespace

std::string whole_html(const WholeDocument& document, const Style& style) {
  const ImpactDocument* impact = document.impact;
  const plan::Proof* proof = document.plan == nullptr ? nullptr : &document.plan->proof;
  std::optional<Figures> figures;
  Story story;
  if (impact != nullptr) {
    figures.emplace(impact->report, proof);
    story = tell(*impact, document.plan, *figures);
  } else if (document.plan != nullptr) {
    story = story_of(*document.plan);
  } else if (document.audit != nullptr) {
    story = story_of(document.audit->report);
  }
  const html::Frame frame = frame_of(document, story);
  Html page = html::page_for(style);
  html::begin(page, frame, style);
  page << "<section id=\"answer\" aria-label=\"Answer\">\n";
  html::write_answer(page, story);
  if (impact != nullptr) {
    if (impact->heading.changes) html::write_changes(page, *impact->heading.changes);
    if (story.has_evidence) {
      html::write_bars(page, *figures, *impact, document.plan);
      html::write_counters(page, *figures);
    }
  }
  page << "</section>\n";
  if (!story.tasks.empty()) html::write_tasks(page, story.tasks, document.plan);
  if (has_stages(document)) html::write_stages(page, *document.plan);
  if (story.has_evidence) {
    html::write_senders(page, impact->report, *figures);
    html::write_days(page, impact->report, *figures);
  } else if (impact == nullptr && document.plan != nullptr) {
    html::write_proof(page, document.plan->proof);
  }
  if (document.plan != nullptr && document.plan->difference) {
    html::write_for_all_mail(page, *document.plan->difference);
  }
  const audit::AuditReport* audit = document.audit == nullptr ? nullptr : &document.audit->report;
  if (audit != nullptr) html::write_settings(page, *audit, document.audit->since, style);
  html::write_trust(page, impact == nullptr ? nullptr : &impact->report, document.plan, audit,
                    style);
  if (story.has_evidence) html::write_tail(page, impact->report, *figures);
  html::end(page, frame, style);
  return std::move(page).take();
}

std::string audit_html(const AuditDocument& audit, const Style& style) {
  return whole_html({&audit, nullptr, nullptr}, style);
}

std::string impact_html(const ImpactDocument& impact, const Style& style) {
  return whole_html({nullptr, &impact, nullptr}, style);
}

std::string plan_html(const plan::Plan& plan, const Style& style) {
  return whole_html({nullptr, nullptr, &plan}, style);
}

std::string tenant_html(const TenantPart& part, const Style& style) {
  Html page = html::page_for(style);
  page << "<details class=\"box\"><summary><b>";
  html::name(page, part.tenant.name) << "</b>: ";
  page.text(part.tenant.outcome) << " <span class=\"dim\">";
  html::name(page, part.tenant.found) << "</span></summary>\n";
  html::write_since(page, part.tenant.since);
  if (part.audit != nullptr) html::write_controls(page, part.audit->report, style);
  page << "</details>\n";
  return std::move(page).take();
}

std::string audits_html(const AuditsDocument& document, const Style& style) {
  std::map<std::string, std::size_t> outcomes;
  for (const AuditedTenant& tenant : document.tenants)
    ++outcomes[tenant.outcome];
  std::string counts;
  for (const auto& [outcome, count] : outcomes)
    append_item(counts, fmt::format("{} {}", count, outcome));
  html::Frame frame;
  frame.title = "Direct Send: " + counted(document.tenants.size(), "tenant");
  frame.about = counted(document.tenants.size(), "tenant");
  Html page = html::page_for(style);
  html::begin(page, frame, style);
  page << "<section aria-label=\"Answer\"><h1>";
  page.text(fmt::format("Of {}: {}.", counted(document.tenants.size(), "tenant"), counts));
  page << "</h1>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: "
          "tenants\">"
          "<table><caption class=\"off\">Tenants</caption><thead><tr><th "
          "scope=\"col\">Tenant</th><th "
          "scope=\"col\">Result</th><th scope=\"col\" class=\"number\">Failed controls</th><th "
          "scope=\"col\">Found</th></tr></thead><tbody>\n";
  for (const AuditedTenant& tenant : document.tenants) {
    page << "<tr><th scope=\"row\">";
    html::name(page, tenant.name) << "</th><td class=\""
                                  << (tenant.outcome == "pass"             ? Own("good")
                                      : tenant.outcome == "fail"           ? Own("bad")
                                      : tenant.outcome == "gone"           ? Own("bad")
                                      : tenant.outcome == "not applicable" ? Own("calm")
                                                                           : Own("ask"))
                                  << "\">";
    page.text(tenant.outcome) << "</td><td class=\"number\">";
    page.text(failed_cell(tenant)) << "</td><td>";
    html::name(page, tenant.found) << "</td></tr>\n";
  }
  page << "</tbody></table></div></section>\n<section aria-labelledby=\"h-each\"><h2 "
          "id=\"h-each\">Each of them</h2>\n";
  for (const AuditedTenant& tenant : document.tenants)
    page.part_of(tenant);
  page << "</section>\n";
  html::end(page, frame, style);
  return std::move(page).take();
}

}  // namespace postern::report

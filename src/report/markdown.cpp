// Markdown for comments and job summaries. What is not our own stands in code spans: nothing in it
// is read as markup, mention or reference.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/numbers.hpp"
#include "plan/stage.hpp"
#include "report/items.hpp"
#include "report/machine_reports.hpp"
#include "report/written.hpp"

namespace postern::report {
namespace {

using Result = Item::Result;

constexpr std::size_t most_table_rows = 25;
/// A GitHub comment holds 65,536 characters, a job summary 1 MiB.
constexpr std::size_t most_octets = 60'000;

std::size_t rank(const Item& item) {
  if (!item.waived.empty()) return 3;
  switch (item.result) {
    case Result::fail:
      return 0;
    case Result::open:
      return 1;
    case Result::pass:
      return 4;
    case Result::not_applicable:
      break;
  }
  return 5;
}

Own word_of(const Item& item) {
  if (!item.waived.empty()) return "fail, waived";
  switch (item.result) {
    case Result::fail:
      return "**fail**";
    case Result::open:
      return "not known";
    case Result::pass:
      return "pass";
    case Result::not_applicable:
      break;
  }
  return "not applicable";
}

void write_item_row(Markdown& out, const ItemList& list, const Item& item) {
  out << "| " << word_of(item) << " | ";
  out.text(list.rules[item.rule].id) << " | ";
  out.text(item.object) << " | ";
  out.text(item.waived.empty() ? item.message : item.message + "; waived: " + item.waived)
      << " |\n";
}

Markdown markdown_body(const ItemList& list) {
  std::vector<const Item*> order;
  for (const Item& item : list.items)
    order.push_back(&item);
  std::stable_sort(order.begin(), order.end(),
                   [](const Item* a, const Item* b) { return rank(*a) < rank(*b); });
  constexpr Own head = "| result | rule | object | found |\n|---|---|---|---|\n";
  Markdown out;
  out.text(list.summary) << "\n\n" << head;
  std::size_t written = 0;
  for (; written < order.size() && written < most_table_rows; ++written)
    write_item_row(out, list, *order[written]);
  if (written < order.size()) {
    out << "\n<details><summary>" << order.size() - written << " more</summary>\n\n" << head;
    for (; written < order.size() && out.str().size() < most_octets; ++written)
      write_item_row(out, list, *order[written]);
    out << "\n</details>\n";
    if (written < order.size()) {
      out << "\n" << order.size() - written << " more are left out.\n";
    }
  }
  bool begun = false;
  for (const std::string& remark : list.remarks) {
    if (out.str().size() >= most_octets) break;
    out << (begun ? Own("- ") : Own("\n### Read with care\n\n- "));
    out.text(remark) << "\n";
    begun = true;
  }
  return out;
}

std::string markdown_of(const ItemList& list) {
  Markdown out;
  out << "## Direct Send, ";
  out << (list.suite == "audit"    ? Own("audit")
          : list.suite == "impact" ? Own("impact")
                                   : Own("plan"));
  out << ": ";
  out.text(list.tenant) << "\n\n" << markdown_body(list);
  return std::move(out).take();
}

std::string stages_markdown(const plan::Plan& plan) {
  Markdown out;
  if (plan.stages.empty()) return {};
  out << "\n### Stages\n\n| stage | does | what must hold then |\n|---|---|---|\n";
  std::size_t number = 0;
  for (const plan::Stage& stage : plan.stages) {
    out << "| " << ++number << ". ";
    out.text(plan::title_of(stage.kind)) << " | ";
    out.text(stage.does) << " | ";
    out.text(stage.check) << " |\n";
  }
  return std::move(out).take();
}

}  // namespace

std::string audit_markdown(const AuditDocument& audit, const Style& style) {
  return markdown_of(items_of(audit, style));
}
std::string tenant_markdown(const TenantPart& part, const Style& style) {
  Markdown out;
  out << "\n### ";
  out.text(part.tenant.name) << "\n\n" << markdown_body(items_of(part, style));
  return std::move(out).take();
}
std::string audits_markdown(const AuditsDocument& document, const Style& /*style*/) {
  Markdown out;
  out << "## Direct Send, audit of " << document.tenants.size()
      << " tenants\n\n| tenant | result | failed controls | found |\n|---|---|---|---|\n";
  for (const AuditedTenant& tenant : document.tenants) {
    out << "| ";
    out.text(tenant.name) << " | ";
    out.text(tenant.outcome) << " | ";
    out.text(failed_cell(tenant)) << " | ";
    out.text(tenant.found) << " |\n";
  }
  for (const AuditedTenant& tenant : document.tenants)
    out.part_of(tenant);
  return std::move(out).take();
}
std::string impact_markdown(const ImpactDocument& impact, const Style& style) {
  return markdown_of(items_of(impact, style));
}
std::string plan_markdown(const plan::Plan& plan, const Style& style) {
  return markdown_of(items_of(plan, style)) + stages_markdown(plan);
}

}  // namespace postern::report

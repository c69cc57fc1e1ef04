// Many tenants as a page: the table, and a link to the page of each.
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/numbers.hpp"
#include "report/html/sections.hpp"
#include "report/tenants_report.hpp"

namespace postern::report {
namespace {

Own class_of_answer(const TenantRow& row) {
  if (row.answer == name_of(impact::Answer::nobody_breaks)) return Own("good");
  return row.answer == name_of(impact::Answer::not_determined) ? Own("ask") : Own("bad");
}

void write_row(Html& page, const TenantRow& row) {
  page << "<tr><th scope=\"row\">";
  if (row.file.empty()) {
    html::name(page, row.name);
  } else {
    // With a path before it, no name can be another scheme.
    page << "<a href=\"./";
    page.text(row.file) << "\">";
    html::name(page, row.name) << "</a>";
  }
  page << "</th><td class=\"" << class_of_answer(row) << "\">";
  page.text(row.answer) << "</td><td>";
  page.text(row.direct_send) << "</td><td class=\"number\">";
  page.text(grouped(row.lost.messages)) << "</td><td class=\"number\">";
  page.text(grouped(row.questions)) << "</td><td class=\"number\">";
  page.text(grouped(row.stopped)) << "</td><td>";
  html::name(page, row.next.does.empty() ? row.sentence : row.next.does) << "</td></tr>\n";
}

}  // namespace

std::string tenants_html(const TenantsDocument& document, const Style& style) {
  const std::string tenants = counted(document.rows.size(), "tenant");
  html::Frame frame;
  frame.title = "Direct Send: " + tenants;
  frame.about = tenants;
  Html page = html::page_for(style);
  html::begin(page, frame, style);
  std::size_t quiet = 0;
  for (const TenantRow& row : document.rows)
    quiet += row.answer == name_of(impact::Answer::nobody_breaks) ? 1 : 0;
  page << "<section aria-label=\"Answer\"><h1>";
  page.text(fmt::format("Of {}, nobody breaks at {}.", tenants, grouped(quiet)));
  page
      << "</h1>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: "
         "tenants\"><table><caption class=\"off\">Tenants</caption><thead><tr><th "
         "scope=\"col\">Tenant</th><th scope=\"col\">Result</th><th scope=\"col\">Switch</th><th "
         "scope=\"col\" class=\"number\">Lost for certain</th><th scope=\"col\" "
         "class=\"number\">Questions</th><th scope=\"col\" class=\"number\">Forged stopped</th><th "
         "scope=\"col\">Next</th></tr></thead><tbody>\n";
  for (const TenantRow& row : document.rows)
    write_row(page, row);
  page << "</tbody></table></div></section>\n";
  html::end(page, frame, style);
  return std::move(page).take();
}

}  // namespace postern::report

// How far to trust the report: what it can't show, what to mind, what was read.
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/numbers.hpp"
#include "report/html/sections.hpp"
#include "report/items.hpp"
#include "report/sender_words.hpp"

namespace postern::report::html {
namespace {

void write_list(Html& page, Own title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  page << "<h3>" << title << "</h3>\n<ul class=\"plain\">";
  std::set<std::string> said;
  for (const std::string& line : lines) {
    if (!said.insert(line).second) continue;
    page << "<li>";
    name(page, line) << "</li>\n";
  }
  page << "</ul>\n";
}

void write_evidence(Html& page, const impact::Report& report, const Style& style) {
  const impact::Totals& t = report.totals;
  page
      << "<h3>What was read</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
         "aria-label=\"Table: evidence\"><table><caption class=\"off\">Files of evidence</caption>"
         "<thead><tr><th scope=\"col\">Evidence</th><th scope=\"col\">Format</th><th scope=\"col\" "
         "class=\"number\">Rows</th><th scope=\"col\" "
         "class=\"number\">Bad</th></tr></thead><tbody>\n";
  for (const EvidenceFiles& line : evidence_files(report)) {
    page << "<tr><th scope=\"row\">";
    name(page, stable_path(line.file, style.folder));
    if (line.files > 1) {
      page << " (";
      page.text(counted(line.files, "file")) << ")";
    }
    page << "</th><td>";
    page.text(line.format) << "</td><td class=\"number\">";
    page.text(grouped(line.rows)) << "</td><td class=\"number\">";
    page.text(grouped(line.bad)) << "</td></tr>\n";
  }
  page << "</tbody></table></div>\n<p>";
  page.text(fmt::format("{} = {} used + {} not relevant + {} bad.", counted(t.rows, "row"),
                        grouped(t.used), grouped(t.not_relevant), grouped(t.bad)));
  if (t.not_relevant > 0) {
    page << " Not relevant: ";
    page.text(aside_sentence(t)) << ".";
  }
  page << "</p>\n";
}

}  // namespace

void write_trust(Html& page, const impact::Report* report, const plan::Plan* plan,
                 const audit::AuditReport* audit, const Style& style) {
  page << "<section id=\"trust\" aria-labelledby=\"h-trust\">\n<h2 id=\"h-trust\">How far to trust "
          "this</h2>\n";
  std::vector<std::string> hidden = {"senders that sent nothing while the evidence was recorded",
                                     "mail that was refused before it could be recorded"};
  if (plan != nullptr && !plan->proof.not_shown.empty()) hidden = plan->proof.not_shown;
  if (report != nullptr || plan != nullptr) write_list(page, "What this can’t show", hidden);
  std::vector<std::string> mind;
  if (report != nullptr) {
    for (const impact::Missing& missing : report->missing)
      mind.push_back(missing.text);
    mind.insert(mind.end(), report->contradictions.begin(), report->contradictions.end());
    mind.insert(mind.end(), report->remarks.begin(), report->remarks.end());
  }
  if (plan != nullptr) mind.insert(mind.end(), plan->warnings.begin(), plan->warnings.end());
  if (audit != nullptr) mind.insert(mind.end(), audit->remarks.begin(), audit->remarks.end());
  write_list(page, "Read with care", mind);
  if (report != nullptr) {
    write_evidence(page, *report, style);
    // A bad row may hold anything of a message.
    if (!page.redaction()) {
      std::vector<std::string> bad;
      for (impact::UnusableRow row : report->bad_rows) {
        row.place.file = stable_path(row.place.file, style.folder);
        bad.push_back(row.text());
      }
      write_list(page, "Bad rows, the first of them", bad);
    }
  }
  page << "</section>\n";
}

}  // namespace postern::report::html

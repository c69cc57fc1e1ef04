// What a plan changes over all mail there can be, seen or not: the exact difference of the tenant
// as it is and as planned.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/join.hpp"
#include "difference/difference.hpp"
#include "report/html/sections.hpp"
#include "report/text.hpp"

namespace postern::report::html {
namespace {

using difference::Change;
using difference::Difference;
using difference::Statement;

constexpr std::size_t most_statements = 40;

struct ChangeWords {
  Change change;
  Own title;
  Own none;
  Own tone;
};
// Newly accepted is what an attacker looks for; newly refused is what the plan is for.
constexpr std::array<ChangeWords, 3> changes{
    {{Change::newly_accepted, "Newly accepted", "Nothing that is refused today gets in.", "bad"},
     {Change::newly_refused, "Newly refused", "Nothing that is accepted today is refused.", "calm"},
     {Change::other_reply, "Refused with another reply", "", "calm"}}};

void write_witness(Html& page, const difference::Witness& witness) {
  page << "<p class=\"dim\">For example ";
  name(page, witness.client_ip) << " as ";
  name(page, witness.mail_from) << " to ";
  name(page, witness.rcpt_to);
  if (!witness.certificate.empty()) {
    page << ", certificate ";
    name(page, witness.certificate);
  } else {
    page << (witness.tls ? Own(", TLS") : Own(", no TLS"));
  }
  page << ": ";
  page.text(difference::text_of(witness.before)) << ", then ";
  page.text(difference::text_of(witness.after)) << ".</p>\n";
}

void write_statement(Html& page, const Statement& statement) {
  page << "<li>";
  name(page, difference::sentence_of(statement));
  for (const difference::Exception& exception : statement.exceptions) {
    page << "<br>unless ";
    name(page, difference::sentence_of(exception));
  }
  if (statement.as_before) {
    page << "<br>unless a connector takes it, as before";
    if (!statement.as_before_by.empty()) page << ": ";
    name(page, joined(statement.as_before_by));
  }
  if (statement.by_cause) {
    page << "<br>Too many to tell apart: this frame holds all of it, and other mail too.";
  }
  write_witness(page, statement.witness);
  page << "</li>\n";
}

void write_statements(Html& page, const Difference& difference, const ChangeWords& words) {
  std::vector<const Statement*> mine;
  for (const Statement& each : difference.statements) {
    if (each.change == words.change) mine.push_back(&each);
  }
  if (mine.empty() && words.none.text().empty()) return;
  page << "<div class=\"box\"><h3 class=\"" << (mine.empty() ? Own("calm") : words.tone) << "\">"
       << words.title << "</h3>";
  if (mine.empty()) page << "<p>" << words.none << "</p>";
  if (!mine.empty()) page << "<ul class=\"plain\">\n";
  for (std::size_t i = 0; i < mine.size() && i < most_statements; ++i)
    write_statement(page, *mine[i]);
  if (!mine.empty()) page << "</ul>";
  if (mine.size() > most_statements) {
    page << "<p>and ";
    page.text(counted(mine.size() - most_statements, "more statement"));
    page << ": <code>postern plan --output json</code> has all of them.</p>";
  }
  page << "</div>\n";
}

// Answers that Microsoft's documents leave open, under which it would be otherwise.
void write_readings(Html& page, const Difference& difference) {
  if (difference.readings.empty()) return;
  page << "<details class=\"paper\"><summary>What hangs on what Microsoft’s documents leave "
          "open</summary><ul class=\"plain\">\n";
  for (const difference::Reading& reading : difference.readings) {
    std::string answers;
    for (std::size_t i = 0; i < reading.keys.size(); ++i)
      append_item(answers, reading.keys[i] + " = " + reading.values[i], " and ");
    page << "<li>if ";
    name(page, answers) << ": ";
    page.text(counted(reading.parts.size(), "statement")) << " otherwise, such as: ";
    if (!reading.parts.empty()) {
      name(page, difference::sentence_of(reading.parts.front().statement));
    }
    page << "</li>\n";
  }
  page << "</ul></details>\n";
}

}  // namespace

void write_for_all_mail(Html& page, const Difference& difference) {
  page << "<section id=\"all-mail\" aria-labelledby=\"h-all-mail\">\n<h2 id=\"h-all-mail\">What "
          "would change, for all mail</h2>\n<p>Of every message there can be, seen or not: the "
          "tenant as it is, and as planned, decided for all of them.</p>\n";
  switch (difference.result) {
    case difference::Finding::not_determined:
      page << "<p class=\"ask\">Not determined: ";
      name(page, difference.why_not_determined) << "</p>\n";
      break;
    case difference::Finding::same:
      page << "<p>Nothing is refused, accepted or answered otherwise, for any mail.</p>\n";
      break;
    case difference::Finding::differs:
      for (const ChangeWords& words : changes)
        write_statements(page, difference, words);
      break;
  }
  for (const difference::Remark& remark : difference.remarks) {
    page << "<div class=\"box\"><b class=\"ask\">Nobody may expect that</b> ";
    name(page, remark.text) << "</div>\n";
  }
  if (difference.attribution_kinds > 0) {
    page << "<p class=\"dim\">Attributed otherwise, but accepted under both: ";
    page.text(counted(difference.attribution_kinds, "kind")) << " of mail.</p>\n";
  }
  write_readings(page, difference);
  if (!difference.combinations_examined) {
    page << "<p class=\"ask\">Not every combination of answers was looked at.</p>\n";
  }
  page << "</section>\n";
}

}  // namespace postern::report::html

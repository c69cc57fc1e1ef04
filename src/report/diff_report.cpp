#include "report/diff_report.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "difference/difference_json.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using difference::Change;
using difference::Difference;
using difference::Statement;

constexpr std::size_t most_shown = 12;

std::string quoted(const std::vector<std::string>& names) {
  return joined(names, [](const std::string& name) { return "'" + printable(name) + "'"; });
}

std::string witness_text(const difference::Witness& w) {
  std::string out = fmt::format("{} as {} to {}", w.client_ip, w.mail_from, w.rcpt_to);
  out += w.certificate.empty() ? (w.tls ? ", TLS" : ", no TLS") : ", certificate " + w.certificate;
  if (w.azure_communication_services) out += ", Azure Communication Services";
  out += fmt::format(": {}, then {}", difference::text_of(w.before), difference::text_of(w.after));
  if (!w.connector_after.empty()) out += " by '" + w.connector_after + "'";
  return out;
}

std::string statement_text(const Statement& statement, const Style& style) {
  std::string out = paragraph(printable(difference::sentence_of(statement)), style, "  ");
  for (const difference::Exception& exception : statement.exceptions) {
    out += paragraph("unless " + printable(difference::sentence_of(exception)), style, "      ");
  }
  if (statement.as_before) {
    out += paragraph("unless a connector takes it, as before" +
                         (statement.as_before_by.empty() ? std::string{}
                                                         : ": " + quoted(statement.as_before_by)),
                     style, "      ");
  }
  if (statement.by_cause) {
    out += paragraph("too many to tell apart: this frame holds all of it, and other mail too",
                     style, "      ");
  }
  return out +
         paragraph("for example " + printable(witness_text(statement.witness)), style, "      ");
}

std::string statements_text(const Difference& d, const Style& style) {
  std::string out;
  for (const Change change : {Change::newly_refused, Change::newly_accepted, Change::other_reply}) {
    std::size_t shown = 0;
    std::size_t all = 0;
    for (const Statement& statement : d.statements) {
      if (statement.change != change) continue;
      ++all;
      if (shown == most_shown) continue;
      ++shown;
      out += statement_text(statement, style);
    }
    if (all > shown) {
      out += paragraph(fmt::format("and {} more that are {} (all in --output json)", all - shown,
                                   difference::words_of(change)),
                       style, "  ");
    } else if (all == 0 && change != Change::other_reply && !d.statements.empty()) {
      out += fmt::format("  {}: nothing\n", difference::words_of(change));
    }
  }
  return out;
}

std::string part_text(const difference::Reading::Part& part) {
  const std::string sentence = difference::sentence_of(part.statement);
  if (part.change == Change::none) {
    return fmt::format("not {}: {}", difference::words_of(part.instead_of),
                       part.statement.where.text()) +
           (part.statement.acs == difference::Acs::alone ? " (Azure Communication Services alone)"
                                                         : "");
  }
  if (part.instead_of == Change::none) return sentence + " (too)";
  return sentence + fmt::format(" (in place of: {})", difference::words_of(part.instead_of));
}

std::string readings_text(const Difference& d, const Style& style) {
  constexpr std::size_t most_parts = 4;
  std::string out;
  if (d.readings.empty()) {
    if (d.examined_choices.empty()) return out;
    return paragraph(
        fmt::format(
            "None of what Microsoft's documents leave open matters here ({}){}.",
            joined(d.examined_choices),
            d.combinations_examined ? "" : "; not every combination of answers was looked at"),
        style, {});
  }
  out += paragraph("What hangs on what Microsoft's documents leave open (docs/choices.md):", style);
  for (const difference::Reading& reading : d.readings) {
    std::string answers;
    for (std::size_t i = 0; i < reading.keys.size(); ++i)
      append_item(answers, reading.keys[i] + " = " + reading.values[i], " and ");
    out += paragraph("if " + printable(answers) + ":", style, "  ");
    for (std::size_t i = 0; i < reading.parts.size() && i < most_parts; ++i)
      out += paragraph(printable(part_text(reading.parts[i])), style, "    ");
    if (reading.parts.size() > most_parts) {
      out += fmt::format("    and {} more (all in --output json)\n",
                         reading.parts.size() - most_parts);
    }
  }
  if (!d.combinations_examined) out += "  Not every combination of answers was looked at.\n";
  return out;
}

std::string result_text(const Difference& d, const Style& style) {
  switch (d.result) {
    case difference::Finding::same:
      return style.green("Nothing is refused, accepted or answered otherwise, for any mail.") +
             "\n";
    case difference::Finding::differs:
      return style.bold("They differ:") + "\n";
    case difference::Finding::not_determined:
      break;
  }
  return paragraph("Not determined: " + printable(d.why_not_determined), style, {});
}

}  // namespace

std::string difference_text(const Difference& d, const Style& style) {
  std::string out = result_text(d, style) + statements_text(d, style);
  if (!d.remarks.empty()) {
    out += "\nNobody may expect that\n";
    for (const difference::Remark& remark : d.remarks)
      out += paragraph(printable(remark.text), style, "  - ");
  }
  if (d.attribution_kinds > 0) {
    out += "\n" + paragraph(fmt::format("Attributed otherwise, but accepted under both: {}{}",
                                        counted(d.attribution_kinds, "kind") + " of mail",
                                        d.attribution_connectors.empty()
                                            ? std::string{}
                                            : " (" + quoted(d.attribution_connectors) + ")"),
                            style, {});
  }
  const std::string readings = readings_text(d, style);
  return readings.empty() ? out : out + "\n" + readings;
}

std::string notes_text(const Difference& d, const Style& style) {
  std::string out;
  for (const std::string& note : d.notes)
    out += "\n" + paragraph(printable(note), style, "Note: ");
  return out;
}

std::string diff_text(const DiffDocument& document, const Style& style) {
  const Difference& d = document.difference;
  std::string out = style.bold("Difference") + "\n";
  out += paragraph(printable(document.before), style, "  before  ");
  out += paragraph(printable(document.after), style, "  after   ");
  for (const std::string& change : document.changes)
    out += paragraph(printable(change), style, "     with ");
  out += "\n" + difference_text(d, style) + notes_text(d, style);
  if (d.kinds > 0) {
    out += paragraph(
        fmt::format(
            "Nothing else changes: {} kinds stand for all mail that is not signed in. A "
            "certificate with several names counts as the best of them. How accepted domains "
            "are delivered (DomainType) and enhanced filtering are not looked at.",
            grouped(d.kinds)),
        style, {});
  }
  return out;
}

std::string diff_json(const DiffDocument& document, const Style& /*style*/) {
  Json out = {{"schema", "postern/diff/1"},
              {"before", document.before},
              {"after", document.after},
              {"changes", document.changes}};
  out.update(difference::difference_json(document.difference));
  return document_text(out);
}

}  // namespace postern::report

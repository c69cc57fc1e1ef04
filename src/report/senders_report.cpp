#include "report/senders_report.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using impact::AnswerEffect;

std::string headline(const SendersDocument& document) {
  const SendersSummary summary = summary_of(document.entries);
  std::string out = fmt::format(
      "{}: {}", document.file,
      document.entries.size() == 1 ? "1 entry" : grouped(document.entries.size()) + " entries");
  if (summary.open > 0) out += fmt::format(", {} not answered", grouped(summary.open));
  if (summary.faulty > 0) out += fmt::format(", {} to mend", grouped(summary.faulty));
  return out + (summary.open + summary.faulty == 0 ? ", all answered." : ".");
}

std::string entry_text(const AnswerEffect& entry, bool with_evidence, const Style& style) {
  std::string out = style.bold(printable(entry.name)) + "  " + printable(entry.answer) +
                    style.dim("  " + printable(entry.where)) + "\n";
  const auto line = [&](std::string_view label, const std::string& text) {
    out += paragraph(text, style, fmt::format("    {:<10}", label));
  };
  line("does", entry.does);
  if (with_evidence && !entry.senders.empty()) {
    line("about",
         fmt::format("{}: {}, of which {} would be refused, or may be", joined(entry.senders),
                     counted(entry.messages, "message"), grouped(entry.refused)));
  }
  if (!entry.connector.empty()) {
    out += fmt::format("    {:<10}{}\n", entry.is_open ? "if kept" : "connector",
                       printable(entry.connector));
  }
  for (const std::string& remark : entry.remarks)
    line("note", remark);
  for (const std::string& fault : entry.faults)
    out += coloured(style, Colour::red, "    mend      ") +
           paragraph(fault, style, std::string(14, ' ')).substr(14);
  return out;
}

}  // namespace

SendersSummary summary_of(const std::vector<AnswerEffect>& entries) {
  SendersSummary out;
  for (const AnswerEffect& entry : entries) {
    out.open += entry.is_open ? 1 : 0;
    out.faulty += entry.faults.empty() ? 0 : 1;
  }
  return out;
}

std::string senders_text(const SendersDocument& document, const Style& style) {
  std::string out = style.bold(paragraph(headline(document), style)) + "\n";
  for (const AnswerEffect& entry : document.entries)
    out += entry_text(entry, document.with_evidence, style);
  if (!document.period_asked.empty())
    out += "\n" + paragraph("Of the evidence, mail " + document.period_asked + " counts.", style);
  if (!document.with_evidence) {
    out += "\n" + paragraph(
                      "No evidence was given: which senders the entries hold, and the "
                      "connectors that keeping them takes, is not shown.",
                      style);
  }
  return out;
}

std::string senders_json(const SendersDocument& document, const Style& /*style*/) {
  Json entries = Json::array();
  for (const AnswerEffect& entry : document.entries) {
    entries.push_back(
        {{"name", entry.name},
         {"where", entry.where},
         {"answer", entry.answer},
         {"open", entry.is_open},
         {"does", entry.does},
         {"senders", entry.senders},
         {"messages", entry.messages},
         {"refused", entry.refused},
         {"connector", entry.connector.empty() ? Json(nullptr) : Json(entry.connector)},
         {"faults", entry.faults},
         {"remarks", entry.remarks}});
  }
  const SendersSummary summary = summary_of(document.entries);
  return document_text({{"schema", "postern/senders/1"},
                        {"file", document.file},
                        {"tenant", document.tenant},
                        {"with_evidence", document.with_evidence},
                        {"period_asked", document.period_asked},
                        {"open", summary.open},
                        {"faulty", summary.faulty},
                        {"entries", std::move(entries)}});
}

}  // namespace postern::report

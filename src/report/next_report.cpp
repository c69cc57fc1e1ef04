#include "report/next_report.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using plan::Check;
using plan::Next;

Colour colour_of_check(Check check) {
  return check == Check::holds   ? Colour::green
         : check == Check::fails ? Colour::red
                                 : Colour::yellow;
}

std::string_view state_of(const Next& next, std::size_t stage) {
  return stage < next.due ? "done" : stage == next.due ? "due" : "later";
}

// "12 new messages (400 are older) from 2 files"
std::string evidence_words(const Next& next) {
  if (next.files == 0) return "No evidence was given.";
  std::string out =
      fmt::format("{} from {}: {} since {}", counted(next.messages + next.earlier, "message"),
                  counted(next.files, "file"), grouped(next.messages), format_time(next.from));
  if (next.earlier > 0) out += fmt::format(", {} older, which tell nothing", grouped(next.earlier));
  if (next.undated > 0) out += fmt::format("; {} without a time", grouped(next.undated));
  return out + '.';
}

std::string finding_text(const plan::Finding& finding, const Style& style) {
  const std::string who =
      finding.sender.empty() ? "whoever has its addresses" : printable(finding.sender);
  std::string line = fmt::format("{}: {}", who, finding.says);
  if (finding.since) line += fmt::format(" (made {})", format_time(*finding.since));
  return coloured(style, colour_of_check(finding.check),
                  paragraph(line, style, fmt::format("  {:<11}", name_of(finding.check))));
}

void add_list(std::string& out, std::string_view title, const std::vector<std::string>& list,
              const Style& style) {
  if (list.empty()) return;
  out += "\n" + style.bold(title) + "\n";
  for (const std::string& each : list)
    out += paragraph(printable(each), style, "  - ");
}

std::string commands_text(const std::vector<tenant::Cmdlet>& cmdlets) {
  std::string out;
  for (const tenant::Cmdlet& cmdlet : cmdlets) {
    const auto line = tenant::powershell(cmdlet);
    out += "  " + (line ? *line : printable(line.error().line())) + "\n";
  }
  return out;
}

Json time_json(const std::optional<UnixTime>& time) {
  return time ? Json(format_time(*time)) : Json(nullptr);
}

Json commands_json(const std::vector<tenant::Cmdlet>& cmdlets) {
  Json out = Json::array();
  for (const tenant::Cmdlet& cmdlet : cmdlets) {
    out.push_back(
        {{"cmdlet", cmdlet.name}, {"parameters", Json::parse(tenant::json_parameters(cmdlet))}});
  }
  return out;
}

Json sighting_json(const plan::Finding& f) {
  Json out{{"sender", f.sender},
           {"connector", f.connector.empty() ? Json(nullptr) : Json(f.connector)},
           {"check", name_of(f.check)},
           {"says", f.says},
           {"since", time_json(f.since)}};
  if (f.connector.empty()) {
    out["messages"] = {{"passes", f.moves.passes},
                       {"refused", f.moves.refused},
                       {"untold", f.moves.untold},
                       {"earlier", f.moves.earlier}};
  } else {
    out["messages"] = {{"taken", f.seen.taken},       {"missed", f.seen.missed},
                       {"too_soon", f.seen.too_soon}, {"refused", f.seen.refused},
                       {"by_other", f.seen.by_other}, {"untold", f.seen.untold},
                       {"earlier", f.seen.earlier}};
  }
  out["first"] = time_json(f.connector.empty() ? f.moves.first : f.seen.first);
  out["last"] = time_json(f.connector.empty() ? f.moves.last : f.seen.last);
  return out;
}

}  // namespace

std::string next_text(const Next& next, const Style& style) {
  std::string out = style.bold("Next stage of the plan: " + printable(next.tenant)) + "\n";
  out += paragraph(fmt::format("Plan {} of {}; tenant from {}.", printable(next.file),
                               format_time(next.plan_made_at), printable(next.source)),
                   style);
  out += paragraph(evidence_words(next), style);
  out += "\n" +
         coloured(style, colour_of_check(next.check), paragraph(printable(next.sentence), style));
  out += "\n" + style.bold("Stages") + "\n";
  for (std::size_t i = 0; i < next.stages.size(); ++i) {
    out += fmt::format("  {:<6} {}. {}\n", state_of(next, i), i + 1, title_of(next.stages[i]));
  }
  if (!next.findings.empty()) {
    out += "\n" + style.bold("Mail that it looks for") + "\n";
    for (const plan::Finding& finding : next.findings)
      out += finding_text(finding, style);
  }
  add_list(out, "What does not hold", next.fails, style);
  add_list(out, "What is not known", next.lacks, style);
  if (next.others_refused > 0) {
    out += "\n" +
           paragraph(
               "Of what you call forged, refused: " + counted(next.others_refused, "message") + '.',
               style);
  }
  if (!next.commands.empty()) {
    out += "\n" + style.bold("Its commands") + "\n" + commands_text(next.commands);
    out += style.bold("The way back") + "\n" + commands_text(next.undo);
  }
  return out;
}

std::string next_json(const Next& next, const Style& /*style*/) {
  Json stages = Json::array();
  for (std::size_t i = 0; i < next.stages.size(); ++i) {
    stages.push_back({{"number", i + 1},
                      {"kind", name_of(next.stages[i])},
                      {"title", title_of(next.stages[i])},
                      {"state", state_of(next, i)}});
  }
  Json findings = Json::array();
  for (const plan::Finding& finding : next.findings)
    findings.push_back(sighting_json(finding));
  return document_text(
      Json{{"schema", "postern/plan-next/1"},
           {"plan", {{"file", next.file}, {"made", format_time(next.plan_made_at)}}},
           {"tenant", {{"name", next.tenant}, {"source", next.source}}},
           {"due", next.due < next.stages.size() ? Json(next.due + 1) : Json(nullptr)},
           {"check", name_of(next.check)},
           {"sentence", next.sentence},
           {"stages", std::move(stages)},
           {"findings", std::move(findings)},
           {"fails", next.fails},
           {"lacks", next.lacks},
           {"forged_refused", next.others_refused},
           {"commands", commands_json(next.commands)},
           {"undo", commands_json(next.undo)},
           {"evidence",
            {{"files", next.files},
             {"from", format_time(next.from)},
             {"messages", next.messages},
             {"earlier", next.earlier},
             {"undated", next.undated},
             {"last", time_json(next.last)}}}});
}

}  // namespace postern::report

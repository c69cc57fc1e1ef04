#include "report/controls_report.hpp"

#include <utility>

#include "base/join.hpp"
#include "report/audit_parts.hpp"
#include "report/csv.hpp"
#include "report/json_parts.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

// "CISA MS.EXO.1.1v2, Maester MT.1062".
std::string elsewhere(const audit::Control& control) {
  std::string out;
  for (const audit::Equivalent& each : control.equivalents)
    append_item(out, each.framework + ' ' + each.id);
  return out;
}

// What it looks at: a property, or an evaluator of ours.
std::string looks_at(const audit::Check& check) {
  return check.evaluator.empty() ? check.property + " = " + check.expect : check.evaluator;
}

}  // namespace

std::string controls_text(const ControlsDocument& document, const Style& style) {
  std::string out = style.bold(counted(document.controls.size(), "control")) + "\n\n";
  Table table({{"control", Align::left},
               {"title", Align::left, 18, true},
               {"the same elsewhere", Align::left, 12, true}});
  for (const audit::Control& control : document.controls)
    table.add({control.id, control.title, elsewhere(control)});
  return out + table.text(style) + "\n" +
         paragraph("Judge one alone with postern audit TENANT --control ID.", style);
}

std::string controls_json(const ControlsDocument& document, const Style& /*style*/) {
  Json controls = Json::array();
  for (const audit::Control& control : document.controls) {
    controls.push_back({{"id", control.id},
                        {"title", control.title},
                        {"profile", control.profile},
                        {"looks_at", looks_at(control.check)},
                        {"rationale", control.rationale},
                        {"impact", control.impact},
                        {"remedy", control.remedy},
                        {"command", control.command},
                        {"lifecycle", json_lifecycle(control)},
                        {"equivalents", json_equivalents(control)},
                        {"where", control.where.text()}});
  }
  return document_text({{"schema", "postern/controls/1"}, {"controls", std::move(controls)}});
}

std::string controls_csv(const ControlsDocument& document, const Style& style) {
  std::string out = csv_line({"id", "title", "profile", "looks_at", "rationale", "impact", "remedy",
                              "command", "equivalents", "where"},
                             style);
  for (const audit::Control& control : document.controls) {
    out += csv_line(
        {control.id, control.title, control.profile, looks_at(control.check), control.rationale,
         control.impact, control.remedy, control.command, elsewhere(control), control.where.text()},
        style);
  }
  return out;
}

}  // namespace postern::report

// The plan for those who run its commands elsewhere.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "impact/missing.hpp"
#include "plan/plan.hpp"

namespace postern::plan {
namespace {

// A comment of one line: nothing in it may end the line.
std::string comment(std::string_view text) {
  std::string out = "# ";
  std::string safe = printable(text);
  for (const std::string_view separator : {"\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    for (std::size_t at; (at = safe.find(separator)) != std::string::npos;)
      safe.replace(at, separator.size(), " ");
  }
  return out + safe + "\n";
}

std::string head(const Plan& plan, std::string_view title) {
  std::string out = comment(fmt::format("{} - {}", title, plan.tenant.name));
  out +=
      comment(fmt::format("{}, {}, from {}", plan.made_by, format_time(plan.made_at), plan.source));
  out += comment("Tenant as read: " + plan.fingerprint);
  // Stops at the first error, so that the switch is never turned without the connectors.
  return out + "$ErrorActionPreference = 'Stop'\n";
}

// What the tenant must say after a step. Front ends hear of a change one after the other, so it is
// asked for a while: half an hour, which is what Microsoft gives for the switch.
Result<std::string> read_back(const Step& step) {
  std::string asked = "(Get-OrganizationConfig).RejectDirectSend";
  std::string what = "RejectDirectSend does not read back as on";
  if (step.after) {
    const auto name = tenant::powershell_text(step.after->name);
    if (!name) return tl::unexpected(name.error());
    asked = fmt::format("(Get-InboundConnector -Identity {} -ErrorAction SilentlyContinue).Enabled",
                        *name);
    what = fmt::format("connector {} does not read back as enabled", step.after->name);
    // A connector that is meant to be off is read back as it is.
    if (!step.after->enabled) return std::string();
  }
  const auto fault = tenant::powershell_text(what);
  if (!fault) return tl::unexpected(fault.error());
  return fmt::format(
      "$until = (Get-Date).AddMinutes(30)\n"
      "while (-not {}) {{ if ((Get-Date) -gt $until) {{ throw {} }}; Start-Sleep -Seconds 15 }}\n",
      asked, *fault);
}

Result<std::string> step_script(const Step& step) {
  const auto line = tenant::powershell(step.cmdlet());
  if (!line) return line;
  std::string out = "\n" + comment(step.does);
  for (const std::string& name : step.covers)
    out += comment("  for " + name);
  for (const std::string& warning : step.warnings)
    out += comment("  mind: " + warning);
  const auto back = read_back(step);
  if (!back) return back;
  return out + *line + "\n" + *back;
}

// What the proof lacks, and what mends it.
std::string_view why_not_proven(const Plan& plan) {
  const auto& missing = plan.proof.conclusion.missing;
  const bool has_evidence = std::none_of(
      missing.begin(), missing.end(),
      [](const impact::Missing& each) { return each.kind == impact::Missing::Kind::no_evidence; });
  if (!has_evidence) {
    return "No evidence tells whom the switch would refuse. Plan again with evidence of your "
           "mail; ";
  }
  if (plan.proof.holds == Holds::no) {
    return "The plan does not hold, as the line below says. Mend it and plan again; ";
  }
  return "Whether the plan holds is not known, as the line below says. Settle what is open and "
         "plan "
         "again; ";
}

// The switch is not turned where nothing shows that it harms nobody.
Result<std::string> stop_unless_proven(const Plan& plan) {
  if (plan.proof.holds == Holds::yes) return std::string();
  const auto why = tenant::powershell_text("not turned: " + printable(plan.proof.statement));
  if (!why) return why;
  return "\n" +
         comment(std::string(why_not_proven(plan)) +
                 "who turns the switch all the same takes the next line away.") +
         "throw " + *why + "\n";
}

// Before the switch: every connector is there, whoever ran the script before and when.
Result<std::string> connectors_are_there(const Plan& plan) {
  std::string out;
  for (const Step& step : plan.steps) {
    if (!step.after) continue;
    const auto back = read_back(step);
    if (!back) return back;
    out += *back;
  }
  return out.empty() ? out : "\n" + comment("the connectors before the switch") + out;
}

Result<std::string> undo_step_script(const Step& step) {
  const auto line = tenant::powershell(step.undo());
  if (!line) return tl::unexpected(line.error());
  return "\n" + comment("takes back: " + step.does) + *line + "\n";
}

bool is_switch(const Step& step) {
  return step.kind == Step::Kind::turn_switch;
}

}  // namespace

Result<std::string> apply_script(const Plan& plan) {
  std::string out = head(plan, "Reject Direct Send");
  out += comment(plan.proof.statement);
  for (const Step& step : plan.steps) {
    const auto stop = is_switch(step) ? stop_unless_proven(plan) : std::string();
    const auto text = step_script(step);
    if (!stop) return stop;
    if (!text) return text;
    out += *stop + *text;
  }
  return out;
}

Result<std::string> undo_script(const Plan& plan) {
  std::string out = head(plan, "Take it back: reject Direct Send");
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) {
    const auto text = undo_step_script(*step);
    if (!text) return text;
    out += *text;
  }
  return out;
}

Result<std::vector<Script>> stage_scripts(const Plan& plan) {
  Script connectors{"1-connectors.ps1", head(plan, "Stage 1: the connectors")};
  Script turn{"2-switch.ps1", head(plan, "Stage 2: the switch")};
  Script undo_turn{"undo-1-switch.ps1", head(plan, "Take stage 2 back: the switch")};
  Script undo_connectors{"undo-2-connectors.ps1", head(plan, "Take stage 1 back: the connectors")};
  connectors.text += comment(
      "Then wait until mail of each sender is seen to come through its connector (EmailEvents' "
      "Connectors, message trace), before stage 2.");
  turn.text += comment(plan.proof.statement);
  const auto stop = stop_unless_proven(plan);
  if (!stop) return tl::unexpected(stop.error());
  const auto there = connectors_are_there(plan);
  if (!there) return tl::unexpected(there.error());
  turn.text += *stop + *there;
  undo_connectors.text += comment("First take the switch back.");
  for (const Step& step : plan.steps) {
    const auto text = step_script(step);
    if (!text) return tl::unexpected(text.error());
    (is_switch(step) ? turn : connectors).text += *text;
  }
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) {
    const auto text = undo_step_script(*step);
    if (!text) return tl::unexpected(text.error());
    (is_switch(*step) ? undo_turn : undo_connectors).text += *text;
  }
  return std::vector<Script>{std::move(connectors), std::move(turn), std::move(undo_turn),
                             std::move(undo_connectors)};
}

}  // namespace postern::plan

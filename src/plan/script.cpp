// The plan for those who run its commands elsewhere: a script a stage.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "impact/missing.hpp"
#include "plan/plan.hpp"
#include "plan/script_file.hpp"
#include "tenant/connector_properties.hpp"

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

// How the heads of scripts begin; the first line ends with the tenant's name.
constexpr std::string_view of_a_stage = "# Stage ", of_a_way_back = "# Take stage ",
                           third_line = "# Tenant as read: ", undo = "undo-";

std::string head(const Plan& plan, std::string_view title) {
  std::string out = comment(fmt::format("{} - {}", title, plan.tenant.name));
  out +=
      comment(fmt::format("{}, {}, from {}", plan.made_by, format_time(plan.made_at), plan.source));
  out += std::string(third_line) + plan.fingerprint + "\n";
  // Stops at the first error, so that the switch is never turned without the connectors.
  return out + "$ErrorActionPreference = 'Stop'\n";
}

// Front ends hear of a change one after the other, so what must be there is asked for a while: half
// an hour, which is what Microsoft gives for the switch. Both are PowerShell.
std::string wait_for(std::string_view asked, std::string_view fault) {
  return fmt::format(
      "$until = (Get-Date).AddMinutes(30)\n"
      "while (-not {}) {{ if ((Get-Date) -gt $until) {{ throw {} }}; Start-Sleep -Seconds 15 }}\n",
      asked, fault);
}

// What a property must say, in PowerShell, of a connector in $_. A list is in $wanted: Exchange has
// an order of its own for it, and may say "smtp:contoso.com;1" and "203.0.113.7/32".
Result<std::string> condition_of(std::string_view property, const tenant::PropertyValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) {
    return fmt::format("$_.{} -eq {}", property, *flag ? "$true" : "$false");
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (text->empty()) return fmt::format("-not $_.{}", property);
    auto wanted = tenant::powershell_text(*text);
    if (!wanted) return wanted;
    return fmt::format("$_.{} -eq {}", property, *wanted);
  }
  constexpr std::string_view plain = "-split ',' -replace '^smtp:|;1$|/32$' | Sort-Object";
  return fmt::format("((@($_.{}) -join ',' {}) -join ',') -eq (($wanted {}) -join ',')", property,
                     plain, plain);
}

Result<std::string> wait_for_property(const std::string& connector, std::string_view property,
                                      const tenant::PropertyValue& value) {
  auto name = tenant::powershell_text(connector);
  auto condition = condition_of(property, value);
  auto fault = tenant::powershell_text(
      fmt::format("connector {} does not read back as planned: {}", connector, property));
  if (!name) return name;
  if (!condition) return condition;
  if (!fault) return fault;
  std::string out;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    auto wanted = tenant::powershell_text(joined(*list, ","));
    if (!wanted) return wanted;
    out = "$wanted = " + *wanted + "\n";
  }
  return out + wait_for(fmt::format("(Get-InboundConnector -Identity {} -ErrorAction "
                                    "SilentlyContinue | Where-Object {{ {} }})",
                                    *name, *condition),
                        *fault);
}

constexpr std::string_view switch_asked = "(Get-OrganizationConfig).RejectDirectSend";

std::string connector_asked(const std::string& quoted_name) {
  return fmt::format("(Get-InboundConnector -Identity {} -ErrorAction SilentlyContinue)",
                     quoted_name);
}

// The properties of a step's connector that have an effect on mail, as the tenant must show them
// afterwards: of one that is made all that its type has, since somebody may have edited it since;
// of one that is changed those that change. `from` is what it was.
std::vector<std::pair<std::string_view, tenant::PropertyValue>> wanted_of(
    const std::optional<policy::InboundConnector>& from, const policy::InboundConnector& to) {
  std::vector<std::pair<std::string_view, tenant::PropertyValue>> out;
  if (from) {
    for (const tenant::PropertyChange& change : tenant::effective_changes(*from, to))
      out.emplace_back(change.property->name, change.after);
    return out;
  }
  for (const tenant::ConnectorProperty& property : tenant::connector_properties()) {
    if (property.effect == tenant::ConnectorProperty::Effect::none ||
        property.in_new == tenant::ConnectorProperty::InNew::never || property.name == "Name" ||
        !tenant::applies(property, to.type)) {
      continue;
    }
    out.emplace_back(property.name, tenant::canonical(property, to));
  }
  return out;
}

// Enabled first: without it nothing else counts.
Result<std::string> wait_for_connector(const std::optional<policy::InboundConnector>& from,
                                       const policy::InboundConnector& to) {
  auto out = wait_for_property(to.name, "Enabled", to.enabled);
  for (const auto& [property, value] : wanted_of(from, to)) {
    if (property == "Enabled") continue;
    const auto more = wait_for_property(to.name, property, value);
    if (!out || !more) return out ? more : out;
    *out += *more;
  }
  return out;
}

// What the tenant must say after a step, as postern apply reads it back.
Result<std::string> read_back(const Step& step) {
  if (step.after) return wait_for_connector(step.before, *step.after);
  auto fault = tenant::powershell_text("RejectDirectSend does not read back as on");
  if (!fault) return fault;
  return wait_for(switch_asked, *fault);
}

// What it must say once a step is taken back.
Result<std::string> read_back_undone(const Step& step) {
  if (step.after && step.before) return wait_for_connector(step.after, *step.before);
  if (step.after) {
    auto name = tenant::powershell_text(step.after->name);
    auto fault =
        tenant::powershell_text(fmt::format("connector {} is still there", step.after->name));
    if (!name) return name;
    if (!fault) return fault;
    return wait_for(fmt::format("(-not {})", connector_asked(*name)), *fault);
  }
  auto fault = tenant::powershell_text("RejectDirectSend does not read back as off");
  if (!fault) return fault;
  // A while longer: another front end may not have heard of it, and connectors go next.
  return wait_for(fmt::format("(-not {})", switch_asked), *fault) + "Start-Sleep -Seconds 60\n";
}

Result<std::string> step_script(const Step& step) {
  auto line = tenant::powershell(step.cmdlet());
  if (!line) return line;
  std::string out = "\n" + comment(step.does);
  for (const std::string& name : step.covers)
    out += comment("  for " + name);
  for (const std::string& warning : step.warnings)
    out += comment("  mind: " + warning);
  auto back = read_back(step);
  if (!back) return back;
  return out + *line + "\n" + *back;
}

// What the proof lacks, and what mends it.
std::string_view why_not_proven(const Verdict& release) {
  const auto& missing = release.conclusion.missing;
  const bool has_evidence = std::none_of(
      missing.begin(), missing.end(),
      [](const impact::Missing& each) { return each.kind == impact::Missing::Kind::no_evidence; });
  if (!has_evidence) {
    return "No evidence tells whom this would refuse. Plan again with evidence of your mail; ";
  }
  if (release.holds == Holds::no) {
    return "The plan does not hold, as the line below says. Mend it and plan again; ";
  }
  return "Whether the plan holds is not known, as the line below says. Settle what is open and "
         "plan "
         "again; ";
}

// Nothing is changed where nothing shows that it harms nobody.
Result<std::string> stop_unless_released(const Plan& plan, Stage::Kind kind) {
  const Verdict release = release_of(plan.proof, kind);
  if (release.holds == Holds::yes) return std::string();
  const bool turns = kind == Stage::Kind::turn_switch;
  auto why = tenant::powershell_text((turns ? "not turned: " : "not made: ") +
                                     printable(release.statement));
  if (!why) return why;
  return "\n" +
         comment(fmt::format("{}who {} all the same takes the next line away.",
                             why_not_proven(release),
                             turns ? "turns the switch" : "makes the connectors")) +
         "throw " + *why + "\n";
}

// Every connector is there, whoever ran the script before and when.
Result<std::string> connectors_are_there(const Plan& plan, std::string_view why) {
  std::string out;
  for (const Step& step : plan.steps) {
    if (!step.after) continue;
    auto back = read_back(step);
    if (!back) return back;
    out += *back;
  }
  return out.empty() ? out : "\n" + comment(why) + out;
}

// What was never made, or is gone already, does not stop the way back of the rest.
std::string if_there(std::string_view asked, std::string_view line) {
  return fmt::format("if ({}) {{ {} }}\n", asked, line);
}

Result<std::string> undo_step_script(const Step& step) {
  const auto line = tenant::powershell(step.undo());
  auto back = read_back_undone(step);
  if (!line) return tl::unexpected(line.error());
  if (!back) return back;
  std::string out = "\n" + comment("takes back: " + step.does);
  if (step.kind == Step::Kind::create_connector) {
    auto name = tenant::powershell_text(step.after->name);
    if (!name) return name;
    out += if_there(connector_asked(*name), *line);
  } else {
    out += *line + "\n";
  }
  return out + *back;
}

// With the switch on and the connectors gone legitimate mail is refused, whoever turned it. Where
// it was on before there were the connectors, it is none of this plan's.
Result<std::string> stop_while_switch_is_on(const Plan& plan) {
  if (plan.tenant.reject_direct_send == policy::RejectDirectSend::on) return std::string();
  auto why = tenant::powershell_text(
      "RejectDirectSend is on: take the switch back first, or mail that the connectors let in is "
      "refused");
  if (!why) return why;
  return fmt::format("\nif ({}) {{ throw {} }}\n", switch_asked, *why);
}

std::string rule_asked(const std::string& quoted_name) {
  return fmt::format("(Get-TransportRule -Identity {} -ErrorAction SilentlyContinue).Mode",
                     quoted_name);
}

// A rule that is there answers with its mode.
Result<std::string> rule_is_there() {
  auto name = tenant::powershell_text(rule_name);
  auto fault = tenant::powershell_text(fmt::format("rule {} does not read back", rule_name));
  if (!name) return name;
  if (!fault) return fault;
  return wait_for(rule_asked(*name), *fault);
}

// What somebody who makes the plan's stages by hand needs to know of those to look for.
std::string looked_for(const Stage& stage) {
  std::string out;
  for (const ExpectedMail& mail : stage.expects) {
    out += comment(fmt::format("  mail of {} names {}",
                               mail.sender.empty() ? "whoever has its addresses" : mail.sender,
                               mail.connector));
  }
  for (const UnreachedSender& sender : stage.unreached)
    out += comment("  for " + sender.sender);
  return out;
}

Result<std::string> commands_of(const Plan& plan, const Stage& stage) {
  std::string out;
  for (const std::size_t step : stage.steps) {
    auto text = step_script(plan.steps[step]);
    if (!text) return text;
    out += *text;
  }
  if (stage.kind != Stage::Kind::rule) return out;
  for (const tenant::Cmdlet& cmdlet : stage.cmdlets(plan.steps)) {
    auto line = tenant::powershell(cmdlet);
    if (!line) return line;
    out += "\n" + *line + "\n";
  }
  auto back = rule_is_there();
  if (!back) return back;
  return out + *back;
}

// Beside what a stage runs: what it asks of the tenant first, or instead.
Result<std::string> questions_of(const Plan& plan, const Stage& stage) {
  switch (stage.kind) {
    case Stage::Kind::connectors:
      return stop_unless_released(plan, stage.kind);
    case Stage::Kind::rule:  // in test mode: it stops no mail
      return std::string();
    case Stage::Kind::look:
      return connectors_are_there(plan, "the connectors that mail is looked for of");
    case Stage::Kind::turn_switch: {
      auto stop = stop_unless_released(plan, stage.kind);
      if (!stop) return stop;
      auto there = connectors_are_there(plan, "the connectors before the switch");
      if (!there) return there;
      return *stop + *there;
    }
    case Stage::Kind::watch:
      break;
  }
  auto there = connectors_are_there(plan, "what the plan made is still there");
  auto on = read_back(plan.steps.back());
  if (!there) return there;
  if (!on) return on;
  return *there + *on;
}

Result<std::string> stage_text(const Plan& plan, const Stage& stage) {
  std::string out = comment(stage.does) + looked_for(stage);
  if (stage.kind == Stage::Kind::turn_switch) out += comment(plan.proof.statement);
  auto questions = questions_of(plan, stage);
  auto commands = commands_of(plan, stage);
  if (!questions) return questions;
  if (!commands) return commands;
  return out + *questions + *commands + "\n" + comment("What must hold then: " + stage.check) +
         comment("postern plan next tells whether it does.");
}

Result<std::string> undo_text(const Plan& plan, const Stage& stage) {
  std::string out;
  if (stage.kind == Stage::Kind::connectors) {
    auto stop = stop_while_switch_is_on(plan);
    if (!stop) return stop;
    out += *stop;
  }
  for (auto step = stage.steps.rbegin(); step != stage.steps.rend(); ++step) {
    auto text = undo_step_script(plan.steps[*step]);
    if (!text) return text;
    out += *text;
  }
  if (stage.kind != Stage::Kind::rule) return out;
  auto name = tenant::powershell_text(rule_name);
  if (!name) return name;
  for (const tenant::Cmdlet& cmdlet : stage.undo(plan.steps)) {
    auto line = tenant::powershell(cmdlet);
    if (!line) return line;
    out += "\n" + if_there(rule_asked(*name), *line);
  }
  return out;
}

bool changes_something(const Stage& stage) {
  return !stage.steps.empty() || stage.kind == Stage::Kind::rule;
}

// What only time and evidence tell is asked of whoever runs all stages in one go. Pasted into a
// console, the next line is the answer, and no yes.
std::string ask_before(const Stage& stage) {
  return fmt::format(
      "if ((Read-Host 'Before {}: did postern plan next say that it may be done? yes or no') -ne "
      "'yes') {{ throw 'stopped before {}' }}\n",
      name_of(stage.kind), name_of(stage.kind));
}

}  // namespace

Result<std::string> apply_script(const Plan& plan) {
  std::string out = head(plan, "Reject Direct Send");
  const std::vector<Stage>& stages = plan.stages;
  bool waits = false;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    auto text = stage_text(plan, stages[i]);
    if (!text) return text;
    out += fmt::format("\n# Stage {}: {}\n", i + 1, title_of(stages[i].kind));
    if (waits && changes_something(stages[i])) out += ask_before(stages[i]);
    waits = waits || stages[i].kind == Stage::Kind::look;
    out += *text;
  }
  return out;
}

Result<std::string> undo_script(const Plan& plan) {
  std::string out = head(plan, "Take it back: reject Direct Send");
  const std::vector<Stage>& stages = plan.stages;
  for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage) {
    auto text = undo_text(plan, *stage);
    if (!text) return text;
    out += *text;
  }
  return out;
}

Result<std::vector<Script>> stage_scripts(const Plan& plan) {
  const std::vector<Stage>& stages = plan.stages;
  std::vector<Script> out;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto text = stage_text(plan, stages[i]);
    if (!text) return tl::unexpected(text.error());
    out.push_back(
        {fmt::format("{}-{}.ps1", i + 1, name_of(stages[i].kind)),
         head(plan, fmt::format("Stage {}: {}", i + 1, title_of(stages[i].kind))) + *text});
  }
  // Numbered in the order in which they are run: the switch before the connectors.
  std::size_t number = 0;
  for (std::size_t i = stages.size(); i-- > 0;) {
    if (!changes_something(stages[i])) continue;
    const auto text = undo_text(plan, stages[i]);
    if (!text) return tl::unexpected(text.error());
    out.push_back(
        {fmt::format("undo-{}-{}.ps1", ++number, name_of(stages[i].kind)),
         head(plan, fmt::format("Take stage {} back: {}", i + 1, title_of(stages[i].kind))) +
             (stages[i].kind == Stage::Kind::connectors && number > 1
                  ? comment("First take the switch back.")
                  : std::string()) +
             *text});
  }
  return out;
}

Result<std::string> stage_script(const Plan& plan, Stage::Kind kind, bool takes_back) {
  const auto scripts = stage_scripts(plan);
  if (!scripts) return tl::unexpected(scripts.error());
  const std::string end = fmt::format("-{}.ps1", name_of(kind));
  for (const Script& script : *scripts)
    if (script.name.ends_with(end) && plan::takes_back(script.name) == takes_back) {
      return script.text;
    }
  std::string names;
  for (const Stage& stage : plan.stages)
    if (!takes_back || changes_something(stage)) append_item(names, name_of(stage.kind));
  return fail(
      fmt::format("the plan has no stage '{}'{}", name_of(kind), takes_back ? " to take back" : ""),
      "--stage", names.empty() ? "it has none" : "it has: " + names);
}

bool takes_back(std::string_view name) noexcept {
  return name.starts_with(undo);
}

bool is_name_of_a_script(std::string_view name) noexcept {
  if (takes_back(name)) name.remove_prefix(undo.size());
  const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  name.remove_prefix(digits);
  constexpr std::string_view end = ".ps1";
  if (digits == 0 || !name.starts_with('-') || !name.ends_with(end)) return false;
  name.remove_prefix(1);
  name.remove_suffix(end.size());
  return parse_stage_kind(name).has_value();
}

bool is_a_script_of_a_stage(std::string_view text) noexcept {
  const std::size_t second = text.find('\n');
  const std::size_t third = second == std::string_view::npos ? second : text.find('\n', second + 1);
  return third != std::string_view::npos && text.substr(third + 1).starts_with(third_line) &&
         (text.starts_with(of_a_stage) || text.starts_with(of_a_way_back));
}

// The second line and the third tell of when, by what and from what it was made.
bool does_the_same(std::string_view a, std::string_view b) noexcept {
  const auto parts = [](std::string_view text) {
    std::size_t end = text.find('\n');
    const std::string_view title = text.substr(0, end);
    for (int line = 0; line < 2 && end != std::string_view::npos; ++line)
      end = text.find('\n', end + 1);
    return std::pair(title, end == std::string_view::npos ? std::string_view{} : text.substr(end));
  };
  return parts(a) == parts(b);
}

}  // namespace postern::plan

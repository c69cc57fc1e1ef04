#include "plan/stage.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/numbers.hpp"
#include "tenant/quarantine_rule.hpp"

namespace postern::plan {
namespace {

constexpr std::array kinds{Stage::Kind::connectors, Stage::Kind::look, Stage::Kind::rule,
                           Stage::Kind::turn_switch, Stage::Kind::watch};
constexpr unsigned week = 7;

Stage connectors_stage(const std::vector<Step>& steps) {
  Stage out{Stage::Kind::connectors, {}, {}, {}, {}, {}, 0};
  std::uint64_t made = 0;
  std::uint64_t changed = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind == Step::Kind::turn_switch) continue;
    out.steps.push_back(i);
    ++(steps[i].kind == Step::Kind::create_connector ? made : changed);
  }
  if (made > 0) out.does = "Makes " + counted(made, "connector");
  if (changed > 0) {
    out.does += (made > 0 ? " and changes " : "Changes ") +
                (made > 0 ? grouped(changed) : counted(changed, "connector"));
  }
  out.does += '.';
  out.check = "Each of them is there, switched on, and as planned in every property.";
  return out;
}

Stage look_stage(std::vector<ExpectedMail> expects) {
  Stage out{Stage::Kind::look, {}, {}, {}, {}, {}, 0};
  out.expects = std::move(expects);
  out.does =
      "Waits until every sender that a connector was made for has sent again, and looks at which "
      "connector took its mail. Changes nothing.";
  out.check =
      "New evidence (EmailEvents' Connectors, the details of a message trace) names the connector "
      "for mail of each sender, and holds none of them that no connector took.";
  return out;
}

Stage rule_stage(std::vector<UnreachedSender> unreached) {
  Stage out{Stage::Kind::rule, {}, {}, {}, {}, {}, 0};
  out.does = fmt::format(
      "No connector can take the mail of {}. Microsoft's quarantine rule, in test mode, records "
      "inside Exchange what the switch would refuse, and stops nothing.",
      counted(unreached.size(), "sender"));
  out.check =
      "New mail of each of them no longer needs Direct Send: it signs in, comes as an envelope "
      "sender that is no domain of yours, or through a connector.";
  out.unreached = std::move(unreached);
  return out;
}

Stage switch_stage(std::size_t step) {
  Stage out{Stage::Kind::turn_switch, {}, {}, {}, {}, {}, 0};
  out.steps.push_back(step);
  out.does = "Turns RejectDirectSend on, where the proof holds.";
  out.check = "It reads back as on within 30 minutes, with every connector as planned.";
  return out;
}

Stage watch_stage(std::vector<ExpectedMail> expects) {
  Stage out{Stage::Kind::watch, {}, {}, {}, {}, {}, week};
  out.expects = std::move(expects);
  out.does = fmt::format("Watches for {} days. Changes nothing.", week);
  out.check =
      "Evidence of these days shows mail of each sender that a connector was made for to be taken, "
      "and no refusal (550 5.7.68) of what is yours; the tenant stays as planned (postern audit "
      "--baseline).";
  return out;
}

}  // namespace

std::vector<tenant::Cmdlet> Stage::cmdlets(const std::vector<Step>& steps_of_plan) const {
  std::vector<tenant::Cmdlet> out;
  for (const std::size_t step : steps)
    out.push_back(steps_of_plan.at(step).cmdlet());
  if (kind != Kind::rule) return out;
  std::set<std::string> domains;
  for (const UnreachedSender& sender : unreached)
    domains.insert(sender.domains.begin(), sender.domains.end());
  out.push_back(
      tenant::new_quarantine_rule_in_test_mode(rule_name, {domains.begin(), domains.end()}));
  return out;
}

std::vector<tenant::Cmdlet> Stage::undo(const std::vector<Step>& steps_of_plan) const {
  std::vector<tenant::Cmdlet> out;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step)
    out.push_back(steps_of_plan.at(*step).undo());
  if (kind == Kind::rule) out.push_back(tenant::remove_transport_rule(rule_name));
  return out;
}

std::vector<Stage> stages_of(const std::vector<Step>& steps, std::vector<ExpectedMail> expects,
                             std::vector<UnreachedSender> unreached) {
  std::vector<Stage> out;
  const bool any = std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.kind != Step::Kind::turn_switch;
  });
  if (any) {
    out.push_back(connectors_stage(steps));
    out.push_back(look_stage(expects));
  }
  std::erase_if(unreached, [](const UnreachedSender& sender) { return sender.domains.empty(); });
  if (steps.empty() || steps.back().kind != Step::Kind::turn_switch) return out;
  if (!unreached.empty()) out.push_back(rule_stage(std::move(unreached)));
  out.push_back(switch_stage(steps.size() - 1));
  out.push_back(watch_stage(std::move(expects)));
  return out;
}

std::string_view name_of(Stage::Kind kind) noexcept {
  switch (kind) {
    case Stage::Kind::connectors:
      return "connectors";
    case Stage::Kind::look:
      return "look";
    case Stage::Kind::rule:
      return "rule";
    case Stage::Kind::turn_switch:
      return "switch";
    case Stage::Kind::watch:
      break;
  }
  return "watch";
}

std::string_view title_of(Stage::Kind kind) noexcept {
  switch (kind) {
    case Stage::Kind::connectors:
      return "The connectors";
    case Stage::Kind::look:
      return "Wait and look";
    case Stage::Kind::rule:
      return "Microsoft's quarantine rule, in test mode";
    case Stage::Kind::turn_switch:
      return "The switch";
    case Stage::Kind::watch:
      break;
  }
  return "Watch for a week";
}

std::optional<Stage::Kind> parse_stage_kind(std::string_view name) noexcept {
  const auto* found =
      std::find_if(kinds.begin(), kinds.end(), [&](auto kind) { return name_of(kind) == name; });
  return found == kinds.end() ? std::nullopt : std::optional(*found);
}

}  // namespace postern::plan

#include "report/plan_report.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "plan/difference.hpp"
#include "plan/stage.hpp"
#include "report/diff_report.hpp"
#include "report/next_step.hpp"
#include "report/text.hpp"

namespace postern::report {
namespace {

using plan::Holds;

std::string change_of(const plan::Step& step) {
  switch (step.kind) {
    case plan::Step::Kind::turn_switch:
      return fmt::format("RejectDirectSend is {}, was {}", policy::name_of(step.switch_after),
                         policy::name_of(step.switch_before));
    case plan::Step::Kind::create_connector:
      return fmt::format("connector '{}' is new", printable(step.after->name));
    case plan::Step::Kind::change_connector:
      break;
  }
  return fmt::format("connector '{}': {}", printable(step.after->name),
                     joined(plan::differences(*step.before, *step.after), printable, "; "));
}

// One name may stand for several sources: "Payroll (3 sources)".
std::vector<std::string> each_once(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string_view, std::size_t>> counts;
  for (const std::string& name : names) {
    const auto place = std::find_if(counts.begin(), counts.end(),
                                    [&](const auto& each) { return each.first == name; });
    if (place == counts.end()) {
      counts.emplace_back(name, 1);
    } else {
      ++place->second;
    }
  }
  std::vector<std::string> out;
  out.reserve(counts.size());
  for (const auto& [name, count] : counts)
    out.push_back(count == 1 ? std::string(name) : fmt::format("{} ({} sources)", name, count));
  return out;
}

void add_outcomes(std::string& out, const std::vector<plan::Outcome>& list, std::string_view title,
                  Colour colour, const Style& style) {
  if (list.empty()) return;
  out += "\n" + coloured(style, colour, paragraph(title, style));
  for (const plan::Outcome& o : list) {
    out += paragraph(fmt::format("{} ({}): {} of {}", printable(o.sender), o.kind,
                                 grouped(o.messages), counted(o.of, "message")),
                     style, "  ");
    for (const std::string& why : o.why)
      out += paragraph(printable(why), style, "    why     ");
    if (!o.remedy.empty()) out += paragraph(printable(o.remedy), style, "    remedy  ");
  }
}

std::string proof_text(const plan::Proof& proof, std::string_view title, const Style& style) {
  std::string out = style.bold(title) + "\n";
  if (proof.files > 0) {
    std::string period;
    if (proof.first && proof.last) {
      period = fmt::format(", {} to {}", format_date(*proof.first), format_date(*proof.last));
    }
    out += paragraph(
        fmt::format("{} from {}{}; {} from {} legitimate for certain; {} that you call "
                    "forged are stopped.",
                    counted(proof.messages, "message"), counted(proof.files, "file"), period,
                    counted(proof.legitimate_messages, "message"),
                    counted(proof.legitimate_senders, "sender"), grouped(proof.forged_stopped)),
        style, "  ");
  }
  add_outcomes(out, proof.breaks, "Legitimate for certain, and would still be refused", Colour::red,
               style);
  add_outcomes(out, proof.let_in, "Not known to be yours, and the plan's connectors admit it",
               Colour::red, style);
  add_outcomes(out, proof.may_be_let_in,
               "You call it forged, and the plan's connectors may admit it", Colour::yellow, style);
  add_outcomes(out, proof.bystanders, "Refused although the switch does not concern them",
               Colour::red, style);
  add_outcomes(out, proof.bystanders_at_risk,
               "May be refused although the switch does not concern them", Colour::yellow, style);
  add_outcomes(out, proof.undetermined, "Legitimate for certain, undetermined", Colour::yellow,
               style);
  add_outcomes(out, proof.presumed, "Legitimate for certain, accepted on a presumption",
               Colour::yellow, style);
  add_outcomes(out, proof.accepted_loss, "Yours, and you let it break", Colour::dim, style);
  if (proof.bystanders_not_replayed > 0) {
    out += paragraph(fmt::format("{} with a foreign or empty envelope sender were not replayed "
                                 "(--most-shapes).",
                                 counted(proof.bystanders_not_replayed, "message")),
                     style, "  ");
  }
  out += "\n" + style.dim("What this can't show") + "\n";
  for (const std::string& line : proof.not_shown)
    out += paragraph(printable(line), style, "  - ");
  return out;
}

Colour colour_of(Holds holds) {
  return holds == Holds::yes ? Colour::green : holds == Holds::no ? Colour::red : Colour::yellow;
}

// What the plan would have lost of mail that it did not know.
std::string held_out_text(const plan::HeldOut& held_out, const Style& style) {
  const plan::Proof& proof = held_out.proof;
  std::string out = proof_text(
      proof, "Judged on evidence that it was not made from, from " + held_out.from, style);
  add_outcomes(out, proof.unclear, "Questions of that evidence", Colour::yellow, style);
  return out + "\n" +
         coloured(style, colour_of(proof.holds), paragraph(proof.statement, style, "  "));
}

// Each with what must hold before the next; what a step runs stands with the steps.
std::string stages_text(const plan::Plan& plan, const Style& style) {
  std::string out;
  int number = 0;
  for (const plan::Stage& stage : plan.stages) {
    out += fmt::format("{:>3}. {}\n", ++number, plan::title_of(stage.kind));
    out += paragraph(stage.does, style, "       does     ");
    for (const plan::UnreachedSender& sender : stage.unreached)
      out += paragraph(printable(sender.sender), style, "       for      ");
    out += paragraph(stage.check, style, "       check    ");
    if (!stage.steps.empty()) continue;
    for (const tenant::Cmdlet& cmdlet : stage.cmdlets(plan.steps)) {
      const auto line = tenant::powershell(cmdlet);
      out += "       " + (line ? *line : printable(line.error().line())) + "\n";
    }
    for (const tenant::Cmdlet& cmdlet : stage.undo(plan.steps)) {
      const auto line = tenant::powershell(cmdlet);
      if (line) out += style.dim("       undo     " + *line) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string plan_steps_text(const plan::Plan& plan, const Style& style) {
  std::string out;
  int number = 0;
  for (const plan::Step& step : plan.steps) {
    out += paragraph(printable(step.does), style, fmt::format("{:>3}. ", ++number));
    out += paragraph(change_of(step), style, "       change   ");
    for (const std::string& name : each_once(step.covers))
      out += paragraph(printable(name), style, "       for      ");
    for (const std::string& warning : step.warnings)
      out += paragraph(printable(warning), style, "       mind     ");
    const auto command = tenant::powershell(step.cmdlet());
    out += "       " + (command ? *command : printable(command.error().line())) + "\n";
    const auto undo = tenant::powershell(step.undo());
    if (undo) out += style.dim("       undo     " + *undo) + "\n";
  }
  if (plan.steps.empty()) out += "  nothing to change\n";
  return out;
}

std::string plan_text(const plan::Plan& plan, const Style& style) {
  const plan::Proof& proof = plan.proof;
  std::string answer = coloured(style, colour_of(proof.holds), paragraph(proof.statement, style));
  // It is the judgement that counts where there is one.
  if (plan.held_out) {
    const plan::Proof& judged = plan.held_out->proof;
    answer +=
        coloured(style, colour_of(judged.holds),
                 paragraph(fmt::format("Judged on evidence that it was not made from, from {}: {}",
                                       plan.held_out->from, judged.statement),
                           style));
  }
  answer += "\n" + next_step_text(next_step(plan), style);
  std::string out = style.bold("Plan: " + printable(plan.tenant.name)) + "\n";
  out += paragraph(fmt::format("From {}, {}; {}, RejectDirectSend {}.", printable(plan.source),
                               counted(plan.tenant.accepted_domains.size(), "accepted domain"),
                               counted(plan.tenant.inbound_connectors.size(), "inbound connector"),
                               policy::name_of(plan.tenant.reject_direct_send)),
                   style);
  out += "\n" + answer;
  add_outcomes(out, proof.unclear,
               "Questions: their mail is refused, unless you say that it is yours", Colour::yellow,
               style);
  out += "\n" + style.bold("Steps") + "\n" + plan_steps_text(plan, style);
  if (!plan.stages.empty()) {
    out += "\n" + style.bold("Stages, of which postern plan next tells which is due") + "\n" +
           stages_text(plan, style);
  }
  out += "\n" + proof_text(plan.proof, "Proof", style);
  if (plan.held_out) out += "\n" + held_out_text(*plan.held_out, style);
  if (plan.difference) {
    out += "\n" + style.bold("Over all mail, seen or not (docs/diff.md)") + "\n" +
           difference_text(*plan.difference, style);
  }
  if (!plan.warnings.empty()) {
    out += "\n" + style.bold("Mind") + "\n";
    for (const std::string& warning : plan.warnings)
      out += paragraph(printable(warning), style, "  - ");
  }
  if (scrolls(out)) out += "\n" + answer;
  return out;
}

std::string plan_json(const plan::Plan& plan, const Style& /*style*/) {
  return plan::to_json(plan);
}

}  // namespace postern::report

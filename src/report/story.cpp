#include "report/story.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/join.hpp"
#include "base/numbers.hpp"

namespace postern::report {
namespace {

using impact::of_senders;
using impact::Pile;
using impact::Sender;

constexpr std::size_t most_tasks_a_kind = 8;

std::string_view verb(const Pile& pile, std::string_view one, std::string_view many) {
  return pile.senders == 1 ? one : many;
}

// "as a@contoso.com, b@contoso.com and 3 more".
std::string sends_as(const Sender& sender) {
  if (sender.reverse_paths.empty()) return {};
  std::string out = " as " + sender.reverse_paths.front();
  if (sender.reverse_path_count > 1) {
    out += fmt::format(" and {} more", grouped(sender.reverse_path_count - 1));
  }
  return out;
}

class Teller {
 public:
  Teller(const ImpactDocument& impact, const plan::Plan* plan, const Figures& figures)
      : report_(impact.report), is_on_(is_switch_on(impact)), plan_(plan), figures_(figures) {}

  Story run() {
    out_.has_evidence = std::none_of(report_.missing.begin(), report_.missing.end(),
                                     [](const impact::Missing& missing) {
                                       return missing.kind == impact::Missing::Kind::no_evidence;
                                     });
    headline();
    if (out_.has_evidence) {
      lead();
      tasks();
    } else {
      bring_evidence();
    }
    return std::move(out_);
  }

 private:
  bool is_on() const { return is_on_; }
  bool is_planned() const { return plan_ != nullptr && figures_.planned() != nullptr; }
  impact::Answer of_switch() const { return report_.conclusion.answer; }
  impact::Answer of_last() const {
    return is_planned() ? plan_->proof.conclusion.answer : of_switch();
  }
  std::uint64_t connectors() const {
    if (plan_ == nullptr) return 0;
    return static_cast<std::uint64_t>(
        std::count_if(plan_->steps.begin(), plan_->steps.end(),
                      [](const plan::Step& step) { return step.after.has_value(); }));
  }
  const Pile& lost() const { return figures_.switched().at(Side::yours, Course::refused); }
  const Pile& lost_at_last() const { return figures_.last().at(Side::yours, Course::refused); }
  const Pile& stopped() const { return figures_.last().at(Side::forged, Course::refused); }

  void say(Tone tone, std::string word, std::string sentence) {
    out_.headline = {tone, std::move(word), std::move(sentence)};
  }

  void headline() {
    if (!out_.has_evidence) {
      say(Tone::ask, "Can’t say.", report_.conclusion.sentence);
      return;
    }
    if (!report_.lack_of_switch.empty()) {
      say(of_switch() == impact::Answer::somebody_breaks ? Tone::bad
          : of_switch() == impact::Answer::nobody_breaks ? Tone::calm
                                                         : Tone::ask,
          "No switch.", report_.conclusion.sentence);
      return;
    }
    if (is_on()) {
      if (lost().messages > 0) {
        say(Tone::bad, "On.",
            fmt::format("RejectDirectSend is on, and {} that {} yours for certain {} refused.",
                        of_senders(lost()), verb(lost(), "is", "are"), verb(lost(), "is", "are")));
      } else {
        say(of_switch() == impact::Answer::nobody_breaks ? Tone::good : Tone::ask, "On.",
            "RejectDirectSend is on, and nothing that is yours for certain is refused.");
      }
      return;
    }
    switch (of_last()) {
      case impact::Answer::nobody_breaks:
        ready();
        return;
      case impact::Answer::somebody_breaks:
        if (lost().messages > 0) {
          say(Tone::bad, "Not yet.",
              fmt::format("Rejecting Direct Send today would refuse {} that {} yours for certain.",
                          of_senders(lost()), verb(lost(), "is", "are")));
        } else {
          say(Tone::bad, "Not yet.",
              (is_planned() ? plan_->proof.conclusion : report_.conclusion).sentence);
        }
        return;
      case impact::Answer::not_determined:
        cannot_say();
    }
  }

  void ready() {
    const bool by_plan = is_planned() && of_switch() != impact::Answer::nobody_breaks;
    std::string forged;
    if (stopped().messages > 0) {
      forged = fmt::format("; {} would be stopped", counted(stopped().messages, "forged message"));
    }
    say(Tone::good,
        by_plan ? fmt::format("Ready once {} {}.", counted(connectors(), "connector"),
                              connectors() == 1 ? "exists" : "exist")
                : "Ready.",
        fmt::format("Rejecting Direct Send would {}refuse no mail that looks legitimate{}.",
                    by_plan ? "then " : "", forged));
  }

  // The largest of what is not known stands in the headline; the rest in the lead.
  void cannot_say() {
    if (lost().messages > 0) {
      say(Tone::ask, "Can’t say yet.",
          fmt::format("The switch alone would refuse {} that {} yours for certain; {}",
                      of_senders(lost()), verb(lost(), "is", "are"), unknown()));
      return;
    }
    std::string sentence = unknown();
    if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z') {
      sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
    }
    say(Tone::ask, "Can’t say yet.", std::move(sentence));
  }

  std::string unknown() const {
    const Bar& last = figures_.last();
    const Pile& asked = figures_.of(Group::looks_yours);
    const Pile& untold = last.at(Side::yours, Course::cant_tell);
    if (asked.senders > 0) {
      return fmt::format("{} {} legitimate, which nothing proves.", of_senders(asked),
                         verb(asked, "looks", "look"));
    }
    if (untold.senders > 0) {
      const std::string facts = joined(policy::names_of(report_.conclusion.facts));
      return fmt::format("{} can’t be judged{}.", of_senders(untold),
                         facts.empty() ? "" : ": the evidence does not tell " + facts);
    }
    if (last.at(Side::yours, Course::if_certificate).senders > 0) {
      return fmt::format("{} get through if they show a certificate that no evidence records.",
                         of_senders(last.at(Side::yours, Course::if_certificate)));
    }
    if (figures_.of(Group::either).senders > 0) {
      return fmt::format("{} may be yours or forged.", of_senders(figures_.of(Group::either)));
    }
    if (figures_.of(Group::looks_forged).senders > 0) {
      const Pile& pile = figures_.of(Group::looks_forged);
      return fmt::format("{} {} forged, which nothing proves.", of_senders(pile),
                         verb(pile, "looks", "look"));
    }
    if (!report_.conclusion.missing.empty()) return report_.conclusion.missing.front().text + '.';
    return (is_planned() ? plan_->proof.conclusion : report_.conclusion).sentence;
  }

  // --- lead ---

  void add(std::string text, bool strong = false) {
    out_.lead.push_back({std::move(text), strong});
  }

  void lead() {
    if (is_planned()) what_the_plan_brings();
    questions();
    forged();
    if (!is_planned() && !is_on() && has_switch(report_)) add("No plan was made. ");
  }

  void what_the_plan_brings() {
    const std::string by = connectors() == 0 ? "The plan has no connector; it leaves "
                                             : counted(connectors(), "connector") +
                                                   (connectors() == 1 ? " leaves " : " leave ");
    add(by);
    if (lost_at_last().messages > 0) {
      add(of_senders(lost_at_last()), true);
      add(fmt::format(" of yours refused, which {} to be changed {}",
                      verb(lost_at_last(), "has", "have"),
                      verb(lost_at_last(), "itself", "themselves")));
    } else {
      add("nothing", true);
      add(" that is yours for certain refused");
    }
    const Pile& conditional = figures_.last().at(Side::yours, Course::if_certificate);
    if (conditional.messages > 0) {
      add(fmt::format(", provided that {} {} the certificate presumed", of_senders(conditional),
                      verb(conditional, "shows", "show")));
    }
    const Pile& untold = figures_.last().at(Side::yours, Course::cant_tell);
    if (untold.messages > 0) {
      add(fmt::format("; for {} of yours it can’t be told", of_senders(untold)));
    }
    add(". ");
  }

  void questions() {
    std::vector<std::string> parts;
    const auto part = [&](Group group, std::string_view one, std::string_view many) {
      const Pile& pile = figures_.of(group);
      if (pile.senders > 0) {
        parts.push_back(fmt::format("{} {}", of_senders(pile), verb(pile, one, many)));
      }
    };
    part(Group::looks_yours, "looks legitimate", "look legitimate");
    part(Group::either, "may be either", "may be either");
    part(Group::looks_forged, "looks forged", "look forged");
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) add(i + 1 == parts.size() ? " and " : ", ");
      add(parts[i], true);
    }
    if (!parts.empty()) add(", which nothing proves: they are questions to you. ");
    const Pile& let_in = figures_.of(Group::let_in);
    if (let_in.senders > 0) {
      add(of_senders(let_in), true);
      add(" not known to be yours would come in through the plan’s connectors. ");
    }
  }

  void forged() {
    if (stopped().messages > 0) {
      add(counted(stopped().messages, "forged message"), true);
      add(fmt::format(" from {} {} stopped. ", counted(stopped().senders, "sender"),
                      stopped().messages == 1 ? "is" : "are"));
    }
    const Bar& today = figures_.today();
    const std::uint64_t through = today.at(Side::forged, Course::accepted).messages +
                                  today.at(Side::looks_forged, Course::accepted).messages;
    if (through == 0) return;
    const auto& went = figures_.delivery_of_forged();
    const auto count = [&](evidence::Delivery d) { return went[static_cast<std::size_t>(d)]; };
    std::string where;
    const auto place = [&](evidence::Delivery d, std::string_view what) {
      if (count(d) > 0) append_item(where, fmt::format("{} {}", grouped(count(d)), what));
    };
    place(evidence::Delivery::junk, "to junk");
    place(evidence::Delivery::quarantine, "to quarantine");
    place(evidence::Delivery::blocked, "were blocked");
    if (count(evidence::Delivery::inbox) > 0) {
      place(evidence::Delivery::inbox, "to an inbox");
    } else if (!where.empty()) {
      where += ", none to an inbox";
    }
    add(fmt::format("Today {} that {} or {} forged pass{} the front door{}. ",
                    counted(through, "message"), through == 1 ? "is" : "are",
                    through == 1 ? "looks" : "look", through == 1 ? "es" : "",
                    where.empty() ? "" : "; so far " + where));
  }

  // --- what to do ---

  void bring_evidence() {
    Task task;
    task.kind = Task::Kind::ask;
    task.title = "Bring evidence about your domains";
    task.text =
        "30 to 90 days of Defender’s EmailEvents, of a historical search (extended), or of message "
        "trace: whatever names sources of mail to your mailboxes (docs/evidence.md).";
    for (const impact::Missing& missing : report_.missing)
      task.mind.push_back(missing.text);
    out_.tasks.push_back(std::move(task));
  }

  void more_of(std::size_t more, std::string_view what, Task::Kind kind) {
    if (more == 0) return;
    Task task;
    task.kind = kind;
    task.title = fmt::format("{} more {}", grouped(more), what);
    task.text = "They stand in the list of senders.";
    task.decides = true;
    out_.tasks.push_back(std::move(task));
  }

  void ask_owners(Group group, std::string_view what) {
    const auto members = figures_.members(group);
    for (std::size_t i = 0; i < members.size() && i < most_tasks_a_kind; ++i) {
      const Sender& sender = report_.senders[members[i].index];
      Task task;
      task.kind = Task::Kind::ask;
      task.title = "Find the owner of " + sender.name;
      task.text = fmt::format("{}{}. {} Write the answer into senders.toml and run again.",
                              counted(sender.messages, "message"), sends_as(sender), what);
      task.decides = true;
      out_.tasks.push_back(std::move(task));
    }
    if (members.size() > most_tasks_a_kind) {
      more_of(members.size() - most_tasks_a_kind, "owners to find", Task::Kind::ask);
    }
  }

  // `answer` has its key as senders.toml reads it.
  void look_over(Group group, std::string_view what, std::string_view answer) {
    const Pile& pile = figures_.of(group);
    if (pile.senders == 0) return;
    Task task;
    task.kind = Task::Kind::ask;
    task.title = fmt::format("Look over {} {}", counted(pile.senders, "sender"), what);
    task.text = fmt::format("{} in all. {} in senders.toml, and run again.",
                            counted(pile.messages, "message"), answer);
    task.decides = true;
    out_.tasks.push_back(std::move(task));
  }

  void change_senders() {
    const auto members = figures_.members(Group::lost);
    for (std::size_t i = 0; i < members.size() && i < most_tasks_a_kind; ++i) {
      const Sender& sender = report_.senders[members[i].index];
      Task task;
      task.kind = is_planned() ? Task::Kind::ask : Task::Kind::change;
      task.title =
          fmt::format("{} {}", is_planned() ? "Have changed:" : "Let in or change:", sender.name);
      task.text = fmt::format("{}{}. {}", counted(sender.messages, "message"), sends_as(sender),
                              sender.remedy.what);
      if (!is_planned()) {
        task.command = sender.remedy.command;
        if (const std::string risk = impact::risk_alone(sender.remedy); !risk.empty()) {
          task.mind.push_back(risk);
        }
      }
      task.decides = true;
      out_.tasks.push_back(std::move(task));
    }
    if (members.size() > most_tasks_a_kind) {
      more_of(members.size() - most_tasks_a_kind, "senders to change", Task::Kind::ask);
    }
  }

  void learn_facts() {
    const Pile& pile = figures_.of(Group::cant_tell);
    if (pile.senders == 0) return;
    Task task;
    task.kind = Task::Kind::ask;
    const std::string facts = joined(policy::names_of(report_.conclusion.facts));
    task.title =
        facts.empty() ? "Settle what the verdicts hang on" : "Bring evidence that tells " + facts;
    task.text = fmt::format(
        "{} can’t be judged without. EmailEvents and the extended historical search hold the "
        "source and the envelope sender; message trace details hold the connector.",
        of_senders(pile));
    task.decides = true;
    out_.tasks.push_back(std::move(task));
  }

  static Task see_lock_down() {
    Task task;
    task.kind = Task::Kind::check;
    task.title = "See whether a lock-down connector stands, or can";
    task.text =
        "It refuses what does not come through your gateway. The audit tells whether one stands, "
        "and its command where the gateway is known.";
    task.command = "postern audit TENANT";
    return task;
  }

  static Task have_gate_refuse() {
    Task task;
    task.kind = Task::Kind::change;
    task.title = "Have the gate refuse";
    task.text =
        "Last, when its ledger shows nobody legitimate for as long as your slowest sender takes: "
        "mode = \"enforce\" in gate.toml, and reload the gate (docs/milter.md).";
    return task;
  }

  void tasks() {
    ask_owners(Group::looks_yours, "It looks legitimate, and nothing proves it.");
    ask_owners(Group::either, "Nothing tells whether it is yours.");
    look_over(Group::looks_forged, "that look forged",
              "Where you agree, write answer = \"refuse\"");
    look_over(Group::let_in, "that the plan would let in",
              "Where one is yours, write answer = \"keep\", else answer = \"refuse\",");
    learn_facts();
    change_senders();
    if (plan_ != nullptr) {
      for (Task& task : tasks_of(*plan_))
        out_.tasks.push_back(std::move(task));
    } else if (!has_switch(report_)) {
      out_.tasks.push_back(report_.at_exchange ? see_lock_down() : have_gate_refuse());
    } else if (!is_on()) {
      Task plan;
      plan.kind = Task::Kind::check;
      plan.title = "Have the change planned and proven";
      plan.text =
          "No plan was made. It works out the connectors that are needed, replays this evidence "
          "under them, and gives the commands and the way back.";
      plan.command = "postern plan TENANT EVIDENCE --plan plan.json";
      out_.tasks.push_back(std::move(plan));
    }
    if (!report_.lack_of_switch.empty()) return;
    Task probe;
    probe.kind = Task::Kind::check;
    probe.title = is_on()               ? "See that the door is shut"
                  : report_.at_exchange ? "After the switch, see that the door is shut"
                                        : "Then see that the door is shut";
    probe.text = "A test message as yourself must be refused with 550 5.7.68.";
    if (report_.at_exchange) probe.text += " The switch takes up to 30 minutes to act.";
    probe.command = report_.at_exchange ? "postern probe TENANT --rcpt-to MAILBOX"
                                        : "postern probe TENANT --host MX --rcpt-to MAILBOX";
    out_.tasks.push_back(std::move(probe));
  }

  const impact::Report& report_;
  bool is_on_;
  const plan::Plan* plan_;
  const Figures& figures_;
  Story out_;
};

}  // namespace

Story tell(const ImpactDocument& impact, const plan::Plan* plan, const Figures& figures) {
  return Teller(impact, plan, figures).run();
}

std::vector<Task> tasks_of(const plan::Plan& plan) {
  std::vector<Task> connectors;
  std::vector<Task> checks;
  std::vector<Task> turns;
  for (const plan::Step& step : plan.steps) {
    Task task;
    task.kind = Task::Kind::change;
    if (step.after) {
      task.title =
          fmt::format("{} the connector “{}”", step.before ? "Change" : "Make", step.after->name);
      task.text = step.does + '.';
      if (!step.covers.empty()) task.text += " For " + joined(step.covers) + '.';
    } else {
      task.title = "Turn RejectDirectSend on";
      task.text = "Last, when the proof holds. It takes up to 30 minutes to act.";
    }
    task.mind = step.warnings;
    if (const auto command = tenant::powershell(step.cmdlet())) {
      task.command = *command;
    } else {
      task.mind.push_back(command.error().line());
    }
    if (const auto undo = tenant::powershell(step.undo())) task.undo = *undo;
    (step.after ? connectors : turns).push_back(std::move(task));
  }
  for (const plan::Outcome& outcome : plan.proof.presumed) {
    Task task;
    task.kind = Task::Kind::check;
    task.title = "Check what is presumed of " + outcome.sender;
    task.text = fmt::format("{} {}. Then {}.", counted(outcome.messages, "message"),
                            joined(outcome.why, "; "), outcome.remedy);
    task.decides = true;
    checks.push_back(std::move(task));
  }
  for (auto* more : {&checks, &turns}) {
    for (Task& task : *more)
      connectors.push_back(std::move(task));
  }
  return connectors;
}

std::string_view name_of(Task::Kind kind) noexcept {
  switch (kind) {
    case Task::Kind::ask:
      return "ask";
    case Task::Kind::change:
      return "change";
    case Task::Kind::check:
      break;
  }
  return "check";
}

}  // namespace postern::report

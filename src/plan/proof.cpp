#include "plan/proof.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::plan {
namespace {

using impact::Looks;
using impact::Sender;
using impact::Shape;
using policy::Action;

std::string sentence_of(const Fate& fate) {
  const policy::Reply* reply = policy::reply_for(fate.reason);
  if (fate.counts.reject > 0 && reply != nullptr) {
    return fmt::format("refused with {} {}", reply->code, reply->enhanced_status);
  }
  return {};
}

Verdict verdict_on(const impact::Findings& findings) {
  impact::Conclusion conclusion = impact::conclude(findings);
  return {holds_by(conclusion.answer), conclusion.sentence, conclusion};
}

class Prover {
 public:
  explicit Prover(const Grounds& grounds)
      : g_(grounds),
        planned_(grounds.replays->planned),
        report_(*grounds.report),
        service_networks_(networks_of_services(grounds.report->senders)) {}

  Proof run() {
    const impact::Totals& totals = report_.totals;
    out_.files = report_.files.size();
    out_.rows = totals.rows;
    out_.messages = totals.used;
    out_.days = totals.days;
    out_.first = totals.first;
    out_.last = totals.last;
    findings_.of = impact::Findings::Of::a_plan;
    findings_.days = totals.days;
    findings_.missing = report_.missing;
    findings_.certified_by_answer = report_.certified_by_answer;
    for (std::size_t i = 0; i < report_.senders.size(); ++i)
      look_at(i);
    // Most mail first: the questions that are worth most.
    std::stable_sort(out_.unclear.begin(), out_.unclear.end(),
                     [](const Outcome& a, const Outcome& b) { return a.messages > b.messages; });
    look_at_bystanders();
    out_.not_replayed = report_.unkept;
    out_.bystanders_not_replayed = report_.unkept_bystanders;
    const std::uint64_t not_replayed = report_.unkept + report_.unkept_bystanders;
    if (not_replayed > 0) {
      findings_.missing.push_back(
          {impact::Missing::Kind::not_decided, not_replayed,
           fmt::format("{} message(s) were not replayed (--most-shapes)", not_replayed)});
    }
    out_.not_shown = {
        "senders that sent nothing while the evidence was recorded",
        "mail that was refused before it could be recorded",
    };
    if (!report_.period_asked.empty()) {
      out_.not_shown.push_back("what lies outside the period asked for, " + report_.period_asked);
    }
    if (totals.bad > 0) out_.not_shown.push_back(fmt::format("{} unreadable row(s)", totals.bad));
    out_.conclusion = impact::conclude(findings_);
    out_.holds = holds_by(out_.conclusion.answer);
    out_.statement = out_.conclusion.sentence;
    out_.connectors = connectors_alone();
    return std::move(out_);
  }

 private:
  const Proposal* presumption_for(std::size_t sender) const {
    for (const Proposal& proposal : g_.coverage->proposals) {
      if (proposal.presumed && std::find(proposal.senders.begin(), proposal.senders.end(),
                                         sender) != proposal.senders.end()) {
        return &proposal;
      }
    }
    return nullptr;
  }

  static Outcome outcome(const Sender& sender, std::uint64_t messages) {
    return {printable(sender.name),
            std::string(impact::name_of(sender.kind)),
            std::string(impact::name_of(sender.standing)),
            messages,
            sender.messages,
            {},
            {}};
  }

  void look_at(std::size_t index) {
    const Sender& sender = report_.senders[index];
    const Proposal* presumed = presumption_for(index);
    const std::string certificate =
        presumed == nullptr ? std::string{} : presumed->connector.tls_sender_certificate_name;
    const Fate fate = planned_.fate_of(sender, certificate);
    findings_.facts |= fate.missing;
    findings_.choices |= fate.hangs_on;
    impact::Outlook& outlook =
        findings_.senders.emplace_back(impact::outlook_of(sender, fate.counts, fate.hanging));
    outlook.on_presumption = presumed == nullptr ? 0 : fate.counts.accept;
    out_.senders.push_back({fate.counts.accept, outlook.on_presumption, 0, fate.counts.reject,
                            fate.counts.undetermined});
    const bool is_certain = sender.standing == impact::Standing::certain;
    if (is_certain && sender.looks == Looks::legitimate) {
      ++out_.legitimate_senders;
      out_.legitimate_messages += sender.messages;
      legitimate(index, sender, fate, presumed);
      return;
    }
    outlook.let_in = let_in(sender, certificate);
    out_.senders.back().let_in = outlook.let_in;
    if (is_certain && sender.looks == Looks::forged) {
      out_.forged_stopped += fate.counts.reject;
      outlook.may_be_let_in = may_be_let_in(sender);
    } else {
      unclear(sender, fate);
    }
  }

  void legitimate(std::size_t index, const Sender& sender, const Fate& fate,
                  const Proposal* presumed) {
    if (sender.loss_accepted) {
      const std::uint64_t lost = fate.counts.reject + fate.counts.undetermined;
      if (lost > 0) {
        out_.accepted_loss.push_back(outcome(sender, lost));
        out_.accepted_loss.back().why.push_back(sentence_of(fate));
      }
      return;
    }
    if (fate.counts.reject > 0) {
      Outcome o = outcome(sender, fate.counts.reject);
      o.why.push_back(sentence_of(fate));
      for (const LeftOut& left : g_.coverage->left_out) {
        if (left.sender == index && left.why != sender.remedy.what) o.why.push_back(left.why);
      }
      o.remedy = sender.remedy.what;
      out_.breaks.push_back(std::move(o));
    }
    if (fate.counts.undetermined > 0) {
      Outcome o = outcome(sender, fate.counts.undetermined);
      if (fate.counts.undetermined > fate.hanging) {
        o.why.push_back(untold(fate.missing));
      }
      if (fate.hanging > 0) o.why.push_back(left_open(fate.hangs_on));
      o.remedy = sender.remedy.what;
      out_.undetermined.push_back(std::move(o));
    }
    if (presumed != nullptr && fate.counts.accept > 0) {
      Outcome o = outcome(sender, fate.counts.accept);
      o.why.push_back(fmt::format("accepted if it presents the certificate {}, and refused if not",
                                  presumed->connector.tls_sender_certificate_name));
      o.remedy = fmt::format(
          "after the connector is there and before the switch, see that its mail is attributed to "
          "'{}' (message trace, or EmailEvents' Connectors)",
          presumed->connector.name);
      out_.presumed.push_back(std::move(o));
    }
  }

  // A question to a person, with what a yes would come to.
  void unclear(const Sender& sender, const Fate& fate) {
    const std::uint64_t lost = fate.counts.reject + fate.counts.undetermined;
    if (lost == 0) return;
    Outcome o = outcome(sender, lost);
    o.why = sender.doubts;
    const impact::Remedy& kept = sender.if_kept;
    o.remedy = kept.what.empty()
                   ? "if it is yours, answer keep in senders.toml, and plan again"
                   : "if it is yours: " + (kept.command.empty() ? kept.what : kept.command);
    out_.unclear.push_back(std::move(o));
  }

  bool is_of_the_plan(const policy::InboundConnector* connector) const {
    return connector != nullptr &&
           std::any_of(g_.added->begin(), g_.added->end(),
                       [&](const std::string& name) { return iequals(name, connector->name); });
  }

  // Messages of a sender that is not known to be the tenant's own.
  std::uint64_t let_in(const Sender& sender, const std::string& certificate) {
    std::map<std::string, std::uint64_t> through;
    std::uint64_t messages = 0;
    for (const Shape& shape : sender.shapes) {
      const policy::Reading reading = planned_.decide(shape, certificate);
      const auto* connector = planned_.connector_of(shape, certificate, reading);
      if (reading.verdict.action != Action::accept || !is_of_the_plan(connector)) continue;
      through[connector->name] += shape.messages;
      messages += shape.messages;
    }
    if (messages == 0) return 0;
    Outcome o = outcome(sender, messages);
    for (const auto& [name, count] : through)
      o.why.push_back(fmt::format("connector '{}' would admit {} of it", printable(name), count));
    o.remedy = sender.standing == impact::Standing::certain
                   ? "narrow that connector"
                   : "answer in senders.toml whose it is, or narrow that connector";
    out_.let_in.push_back(std::move(o));
    return messages;
  }

  // What may come in through a connector of the plan of a sender that is called forged: of others
  // that hang on a fact it is asked anyway.
  std::uint64_t may_be_let_in(const Sender& sender) {
    const bool is_of_a_service = is_of_a_service_of(sender, *g_.planned, *g_.added, *g_.context);
    policy::Fact facts = policy::Fact::none;
    policy::Choice choices = policy::Choice::none;
    std::uint64_t messages = 0;
    for (const Shape& shape : sender.shapes) {
      const policy::Reading then = planned_.decide(shape, {});
      // What is accepted is counted as let in.
      if (then.action != Action::undetermined ||
          (then.verdict.action == Action::accept &&
           is_of_the_plan(planned_.connector_of(shape, {}, then)))) {
        continue;
      }
      const policy::Reading without = g_.replays->switch_alone.decide(shape, {});
      if (!may_be_gained(without, then)) continue;
      const Replay& others = may_be_a_customer(shape.client_ip, service_networks_)
                                 ? g_.replays->sparing
                                 : g_.replays->secluded;
      if (!is_of_a_service && !may_be_gained(without, others.decide(shape, {}))) continue;
      messages += shape.messages;
      facts |= then.missing;
      choices |= then.hangs_on;
    }
    if (messages == 0) return 0;
    findings_.let_in_facts |= facts;
    findings_.let_in_choices |= choices;
    Outcome o = outcome(sender, messages);
    if (facts != policy::Fact::none) o.why.push_back(untold(facts));
    if (choices != policy::Choice::none) o.why.push_back(left_open(choices));
    o.remedy =
        "give evidence that tells it: once the connectors are there, and before the switch, a "
        "message "
        "trace or EmailEvents' Connectors shows whether one takes its mail; or narrow that "
        "connector. That a service's certificate is one customer's alone is said in a file of "
        "--services (shared = false)";
    out_.may_be_let_in.push_back(std::move(o));
    return messages;
  }

  // Mail that comes in today, and would not or may not under a plan or its connectors alone.
  struct Passage {
    policy::Reading today, then;

    [[nodiscard]] bool is_lost() const noexcept {
      return today.action == Action::accept && then.action == Action::reject;
    }
    [[nodiscard]] policy::Fact facts() const noexcept { return today.missing | then.missing; }
    [[nodiscard]] policy::Choice choices() const noexcept { return today.hangs_on | then.hangs_on; }
    void count(const Shape& shape, impact::Others& to) const noexcept {
      if (is_lost()) {
        to.refused += shape.messages;
        return;
      }
      (choices() == policy::Choice::none ? to.undetermined : to.hanging) += shape.messages;
      to.facts |= facts();
      to.choices |= choices();
    }
  };

  template <class Visit>
  void each_bystander(const Replay& replay, Visit visit) const {
    for (const Shape& shape : report_.bystanders) {
      const policy::Reading then = replay.decide(shape, {});
      if (then.action == Action::accept) continue;
      const policy::Reading today = g_.replays->current.decide(shape, {});
      if (may_be_lost(today, then)) visit(shape, Passage{today, then});
    }
  }

  // By why and through which connector.
  void look_at_bystanders() {
    std::map<std::string, Outcome> refused, at_risk;
    each_bystander(planned_, [&](const Shape& shape, const Passage& passage) {
      if (!passage.is_lost() && hangs_on_the_switch_alone(shape, passage.then)) return;
      passage.count(shape, findings_.others);
      Outcome& o =
          passage.is_lost() ? refused[refusal_of(shape, passage.then)] : at_risk[doubt_of(passage)];
      o.messages += shape.messages;
      o.of += shape.messages;
      const std::string who = shape.client_ip ? shape.client_ip->text() : shape.sender_domain;
      if (o.sender.empty()) {
        o.sender = who;
      } else if (o.sender != who && !o.sender.ends_with(" and others")) {
        o.sender += " and others";
      }
    });
    tell_bystanders(refused, "narrow that connector's sender domains, or list this source in it",
                    out_.bystanders);
    tell_bystanders(at_risk,
                    "narrow the connector's sender domains, or give evidence that tells it "
                    "(docs/evidence.md)",
                    out_.bystanders_at_risk);
  }

  // Where what would decide is what the switch alone hangs on already (a trace may tell the From
  // field for the envelope sender), the plan's connectors add no doubt.
  bool hangs_on_the_switch_alone(const Shape& shape, const policy::Reading& planned) const {
    const policy::Reading alone = g_.replays->switch_alone.decide(shape, {});
    return alone.action == Action::undetermined && planned.action == Action::undetermined &&
           (planned.missing | alone.missing) == alone.missing &&
           (planned.hangs_on | alone.hangs_on) == alone.hangs_on;
  }

  std::string refusal_of(const Shape& shape, const policy::Reading& reading) const {
    const auto* connector = planned_.connector_of(shape, {}, reading);
    const policy::Reply* reply = policy::reply_for(reading.verdict);
    return fmt::format("refused with {} {}{}", reply->code, reply->enhanced_status,
                       connector == nullptr ? std::string{}
                                            : " by connector '" + printable(connector->name) + "'");
  }

  static std::string doubt_of(const Passage& passage) {
    return passage.choices() == policy::Choice::none ? untold(passage.facts())
                                                     : left_open(passage.choices());
  }

  static std::string untold(policy::Fact facts) {
    return "the evidence does not tell: " + joined(policy::names_of(facts));
  }

  static std::string left_open(policy::Choice choices) {
    return fmt::format("it hangs on what Microsoft's documents leave open: {} (docs/choices.md)",
                       joined(policy::keys_of(choices)));
  }

  static void tell_bystanders(std::map<std::string, Outcome>& by_why, std::string_view remedy,
                              std::vector<Outcome>& into) {
    for (auto& [why, o] : by_why) {
      o.kind = "mail with a foreign or empty envelope sender";
      o.why = {why};
      o.remedy = remedy;
      into.push_back(std::move(o));
    }
  }

  // --- the connectors alone ---

  // What holds with the switch on holds without it, and need not be replayed again.
  Verdict connectors_alone() const {
    if (out_.holds == Holds::yes) return {out_.holds, out_.statement, out_.conclusion};
    impact::Findings findings = findings_;
    findings.of = impact::Findings::Of::connectors;
    findings.facts = policy::Fact::none;
    findings.choices = policy::Choice::none;
    findings.others = {};
    each_bystander(g_.replays->connectors, [&](const Shape& shape, const Passage& passage) {
      passage.count(shape, findings.others);
    });
    for (std::size_t i = 0; i < report_.senders.size(); ++i)
      take_today_away(report_.senders[i], findings.senders[i], findings);
    return verdict_on(findings);
  }

  // Only what the connectors bring: mail that is refused or undecided today too is not theirs. A
  // certificate that nobody saw is presented or not: today's mail comes in without it.
  void take_today_away(const Sender& sender, impact::Outlook& outlook,
                       impact::Findings& findings) const {
    outlook.refused = outlook.undetermined = outlook.hanging = outlook.on_presumption = 0;
    const bool may_be_let_in = std::exchange(outlook.may_be_let_in, 0) > 0;
    for (const Shape& shape : sender.shapes) {
      const policy::Reading then = g_.replays->connectors.decide(shape, {});
      if (then.action == Action::accept) continue;
      const policy::Reading now = g_.replays->current.decide(shape, {});
      const Action today = now.action;
      if (may_be_let_in && may_be_gained(now, then)) outlook.may_be_let_in += shape.messages;
      if (then.action == today || today == Action::reject) continue;
      if (then.action == Action::reject) {
        outlook.refused += shape.messages;
        continue;
      }
      findings.facts |= then.missing;
      findings.choices |= then.hangs_on;
      (then.hangs_on != policy::Choice::none ? outlook.hanging : outlook.undetermined) +=
          shape.messages;
    }
  }

  const Grounds& g_;
  const Replay& planned_;
  const impact::Report& report_;
  const std::vector<Prefix> service_networks_;
  impact::Findings findings_;
  Proof out_;
};

}  // namespace

Proof prove(const Grounds& grounds) {
  if (grounds.report != nullptr) return Prover(grounds).run();
  impact::Findings none;
  none.of = impact::Findings::Of::a_plan;
  none.missing = {{impact::Missing::Kind::no_evidence, 0, "none was given"}};
  Proof out;
  out.conclusion = impact::conclude(none);
  out.holds = holds_by(out.conclusion.answer);
  out.statement = out.conclusion.sentence;
  out.connectors = {out.holds, out.statement, out.conclusion};
  out.not_shown = {"who sends as you without signing in, and so who would be refused"};
  return out;
}

}  // namespace postern::plan

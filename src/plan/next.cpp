#include "plan/next.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "impact/missing.hpp"
#include "plan/difference.hpp"
#include "plan/organisation.hpp"

namespace postern::plan {
namespace {

using impact::Sender;
using impact::Shape;
using StageKind = Stage::Kind;

constexpr UnixTime day = 86'400;

// --- the tenant ---

Result<void> fits(const Plan& plan, const tenant::Configuration& read, const std::string& source) {
  const policy::Tenant& now = read.tenant;
  if (now.reject_direct_send == policy::RejectDirectSend::unknown || now.accepted_domains.empty() ||
      !now.inbound_connectors_known) {
    return fail("the reading lacks RejectDirectSend, accepted domains or inbound connectors",
                source, "export Get-OrganizationConfig, Get-AcceptedDomain, Get-InboundConnector");
  }
  const std::string why =
      why_another_tenant(plan.tenant, plan.organisation, now, organisation_of(read));
  if (why.empty()) return {};
  return fail(
      fmt::format("is another tenant than the plan's, {}: {}", printable(plan.tenant.name), why),
      source, "pass --tenant with the plan's tenant as it is now");
}

const StepRecord* record_of(const Record* record, std::size_t step) {
  if (record == nullptr || step >= record->steps.size()) return nullptr;
  const StepRecord& found = record->steps[step];
  return found.status == StepRecord::Status::done ? &found : nullptr;
}

// What a step's connector was made or changed at: as Exchange says, as the record does, or as the
// caller does.
std::optional<UnixTime> made_at(const Step& step, std::size_t number, const policy::Tenant& now,
                                const Record* record, std::optional<UnixTime> since) {
  const policy::InboundConnector* there = step.connector_in(now);
  if (there != nullptr && there->when_changed) return there->when_changed;
  if (const StepRecord* done = record_of(record, number)) return done->since;
  return since;
}

void take_steps(const Plan& plan, const policy::Tenant& now, Standing& out) {
  policy::Tenant expected = plan.tenant;
  for (const Step& step : plan.steps) {
    const Step::State state = step.state_in(now);
    const bool is_connector = step.kind != Step::Kind::turn_switch;
    switch (state) {
      case Step::State::after:
        step.apply_to(expected);
        break;
      case Step::State::before:
        if (is_connector) out.not_made.push_back(step.found_in(now));
        break;
      case Step::State::disabled:
        step.apply_to(expected);
        for (policy::InboundConnector& connector : expected.inbound_connectors)
          if (iequals(connector.name, step.after->name)) connector.enabled = false;
        out.disabled.push_back(step.after->name);
        break;
      case Step::State::other:
        break;  // a difference below
    }
    if (is_connector && state != Step::State::after) out.connectors_made = false;
    if (state != Step::State::after) step.apply_to(out.planned);
  }
  out.drift = differences(expected, now);
}

// --- the answer ---

std::string of_stage(std::size_t index, StageKind kind) {
  return fmt::format("Stage {} ({})", index + 1, name_of(kind));
}

std::string with_more(const std::vector<std::string>& clauses) {
  if (clauses.size() == 1) return clauses.front();
  return fmt::format("{}; and {} more", clauses.front(), clauses.size() - 1);
}

// A sentence within another.
std::string as_clause(std::string_view sentence) {
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  return printable(sentence);
}

class Assessment {
 public:
  Assessment(const Plan& plan, const Standing& standing, const NewMail* mail,
             const impact::Report* report, const Proof* again)
      : plan_(plan), standing_(standing), mail_(mail), report_(report), again_(again) {}

  Next run() {
    begin();
    if (!standing_.drift.empty()) {
      for (const std::string& each : standing_.drift)
        out_.fails.push_back("the tenant is not as it was planned for: " + each);
    }
    out_.due = due();
    conclude();
    return std::move(out_);
  }

 private:
  void begin() {
    out_.tenant = plan_.tenant.name;
    out_.plan_made_at = plan_.made_at;
    for (const Stage& stage : plan_.stages)
      out_.stages.push_back(stage.kind);
    out_.from = standing_.from;
    if (report_ != nullptr) out_.files = report_->files.size();
    if (mail_ == nullptr) return;
    out_.messages = mail_->messages();
    out_.earlier = mail_->earlier();
    out_.undated = mail_->undated();
    out_.last = mail_->last();
  }

  // The first stage that is not done, or whose check is not seen to hold; what its check lacks is
  // noted.
  std::size_t due() {
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      if (!is_over(plan_.stages[i])) return i;
    }
    return plan_.stages.size();
  }

  bool is_over(const Stage& stage) {
    switch (stage.kind) {
      case StageKind::connectors:
        return connectors_are_over();
      case StageKind::look:
        // With the switch on there is no way back to it; the watch looks for the same mail.
        return standing_.is_on || looks_well();
      case StageKind::rule:
        return standing_.is_on || rule_is_over();
      case StageKind::turn_switch:
        return switch_is_over();
      case StageKind::watch:
        break;
    }
    return watched_well(stage);
  }

  bool connectors_are_over() {
    if (standing_.connectors_made) return true;
    for (const std::string& name : standing_.disabled) {
      out_.fails.push_back(
          fmt::format("Exchange created the connector '{}' in a disabled state, "
                      "which only Microsoft support can lift",
                      printable(name)));
    }
    if (standing_.is_on) {
      for (const std::string& each : standing_.not_made)
        out_.fails.push_back("RejectDirectSend is on, and " + each);
    }
    hold_back(StageKind::connectors);
    // The plan rests on its own evidence; what is new may only speak against it.
    if (again_ != nullptr) {
      const impact::Conclusion c = release_of(*again_, StageKind::connectors).conclusion;
      if (c.answer == impact::Answer::somebody_breaks) {
        out_.fails.push_back("on the new evidence: " + as_clause(c.sentence));
      } else if (c.questions() > 0) {
        out_.lacks.push_back("the new evidence asks what the plan does not answer: " +
                             as_clause(c.sentence));
      }
    }
    return false;
  }

  // What the plan's own proof says to a stage that changes mail.
  void hold_back(StageKind kind) {
    const Verdict release = release_of(plan_.proof, kind);
    if (release.holds == Holds::no) {
      out_.fails.push_back("the plan's proof does not hold (plan again with the new evidence): " +
                           as_clause(release.statement));
    } else if (release.holds == Holds::not_proven) {
      out_.lacks.push_back("the plan is not proven (plan again with the new evidence): " +
                           as_clause(release.statement));
    }
  }

  // --- mail that connectors were made for ---

  bool looks_well() {
    lack_of_evidence();
    find_expected();
    return settle_findings();
  }

  // Findings to clauses. Whether all hold.
  bool settle_findings() {
    for (const Finding& finding : out_.findings) {
      if (finding.check == Check::holds) continue;
      const std::string whose = finding.sender.empty()
                                    ? "the addresses of '" + printable(finding.connector) + "'"
                                    : printable(finding.sender);
      (finding.check == Check::fails ? out_.fails : out_.lacks)
          .push_back(fmt::format("{}: {}", whose, finding.says));
    }
    return out_.fails.empty() && out_.lacks.empty();
  }

  void lack_of_evidence() {
    if (report_ == nullptr || mail_ == nullptr) {
      out_.lacks.emplace_back("no evidence was given");
      return;
    }
    using Missing = impact::Missing::Kind;
    for (const impact::Missing& missing : report_->missing) {
      if (missing.kind == Missing::rows_lost || missing.kind == Missing::files_lost ||
          missing.kind == Missing::list_cut || missing.kind == Missing::messages_let_go) {
        out_.lacks.push_back(missing.text);
      }
    }
  }

  void find_expected() {
    for (std::size_t i = 0; i < standing_.look_for.size(); ++i) {
      const LookFor& each = standing_.look_for[i];
      Finding finding;
      finding.sender = each.mail.sender;
      finding.connector = each.mail.connector;
      finding.since = each.since;
      if (mail_ != nullptr) finding.seen = mail_->sightings()[i];
      judge(finding, mail_ == nullptr ? 0 : elsewhere(each));
      out_.findings.push_back(std::move(finding));
    }
  }

  static void judge(Finding& finding, std::uint64_t elsewhere) {
    const Sightings& seen = finding.seen;
    if (seen.refused > 0) {
      finding.check = Check::fails;
      finding.says = counted(seen.refused, "message") + " of it refused with 550 5.7.68";
    } else if (seen.missed > 0) {
      finding.check = Check::fails;
      finding.says = fmt::format("no connector took {} that came after '{}' was made",
                                 counted(seen.missed, "message"), printable(finding.connector));
    } else if (elsewhere > 0) {
      finding.says = fmt::format(
          "{} that look like its own came from elsewhere, and no connector "
          "took them: whose are they?",
          counted(elsewhere, "message"));
    } else if (seen.taken > 0) {
      finding.check = Check::holds;
      finding.says =
          fmt::format("'{}' took {}", printable(finding.connector), counted(seen.taken, "message"));
    } else {
      finding.says = why_not_known(finding);
    }
  }

  static std::string why_not_known(const Finding& finding) {
    const Sightings& seen = finding.seen;
    std::string parts;
    if (seen.by_other > 0) {
      append_item(parts, counted(seen.by_other, "message") + " taken by another connector", "; ");
    }
    if (seen.too_soon > 0) {
      append_item(parts,
                  fmt::format("no connector took {} within the first hour, which may be too soon",
                              counted(seen.too_soon, "message")),
                  "; ");
    }
    if (seen.untold > 0) {
      append_item(parts,
                  fmt::format("of {} the evidence does not tell which connector took it",
                              counted(seen.untold, "message")),
                  "; ");
    }
    if (!parts.empty()) return parts;
    if (seen.earlier > 0) {
      return fmt::format("no mail of it after '{}' was made ({} before)",
                         printable(finding.connector), grouped(seen.earlier));
    }
    return "no new mail of it was seen";
  }

  // Mail that impact gives to the same sender, from where the connector was not made for, and that
  // no connector took. A name is no proof, so that this is a question.
  std::uint64_t elsewhere(const LookFor& each) const {
    if (each.mail.sender.empty()) return 0;
    const UnixTime since = std::max(standing_.from, each.since.value_or(standing_.from));
    std::uint64_t out = 0;
    for (const Sender& sender : report_->senders) {
      if (printable(sender.name) != each.mail.sender) continue;
      for (const Shape& shape : sender.shapes) {
        const auto& addresses = each.mail.addresses;
        const bool is_known =
            !shape.client_ip ||
            std::any_of(addresses.begin(), addresses.end(),
                        [&](const Prefix& prefix) { return prefix.contains(*shape.client_ip); });
        const bool is_new = shape.time && *shape.time >= since;
        if (!is_known && is_new &&
            shape.observed == policy::ObservedAttribution::State::default_connector) {
          out += shape.messages;
        }
      }
    }
    return out;
  }

  // --- senders that no connector can take ---

  void find_unreached() {
    const Stage* rule = nullptr;
    for (const Stage& stage : plan_.stages)
      if (stage.kind == StageKind::rule) rule = &stage;
    if (rule == nullptr) return;
    for (std::size_t i = 0; i < rule->unreached.size(); ++i) {
      Finding finding;
      finding.sender = rule->unreached[i].sender;
      if (mail_ != nullptr) finding.moves = mail_->moves()[i];
      judge_moves(finding);
      out_.findings.push_back(std::move(finding));
    }
  }

  static void judge_moves(Finding& finding) {
    const Moves& moves = finding.moves;
    if (moves.refused > 0) {
      finding.check = Check::fails;
      finding.says =
          fmt::format("the switch refuses {} of its new ones", counted(moves.refused, "message"));
    } else if (moves.untold > 0) {
      finding.says = fmt::format("of {} it is not known whether the switch refuses it",
                                 counted(moves.untold, "message"));
    } else if (moves.passes > 0) {
      finding.check = Check::holds;
      finding.says = counted(moves.passes, "message") + " came in without Direct Send";
    } else {
      finding.says = "no new mail of it was seen";
    }
  }

  bool rule_is_over() {
    out_.findings.clear();
    find_unreached();
    const bool all = std::all_of(out_.findings.begin(), out_.findings.end(),
                                 [](const Finding& f) { return f.check == Check::holds; });
    if (all) return settle_findings();
    if (!standing_.has_rule) {
      out_.lacks.emplace_back(
          "the reading holds no mail-flow rules, so whether the rule is there is not known: add "
          "Get-TransportRule");
    } else if (!*standing_.has_rule) {
      return false;
    }
    lack_of_evidence();
    (void)settle_findings();
    return false;
  }

  // --- the switch ---

  bool switch_is_over() {
    if (standing_.is_on) return true;
    hold_back(StageKind::turn_switch);
    if (again_ == nullptr) return false;
    const impact::Conclusion& c = again_->conclusion;
    switch (c.answer) {
      case impact::Answer::nobody_breaks:
        break;
      case impact::Answer::somebody_breaks:
        out_.fails.push_back("on the new evidence the plan does not hold: " +
                             as_clause(c.sentence));
        break;
      case impact::Answer::not_determined:
        out_.lacks.push_back("the new evidence leaves open whether the plan holds: " +
                             as_clause(c.sentence));
        break;
    }
    return false;
  }

  // --- the week after ---

  bool watched_well(const Stage& stage) {
    out_.findings.clear();
    if (!standing_.switched) {
      out_.lacks.emplace_back(
          "when the switch was turned is not known: keep the record of postern apply, or pass "
          "--since");
    }
    lack_of_evidence();
    find_expected();
    find_unreached();
    find_refused();
    if (mail_ != nullptr && standing_.switched) find_days(*standing_.switched, stage.days);
    return settle_findings();
  }

  void find_days(UnixTime switched, unsigned days) {
    const UnixTime seen = mail_->last() ? *mail_->last() - switched : 0;
    if (seen < static_cast<UnixTime>(days) * day) {
      out_.lacks.push_back(
          fmt::format("the evidence reaches {} of {} days after the switch", seen / day, days));
    }
    impact::DaysCovered covered;
    covered.asked_first = day_of(switched);
    covered.asked_last = *covered.asked_first + days;
    for (const auto& [each, rows] : mail_->by_day())
      if (each >= *covered.asked_first && each <= *covered.asked_last)
        covered.days.push_back({each, rows});
    for (const impact::Missing& missing : impact::missing_days(covered))
      if (missing.kind == impact::Missing::Kind::days_without_rows) {
        out_.lacks.push_back(missing.text);
      }
  }

  // Bounces and logs that tell of 5.7.68, by whose mail it was.
  void find_refused() {
    if (mail_ == nullptr) return;
    if (mail_->refused_without_address() > 0) {
      out_.lacks.push_back(fmt::format("{} refused with 550 5.7.68, from where is not told",
                                       counted(mail_->refused_without_address(), "message")));
    }
    for (const auto& [address, count] : mail_->refused()) {
      const Sender* sender = sender_at(address);
      const bool certain = sender != nullptr && sender->standing == impact::Standing::certain;
      if (certain && sender->looks == impact::Looks::forged) {
        out_.others_refused += count;
      } else if (certain && sender->loss_accepted) {
        continue;
      } else if (certain && sender->looks == impact::Looks::legitimate) {
        out_.fails.push_back(fmt::format("{}: {} of it refused with 550 5.7.68",
                                         printable(sender->name), counted(count, "message")));
      } else {
        out_.lacks.push_back(
            fmt::format("{}: {} refused with 550 5.7.68, and whose they are is not known",
                        sender == nullptr ? address.text() : printable(sender->name),
                        counted(count, "message")));
      }
    }
  }

  const Sender* sender_at(IpAddress address) const {
    for (const Sender& sender : report_->senders) {
      const bool is_its =
          std::any_of(sender.shapes.begin(), sender.shapes.end(),
                      [&](const Shape& shape) { return shape.client_ip == address; }) ||
          std::find(sender.addresses.begin(), sender.addresses.end(), address) !=
              sender.addresses.end();
      if (is_its) return &sender;
    }
    return nullptr;
  }

  // --- in one sentence ---

  void conclude() {
    const bool over = out_.due == plan_.stages.size();
    out_.check = !out_.fails.empty()   ? Check::fails
                 : !out_.lacks.empty() ? Check::not_known
                                       : Check::holds;
    if (over) {
      out_.sentence = out_.check == Check::holds
                          ? "Every stage is done, and holds."
                          : "Every stage is done, but: " + with_more(out_.fails) + '.';
      return;
    }
    const Stage& stage = plan_.stages[out_.due];
    const std::string name = of_stage(out_.due, stage.kind);
    if (out_.check == Check::fails) {
      out_.sentence = fmt::format("{} does not hold: {}.", name, with_more(out_.fails));
    } else if (out_.check == Check::not_known) {
      out_.sentence = fmt::format("{}: not known yet. {}.", name, with_more(out_.lacks));
    } else {
      out_.sentence = name + " may be done now: all that it waits for holds.";
      out_.commands = stage.cmdlets(plan_.steps);
      out_.undo = stage.undo(plan_.steps);
    }
  }

  const Plan& plan_;
  const Standing& standing_;
  const NewMail* mail_;
  const impact::Report* report_;
  const Proof* again_;
  Next out_;
};

}  // namespace

Result<Standing> standing_of(const Plan& plan, const tenant::Configuration& now,
                             const std::string& source, const Record* record,
                             std::optional<UnixTime> since) {
  if (auto same = fits(plan, now, source); !same) return tl::unexpected(same.error());
  Standing out;
  out.planned = now.tenant;
  take_steps(plan, now.tenant, out);
  out.is_on = same_switch(now.tenant.reject_direct_send, policy::RejectDirectSend::on);
  if (now.transport_rules.known) {
    out.has_rule = std::any_of(now.transport_rules.value.begin(), now.transport_rules.value.end(),
                               [](const auto& rule) { return iequals(rule.name, rule_name); });
  }
  const bool turns = !plan.steps.empty() && plan.steps.back().kind == Step::Kind::turn_switch;
  if (turns && out.is_on) {
    const StepRecord* done = record_of(record, plan.steps.size() - 1);
    out.switched = done != nullptr ? std::optional(done->since) : since;
  }
  out.from = out.switched.value_or(plan.made_at);
  for (const Stage& stage : plan.stages) {
    if (stage.kind != StageKind::look) continue;
    for (const ExpectedMail& mail : stage.expects) {
      LookFor look{mail, {}, {}};
      for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const Step& step = plan.steps[i];
        if (!step.after || !iequals(step.after->name, mail.connector)) continue;
        look.certificate = step.after->tls_sender_certificate_name;
        look.since = made_at(step, i, now.tenant, record, since);
      }
      out.look_for.push_back(std::move(look));
    }
  }
  out.planned.reject_direct_send = policy::RejectDirectSend::on;
  return out;
}

std::string_view name_of(Check check) noexcept {
  switch (check) {
    case Check::holds:
      return "holds";
    case Check::fails:
      return "fails";
    case Check::not_known:
      break;
  }
  return "not known";
}

Next next_of(const Plan& plan, const Standing& standing, const NewMail* mail,
             const impact::Report* report, const Proof* again) {
  return Assessment(plan, standing, mail, report, again).run();
}

}  // namespace postern::plan

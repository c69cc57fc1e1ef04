#include "plan/shift.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "plan/difference.hpp"
#include "plan/replay.hpp"

namespace postern::plan {
namespace {

using impact::Shape;
using policy::Action;
using policy::RejectDirectSend;
using policy::Tenant;

using Names = std::vector<std::string>;

// What is put in, or made another, is so from now on. Names whose recorded attributions say nothing
// any longer: of what is another, or gone.
Names make_it_of_now(const Tenant& before, Tenant& after, UnixTime now) {
  Names out;
  for (policy::InboundConnector& connector : after.inbound_connectors) {
    const policy::InboundConnector* there = find_connector(before, connector.name);
    if (there != nullptr && differences(*there, connector).empty()) {
      connector.when_changed = there->when_changed;
      continue;
    }
    connector.when_changed = now;
    if (there != nullptr) out.push_back(there->name);
  }
  for (const policy::InboundConnector& connector : before.inbound_connectors) {
    if (find_connector(after, connector.name) == nullptr) out.push_back(connector.name);
  }
  return out;
}

class Pair {
 public:
  Pair(Replay before, Replay after, const Names& void_records)
      : before_(std::move(before)), after_(std::move(after)), void_records_(void_records) {}

  void add(const std::vector<Shape>& shapes, Moved& into) const {
    for (const Shape& shape : shapes)
      add(shape, into);
  }

 private:
  void add(const Shape& shape, Moved& into) const {
    const policy::Reading was = before_.decide(shape, {});
    Shape unrecorded;
    const bool is_void =
        shape.observed == policy::ObservedAttribution::State::connector &&
        std::any_of(void_records_.begin(), void_records_.end(), [&](const std::string& name) {
          return iequals(name, shape.observed_connector);
        });
    if (is_void) {
      unrecorded = shape;
      unrecorded.observed = policy::ObservedAttribution::State::unknown;
      unrecorded.observed_connector.clear();
    }
    const Shape& then = is_void ? unrecorded : shape;
    const policy::Reading will = after_.decide(then, {});
    const std::uint64_t n = shape.messages;
    if (was.action == Action::accept && will.action == Action::reject) {
      into.refused += n;
    } else if (was.action == Action::reject && will.action == Action::accept) {
      into.accepted += n;
      name_connector(then, will, into);
    } else {
      // One of the two is not determined, or each lacks something else.
      if (may_be_gained(was, will)) {
        into.may_be_accepted += n;
        into.missing_to_accept |= was.missing | will.missing;
        into.choices_to_accept |= was.hangs_on | will.hangs_on;
      }
      if (!may_be_lost(was, will)) return;
      into.may_be_refused += n;
      const policy::Choice hangs_on = was.hangs_on | will.hangs_on;
      into.hanging += hangs_on == policy::Choice::none ? 0 : n;
      into.hangs_on |= hangs_on;
      into.missing |= was.missing | will.missing;
    }
  }

  void name_connector(const Shape& shape, const policy::Reading& reading, Moved& into) const {
    const auto* connector = after_.connector_of(shape, {}, reading);
    if (connector == nullptr) return;
    auto& names = into.connectors;
    if (std::find(names.begin(), names.end(), connector->name) == names.end()) {
      names.push_back(connector->name);
    }
  }

  Replay before_;
  Replay after_;
  const Names& void_records_;
};

tl::expected<Pair, std::vector<Error>> pair_of(const Tenant& before, const Tenant& after,
                                               policy::Choice settled, const Names& void_records) {
  auto was = Replay::under(before, {}, settled);
  if (!was) return tl::unexpected(std::move(was.error()));
  auto will = Replay::under(after, {}, settled);
  if (!will) return tl::unexpected(std::move(will.error()));
  return Pair(std::move(*was), std::move(*will), void_records);
}

Tenant with_switch_on(Tenant tenant) {
  tenant.reject_direct_send = RejectDirectSend::on;
  return tenant;
}

impact::Outlook outlook_of_shift(const impact::Sender& sender, const Moved& moved) {
  impact::Counts counts;
  counts.reject = moved.refused;
  counts.undetermined = moved.may_be_refused;
  impact::Outlook out = impact::outlook_of(sender, counts, moved.hanging);
  const bool is_yours =
      sender.standing == impact::Standing::certain && sender.looks == impact::Looks::legitimate;
  out.let_in = is_yours ? 0 : moved.accepted;
  out.may_be_let_in = is_yours ? 0 : moved.may_be_accepted;
  return out;
}

std::set<std::string_view> names_of_domains(const Tenant& tenant) {
  std::set<std::string_view> out;
  for (const policy::AcceptedDomain& domain : tenant.accepted_domains)
    out.insert(domain.name);
  return out;
}

// What is newly so, in one sentence.
std::string sentence_of(const Shift& shift, const impact::Findings& findings,
                        const impact::Report& report) {
  const impact::Conclusion& c = shift.conclusion;
  for (const impact::Missing& missing : c.missing) {
    if (missing.kind == impact::Missing::Kind::no_evidence) return c.sentence;
  }
  std::vector<std::string> parts;
  const auto tell = [&](const impact::Pile& pile, std::string_view what) {
    if (pile.senders > 0) parts.push_back(fmt::format("{} {}", of_senders(pile), what));
  };
  tell(c.lost, "yours for certain would be refused newly");
  tell(c.let_in, "that you call forged would come in newly");
  if (c.others.refused > 0) {
    parts.push_back(fmt::format("{} that Direct Send does not concern would be refused newly",
                                counted(c.others.refused, "message")));
  }
  tell(c.presumed_legitimate, "that look legitimate, which nothing proves");
  tell(c.presumed_forged, "that look forged, which nothing proves");
  tell(c.open, "that may be either");
  tell(c.let_in_unproved, "not proven to be yours that would come in newly");
  tell(c.undetermined, "for which the evidence does not tell " + joined(policy::names_of(c.facts)));
  tell(c.hanging, "for which it hangs on " + joined(policy::keys_of(c.choices)));
  if (c.may_be_let_in.senders > 0) {
    tell(c.may_be_let_in, "that you call forged may come in newly, " + why_let_in(findings));
  }
  for (std::string& part : others_at_risk(c.others, "Direct Send"))
    parts.push_back(std::move(part));
  for (const impact::Missing& missing : c.missing)
    parts.push_back(missing.text);
  tell(c.loss_accepted, "that you let break would be refused");
  tell(c.stopped, "that you call forged would be stopped");
  const std::string opening =
      c.answer == impact::Answer::nobody_breaks
          ? fmt::format(
                "In {} of evidence, the change refuses no legitimate message that is "
                "accepted today",
                counted(report.totals.days, "day"))
      : c.answer == impact::Answer::somebody_breaks ? std::string("The change breaks somebody")
                                                    : "Whether the change breaks somebody can't "
                                                      "be told yet";
  return parts.empty() ? opening + "." : fmt::format("{}: {}.", opening, joined(parts));
}

}  // namespace

tl::expected<Shift, std::vector<Error>> shift_of(const impact::Report& report, const Tenant& before,
                                                 const Tenant& after, UnixTime now) {
  Tenant was = before;
  Tenant will = after;
  was.choices = will.choices = report.choices;
  const Names void_records = make_it_of_now(was, will, now);
  const auto as_it_is = pair_of(was, will, report.settled, void_records);
  if (!as_it_is) return tl::unexpected(as_it_is.error());
  const auto switched =
      pair_of(with_switch_on(was), with_switch_on(will), report.settled, void_records);
  if (!switched) return tl::unexpected(switched.error());

  Shift out;
  out.turns_switch = !same_switch(was.reject_direct_send, will.reject_direct_send);
  out.changes_domains = names_of_domains(was) != names_of_domains(will);
  impact::Findings findings;
  findings.days = report.totals.days;
  findings.missing = report.missing;
  for (std::size_t i = 0; i < report.senders.size(); ++i) {
    const impact::Sender& sender = report.senders[i];
    SenderShift shift;
    shift.sender = i;
    as_it_is->add(sender.shapes, shift.now);
    switched->add(sender.shapes, shift.switched);
    findings.senders.push_back(outlook_of_shift(sender, shift.now));
    findings.facts |= shift.now.missing;
    findings.choices |= shift.now.hangs_on;
    if (findings.senders.back().may_be_let_in > 0) {
      findings.let_in_facts |= shift.now.missing_to_accept;
      findings.let_in_choices |= shift.now.choices_to_accept;
    }
    if (shift.now.any() || shift.switched.any()) out.senders.push_back(std::move(shift));
  }
  as_it_is->add(report.bystanders, out.others);
  switched->add(report.bystanders, out.others_switched);
  findings.others = {out.others.refused, out.others.may_be_refused - out.others.hanging,
                     out.others.hanging, out.others.missing, out.others.hangs_on};
  out.not_decided = report.unkept + report.unkept_bystanders;
  if (out.not_decided > 0) {
    findings.missing.push_back({impact::Missing::Kind::not_decided, out.not_decided,
                                fmt::format("{} message(s) were not replayed", out.not_decided)});
  }
  out.conclusion = impact::conclude(findings);
  out.conclusion.sentence = sentence_of(out, findings, report);
  return out;
}

Tenant with_domains_of_both(Tenant before, const Tenant& after) {
  for (const policy::AcceptedDomain& domain : after.accepted_domains) {
    const auto there =
        std::find_if(before.accepted_domains.begin(), before.accepted_domains.end(),
                     [&](const policy::AcceptedDomain& each) { return each.name == domain.name; });
    if (there == before.accepted_domains.end()) {
      before.accepted_domains.push_back(domain);
    } else {
      there->match_subdomains = there->match_subdomains || domain.match_subdomains;
    }
  }
  return before;
}

}  // namespace postern::plan

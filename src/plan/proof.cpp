#include "plan/proof.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

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

class Prover {
 public:
  explicit Prover(const Grounds& grounds) : g_(grounds), report_(*grounds.report) {}

  Proof run() {
    const impact::Totals& totals = report_.totals;
    out_.files = report_.files.size();
    out_.rows = totals.rows;
    out_.messages = totals.used;
    out_.days = totals.days;
    out_.first = totals.first;
    out_.last = totals.last;
    for (std::size_t i = 0; i < report_.senders.size(); ++i)
      look_at(i);
    look_at_bystanders();
    out_.not_replayed = report_.unkept;
    out_.bystanders_not_replayed = report_.unkept_bystanders;
    out_.not_shown = {
        "senders that sent nothing while the evidence was recorded",
        "mail that was refused before it could be recorded",
    };
    if (totals.bad > 0) out_.not_shown.push_back(fmt::format("{} unreadable row(s)", totals.bad));
    conclude();
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
    const Fate fate = g_.planned->fate_of(sender, certificate);
    switch (sender.looks) {
      case Looks::legitimate:
        ++out_.legitimate_senders;
        out_.legitimate_messages += sender.messages;
        return legitimate(index, sender, fate, presumed);
      case Looks::forged:
        out_.forged_stopped += fate.counts.reject;
        return forged(sender, certificate);
      case Looks::unclear:
        return unclear(sender, fate);
    }
  }

  void legitimate(std::size_t index, const Sender& sender, const Fate& fate,
                  const Proposal* presumed) {
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
      o.why.push_back("the evidence does not tell: " + joined(policy::names_of(fate.missing)));
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

  void unclear(const Sender& sender, const Fate& fate) {
    const std::uint64_t lost = fate.counts.reject + fate.counts.undetermined;
    if (lost == 0) return;
    Outcome o = outcome(sender, lost);
    o.why = sender.doubts;
    o.remedy = "find its owner; pin the answer in senders.toml and plan again";
    out_.unclear.push_back(std::move(o));
  }

  bool is_of_the_plan(const policy::InboundConnector* connector) const {
    return connector != nullptr &&
           std::any_of(g_.added->begin(), g_.added->end(),
                       [&](const std::string& name) { return iequals(name, connector->name); });
  }

  void forged(const Sender& sender, const std::string& certificate) {
    std::map<std::string, std::uint64_t> through;
    std::uint64_t messages = 0;
    for (const Shape& shape : sender.shapes) {
      const policy::Verdict verdict = g_.planned->decide(shape, certificate);
      const auto* connector = g_.planned->connector_of(shape, certificate, verdict);
      if (verdict.action != Action::accept || !is_of_the_plan(connector)) continue;
      through[connector->name] += shape.messages;
      messages += shape.messages;
    }
    if (messages == 0) return;
    Outcome o = outcome(sender, messages);
    for (const auto& [name, count] : through)
      o.why.push_back(fmt::format("connector '{}' would admit {} of it", printable(name), count));
    o.remedy = "narrow that connector";
    out_.let_in.push_back(std::move(o));
  }

  // Mail that is accepted today and would not be: by why and through which connector.
  void look_at_bystanders() {
    std::map<std::string, Outcome> by_why;
    for (const Shape& shape : report_.bystanders) {
      const policy::Verdict verdict = g_.planned->decide(shape, {});
      if (verdict.action != Action::reject) continue;
      if (g_.current->decide(shape, {}).action != Action::accept) continue;
      const auto* connector = g_.planned->connector_of(shape, {}, verdict);
      const policy::Reply* reply = policy::reply_for(verdict);
      Outcome& o = by_why[fmt::format("refused with {} {}{}", reply->code, reply->enhanced_status,
                                      connector == nullptr
                                          ? std::string{}
                                          : " by connector '" + printable(connector->name) + "'")];
      o.messages += shape.messages;
      o.of += shape.messages;
      const std::string who = shape.client_ip ? shape.client_ip->text() : shape.sender_domain;
      if (o.sender.empty()) {
        o.sender = who;
      } else if (o.sender != who && !o.sender.ends_with(" and others")) {
        o.sender += " and others";
      }
    }
    for (auto& [why, o] : by_why) {
      o.kind = "mail with a foreign or empty envelope sender";
      o.why = {why};
      o.remedy = "narrow that connector's sender domains, or list this source in it";
      out_.bystanders.push_back(std::move(o));
    }
  }

  static std::uint64_t sum(const std::vector<Outcome>& list) {
    std::uint64_t out = 0;
    for (const Outcome& o : list)
      out += o.messages;
    return out;
  }

  void conclude() {
    const Proof& p = out_;
    const bool broken = !p.breaks.empty() || !p.let_in.empty() || !p.bystanders.empty();
    const bool open = !p.undetermined.empty() || !p.presumed.empty() || !p.unclear.empty() ||
                      p.not_replayed > 0 || p.messages == 0;
    out_.holds = broken ? Holds::no : open ? Holds::not_proven : Holds::yes;
    std::vector<std::string> parts;
    const auto part = [&](const std::vector<Outcome>& list, std::string_view what) {
      if (list.empty()) return;
      parts.push_back(
          fmt::format("{} message(s) of {} sender(s) {}", sum(list), list.size(), what));
    };
    part(p.breaks, "that look legitimate would be refused");
    part(p.let_in, "that look forged would come in through the plan's connectors");
    if (!p.bystanders.empty()) {
      parts.push_back(fmt::format("{} message(s) that the switch does not concern would be refused",
                                  sum(p.bystanders)));
    }
    part(p.undetermined, "can't be determined");
    part(p.presumed, "get through if a presumption holds");
    part(p.unclear, "about which nothing is proven would be refused or may be");
    if (p.not_replayed > 0) {
      parts.push_back(fmt::format("{} message(s) were not replayed", p.not_replayed));
    }
    if (p.messages == 0) {
      out_.statement = "The evidence holds no message that the switch could concern.";
      return;
    }
    const std::string text =
        fmt::format("Replayed under the planned tenant, {}",
                    broken ? "mail would be lost or let in that should not: "
                    : open ? "the evidence leaves this open: "
                           : "every message of every sender that looks legitimate is accepted");
    out_.statement = text + joined(parts, "; ") + ".";
  }

  const Grounds& g_;
  const impact::Report& report_;
  Proof out_;
};

}  // namespace

Proof prove(const Grounds& grounds) {
  if (grounds.report != nullptr) return Prover(grounds).run();
  Proof out;
  out.holds = Holds::not_proven;
  out.statement = "Nothing is proven: no evidence was given.";
  out.not_shown = {"who sends as you without signing in, and so who would be refused"};
  return out;
}

}  // namespace postern::plan

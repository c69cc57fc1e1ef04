#include "impact/conclude.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/join.hpp"
#include "base/numbers.hpp"

namespace postern::impact {

std::string of_senders(const Pile& pile) {
  return fmt::format("{} from {}", counted(pile.messages, "message"),
                     counted(pile.senders, "sender"));
}

std::string why_let_in(const Findings& findings) {
  std::string out;
  if (findings.let_in_facts != policy::Fact::none) {
    out = "of which the evidence does not tell " + joined(policy::names_of(findings.let_in_facts));
  }
  if (findings.let_in_choices != policy::Choice::none) {
    if (!out.empty()) out += ", ";
    out += "which hangs on " + joined(policy::keys_of(findings.let_in_choices));
  }
  return out;
}

std::vector<std::string> others_at_risk(const Others& others, std::string_view what) {
  std::vector<std::string> out;
  if (others.undetermined > 0) {
    out.push_back(fmt::format(
        "{} that {} does not concern, of which the evidence does not tell {}, may be refused",
        counted(others.undetermined, "message"), what, joined(policy::names_of(others.facts))));
  }
  if (others.hanging > 0) {
    out.push_back(fmt::format("{} that {} does not concern may be refused, which hangs on {}",
                              counted(others.hanging, "message"), what,
                              joined(policy::keys_of(others.choices))));
  }
  return out;
}

namespace {

void sort_out(const Outlook& o, Conclusion& out) {
  const std::uint64_t at_risk = o.refused + o.undetermined + o.hanging + o.on_presumption;
  out.refused_already.add(
      o.looks == Looks::forged && o.standing == Standing::certain ? 0 : o.refused_already);
  if (!out.lack_of_switch.empty()) {
    out.unguarded.add(o.unguarded);
    out.unguarded_forged.add(o.looks == Looks::forged ? o.unguarded : 0);
  }
  if (o.standing != Standing::certain) {
    (o.looks == Looks::legitimate && o.standing == Standing::presumed ? out.presumed_legitimate
     : o.looks == Looks::forged && o.standing == Standing::presumed   ? out.presumed_forged
                                                                      : out.open)
        .add(at_risk);
    out.let_in_unproved.add(o.let_in + o.may_be_let_in);
    return;
  }
  if (o.looks == Looks::forged) {
    out.stopped.add(o.refused);
    out.let_in.add(o.let_in);
    out.may_be_let_in.add(o.may_be_let_in);
    return;
  }
  if (o.looks == Looks::unclear) {
    out.open.add(at_risk);
    out.let_in_unproved.add(o.let_in + o.may_be_let_in);
    return;
  }
  if (o.loss_accepted) {
    out.loss_accepted.add(at_risk);
    return;
  }
  out.lost.add(o.refused);
  out.undetermined.add(o.undetermined);
  out.hanging.add(o.hanging);
  out.on_presumption.add(o.on_presumption);
}

Answer answer_of(const Conclusion& c) {
  if (c.lost.messages > 0 || c.let_in.messages > 0 || c.others.refused > 0) {
    return Answer::somebody_breaks;
  }
  const bool open = c.questions() > 0 || c.undetermined.messages > 0 || c.hanging.messages > 0 ||
                    c.on_presumption.messages > 0 || c.may_be_let_in.messages > 0 ||
                    c.unguarded.messages > 0 || c.others.undetermined > 0 || c.others.hanging > 0 ||
                    !c.missing.empty();
  return open ? Answer::not_determined : Answer::nobody_breaks;
}

// --- the sentence ---

class Sentence {
 public:
  Sentence(const Findings& findings, const Conclusion& conclusion) : f_(findings), c_(conclusion) {}

  std::string run() {
    if (const Missing* none = no_evidence()) {
      return fmt::format("{} evidence about your domains{}: {}{}.",
                         c_.lack_of_switch.empty() ? "No" : c_.lack_of_switch + "; no",
                         none->of_the_period ? " in the period asked for" : "", none->text,
                         rest_of_missing(none));
    }
    if (!c_.lack_of_switch.empty()) return without_switch();
    losses();
    const std::string lost = sentence_of(parts_);
    parts_.clear();
    unknowns();
    std::string open = sentence_of(parts_);
    std::string out = opening();
    if (!lost.empty()) out += lost;
    if (!open.empty()) {
      out += lost.empty() ? open : "; not known: " + open;
    }
    out += accepted();
    return out + ".";
  }

 private:
  // Where there is nothing to turn on, the question is what comes in.
  std::string without_switch() {
    const bool is_open = c_.unguarded.messages > 0;
    std::string out = fmt::format("{}: {}a lock-down connector is what there is", c_.lack_of_switch,
                                  is_open ? "nothing refuses Direct Send there, and " : "");
    if (is_open) {
      out += fmt::format("; {} {} in as Direct Send", of_senders(c_.unguarded),
                         c_.unguarded.messages == 1 ? "comes" : "come");
    }
    if (c_.unguarded_forged.messages > 0) {
      out += fmt::format(", of which {} look{} forged", of_senders(c_.unguarded_forged),
                         c_.unguarded_forged.messages == 1 ? "s" : "");
    }
    losses();
    for (const std::string& part : parts_)
      out += "; " + part;
    parts_.clear();
    unknowns();
    if (!parts_.empty()) out += "; not known: " + sentence_of(parts_);
    if (c_.answer == Answer::nobody_breaks) {
      out += fmt::format("; nobody breaks: in {} of evidence, no message came in as Direct Send",
                         counted(f_.days, "day"));
    }
    return out + accepted() + ".";
  }

  const Missing* no_evidence() const {
    const auto place = std::find_if(
        c_.missing.begin(), c_.missing.end(),
        [](const Missing& missing) { return missing.kind == Missing::Kind::no_evidence; });
    return place == c_.missing.end() ? nullptr : &*place;
  }

  std::string rest_of_missing(const Missing* but) const {
    std::string out;
    for (const Missing& missing : c_.missing) {
      if (&missing != but) out += "; " + missing.text;
    }
    return out;
  }

  static std::string sentence_of(const std::vector<std::string>& parts) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i)
      out += (i == 0 ? "" : ", ") + parts[i];
    return out;
  }

  std::string opening() const {
    struct Openings {
      const char *nobody, *somebody, *open;
    };
    constexpr std::array<Openings, 3> of = {
        Openings{"Nobody breaks",
                 "Somebody breaks: ", "Whether somebody breaks can't be told yet: "},
        Openings{"Proven", "The plan does not hold: ", "The plan is not proven: "},
        Openings{"Proven of the connectors alone", "The connectors alone do harm: ",
                 "That the connectors alone do no harm is not proven: "}};
    const Openings& words = of[static_cast<std::size_t>(f_.of)];
    switch (c_.answer) {
      case Answer::nobody_breaks:
        return fmt::format("{}: in {} of evidence, no legitimate message would be refused",
                           words.nobody, counted(f_.days, "day"));
      case Answer::somebody_breaks:
        return words.somebody;
      case Answer::not_determined:
        break;
    }
    return words.open;
  }

  void losses() {
    if (c_.lost.messages > 0) {
      parts_.push_back(fmt::format("{} that {} yours for certain would be refused",
                                   of_senders(c_.lost), c_.lost.senders == 1 ? "is" : "are"));
    }
    if (c_.let_in.messages > 0) {
      parts_.push_back(fmt::format("{} that you call forged would come in through the plan",
                                   of_senders(c_.let_in)));
    }
    if (c_.others.refused > 0) {
      parts_.push_back(fmt::format("{} that the switch does not concern would be refused",
                                   counted(c_.others.refused, "message")));
    }
  }

  void question(const Pile& pile, std::string_view what) {
    if (pile.senders == 0) return;
    parts_.push_back(fmt::format("{} {}", of_senders(pile), what));
  }

  void unknowns() {
    question(c_.presumed_legitimate, c_.presumed_legitimate.senders == 1
                                         ? "that looks legitimate, which nothing proves"
                                         : "that look legitimate, which nothing proves");
    question(c_.presumed_forged, c_.presumed_forged.senders == 1
                                     ? "that looks forged, which nothing proves"
                                     : "that look forged, which nothing proves");
    question(c_.open, "that may be either");
    question(c_.let_in_unproved, "not proven that the plan lets in");
    if (c_.undetermined.messages > 0) {
      parts_.push_back(fmt::format("{} for which the evidence does not tell {}",
                                   of_senders(c_.undetermined),
                                   joined(policy::names_of(c_.facts))));
    }
    if (c_.hanging.messages > 0) {
      parts_.push_back(fmt::format("{} that hang{} on {}", of_senders(c_.hanging),
                                   c_.hanging.senders == 1 ? "s" : "",
                                   joined(policy::keys_of(c_.choices))));
    }
    if (c_.on_presumption.messages > 0) {
      parts_.push_back(
          fmt::format("{} that get through if they present a certificate that no "
                      "evidence records",
                      of_senders(c_.on_presumption)));
    }
    if (c_.may_be_let_in.messages > 0) {
      parts_.push_back(fmt::format("{} that you call forged may come in through the plan, {}",
                                   of_senders(c_.may_be_let_in), why_let_in(f_)));
    }
    for (std::string& part : others_at_risk(c_.others, "the switch"))
      parts_.push_back(std::move(part));
    for (const Missing& missing : c_.missing)
      parts_.push_back(missing.text);
  }

  // What is true beside the answer.
  std::string accepted() const {
    std::string out;
    if (c_.loss_accepted.senders > 0) {
      out += fmt::format("; you accept that {} ({}) {} refused",
                         counted(c_.loss_accepted.senders, "sender"),
                         counted(c_.loss_accepted.messages, "message"),
                         c_.loss_accepted.senders == 1 ? "is" : "are");
    }
    if (f_.certified_by_answer > 0) {
      out +=
          fmt::format("; you say that {} {} with a certificate that the evidence does not record",
                      counted(f_.certified_by_answer, "message"),
                      f_.certified_by_answer == 1 ? "comes" : "come");
    }
    if (c_.stopped.messages > 0) {
      out += fmt::format("; {} that you call forged would be stopped", of_senders(c_.stopped));
    }
    if (c_.refused_already.messages > 0) {
      out += fmt::format(
          "; {} would be refused already today{}", counted(c_.refused_already.messages, "message"),
          f_.refused_already_with.empty() ? "" : ", with " + f_.refused_already_with);
    }
    if (c_.seen_refused > 0) {
      out += fmt::format("; {} {} refused, the evidence says", counted(c_.seen_refused, "message"),
                         c_.seen_refused == 1 ? "was" : "were");
    }
    return out;
  }

  const Findings& f_;
  const Conclusion& c_;
  std::vector<std::string> parts_;
};

constexpr std::array<std::string_view, 3> answers = {"nobody breaks", "somebody breaks",
                                                     "not determined"};

}  // namespace

Conclusion conclude(const Findings& findings) {
  Conclusion out;
  out.lack_of_switch = findings.lack_of_switch;
  for (const Outlook& outlook : findings.senders)
    sort_out(outlook, out);
  out.others = findings.others;
  out.seen_refused = findings.seen_refused;
  out.missing = findings.missing;
  out.facts = findings.facts;
  out.choices = findings.choices;
  out.answer = answer_of(out);
  out.sentence = Sentence(findings, out).run();
  return out;
}

int status_of(Answer answer) noexcept {
  switch (answer) {
    case Answer::nobody_breaks:
      return 0;
    case Answer::somebody_breaks:
      return 1;
    case Answer::not_determined:
      break;
  }
  return 3;
}

std::string_view name_of(Answer answer) noexcept {
  return answers[static_cast<std::size_t>(answer)];
}

}  // namespace postern::impact

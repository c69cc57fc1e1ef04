#include "impact/answers.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "impact/questions.hpp"

namespace postern::impact {
namespace {

// Whether one text of each may stand for the same envelope sender.
bool may_be_one(std::string_view a, std::string_view b) {
  if (a.starts_with('@') && b.starts_with('@')) return iequals(a, b);
  if (a.starts_with('@')) return iends_with(b, a);
  if (b.starts_with('@')) return iends_with(a, b);
  return iequals(a, b);
}

template <class List, class Meets>
bool any_meet(const List& a, const List& b, Meets meets) {
  return std::any_of(a.begin(), a.end(), [&](const auto& one) {
    return std::any_of(b.begin(), b.end(), [&](const auto& other) { return meets(one, other); });
  });
}

bool may_hold_the_same(const Pin& a, const Pin& b) {
  if (a.addresses.empty() != b.addresses.empty()) return false;
  const bool place = a.addresses.empty() ||
                     any_meet(a.addresses, b.addresses,
                              [](const Prefix& x, const Prefix& y) { return x.overlaps(y); });
  return place && (a.envelope_senders.empty() || b.envelope_senders.empty() ||
                   any_meet(a.envelope_senders, b.envelope_senders, may_be_one));
}

std::string sentence_for(const Pin& pin) {
  switch (outcome_of(pin)) {
    case Decision::keep:
      return "it is yours or sends for you: impact counts its loss, plan lets it in";
    case Decision::refuse:
      return "it is not yours: it is refused, and nobody breaks by that";
    case Decision::let_it_break:
      return "it is yours, and its mail is refused: you accept that, and the answer says so";
    case Decision::unanswered:
    case Decision::none:
      break;
  }
  return "nothing: the question is open";
}

void look_at_width(const Pin& pin, std::vector<std::string>& faults) {
  for (const Prefix& prefix : pin.addresses) {
    if (!is_too_wide(prefix)) continue;
    faults.push_back(fmt::format(
        "{} is too wide to be one sender's, and decides about nobody: list what it sends from",
        prefix.text()));
  }
}

void look_at_others(const std::vector<Pin>& pins, std::size_t at,
                    std::vector<std::string>& faults) {
  const Decision own = outcome_of(pins[at]);
  if (own == Decision::unanswered) return;
  for (std::size_t i = 0; i < at; ++i) {
    const Decision other = outcome_of(pins[i]);
    if (other == own || other == Decision::unanswered || !may_hold_the_same(pins[i], pins[at])) {
      continue;
    }
    faults.push_back(
        fmt::format("'{}' ({}) holds some of the same mail and says {}: the more "
                    "exact one counts, and of two alike the one that refuses",
                    printable(pins[i].name), pins[i].where.text(), name_of(other)));
  }
}

void look_at_facts(const Pin& pin, const Report& report, std::vector<std::string>& faults) {
  const std::string place = pin.where.text();
  const auto refuted = report.refuted_certificates.find(place);
  if (refuted != report.refuted_certificates.end()) {
    faults.push_back(fmt::format(
        "the evidence records that {} did not come in by the connector for the certificate {}: it "
        "presents another, or the connector matches otherwise",
        counted(refuted->second, "message"), pin.certificate));
  }
  for (const Sender& sender : report.senders) {
    if (sender.pin_overruled != place) continue;
    faults.push_back(
        fmt::format("{} is not refused: it is yours ({})", printable(sender.name), sender.fact));
  }
}

// What a person must mend.
std::vector<std::string> faults_of(const std::vector<Pin>& pins, std::size_t at,
                                   const Report* report) {
  std::vector<std::string> out;
  look_at_width(pins[at], out);
  look_at_others(pins, at, out);
  if (report != nullptr) look_at_facts(pins[at], *report, out);
  return out;
}

bool shares_an_address(const Pin& pin, const Sender& sender) {
  return std::any_of(pin.addresses.begin(), pin.addresses.end(), [&](const Prefix& prefix) {
    return std::any_of(sender.addresses.begin(), sender.addresses.end(),
                       [&](IpAddress address) { return prefix.contains(address); });
  });
}

void look_at_evidence(const Pin& pin, const Report& report, AnswerEffect& out) {
  const std::string place = pin.where.text();
  for (const Sender& sender : report.senders) {
    const bool decided = sender.pin == place;
    const bool asked = out.is_open && sender.pin.empty() && is_about(pin, sender);
    if (!decided && !asked) continue;
    out.senders.push_back(printable(sender.name));
    out.messages += sender.messages;
    out.refused += messages_at_risk(sender);
    const Remedy& remedy = decided ? sender.remedy : sender.if_kept;
    const bool may_be_kept = outcome_of(pin) == Decision::keep || out.is_open;
    if (may_be_kept && remedy.connector && out.connector.empty()) out.connector = remedy.command;
    if (may_be_kept && !remedy.connector && !remedy.what.empty()) {
      out.remarks.push_back("keeping it takes no connector: " + remedy.what);
    }
  }
  if (!out.senders.empty() || !out.faults.empty()) return;
  out.remarks.emplace_back("no sender of the evidence falls under it");
  for (const Sender& sender : report.senders) {
    if (!shares_an_address(pin, sender)) continue;
    out.remarks.push_back(fmt::format(
        "{} sends from there, but not all of its addresses and envelope senders are in the entry{}",
        printable(sender.name),
        sender.pin.empty() ? "" : ", or an earlier entry decides (" + sender.pin + ")"));
  }
}

}  // namespace

std::vector<AnswerEffect> effects_of(const std::vector<Pin>& pins, const Report* report) {
  std::vector<AnswerEffect> out;
  for (std::size_t i = 0; i < pins.size(); ++i) {
    const Pin& pin = pins[i];
    AnswerEffect& effect = out.emplace_back();
    effect.name = pin.name;
    effect.where = pin.where.text();
    effect.is_open = outcome_of(pin) == Decision::unanswered;
    effect.answer = pin.decision == Decision::none
                        ? fmt::format("{} ({})", name_of(outcome_of(pin)), name_of(pin.kind))
                        : std::string(name_of(pin.decision));
    effect.does = sentence_for(pin);
    effect.faults = faults_of(pins, i, report);
    if (report != nullptr) look_at_evidence(pin, *report, effect);
  }
  return out;
}

std::uint64_t faulty_answers(const std::vector<Pin>& pins, const Report& report) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < pins.size(); ++i)
    out += faults_of(pins, i, &report).empty() ? 0 : 1;
  return out;
}

}  // namespace postern::impact

#include "impact/naming.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/join.hpp"
#include "base/numbers.hpp"
#include "impact/proof_of_sender.hpp"
#include "impact/unit_pin.hpp"

namespace postern::impact {
namespace {

using policy::Reason;

// One number a day, for a picture: of the latest days, where a broken clock tells of others.
void set_days(const std::vector<DayCounts::Day>& days, Sender& out) {
  constexpr std::int64_t most_shown = 1024;
  if (days.empty()) return;
  const std::int64_t last = days.back().day;
  const auto shown = std::find_if(days.begin(), days.end(), [last](const DayCounts::Day& each) {
    return each.day > last - most_shown;
  });
  out.first_day = shown->day;
  out.by_day.assign(static_cast<std::size_t>(last - shown->day + 1), 0);
  for (auto each = shown; each != days.end(); ++each)
    out.by_day[static_cast<std::size_t>(each->day - out.first_day)] = each->count;
}

std::uint64_t for_reasons(const Unit& g, std::initializer_list<Reason> reasons) {
  std::uint64_t out = 0;
  for (const Reason reason : reasons)
    out += g.reasons[static_cast<std::size_t>(reason)];
  return out;
}

// Whether a connector or a sign-in vouches for all of its mail. That nothing refuses it (a cloud
// without the switch, an exemption) vouches for nobody.
bool is_vouched_for(const Unit& g) {
  return g.messages > 0 &&
         for_reasons(
             g, {Reason::authenticated, Reason::originating_certificate, Reason::originating_sender,
                 Reason::originating_recipient, Reason::partner_connector}) == g.messages;
}

// Messages that come in as Direct Send, with the switch on too.
std::uint64_t unguarded(const Unit& g) {
  return for_reasons(g, {Reason::direct_send_allowed, Reason::default_connector});
}

Sender counts_of(const Unit& g) {
  Sender out;
  out.addresses = g.addresses;
  out.address_count = g.address_count;
  out.hostnames = g.hosts.top(8);
  out.reverse_paths = g.path_samples.top(8);
  out.reverse_path_count = g.reverse_paths.count();
  out.reverse_path_count_is_estimate = g.reverse_paths.is_estimate();
  out.subjects = g.subjects.top(3);
  out.message_ids = g.message_ids.top(3);
  out.messages = g.messages;
  out.days = g.days.count();
  out.first = g.first;
  out.last = g.last;
  set_days(g.days.days(), out);
  out.recipients = g.recipients.count();
  out.recipients_is_estimate = g.recipients.is_estimate();
  out.spf = g.spf;
  out.published_spf = g.published_spf;
  out.claims_unconfirmed = g.claims_unconfirmed;
  out.dkim = g.dkim;
  out.dmarc = g.dmarc;
  out.compauth = g.compauth;
  out.delivery = g.delivery;
  out.now = g.now;
  out.with_rejection = g.with_rejection;
  out.refused_already = g.refused_already;
  out.refused_already_by = g.reasons_now;
  out.hanging = g.hanging;
  out.hangs_on = g.hangs_on;
  out.missing = g.missing;
  out.notes = g.notes;
  out.connectors = g.connectors;
  out.moves = g.moves;
  out.writes_outside = g.writes_outside;
  out.unguarded = unguarded(g);
  const auto most = std::max_element(g.reasons.begin(), g.reasons.end());
  out.reason = static_cast<Reason>(most - g.reasons.begin());
  return out;
}

std::string name_of(const Unit& g, const Sender& sender, const Services& services) {
  if (g.service != no_service) return services[g.service].name;
  if (g.acs * 2 > g.messages)
    return std::string(impact::name_of(Kind::azure_communication_services));
  if (g.moves && !sender.reverse_paths.empty()) return sender.reverse_paths.front();
  for (const std::string& host : sender.hostnames) {
    const auto normal = normalise_domain(host);
    if (!normal || normal->find('.') == std::string::npos) continue;
    return g.address_count > 1 ? std::string(organisation_of(*normal)) : *normal;
  }
  if (!g.addresses.empty()) {
    std::string name = g.addresses.front().text();
    if (g.address_count > 1) name += fmt::format(" and {} more", g.address_count - 1);
    return name;
  }
  return sender.reverse_paths.empty() ? g.domain() : sender.reverse_paths.front();
}

Kind likeliest_if_legitimate(const Weighing& weighing) {
  auto best = Kind::device;
  for (std::size_t i = 0; i < weighed_kinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    if (kind != Kind::attack && weighing.of(kind) > weighing.of(best)) best = kind;
  }
  return best;
}

Looks looks_of(Kind kind) {
  return kind == Kind::attack    ? Looks::forged
         : kind == Kind::unknown ? Looks::unclear
                                 : Looks::legitimate;
}

// How much a sign speaks for `kind` rather than for the others.
double leaning(const Sign& sign, Kind kind) {
  double others = 0;
  for (const double weight : sign.weights)
    others += weight;
  const double own = sign.weights[static_cast<std::size_t>(kind)];
  return own - (others - own) / static_cast<double>(weighed_kinds - 1);
}

void give_reasons(Sender& out, const Weighing& weighing) {
  std::vector<std::pair<double, const Sign*>> sorted;
  for (const Sign& sign : weighing.signs)
    sorted.emplace_back(leaning(sign, weighing.best), &sign);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::abs(a.first) > std::abs(b.first);
  });
  for (const auto& [lean, sign] : sorted) {
    if (std::abs(lean) < 0.3) continue;
    (lean > 0 ? out.reasons : out.doubts).push_back(sign->text);
  }
}

// In made worlds the scale says too much where it is in doubt (docs/classification.md). Where it
// says too little it stays so: nobody loses mail by that.
double calibrated(double said) {
  constexpr double sound = 0.72;
  if (said > 0.99) return 0.99;  // nobody is sure of names in mail
  return said >= sound ? said : std::max(0.0, said - 0.8 * (sound - said));
}

void weigh_evidence(Sender& out, const Weighing& weighing) {
  const double attack = weighing.of(Kind::attack);
  const double best = weighing.of(weighing.best);
  give_reasons(out, weighing);
  if (out.claims_unconfirmed > 0) {
    out.doubts.push_back(
        fmt::format("{} of {} messages claim authentication in their own header that does not hold",
                    out.claims_unconfirmed, out.messages));
  }
  out.confidence = calibrated(best);
  // The kind is worth a name where it is likelier than not; whether it looks legitimate may be
  // clear before it is clear which kind it is. Words and names alone never make it legitimate.
  out.kind = out.confidence >= 0.5 ? weighing.best : Kind::unknown;
  out.looks = attack >= forged_from                ? Looks::forged
              : attack <= 0.2 && weighing.grounded ? Looks::legitimate
                                                   : Looks::unclear;
  // Whoever knows the sender's habits can copy them, from as many addresses.
  if (out.moves && out.fact.empty()) out.looks = Looks::unclear;
  if (out.looks == Looks::unclear) {
    if (out.kind != Kind::unknown) {
      out.doubts.push_back(fmt::format("it reads like {} {}, but names and words can be forged",
                                       out.kind == Kind::attack ? "an" : "a",
                                       impact::name_of(out.kind)));
    }
    out.kind = Kind::unknown;
    out.doubts.emplace_back("no proof either way: ask who owns this source before you decide");
  }
}

// Names never make certain. A hard fact does, whatever the rest reads like.
void settle(Sender& out) {
  if (out.fact.empty()) {
    out.standing = out.looks == Looks::unclear ? Standing::open : Standing::presumed;
    return;
  }
  out.standing = Standing::certain;
  if (out.looks == Looks::legitimate) return;
  if (out.kind == Kind::attack) {
    out.kind = Kind::unknown;
    out.doubts.emplace_back(
        "it reads like an attack, although it is yours: perhaps somebody else got in there");
  }
  out.looks = Looks::legitimate;
}

// What the administrator said.
void follow(const Pin& pin, const Unit& g, const Surroundings& around, Sender& out) {
  out.name = pin.name;
  out.kind = pin.kind;
  out.looks = looks_of(pin.kind);
  if (outcome_of(pin) == Decision::refuse) {
    out.kind = Kind::attack;
    out.looks = Looks::forged;
  } else if (pin.decision != Decision::none) {
    if (out.kind == Kind::unknown) out.kind = likeliest_if_legitimate(weigh(g, around));
    out.looks = Looks::legitimate;
  }
  out.confidence = 1;
  out.standing = out.looks == Looks::unclear ? Standing::open : Standing::certain;
  out.loss_accepted = pin.decision == Decision::let_it_break;
  out.source_is_vouched_for = out.looks == Looks::legitimate;
  out.pin = pin.where.text();
  const std::string said = pin.decision == Decision::none
                               ? fmt::format("pinned as {}", impact::name_of(pin.kind))
                               : fmt::format("you answered \"{}\"", impact::name_of(pin.decision));
  out.reasons.push_back(fmt::format("{} ({}{}{})", said, pin.where.text(),
                                    pin.owner.empty() ? "" : ", owner " + pin.owner,
                                    pin.note.empty() ? "" : ": " + pin.note));
  if (pin.certificate.empty()) return;
  out.answered_certificate = pin.certificate;
  out.reasons.push_back(
      fmt::format("you say that it presents the certificate {}", pin.certificate));
}

// What it would be if a person said that it is theirs; what to do then follows from that
// (remedy.cpp).
void ask(Sender& out, const Weighing& weighing) {
  out.likely_kind = out.looks == Looks::legitimate && out.kind != Kind::unknown
                        ? out.kind
                        : likeliest_if_legitimate(weighing);
}

}  // namespace

Sender name_sender(const Unit& g, const Surroundings& around) {
  Sender out = counts_of(g);
  out.name = name_of(g, out, around.context.services);
  const Pin* pin = pin_of(g, around.context.pins);
  const std::string overruled = pin != nullptr && outcome_of(*pin) == Decision::refuse
                                    ? hard_fact(g, around.context, around.foreign_held_back)
                                    : "";
  if (!overruled.empty()) {
    out.pin_overruled = pin->where.text();
    pin = nullptr;
  }
  if (pin != nullptr) {
    follow(*pin, g, around, out);
  } else if (is_vouched_for(g)) {
    out.kind = Kind::covered;
    out.looks = Looks::legitimate;
    out.standing = Standing::certain;
    out.confidence = 1;
    out.reasons.push_back(g.connectors.empty()
                              ? fmt::format("not Direct Send ({})", policy::name_of(out.reason))
                              : fmt::format("attributed to connector '{}'", g.connectors.front()));
  } else {
    const Weighing weighing = weigh(g, around);
    weigh_evidence(out, weighing);
    out.fact = hard_fact(g, around.context, around.foreign_held_back);
    if (out.fact.empty() && around.foreign_held_back > 0 &&
        is_own_alone(g.addresses, around.context)) {
      out.doubts.push_back(
          fmt::format("its address is listed as your own, but Exchange quarantined or blocked {} "
                      "that came from there as other organisations",
                      counted(around.foreign_held_back, "message")));
    }
    if (out.fact.empty() && unwanted(g) > 0 && is_own_alone(g.addresses, around.context)) {
      out.doubts.push_back(
          fmt::format("its address is listed as your own, but Exchange junked, quarantined or "
                      "blocked {} of {} messages",
                      unwanted(g), g.messages));
    }
    out.source_is_vouched_for = is_listed_by_owner(g, around.context);
    settle(out);
    if (out.standing != Standing::certain) ask(out, weighing);
  }
  if (!overruled.empty()) {
    out.doubts.push_back(fmt::format(
        "you answered refuse ({}), but {}: it stays yours; answer \"let it break\" if you mean it",
        out.pin_overruled, overruled));
  }
  return out;
}

void add_upstreams(Sender& sender, const Unit& group) {
  sender.upstreams = group.upstreams.top(8);
  if (sender.upstreams.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < sender.upstreams.size() && i < 3; ++i)
    append_item(names, printable(sender.upstreams[i]));
  if (sender.upstreams.size() > 3) names += ", …";
  sender.reasons.push_back(fmt::format("comes over your own relay; behind it: {}", names));
}

}  // namespace postern::impact

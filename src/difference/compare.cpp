// compare(): the files' own reading first, then every other answer to what documents leave open.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "difference/difference.hpp"
#include "difference/statements.hpp"
#include "difference/survey.hpp"
#include "tenant/write.hpp"

namespace postern::difference {
namespace {

using policy::Choice;
using policy::Choices;
using policy::Policy;
using policy::RejectDirectSend;
using policy::Tenant;

using Faults = std::vector<Error>;

/// One answer that differs from the files' own.
struct Flip {
  Choice choice = Choice::none;  ///< none: the switch, where a file does not tell
  Choices choices;
  std::array<bool, 2> switch_on{};  ///< by side
  std::string key, value;
};

std::string value_of(const Choices& choices, std::string_view key) {
  for (const tenant::ChoiceInForce& each : tenant::choices_in_force(choices)) {
    if (each.key == key) return each.value;
  }
  return {};
}

// Takes one member of `from`.
void take(Choices& into, const Choices& from, Choice choice) {
  switch (choice) {
    case Choice::onmicrosoft_senders:
      into.onmicrosoft_senders = from.onmicrosoft_senders;
      break;
    case Choice::partner_address_match:
      into.partner_address_match = from.partner_address_match;
      break;
    case Choice::connector_match:
      into.connector_match = from.connector_match;
      break;
    case Choice::associated_domains:
      into.associated_domains = from.associated_domains;
      break;
    case Choice::acs_exempt:
      into.acs_exempt = from.acs_exempt;
      break;
    case Choice::onpremises_recipient_match:
      into.onpremises_recipient_match = from.onpremises_recipient_match;
      break;
    case Choice::none:
      break;
  }
}

/// An effect that counts for what other readings say: how accepted mail is attributed does not.
std::pair<Effect, Effect> counted(Effect before, Effect after) {
  const Change change = change_of(before, after);
  if (change == Change::none || change == Change::attribution) {
    return {Effect::accepted, Effect::accepted};
  }
  const auto folded = [](Effect effect) { return is_accepted(effect) ? Effect::accepted : effect; };
  return {folded(before), folded(after)};
}

/// For mail in general and for Azure Communication Services: one meaning where both agree.
std::vector<Meaning> joined_meanings(Meaning mail, Meaning acs) {
  const auto silent = [](const Meaning& m) {
    return m.change == Change::none && m.instead_of == Change::none;
  };
  if (mail.change == acs.change && mail.instead_of == acs.instead_of && mail.before == acs.before &&
      mail.after == acs.after) {
    return silent(mail) ? std::vector<Meaning>{} : std::vector<Meaning>{mail};
  }
  std::vector<Meaning> out;
  mail.acs = Acs::excepted;
  acs.acs = Acs::alone;
  if (!silent(mail)) out.push_back(mail);
  if (!silent(acs)) out.push_back(acs);
  return out;
}

std::vector<Meaning> own_meanings(std::span<const Outcome> outcomes) {
  const auto meaning = [](Effect before, Effect after) {
    return Meaning{change_of(before, after), Change::none, before, after, Acs::too};
  };
  return joined_meanings(meaning(outcomes[0].effect, outcomes[1].effect),
                         meaning(outcomes[0].effect_acs, outcomes[1].effect_acs));
}

// Variants: own before and after, then those of the answers that are compared with them.
std::vector<Meaning> flipped_meanings(std::span<const Outcome> outcomes) {
  const auto meaning = [&](auto effect) {
    const Outcome& before = outcomes[outcomes.size() - 2];
    const Outcome& after = outcomes.back();
    const auto now = counted(effect(before), effect(after));
    // Explained by the files' own answers, or by one that is flipped alone.
    Meaning out;
    for (std::size_t i = 0; i + 2 < outcomes.size(); i += 2) {
      if (counted(effect(outcomes[i]), effect(outcomes[i + 1])) == now) return out;
    }
    const auto own = counted(effect(outcomes[0]), effect(outcomes[1]));
    return Meaning{change_of(now.first, now.second), change_of(own.first, own.second), now.first,
                   now.second, Acs::too};
  };
  return joined_meanings(meaning([](const Outcome& o) { return o.effect; }),
                         meaning([](const Outcome& o) { return o.effect_acs; }));
}

// Variants: then, now and after. What is refused afterwards alone.
std::vector<Meaning> lost_meanings(std::span<const Outcome> outcomes) {
  const auto meaning = [&](auto effect) {
    const Effect now = effect(outcomes[1]);
    const Effect after = effect(outcomes[2]);
    const bool lost = is_accepted(effect(outcomes[0])) && is_accepted(now) && !is_accepted(after);
    return lost ? Meaning{Change::newly_refused, Change::none, now, after, Acs::too} : Meaning{};
  };
  return joined_meanings(meaning([](const Outcome& o) { return o.effect; }),
                         meaning([](const Outcome& o) { return o.effect_acs; }));
}

/// The pass over one reading, which never changes for a pair.
class Comparison {
 public:
  Comparison(const Tenant& before, const Tenant& after, Choice settled, UnknownSwitch unknown)
      : tenants_{before, after}, settled_(settled), unknown_(unknown) {}

  tl::expected<Difference, Faults> run() {
    if (!(tenants_[0].choices == tenants_[1].choices)) {
      return tl::unexpected(Faults{
          {"the two answer what Microsoft leaves open differently, and the answers are about "
           "Microsoft, not about a tenant",
           "[choices]", "make them the same, or say whose count with --choices"}});
    }
    unknown_switch_ = settle_switch();
    for (const Tenant& tenant : tenants_) {
      auto policy = Policy::compile(tenant);
      if (!policy) return tl::unexpected(std::move(policy.error()));
      own_.push_back(std::move(*policy));
    }
    for (const Tenant& tenant : tenants_) {
      if (tenant.inbound_connectors_known) continue;
      return not_determined(
          fmt::format("the inbound connectors of {} are not known: its export "
                      "does not hold them",
                      tenant.name.empty() ? "one of the two" : tenant.name));
    }
    const Pair pair = {&own_[0], &own_[1]};
    const Space space(pair);
    return examine(space, pair);
  }

 private:
  tl::expected<Difference, Faults> not_determined(std::string why) {
    out_.result = Finding::not_determined;
    out_.why_not_determined = std::move(why);
    return std::move(out_);
  }

  /// A switch that a file does not tell is off in the own reading and on in another.
  bool settle_switch() {
    bool unknown = false;
    for (std::size_t side = 0; side < tenants_.size(); ++side) {
      if (tenants_[side].reject_direct_send != RejectDirectSend::unknown) continue;
      unknown = unknown_side_[side] = true;
      tenants_[side].reject_direct_send = RejectDirectSend::off;
    }
    return unknown;
  }

  tl::expected<Difference, Faults> examine(const Space& space, const Pair& pair) {
    out_.kinds = space.kinds();
    const auto own = Survey::over(space, {{0, own_[0]}, {1, own_[1]}}, own_meanings);
    if (!own) return not_determined(own.error().what);
    const Wording wording(space, own->classes(), pair);
    for (Told& told : statements_of(*own, wording))
      out_.statements.push_back(std::move(told.statement));
    out_.remarks = remarks_of(*own, wording);
    count_attribution(*own, out_);
    out_.decisions = own->decisions();
    out_.result = out_.statements.empty() ? Finding::same : Finding::differs;
    take_notes();
    return examine_readings(space, pair);
  }

  tl::expected<Difference, Faults> examine_readings(const Space& space, const Pair& pair) {
    const std::vector<Flip> flips = all_flips();
    for (const Flip& flip : flips) {
      if (out_.examined_choices.empty() || out_.examined_choices.back() != flip.key) {
        out_.examined_choices.push_back(flip.key);
      }
      auto said = examine_reading(space, pair, {flip}, {});
      if (!said) return not_determined(said.error().what);
    }
    out_.combinations_examined = examine_combinations(space, pair, flips);
    conclude();
    return std::move(out_);
  }

  std::vector<Flip> all_flips() const {
    std::vector<Flip> out;
    const Choices& own = tenants_[0].choices;
    const Choice open = policy::that_can_matter(tenants_[0]) | policy::that_can_matter(tenants_[1]);
    for (const Choice choice : policy::each_of(open)) {
      if (policy::has(settled_, choice)) continue;
      const std::string key(policy::keys_of(choice).front());
      for (const Choices& other : policy::other_answers(choice, own))
        out.push_back({choice, other, {}, key, value_of(other, key)});
    }
    add_switches(out);
    return out;
  }

  /// Every way in which a switch that is not told may be on.
  void add_switches(std::vector<Flip>& out) const {
    const auto add = [&](std::array<bool, 2> on, const char* value) {
      out.push_back({Choice::none, tenants_[0].choices, on, "reject_direct_send", value});
    };
    if (!unknown_switch_) return;
    if (!unknown_side_[0] || !unknown_side_[1] || unknown_ == UnknownSwitch::of_one_reading) {
      add(unknown_side_, "on");
      return;
    }
    add({true, false}, "on before, off after");
    add({false, true}, "off before, on after");
    add({true, true}, "on before and after");
  }

  /// The two tenants with some answers flipped.
  Result<std::vector<Variant>> flipped(std::span<const Flip> flips) const {
    std::vector<Variant> out;
    for (std::size_t side = 0; side < tenants_.size(); ++side) {
      Tenant tenant = tenants_[side];
      for (const Flip& flip : flips) {
        take(tenant.choices, flip.choices, flip.choice);
        if (flip.switch_on[side]) tenant.reject_direct_send = RejectDirectSend::on;
      }
      auto policy = Policy::compile(tenant);
      if (!policy) return tl::unexpected(std::move(policy.error().front()));
      out.push_back({side, std::move(*policy)});
    }
    return out;
  }

  /// What the last of several readings says that none of those before it does.
  Result<void> examine_reading(const Space& space, const Pair& pair, const std::vector<Flip>& flips,
                               const std::vector<std::vector<Flip>>& explained_by) {
    std::vector<Variant> variants = {{0, own_[0]}, {1, own_[1]}};
    std::vector<std::vector<Flip>> readings = explained_by;
    readings.push_back(flips);
    for (const std::vector<Flip>& each : readings) {
      auto made = flipped(each);
      if (!made) return tl::unexpected(made.error());
      variants.insert(variants.end(), made->begin(), made->end());
    }
    const auto survey = Survey::over(space, std::move(variants), flipped_meanings);
    if (!survey) return tl::unexpected(survey.error());
    out_.decisions += survey->decisions();
    const Wording wording(space, survey->classes(), pair);
    Reading reading;
    for (const Flip& flip : flips) {
      reading.keys.push_back(flip.key);
      reading.values.push_back(flip.value);
    }
    for (Told& told : statements_of(*survey, wording)) {
      reading.parts.push_back(
          {told.meaning.change, told.meaning.instead_of, std::move(told.statement)});
    }
    if (!reading.parts.empty()) out_.readings.push_back(std::move(reading));
    return {};
  }

  /// Combinations of two answers and more, for what no single one explains. Whether all were looked
  /// at: they are many, and the time is bounded.
  bool examine_combinations(const Space& space, const Pair& pair, const std::vector<Flip>& flips) {
    const std::uint64_t bound = out_.decisions + most_decisions_for_combinations;
    if (flips.size() > 16) return false;
    for (unsigned mask = 1; mask < 1u << flips.size(); ++mask) {
      std::vector<Flip> chosen;
      bool twice = false;
      for (std::size_t i = 0; i < flips.size(); ++i) {
        if ((mask >> i & 1) == 0) continue;
        twice = twice || (!chosen.empty() && chosen.back().key == flips[i].key);
        chosen.push_back(flips[i]);
      }
      if (twice || chosen.size() < 2) continue;
      if (out_.decisions > bound) return false;
      std::vector<std::vector<Flip>> singles;
      singles.reserve(chosen.size());
      for (const Flip& flip : chosen)
        singles.push_back({flip});
      if (!examine_reading(space, pair, chosen, singles)) return false;
    }
    return true;
  }

  static constexpr std::uint64_t most_decisions_for_combinations = 2'000'000;

  void conclude() {
    if (out_.result == Finding::same && !out_.readings.empty()) {
      out_.result = Finding::not_determined;
      out_.why_not_determined =
          "nothing differs by the answers in force, but by others that Microsoft's documents leave "
          "open it does";
    }
    if (!out_.combinations_examined && out_.result == Finding::same) {
      out_.result = Finding::not_determined;
      out_.why_not_determined =
          "nothing differs, but not every combination of what documents leave open was looked at";
    }
    if (unknown_switch_) conclude_with_unknown_switch();
  }

  // It differs either way, or in neither, or that hangs on what is not known.
  void conclude_with_unknown_switch() {
    const bool changes =
        std::any_of(out_.readings.begin(), out_.readings.end(), [](const Reading& reading) {
          return reading.keys.size() == 1 && reading.keys.front() == "reject_direct_send";
        });
    if (!changes) return;
    out_.result = Finding::not_determined;
    out_.why_not_determined =
        unknown_side_[0] && unknown_side_[1] && unknown_ == UnknownSwitch::of_each
            ? "RejectDirectSend is not known of either (shown as off), and may be on in one alone"
            : "RejectDirectSend is not known of one tenant or both (shown as off), and what "
              "differs hangs on it";
  }

  void take_notes() {
    std::set<std::string> names;
    for (const policy::AcceptedDomain& domain : tenants_[0].accepted_domains)
      names.insert(domain.name);
    const auto& others = tenants_[1].accepted_domains;
    const bool common = std::any_of(others.begin(), others.end(), [&](const auto& domain) {
      return names.contains(domain.name);
    });
    if (!common && !names.empty() && !others.empty()) {
      out_.notes.emplace_back(
          "the two have no accepted domain in common: they are two organisations");
    }
  }

  std::array<Tenant, 2> tenants_;
  Choice settled_;
  UnknownSwitch unknown_;
  std::array<bool, 2> unknown_side_{};
  bool unknown_switch_ = false;
  std::vector<Policy> own_;
  Difference out_;
};

}  // namespace

tl::expected<Difference, std::vector<Error>> compare(const Tenant& before, const Tenant& after,
                                                     Choice settled, UnknownSwitch unknown) {
  return Comparison(before, after, settled, unknown).run();
}

Result<std::vector<Statement>> refused_anew(const Tenant& then, const Tenant& now,
                                            const Tenant& after) {
  std::vector<Policy> policies;
  for (const Tenant* tenant : {&then, &now, &after}) {
    if (tenant->reject_direct_send == RejectDirectSend::unknown ||
        !tenant->inbound_connectors_known) {
      return fail("RejectDirectSend or the inbound connectors are not known", tenant->name);
    }
    auto policy = Policy::compile(*tenant);
    if (!policy) return tl::unexpected(std::move(policy.error().front()));
    policies.push_back(std::move(*policy));
  }
  const std::array<const Policy*, 3> all = {&policies[0], &policies[1], &policies[2]};
  const Space space(all);
  const auto survey =
      Survey::over(space, {{0, policies[0]}, {1, policies[1]}, {2, policies[2]}}, lost_meanings);
  if (!survey) return tl::unexpected(survey.error());
  const Wording wording(space, survey->classes(), {all[1], all[2]});
  std::vector<Statement> out;
  for (Told& told : statements_of(*survey, wording))
    out.push_back(std::move(told.statement));
  return out;
}

}  // namespace postern::difference

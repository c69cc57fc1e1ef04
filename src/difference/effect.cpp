#include "difference/effect.hpp"

#include <fmt/format.h>

namespace postern::difference {
namespace {

policy::Reason reason_of(Effect effect) noexcept {
  switch (effect) {
    case Effect::relay_denied:
      return policy::Reason::relay_denied;
    case Effect::relay_denied_attr36:
      return policy::Reason::relay_denied_attr36;
    case Effect::tls_required:
      return policy::Reason::tls_required;
    case Effect::restricted:
      return policy::Reason::restricted;
    case Effect::direct_send_rejected:
      return policy::Reason::direct_send_rejected;
    default:
      return policy::Reason::missing_facts;
  }
}

Effect refused_for(policy::Reason reason) noexcept {
  for (const Effect effect : {Effect::relay_denied, Effect::relay_denied_attr36,
                              Effect::tls_required, Effect::restricted}) {
    if (reason_of(effect) == reason) return effect;
  }
  return Effect::direct_send_rejected;
}

}  // namespace

Effect effect_of(const policy::Verdict& verdict) noexcept {
  switch (verdict.action) {
    case policy::Action::reject:
      return refused_for(verdict.reason);
    case policy::Action::undetermined:
      return Effect::undetermined;
    case policy::Action::accept:
      break;
  }
  switch (verdict.reason) {
    case policy::Reason::originating_certificate:
    case policy::Reason::originating_sender:
    case policy::Reason::originating_recipient:
      return Effect::accepted_originating;
    case policy::Reason::partner_connector:
      return Effect::accepted_partner;
    default:
      return Effect::accepted;
  }
}

bool is_accepted(Effect effect) noexcept {
  return effect <= Effect::accepted_originating;
}

bool is_by_connector(Effect effect) noexcept {
  return effect == Effect::accepted_partner || effect == Effect::accepted_originating ||
         effect == Effect::tls_required;
}

Change change_of(Effect before, Effect after) noexcept {
  if (before == after) return Change::none;
  if (is_accepted(before)) return is_accepted(after) ? Change::attribution : Change::newly_refused;
  return is_accepted(after) ? Change::newly_accepted : Change::other_reply;
}

std::string text_of(Effect effect) {
  switch (effect) {
    case Effect::accepted:
      return "accepted";
    case Effect::accepted_partner:
      return "accepted by a Partner connector";
    case Effect::accepted_originating:
      return "accepted as the organisation's own";
    case Effect::undetermined:
      return "undetermined";
    case Effect::relay_denied_attr36:
      return "550 5.7.64 ATTR36";
    default:
      break;
  }
  const policy::Reply& reply = *policy::reply_for(reason_of(effect));
  return fmt::format("{} {}", reply.code, reply.enhanced_status);
}

std::string_view name_of(Change change) noexcept {
  switch (change) {
    case Change::attribution:
      return "attribution";
    case Change::newly_refused:
      return "newly_refused";
    case Change::newly_accepted:
      return "newly_accepted";
    case Change::other_reply:
      return "other_reply";
    case Change::none:
      break;
  }
  return "none";
}

std::string_view name_of(Effect effect) noexcept {
  switch (effect) {
    case Effect::accepted_partner:
      return "accepted_partner";
    case Effect::accepted_originating:
      return "accepted_originating";
    case Effect::undetermined:
      return "undetermined";
    case Effect::accepted:
      return "accepted";
    default:
      return policy::name_of(reason_of(effect));
  }
}

}  // namespace postern::difference

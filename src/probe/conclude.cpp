#include "probe/conclude.hpp"

#include <utility>

#include <fmt/format.h>

namespace postern::probe {
namespace {

const Observation* find(const std::vector<Observation>& list, Question question) {
  for (const Observation& o : list) {
    if (o.envelope.question == question) return &o;
  }
  return nullptr;
}

std::string quoted(const Observation& o) {
  if (!o.answered) return fmt::format("{} ({})", o.fault, smtp::name_of(o.stage));
  return fmt::format("\"{}\" at {}", o.reply.line(), smtp::name_of(o.stage));
}

constexpr const char* send_it =
    "the same with --send: only an answer to the whole message says that it is taken";

// Anything but the three proofs.
Finding inconclusive(const Observation& o, bool sent) {
  Finding out;
  if (!o.answered) {
    out.because =
        fmt::format("envelope {} got no answer: {}", letter_of(o.envelope.question), quoted(o));
    out.would_prove = "a connection to the host on port 25 from here; many networks block it";
    return out;
  }
  if (o.meaning == Meaning::accepted) {
    out.because = fmt::format("envelope {} was taken as far as {}, which proves nothing yet: {}",
                              letter_of(o.envelope.question), smtp::name_of(o.stage), quoted(o));
    out.would_prove = sent ? "an answer to the whole message" : send_it;
    return out;
  }
  out.because = fmt::format("envelope {}: {}, which says nothing of it: {}",
                            letter_of(o.envelope.question), describe(o.meaning), quoted(o));
  out.would_prove = would_prove(o.meaning);
  return out;
}

Finding direct_send(const Observation* own, bool sent, bool tenant_has_addresses) {
  if (own == nullptr) return {Answer::inconclusive, "envelope A was not tried", "envelope A"};
  if (own->answered && own->meaning == Meaning::direct_send_refused) {
    return {Answer::yes,
            fmt::format("your own domain as envelope sender is refused: {}", quoted(*own)),
            {}};
  }
  if (own->taken()) {
    std::string because = fmt::format(
        "a message with your own domain as envelope sender was taken, "
        "unauthenticated: {}",
        quoted(*own));
    if (tenant_has_addresses) {
      because += "; provided that this machine's public address is in no inbound connector";
    }
    return {Answer::no, std::move(because), {}};
  }
  if (own->answered && own->meaning == Meaning::locked_down) {
    return {Answer::inconclusive,
            fmt::format("the lock-down refuses it first, whatever RejectDirectSend is: {}",
                        quoted(*own)),
            "the setting itself (postern audit): behind a lock-down it can't be seen from outside"};
  }
  return inconclusive(*own, sent);
}

Finding lock_down(const Observation* foreign, const Observation* own, bool sent) {
  if (foreign == nullptr) return {Answer::inconclusive, "envelope B was not tried", "envelope B"};
  if (foreign->answered && foreign->meaning == Meaning::locked_down) {
    return {Answer::yes,
            fmt::format("a foreign envelope sender is refused unless it comes from the connector's "
                        "sources: {}",
                        quoted(*foreign)),
            {}};
  }
  if (foreign->taken()) {
    std::string because = fmt::format(
        "a message with a foreign envelope sender was taken past the "
        "MX: {}",
        quoted(*foreign));
    if (own != nullptr && own->answered && own->meaning == Meaning::locked_down) {
      because += "; a restricting connector covers your own domain alone";
    }
    return {Answer::no, std::move(because), {}};
  }
  Finding out = inconclusive(*foreign, sent);
  if (own != nullptr && own->answered && own->meaning == Meaning::direct_send_refused) {
    out.because +=
        "; that A got 5.7.68 and not 5.7.51 speaks against a lock-down, since that would "
        "refuse first";
  }
  return out;
}

// The rule as documented leaves no room for these.
void contradictions(const std::vector<Observation>& list, std::vector<std::string>& notes) {
  for (const Observation& o : list) {
    const Question q = o.envelope.question;
    if (!o.answered || o.meaning != Meaning::direct_send_refused) continue;
    if (q == Question::foreign_domain || q == Question::null_sender ||
        q == Question::foreign_with_own_from) {
      notes.push_back(
          fmt::format("envelope {} ({}) got 5.7.68, which the documented rule does not "
                      "allow: please report it",
                      letter_of(q), describe(q)));
    }
    if (q == Question::subdomain) {
      notes.emplace_back(
          "envelope C got 5.7.68: the accepted domain matches its subdomains too "
          "(MatchSubDomains)");
    }
  }
}

void against_settings(const std::vector<Observation>& list, std::vector<std::string>& notes) {
  for (const Observation& o : list) {
    if (!o.answered || o.expected.action == policy::Action::undetermined) continue;
    const bool refused =
        o.meaning == Meaning::direct_send_refused || o.meaning == Meaning::locked_down;
    if (!refused && !o.taken()) continue;
    const bool should = o.expected.action == policy::Action::reject;
    if (refused == should) continue;
    notes.push_back(
        fmt::format("envelope {}: the settings say that it is {} ({}), the host {} it: a change "
                    "may still travel "
                    "(30 minutes), or this machine's address is in a connector",
                    letter_of(o.envelope.question), should ? "refused" : "taken",
                    policy::name_of(o.expected.reason), refused ? "refused" : "took"));
  }
}

}  // namespace

std::string_view name_of(Answer answer) noexcept {
  switch (answer) {
    case Answer::yes:
      return "yes";
    case Answer::no:
      return "no";
    case Answer::inconclusive:
      break;
  }
  return "inconclusive";
}

Conclusion conclude(const std::vector<Observation>& list, bool sent, bool tenant_has_addresses) {
  const Observation* own = find(list, Question::own_domain);
  const Observation* foreign = find(list, Question::foreign_domain);
  Conclusion out;
  out.direct_send_refused = direct_send(own, sent, tenant_has_addresses);
  out.locked_down = lock_down(foreign, own, sent);
  if (out.direct_send_refused.answer == Answer::yes && out.locked_down.answer == Answer::no) {
    out.notes.emplace_back(
        "Direct Send is refused, yet the tenant is not locked down: mail with a foreign envelope "
        "sender, your own domain in its header From included, still gets past the MX");
  }
  if (const Observation* e = find(list, Question::foreign_with_own_from);
      e != nullptr && e->taken()) {
    out.notes.emplace_back(
        "envelope E was taken: see whether the message went to the inbox, to junk or to "
        "quarantine; "
        "that is up to DMARC and anti-spoofing");
  }
  contradictions(list, out.notes);
  against_settings(list, out.notes);
  return out;
}

}  // namespace postern::probe

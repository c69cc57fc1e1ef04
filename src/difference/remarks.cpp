// What nobody expects of a change, found by the clauses that decide the mail that it changes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/join.hpp"
#include "difference/statements.hpp"

namespace postern::difference {
namespace {

using policy::Reason;

bool originates(Reason reason) {
  return reason == Reason::originating_certificate || reason == Reason::originating_sender ||
         reason == Reason::originating_recipient;
}

bool denies_relay(Reason reason) {
  return reason == Reason::relay_denied || reason == Reason::relay_denied_attr36;
}

class Remarker {
 public:
  Remarker(const Survey& survey, const Wording& wording) : survey_(survey), wording_(wording) {}

  std::vector<Remark> run() {
    for (const Cause& cause : survey_.causes())
      look_at(cause);
    std::vector<Remark> out;
    for (auto& [id, found] : found_) {
      Remark remark{
          std::string(id), sentence(id, found), {found.connectors.begin(), found.connectors.end()}};
      out.push_back(std::move(remark));
    }
    return out;
  }

 private:
  struct Found {
    Box frame;
    std::set<std::string> connectors;
  };

  bool any_ours(std::size_t variant, const Bits& recipients, bool ours) const {
    bool out = false;
    const auto& says = survey_.classes().says[variant].ours;
    recipients.for_each([&](std::size_t i) { out = out || (says[i] != 0) == ours; });
    return out;
  }

  void look_at(const Cause& cause) {
    const bool tls_before = cause.reason_before == Reason::tls_required;
    const bool tls_after = cause.reason_after == Reason::tls_required;
    const bool accepts_before = policy::reply_for(cause.reason_before) == nullptr;
    const bool accepts_after = policy::reply_for(cause.reason_after) == nullptr;
    const Bits& recipients = cause.frame[by_recipient];
    if (denies_relay(cause.reason_before) && originates(cause.reason_after) &&
        any_ours(1, recipients, false)) {
      add("relay", cause, true);
    }
    if (denies_relay(cause.reason_before) && accepts_after && any_ours(1, recipients, true)) {
      add("recipients_opened", cause, true);
    }
    if (cause.reason_after == Reason::originating_recipient && !originates(cause.reason_before) &&
        wording_.any_foreign(survey_.classes().senders, cause.frame[by_sender])) {
      add("recipient_leg", cause, true);
    }
    if (accepts_before && tls_after) add("tls_demanded", cause, true);
    if (tls_before && accepts_after) add("tls_no_longer_demanded", cause, false);
  }

  void add(std::string_view id, const Cause& cause, bool of_after) {
    const auto [at, fresh] = found_.emplace(id, Found{cause.frame, {}});
    for (const Dimension d : dimensions)
      at->second.frame[d] |= cause.frame[d];
    const Variant& variant = of_after ? survey_.after() : survey_.before();
    const std::uint32_t connector = of_after ? cause.connector_after : cause.connector_before;
    if (connector != policy::no_connector) {
      at->second.connectors.insert(variant.policy.connector(connector).name);
    }
  }

  std::string sentence(std::string_view id, const Found& found) const {
    const Where where = wording_.where(found.frame);
    const std::string named = joined(
        found.connectors, [](const std::string& name) { return "'" + printable(name) + "'"; });
    const std::string from = where.addresses.everything ? "any address" : where.addresses.text;
    const std::string senders = where.senders.everything ? "anybody" : where.senders.text;
    const std::string recipients =
        where.recipients.everything ? "any recipient" : where.recipients.text;
    if (id == "relay") {
      return fmt::format(
          "{} opens relay: mail from {} is now accepted for any recipient in the "
          "world, from {}{}",
          named, senders, from, session_of(where));
    }
    if (id == "recipients_opened") {
      return fmt::format("mail to {} is accepted now, where it was refused with 550 5.7.64",
                         recipients);
    }
    if (id == "recipient_leg") {
      return fmt::format(
          "{} also takes mail of others: from {} to {}, from {}{}, it now counts as "
          "the organisation's own (onpremises_recipient_match)",
          named, senders, recipients, from, session_of(where));
    }
    if (id == "tls_demanded") {
      return fmt::format("TLS is now demanded of mail from {}{}: without it, 451 5.7.3", senders,
                         named.empty() ? "" : " by " + named);
    }
    return fmt::format("TLS is no longer demanded of mail from {}, from {}{}", senders, from,
                       named.empty() ? "" : " (it was by " + named + ")");
  }

  static std::string session_of(const Where& where) {
    return where.sessions.everything ? std::string{} : ", " + where.sessions.text;
  }

  const Survey& survey_;
  const Wording& wording_;
  std::map<std::string_view, Found> found_;
};

}  // namespace

std::vector<Remark> remarks_of(const Survey& survey, const Wording& wording) {
  return Remarker(survey, wording).run();
}

void note_assumed(const std::vector<std::string>& assumed, Difference& of) {
  for (const std::string& each : assumed) {
    if (std::find(of.notes.begin(), of.notes.end(), each) == of.notes.end())
      of.notes.push_back(each);
  }
  if (assumed.empty() || of.result != Finding::same) return;
  of.result = Finding::not_determined;
  of.why_not_determined = "nothing differs, but an export lacks settings that decide";
}

}  // namespace postern::difference

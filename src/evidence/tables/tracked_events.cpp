#include "evidence/tables/tracked_events.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace postern::evidence {
namespace {

constexpr std::array<std::string_view, 19> sources = {
    "SMTP",
    "STOREDRIVER",
    "AGENT",
    "ROUTING",
    "DSN",
    "PICKUP",
    "GATEWAY",
    "DNS",
    "ADMIN",
    "BOOTLOADER",
    "MAILBOXRULE",
    "ORAR",
    "QUEUE",
    "REDUNDANCY",
    "RESOLVER",
    "PUBLICFOLDER",
    "SAFETYNET",
    "APPROVAL",
    "MEETINGMESSAGEPROCESSOR",
};

constexpr std::array<std::string_view, 4> begun_inside = {"SUBMIT", "SUBMITDEFER", "SUBMITFAIL",
                                                          "CLIENTSUBMISSION"};

constexpr std::array<std::string_view, 28> after_arrival = {
    "DELIVER",
    "FAIL",
    "EXPAND",
    "SEND",
    "SENDEXTERNAL",
    "DEFER",
    "DROP",
    "REDIRECT",
    "RESOLVE",
    "TRANSFER",
    "DELIVERFAIL",
    "DUPLICATEDELIVER",
    "DUPLICATEEXPAND",
    "DUPLICATEREDIRECT",
    "PROCESS",
    "RESUBMIT",
    "RESUBMITDEFER",
    "RESUBMITFAIL",
    "SUPPRESSED",
    "THROTTLE",
    "BADMAIL",
    "POISONMESSAGE",
    "MODERATIONEXPIRE",
    "MODERATORAPPROVE",
    "MODERATORREJECT",
    "MODERATORSALLNDR",
    "HARECEIVE",
    "HAREDIRECT",
};

constexpr std::array<std::string_view, 8> beside = {
    "DSN",       "LOAD",           "NOTIFYMAPI",         "NOTIFYSHADOW",
    "HADISCARD", "HAREDIRECTFAIL", "INITMESSAGECREATED", "PROCESSMEETINGMESSAGE",
};

// What details name beside the words of tracking, written without blanks.
constexpr std::array<std::string_view, 31> of_details = {
    "Delivered",
    "Failed",
    "Expanded",
    "Deferred",
    "Pending",
    "Quarantine",
    "Quarantined",
    "Release",
    "Released",
    "TransportRule",
    "MailFlowRule",
    "DLPRule",
    "DLP",
    "DataLossPrevention",
    "Malware",
    "Phish",
    "Bulk",
    "SpamDiagnostics",
    "SpamVerdict",
    "AntiSpam",
    "AntiMalware",
    "AdvancedThreatProtection",
    "SafeAttachments",
    "SafeLinks",
    "Journal",
    "Custom",
    "Moderate",
    "Moderation",
    "Hold",
    "MessageHold",
    "ZAP",
};

// "Transport rule" is "TransportRule".
bool is_word(std::string_view text, std::string_view word) noexcept {
  std::size_t at = 0;
  for (const char c : text) {
    if (c == ' ' || c == '-' || c == '_') continue;
    if (at == word.size() || ascii_lower(c) != ascii_lower(word[at])) return false;
    ++at;
  }
  return at == word.size();
}

bool is_one_of(std::string_view text, std::span<const std::string_view> words) noexcept {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return is_word(text, word); });
}

// The log's own words are capitals in every language: one that is not known here is Microsoft's.
bool is_in_capitals(std::string_view event) noexcept {
  return !event.empty() &&
         std::all_of(event.begin(), event.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

TrackedEvent event_of(std::string_view event) noexcept {
  if (is_one_of(event, after_arrival)) return TrackedEvent::after_arrival;
  if (is_word(event, "AGENTINFO")) return TrackedEvent::agents;
  if (is_one_of(event, begun_inside)) return TrackedEvent::begun_inside;
  return is_one_of(event, beside) ? TrackedEvent::beside : TrackedEvent::unknown;
}

}  // namespace

TrackedEvent tracked_event(std::string_view event, std::string_view source) noexcept {
  event = trim(event);
  source = trim(source);
  if (!is_word(event, "RECEIVE")) {
    const TrackedEvent known = event_of(event);
    return known == TrackedEvent::unknown && is_in_capitals(event) ? TrackedEvent::after_arrival
                                                                   : known;
  }
  if (iequals(source, "SMTP")) return TrackedEvent::arrival;
  return is_one_of(source, sources) ? TrackedEvent::begun_inside : TrackedEvent::unknown_source;
}

TrackedEvent detailed_event(std::string_view event) noexcept {
  event = trim(event);
  if (is_word(event, "Receive")) return TrackedEvent::arrival;
  if (is_word(event, "Spam")) return TrackedEvent::agents;
  if (is_word(event, "Submitted")) return TrackedEvent::begun_inside;
  return is_one_of(event, of_details) ? TrackedEvent::after_arrival : event_of(event);
}

RowOutcome unknown_event(std::string_view column, std::string_view event) {
  return bad_row(
      column, fmt::format("is no event that is known here ('{}'); where it is Receive in another "
                          "language, export it in English",
                          printable(event.substr(0, 40))));
}

RowOutcome later_event(const LaterEvent& event, TraceFields& fields, RecentRows& recent,
                       Message& m) {
  // Without an id nobody can say whether another row tells of the arrival.
  const std::string_view id = id_of(event.network_message_id, event.message_id);
  if (id.empty()) return {RowKind::not_relevant, NotRelevant::other_event, {}};
  m.fragment = m.after_arrival = true;
  (void)fields.time({}, event.time, m);
  m.header_from_domain = fields.domain_of_sender(event.sender);
  if (event.path.empty()) {
    (void)fields.uncertain_sender({}, event.sender, false, m);
  } else if (fields.sender({}, event.path, m).kind == RowKind::bad) {
    m.submission.reverse_path = {};
  }
  // Of several recipients nobody can say which of them are here.
  RecipientList list(event.recipients, ";,");
  if (list.next()) {
    const std::string_view only = list.address();
    const bool is_only = !list.next();
    if (!is_only || fields.recipient({}, only, m).kind == RowKind::bad) {
      m.recipient = {};
      m.submission.recipient_domain.reset();
    }
  }
  m.message_id = event.message_id;
  m.network_message_id = event.network_message_id;
  return {RowKind::message,
          NotRelevant::other_event,
          {},
          recent.asked(Recall::Kind::unless_mentioned, id, {})};
}

}  // namespace postern::evidence

// The words by which Exchange names what happened to a message, in its tracking and in traces.
// Internal to the room.
#pragma once

#include <cstdint>
#include <string_view>

#include "evidence/message.hpp"
#include "evidence/tables/trace_fields.hpp"

namespace postern::evidence {

enum class TrackedEvent : std::uint8_t {
  unknown,         ///< no word that Exchange has: of another language, or a newer one
  arrival,         ///< taken in over SMTP
  begun_inside,    ///< handed in by a mailbox, an agent, or the service itself
  after_arrival,   ///< tells of a message that has come: delivered, failed, expanded, …
  agents,          ///< what the filters found (AGENTINFO, Spam)
  beside,          ///< tells of the service, of a notice, or of a copy
  unknown_source,  ///< an arrival from a source that is no word of Exchange
};

/// Of message tracking and of the extended report: EventId and Source.
/// https://learn.microsoft.com/exchange/mail-flow/transport-logs/message-tracking
TrackedEvent tracked_event(std::string_view event, std::string_view source) noexcept;

/// Of the details of a trace, which also name filters and rules; only some of them are documented.
/// https://learn.microsoft.com/exchange/monitoring/trace-an-email-message/message-trace-modern-eac
TrackedEvent detailed_event(std::string_view event) noexcept;

/// The row of an event that no list knows.
RowOutcome unknown_event(std::string_view column, std::string_view event);

/// What an event after the arrival tells of its message. `path`: the envelope sender, where the
/// source has it. No fault of such a row is one of a message.
struct LaterEvent {
  std::string_view time, sender, path, recipients, message_id, network_message_id;
};
RowOutcome later_event(const LaterEvent& event, TraceFields& fields, RecentRows& recent,
                       Message& m);
/// By what the rows of a message are known among those of a table.
inline std::string_view id_of(std::string_view network_message_id,
                              std::string_view message_id) noexcept {
  return network_message_id.empty() ? message_id : network_message_id;
}
/// A row that tells where a message began, and is no arrival.
inline RowOutcome begun_elsewhere(NotRelevant why, std::string_view id, const RecentRows& recent) {
  return {RowKind::not_relevant, why, {}, recent.mentioning(id)};
}

}  // namespace postern::evidence

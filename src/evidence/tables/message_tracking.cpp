// Message tracking logs of Exchange Server (MSGTRK*.LOG) and of Get-MessageTrackingLog: an event a
// row. The event RECEIVE from source SMTP is the arrival; it names all recipients at once.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "evidence/tables/trace_fields.hpp"
#include "evidence/tables/tracked_events.hpp"

namespace postern::evidence {
namespace {

enum Tracking : std::size_t {
  k_time,
  k_client_ip,
  k_client_hostname,
  k_source,
  k_event_id,
  k_message_id,
  k_network_message_id,
  k_recipients,
  k_subject,
  k_sender_address,
  k_return_path,
  k_directionality,
  k_original_client_ip,
};

// Names in the log, then those of the cmdlet.
const std::vector<Column> tracking_columns = {
    {"date-time", "Timestamp"},
    {"client-ip", "ClientIp"},
    {"client-hostname", "ClientHostname"},
    {"source"},
    {"event-id", "EventId"},
    {"message-id", "MessageId"},
    {"network-message-id", "NetworkMessageId"},
    {"recipient-address", "Recipients", "RecipientAddress"},
    {"message-subject", "MessageSubject"},
    {"sender-address", "Sender"},
    {"return-path", "ReturnPath"},
    {"directionality"},
    {"original-client-ip", "OriginalClientIp"},
};

class MessageTracking final : public TableFormat {
 public:
  explicit MessageTracking(HashSeed seed) : TableFormat(seed) {}

  const std::vector<Column>& columns() const override { return tracking_columns; }
  [[nodiscard]] bool rows_stand_alone() const override { return true; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    for (const Tracking needed : {k_time, k_event_id, k_source, k_recipients, k_sender_address}) {
      if (!present[needed]) return std::string(tracking_columns[needed].name);
    }
    return {};
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    remaining_ = {};
    const std::string_view id = id_of(cells[k_network_message_id].text, cells[k_message_id].text);
    // Who signed in at this server, or is trusted by it, is Originating there. That is not signed
    // in at Exchange Online, for which this server is a client as any other.
    const std::string_view way = cells[k_directionality].text;
    const bool originating = way == "2" || iequals(way, "Originating");
    switch (tracked_event(cells[k_event_id].text, cells[k_source].text)) {
      case TrackedEvent::arrival:
        break;
      case TrackedEvent::begun_inside:
        return begun_elsewhere(NotRelevant::other_event, id, recent_);
      case TrackedEvent::after_arrival:
        return later(cells, way == "1" || iequals(way, "Incoming"), m);
      case TrackedEvent::agents:
      case TrackedEvent::beside:
        return {RowKind::not_relevant, NotRelevant::other_event, {}};
      case TrackedEvent::unknown:
        return unknown_event("event-id", cells[k_event_id].text);
      case TrackedEvent::unknown_source:
        return unknown_event("source", cells[k_source].text);
    }
    if (!originating && !TraceFields::direction(way, m)) {
      return begun_elsewhere(NotRelevant::outbound, id, recent_);
    }
    std::string_view recipients = trim(cells[k_recipients].text);
    if (recipients.starts_with("System.")) {  // Export-Csv wrote the name of the list's type
      return bad_row("Recipients", fmt::format("is '{}': export with Select-Object "
                                               "@{{n='Recipients';e={{$_.Recipients -join ';'}}}}",
                                               printable(recipients.substr(0, 60))));
    }
    if (recipients.starts_with('[') && recipients.ends_with(']')) {  // a JSON list
      recipients = recipients.substr(1, recipients.size() - 2);
    }
    RowOutcome outcome = fields_.time("date-time", cells[k_time].text, m);
    if (outcome.kind == RowKind::message) outcome = envelope(cells, m);
    if (outcome.kind == RowKind::message) {
      const Cell& original = cells[k_original_client_ip];
      outcome = fields_.client("original-client-ip",
                               original.text.empty() ? cells[k_client_ip].text : original.text, m);
    }
    if (outcome.kind != RowKind::message) return outcome;
    m.client_hostname = cells[k_client_hostname].text;
    m.subject = cells[k_subject].text;
    m.message_id = cells[k_message_id].text;
    m.network_message_id = cells[k_network_message_id].text;
    remaining_ = recipients;
    return next_recipient(m);
  }

  [[nodiscard]] bool is_log() const override { return true; }

  std::optional<RowOutcome> another(Message& m) override {
    if (trim(remaining_).empty()) return std::nullopt;
    return next_recipient(m);
  }

 private:
  RowOutcome next_recipient(Message& m) {
    const std::size_t end = remaining_.find_first_of(";,");
    std::string_view address = trim(remaining_.substr(0, end));
    remaining_ = end == std::string_view::npos ? std::string_view{} : remaining_.substr(end + 1);
    if (address.size() >= 2 && address.front() == '"' && address.back() == '"') {
      address = address.substr(1, address.size() - 2);
    }
    RowOutcome outcome = fields_.recipient("recipient-address", address, m);
    // Each server that the message passes records its arrival.
    if (outcome.kind == RowKind::message) {
      outcome.why = NotRelevant::duplicate;
      outcome.recall = recent_.mentioning(
          id_of(m.network_message_id, m.message_id),
          recent_.asked(Recall::Kind::unless_repeated, m.network_message_id, address));
    }
    return outcome;
  }

  // What is not recorded as incoming may have begun in a mailbox, of which another service's log
  // tells.
  RowOutcome later(const std::vector<Cell>& cells, bool is_incoming, Message& m) {
    if (!is_incoming) return {RowKind::not_relevant, NotRelevant::other_event, {}};
    RowOutcome outcome = later_event(
        {cells[k_time].text, cells[k_sender_address].text, cells[k_return_path].text,
         cells[k_recipients].text, cells[k_message_id].text, cells[k_network_message_id].text},
        fields_, recent_, m);
    m.submission.authenticated = policy::Known::no;
    return outcome;
  }

  RowOutcome envelope(const std::vector<Cell>& cells, Message& m) {
    const std::string_view sender = cells[k_sender_address].text;
    if (cells[k_return_path].text.empty()) {
      return fields_.uncertain_sender("sender-address", sender, false, m);
    }
    m.header_from = sender;
    m.header_from_domain = fields_.domain_of_sender(sender);
    return fields_.sender("return-path", cells[k_return_path].text, m);
  }

  TraceFields fields_{times_};
  std::string_view remaining_;
};

}  // namespace

std::unique_ptr<TableFormat> message_tracking_format(const Options& options) {
  return std::make_unique<MessageTracking>(options.seed);
}

}  // namespace postern::evidence

// Rows of Get-MessageTraceDetailV2 (or Graph's getDetailsByRecipient): one an event of a message.
// The event of its arrival holds, as XML, what the trace itself lacks: the envelope sender, the
// client's address and the connector. The schema is documented nowhere; names were read off
// answers. An event completes the message that a trace holds under the same id.
#include <cstddef>
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/tables/arrival_data.hpp"
#include "evidence/tables/trace_fields.hpp"
#include "evidence/tables/tracked_events.hpp"

namespace postern::evidence {
namespace {

enum Detail : std::size_t {
  d_message_trace_id,
  d_message_id,
  d_date,
  d_event,
  d_data,
  d_recipient_address,
  d_sender_address,
};

const std::vector<Column> detail_columns = {
    // Graph's "id" is that of the detail, not of its message.
    {"MessageTraceId"},   {"MessageId"},     {"Date", "dateTime", "Timestamp"}, {"Event"}, {"Data"},
    {"RecipientAddress"}, {"SenderAddress"},
};

/// <root><MEP Name="ConnectorId" String="…"/><MEP Name="SCL" Integer="5"/>…</root>
class Properties {
 public:
  /// False where the text is no such XML. Entities that a document defines itself stay as they are.
  bool read(std::string_view xml) {
    const auto parsed =
        document_.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
    return parsed && document_.document_element();
  }
  /// The value of a property; empty where it is not there.
  [[nodiscard]] std::string_view of(const char* name) const {
    for (const pugi::xml_node& property : document_.document_element().children("MEP")) {
      if (std::string_view(property.attribute("Name").value()) != name) continue;
      for (const char* kind : {"String", "Integer", "Long", "Blob"}) {
        if (const auto value = property.attribute(kind)) return value.value();
      }
    }
    return {};
  }

 private:
  pugi::xml_document document_;
};

class MessageTraceDetail final : public TableFormat {
 public:
  explicit MessageTraceDetail(HashSeed seed) : TableFormat(seed) {}

  const std::vector<Column>& columns() const override { return detail_columns; }
  [[nodiscard]] bool rows_stand_alone() const override { return true; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    if (!present[d_event]) return "Event";
    if (!present[d_data]) return "Data";
    if (!present[d_message_trace_id] && !present[d_message_id]) return "MessageTraceId";
    return {};
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    const std::string_view id = id_of(cells[d_message_trace_id].text, cells[d_message_id].text);
    const TrackedEvent event = detailed_event(cells[d_event].text);
    const bool filtered = event == TrackedEvent::agents;
    const std::string_view xml = trim(cells[d_data].text);
    switch (event) {
      case TrackedEvent::arrival:
      case TrackedEvent::agents:
        if (xml.empty()) return later(cells, m);
        break;
      case TrackedEvent::begun_inside:
        return begun_elsewhere(NotRelevant::other_event, id, recent_);
      case TrackedEvent::after_arrival:
        return later(cells, m);
      case TrackedEvent::beside:
        return {RowKind::not_relevant, NotRelevant::other_event, {}};
      case TrackedEvent::unknown:
      case TrackedEvent::unknown_source:
        return unknown_event("Event", cells[d_event].text);
    }
    if (!properties_.read(xml)) return bad_row("Data", "is no XML of properties (MEP)");
    m.fragment = true;
    m.message_id = cells[d_message_id].text;
    m.network_message_id = cells[d_message_trace_id].text;
    if (m.message_id.empty() && m.network_message_id.empty()) {
      return bad_row("MessageTraceId", "is empty, and so is MessageId");
    }
    if (!cells[d_date].text.empty()) {
      if (auto outcome = fields_.time("Date", cells[d_date].text, m);
          outcome.kind != RowKind::message) {
        return outcome;
      }
    }
    if (!cells[d_recipient_address].text.empty()) {
      if (auto outcome = fields_.recipient("RecipientAddress", cells[d_recipient_address].text, m);
          outcome.kind != RowKind::message) {
        return outcome;
      }
    }
    RowOutcome outcome = filtered ? spam(m) : receive(m);
    if (outcome.kind == RowKind::message && !filtered) {
      outcome.recall = recent_.mentioning(id);
    }
    return outcome;
  }

 private:
  RowOutcome later(const std::vector<Cell>& cells, Message& m) {
    return later_event({.time = cells[d_date].text,
                        .sender = cells[d_sender_address].text,
                        .path = {},
                        .recipients = cells[d_recipient_address].text,
                        .message_id = cells[d_message_id].text,
                        .network_message_id = cells[d_message_trace_id].text},
                       fields_, recent_, m);
  }

  // SCL 5 and more goes to junk or quarantine by Exchange's defaults.
  RowOutcome spam(Message& m) const {
    const std::string_view level = properties_.of("SCL");
    if (level.size() != 1 || level[0] < '0' || level[0] > '9') {
      return {RowKind::not_relevant, NotRelevant::other_event, {}};
    }
    m.delivery = level[0] >= '5' ? Delivery::junk : Delivery::inbox;
    return {};
  }

  RowOutcome receive(Message& m) {
    if (auto outcome = fields_.sender("Data", properties_.of("ReturnPath"), m);
        outcome.kind != RowKind::message) {
      return outcome;
    }
    const ArrivalData arrival = arrival_data(properties_.of("CustomData"));
    if (auto outcome = fields_.client("Data", arrival.client_address, m);
        outcome.kind != RowKind::message) {
      return outcome;
    }
    const std::string_view connector = properties_.of("ConnectorId");
    TraceFields::connector({connector, !connector.empty()}, m);
    const bool tells_how = m.submission.reverse_path.state != policy::ReversePath::State::unknown ||
                           m.submission.client_ip || !connector.empty();
    if (!tells_how) m.after_arrival = true;
    add_arrival_data(arrival, {}, m);
    // Submission has receive connectors of its own ("Client Frontend", "Client Proxy"). What came
    // to the default connector is anonymous where the client's greeting is recorded; where it is
    // not, the service may have taken it for a relay of the organisation's.
    policy::Submission& s = m.submission;
    using State = policy::ObservedAttribution::State;
    if (s.observed.state == State::default_connector) {
      if (!m.helo.empty()) s.authenticated = policy::Known::no;
    } else if (s.observed.state == State::connector &&
               s.observed.connector.starts_with("Client ") &&
               connector.find('\\') != std::string_view::npos) {
      s.authenticated = policy::Known::yes;
      s.observed = {};
    } else if (s.observed.state == State::connector) {
      s.authenticated = policy::Known::no;
    }
    return {};
  }

  Properties properties_;
  TraceFields fields_{times_};
};

}  // namespace

std::unique_ptr<TableFormat> message_trace_detail_format(const Options& options) {
  return std::make_unique<MessageTraceDetail>(options.seed);
}

}  // namespace postern::evidence

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

namespace postern::evidence {
namespace {

enum Detail : std::size_t {
  d_message_trace_id,
  d_message_id,
  d_date,
  d_event,
  d_data,
  d_recipient_address,
};

const std::vector<Column> detail_columns = {
    // Graph's "id" is that of the detail, not of its message.
    {"MessageTraceId"}, {"MessageId"}, {"Date", "dateTime", "Timestamp"},
    {"Event"},          {"Data"},      {"RecipientAddress"},
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
  const std::vector<Column>& columns() const override { return detail_columns; }
  [[nodiscard]] bool rows_stand_alone() const override { return true; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    if (!present[d_event]) return "Event";
    if (!present[d_data]) return "Data";
    if (!present[d_message_trace_id] && !present[d_message_id]) return "MessageTraceId";
    return {};
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    const bool arrival = iequals(cells[d_event].text, "Receive");
    const bool filtered = iequals(cells[d_event].text, "Spam");
    const std::string_view xml = trim(cells[d_data].text);
    if ((!arrival && !filtered) || xml.empty()) {
      return {RowKind::not_relevant, NotRelevant::other_event, {}};
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
    return filtered ? spam(m) : receive(m);
  }

 private:
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

std::unique_ptr<TableFormat> message_trace_detail_format(const Options&) {
  return std::make_unique<MessageTraceDetail>();
}

}  // namespace postern::evidence

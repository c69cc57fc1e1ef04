// Two reports of Exchange Online about mail that no connector matched: the ConnectorReport of
// Start-HistoricalSearch, and the Change Optics report of the admin center (scenario or tag DRS,
// Direct Send). Microsoft documents the columns of neither; they are found by name, whatever their
// order, case and punctuation. Change Optics was seen with "Message
// ID,Sender,Recipient,Subject,Time Stamp,Tag,Details": no client's address.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/tables/trace_fields.hpp"

namespace postern::evidence {
namespace {

using policy::Known;
using policy::ObservedAttribution;

enum Report : std::size_t {
  r_time,
  r_sender_address,
  r_return_path,
  r_recipient_address,
  r_client_ip,
  r_connector,
  r_message_id,
  r_network_message_id,
  r_subject,
  r_tls,
  r_scenario,
};

const std::vector<Column> report_columns = {
    {"date_time_utc", "origin_timestamp_utc", "Received time", true},
    {"sender_address", "Sender", "From address", true},
    {"return_path", "Mail from address", "P1 sender", true},
    {"recipient_address", "Recipient", "To address", true},
    {"original_client_ip", "Sender IP", "client_ip", true},
    {"connector_name", "connector_id", "Connector", true},
    {"message_id", "Internet message id", {}, true},
    {"network_message_id", "Message trace id", {}, true},
    {"message_subject", "Subject", {}, true},
    {"tls_version", "TLS used", "tls_cipher", true},
    {"Scenario", "Change scenario", "Tag", true},
};

// Names that only these reports have for the time.
const std::vector<Column> change_optics_columns = [] {
  std::vector<Column> columns = report_columns;
  columns[r_time] = {"Date", "Timestamp", "Received time", true};
  columns[r_client_ip] = {"Sender IP", "Source IP", "Client IP", true};
  return columns;
}();

class NoConnectorReport : public TableFormat {
 public:
  const std::vector<Column>& columns() const override { return report_columns; }
  [[nodiscard]] bool rows_stand_alone() const override { return true; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    for (const Report needed : {r_sender_address, r_recipient_address}) {
      if (!present[needed]) return std::string(columns()[needed].name);
    }
    return {};
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    recipients_ = {};
    RowOutcome outcome;
    if (!cells[r_time].text.empty()) {
      outcome = fields_.time(columns()[r_time].name, cells[r_time].text, m);
    }
    if (outcome.kind == RowKind::message) {
      outcome = fields_.client(columns()[r_client_ip].name, cells[r_client_ip].text, m);
    }
    if (outcome.kind == RowKind::message) outcome = envelope(cells, m);
    if (outcome.kind != RowKind::message) return outcome;
    m.direction = Direction::inbound;
    attribution(cells, m);
    m.subject = cells[r_subject].text;
    m.message_id = cells[r_message_id].text;
    m.network_message_id = cells[r_network_message_id].text;
    recipients_ = RecipientList(cells[r_recipient_address].text, ";,");
    return next_recipient(m);
  }

  std::optional<RowOutcome> another(Message& m) override {
    if (recipients_.empty()) return std::nullopt;
    return next_recipient(m);
  }

 protected:
  RowOutcome next_recipient(Message& m) {
    recipients_.next();
    return fields_.recipient(columns()[r_recipient_address].name, recipients_.address(), m);
  }

  virtual RowOutcome envelope(const std::vector<Cell>& cells, Message& m) {
    const std::string_view sender = cells[r_sender_address].text;
    if (cells[r_return_path].text.empty()) {
      return fields_.uncertain_sender(columns()[r_sender_address].name, sender, false, m);
    }
    m.header_from_domain = fields_.domain_of_sender(sender);
    return fields_.sender(columns()[r_return_path].name, cells[r_return_path].text, m);
  }

  // Received mail (Direction Received) that is listed without a connector came by none. Where the
  // report has no such column it may be of any connector.
  virtual void attribution(const std::vector<Cell>& cells, Message& m) {
    const Cell& connector = cells[r_connector];
    if (!connector.present) return;
    m.submission.authenticated = Known::no;
    if (connector.text.empty() || iequals(connector.text, "No connector") ||
        iequals(connector.text, "NoConnector")) {
      m.submission.observed.state = ObservedAttribution::State::default_connector;
    } else {
      TraceFields::connector(connector, m);
    }
  }

  TraceFields fields_{times_};
  RecipientList recipients_;
};

// The report lists samples of what rejecting Direct Send (scenario DRS) would concern. By its own
// definition that is unauthenticated mail under an accepted domain that no connector matched.
class ChangeOptics final : public NoConnectorReport {
  // A message may have several tags ("DRS,OMC"). Where there is none, the report is of one
  // scenario.
  static bool is_direct_send(std::string_view tags) {
    if (trim(tags).empty() || ifind(tags, "Direct Send") != std::string_view::npos) return true;
    for (std::size_t at = 0; at < tags.size();) {
      const std::size_t end = std::min(tags.find_first_of(",;", at), tags.size());
      if (iequals(trim(tags.substr(at, end - at)), "DRS")) return true;
      at = end + 1;
    }
    return false;
  }

 public:
  const std::vector<Column>& columns() const override { return change_optics_columns; }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    if (!is_direct_send(cells[r_scenario].text)) {
      return {RowKind::not_relevant, NotRelevant::other_event, {}};
    }
    return NoConnectorReport::convert(cells, m);
  }

 protected:
  RowOutcome envelope(const std::vector<Cell>& cells, Message& m) override {
    const bool has_path = !cells[r_return_path].text.empty();
    return fields_.sender(columns()[has_path ? r_return_path : r_sender_address].name,
                          cells[has_path ? r_return_path : r_sender_address].text, m);
  }
  void attribution(const std::vector<Cell>&, Message& m) override {
    m.submission.authenticated = Known::no;
    m.submission.observed.state = ObservedAttribution::State::default_connector;
  }
};

}  // namespace

std::unique_ptr<TableFormat> connector_report_format(const Options&) {
  return std::make_unique<NoConnectorReport>();
}

std::unique_ptr<TableFormat> change_optics_format(const Options&) {
  return std::make_unique<ChangeOptics>();
}

}  // namespace postern::evidence

// Rows of Exchange's historical search (Start-HistoricalSearch): the enhanced summary report and
// the extended report, which has one row for each event of a message.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "evidence/tables/arrival_data.hpp"
#include "evidence/tables/trace_fields.hpp"
#include "evidence/tables/tracked_events.hpp"

namespace postern::evidence {
namespace {

enum Extended : std::size_t {
  x_time,
  x_client_ip,
  x_client_hostname,
  x_connector_id,
  x_source,
  x_event_id,
  x_message_id,
  x_network_message_id,
  x_recipient_address,
  x_message_subject,
  x_sender_address,
  x_return_path,
  x_directionality,
  x_original_client_ip,
  x_tenant_id,
  x_custom_data,
};

const std::vector<Column> extended_columns = {
    {"date_time_utc", "origin_timestamp_utc"},
    {"client_ip"},
    {"client_hostname"},
    {"connector_id"},
    {"source"},
    {"event_id"},
    {"message_id"},
    {"network_message_id"},
    {"recipient_address"},
    {"message_subject"},
    {"sender_address"},
    {"return_path"},
    {"directionality"},
    {"original_client_ip"},
    {"tenant_id"},
    {"custom_data"},
};

class ExtendedReport final : public TableFormat {
 public:
  explicit ExtendedReport(HashSeed seed) : TableFormat(seed) {}

  const std::vector<Column>& columns() const override { return extended_columns; }
  [[nodiscard]] bool rows_stand_alone() const override { return true; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    for (const Extended needed :
         {x_time, x_event_id, x_source, x_recipient_address, x_sender_address}) {
      if (!present[needed]) return std::string(extended_columns[needed].name);
    }
    return {};
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    recipients_ = {};
    // A message has some sixteen events; one of them is its arrival over SMTP.
    const std::string_view network_id = cells[x_network_message_id].text;
    const std::string_view id = id_of(network_id, cells[x_message_id].text);
    const bool leaves = !TraceFields::direction(cells[x_directionality].text, m);
    m.taken_in = m.direction == Direction::inbound;
    switch (tracked_event(cells[x_event_id].text, cells[x_source].text)) {
      case TrackedEvent::arrival:
        break;
      case TrackedEvent::agents:
        m = {};
        return agents(cells, m);
      case TrackedEvent::begun_inside:
        return begun_elsewhere(NotRelevant::other_event, id, recent_);
      case TrackedEvent::after_arrival:
        if (leaves) return {RowKind::not_relevant, NotRelevant::other_event, {}};
        return later_event(
            {cells[x_time].text, cells[x_sender_address].text, cells[x_return_path].text,
             cells[x_recipient_address].text, cells[x_message_id].text, network_id},
            fields_, recent_, m);
      case TrackedEvent::beside:
        return {RowKind::not_relevant, NotRelevant::other_event, {}};
      case TrackedEvent::unknown:
        return unknown_event("event_id", cells[x_event_id].text);
      case TrackedEvent::unknown_source:
        return unknown_event("source", cells[x_source].text);
    }
    if (leaves) return begun_elsewhere(NotRelevant::outbound, id, recent_);
    RowOutcome outcome = fields_.time("date_time_utc", cells[x_time].text, m);
    if (outcome.kind == RowKind::message) outcome = envelope(cells, m);
    const ArrivalData arrival = arrival_data(cells[x_custom_data].text);
    const std::string_view original = cells[x_original_client_ip].text;
    const std::string_view address = !original.empty()                 ? original
                                     : !arrival.client_address.empty() ? arrival.client_address
                                                                       : cells[x_client_ip].text;
    if (outcome.kind == RowKind::message) {
      outcome = fields_.client("original_client_ip", address, m);
    }
    if (outcome.kind != RowKind::message) return outcome;
    TraceFields::connector(cells[x_connector_id], m);
    filtering(cells[x_custom_data].text, m);
    add_arrival_data(arrival, cells[x_tenant_id].text, m);
    // Behind a front end, client_ip and client_hostname are the front end's.
    if (m.client_hostname.empty() && cells[x_client_ip].text == address) {
      m.client_hostname = cells[x_client_hostname].text;
    }
    m.subject = cells[x_message_subject].text;
    m.message_id = cells[x_message_id].text;
    m.network_message_id = cells[x_network_message_id].text;
    // What the filter wrote of it comes in a row of its own, AGENTINFO.
    m.details_elsewhere = m.client_hostname.empty() && m.delivery == Delivery::unknown;
    recipients_ = RecipientList(cells[x_recipient_address].text);
    outcome = next_recipient(m);
    // What comes after it is told by rows of their own.
    outcome.recall = recent_.mentioning(
        id, m.details_elsewhere ? recent_.asked(Recall::Kind::remember, network_id, {}) : Recall{});
    return outcome;
  }

  std::optional<RowOutcome> another(Message& m) override {
    if (recipients_.empty()) return std::nullopt;
    return next_recipient(m);
  }

 private:
  RowOutcome next_recipient(Message& m) {
    recipients_.next();
    return fields_.recipient("recipient_address", recipients_.address(), m);
  }

  // The filter's findings complete a message whose arrival the report holds; of others, as those
  // that mailboxes submitted, they say nothing of use.
  RowOutcome agents(const std::vector<Cell>& cells, Message& m) {
    const std::string_view id = cells[x_network_message_id].text;
    filtering(cells[x_custom_data].text, m);
    const bool tells =
        !m.helo.empty() || !m.client_hostname.empty() || m.delivery != Delivery::unknown;
    if (!tells || id.empty()) return {RowKind::not_relevant, NotRelevant::other_event, {}};
    m.fragment = true;
    m.network_message_id = id;
    m.message_id = cells[x_message_id].text;
    return {RowKind::message,
            NotRelevant::other_event,
            {},
            recent_.asked(Recall::Kind::if_known, id, {})};
  }

  RowOutcome envelope(const std::vector<Cell>& cells, Message& m) {
    const std::string_view sender = cells[x_sender_address].text;
    if (!cells[x_return_path].present || cells[x_return_path].text.empty()) {
      return fields_.uncertain_sender("sender_address", sender, false, m);
    }
    m.header_from = sender;
    m.header_from_domain = fields_.domain_of_sender(sender);
    return fields_.sender("return_path", cells[x_return_path].text, m);
  }

  // "S:SFA=SUM|SFV=NSPM|…|H=mail.example|CIP=192.0.2.1|CTRY=US|…;S:AMA=…"
  static void filtering(std::string_view text, Message& m) {
    const std::size_t start = text.find("SFA=");
    if (start == std::string_view::npos) return;
    std::string_view rest = text.substr(start);
    rest = rest.substr(0, rest.find(';'));
    while (!rest.empty()) {
      const std::size_t bar = rest.find('|');
      const std::string_view pair = rest.substr(0, bar);
      if (pair.starts_with("H=")) m.helo = pair.substr(2);
      if (pair.starts_with("PTR=")) m.client_hostname = pair.substr(4);
      if (pair.starts_with("SFV=")) verdict(pair.substr(4), m);
      if (bar == std::string_view::npos) break;
      rest.remove_prefix(bar + 1);
    }
  }

  static void verdict(std::string_view filter, Message& m) {
    if (filter == "SPM" || filter == "SKB" || filter == "SKS") m.delivery = Delivery::junk;
    if (filter == "NSPM" || filter == "SKN" || filter == "SFE" || filter == "SKA") {
      m.delivery = Delivery::inbox;
    }
  }

  TraceFields fields_{times_};
  RecipientList recipients_;
};

enum Summary : std::size_t {
  s_time,
  s_sender_address,
  s_recipient_status,
  s_message_subject,
  s_message_id,
  s_network_message_id,
  s_original_client_ip,
  s_directionality,
  s_connector_id,
};

const std::vector<Column> summary_columns = {
    {"origin_timestamp_utc", "origin_timestamp"},
    {"sender_address"},
    {"recipient_status"},
    {"message_subject"},
    {"message_id"},
    {"network_message_id"},
    {"original_client_ip"},
    {"directionality"},
    {"connector_id"},
};

class SummaryReport final : public TableFormat {
 public:
  explicit SummaryReport(bool sender_address_is_envelope)
      : sender_address_is_envelope_(sender_address_is_envelope) {}

  const std::vector<Column>& columns() const override { return summary_columns; }
  [[nodiscard]] bool rows_stand_alone() const override { return true; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    for (const Summary needed : {s_time, s_sender_address, s_recipient_status}) {
      if (!present[needed]) return std::string(summary_columns[needed].name);
    }
    return {};
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    recipients_ = {};
    if (!TraceFields::direction(cells[s_directionality].text, m)) {
      return {RowKind::not_relevant, NotRelevant::outbound, {}};
    }
    m.taken_in = m.direction == Direction::inbound;
    RowOutcome outcome = fields_.time("origin_timestamp_utc", cells[s_time].text, m);
    if (outcome.kind == RowKind::message) {
      outcome = fields_.client("original_client_ip", cells[s_original_client_ip].text, m);
    }
    const std::string_view sender = cells[s_sender_address].text;
    if (outcome.kind == RowKind::message) {
      // Whether this is the envelope sender or the header From is documented nowhere.
      outcome = fields_.uncertain_sender("sender_address", sender, sender_address_is_envelope_, m);
    }
    if (outcome.kind != RowKind::message) return outcome;
    TraceFields::connector(cells[s_connector_id], m);
    m.subject = cells[s_message_subject].text;
    m.message_id = cells[s_message_id].text;
    m.network_message_id = cells[s_network_message_id].text;
    recipients_ = RecipientList(cells[s_recipient_status].text);
    return next_recipient(m);
  }

  std::optional<RowOutcome> another(Message& m) override {
    if (recipients_.empty()) return std::nullopt;
    return next_recipient(m);
  }

 private:
  RowOutcome next_recipient(Message& m) {
    recipients_.next();
    m.delivery = delivery_of(recipients_.status());
    return fields_.recipient("recipient_status", recipients_.address(), m);
  }

  static Delivery delivery_of(std::string_view status) noexcept {
    const auto says = [&](std::string_view word) {
      return ifind(status, word) != std::string_view::npos;
    };
    if (says("Quarantine")) return Delivery::quarantine;
    if (says("FilteredAsSpam")) return Delivery::junk;
    if (says("Deliver")) return Delivery::inbox;
    return says("Fail") ? Delivery::failed : Delivery::unknown;
  }

  bool sender_address_is_envelope_;
  TraceFields fields_{times_};
  RecipientList recipients_;
};

}  // namespace

std::unique_ptr<TableFormat> historical_extended_format(const Options& options) {
  return std::make_unique<ExtendedReport>(options.seed);
}

std::unique_ptr<TableFormat> historical_summary_format(const Options& options) {
  return std::make_unique<SummaryReport>(options.sender_address_is_envelope);
}

}  // namespace postern::evidence

// Rows of a message trace: Get-MessageTraceV2 as CSV or JSON, the admin interface's answer, and
// Microsoft Graph's exchangeMessageTrace. One row a recipient. Whether the sender address is the
// envelope sender or the header From is documented nowhere, and neither connector nor direction is
// told.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/tables/trace_fields.hpp"

namespace postern::evidence {
namespace {

enum Trace : std::size_t {
  t_received,
  t_sender_address,
  t_recipient_address,
  t_from_ip,
  t_message_id,
  t_message_trace_id,
  t_status,
  t_subject,
};

const std::vector<Column> trace_columns = {
    {"Received", "receivedDateTime", "ReceivedDate"},
    {"SenderAddress"},
    {"RecipientAddress"},
    {"FromIP"},
    {"MessageId"},
    {"MessageTraceId", "id"},
    {"Status"},
    {"Subject"},
};

class MessageTrace final : public TableFormat {
 public:
  explicit MessageTrace(const Options& options)
      : TableFormat(options.seed),
        sender_address_is_envelope_(options.sender_address_is_envelope) {}

  const std::vector<Column>& columns() const override { return trace_columns; }
  [[nodiscard]] bool rows_stand_alone() const override { return true; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    for (const Trace needed : {t_received, t_sender_address, t_recipient_address}) {
      if (!present[needed]) return std::string(trace_columns[needed].name);
    }
    return {};
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    RowOutcome outcome = fields_.time("Received", cells[t_received].text, m);
    if (outcome.kind == RowKind::message) {
      outcome = fields_.recipient("RecipientAddress", cells[t_recipient_address].text, m);
    }
    if (outcome.kind == RowKind::message) {
      outcome = fields_.client("FromIP", cells[t_from_ip].text, m);
    }
    if (outcome.kind == RowKind::message) {
      outcome = fields_.uncertain_sender("SenderAddress", cells[t_sender_address].text,
                                         sender_address_is_envelope_, m);
    }
    if (outcome.kind != RowKind::message) return outcome;
    m.details_elsewhere = true;
    m.delivery = TraceFields::delivery(cells[t_status].text);
    m.subject = cells[t_subject].text;
    m.message_id = cells[t_message_id].text;
    m.network_message_id = cells[t_message_trace_id].text;
    // Rows come again at the edges of pages, and now and then within one.
    return {RowKind::message,
            NotRelevant::duplicate,
            {},
            recent_.asked(Recall::Kind::unless_repeated, m.network_message_id, m.recipient)};
  }

 private:
  bool sender_address_is_envelope_;
  TraceFields fields_{times_};
};

}  // namespace

std::unique_ptr<TableFormat> message_trace_format(const Options& options) {
  return std::make_unique<MessageTrace>(options);
}

}  // namespace postern::evidence

// The CSV of the public script Get-DirectSendReport.ps1 (dszp/Microsoft-Direct-Send-Reporting): a
// row a message of the trace, completed with what the script found in its details. "From" is the
// header From, "ReturnPath" the envelope sender. Below the rows stands a block of sums.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "evidence/registry.hpp"
#include "evidence/tables/trace_fields.hpp"

namespace postern::evidence {
namespace {

enum ScriptColumn : std::size_t {
  ds_time,
  ds_from,
  ds_to,
  ds_subject,
  ds_status,
  ds_from_ip,
  ds_connector,
  ds_return_path,
  ds_proxied_ip,
  ds_proxied_hostname,
  ds_trace_id,
};

const std::vector<Column> script_columns = {
    {"DateTime"},
    {"From"},
    {"To"},
    {"Subject"},
    {"Status"},
    {"FromIP"},
    {"ConnectorId"},
    {"ReturnPath"},
    {"ProxiedClientIP", "ProxiedClientIPAddress"},
    {"ProxiedClientHostname"},
    {"MessageTraceId"},
};

class DirectSendScript final : public TableFormat {
 public:
  const std::vector<Column>& columns() const override { return script_columns; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    for (const ScriptColumn needed : {ds_time, ds_from, ds_to, ds_return_path}) {
      if (!present[needed]) return std::string(script_columns[needed].name);
    }
    return {};
  }

  [[nodiscard]] bool ends_at(std::string_view first_field) const override {
    return first_field.starts_with("---");
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    RowOutcome outcome = fields_.time("DateTime", cells[ds_time].text, m);
    if (outcome.kind == RowKind::message) outcome = fields_.recipient("To", cells[ds_to].text, m);
    if (outcome.kind == RowKind::message) {
      const std::string_view proxied = cells[ds_proxied_ip].text;
      outcome = fields_.client("FromIP", proxied.empty() ? cells[ds_from_ip].text : proxied, m);
    }
    m.header_from = cells[ds_from].text;
    m.header_from_domain = fields_.domain_of_sender(m.header_from);
    if (outcome.kind == RowKind::message) {
      // Where the script got no details it left the column empty.
      const std::string_view path = cells[ds_return_path].text;
      outcome = path.empty() ? fields_.uncertain_sender("From", m.header_from, false, m)
                             : fields_.sender("ReturnPath", path, m);
    }
    if (outcome.kind != RowKind::message) return outcome;
    TraceFields::connector(cells[ds_connector], m);
    m.helo = cells[ds_proxied_hostname].text;
    using State = policy::ObservedAttribution::State;
    const State attributed = m.submission.observed.state;
    if (attributed == State::connector ||
        (attributed == State::default_connector && !m.helo.empty())) {
      m.submission.authenticated = policy::Known::no;
    }
    m.delivery = TraceFields::delivery(cells[ds_status].text);
    m.subject = cells[ds_subject].text;
    m.network_message_id = cells[ds_trace_id].text;
    return {};
  }

 private:
  TraceFields fields_{times_};
};

}  // namespace

std::unique_ptr<TableFormat> direct_send_script_format(const Options&) {
  return std::make_unique<DirectSendScript>();
}

}  // namespace postern::evidence

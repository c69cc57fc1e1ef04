#include "difference/difference_json.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace postern::difference {
namespace {

using Json = nlohmann::ordered_json;

Json words_json(const Words& words) {
  return {{"any", words.everything}, {"text", words.text}, {"named", words.named}};
}

Json where_json(const Where& where) {
  return {{"senders", words_json(where.senders)},
          {"recipients", words_json(where.recipients)},
          {"addresses", words_json(where.addresses)},
          {"sessions", words_json(where.sessions)}};
}

Json witness_json(const Witness& witness) {
  return {{"client_ip", witness.client_ip},
          {"mail_from", witness.mail_from},
          {"rcpt_to", witness.rcpt_to},
          {"tls", witness.tls},
          {"certificate", witness.certificate},
          {"azure_communication_services", witness.azure_communication_services},
          {"before", name_of(witness.before)},
          {"after", name_of(witness.after)},
          {"connector_before", witness.connector_before},
          {"connector_after", witness.connector_after}};
}

Json statement_json(const Statement& statement) {
  Json exceptions = Json::array();
  for (const Exception& exception : statement.exceptions) {
    exceptions.push_back({{"where", where_json(exception.where)},
                          {"what", exception.what},
                          {"connectors", exception.connectors}});
  }
  return {{"change", name_of(statement.change)},
          {"sentence", sentence_of(statement)},
          {"before", name_of(statement.before)},
          {"after", name_of(statement.after)},
          {"azure_communication_services", name_of(statement.acs)},
          {"exact", !statement.by_cause},
          {"where", where_json(statement.where)},
          {"exceptions", std::move(exceptions)},
          {"not_where_a_connector_takes_it_as_before", statement.as_before},
          {"as_before_by", statement.as_before_by},
          {"connectors_before", statement.connectors_before},
          {"connectors_after", statement.connectors_after},
          {"kinds", statement.kinds},
          {"witness", witness_json(statement.witness)}};
}

Json reading_json(const Reading& reading) {
  Json answers = Json::object();
  for (std::size_t i = 0; i < reading.keys.size(); ++i)
    answers[reading.keys[i]] = reading.values[i];
  Json parts = Json::array();
  for (const auto& part : reading.parts) {
    Json one = statement_json(part.statement);
    one["instead_of"] = name_of(part.instead_of);
    parts.push_back(std::move(one));
  }
  return {{"answers", std::move(answers)}, {"differences", std::move(parts)}};
}

}  // namespace

Json difference_json(const Difference& d) {
  Json statements = Json::array();
  for (const Statement& statement : d.statements)
    statements.push_back(statement_json(statement));
  Json remarks = Json::array();
  for (const Remark& remark : d.remarks) {
    remarks.push_back(
        {{"id", remark.id}, {"text", remark.text}, {"connectors", remark.connectors}});
  }
  Json readings = Json::array();
  for (const Reading& reading : d.readings)
    readings.push_back(reading_json(reading));
  return {{"result", name_of(d.result)},
          {"why_not_determined", d.why_not_determined},
          {"statements", std::move(statements)},
          {"remarks", std::move(remarks)},
          {"attributed_otherwise",
           {{"kinds", d.attribution_kinds}, {"connectors", d.attribution_connectors}}},
          {"kinds", d.kinds},
          {"choices_examined", d.examined_choices},
          {"combinations_examined", d.combinations_examined},
          {"readings", std::move(readings)},
          {"notes", d.notes}};
}

}  // namespace postern::difference

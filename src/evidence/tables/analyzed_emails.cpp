// Rows of Microsoft Graph's analyzedEmails (security/collaboration), which knows what Threat
// Explorer knows. returnPath is the envelope sender. Of senderDetail Microsoft's own text and its
// names say the opposite of each other (mailFromAddress is "the From header"), so that without a
// returnPath the two count where they agree, and are uncertain where they don't.
// https://learn.microsoft.com/graph/api/resources/security-analyzedemail
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "evidence/tables/latest_delivery.hpp"
#include "evidence/tables/sign_in.hpp"
#include "evidence/tables/trace_fields.hpp"
#include "message/authentication_results.hpp"

namespace postern::evidence {
namespace {

enum AnalyzedColumn : std::size_t {
  ae_time,
  ae_network_message_id,
  ae_internet_message_id,
  ae_return_path,
  ae_from,
  ae_mail_from,
  ae_ipv4,
  ae_recipient,
  ae_subject,
  ae_direction,
  ae_action,
  ae_location,
  ae_connector,
  ae_spf,
  ae_dkim,
  ae_dmarc,
  ae_composite,
  ae_latest_action,
  ae_latest_location,
};

const std::vector<Column> analyzed_columns = {
    {"loggedDateTime"},
    {"networkMessageId"},
    {"internetMessageId"},
    {"returnPath"},
    {"senderDetail.fromAddress"},
    {"senderDetail.mailFromAddress"},
    {"senderDetail.ipv4"},
    {"recipientEmailAddress"},
    {"subject"},
    {"directionality"},
    {"originalDelivery.action"},
    {"originalDelivery.location"},
    {"inboundConnectorFormattedName"},
    {"authenticationDetails.senderPolicyFramework"},
    {"authenticationDetails.dkim"},
    {"authenticationDetails.dmarc"},
    {"authenticationDetails.compositeAuthentication"},
    {"latestDelivery.action"},
    {"latestDelivery.location"},
};

Delivery delivery_of_analyzed(std::string_view action, std::string_view location) noexcept {
  if (iequals(location, "quarantine")) return Delivery::quarantine;
  if (iequals(action, "deliveredToJunk") || istarts_with(location, "junk")) return Delivery::junk;
  if (iequals(action, "blocked")) return Delivery::blocked;
  if (iequals(location, "failed") || iequals(location, "dropped")) return Delivery::failed;
  return iequals(action, "delivered") ? Delivery::inbox : Delivery::unknown;
}

class AnalyzedEmails final : public TableFormat {
 public:
  const std::vector<Column>& columns() const override { return analyzed_columns; }
  [[nodiscard]] bool rows_stand_alone() const override { return true; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    for (const AnalyzedColumn needed : {ae_time, ae_recipient}) {
      if (!present[needed]) return std::string(analyzed_columns[needed].name);
    }
    return present[ae_return_path] || present[ae_mail_from] ? "" : "senderDetail";
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    const std::string_view way = cells[ae_direction].text;
    if (iequals(way, "outbound")) return {RowKind::not_relevant, NotRelevant::outbound, {}};
    if (iequals(way, "inbound")) {
      m.direction = Direction::inbound;
      m.taken_in = true;
      m.submission.authenticated = policy::Known::no;
    } else if (iequals(way, "intraOrg")) {
      m.direction = Direction::internal;
      m.taken_in = true;
    }
    RowOutcome outcome = fields_.time("loggedDateTime", cells[ae_time].text, m);
    if (outcome.kind == RowKind::message) outcome = sender(cells, m);
    if (outcome.kind == RowKind::message) {
      outcome = fields_.recipient("recipientEmailAddress", cells[ae_recipient].text, m);
    }
    if (outcome.kind == RowKind::message) {
      outcome = fields_.client("senderDetail.ipv4", cells[ae_ipv4].text, m);
    }
    if (outcome.kind != RowKind::message) return outcome;
    // That an empty name means that none matched is said nowhere: it stays unknown.
    if (const std::string_view name = trim(cells[ae_connector].text); !name.empty()) {
      m.submission.observed.state = policy::ObservedAttribution::State::connector;
      m.submission.observed.connector = name;
    }
    m.results.spf = message::parse_auth_result(cells[ae_spf].text);
    m.results.dkim = message::parse_auth_result(cells[ae_dkim].text);
    m.results.dmarc = message::parse_auth_result(cells[ae_dmarc].text);
    m.results.compauth = message::parse_auth_result(cells[ae_composite].text);
    if (m.direction == Direction::internal) m.submission.authenticated = signed_in_within(m);
    m.delivery = worse_delivery(
        delivery_of_analyzed(cells[ae_action].text, cells[ae_location].text),
        delivery_of_analyzed(cells[ae_latest_action].text, cells[ae_latest_location].text));
    m.subject = cells[ae_subject].text;
    m.message_id = cells[ae_internet_message_id].text;
    m.network_message_id = cells[ae_network_message_id].text;
    return {};
  }

 private:
  RowOutcome sender(const std::vector<Cell>& cells, Message& m) {
    const std::string_view path = cells[ae_return_path].text;
    const std::string_view from = cells[ae_from].text;
    const std::string_view mail_from = cells[ae_mail_from].text;
    const bool agree = iequals(from, mail_from);
    if (path.empty() && !agree) {
      return fields_.uncertain_sender("senderDetail.mailFromAddress", mail_from, false, m);
    }
    const std::string_view envelope = path.empty() ? mail_from : path;
    m.header_from = agree || iequals(from, envelope) ? mail_from : from;
    if (m.header_from.empty()) m.header_from = from;
    m.header_from_domain = fields_.domain_of_sender(m.header_from);
    return fields_.sender(path.empty() ? "senderDetail.mailFromAddress" : "returnPath", envelope,
                          m);
  }

  TraceFields fields_{times_};
};

}  // namespace

std::unique_ptr<TableFormat> analyzed_emails_format(const Options&) {
  return std::make_unique<AnalyzedEmails>();
}

}  // namespace postern::evidence

// Rows of Defender's EmailEvents table (Microsoft Learn, "EmailEvents", advanced hunting), as the
// portal, the API or Sentinel export them, and of Threat Explorer, which shows the same under names
// of its own.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "evidence/envelope_sender.hpp"
#include "evidence/tables/field_values.hpp"
#include "evidence/tables/latest_delivery.hpp"
#include "evidence/tables/sign_in.hpp"
#include "evidence/tables/trace_fields.hpp"

namespace postern::evidence {
namespace {

enum Index : std::size_t {
  timestamp,
  network_message_id,
  internet_message_id,
  mail_from_address,
  mail_from_domain,
  from_address,
  from_domain,
  sender_ipv4,
  sender_ipv6,
  recipient_address,
  subject,
  direction,
  delivery_action,
  delivery_location,
  authentication_details,
  connectors,
  forwarding_information,
  is_first_contact,
  latest_action,
  latest_location,
};

// The second names but TimeGenerated are Threat Explorer's.
const std::vector<Column> all_columns = {
    {"Timestamp", "TimeGenerated", "Email date"},
    {"NetworkMessageId"},
    {"InternetMessageId"},
    {"SenderMailFromAddress"},
    {"SenderMailFromDomain"},
    {"SenderFromAddress", "Sender address"},
    {"SenderFromDomain", "Sender domain"},
    {"SenderIPv4", "Sender IP"},
    {"SenderIPv6"},
    {"RecipientEmailAddress", "Recipients"},
    {"Subject"},
    {"EmailDirection", "Directionality"},
    {"DeliveryAction"},
    {"DeliveryLocation", "Original delivery location"},
    {"AuthenticationDetails"},
    {"Connectors", "Connector"},
    {"ForwardingInformation"},
    {"IsFirstContact"},
    {"LatestDeliveryAction"},
    {"LatestDeliveryLocation", "Latest delivery location"},
};

Delivery delivery_of(std::string_view action, std::string_view location) noexcept {
  if (iequals(location, "Quarantine")) return Delivery::quarantine;
  if (iequals(action, "Junked") || istarts_with(location, "Junk")) return Delivery::junk;
  if (iequals(action, "Blocked")) return Delivery::blocked;
  if (iequals(location, "Failed") || iequals(location, "Dropped")) return Delivery::failed;
  // Handed on to a server behind Exchange Online: where it ended up there is not known.
  if (istarts_with(location, "On-premises")) return Delivery::unknown;
  if (iequals(action, "Delivered")) return Delivery::inbox;
  return Delivery::unknown;
}

// Says who forwards it, and how; what is empty in either form of JSON says that nobody does.
policy::Known forwarded_by(const Cell& cell) noexcept {
  if (!cell.present) return policy::Known::unknown;
  const std::string_view text = trim(cell.text);
  const bool nobody = text.empty() || text == "{}" || text == "[]" || iequals(text, "null");
  return nobody ? policy::Known::no : policy::Known::yes;
}

policy::Known flag_of(const Cell& cell) noexcept {
  const std::string_view text = trim(cell.text);
  if (iequals(text, "true") || text == "1") return policy::Known::yes;
  if (iequals(text, "false") || text == "0") return policy::Known::no;
  return policy::Known::unknown;
}

class EmailEvents final : public TableFormat {
 public:
  const std::vector<Column>& columns() const override { return all_columns; }
  [[nodiscard]] bool rows_stand_alone() const override { return true; }

  std::string missing_columns(const std::vector<bool>& present) const override {
    if (!present[timestamp]) return "Timestamp";
    if (!present[mail_from_address] && !present[mail_from_domain]) return "SenderMailFromAddress";
    if (!present[recipient_address]) return "RecipientEmailAddress";
    return {};
  }

  [[nodiscard]] bool is_category(std::string_view category) const override {
    return iends_with(category, "EmailEvents");
  }

  std::optional<RowOutcome> another(Message& m) override {
    if (!further_.next()) return std::nullopt;
    return recipient(further_.address(), m);
  }

  RowOutcome convert(const std::vector<Cell>& cells, Message& m) override {
    further_ = {};
    const std::string_view way = cells[direction].text;
    if (iequals(way, "Outbound")) return {RowKind::not_relevant, NotRelevant::outbound, {}};
    policy::Submission& s = m.submission;
    if (iequals(way, "Inbound")) {
      // What was attributed to a mailbox or an OnPremises connector is not inbound.
      m.direction = Direction::inbound;
      m.taken_in = true;
      s.authenticated = policy::Known::no;
    } else if (iequals(way, "Intra-org")) {
      m.direction = Direction::internal;
      m.taken_in = true;
    } else if (!way.empty()) {
      return bad("EmailDirection", "is neither Inbound, Outbound nor Intra-org");
    }
    s.time = times_.read(cells[timestamp].text);
    if (!s.time) return bad("Timestamp", std::string(times_.fault()));
    if (auto outcome = envelope(cells, m); outcome.kind != RowKind::message) return outcome;

    const std::string_view address =
        cells[sender_ipv4].text.empty() ? cells[sender_ipv6].text : cells[sender_ipv4].text;
    if (!address.empty()) {
      s.client_ip = addresses_.read(address);
      if (!s.client_ip) return bad("SenderIPv4", "is no IP address");
    }
    if (cells[connectors].present) attribution(cells[connectors].text, s);
    const std::string_view details = cells[authentication_details].text;
    if (!details.empty()) {
      const auto& results = authentication_.read(details);
      if (!results.valid) return bad("AuthenticationDetails", "is no JSON object");
      m.results = results.results;
    }
    if (m.direction == Direction::internal) s.authenticated = signed_in_within(m);
    m.delivery =
        worse_delivery(delivery_of(cells[delivery_action].text, cells[delivery_location].text),
                       delivery_of(cells[latest_action].text, cells[latest_location].text));
    m.forwarded = forwarded_by(cells[forwarding_information]);
    m.first_contact = flag_of(cells[is_first_contact]);
    m.subject = cells[subject].text;
    m.message_id = cells[internet_message_id].text;
    m.network_message_id = cells[network_message_id].text;
    return {};
  }

 private:
  static RowOutcome bad(std::string_view column, std::string what) {
    return {RowKind::bad, {}, {column, std::move(what)}};
  }

  RowOutcome envelope(const std::vector<Cell>& cells, Message& m) {
    RowOutcome outcome =
        reverse_path(cells[mail_from_address].text, trim(cells[mail_from_domain].text), m);
    if (outcome.kind != RowKind::message) return outcome;
    m.header_from = cells[from_address].text;
    const std::string_view of_address = domain_of_address(m.header_from);
    std::string_view shown = cells[from_domain].text;
    if (!may_be_domain(shown)) shown = of_address;
    if (!shown.empty()) {
      // A header From may hold anything; what is no domain is simply not ours.
      m.header_from_domain = header_domains_.read(shown).value_or(std::string_view{});
    }
    std::string_view to = cells[recipient_address].text;
    if (to.find_first_of(";,") != std::string_view::npos) [[unlikely]] {  // Threat Explorer
      further_ = RecipientList(to, ";,");
      further_.next();
      to = further_.address();
    }
    return recipient(to, m);
  }

  // Both columns are empty for MAIL FROM:<>.
  RowOutcome reverse_path(std::string_view address, std::string_view beside, Message& m) {
    using State = policy::ReversePath::State;
    const EnvelopeSender sender = envelope_sender(address);
    policy::ReversePath& path = m.submission.reverse_path;
    path.state = sender.state;
    m.reverse_path = sender.address;
    std::string_view domain = sender.domain;
    if (!beside.empty() && !iequals(beside, domain_of_address(sender.address))) [[unlikely]] {
      const bool names_none = sender.state == State::unknown || trim(address).empty();
      if (!names_none && !is_same_domain(beside, domain)) {
        if (!normalise_domain(beside)) return bad("SenderMailFromDomain", "is no domain name");
        return bad("SenderMailFromDomain", "contradicts SenderMailFromAddress");
      }
      if (names_none) {
        path.state = may_be_domain(beside) ? State::address : State::unknown;
        domain = path.state == State::address ? beside : std::string_view{};
      }
    }
    if (domain.empty()) return {};
    const auto normal = sender_domains_.read(domain);
    if (!normal) return bad("SenderMailFromDomain", "is no domain name");
    path.domain = *normal;
    return {};
  }

  // However they are written: in Unicode or not, with a dot at the end.
  static bool is_same_domain(std::string_view a, std::string_view b) {
    const auto left = normalise_domain(a);
    const auto right = normalise_domain(b);
    return left && right && *left == *right;
  }

  RowOutcome recipient(std::string_view address, Message& m) {
    m.recipient = address;
    const auto domain = recipient_domains_.read(domain_of_address(address));
    if (!domain) return bad("RecipientEmailAddress", "is no mail address");
    m.submission.recipient_domain = *domain;
    return {};
  }

  // Names of connectors, comma or semicolon between them, or a JSON list; empty where the message
  // came in on the default connector (Exchange Team, "Direct Send vs sending directly").
  static void attribution(std::string_view text, policy::Submission& s) {
    text = trim(text);
    if (text.starts_with('[')) {
      text = text.substr(1, text.find(']') - 1);
      if (text.starts_with('"')) text = text.substr(1, text.find('"', 1) - 1);
    }
    if (text.empty()) {
      s.observed.state = policy::ObservedAttribution::State::default_connector;
      return;
    }
    s.observed.state = policy::ObservedAttribution::State::connector;
    s.observed.connector = trim(text.substr(0, text.find(';')));
  }

  DomainField sender_domains_, recipient_domains_, header_domains_;
  AddressField addresses_;
  AuthenticationField authentication_;
  RecipientList further_;
};

}  // namespace

std::unique_ptr<TableFormat> email_events_format(const Options&) {
  return std::make_unique<EmailEvents>();
}

}  // namespace postern::evidence

#include "evidence/mail/mail_message.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "evidence/envelope_sender.hpp"
#include "evidence/mail/mail_trace.hpp"
#include "evidence/mail/verified_results.hpp"
#include "message/antispam_report.hpp"
#include "message/encoded_word.hpp"
#include "message/path.hpp"
#include "message/received.hpp"
#include "policy/clouds.hpp"

namespace postern::evidence {
namespace {

using message::AuthenticationResults;
using message::HeaderBlock;
using policy::Known;

constexpr std::size_t most_recipients = 1000;

constexpr std::array<std::string_view, 10> mail_fields = {
    "From",       "Received", "Return-Path",  "Date",        "To",
    "Message-ID", "Subject",  "Delivered-To", "Envelope-To", "Sender"};

bool looks_like_mail(const HeaderBlock& header) {
  return std::any_of(mail_fields.begin(), mail_fields.end(),
                     [&](std::string_view name) { return header.first(name) != nullptr; });
}

// The fields that only Exchange Online may write. Empty in mail that came another way, whatever
// stands in its header.
class PlatformFields {
 public:
  PlatformFields(const HeaderBlock& header, const MailTrace& trace)
      : header_(header), trusted_(trace.system == MailTrace::System::exchange_online) {}

  [[nodiscard]] bool trusted() const noexcept { return trusted_; }
  [[nodiscard]] std::string text(std::string_view name) const {
    return trusted_ ? header_.text(name) : std::string{};
  }
  [[nodiscard]] bool is(std::string_view name, std::string_view value) const {
    return iequals(text(name), value);
  }
  [[nodiscard]] bool has(std::string_view name) const {
    return trusted_ && header_.first(name) != nullptr;
  }

 private:
  const HeaderBlock& header_;
  bool trusted_;
};

constexpr std::string_view attributed_field =
    "X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp";
constexpr std::string_view entity_field = "X-MS-Exchange-CrossTenant-FromEntityHeader";
constexpr std::string_view direction_field = "X-MS-Exchange-Organization-MessageDirectionality";

// "TenantId=…;Ip=[203.0.113.7];Helo=[mail.contoso.com]": the client whose connection was attributed
// to an on-premises connector. Where that was another tenant's, it says nothing of ours.
std::optional<IpAddress> attributed_address(const PlatformFields& platform) {
  const std::string field = platform.text(attributed_field);
  std::string_view text = field;
  const std::size_t id = ifind(text, "TenantId=");
  const std::string own = platform.text("X-MS-Exchange-CrossTenant-Id");
  if (id != std::string_view::npos && !trim(own).empty()) {
    const std::string_view tenant = text.substr(id + 9, text.find(';', id) - id - 9);
    if (!iequals(trim(tenant), trim(own))) return std::nullopt;
  }
  const std::size_t start = ifind(text, "Ip=[");
  if (start == std::string_view::npos) return std::nullopt;
  text.remove_prefix(start + 4);
  return IpAddress::parse(text.substr(0, text.find(']')));
}

// The front door's own line comes first: it records the very connection that was attributed. The
// fields usually agree with it, but OriginalClientIPAddress may hold a server of the platform.
std::optional<IpAddress> client_address(const MailTrace& trace, const PlatformFields& platform,
                                        const message::AntispamReport& report) {
  if (trace.entry && trace.entry->client_ip) return trace.entry->client_ip;
  if (report.connecting_ip) return report.connecting_ip;
  if (report.submitted_inside) return std::nullopt;
  if (const auto ip = IpAddress::parse(
          trim(platform.text("X-MS-Exchange-Organization-OriginalClientIPAddress")))) {
    return ip;
  }
  return attributed_address(platform);
}

// Signed in? Mail over an on-premises connector is originating too, by the connector: it came
// anonymously, and stays only while the connector does. AuthAs Anonymous alone tells nothing of
// connectors: mail over an on-premises connector carries it too.
Known authenticated(const MailTrace& trace, const PlatformFields& platform,
                    std::optional<IpAddress> client) {
  if (!platform.trusted()) {
    if (!trace.entry) return Known::unknown;
    return trace.entry->authenticated ? Known::yes : Known::no;
  }
  const bool incoming = platform.is(direction_field, "Incoming");
  const bool originating = platform.is(direction_field, "Originating") ||
                           platform.is("X-MS-Exchange-Organization-AuthAs", "Internal") ||
                           trace.from_mailbox;
  const auto attributed = attributed_address(platform);
  // The attributed connection must be the one that the front door saw.
  const bool attributed_elsewhere = attributed && client && *attributed != *client;
  const bool on_premises = platform.is(entity_field, "HybridOnPrem") || attributed;
  // Fields that contradict each other settle nothing.
  if (on_premises && attributed_elsewhere) return Known::unknown;
  if ((originating || on_premises) && incoming) return Known::unknown;
  if (on_premises) return trace.from_mailbox ? Known::unknown : Known::no;
  if (originating) return Known::yes;
  if (incoming || platform.is("X-MS-Exchange-Organization-AuthAs", "Anonymous") ||
      platform.is(entity_field, "Internet") || trace.front_door) {
    return Known::no;
  }
  return Known::unknown;
}

// Adds the methods of which no field above tells: a forged field that was left stands lowest.
void add_methods(AuthenticationResults& all, AuthenticationResults results) {
  const std::size_t known = all.methods.size();
  for (message::MethodResult& each : results.methods) {
    const auto end = all.methods.begin() + static_cast<std::ptrdiff_t>(known);
    if (std::any_of(all.methods.begin(), end,
                    [&](const auto& above) { return above.method == each.method; })) {
      continue;
    }
    all.methods.push_back(std::move(each));
  }
}

// The Authentication-Results that the receiving system wrote. Exchange Online renames what came
// with a message and writes its own without a server name. Another system's stand above its
// Received line; only where none does, right below it, under exactly the name of that line: a
// server removes what came under its own name (RFC 8601, 5), and under no other.
AuthenticationResults trusted_results(const HeaderBlock& header, const MailTrace& trace) {
  AuthenticationResults all;
  bool first = true;
  bool any_above = false;
  for (const std::size_t index : header.all("Authentication-Results")) {
    auto results =
        message::parse_authentication_results(message::unfold(header.fields()[index].body));
    if (trace.system == MailTrace::System::exchange_online) {
      if (results.server.empty()) return results;
      continue;
    }
    if (!trace.entry || index >= trace.outside_field) break;
    const bool is_above = index < trace.entry_field;
    if (!is_above && (any_above || !iequals(results.server, trace.entry->by))) continue;
    any_above = any_above || is_above;
    if (!first && !iequals(results.server, all.server)) continue;
    all.server = results.server;
    first = false;
    add_methods(all, std::move(results));
  }
  return all;
}

// Whether a signature that passed is of one of the authors' domains.
Known signed_by(const AuthenticationResults& results,
                std::initializer_list<std::string_view> authors) {
  Known found = Known::no;
  for (const message::MethodResult& each : results.methods) {
    if (each.method != "dkim" || each.result != message::AuthResult::pass) continue;
    std::string_view signer = each.property("header.d");
    if (signer.empty()) signer = domain_of_address(each.property("header.i"));
    const Known of_author = is_of_author(signer, authors);
    if (of_author == Known::yes) return of_author;
    if (of_author == Known::unknown) found = of_author;
  }
  return found;
}

bool is_signed_by_acs(const AuthenticationResults& results) {
  return std::any_of(results.methods.begin(), results.methods.end(), [](const auto& each) {
    if (each.method != "dkim" || each.result != message::AuthResult::pass) return false;
    std::string_view signer = each.property("header.d");
    if (signer.empty()) signer = domain_of_address(each.property("header.i"));
    return policy::is_acs_domain(signer);
  });
}

policy::ReversePath reverse_path_of(const HeaderBlock& header, const MailTrace& trace,
                                    const AuthenticationResults& results, MessageBuffer& buffer,
                                    std::string_view& address) {
  using State = policy::ReversePath::State;
  const auto fields = header.all("Return-Path");
  // The last server writes it on top; below the entry it came with the message and proves nothing
  // (Exchange Online alone writes it lower down, and removes others).
  if (!fields.empty() && (trace.system != MailTrace::System::other || !trace.entry ||
                          fields.front() < trace.entry_field)) {
    const auto path = message::parse_path(message::unfold(header.fields()[fields.front()].body));
    if (path && path->null && !trace.resubmitted) return {State::null, {}};
    // A name without a domain is no sender that anybody could tell.
    if (path && path->address.text.find('@') != std::string::npos) {
      address = buffer.keep(path->address.text);
      return {State::address, buffer.keep(path->address.domain)};
    }
  }
  // SPF was checked against the envelope sender, so its result names the domain.
  const message::MethodResult* spf = results.find("spf");
  if (spf == nullptr) return {};
  std::string_view checked = spf->property("smtp.mailfrom");
  if (const std::size_t at = checked.rfind('@'); at != std::string_view::npos) {
    checked.remove_prefix(at + 1);
  } else if (!may_be_domain(checked)) {
    return {};
  }
  if (auto domain = normalise_domain(checked)) {
    return {State::address, buffer.keep(std::move(*domain))};
  }
  return {};
}

// What the own relay, which stands in the entry, wrote of who handed the message to it.
void add_upstream(const HeaderBlock& header, const MailTrace& trace, MessageBuffer& buffer,
                  Message& m) {
  if (trace.outside_field >= header.fields().size()) return;
  const auto line =
      message::parse_received(message::unfold(header.fields()[trace.outside_field].body));
  m.upstream_address = line.client_ip;
  m.upstream_hostname =
      buffer.keep(line.client_hostname.empty() ? line.helo : line.client_hostname);
}

struct Recipients {
  std::vector<message::Address> found;
  bool are_addressees = false;
};

// The recipients that the receiving system wrote down; then the addressee that the header names:
// one in the sender's own domain before others, since only mail within a domain is what Direct
// Send is about.
Recipients recipients_of(const HeaderBlock& header, const MailTrace& trace,
                         std::string_view sender_domain) {
  std::vector<message::Address> found;
  if (trace.entry && !trace.entry->recipient.empty()) {
    if (auto address = message::parse_address(trace.entry->recipient)) {
      found.push_back(std::move(*address));
      return {std::move(found)};
    }
  }
  // In the order of what is closest to the envelope; aliases have been followed in Delivered-To.
  for (const std::string_view name : {"Envelope-To", "X-Original-To", "Delivered-To"}) {
    const auto fields = header.all(name);
    if (fields.empty()) continue;
    if (trace.entry && fields.front() > trace.entry_field) continue;  // came with the message
    for (auto& mailbox : message::parse_address_list(
             message::unfold(header.fields()[fields.front()].body), most_recipients)) {
      if (std::find(found.begin(), found.end(), mailbox.address) == found.end()) {
        found.push_back(std::move(mailbox.address));
      }
    }
    if (!found.empty()) return {std::move(found)};
  }
  std::vector<message::Mailbox> named;
  for (const std::string_view name : {"To", "Cc"}) {
    for (auto& mailbox : message::parse_address_list(header.text(name), most_recipients)) {
      named.push_back(std::move(mailbox));
    }
  }
  if (named.empty()) return {};
  const auto own = std::find_if(named.begin(), named.end(), [&](const message::Mailbox& mailbox) {
    return !sender_domain.empty() && mailbox.address.domain == sender_domain;
  });
  found.push_back((own == named.end() ? named.begin() : own)->address);
  return {std::move(found), true};
}

Delivery delivery_of(const PlatformFields& platform, const message::AntispamReport& report,
                     Delivery place) {
  if (place != Delivery::unknown) return place;
  const std::string mailbox = platform.text("X-Microsoft-Antispam-Mailbox-Delivery");
  if (ifind(mailbox, "dest:J;") != std::string_view::npos) return Delivery::junk;
  if (ifind(mailbox, "dest:I;") != std::string_view::npos) return Delivery::inbox;
  auto confidence = message::parse_spam_confidence(platform.text("X-MS-Exchange-Organization-SCL"));
  if (!confidence) confidence = report.spam_confidence;
  if (confidence) return *confidence >= 5 ? Delivery::junk : Delivery::inbox;
  return Delivery::unknown;
}

Direction direction_of(const PlatformFields& platform, const message::AntispamReport& report) {
  if (iequals(report.direction, "INT")) return Direction::internal;
  if (platform.is(direction_field, "Incoming")) return Direction::inbound;
  if (iequals(report.direction, "INB")) return Direction::inbound;
  // "OUT" in a received message was stamped by the sender's own tenant or by a hybrid hop.
  return Direction::unknown;
}

}  // namespace

void MessageBuffer::clear() {
  messages_.clear();
  texts_.clear();
  stamped_author_.clear();
}

std::string_view MessageBuffer::keep(std::string text) {
  if (text.empty()) return {};
  return texts_.emplace_back(std::move(text));
}

bool is_mail_field(std::string_view name) noexcept {
  return std::any_of(mail_fields.begin(), mail_fields.end(),
                     [&](std::string_view each) { return iequals(name, each); });
}

bool message_from_headers(std::string_view header_block, MessageBuffer& buffer, Delivery delivery,
                          std::span<const IpAddress> relays) {
  buffer.clear();
  const HeaderBlock header = HeaderBlock::parse(header_block);
  if (!looks_like_mail(header)) return false;
  const MailTrace trace = trace_of(header);
  const PlatformFields platform(header, trace);
  const auto report = message::parse_antispam_report(platform.text("X-Forefront-Antispam-Report"));
  const AuthenticationResults results = trusted_results(header, trace);

  Message m;
  m.submission.client_ip = client_address(trace, platform, report);
  m.submission.authenticated = authenticated(trace, platform, m.submission.client_ip);
  if (trace.entry && trace.entry->tls) {
    m.submission.tls = *trace.entry->tls ? Known::yes : Known::no;
  }
  // No header records the client's certificate: it stays unknown.
  m.submission.reverse_path = reverse_path_of(header, trace, results, buffer, m.reverse_path);
  if (platform.is("X-MS-Exchange-Organization-IsAnonymousDirectSend", "True")) {
    m.submission.observed.state = policy::ObservedAttribution::State::default_connector;
  }
  m.submission.time = trace.entry && trace.entry->time ? trace.entry->time : trace.topmost_time;
  if (!m.submission.time) m.submission.time = parse_mail_date(header.text("Date"));

  if (const auto from = message::parse_address_list(header.text("From"), 1); !from.empty()) {
    m.header_from = buffer.keep(from.front().address.text);
    m.header_from_domain = buffer.keep(from.front().address.domain);
  }
  m.message_id = buffer.keep(header.text("Message-ID"));
  m.subject = buffer.keep(message::decode_words(header.text("Subject")));
  std::string network_id = platform.text("X-MS-Exchange-Organization-Network-Message-Id");
  if (network_id.empty()) {
    network_id = platform.text("X-MS-Exchange-CrossTenant-Network-Message-Id");
  }
  m.network_message_id = buffer.keep(std::move(network_id));

  // With enhanced filtering H and PTR describe an earlier hop, the Received line never does.
  const bool report_is_of_entry = !trace.entry || iequals(trace.entry->helo, report.helo);
  m.helo = buffer.keep(trace.entry ? trace.entry->helo : report.helo);
  m.client_hostname = buffer.keep(trace.entry && !trace.entry->client_hostname.empty()
                                      ? trace.entry->client_hostname
                                  : report_is_of_entry ? report.reverse_name
                                                       : std::string{});
  if (m.submission.client_ip &&
      std::find(relays.begin(), relays.end(), *m.submission.client_ip) != relays.end()) {
    add_upstream(header, trace, buffer, m);
  }
  if (const message::MethodResult* dmarc = results.find("dmarc");
      platform.trusted() && dmarc != nullptr && dmarc->result == message::AuthResult::pass) {
    buffer.set_stamped_author(normalise_domain(dmarc->property("header.from")).value_or(""));
  }
  m.results.spf = results.outcome("spf");
  m.results.dkim = results.outcome("dkim");
  m.results.dkim_is_acs = is_signed_by_acs(results);
  m.results.dkim_is_authors =
      signed_by(results, {m.header_from_domain, m.submission.reverse_path.domain});
  m.results.dmarc = results.outcome("dmarc");
  m.results.compauth = results.outcome("compauth");
  m.results.claims = Claims::believed;
  m.delivery = delivery_of(platform, report, delivery);
  m.direction = direction_of(platform, report);

  const Recipients recipients = recipients_of(header, trace, m.submission.reverse_path.domain);
  // A copy that was never sent, or is the sender's own, went to its addressees if to anybody.
  m.recipient_uncertain = recipients.are_addressees && header.first("Received") != nullptr;
  for (const message::Address& recipient : recipients.found) {
    m.recipient = buffer.keep(recipient.text);
    m.submission.recipient_domain.reset();
    if (!recipient.domain.empty()) m.submission.recipient_domain = buffer.keep(recipient.domain);
    buffer.add(m);
  }
  if (recipients.found.empty()) buffer.add(m);
  return true;
}

}  // namespace postern::evidence

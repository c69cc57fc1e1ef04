#include "evidence/mail/bounce.hpp"

#include <cstddef>
#include <utility>

#include "base/ascii.hpp"
#include "evidence/logs/refusal.hpp"
#include "message/header.hpp"
#include "message/path.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t longest_report_block = 64u << 10;
constexpr std::size_t most_refused = 1000;

// The value of boundary= in a Content-Type.
std::string boundary_of(std::string_view field) {
  const std::size_t at = ifind(field, "boundary=");
  if (at == std::string_view::npos) return {};
  std::string_view value = trim(field.substr(at + 9));
  if (value.starts_with('"')) return std::string(value.substr(1, value.find('"', 1) - 1));
  return std::string(trim(value.substr(0, value.find(';'))));
}

// "rfc822; ann@contoso.com", "dns; mx.contoso.com": what follows the type (RFC 3464, 2.1.2).
std::string_view typed(std::string_view field) noexcept {
  const std::size_t semicolon = field.find(';');
  std::string_view value =
      trim(semicolon == std::string_view::npos ? field : field.substr(semicolon + 1));
  if (value.starts_with('<') && value.ends_with('>')) value = value.substr(1, value.size() - 2);
  return value;
}

}  // namespace

bool Bounce::begin(std::string_view header_block) {
  *this = {};
  // Most mail is told apart without reading its header again.
  if (ifind(header_block, "multipart/report") == std::string_view::npos) return false;
  const auto header = message::HeaderBlock::parse(header_block);
  const std::string type = header.text("Content-Type");
  if (!istarts_with(trim(type), "multipart/report")) return false;
  boundary_ = boundary_of(type);
  return !boundary_.empty();
}

void Bounce::line(std::string_view text) {
  if (text.starts_with("--") && text.substr(2).starts_with(boundary_)) {
    const std::string_view rest = trim(text.substr(2 + boundary_.size()));
    if (rest.empty() || rest == "--") {
      end_part();
      place_ = rest.empty() ? Place::part_header : Place::outside;
      return;
    }
  }
  if (place_ == Place::outside) return;
  if (place_ == Place::part_header) {
    if (text.empty()) return begin_part();
    if (header_.size() + text.size() < longest_report_block) header_.append(text) += '\n';
    return;
  }
  if (part_ == Part::other || (part_ == Part::original && original_is_read_)) return;
  if (!text.empty()) {
    if (content_.size() + text.size() < longest_report_block) content_.append(text) += '\n';
    return;
  }
  if (part_ == Part::status) {
    status_block(content_);
    content_.clear();
  } else if (!content_.empty()) {
    original_is_read_ = true;
    original_ = std::exchange(content_, {});
  }
}

void Bounce::begin_part() {
  place_ = Place::content;
  const std::string type = message::HeaderBlock::parse(header_).text("Content-Type");
  part_ = istarts_with(trim(type), "message/delivery-status")          ? Part::status
          : istarts_with(trim(type), "message/global-delivery-status") ? Part::status
          : istarts_with(trim(type), "message/rfc822") ||
                  istarts_with(trim(type), "text/rfc822-headers") ||
                  istarts_with(trim(type), "message/global")
              ? Part::original
              : Part::other;
  header_.clear();
  content_.clear();
}

void Bounce::end_part() {
  if (place_ == Place::content && part_ == Part::status) status_block(content_);
  if (place_ == Place::content && part_ == Part::original && !original_is_read_) {
    original_ = content_;
    original_is_read_ = true;
  }
  header_.clear();
  content_.clear();
  part_ = Part::other;
}

// The first block is of the message, each further one of a recipient.
void Bounce::status_block(std::string_view block) {
  if (trim(block).empty()) return;
  const auto fields = message::HeaderBlock::parse(block);
  if (fields.first("Final-Recipient") == nullptr && fields.first("Action") == nullptr) {
    reporter_ = typed(fields.text("Reporting-MTA"));
    arrival_ = fields.text("Arrival-Date");
    sender_ = typed(fields.text("X-Postfix-Sender"));
    return;
  }
  if (recipients_.size() == most_refused) return;
  recipients_.push_back({std::string(typed(fields.text("Final-Recipient"))), fields.text("Action"),
                         fields.text("Status"), fields.text("Diagnostic-Code")});
}

void Bounce::finish(const Message& report, MessageBuffer& buffer) {
  end_part();
  const auto original = message::HeaderBlock::parse(original_);
  for (const Recipient& each : recipients_) {
    Refusal refusal = refusal_of(each.diagnostic);
    if (refusal == Refusal::none && trim(each.status) == "5.7.68") refusal = Refusal::direct_send;
    if (refusal == Refusal::none || !istarts_with(trim(each.action), "failed")) continue;
    Message m;
    m.refusal = refusal;
    m.delivery = Delivery::failed;
    m.direction = Direction::inbound;
    m.submission.authenticated = policy::Known::no;
    if (refusal == Refusal::direct_send) {
      m.submission.observed.state = policy::ObservedAttribution::State::default_connector;
    }
    m.submission.time = parse_mail_date(arrival_);
    if (!m.submission.time) m.submission.time = report.submission.time;
    const std::string_view sender = sender_.empty() ? report.recipient : sender_;
    if (const auto address = message::parse_address(sender)) {
      m.reverse_path = buffer.keep(address->text);
      m.submission.reverse_path = {policy::ReversePath::State::address,
                                   buffer.keep(address->domain)};
    }
    if (const auto address = message::parse_address(each.final)) {
      m.recipient = buffer.keep(address->text);
      if (!address->domain.empty()) m.submission.recipient_domain = buffer.keep(address->domain);
    }
    m.helo = buffer.keep(reporter_);
    m.client_hostname = m.helo;
    if (!reporter_.empty() &&
        (iequals(report.helo, reporter_) || iequals(report.client_hostname, reporter_))) {
      m.submission.client_ip = report.submission.client_ip;
    }
    if (const auto from = message::parse_address_list(original.text("From"), 1); !from.empty()) {
      m.header_from = buffer.keep(from.front().address.text);
      m.header_from_domain = buffer.keep(from.front().address.domain);
    }
    m.message_id = buffer.keep(original.text("Message-ID"));
    m.subject = buffer.keep(original.text("Subject"));
    buffer.add(m);
  }
}

}  // namespace postern::evidence

#include "evidence/tables/dmarc_records.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "evidence/envelope_sender.hpp"
#include "evidence/tables/trace_fields.hpp"
#include "message/authentication_results.hpp"
#include "policy/clouds.hpp"

namespace postern::evidence {
namespace {

using auth::AggregateMetadata;
using auth::AggregateRecord;

// envelope_from and envelope_to should be domains; some reporters write whole addresses.
std::string_view domain_part(std::string_view text) noexcept {
  const std::string_view domain = domain_of_address(text);
  return domain.empty() ? text : domain;
}

AuthResult dkim_result(const AggregateRecord& record) {
  AuthResult first = AuthResult::unknown;
  for (const AggregateRecord::Dkim& dkim : record.dkim) {
    const AuthResult result = message::parse_auth_result(dkim.result);
    if (result == AuthResult::pass) return result;
    if (first == AuthResult::unknown) first = result;
  }
  return first;
}

// What DMARC made of the signatures: it passes those of the From's domain alone.
policy::Known signed_by_author(const AggregateRecord& record) {
  if (iequals(record.evaluated_dkim, "pass")) return policy::Known::yes;
  return iequals(record.evaluated_dkim, "fail") ? policy::Known::no : policy::Known::unknown;
}

bool is_signed_by_acs(const AggregateRecord& record) {
  return std::any_of(record.dkim.begin(), record.dkim.end(), [&](const auto& each) {
    if (message::parse_auth_result(each.result) != AuthResult::pass) return false;
    return policy::is_acs_domain(each.domain) ||
           (policy::is_acs_selector(each.selector) && iequals(record.evaluated_dkim, "pass"));
  });
}

// The result for MAIL FROM; one without a scope is taken for it (RFC 9990 knows no other).
const AggregateRecord::Spf* mail_from_check(const AggregateRecord& record) {
  for (const AggregateRecord::Spf& spf : record.spf) {
    if (spf.scope.empty() || iequals(spf.scope, "mfrom")) return &spf;
  }
  return nullptr;
}

AuthResult dmarc_result(const AggregateRecord& record) {
  if (record.evaluated_dkim.empty() && record.evaluated_spf.empty()) return AuthResult::unknown;
  const bool passes =
      iequals(record.evaluated_dkim, "pass") || iequals(record.evaluated_spf, "pass");
  return passes ? AuthResult::pass : AuthResult::fail;
}

Delivery delivery_of(const AggregateRecord& record) {
  if (iequals(record.disposition, "reject")) return Delivery::blocked;
  if (iequals(record.disposition, "quarantine")) return Delivery::quarantine;
  return Delivery::unknown;
}

}  // namespace

RowOutcome DmarcRecords::convert(const AggregateMetadata& metadata, const AggregateRecord& record,
                                 std::uint64_t place, Message& m) {
  if (!record.address()) return bad_row("source_ip", "is no IP address");
  m.submission.client_ip = record.address();
  const auto count = record.messages();
  if (!count) return bad_row("count", "is no number of messages");
  m.count = *count;
  const auto header_from = normal(record.header_from, header_from_);
  // "pages.contoso.com, contoso.com": the address and its count stay; whose mail it was is open.
  if (header_from) {
    m.header_from_domain = *header_from;
  } else {
    odd_authors_ += *count;
  }
  if (const auto about = normal(metadata.domain, reported_)) m.reported_domain = *about;
  if (!set_reverse_path(metadata, record, m)) {
    return bad_row("envelope_from", "is no domain");
  }
  if (record.envelope_to && !record.envelope_to->empty()) {
    const auto recipient = normal(domain_part(*record.envelope_to), envelope_to_);
    if (!recipient) return bad_row("envelope_to", "is no domain");
    m.submission.recipient_domain = *recipient;
    if (record.envelope_to->find('@') != std::string::npos) m.recipient = *record.envelope_to;
  } else {
    m.received_by = receiver(metadata);
  }
  // A receiver checks DMARC where mail comes in from outside; who signed in is not reported.
  m.submission.authenticated = policy::Known::no;
  m.submission.time = metadata.begin;
  const AggregateRecord::Spf* spf = mail_from_check(record);
  m.results.spf = spf == nullptr ? AuthResult::unknown : message::parse_auth_result(spf->result);
  m.results.dkim = dkim_result(record);
  m.results.dkim_is_authors = signed_by_author(record);
  m.results.dkim_is_acs = is_signed_by_acs(record);
  m.results.dmarc = dmarc_result(record);
  m.delivery = delivery_of(record);
  m.direction = Direction::inbound;
  // Known by who reported, under which id, of which period (some reporters use an id again), the
  // record's place, and what it counts.
  if (!metadata.report_id.empty()) {
    id_ = fmt::format("dmarc-report {} {} {} {} {} {} {} {}", metadata.org_name, metadata.report_id,
                      metadata.begin.value_or(0), metadata.end.value_or(0), metadata.domain, place,
                      record.source_ip, record.count);
    m.network_message_id = id_;
  }
  return {};
}

bool DmarcRecords::is_of(const AggregateMetadata& metadata, std::string_view carrier,
                         const Message& m) {
  if (carrier.empty()) return false;
  constexpr std::string_view microsoft = "microsoft.com";  // both kinds of its reports
  if (is_same_or_subdomain(carrier, microsoft)) return true;
  const auto reporter = normalise_domain(domain_part(metadata.email));
  if (!reporter || !is_same_or_subdomain(*reporter, carrier)) return false;
  const std::string_view receiver = m.submission.recipient_domain.value_or(m.received_by);
  return !receiver.empty() && is_same_or_subdomain(receiver, carrier);
}

void DmarcRecords::conclude(Tally& tally) const {
  if (odd_authors_ == 0) return;
  tally.remarks.push_back(fmt::format(
      "header_from of records with {} messages in all is no domain: they count by their address "
      "and envelope sender alone",
      odd_authors_));
}

std::optional<std::string_view> DmarcRecords::normal(std::string_view text, std::string& into) {
  char room[254];
  if (const std::size_t length = normalise_ascii_domain(text, room); length > 0) {
    into.assign(room, length);
    return into;
  }
  auto slow = normalise_domain(text);
  if (!slow) return std::nullopt;
  into = std::move(*slow);
  return into;
}

// False where the report names something that is no domain.
bool DmarcRecords::set_reverse_path(const AggregateMetadata& metadata,
                                    const AggregateRecord& record, Message& m) {
  using State = policy::ReversePath::State;
  if (auth::is_null_sender(metadata, record)) {
    m.submission.reverse_path.state = State::null;
    return true;
  }
  std::string_view sender = record.envelope_from ? std::string_view(*record.envelope_from) : "";
  const bool named = !sender.empty();
  if (!named) {
    // SPF is checked against MAIL FROM, or against HELO where that is <>: only the scope tells.
    const AggregateRecord::Spf* spf = mail_from_check(record);
    if (spf == nullptr || spf->scope.empty()) return true;
    sender = spf->domain;
  }
  const EnvelopeSender written = envelope_sender(sender);
  const std::string_view name = written.address.empty() ? sender : written.domain;
  if (written.address.empty() && !may_be_domain(name)) return true;
  const auto domain = normal(name, envelope_from_);
  if (!domain) return !named;
  m.submission.reverse_path = {State::address, *domain};
  m.reverse_path = written.address;
  return true;
}

// The domain of who received the mail. Microsoft's reports on the mail of its business customers
// say nothing of which customer where they lack envelope_to, so that may be this tenant.
std::string_view DmarcRecords::receiver(const AggregateMetadata& metadata) {
  if (iequals(metadata.org_name, "Enterprise Outlook")) return {};
  for (const std::string_view text :
       {domain_of_address(metadata.email), std::string_view(metadata.org_name)}) {
    if (text.find('.') == std::string_view::npos) continue;
    if (const auto domain = normal(text, receiver_)) return *domain;
  }
  return "unnamed.invalid";
}

}  // namespace postern::evidence

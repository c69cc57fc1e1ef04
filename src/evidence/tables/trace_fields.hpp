// What the traces of Exchange have in common, whatever their columns are called. Internal to the
// room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "evidence/envelope_sender.hpp"
#include "evidence/tables/field_values.hpp"

namespace postern::evidence {

inline RowOutcome bad_row(std::string_view column, std::string what) {
  return {RowKind::bad, {}, {column, std::move(what)}};
}

/// The recipients that one row names, "ann@contoso.com;bob@contoso.com", in a summary report each
/// with what became of it, "ann@contoso.com##Receive, Deliver;bob@contoso.com##Receive, Fail".
class RecipientList {
 public:
  RecipientList() = default;
  /// `separators`: those of the list; a comma may also stand in what became of a recipient.
  explicit RecipientList(std::string_view text, std::string_view separators = ";") noexcept
      : rest_(trim(text)), separators_(separators) {}

  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  /// Goes to the next. False at the end.
  bool next() noexcept {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find_first_of(separators_), rest_.size());
    std::string_view one = trim(rest_.substr(0, end));
    rest_ = trim(rest_.substr(std::min(end + 1, rest_.size())));
    const std::size_t mark = one.find("##");
    address_ = trim(one.substr(0, mark));
    status_ = mark == std::string_view::npos ? std::string_view{} : one.substr(mark + 2);
    return true;
  }
  [[nodiscard]] std::string_view address() const noexcept { return address_; }
  [[nodiscard]] std::string_view status() const noexcept { return status_; }

 private:
  std::string_view rest_, separators_ = ";", address_, status_;
};

/// What the traces of Exchange have in common: addresses, times, connectors, directions.
class TraceFields {
 public:
  explicit TraceFields(TimeField& times) noexcept : times_(times) {}

  RowOutcome recipient(std::string_view column, std::string_view address, Message& m) {
    m.recipient = address;
    const auto domain = recipient_domains_.read(domain_of_address(address));
    if (!domain) return bad_row(column, "is no mail address");
    m.submission.recipient_domain = *domain;
    return {};
  }

  /// What the column of the envelope sender holds; an empty one says nothing.
  RowOutcome sender(std::string_view column, std::string_view text, Message& m) {
    if (text.empty()) return {};
    const EnvelopeSender sender = envelope_sender(text);
    policy::ReversePath& path = m.submission.reverse_path;
    path.state = sender.state;
    m.reverse_path = sender.address;
    if (sender.domain.empty()) return {};
    const auto normal = sender_domains_.read(sender.domain);
    if (!normal) return bad_row(column, "is no mail address");
    path.domain = *normal;
    return {};
  }

  /// An address of which nobody says whether it is the envelope sender or the header From, unless
  /// the user does.
  RowOutcome uncertain_sender(std::string_view column, std::string_view address, bool is_envelope,
                              Message& m) {
    if (is_envelope) return sender(column, address, m);
    m.reverse_path = address == "<>" ? std::string_view{} : address;
    m.reverse_path_uncertain = true;
    m.header_from_domain = domain_of_sender(address);
    return {};
  }

  RowOutcome client(std::string_view column, std::string_view text, Message& m) {
    if (text.empty()) return {};
    m.submission.client_ip = addresses_.read(text);
    if (!m.submission.client_ip) return bad_row(column, "is no IP address");
    return {};
  }

  RowOutcome time(std::string_view column, std::string_view text, Message& m) {
    m.submission.time = times_.read(text);
    if (!m.submission.time) return bad_row(column, std::string(times_.fault()));
    return {};
  }

  std::string_view domain_of_sender(std::string_view address) {
    return header_domains_.read(domain_of_address(address)).value_or(std::string_view{});
  }

  /// A trace's Status.
  static Delivery delivery(std::string_view status) noexcept {
    if (iequals(status, "Delivered") || iequals(status, "Expanded")) return Delivery::inbox;
    if (iequals(status, "FilteredAsSpam")) return Delivery::junk;
    if (iequals(status, "Quarantined")) return Delivery::quarantine;
    return iequals(status, "Failed") ? Delivery::failed : Delivery::unknown;
  }

  // "SERVER\Default SERVER" is Exchange's own receive connector: no configured one matched.
  static void connector(const Cell& cell, Message& m) {
    if (!cell.present || cell.text.empty()) return;
    std::string_view name = cell.text;
    const std::size_t slash = name.find('\\');
    if (slash != std::string_view::npos) {
      const std::string_view server = name.substr(0, slash);
      name.remove_prefix(slash + 1);
      if (name.starts_with("Default ") && iends_with(name, server)) {
        m.submission.observed.state = policy::ObservedAttribution::State::default_connector;
        return;
      }
    }
    m.submission.observed.state = policy::ObservedAttribution::State::connector;
    m.submission.observed.connector = name;
  }

  // 1, 2, Incoming, Originating, Inbound, Outbound. False for mail that left.
  static bool direction(std::string_view text, Message& m) {
    if (text == "1" || iequals(text, "Incoming") || iequals(text, "Inbound")) {
      m.direction = Direction::inbound;
      m.submission.authenticated = policy::Known::no;
    } else if (text == "2" || iequals(text, "Originating") || iequals(text, "Outbound")) {
      // Originating mail to an own recipient never left; only the recipient's owner can tell, so
      // it is passed on as what it is: recorded as originating.
      m.direction = Direction::internal;
      m.submission.authenticated = policy::Known::yes;
      return !iequals(text, "Outbound");
    }
    return true;
  }

 private:
  TimeField& times_;
  DomainField sender_domains_, recipient_domains_, header_domains_;
  AddressField addresses_;
};

}  // namespace postern::evidence

#include "probe/envelopes.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "message/path.hpp"

namespace postern::probe {
namespace {

// "Tue, 24 Nov 2026 12:00:00 +0000" (RFC 5322, 3.3).
std::string mail_date(UnixTime now) {
  constexpr std::array days{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string iso = format_time(now);  // 2026-11-24T12:00:00Z
  const auto month = static_cast<std::size_t>((iso[5] - '0') * 10 + (iso[6] - '0') - 1);
  return fmt::format("{}, {} {} {} {} +0000",
                     days[static_cast<std::size_t>(((day_of(now) % 7) + 7) % 7)], iso.substr(8, 2),
                     months[month], iso.substr(0, 4), iso.substr(11, 8));
}

}  // namespace

char letter_of(Question question) noexcept {
  return static_cast<char>('A' + static_cast<int>(question));
}

std::string_view name_of(Question question) noexcept {
  switch (question) {
    case Question::own_domain:
      return "own_domain";
    case Question::foreign_domain:
      return "foreign_domain";
    case Question::subdomain:
      return "subdomain";
    case Question::null_sender:
      return "null_sender";
    case Question::foreign_with_own_from:
      break;
  }
  return "foreign_with_own_from";
}

std::string_view describe(Question question) noexcept {
  switch (question) {
    case Question::own_domain:
      return "envelope sender at your own domain";
    case Question::foreign_domain:
      return "envelope sender at a foreign domain";
    case Question::subdomain:
      return "envelope sender at a subdomain of yours";
    case Question::null_sender:
      return "empty envelope sender";
    case Question::foreign_with_own_from:
      break;
  }
  return "foreign envelope sender, your domain in the header From";
}

Result<std::vector<Envelope>> envelopes(const Subject& subject, const policy::Policy& policy) {
  // What goes into an SMTP command and a header field: no quoting, no controls, one '@'.
  const bool plain = subject.mailbox.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789.!#$%&'*+/=?^_`{|}~-@") == std::string::npos &&
                     subject.mailbox.find('@') == subject.mailbox.rfind('@');
  const std::size_t at = subject.mailbox.find('@');
  const auto domain = normalise_domain(domain_of_address(subject.mailbox));
  if (!plain || at == 0 || at == std::string::npos || at > 64 || !domain) {
    return fail(fmt::format("'{}' is no plain mailbox address", printable(subject.mailbox)),
                "--rcpt-to", "name a mailbox like ann@contoso.com that you may send to");
  }
  const std::uint32_t owner = policy.owner_of(*domain);
  if (owner == policy::no_tenant) {
    return fail(fmt::format("{} is no accepted domain of this tenant", *domain), "--rcpt-to",
                "only your own domains are probed");
  }
  const auto foreign = normalise_domain(subject.foreign);
  if (!foreign || foreign->find('.') == std::string::npos) {
    return fail(fmt::format("'{}' is no domain", printable(subject.foreign)), "--foreign",
                "name one like example.com");
  }
  if (policy.owner_of(*foreign) != policy::no_tenant) {
    return fail(fmt::format("{} is an accepted domain of this tenant", *foreign), "--foreign",
                "name a domain that is not");
  }
  const std::string own = subject.mailbox.substr(0, at + 1) + *domain;
  const std::string stranger = "postern-probe@" + *foreign;
  const std::string below = "postern-probe@postern-probe." + *domain;
  return std::vector<Envelope>{
      {Question::own_domain, own, own, own},
      {Question::foreign_domain, stranger, stranger, own},
      {Question::subdomain, below, below, own},
      {Question::null_sender, {}, stranger, own},
      {Question::foreign_with_own_from, stranger, own, own},
  };
}

std::string test_message(const Envelope& envelope, std::string_view id, UnixTime now) {
  const std::string domain(domain_of_address(envelope.header_from));
  return fmt::format(
      "From: <{}>\r\n"
      "To: <{}>\r\n"
      "Subject: [Postern probe {}] Test of Direct Send, {}\r\n"
      "Date: {}\r\n"
      "Message-ID: <{}.{}@{}>\r\n"
      "X-Postern-Probe: {}; id={}\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=us-ascii\r\n"
      "\r\n"
      "This is a test message of \"postern probe\", sent by an administrator of your mail "
      "system.\r\n"
      "It asks whether the mail host takes mail with this sender: {}.\r\n"
      "That it arrived means that the host took it. It can be deleted.\r\n"
      "\r\n"
      "Test {}, id {}\r\n",
      envelope.header_from, envelope.recipient, letter_of(envelope.question), id, mail_date(now),
      id, letter_of(envelope.question), domain, letter_of(envelope.question), id,
      describe(envelope.question), letter_of(envelope.question), id);
}

policy::Verdict expected(const Envelope& envelope, const policy::Policy& policy) {
  policy::Submission submission;
  // An address of a documentation block (RFC 5737) stands for "in no connector".
  submission.client_ip = IpAddress::parse("192.0.2.255");
  submission.authenticated = policy::Known::no;
  submission.tls = policy::Known::yes;
  submission.certificate.state = policy::ClientCertificate::State::none;
  submission.reverse_path.state = envelope.reverse_path.empty()
                                      ? policy::ReversePath::State::null
                                      : policy::ReversePath::State::address;
  submission.reverse_path.domain = domain_of_address(envelope.reverse_path);
  submission.recipient_domain = domain_of_address(envelope.recipient);
  return policy::decide(policy, submission);
}

}  // namespace postern::probe

// OpenSMTPD's log as evidence: a client's session is joined by its id, and handed on to deliveries
// by the id of the envelope.
//
//   … smtpd[7]: 1a2b3c4d5e6f7890 smtp connected address=192.0.2.7 host=mfp.contoso.com
//   … smtpd[7]: 1a2b3c4d5e6f7890 smtp envelope evpid=9f8e7d6c00000001 from=<scan@…> to=<ann@…>
//   … smtpd[7]: 55667788aabbccdd mta delivery evpid=9f8e7d6c00000001 from=<scan@…> to=<ann@…>
//       rcpt=<-> source="10.0.0.5" relay="192.0.2.25 (…outlook.com)" delay=1s result="Ok" stat="250
//       …"
//
// smtpd(8) and usr.sbin/smtpd/{smtp_session,mta_session,mta}.c of OpenBSD. Up to 6.3 the word after
// "smtp" or "mta" is "event=connected".
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ascii.hpp"
#include "base/hash.hpp"
#include "evidence/logs/log_lines.hpp"
#include "evidence/logs/queued_messages.hpp"
#include "evidence/logs/relay_rows.hpp"
#include "evidence/logs/syslog_lines.hpp"
#include "evidence/registry.hpp"

namespace postern::evidence {
namespace opensmtpd {
namespace {

using State = policy::ReversePath::State;

std::string_view take_word(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

struct OpenSmtpdLine {
  SyslogLine head;
  std::string_view session;
  std::string_view side;   ///< "smtp", "mta", "mda"
  std::string_view event;  ///< "connected", "envelope", "delivery"
  std::string_view text;
};

bool split_line(std::string_view text, OpenSmtpdLine& out) {
  return split_carried(text, [&](const SyslogLine& line) {
    if (line.program != "smtpd") return false;
    out.head = line;
    std::string_view rest = trim(line.text);
    out.session = take_word(rest);
    const auto is_hex = [](char c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'f'); };
    if (out.session.size() != 16 || !std::all_of(out.session.begin(), out.session.end(), is_hex)) {
      return false;
    }
    out.side = take_word(rest);
    out.event = take_word(rest);
    if (out.event.starts_with("event=")) out.event.remove_prefix(6);
    out.text = rest;
    return out.side == "smtp" || out.side == "mta" || out.side == "mda";
  });
}

// Where a value ends: in quotes and in angle brackets blanks belong to it, and what a stranger
// wrote there may look like further fields.
std::size_t end_of_value(std::string_view text) noexcept {
  if (text.starts_with('"')) {
    std::size_t end = text.find('"', 1);
    while (end != std::string_view::npos && end + 1 < text.size() && text[end + 1] != ' ')
      end = text.find('"', end + 1);
    if (end != std::string_view::npos) return end + 1;
  }
  if (text.starts_with('<')) {
    bool quoted = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (quoted && text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        quoted = !quoted;
      } else if (!quoted && text[i] == '>' && (i + 1 == text.size() || text[i + 1] == ' ')) {
        return i + 1;
      }
    }
  }
  return std::min(text.find(' '), text.size());
}

struct Value {
  std::string_view text;
  int times = 0;
};

// That of "key=", the first; bare, in quotes or in angle brackets, without these.
Value value_of(std::string_view text, std::string_view key) noexcept {
  Value out;
  while (!text.empty()) {
    const bool is_it = text.starts_with(key);
    const std::size_t name = std::min(text.find_first_of("= "), text.size() - 1);
    const bool has_value = text[name] == '=';
    text.remove_prefix(name + 1);
    if (!has_value) continue;
    std::string_view value = text.substr(0, end_of_value(text));
    text.remove_prefix(value.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (!is_it || out.times++ > 0) continue;
    if (value.starts_with('"') || value.starts_with('<')) value.remove_prefix(1);
    if (value.ends_with('"') || value.ends_with('>')) value.remove_suffix(1);
    out.text = value;
  }
  return out;
}

std::string_view field(std::string_view text, std::string_view key) noexcept {
  return value_of(text, key).text;
}

class Joiner {
 public:
  Joiner(const Reading& reading, std::optional<UnixTime> reference)
      : seed_(reading.options.seed),
        clock_(reference),
        open_(reading.options.most_open),
        rows_(reading) {}

  void take(const OpenSmtpdLine& line, std::uint64_t number) {
    rows_.written_by(line.head.host);
    if (line.side == "smtp") return session(line, number);
    if (line.event == "delivery") delivery(line, number);
  }
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return open_.forgotten(); }

 private:
  [[nodiscard]] std::uint64_t key(std::string_view host, std::string_view id) const noexcept {
    return hash_of(HashSeed{seed_.first ^ hash_of(seed_, host), seed_.second}, id);
  }

  void session(const OpenSmtpdLine& line, std::uint64_t number) {
    const std::uint64_t id = key(line.head.host, line.session);
    if (line.event == "connected") {
      QueuedMessage& open = open_.at(id);
      open.reset();
      open.client_known = true;
      open.tls = policy::Known::no;
      const std::string_view address = field(line.text, "address=");
      open.client = IpAddress::parse(address);
      open.local = address == "local";
      const std::string_view host = field(line.text, "host=");
      if (host != "unknown") open.client_name.assign(host);
    } else if (line.event == "tls" || line.event == "starttls") {
      open_.at(id).tls = policy::Known::yes;
    } else if (line.event == "authentication") {
      // The name that was signed in with is the client's choice: user=scan result=ok
      // result=permfail
      const Value result = value_of(line.text, "result=");
      open_.at(id).signed_in = result.times == 1 && result.text == "ok";
    } else if (line.event == "envelope") {
      // The envelope inherits the session, which may send more.
      const QueuedMessage* const of_session = open_.find(id);
      const QueuedMessage before = of_session == nullptr ? QueuedMessage{} : *of_session;
      QueuedMessage& envelope = open_.at(key(line.head.host, field(line.text, "evpid=")));
      envelope = before;
    } else if (line.event == "failed-command") {
      refusal(line, number);
    } else if (line.event == "disconnected") {
      open_.close(id);
    }
  }

  void delivery(const OpenSmtpdLine& line, std::uint64_t number) {
    const std::string_view result = field(line.text, "result=");
    const bool sent = iequals(result, "Ok");
    if (!sent && !iequals(result, "PermFail")) {
      return rows_.not_relevant(NotRelevant::other_event);
    }
    LoggedDelivery to;
    to.sent = sent;
    to.time = clock_.read(line.head.stamp);
    if (!to.time && !clock_.not_told()) return rows_.bad(number, "time", "is no time");
    to.recipient = field(line.text, "to=");
    if (line.side == "mta") {
      // "192.0.2.25 (contoso-com.mail.protection.outlook.com)"
      const std::string_view relay = field(line.text, "relay=");
      const std::size_t open = relay.find('(');
      to.next_host = open == std::string_view::npos
                         ? relay
                         : relay.substr(open + 1, relay.find(')') - open - 1);
    }
    if (!sent) to.reply = field(line.text, "stat=");
    const std::uint64_t id = key(line.head.host, field(line.text, "evpid="));
    QueuedMessage* open = open_.find(id);
    LoggedMessage from = open == nullptr ? LoggedMessage{} : logged(*open);
    from.sender = field(line.text, "from=");
    from.sender_state = from.sender.empty() ? State::null : State::address;
    rows_.delivered(from, to, number);
    open_.close(id);
  }

  // failed-command command="RCPT TO:<ann@contoso.com>" result="550 Invalid recipient: …"
  void refusal(const OpenSmtpdLine& line, std::uint64_t number) {
    const std::string_view command = field(line.text, "command=");
    if (!istarts_with(command, "RCPT TO:")) return;
    if (!field(line.text, "result=").starts_with('5')) {
      return rows_.not_relevant(NotRelevant::other_event);
    }
    const auto time = clock_.read(line.head.stamp);
    if (!time && !clock_.not_told()) return rows_.bad(number, "time", "is no time");
    const QueuedMessage* open = open_.find(key(line.head.host, line.session));
    std::string_view recipient = trim(command.substr(8));
    recipient = recipient.substr(0, std::min(recipient.find('>') + 1, recipient.size()));
    rows_.refused(open == nullptr ? LoggedMessage{} : logged(*open), without_angles(recipient),
                  time, number);
  }

  HashSeed seed_;
  LogClock clock_;
  QueuedMessages open_;
  RelayRows rows_;
};

}  // namespace
}  // namespace opensmtpd

bool starts_like_opensmtpd(std::string_view first_piece, Encoding) {
  return any_line_is(first_piece, [](std::string_view text) {
    opensmtpd::OpenSmtpdLine line;
    return opensmtpd::split_line(text, line);
  });
}

Result<void> read_opensmtpd(ByteSource& source, const Reading& reading) {
  opensmtpd::Joiner joiner(reading, clock_reference(source, reading.options));
  auto done = each_line(source, reading.options, [&](std::string_view text, std::uint64_t number) {
    opensmtpd::OpenSmtpdLine line;
    if (opensmtpd::split_line(text, line)) joiner.take(line, number);
  });
  reading.tell.tally().forgotten = joiner.forgotten();
  return done;
}

}  // namespace postern::evidence

// Sendmail's log as evidence: lines of one message are joined by queue id.
//
//   … sendmail[1234]: 4917Cc001234: from=<scan@contoso.com>, size=1, nrcpts=1, msgid=<1@mfp>,
//       proto=ESMTP, daemon=MTA, relay=mfp.contoso.com [192.0.2.7]
//   … sendmail[1236]: 4917Cc001234: to=<ann@contoso.com>, delay=00:00:01, mailer=esmtp, pri=1,
//       relay=contoso-com.mail.protection.outlook.com. [192.0.2.25], dsn=2.0.0, stat=Sent (250 …)
//
// Sendmail Installation and Operation Guide, 2.1.2 ("Format").
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
namespace sendmail {
namespace {

using State = policy::ReversePath::State;

bool is_sendmail(std::string_view program) noexcept {
  return program == "sendmail" || program == "sm-mta" || program == "sm-msp-queue" ||
         program == "sm-acceptingconnections" || program == "sendmail-client";
}

struct SendmailLine {
  SyslogLine head;
  std::string_view id, text;
};

// False for lines of other programs, and for those of no message.
bool split_line(std::string_view text, SendmailLine& out) {
  return split_carried(text, [&](const SyslogLine& line) {
    if (!is_sendmail(line.program)) return false;
    out.head = line;
    std::string_view rest = trim(line.text);
    const std::size_t colon = rest.find(": ");
    if (colon == std::string_view::npos || colon < 8 || colon > 30) return false;
    out.id = rest.substr(0, colon);
    out.text = rest.substr(colon + 2);
    return std::all_of(out.id.begin(), out.id.end(), [](char c) {
      return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
    });
  });
}

// Where the address in angle brackets ends that `text` begins with. What is in quotes is part of
// it. npos where it was cut off (msgid= is, at 100 characters).
std::size_t end_of_address(std::string_view text) noexcept {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == '>') {
      if (i + 1 == text.size() || text[i + 1] == ',' || text[i + 1] == ' ') return i + 1;
    }
  }
  return std::string_view::npos;
}

// Of a list: "<ann@contoso.com>,<bob@contoso.com>".
std::size_t end_of_addresses(std::string_view text) noexcept {
  for (std::size_t at = 0;; ++at) {
    const std::size_t end = end_of_address(text.substr(at));
    if (end == std::string_view::npos) return end;
    at += end;
    if (!text.substr(at).starts_with(",<")) return at;
  }
}

// Takes one of the ", "-separated pairs off the front. What stands in angle brackets was chosen by
// strangers and may look like pairs; what ends a line is another server's free text.
std::string_view take_pair(std::string_view& text) noexcept {
  const bool is_last = text.starts_with("stat=") || text.starts_with("reject=");
  const std::size_t value = std::min(text.find('='), text.size() - 1) + 1;
  std::size_t from = 0;
  if (text.substr(value).starts_with('<')) {
    const std::size_t end = end_of_addresses(text.substr(value));
    if (end != std::string_view::npos) from = value + end;
  }
  const std::size_t end = is_last ? text.size() : std::min(text.find(", ", from), text.size());
  const std::string_view pair = text.substr(0, end);
  text.remove_prefix(std::min(end + 2, text.size()));
  return pair;
}

struct Value {
  std::string_view text;
  int times = 0;
};

// That of "key=", the first.
Value value_of(std::string_view text, std::string_view key) noexcept {
  Value out;
  while (!text.empty()) {
    const std::string_view pair = take_pair(text);
    if (pair.starts_with(key) && out.times++ == 0) out.text = pair.substr(key.size());
  }
  return out;
}

std::string_view field(std::string_view text, std::string_view key) noexcept {
  return value_of(text, key).text;
}

struct Peer {
  std::string_view name;
  std::optional<IpAddress> address;
  bool local = false;
};

// "mfp.contoso.com [192.0.2.7] (may be forged)", "[192.0.2.7]", "root@localhost", "local".
Peer peer_of(std::string_view text) noexcept {
  Peer peer;
  const std::size_t open = text.rfind('[');
  if (open == std::string_view::npos) {
    peer.local = true;
    return peer;
  }
  peer.name = trim(text.substr(0, open));
  if (peer.name.ends_with('.')) peer.name.remove_suffix(1);
  std::string_view address = text.substr(open + 1, text.find(']', open) - open - 1);
  if (istarts_with(address, "IPv6:")) address.remove_prefix(5);
  peer.address = IpAddress::parse(address);
  return peer;
}

// Sets who handed the message in. A line that names it twice names a stranger's choice too, and one
// that does not name it was cut off: then nobody knows.
template <class Client>
void set_client(std::string_view text, Client& out) {
  const Value relay = value_of(text, "relay=");
  if (relay.times != 1) return;
  const Peer peer = peer_of(relay.text);
  out.client_known = true;
  out.client = peer.address;
  out.client_name = peer.name;
  out.local = peer.local;
}

class Joiner {
 public:
  Joiner(const Reading& reading, std::optional<UnixTime> reference)
      : seed_(reading.options.seed),
        clock_(reference),
        open_(reading.options.most_open),
        rows_(reading) {}

  void take(const SendmailLine& line, std::uint64_t number) {
    rows_.written_by(line.head.host);
    if (line.text.starts_with("from=")) return arrival(line);
    if (line.text.starts_with("to=")) return delivery(line, number);
    if (line.text.starts_with("AUTH=server")) {
      open_.at(key(line)).signed_in = true;
      return;
    }
    if (line.text.starts_with("ruleset=check_rcpt")) return refusal(line, number);
    if (line.text.starts_with("done; ")) open_.close(key(line));
  }
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return open_.forgotten(); }

 private:
  [[nodiscard]] std::uint64_t key(const SendmailLine& line) const noexcept {
    return hash_of(HashSeed{seed_.first ^ hash_of(seed_, line.head.host), seed_.second}, line.id);
  }

  bool time_of(const SendmailLine& line, std::uint64_t number, std::optional<UnixTime>& time) {
    time = clock_.read(line.head.stamp);
    if (time || clock_.not_told()) return true;
    rows_.bad(number, "time", "is no time");
    return false;
  }

  void arrival(const SendmailLine& line) {
    QueuedMessage& open = open_.at(key(line));
    const bool signed_in = open.signed_in;  // told before
    open.reset();
    open.signed_in = signed_in;
    const std::string_view sender = without_angles(field(line.text, "from="));
    open.sender_state = sender.empty() ? State::null : State::address;
    open.sender.assign(sender.substr(0, 1000));
    open.message_id.assign(field(line.text, "msgid=").substr(0, 998));
    set_client(line.text, open);
  }

  void delivery(const SendmailLine& line, std::uint64_t number) {
    const std::string_view status = field(line.text, "stat=");
    const std::string_view code = field(line.text, "dsn=");
    const bool sent = status.starts_with("Sent");
    if (!sent && !code.starts_with('5')) return rows_.not_relevant(NotRelevant::other_event);
    LoggedDelivery to;
    to.sent = sent;
    if (!time_of(line, number, to.time)) return;
    const Peer next = peer_of(field(line.text, "relay="));
    const std::string_view mailer = field(line.text, "mailer=");
    if (mailer != "local" && mailer != "relay" && mailer != "prog") to.next_host = next.name;
    if (mailer == "relay" && next.name != "localhost") to.next_host = next.name;
    // The submission program's own queue hands over to the server, which logs the rest.
    if (next.name == "localhost" || next.name == "[127.0.0.1]" ||
        (next.address && !next.address->is_public() && next.address->is_v4() &&
         next.address->v4() >> 24 == 127)) {
      return rows_.not_relevant(NotRelevant::other_event);
    }
    to.reply = sent ? std::string_view{} : code;
    const QueuedMessage* open = open_.find(key(line));
    const LoggedMessage from = open == nullptr ? LoggedMessage{} : logged(*open);
    // "to=<ann@contoso.com>,<bob@contoso.com>"
    std::string_view recipients = field(line.text, "to=");
    while (!recipients.empty()) {
      const bool angled = recipients.starts_with('<');
      std::size_t end = angled ? end_of_address(recipients) : std::string_view::npos;
      if (end == std::string_view::npos) end = std::min(recipients.find(','), recipients.size());
      to.recipient = without_angles(recipients.substr(0, end));
      rows_.delivered(from, to, number);
      recipients.remove_prefix(std::min(end + 1, recipients.size()));
    }
  }

  // "ruleset=check_rcpt, arg1=<ann@contoso.com>, relay=x [192.0.2.66], reject=550 5.7.1 …"
  void refusal(const SendmailLine& line, std::uint64_t number) {
    if (!field(line.text, "reject=").starts_with('5')) {
      return rows_.not_relevant(NotRelevant::other_event);
    }
    std::optional<UnixTime> time;
    if (!time_of(line, number, time)) return;
    LoggedMessage from;
    set_client(line.text, from);
    rows_.refused(from, without_angles(field(line.text, "arg1=")), time, number);
  }

  HashSeed seed_;
  LogClock clock_;
  QueuedMessages open_;
  RelayRows rows_;
};

}  // namespace
}  // namespace sendmail

bool starts_like_sendmail(std::string_view first_piece, Encoding) {
  return any_line_is(first_piece, [](std::string_view text) {
    sendmail::SendmailLine line;
    return sendmail::split_line(text, line) &&
           (line.text.starts_with("from=") || line.text.starts_with("to="));
  });
}

Result<void> read_sendmail(ByteSource& source, const Reading& reading) {
  sendmail::Joiner joiner(reading, clock_reference(source, reading.options));
  auto done = each_line(source, reading.options, [&](std::string_view text, std::uint64_t number) {
    sendmail::SendmailLine line;
    if (sendmail::split_line(text, line)) joiner.take(line, number);
  });
  reading.tell.tally().forgotten = joiner.forgotten();
  return done;
}

}  // namespace postern::evidence

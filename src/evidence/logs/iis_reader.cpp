// Logs of the SMTP service of Windows Server (IIS 6 manager), in the W3C form: a line a command or
// reply, fields as the administrator chose them.
//
//   #Date: 2026-10-01 00:00:05
//   #Fields: date time c-ip cs-username s-sitename … cs-method cs-uri-stem cs-uri-query sc-status …
//   2026-10-01 07:12:33 10.0.0.20 mfp SMTPSVC1 … MAIL - +FROM:<scanner@contoso.com> 250 …
//   2026-10-01 07:12:34 192.0.2.25 OutboundConnectionCommand SMTPSVC1 … MAIL - FROM:<scanner@…> 0 …
//   2026-10-01 07:12:34 192.0.2.25 OutboundConnectionResponse SMTPSVC1 … - - 250+2.1.0+Sender+OK 0
//   …
//
// What came in is a command with the service's own reply code, and DATA has the Message-ID; what
// went out is told by its user name, commands and replies apart. Sessions have no number: they are
// told apart by the other side's address. Blanks are written '+', times are UTC.
// https://learn.microsoft.com/previous-versions/iis/6.0-sdk/ms525807(v=vs.90)
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/ip.hpp"
#include "base/join.hpp"
#include "base/time.hpp"
#include "evidence/logs/log_lines.hpp"
#include "evidence/logs/relay_rows.hpp"
#include "evidence/logs/smtp_sessions.hpp"
#include "evidence/registry.hpp"

namespace postern::evidence {
namespace {

enum IisField : std::size_t {
  iis_date,
  iis_time,
  iis_peer,
  iis_user,
  iis_method,
  iis_query,
  iis_status,
  iis_own,
  iis_server
};
constexpr std::array<std::string_view, 9> iis_fields = {
    "date",         "time",      "c-ip", "cs-username",   "cs-method",
    "cs-uri-query", "sc-status", "s-ip", "s-computername"};

std::string with_blanks(std::string_view text) {
  std::string out(text);
  std::replace(out.begin(), out.end(), '+', ' ');
  return std::string(trim(out));
}

// A message that came in, for one recipient, until it is seen to go out.
struct Accepted {
  std::optional<UnixTime> time;
  std::optional<IpAddress> client;
  std::string helo, sender, recipient, message_id;
  policy::ReversePath::State sender_state = policy::ReversePath::State::unknown;
  bool signed_in = false;
  std::uint64_t line = 0;
};

// How a client's session stands.
struct Incoming {
  SmtpSession smtp;
  std::vector<Accepted> recipients;  // accepted, DATA not yet seen
};

struct Outgoing {
  SmtpSession smtp;
  std::string next_host;
};

LoggedMessage logged_of(const Accepted& from) noexcept {
  LoggedMessage out;
  out.client_known = true;
  out.client = from.client;
  out.helo = from.helo;
  out.signed_in = from.signed_in;
  out.sender_state = from.sender_state;
  out.sender = from.sender;
  out.message_id = from.message_id;
  return out;
}

class IisLog {
 public:
  explicit IisLog(const Reading& reading) : most_(reading.options.most_open), rows_(reading) {}

  void set_date(std::string_view text) { date_ = trim(text).substr(0, 10); }

  void take(const std::array<std::string_view, iis_fields.size()>& fields, std::uint64_t number) {
    line_ = number;
    rows_.written_by(fields[iis_server]);
    const std::string_view date = fields[iis_date].empty() ? date_ : fields[iis_date];
    time_.reset();
    if (!fields[iis_time].empty()) {
      time_ = parse_time(std::string(date) + " " + std::string(fields[iis_time]));
    }
    const std::string_view user = fields[iis_user];
    // A client may call itself that: what came in has the own address, where that is logged.
    const std::string_view own = fields[iis_own];
    if (istarts_with(user, "OutboundConnection") && (own.empty() || own == "-")) {
      return iends_with(user, "Response") ? answer(fields) : order(fields);
    }
    came_in(fields);
  }

  // What came in and was not seen to go out: to where, the log does not say.
  void finish() {
    for (auto& [peer, open] : incoming_)
      keep_all(open);
    for (const Accepted& each : accepted_)
      tell_taken(each);
  }
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  using Fields = std::array<std::string_view, iis_fields.size()>;

  static std::string command_of(const Fields& fields) {
    return std::string(fields[iis_method]) + " " + with_blanks(fields[iis_query]);
  }

  // Any one is let go where there are too many: which is the oldest is not known.
  Outgoing& outgoing(std::string_view peer) {
    std::string key(peer);
    if (outgoing_.size() >= most_ && outgoing_.find(key) == outgoing_.end()) {
      outgoing_.erase(outgoing_.begin());
      ++forgotten_;
    }
    return outgoing_[std::move(key)];
  }
  Incoming& incoming(std::string_view peer) {
    std::string key(peer);
    if (incoming_.size() >= most_ && incoming_.find(key) == incoming_.end()) {
      keep_all(incoming_.begin()->second);
      incoming_.erase(incoming_.begin());
    }
    return incoming_[std::move(key)];
  }

  void came_in(const Fields& fields) {
    const std::string_view method = fields[iis_method];
    Incoming& open = incoming(fields[iis_peer]);
    open.smtp.command(command_of(fields));
    const std::string_view status = fields[iis_status];
    if (iequals(method, "AUTH")) open.smtp.signed_in = open.smtp.signed_in || status == "235";
    if (iequals(method, "RCPT")) {
      Accepted one = recipient(open, fields);
      if (status.starts_with('5')) return refused(one);
      if (status.starts_with('4')) return rows_.not_relevant(NotRelevant::other_event);
      open.recipients.push_back(std::move(one));
    } else if (iequals(method, "DATA") || iequals(method, "BDAT")) {
      const std::string id = with_blanks(fields[iis_query]);
      for (Accepted& each : open.recipients)
        if (id.starts_with('<')) each.message_id = id;
      if (status.starts_with('5') || status.starts_with('4')) {
        for (const Accepted& each : open.recipients)
          refused(each);
        open.recipients.clear();
      } else {
        keep_all(open);
      }
    } else if (iequals(method, "MAIL") || iequals(method, "RSET") || iequals(method, "QUIT")) {
      // Asked for and never sent.
      for (std::size_t n = open.recipients.size(); n > 0; --n)
        rows_.not_relevant(NotRelevant::other_event);
      open.recipients.clear();
      if (iequals(method, "QUIT")) incoming_.erase(std::string(fields[iis_peer]));
    }
  }

  Accepted recipient(const Incoming& open, const Fields& fields) const {
    Accepted one;
    one.time = time_;
    one.client = IpAddress::parse(fields[iis_peer]);
    one.helo = open.smtp.helo.empty() ? std::string(fields[iis_user] == "-" ? "" : fields[iis_user])
                                      : open.smtp.helo;
    one.sender = open.smtp.sender;
    one.sender_state = open.smtp.sender_state;
    one.signed_in = open.smtp.signed_in;
    one.line = line_;
    std::string text = with_blanks(fields[iis_query]);
    if (istarts_with(text, "TO:")) text.erase(0, 3);
    one.recipient = without_angles(std::string_view(text).substr(0, text.find("> ") + 1));
    if (one.recipient.empty()) one.recipient = without_angles(text);
    return one;
  }

  void refused(const Accepted& one) {
    rows_.refused(logged_of(one), one.recipient, one.time, one.line);
  }

  void keep_all(Incoming& open) {
    for (Accepted& each : open.recipients) {
      if (accepted_.size() >= most_) {
        const Accepted& oldest = accepted_.front();
        if (const auto taken = take_accepted(oldest.sender, oldest.recipient)) tell_taken(*taken);
      }
      const std::string key = envelope(each.sender, each.recipient);
      accepted_.push_back(std::move(each));
      by_envelope_[key].push_back(std::prev(accepted_.end()));
    }
    open.recipients.clear();
  }

  static std::string envelope(std::string_view sender, std::string_view recipient) {
    return to_lower(sender) + ' ' + to_lower(recipient);
  }

  void order(const Fields& fields) { outgoing(fields[iis_peer]).smtp.command(command_of(fields)); }

  void answer(const Fields& fields) {
    Outgoing& open = outgoing(fields[iis_peer]);
    const std::string reply = with_blanks(fields[iis_query]);
    if (open.next_host.empty()) open.next_host = host_of_reply(reply);
    settled_.clear();
    open.smtp.reply(reply, settled_);
    for (const SessionRecipient& each : settled_)
      went_out(open, each);
  }

  // The message that came in with that envelope, the oldest that is left.
  std::optional<Accepted> take_accepted(std::string_view sender, std::string_view recipient) {
    const auto found = by_envelope_.find(envelope(sender, recipient));
    if (found == by_envelope_.end() || found->second.empty()) return std::nullopt;
    const auto place = found->second.front();
    found->second.pop_front();
    if (found->second.empty()) by_envelope_.erase(found);
    std::optional<Accepted> out = std::move(*place);
    accepted_.erase(place);
    return out;
  }

  void went_out(const Outgoing& open, const SessionRecipient& recipient) {
    // A recipient that is refused for now is tried again.
    if (!recipient.accepted && !recipient.reply.starts_with('5')) {
      return rows_.not_relevant(NotRelevant::other_event);
    }
    const std::optional<Accepted> known = take_accepted(open.smtp.sender, recipient.address);
    LoggedMessage from;
    if (known) from = logged_of(*known);
    from.sender_state = open.smtp.sender_state;
    from.sender = open.smtp.sender;
    LoggedDelivery to;
    to.time = time_;
    to.recipient = recipient.address;
    to.next_host = open.next_host;
    to.reply = recipient.reply;
    to.sent = recipient.accepted;
    to.signed_in = open.smtp.signed_in;
    to.tls = open.smtp.tls ? policy::Known::yes : policy::Known::no;
    rows_.delivered(from, to, line_);
  }

  void tell_taken(const Accepted& one) {
    rows_.handed_in(logged_of(one), one.recipient, one.time, one.line);
  }

  std::size_t most_;
  RelayRows rows_;
  std::string date_;
  std::optional<UnixTime> time_;
  std::uint64_t line_ = 0;
  std::unordered_map<std::string, Incoming> incoming_;  // by the client's address
  std::unordered_map<std::string, Outgoing> outgoing_;  // by the server's address
  std::list<Accepted> accepted_;
  std::unordered_map<std::string, std::deque<std::list<Accepted>::iterator>> by_envelope_;
  std::vector<SessionRecipient> settled_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace

bool starts_like_iis(std::string_view first_piece, Encoding) {
  // What stands before the names of the fields has been taken off.
  const std::string_view line = first_piece.substr(0, first_piece.find('\n'));
  const auto has = [&](std::string_view name) { return line.find(name) != std::string_view::npos; };
  return has("c-ip ") && has("cs-method ") && has("cs-uri-query ") &&
         first_piece.find(" SMTPSVC") != std::string_view::npos;
}

Result<void> read_iis(ByteSource& source, const Reading& reading) {
  IisLog log(reading);
  std::array<std::size_t, iis_fields.size()> places{};
  places.fill(std::string_view::npos);
  auto done = each_line(source, reading.options, [&](std::string_view line, std::uint64_t number) {
    if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    constexpr std::string_view names = "#Fields: ";
    constexpr std::string_view date = "#Date: ";
    if (line.starts_with(date)) return log.set_date(line.substr(date.size()));
    if (line.starts_with(names)) {
      const auto columns = split(trim(line.substr(names.size())), ' ');
      places.fill(std::string_view::npos);
      for (std::size_t i = 0; i < iis_fields.size(); ++i) {
        const auto found = std::find(columns.begin(), columns.end(), iis_fields[i]);
        if (found != columns.end()) places[i] = static_cast<std::size_t>(found - columns.begin());
      }
      return;
    }
    if (line.empty() || line.starts_with('#') || places[iis_query] == std::string_view::npos)
      return;
    const auto cells = split(line, ' ');
    std::array<std::string_view, iis_fields.size()> fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (places[i] == std::string_view::npos) continue;  // not chosen for this log
      if (places[i] >= cells.size()) {
        return reading.tell.bad(number, iis_fields[i], "is missing");
      }
      fields[i] = cells[places[i]];
    }
    log.take(fields, number);
  });
  log.finish();
  reading.tell.tally().forgotten = log.forgotten();
  return done;
}

}  // namespace postern::evidence

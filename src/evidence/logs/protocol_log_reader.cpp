// Protocol logs of Exchange Server (SmtpSend, SmtpReceive): one line an event of a session,
// sessions in each other.
//
//   #Fields:
//   date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,
//       data,context
//   2026-10-01T07:12:33.201Z,To EXO,08DD…01,9,10.0.0.5:2500,192.0.2.25:25,>,MAIL FROM:<scan@…>,
//
// The event is '>' for what the server sent, '<' for what it received, '+' and '-' for the
// session's ends. Who sends MAIL FROM is the client, so both logs are read alike.
// https://learn.microsoft.com/exchange/mail-flow/connectors/protocol-logging
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "evidence/logs/log_lines.hpp"
#include "evidence/logs/relay_rows.hpp"
#include "evidence/logs/smtp_sessions.hpp"
#include "evidence/registry.hpp"

namespace postern::evidence {
namespace {

enum Field : std::size_t {
  time_field,
  session_field,
  remote_field,
  event_field,
  data_field,
  local_field
};
constexpr std::array<std::string_view, 6> field_names = {
    "date-time", "session-id", "remote-endpoint", "event", "data", "local-endpoint"};

// Cuts one line of CSV; quotes are taken off and doubled ones made one.
void split_csv(std::string_view line, std::vector<std::string>& fields) {
  fields.clear();
  while (true) {
    std::string value;
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      while (!line.empty()) {
        const std::size_t quote = std::min(line.find('"'), line.size());
        value += line.substr(0, quote);
        line.remove_prefix(std::min(quote + 1, line.size()));
        if (!line.starts_with('"')) break;
        value += '"';
        line.remove_prefix(1);
      }
    }
    const std::size_t comma = line.find(',');
    value += line.substr(0, comma);
    fields.push_back(std::move(value));
    if (comma == std::string_view::npos) return;
    line.remove_prefix(comma + 1);
  }
}

// "192.0.2.25:25", "[2001:db8::1]:25".
std::optional<IpAddress> address_of(std::string_view endpoint) noexcept {
  return IpAddress::parse(endpoint.substr(0, endpoint.rfind(':')));
}

struct OpenSession {
  SmtpSession smtp;
  std::optional<IpAddress> remote;
  bool we_are_client = false;
  /// The side that replies, '<' or '>': the other may write what looks like a reply. Unknown: 0.
  char server = 0;
  std::string server_address;  ///< the log's own server
  std::string next_host;       ///< as its greeting or its replies name it
};

class Sessions {
 public:
  explicit Sessions(const Reading& reading) : most_(reading.options.most_open), rows_(reading) {}

  void take(const std::array<std::string_view, field_names.size()>& fields, std::uint64_t number) {
    const std::string_view event = fields[event_field];
    if (event == "-") {
      sessions_.erase(std::string(fields[session_field]));
      return;
    }
    if (event != "+" && event != "<" && event != ">" && event != "*") return;
    OpenSession* open = session(fields[session_field]);
    if (open == nullptr) return;
    if (const auto remote = address_of(fields[remote_field])) open->remote = remote;
    const std::string_view local = fields[local_field].substr(0, fields[local_field].rfind(':'));
    if (!local.empty()) open->server_address = local;
    if (event == "+") return;
    const std::string_view data = fields[data_field];
    if (event == "*") {
      if (ifind(data, "TLS negotiation succeeded") != std::string_view::npos ||
          (ifind(data, "TLS protocol") != std::string_view::npos &&
           ifind(data, "succeeded") != std::string_view::npos)) {
        open->smtp.tls = true;
      }
      return;
    }
    // Of what is seen of a session first (its greeting mostly), the form tells which side replies.
    if (open->server == 0) {
      const bool is_reply = data.size() >= 3 && is_ascii_digit(data[0]) &&
                            is_ascii_digit(data[1]) && is_ascii_digit(data[2]);
      open->server = is_reply == (event == ">") ? '>' : '<';
      open->we_are_client = open->server == '<';
    }
    if (event[0] != open->server) {
      open->smtp.command(data);
      return;
    }
    if (open->next_host.empty()) open->next_host = host_of_reply(data);
    settled_.clear();
    open->smtp.reply(data, settled_);
    for (const SessionRecipient& each : settled_)
      tell(*open, each, fields[time_field], number);
  }
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  OpenSession* session(std::string_view id) {
    const std::string key(id);
    const auto found = sessions_.find(key);
    if (found != sessions_.end()) return &found->second;
    if (sessions_.size() >= most_) {  // any one: which is the oldest is not known
      sessions_.erase(sessions_.begin());
      ++forgotten_;
    }
    return &sessions_[key];
  }

  void tell(const OpenSession& open, const SessionRecipient& recipient, std::string_view stamp,
            std::uint64_t number) {
    // A recipient that is refused for now is tried again.
    if (!recipient.accepted && !recipient.reply.starts_with('5')) {
      return rows_.not_relevant(NotRelevant::other_event);
    }
    const auto time = parse_time(stamp);
    if (!time) return rows_.bad(number, "date-time", "is no time");
    rows_.written_by(open.server_address);
    LoggedMessage from;
    from.sender_state = open.smtp.sender_state;
    from.sender = open.smtp.sender;
    const policy::Known tls = open.smtp.tls ? policy::Known::yes : policy::Known::no;
    if (open.we_are_client) {
      LoggedDelivery to;
      to.time = time;
      to.recipient = recipient.address;
      to.next_host = open.next_host;
      to.reply = recipient.reply;
      to.sent = recipient.accepted;
      to.signed_in = open.smtp.signed_in;
      to.tls = tls;
      return rows_.delivered(from, to, number);
    }
    from.client_known = true;
    from.client = open.remote;
    from.helo = open.smtp.helo;
    from.signed_in = open.smtp.signed_in;
    from.tls = tls;
    if (!recipient.accepted) return rows_.refused(from, recipient.address, time, number);
    LoggedDelivery to;
    to.time = time;
    to.recipient = recipient.address;
    to.sent = true;
    rows_.delivered(from, to, number);
  }

  std::size_t most_;
  RelayRows rows_;
  std::unordered_map<std::string, OpenSession> sessions_;
  std::vector<SessionRecipient> settled_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace

bool starts_like_protocol_log(std::string_view first_piece, Encoding) {
  // What stands before the names of the fields has been taken off.
  const std::string_view line = first_piece.substr(0, first_piece.find('\n'));
  const auto has = [&](std::string_view name) { return line.find(name) != std::string_view::npos; };
  return has("session-id,") && has("remote-endpoint,") && has("event,data");
}

Result<void> read_protocol_log(ByteSource& source, const Reading& reading) {
  Sessions sessions(reading);
  std::array<std::size_t, field_names.size()> places{};
  places.fill(std::string_view::npos);
  std::vector<std::string> cells;
  auto done = each_line(source, reading.options, [&](std::string_view line, std::uint64_t number) {
    if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    constexpr std::string_view header = "#Fields: ";
    if (line.starts_with(header)) {
      split_csv(line.substr(header.size()), cells);
      places.fill(std::string_view::npos);
      for (std::size_t i = 0; i < field_names.size(); ++i) {
        for (std::size_t cell = 0; cell < cells.size(); ++cell) {
          if (trim(cells[cell]) == field_names[i]) places[i] = cell;
        }
      }
      return;
    }
    if (line.empty() || line.starts_with('#') || places[data_field] == std::string_view::npos)
      return;
    split_csv(line, cells);
    std::array<std::string_view, field_names.size()> fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i == local_field && places[i] == std::string_view::npos) continue;
      if (places[i] >= cells.size()) {
        return reading.tell.bad(number, field_names[i], "is missing");
      }
      fields[i] = cells[places[i]];
    }
    sessions.take(fields, number);
  });
  reading.tell.tally().forgotten = sessions.forgotten();
  return done;
}

}  // namespace postern::evidence

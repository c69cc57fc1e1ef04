#include "evidence/logs/postfix_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "base/hash.hpp"
#include "evidence/logs/literal.hpp"
#include "evidence/logs/log_lines.hpp"
#include "evidence/logs/postfix_lines.hpp"
#include "evidence/logs/queued_messages.hpp"
#include "evidence/logs/refusal.hpp"
#include "evidence/logs/relay_rows.hpp"
#include "evidence/logs/syslog_lines.hpp"
#include "evidence/registry.hpp"
#include "evidence/tables/field_values.hpp"
#include "evidence/tables/same_text.hpp"
#include "policy/clouds.hpp"

namespace postern::evidence {
namespace {

using policy::Known;
using PathState = policy::ReversePath::State;

// A delivery's keys: to=<…>, orig_to=<…>, relay=…, …, status=WORD (reply).
struct Delivered {
  std::string_view to, original, relay, status, reply;
};

bool parse_delivery(std::string_view text, Delivered& out) noexcept {
  const std::size_t end = text.find(">, ");
  if (!begins(text, "to=<") || end == std::string_view::npos) return false;
  out.to = text.substr(4, end - 4);
  text.remove_prefix(end + 3);
  if (begins(text, "orig_to=<")) {
    const std::size_t close = text.find(">, ");
    if (close == std::string_view::npos) return false;
    out.original = text.substr(9, close - 9);
    text.remove_prefix(close + 3);
  }
  if (!begins(text, "relay=")) return false;
  out.relay = text.substr(6, text.find(", ") - 6);
  const std::size_t status = text.find("status=");
  if (status == std::string_view::npos) return false;
  text.remove_prefix(status + 7);
  const std::size_t word = std::min(text.find(' '), text.size());
  out.status = text.substr(0, word);
  out.reply = text.substr(word);
  return true;
}

class Joiner {
 public:
  Joiner(const Reading& reading, std::optional<UnixTime> reference)
      : seed_(reading.options.seed),
        relay_(reading),
        clock_(reference),
        open_(reading.options.most_open),
        tell_(reading.tell) {}

  // `time` where it is known already (JSON).
  void take(const PostfixLine& line, std::uint64_t number, std::optional<UnixTime> time) {
    line_ = number;
    time_ = time;
    std::string_view text = line.text;
    while (text.starts_with(' '))
      text.remove_prefix(1);
    const std::string_view id = take_queue_id(text);
    if (id.empty()) {
      if (line.service == PostfixService::smtpd) note_session(line, text, " from ");
      if (line.service == PostfixService::delivery) note_session(line, text, " to ");
      return;
    }
    switch (line.service) {
      case PostfixService::smtpd:
      case PostfixService::postscreen:
        if (begins(text, "client=")) return client(line, id, text.substr(7));
        return refusal(line, id, text);
      case PostfixService::cleanup:
        if (begins(text, "message-id=")) {
          open_.at(key(line, id)).message_id.assign(text.substr(11, 998));
          return;
        }
        return refusal(line, id, text);
      case PostfixService::pickup:
        if (begins(text, "uid=")) pickup(line, id);
        return;
      case PostfixService::queue_manager:
        if (begins(text, "removed")) return open_.close(key(line, id));
        if (begins(text, "from=<")) sender(line, id, text);
        return;
      case PostfixService::delivery:
        if (begins(text, "to=<")) delivery(line, id, text);
        return;
      case PostfixService::none:
        return;
    }
  }

  void bad(std::uint64_t number, std::string_view column, std::string_view what) {
    tell_.bad(number, column, what);
  }

  void finish() { tell_.tally().forgotten = open_.forgotten(); }

 private:
  // Whose queue ids and processes they are, and what these are mixed with.
  struct Origin {
    bool is_known = false;
    std::string host, instance;
    std::uint64_t queue = 0;
    std::uint64_t processes = 0;
  };
  // What a process said last of its connection.
  struct Session {
    std::uint64_t process = 0;
    std::uint64_t peer = 0;
    Known tls = Known::unknown;
    bool no_certificate = false;
  };

  // Names, queue ids and peers as one number each: what a stranger wrote must not pass for another.
  std::uint64_t mix(std::uint64_t with, std::string_view text) const noexcept {
    return hash_of(HashSeed{seed_.first ^ with, seed_.second}, text);
  }
  // Lines of a file are of few hosts and instances mostly.
  const Origin& origin(const PostfixLine& line) {
    const auto last = line.host.empty() ? 0u : static_cast<unsigned char>(line.host.back());
    Origin& known =
        origins_[(line.instance.size() * 3 + line.host.size() + last) % origins_.size()];
    if (!known.is_known || !same_text(line.host, known.host) ||
        !same_text(line.instance, known.instance)) {
      known = {true, std::string(line.host), std::string(line.instance),
               mix(mix(1, line.host), line.instance), mix(mix(2, line.host), line.instance)};
    }
    return known;
  }
  std::uint64_t key(const PostfixLine& line, std::string_view id) {
    return mix(origin(line).queue, id);
  }
  std::uint64_t process_of(const PostfixLine& line) {
    return mix(origin(line).processes, line.process);
  }
  Session& session(const PostfixLine& line) {
    const std::uint64_t process = process_of(line);
    Session& place = sessions_[process % sessions_.size()];
    if (place.process != process) place = {process, 0, Known::unknown, false};
    return place;
  }

  // "connect from host[address]", "Anonymous TLS connection established from host[address]: …".
  void note_session(const PostfixLine& line, std::string_view text, std::string_view direction) {
    if (begins(text, "connect from ")) {
      session(line) = {process_of(line), 0, Known::unknown, false};
      return;
    }
    // After "Anonymous", "Untrusted", "Trusted" or "Verified".
    const std::size_t at = text.substr(0, 40).find(" TLS connection established");
    if (at == std::string_view::npos) return;
    std::string_view peer = text.substr(at + 27);
    if (!peer.starts_with(direction)) return;
    peer.remove_prefix(direction.size());
    peer = peer.substr(0, peer.find(']'));
    Session& now = session(line);
    now.peer = mix(3, peer);
    now.tls = Known::yes;
    now.no_certificate = begins(text, "Anonymous");
  }

  bool tell_time(const PostfixLine& line, Message& m) {
    m.submission.time = time_ ? time_ : clock_.read(line.stamp);
    if (m.submission.time || clock_.not_told()) return true;
    bad(line_, "time", "is no time");
    return false;
  }

  void client(const PostfixLine& line, std::string_view id, std::string_view text) {
    const std::string_view peer_text = text.substr(0, text.find(", "));
    PostfixPeer peer = parse_peer(peer_text);
    if (!peer.well_formed) return bad(line_, "client", "is no name[address]");
    QueuedMessage& open = open_.at(key(line, id));
    // A content filter hands the message back and says whom it had it from (XFORWARD).
    bool handed_back = false;
    if (const std::size_t at = text.find(", orig_client="); at != std::string_view::npos) {
      const std::string_view original = text.substr(at + 14);
      const PostfixPeer before = parse_peer(original.substr(0, original.find(", ")));
      if (before.well_formed) {
        peer = before;
        handed_back = true;
      }
    } else if (open.client_known && peer.address && peer.address->is_loopback()) {
      return;
    }
    open.reset();  // short queue ids come again
    open.client_known = true;
    open.client = peer.address;
    open.client_name.assign(peer.name);
    open.signed_in = text.find(", sasl_username=") != std::string_view::npos;
    if (!handed_back) {
      const Session& now = session(line);
      if (now.peer == mix(3, peer_text.substr(0, peer_text.find(']')))) {
        open.tls = now.tls;
        open.no_certificate = now.no_certificate;
      }
    }
  }

  void pickup(const PostfixLine& line, std::string_view id) {
    QueuedMessage& open = open_.at(key(line, id));
    open.reset();
    open.client_known = true;
    open.local = true;
  }

  void sender(const PostfixLine& line, std::string_view id, std::string_view text) {
    const auto from = bracketed(text, "from=<");
    if (!from) return bad(line_, "from", "has no end");
    QueuedMessage& open = open_.at(key(line, id));
    open.sender_state = from->empty() ? PathState::null : PathState::address;
    open.sender.assign(from->substr(0, 1000));
  }

  bool set_sender(PathState state, std::string_view address, Message& m) {
    if (set_logged_sender(state, address, senders_, m)) return true;
    bad(line_, "from", "is no mail address");
    return false;
  }

  bool set_recipient(std::string_view address, Message& m) {
    const std::string_view domain = domain_of_address(address);
    m.recipient = address;
    if (domain.empty()) return true;  // a local name
    const auto normal = recipients_.read(domain);
    if (!normal) {
      bad(line_, "to", "is no mail address");
      return false;
    }
    m.submission.recipient_domain = *normal;
    return true;
  }

  // "[NOQUEUE: ]reject: RCPT from host[address]: 550 5.7.1 …; from=<…> to=<…> proto=ESMTP
  // helo=<…>", also of a milter, and of postscreen ("[address]:port").
  void refusal(const PostfixLine& line, std::string_view id, std::string_view text) {
    const bool milter = begins(text, "milter-reject: ");
    if (!milter && !begins(text, "reject: ")) return;
    text.remove_prefix(milter ? 15 : 8);
    const std::size_t from = text.find(" from ");
    if (from == std::string_view::npos) return;
    const PostfixPeer peer = parse_peer(text.substr(from + 6));
    const std::size_t reply_at = text.find(']', from);
    const std::size_t reply =
        reply_at == std::string_view::npos ? std::string_view::npos : text.find(": ", reply_at);
    if (!peer.well_formed || reply == std::string_view::npos)
      return bad(line_, "reject", "is no name[address]");
    // Before RCPT nothing is known of the message, and no message was there.
    const std::size_t keys = text.rfind("; from=<");
    const auto recipient =
        keys == std::string_view::npos ? std::nullopt : bracketed(text.substr(keys), "to=<");
    if (!recipient) return;
    // A client that is refused for now comes again.
    if (text.substr(reply + 2).starts_with('4'))
      return tell_.not_relevant(NotRelevant::other_event);
    const auto sender = bracketed(text.substr(keys), "from=<");
    Message m;
    if (!tell_time(line, m)) return;
    if (!set_sender(!sender           ? PathState::unknown
                    : sender->empty() ? PathState::null
                                      : PathState::address,
                    sender.value_or(""), m) ||
        !set_recipient(*recipient, m)) {
      return;
    }
    m.submission.client_ip = peer.address;
    m.client_hostname = peer.name;
    m.helo = bracketed(text.substr(keys), "helo=<").value_or("");
    const QueuedMessage* open = id == "NOQUEUE" ? nullptr : open_.find(key(line, id));
    const bool signed_in = (open != nullptr && open->signed_in) ||
                           text.find("sasl_username=<", keys) != std::string_view::npos;
    m.submission.authenticated = signed_in_at(signed_in, false);
    if (open != nullptr) m.message_id = open->message_id;
    m.delivery = Delivery::blocked;
    m.direction = Direction::inbound;
    tell_.message(m);
  }

  void delivery(const PostfixLine& line, std::string_view id, std::string_view text) {
    Delivered delivered;
    if (!parse_delivery(text, delivered)) {
      return bad(line_, "to", "is a delivery without relay or status");
    }
    const PostfixPeer relay = parse_peer(delivered.relay);
    const bool sent = delivered.status == "sent";
    const bool ended = sent || delivered.status == "bounced" || delivered.status == "expired";
    QueuedMessage* open = open_.find(key(line, id));
    if (sent && relay.address && relay.address->is_loopback() &&
        hand_over(line, open, delivered.reply)) {
      return tell_.not_relevant(NotRelevant::other_event);
    }
    // Deferred is tried again; deliverable and undeliverable only ask.
    if (!ended) return tell_.not_relevant(NotRelevant::other_event);
    Message m;
    if (!tell_time(line, m)) return;
    if (open != nullptr) {
      if (!set_sender(open->sender_state, open->sender, m)) return;
      m.message_id = open->message_id;
    }
    const bool front_door = policy::is_front_door(relay.name);
    const bool to_exchange = front_door || policy::is_submission_host(relay.name);
    const bool aliased = !to_exchange && delivered.original.find('@') != std::string_view::npos;
    if (!set_recipient(aliased ? delivered.original : delivered.to, m)) return;
    if (to_exchange) {
      as_relay(line, delivered, open, front_door, m);
    } else if (open != nullptr) {
      as_mail_host(*open, relay.address && !relay.address->is_loopback(), m);
    }
    m.refusal = sent ? Refusal::none : refusal_of(delivered.reply);
    m.delivery = sent                                                         ? Delivery::unknown
                 : m.refusal != Refusal::none                                 ? Delivery::failed
                 : delivered.reply.find(" said: 5") != std::string_view::npos ? Delivery::blocked
                                                                              : Delivery::failed;
    tell_.message(m);
  }

  // A content filter took the message on this host and put it into the queue again: its new id
  // inherits the client. False where it did not.
  bool hand_over(const PostfixLine& line, const QueuedMessage* open, std::string_view reply) {
    const std::size_t at = reply.find("queued as ");
    if (at == std::string_view::npos) return false;
    std::string_view id = reply.substr(at + 10);
    id = id.substr(0, id.find(')'));
    if (open == nullptr || !open->client_known) return true;
    const QueuedMessage before = *open;  // at() may move what `open` points to
    QueuedMessage& next = open_.at(key(line, id));
    if (next.client_known && !(next.client && next.client->is_loopback())) return true;
    next.client_known = true;
    next.client = before.client;
    next.client_name = before.client_name;
    next.signed_in = before.signed_in;
    next.local = before.local;
    next.tls = before.tls;
    next.no_certificate = before.no_certificate;
    return true;
  }

  void as_mail_host(const QueuedMessage& open, bool handed_on, Message& m) {
    if (!open.client_known) return;
    m.submission.client_ip = open.client;
    m.submission.authenticated = signed_in_at(open.signed_in || open.local, handed_on);
    m.submission.tls = open.tls;
    if (open.no_certificate) {
      m.submission.certificate.state = policy::ClientCertificate::State::none;
    }
    m.client_hostname = open.client_name;
  }

  void as_relay(const PostfixLine& line, const Delivered& delivered, const QueuedMessage* open,
                bool front_door, Message& m) {
    m.submission.client_ip = relay_.of(line.host, line.instance);
    m.submission.authenticated = front_door ? Known::no : Known::yes;
    const Session& now = session(line);
    const std::string_view peer = delivered.relay.substr(0, delivered.relay.find(']'));
    if (now.peer == mix(3, peer)) m.submission.tls = now.tls;
    // It was attributed to no connector.
    if (refusal_of(delivered.reply) == Refusal::direct_send) {
      m.submission.observed.state = policy::ObservedAttribution::State::default_connector;
    }
    m.direction = Direction::inbound;
    if (open == nullptr || !open->client_known) return;
    m.upstream_address = open->client;
    m.upstream_hostname =
        open->local ? std::string_view("the relay itself") : std::string_view(open->client_name);
  }

  HashSeed seed_;
  std::array<Origin, 8> origins_;
  RelayAddress relay_;
  LogClock clock_;
  QueuedMessages open_;
  Teller& tell_;
  DomainField senders_, recipients_;
  std::vector<Session> sessions_ = std::vector<Session>(1 << 12);
  std::uint64_t line_ = 0;
  std::optional<UnixTime> time_;
};

// The fields of a log record in JSON: journalctl -o json, and rsyslog's jsonmesg and templates.
class JsonLine {
 public:
  enum class Outcome { line, other, bad };

  Outcome read(std::string_view text, PostfixLine& line, std::optional<UnixTime>& time) {
    simdjson::dom::object object;
    if (parser_.parse(text.data(), text.size(), true).get(object) != simdjson::SUCCESS) {
      return Outcome::bad;
    }
    line = {};
    time.reset();
    std::string_view tag, message, carried, carried_at;
    for (const auto [key, value] : object) {
      std::string_view word;
      if (value.get(word) != simdjson::SUCCESS) continue;
      if (key == "log" || key == "line" || key == "Line") {
        carried = word;  // docker's json-file driver, Loki
      } else if (key == "time") {
        carried_at = word;
      } else if (key == "MESSAGE" || key == "msg" || key == "message") {
        message = word;
      } else if (key == "SYSLOG_IDENTIFIER" || key == "syslogtag" ||
                 ((key == "programname" || key == "app-name" || key == "program") && tag.empty())) {
        tag = word;
      } else if (key == "_HOSTNAME" || key == "hostname" || key == "host") {
        line.host = word;
      } else if (key == "SYSLOG_PID" || key == "_PID" || key == "procid" || key == "pid") {
        if (line.process.empty() || key == "SYSLOG_PID") line.process = word;
      } else if (key == "__REALTIME_TIMESTAMP") {
        std::int64_t microseconds = 0;
        const auto [stop, failed] =
            std::from_chars(word.data(), word.data() + word.size(), microseconds);
        if (failed == std::errc{} && stop == word.data() + word.size()) {
          time = microseconds / 1'000'000;
        }
      } else if (key == "timereported" || key == "timestamp" || key == "@timestamp" ||
                 (key == "timegenerated" && line.stamp.empty())) {
        line.stamp = word;
      }
    }
    if (!carried.empty()) {
      while (carried.ends_with('\n') || carried.ends_with('\r'))
        carried.remove_suffix(1);
      line = {};
      if (split_syslog_line(carried, line)) return Outcome::line;
      return without_head(carried, carried_at, line) ? Outcome::line : Outcome::other;
    }
    const std::string_view process = line.process;
    if (!split_tag(tag, line)) return Outcome::other;
    if (line.process.empty()) line.process = process;
    line.text = message;
    return Outcome::line;
  }

 private:
  // "postfix/smtpd[101]: connect from …": the time is the container's.
  static bool without_head(std::string_view text, std::string_view time, PostfixLine& line) {
    line = {};
    const std::size_t end = text.substr(0, 120).find("]: ");
    if (end == std::string_view::npos || !split_tag(text.substr(0, end + 1), line)) return false;
    line.stamp = time;
    line.text = text.substr(end + 3);
    return true;
  }

  simdjson::dom::parser parser_;
};

}  // namespace

bool starts_like_postfix(std::string_view piece, Encoding encoding) {
  std::string_view start = trim(piece.substr(0, 64));
  if (start.starts_with('\x1e')) start.remove_prefix(1);
  if (start.starts_with("data: ")) start.remove_prefix(6);
  const bool is_json = start.starts_with('{');
  if (is_json != (encoding == Encoding::json_lines)) return false;
  if (!is_json) {
    return any_line_is(piece, [](std::string_view text) {
      PostfixLine line;
      return split_syslog_line(text, line);
    });
  }
  const auto has = [&](std::string_view key) { return piece.find(key) != std::string_view::npos; };
  const bool journal = has("\"SYSLOG_IDENTIFIER\"") && has("\"MESSAGE\"");
  const bool rsyslog = (has("\"syslogtag\"") || has("\"programname\"") || has("\"app-name\"")) &&
                       (has("\"msg\"") || has("\"message\""));
  // A container's output, in which other programs may write too.
  const bool carried = (has("\"log\"") || has("\"line\"") || has("\"Line\"")) && has("postfix");
  return journal || rsyslog || carried;
}

Result<void> read_postfix(ByteSource& source, const Reading& reading) {
  const Options& options = reading.options;
  Joiner joiner(reading, clock_reference(source, options));
  Result<void> done;
  PostfixLine line;
  if (reading.format.encoding() == Encoding::json_lines) {
    JsonLine json;
    done = each_line(source, options, [&](std::string_view text, std::uint64_t number) {
      text = trim(text);
      if (text.starts_with('\x1e')) text.remove_prefix(1);    // journalctl -o json-seq
      if (text.starts_with("data: ")) text.remove_prefix(6);  // journalctl -o json-sse
      if (text.empty()) return;
      std::optional<UnixTime> time;
      const auto outcome = json.read(text, line, time);
      if (outcome == JsonLine::Outcome::bad) return joiner.bad(number, {}, "is no JSON object");
      if (outcome == JsonLine::Outcome::line) joiner.take(line, number, time);
    });
  } else {
    done = each_line(source, options, [&](std::string_view text, std::uint64_t number) {
      line = {};
      if (split_syslog_line(text, line)) joiner.take(line, number, {});
    });
  }
  joiner.finish();
  return done;
}

}  // namespace postern::evidence

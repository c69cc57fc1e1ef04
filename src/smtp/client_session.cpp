#include "smtp/client_session.hpp"

#include <algorithm>

namespace postern::smtp {
namespace {

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
}

}  // namespace

std::string_view name_of(Stage stage) noexcept {
  switch (stage) {
    case Stage::connect:
      return "connect";
    case Stage::greeting:
      return "greeting";
    case Stage::hello:
      return "EHLO";
    case Stage::start_tls:
      return "STARTTLS";
    case Stage::xclient:
      return "XCLIENT";
    case Stage::auth:
      return "AUTH";
    case Stage::mail:
      return "MAIL FROM";
    case Stage::rcpt:
      return "RCPT TO";
    case Stage::data:
      return "DATA";
    case Stage::message:
      return "end of message";
    case Stage::reset:
      return "RSET";
    case Stage::quit:
      return "QUIT";
  }
  return "";
}

namespace {

// Whether a reply can answer a command at all (RFC 5321, 4.3.2). One that can't is the answer to
// something else, and so are all that follow it.
bool fits(Stage stage, const Reply& reply) noexcept {
  if (reply.transient() || reply.permanent()) return true;
  switch (stage) {
    case Stage::data:
      return reply.intermediate();
    case Stage::auth:
      // RFC 4954, 6: no other code signs anybody in, and none asks for more.
      return reply.code == 235 || reply.code == 334;
    default:
      return reply.positive();
  }
}

}  // namespace

bool ClientSession::send(Stage stage, std::string_view line, std::size_t recipient) {
  if (has_control(line)) return false;
  output_ += line;
  output_ += "\r\n";
  expected_.push_back({stage, recipient});
  return true;
}

ClientSession::Event ClientSession::fail(Stage stage, std::string_view what, Reply reply) {
  state_ = State::failed;
  expected_.clear();
  return {Kind::failed, stage, std::move(reply), 0, what};
}

void ClientSession::say_hello() {
  state_ = State::hello;
  // RFC 2033, 4.1.
  output_ += options_.lmtp ? "LHLO " : "EHLO ";
  output_ += options_.helo_name;
  output_ += "\r\n";
}

void ClientSession::tls_started() {
  tls_ = true;
  // RFC 3207, 4.2: what was learnt in the clear counts for nothing.
  extensions_ = {};
  if (state_ == State::handshake) say_hello();
}

Stage ClientSession::waiting_for() const noexcept {
  switch (state_) {
    case State::greeting:
      return Stage::greeting;
    case State::hello:
    case State::helo:
      return Stage::hello;
    case State::start_tls:
    case State::handshake:
      return Stage::start_tls;
    default:
      return expected_.empty() ? Stage::connect : expected_.front().stage;
  }
}

// The replies before the session is open. nullopt: go on.
std::optional<ClientSession::Event> ClientSession::opening(Reply reply, std::string_view input) {
  switch (state_) {
    case State::greeting:
      greeting_ = reply;
      if (!reply.positive()) {
        return fail(Stage::greeting, "the server refuses to talk", std::move(reply));
      }
      say_hello();
      return std::nullopt;
    case State::hello:
      hello_ = reply;
      if (reply.permanent() && !options_.lmtp && reply.code != 521 && reply.code != 554) {
        // RFC 5321, 3.2: a server from before 1993.
        state_ = State::helo;
        output_ += "HELO " + options_.helo_name + "\r\n";
        return std::nullopt;
      }
      if (!reply.positive()) return fail(Stage::hello, "EHLO was refused", std::move(reply));
      esmtp_ = true;
      extensions_ = Extensions::parse(reply.text);
      if (!tls_ && options_.tls != ClientOptions::Tls::never && extensions_.starttls) {
        state_ = State::start_tls;
        output_ += "STARTTLS\r\n";
        return std::nullopt;
      }
      break;
    case State::helo:
      hello_ = reply;
      if (!reply.positive()) return fail(Stage::hello, "HELO was refused", std::move(reply));
      esmtp_ = false;
      extensions_ = {};
      break;
    case State::start_tls:
      if (reply.positive()) {
        // CVE-2011-0411: octets behind the reply were sent by somebody in the clear.
        if (!input.empty()) return fail(Stage::start_tls, "octets came before the TLS handshake");
        state_ = State::handshake;
        return Event{Kind::start_tls, Stage::start_tls, std::move(reply), 0, {}};
      }
      if (options_.tls == ClientOptions::Tls::required) {
        return fail(Stage::start_tls, "STARTTLS was refused", std::move(reply));
      }
      break;
    default:
      break;
  }
  if (!tls_ && options_.tls == ClientOptions::Tls::required) {
    return fail(Stage::hello, "the server does not offer STARTTLS", std::move(reply));
  }
  state_ = State::announce;
  return std::nullopt;
}

ClientSession::Event ClientSession::answered(Reply reply) {
  const Expected expected = expected_.front();
  expected_.pop_front();
  if (!fits(expected.stage, reply)) {
    return fail(expected.stage, "its reply can't be an answer", std::move(reply));
  }
  if (reply.code == 421) closing_ = true;
  switch (expected.stage) {
    case Stage::mail:
      transaction_ = reply.positive();
      break;
    case Stage::rcpt:
      accepted_ += reply.positive() ? 1 : 0;
      break;
    case Stage::message:
      if (expected_.empty()) transaction_ = false;
      break;
    case Stage::reset:
      transaction_ = false;
      break;
    case Stage::xclient:
      // The greeting comes again, and everything learnt from EHLO is void.
      if (reply.positive()) say_hello();
      break;
    case Stage::quit:
      closing_ = true;
      break;
    default:
      break;
  }
  return {Kind::reply, expected.stage, std::move(reply), expected.recipient, {}};
}

ClientSession::Event ClientSession::next(std::string_view& input) {
  for (;;) {
    if (state_ == State::failed) return {Kind::failed, Stage::connect, {}, 0, "already failed"};
    if (state_ == State::announce) {
      state_ = State::ready;
      return {Kind::ready, Stage::hello, hello_, 0, {}};
    }
    if (state_ == State::handshake) {
      if (!input.empty()) return fail(Stage::start_tls, "octets came before the TLS handshake");
      return {Kind::start_tls, Stage::start_tls, {}, 0, {}};
    }
    auto reply = parser_.next(input);
    if (!reply) {
      if (parser_.fault() == ReplyParser::Fault::none) return {};
      return fail(waiting_for(), name_of(parser_.fault()));
    }
    if (state_ != State::ready) {
      if (auto event = opening(std::move(*reply), input)) return std::move(*event);
      continue;
    }
    if (expected_.empty()) {
      // Servers say 421 when they shut down; anything else that was not asked for would be taken
      // for the answer to the next command.
      return fail(Stage::connect,
                  reply->code == 421 ? "the server closes the connection"
                                     : "a reply came that nothing asked for",
                  std::move(*reply));
    }
    return answered(std::move(*reply));
  }
}

bool ClientSession::mail(std::string_view path, const MailParameters& parameters) {
  if (state_ != State::ready || transaction_) return false;
  std::string line = "MAIL FROM:";
  line += path;
  if (parameters.size && extensions_.size) line += " SIZE=" + std::to_string(*parameters.size);
  if (parameters.body != Body::unspecified && extensions_.eight_bit_mime) {
    line += parameters.body == Body::seven_bit ? " BODY=7BIT" : " BODY=8BITMIME";
  }
  if (parameters.smtputf8 && extensions_.smtputf8) line += " SMTPUTF8";
  if (!send(Stage::mail, line)) return false;
  recipients_ = 0;
  accepted_ = 0;
  return true;
}

bool ClientSession::rcpt(std::string_view path) {
  if (state_ != State::ready) return false;
  if (!send(Stage::rcpt, "RCPT TO:" + std::string(path), recipients_)) return false;
  ++recipients_;
  return true;
}

bool ClientSession::data() {
  return state_ == State::ready && send(Stage::data, "DATA");
}

bool ClientSession::end_of_message() {
  if (state_ != State::ready || !expected_.empty()) return false;
  output_ += ".\r\n";
  const std::size_t replies = options_.lmtp ? accepted_ : 1;
  for (std::size_t i = 0; i < replies; ++i)
    expected_.push_back({Stage::message, i});
  return true;
}

bool ClientSession::reset() {
  return state_ == State::ready && send(Stage::reset, "RSET");
}

bool ClientSession::quit() {
  if (state_ != State::ready || !send(Stage::quit, "QUIT")) return false;
  closing_ = true;
  return true;
}

bool ClientSession::xclient(const ClientAttributes& client) {
  if (!reusable()) return false;
  const std::string line = format_xclient(client, extensions_.xclient);
  if (line.empty() || !send(Stage::xclient, line)) return false;
  if (is_helo_name(client.helo)) options_.helo_name = client.helo;
  return true;
}

bool ClientSession::command(Stage stage, std::string_view line) {
  return state_ == State::ready && send(stage, line);
}

}  // namespace postern::smtp

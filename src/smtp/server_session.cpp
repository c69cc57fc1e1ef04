#include "smtp/server_session.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace postern::smtp {
namespace {

// RFC 4616, 2: "ann@x" in whose name PLAIN signs in, and as whom.
enum class Plain : std::uint8_t { malformed, other_identity, good };

// Who signs in as one user to act as another could pass a check that looks at either
// (CVE-2023-27582): both must be the same.
Plain check_plain(std::string_view response, std::string& login) {
  const auto decoded = decode_loose_base64(response);
  if (!decoded) return Plain::malformed;
  const auto parts = split(*decoded, '\0');
  if (parts.size() != 3 || parts[1].empty()) return Plain::malformed;
  if (printable(parts[1]) != parts[1]) return Plain::malformed;
  if (!parts[0].empty() && parts[0] != parts[1]) return Plain::other_identity;
  login = parts[1];
  return Plain::good;
}

}  // namespace

void ServerSession::set_client(ClientAttributes client, bool xclient_allowed) {
  client_ = std::move(client);
  xclient_allowed_ = xclient_allowed;
}

bool ServerSession::greet(std::string_view early, std::string& output) {
  if (!early.empty()) {
    fault_ = "talked before the greeting";
    say({554, "5.5.1", options_->host_name + " You talk before the greeting"}, output);
    state_ = State::closed;
    return false;
  }
  say({220, "", options_->host_name + " ESMTP"}, output);
  return true;
}

void ServerSession::refuse(const Reply& reply, std::string& output) {
  say(reply, output);
  state_ = State::closed;
}

void ServerSession::count_error(std::string& output) {
  if (++errors_ < options_->errors) return;
  say({421, "4.7.0", options_->host_name + " Too many errors"}, output);
  if (fault_.empty()) fault_ = "too many errors";
  closing_ = true;
}

void ServerSession::say(const Reply& reply, std::string& output) {
  append(output, reply);
}

ServerSession::Event ServerSession::close(std::string_view fault) {
  if (fault_.empty()) fault_ = fault;
  closing_ = true;
  if (transaction_ || data_) forget_transaction();
  state_ = State::closed;
  if (dropped_) {
    dropped_ = false;
    return {Kind::abandoned, {}, {}, false};
  }
  return {Kind::close, {}, {}, false};
}

void ServerSession::give_up(const char* enhanced, const char* text, std::string& output) {
  say({421, enhanced, options_->host_name + ' ' + text}, output);
  forget_transaction();
  state_ = State::closed;
}

void ServerSession::forget_transaction() {
  dropped_ = dropped_ || transaction_ != nullptr;
  transaction_.reset();
  data_.reset();
}

// RFC 3207, 4.2; XCLIENT_README: as if the client had just connected.
void ServerSession::start_over() {
  forget_transaction();
  greeted_ = false;
  client_.helo.clear();
  client_.esmtp = false;
  state_ = State::command;
}

// Who had signed in has not any more, and what was under way with the owner is over.
void ServerSession::forget_sign_in() {
  signed_out_ = signed_out_ || authenticated() || state_ == State::auth;
  client_.login.clear();
  pending_login_.clear();
}

// Of AUTH PLAIN; whom it names has still to be agreed to.
bool ServerSession::take_plain(std::string_view response) {
  pending_login_.clear();
  return check_plain(response, pending_login_) == Plain::good;
}

void ServerSession::tls_started() {
  tls_ = true;
  start_over();
}

ServerSession::Event ServerSession::line_fault(std::string& output) {
  const LineFault fault = lines_.fault();
  if (fault == LineFault::too_long) {
    say({500, "5.5.6", "Line too long"}, output);
  } else {
    // RFC 5321, 2.3.8: CR and LF only as CRLF. 521: the connection closes (RFC 7504).
    say({521, "5.5.2", "Error: " + std::string(name_of(fault)) + " received"}, output);
  }
  return close(name_of(fault));
}

ServerSession::Event ServerSession::next(std::string_view& input, std::string& output) {
  for (;;) {
    if (dropped_) {
      dropped_ = false;
      return {Kind::abandoned, {}, {}, false};
    }
    if (signed_out_) {
      signed_out_ = false;
      return {Kind::signed_out, {}, {}, false};
    }
    if (closing_ || state_ == State::closed) {
      state_ = State::closed;
      return {Kind::close, {}, {}, false};
    }
    if (data_was_refused_) {
      data_was_refused_ = false;
      // RFC 2920, 3.1: what follows a refused DATA in one piece is the message.
      if (!input.empty()) return close("a message behind a refused DATA");
    }
    switch (state_) {
      case State::awaiting:
        return {asked_, {}, {}, false};
      case State::handshake:
        // CVE-2011-0411: what follows STARTTLS in the clear would be read as if it had come
        // encrypted. No answer: it would go to somebody who is not the client.
        if (!input.empty()) return close("octets between STARTTLS and the TLS handshake");
        return {Kind::start_tls, {}, {}, false};
      case State::message:
      case State::discard: {
        const Event event = message(input, output);
        if (event.kind == Kind::input && (dropped_ || !input.empty())) continue;
        return event;
      }
      case State::command:
      case State::auth:
      case State::closed:
        break;
    }
    const auto line = lines_.next(input);
    if (line) ++lines_read_;
    if (!line) {
      if (lines_.fault() != LineFault::none) return line_fault(output);
      return {};
    }
    const Event event = command(*line, input, output);
    if (event.kind != Kind::input) return event;
  }
}

ServerSession::Event ServerSession::command(std::string_view line, std::string_view rest,
                                            std::string& output) {
  if (state_ == State::auth) {
    lines_.allow(options_->longest_command);
    text_ = line;
    if (line == "*") {
      // RFC 4954, 4: the client cancels. The next hop's exchange is for the owner to end.
      forget_sign_in();
      state_ = State::command;
      say({501, "5.0.0", "Authentication cancelled"}, output);
      return {};
    }
    if (mechanism_ == "PLAIN" && !take_plain(line)) {
      forget_sign_in();
      state_ = State::command;
      say({535, "5.7.8", "Authentication credentials invalid"}, output);
      count_error(output);
      return {};
    }
    state_ = State::awaiting;
    asked_ = Kind::auth_line;
    return {asked_, {}, {}, false};
  }
  if (++commands_ > options_->commands) {
    say({421, "4.7.0", options_->host_name + " Too many commands"}, output);
    return close("too many commands");
  }
  const std::size_t space = line.find(' ');
  const std::string_view arguments =
      space == std::string_view::npos ? std::string_view{} : trim(line.substr(space));
  const Verb* verb = find_verb(line.substr(0, space));
  Outcome outcome = verb == nullptr ? Reply{500, "5.5.2", "Command not recognised"}
                                    : (this->*verb->run)(arguments, rest);
  if (!outcome) return {asked_, {}, {}, false};
  const Reply& reply = *outcome;
  say(reply, output);
  if (closing_) {
    // RFC 5321, 3.8: who closes without QUIT says so; 521 does (RFC 7504).
    const bool says_so = reply.code == 221 || reply.code == 421 || reply.code == 521;
    if (!says_so) say({421, "4.7.0", options_->host_name + " Closing the session"}, output);
    return close(fault_);
  }
  if (reply.permanent()) {
    count_error(output);
    if (closing_) return close(fault_);
  }
  if (idle_commands_ > options_->idle_commands) {
    say({421, "4.7.0", options_->host_name + " Too many commands without a message"}, output);
    return close("too many commands without a message");
  }
  if (dropped_) {
    dropped_ = false;
    return {Kind::abandoned, {}, {}, false};
  }
  return {};
}

ServerSession::Event ServerSession::message(std::string_view& input, std::string& output) {
  const DataReader::Piece piece = data_->next(input);
  if (piece.status == DataReader::Status::fault) {
    say({550, "5.5.2", "Error: " + std::string(name_of(data_->fault())) + " received"}, output);
    dropped_ = dropped_ || state_ == State::message;
    transaction_.reset();
    return close(name_of(data_->fault()));
  }
  if (state_ == State::message && data_->excess() != Excess::none) {
    // The client must not be cut off before it hears why, or it tries again for days; the rest is
    // read and dropped.
    state_ = State::discard;
    transaction_.reset();
    dropped_ = true;
  }
  if (piece.status == DataReader::Status::end) {
    if (state_ == State::discard) {
      const Excess excess = data_->excess();
      data_.reset();
      state_ = State::command;
      say(excess == Excess::message  ? Reply{552, "5.3.4", "Message too large"}
          : excess == Excess::header ? Reply{552, "5.3.4", "Message header too large"}
          : excess == Excess::continuation
              ? Reply{554, "5.6.0",
                      "Message begins with white space, which continues no header field"}
              : Reply{552, "5.6.0", "Message has a line that is too long"},
          output);
      count_error(output);
      return {};
    }
    state_ = State::awaiting;
    asked_ = Kind::message;
    // What came with the end goes first.
    if (piece.held.empty() && piece.text.empty()) return {Kind::message, {}, {}, false};
    return {Kind::body, piece.held, piece.text, false};
  }
  if (state_ == State::discard || (piece.held.empty() && piece.text.empty())) return {};
  return {Kind::body, piece.held, piece.text, piece.status == DataReader::Status::header_end};
}

void ServerSession::answer(const Reply& reply, std::string& output) {
  const Kind asked = asked_;
  state_ = State::command;
  say(reply, output);
  switch (asked) {
    case Kind::auth:
    case Kind::auth_line:
      if (reply.intermediate()) {
        state_ = State::auth;
        lines_.allow(std::max<std::size_t>(options_->longest_command, 12288));
      } else if (reply.positive()) {
        // LOGIN and the like: who it is only the next hop knows.
        client_.login = pending_login_.empty() ? "unknown" : std::move(pending_login_);
        pending_login_.clear();
      } else {
        pending_login_.clear();
        count_error(output);
      }
      break;
    case Kind::mail:
      if (!reply.positive()) transaction_.reset();
      break;
    case Kind::rcpt:
      if (reply.positive()) {
        transaction_->recipients.push_back(std::move(recipient_));
      } else if (reply.permanent() && ++refused_recipients_ >= options_->refused_recipients) {
        say({421, "4.7.0", options_->host_name + " Too many refused recipients"}, output);
        fault_ = "too many refused recipients";
        closing_ = true;
      }
      recipient_ = {};
      break;
    case Kind::data:
      if (reply.intermediate()) {
        state_ = State::message;
        data_ = std::make_unique<DataReader>(options_->data);
      } else {
        data_was_refused_ = true;
      }
      break;
    case Kind::message:
      if (reply.positive()) ++messages_;
      transaction_.reset();
      data_.reset();
      idle_commands_ = 0;
      if (messages_ >= options_->messages) {
        say({421, "4.7.0", options_->host_name + " Enough messages in one session"}, output);
        fault_ = "too many messages";
        closing_ = true;
      }
      break;
    default:
      break;
  }
  if (reply.code == 421) {
    closing_ = true;
    if (transaction_) forget_transaction();
  }
}

bool ServerSession::auth_offered() const noexcept {
  return !options_->auth_mechanisms.empty() && (tls_ || options_->auth_in_clear);
}

// AUTH's argument, checked as far as it can be here (RFC 4954, 4).
ServerSession::Outcome ServerSession::auth(std::string_view arguments, std::string_view) {
  if (options_->auth_mechanisms.empty()) return Reply{502, "5.5.1", "AUTH not available"};
  if (!greeted_ || !client_.esmtp) return Reply{503, "5.5.1", "Send EHLO first"};
  if (!auth_offered()) return Reply{538, "5.7.11", "Encryption required, send STARTTLS first"};
  if (authenticated()) return Reply{503, "5.5.1", "Already signed in"};
  if (transaction_) return Reply{503, "5.5.1", "AUTH is not for the middle of a transaction"};
  const std::size_t space = arguments.find(' ');
  mechanism_ = arguments.substr(0, space);
  for (char& c : mechanism_)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const auto& offered = options_->auth_mechanisms;
  if (std::find(offered.begin(), offered.end(), mechanism_) == offered.end()) {
    return Reply{504, "5.5.4", "Mechanism not offered"};
  }
  pending_login_.clear();
  text_ = mechanism_;
  if (space != std::string_view::npos) {
    const std::string_view initial = trim(arguments.substr(space));
    if (mechanism_ == "PLAIN" && !take_plain(initial)) {
      return Reply{535, "5.7.8", "Authentication credentials invalid"};
    }
    if (initial != "=" && !decode_loose_base64(initial)) return Reply{501, "5.5.2", "Not base64"};
    text_ += ' ';
    text_ += initial;
  }
  return ask(Kind::auth);
}

}  // namespace postern::smtp

// The server's side of SMTP (RFC 5321) without I/O: octets in, replies and events out. It knows
// the protocol and its limits; who may send what to whom is the owner's to answer.
//
//   ServerSession session(options);
//   session.greet({}, output);                       // "220 …"
//   for (;;) {
//     const auto event = session.next(input, output); // takes octets off `input`, appends replies
//     switch (event.kind) {
//       case Kind::input:     write(output); input = read(); break;
//       case Kind::start_tls: write(output); handshake(); session.tls_started(); break;
//       case Kind::rcpt:      session.answer(judge(session.transaction(), session.recipient()));
//       …
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/data_reader.hpp"
#include "smtp/envelope.hpp"
#include "smtp/line_reader.hpp"
#include "smtp/reply.hpp"
#include "smtp/xclient.hpp"

namespace postern::smtp {

/// Shared by all sessions of a listener; must outlive them.
struct ServerOptions {
  std::string host_name = "localhost";  ///< in the greeting and in replies
  bool starttls = false;                ///< offered, and required where require_tls
  bool require_tls = false;             ///< MAIL and AUTH only after STARTTLS
  /// Offered with AUTH, upper case; empty: AUTH is refused. Needs TLS unless auth_in_clear.
  std::vector<std::string> auth_mechanisms;
  bool auth_in_clear = false;
  bool smtputf8 = true;

  DataLimits data;
  std::size_t longest_command = 2048;  ///< without CRLF; AUTH lines may have 12288 (RFC 4954, 4.1)
  std::size_t recipients = 1000;       ///< accepted a transaction; RFC 5321, 4.5.3.1.8 asks for 100
  std::size_t refused_recipients = 100;  ///< a session: beyond that it is a harvest
  std::size_t errors = 10;               ///< replies 5xx to what the client said wrongly, a session
  std::size_t commands = 10000;          ///< a session
  std::size_t idle_commands = 100;       ///< NOOP, RSET, EHLO and the like since the last message
  std::size_t messages = 1000;           ///< a session
};

struct Transaction {
  MailFrom mail;
  std::vector<message::Address> recipients;  ///< accepted ones
};

class ServerSession {
 public:
  enum class Kind : std::uint8_t {
    input,      ///< all input was taken: write the output, then read
    start_tls,  ///< write the output, shake hands, tls_started()
    auth,  ///< text(): "PLAIN", or "PLAIN initial-response"; answer(): 334 to go on, 235 or 5xx
    auth_line,   ///< text(): the client's response; answer() likewise
    signed_out,  ///< nobody is signed in, or about to be, any more: drop what the sign-in hangs on
    mail,        ///< transaction().mail is set; answer()
    rcpt,        ///< recipient(); answer()
    data,        ///< answer(): 354, or a refusal
    body,        ///< octets of the message, dots doubled: event.held, then event.text
    message,     ///< the message is complete; answer()
    abandoned,   ///< the transaction is gone: drop what is under way (answered already)
    close,       ///< write the output and close
  };
  struct Event {
    Kind kind = Kind::input;
    std::string_view held;    ///< body: goes before text
    std::string_view text;    ///< body: a part of the input
    bool header_end = false;  ///< body: text ends with the empty line after the header
  };

  explicit ServerSession(const ServerOptions& options) noexcept
      : options_(&options), lines_(options.longest_command) {}

  /// Who connects; XCLIENT may change it where allowed.
  void set_client(ClientAttributes client, bool xclient_allowed);
  /// The greeting. `early` is what the client sent before it: whoever talks first is no mail server
  /// and is turned away. False: write the output and close.
  bool greet(std::string_view early, std::string& output);
  /// Turns the client away instead of greeting ("421 …", "554 …").
  void refuse(const Reply&, std::string& output);
  /// The next event. Replies that need no answer of the owner are in `output` already.
  Event next(std::string_view& input, std::string& output);
  /// Answers auth, auth_line, mail, rcpt, data or message. A 421 closes the session.
  void answer(const Reply&, std::string& output);
  void tls_started();
  /// The owner gives up on the session (time is over, shutdown): appends "421 …".
  void give_up(const char* enhanced, const char* text, std::string& output);

  [[nodiscard]] const ClientAttributes& client() const noexcept { return client_; }
  [[nodiscard]] const std::string& helo() const noexcept { return client_.helo; }
  [[nodiscard]] bool esmtp() const noexcept { return client_.esmtp; }
  [[nodiscard]] bool tls() const noexcept { return tls_; }
  /// The owner agreed to a sign-in, or a proxy told of one. Until then nobody is signed in.
  [[nodiscard]] bool authenticated() const noexcept { return !client_.login.empty(); }
  /// A proxy spoke for the client (XCLIENT): what the connection itself shows is the proxy's.
  [[nodiscard]] bool is_spoken_for() const noexcept { return spoken_for_; }
  [[nodiscard]] const Transaction& transaction() const noexcept { return *transaction_; }
  [[nodiscard]] bool in_transaction() const noexcept { return transaction_ != nullptr; }
  /// The recipient that a `rcpt` event asks about.
  [[nodiscard]] const message::Address& recipient() const noexcept { return recipient_; }
  /// auth, auth_line.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// Octets of the message, without doubled dots.
  [[nodiscard]] std::size_t message_size() const noexcept { return data_ ? data_->size() : 0; }
  [[nodiscard]] std::size_t messages() const noexcept { return messages_; }
  /// Why the session was closed, for the log; empty where the client quit. A literal.
  [[nodiscard]] std::string_view fault() const noexcept { return fault_; }
  /// The client is waited for, and may be sent away without the loss of a message: it has begun
  /// none (DATA), and no answer of the owner is awaited.
  [[nodiscard]] bool idle() const noexcept { return !data_ && state_ != State::awaiting; }
  [[nodiscard]] bool in_message() const noexcept { return data_ != nullptr; }
  /// Which line is half read, counting from 1; 0: none.
  [[nodiscard]] std::size_t half_line() const noexcept {
    return lines_.idle() ? 0 : lines_read_ + 1;
  }

 private:
  enum class State : std::uint8_t { command, awaiting, message, discard, auth, handshake, closed };
  using Outcome = std::optional<Reply>;  // nullopt: pending_ is an event for the owner
  struct Verb {
    std::string_view name;
    Outcome (ServerSession::*run)(std::string_view arguments, std::string_view rest);
  };
  static const Verb* find_verb(std::string_view name) noexcept;

  // Each verb is a function that gives a reply (server_verbs.cpp).
  Outcome helo(std::string_view, std::string_view);
  Outcome ehlo(std::string_view, std::string_view);
  Outcome mail(std::string_view, std::string_view);
  Outcome rcpt(std::string_view, std::string_view);
  Outcome data(std::string_view, std::string_view);
  Outcome rset(std::string_view, std::string_view);
  Outcome noop(std::string_view, std::string_view);
  Outcome quit(std::string_view, std::string_view);
  Outcome vrfy(std::string_view, std::string_view);
  Outcome help(std::string_view, std::string_view);
  Outcome starttls(std::string_view, std::string_view);
  Outcome auth(std::string_view, std::string_view);
  Outcome bdat(std::string_view, std::string_view);
  Outcome xclient(std::string_view, std::string_view);
  Outcome foreign_protocol(std::string_view, std::string_view);

  Outcome ask(Kind kind);
  void start_over();
  void forget_transaction();
  void forget_sign_in();
  bool take_plain(std::string_view response);
  static void say(const Reply&, std::string& output);
  void count_error(std::string& output);
  void take_helo(std::string_view name, bool esmtp);
  Event close(std::string_view fault);
  Event command(std::string_view line, std::string_view rest, std::string& output);
  Event message(std::string_view& input, std::string& output);
  Event line_fault(std::string& output);
  [[nodiscard]] bool auth_offered() const noexcept;

  const ServerOptions* options_;
  LineReader lines_;
  std::unique_ptr<Transaction> transaction_;
  std::unique_ptr<DataReader> data_;
  message::Address recipient_;
  ClientAttributes client_;
  std::string text_;
  std::string mechanism_;
  std::string pending_login_;  // whom the owner has not agreed to yet
  std::size_t lines_read_ = 0;
  std::string_view fault_;
  std::uint32_t errors_ = 0;
  std::uint32_t commands_ = 0;
  std::uint32_t idle_commands_ = 0;
  std::uint32_t refused_recipients_ = 0;
  std::uint32_t messages_ = 0;
  State state_ = State::command;
  Kind asked_ = Kind::input;
  bool greeted_ = false;  // by HELO or EHLO
  bool tls_ = false;
  bool xclient_allowed_ = false;
  bool closing_ = false;
  bool spoken_for_ = false;
  bool dropped_ = false;     // the owner must be told that the transaction is gone
  bool signed_out_ = false;  // and that the sign-in is
  bool helo_told_ = false;   // XCLIENT gave HELO: it stays
  bool data_was_refused_ = false;
};

}  // namespace postern::smtp

// The client's side of SMTP (RFC 5321) and LMTP (RFC 2033) without I/O: octets in, commands and
// events out. It opens by itself (greeting, EHLO, STARTTLS, EHLO again) and then takes commands,
// which may be sent before earlier ones are answered where the server offers PIPELINING.
//
//   ClientSession session({.helo_name = "gate.example"});
//   for (;;) {
//     write(session.output()); session.output().clear();
//     const auto event = session.next(input);         // takes octets off `input`
//     switch (event.kind) {
//       case Kind::need_input: input = read(); break;
//       case Kind::start_tls:  handshake(); session.tls_started(); break;
//       case Kind::ready:      session.mail("<a@b.example>", {}); session.rcpt("<c@d.example>");
//       break; case Kind::reply:      use(event.stage, event.reply); break; case Kind::failed:
//       give_up(event.stage, event.what, event.reply); break;
//     }
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "smtp/envelope.hpp"
#include "smtp/extensions.hpp"
#include "smtp/reply.hpp"
#include "smtp/xclient.hpp"

namespace postern::smtp {

/// What a reply answers to.
enum class Stage : std::uint8_t {
  connect,  ///< before any octet; never in a reply
  greeting,
  hello,
  start_tls,
  xclient,
  auth,
  mail,
  rcpt,
  data,
  message,  ///< the end of the message
  reset,
  quit,
};

std::string_view name_of(Stage) noexcept;  ///< "greeting", "EHLO", "STARTTLS", "RCPT TO", …

struct ClientOptions {
  std::string helo_name;
  bool lmtp = false;
  enum class Tls : std::uint8_t { never, if_offered, required };
  Tls tls = Tls::if_offered;
};

/// What MAIL may declare; each is sent only where the server offers it.
struct MailParameters {
  std::optional<std::uint64_t> size;
  Body body = Body::unspecified;
  bool smtputf8 = false;
};

class ClientSession {
 public:
  enum class Kind : std::uint8_t {
    need_input,  ///< write output(), then read
    start_tls,   ///< the server agreed: shake hands, then tls_started()
    ready,       ///< the session is open, commands may come
    reply,       ///< `reply` answers the oldest command that was not answered, at `stage`
    failed,      ///< nothing more can be done but to close; `what`, and the reply if there was one
  };
  struct Event {
    Kind kind = Kind::need_input;
    Stage stage = Stage::connect;
    Reply reply;
    /// reply at `rcpt`: which rcpt() of this transaction; at `message` over LMTP: the recipient,
    /// among those that were accepted, in order. Counts from 0.
    std::size_t recipient = 0;
    std::string_view what;  ///< a clause for people; a literal
  };

  explicit ClientSession(ClientOptions options) : options_(std::move(options)) {}

  /// Takes octets off `input` up to the next event. The octets of one reply may come in any pieces.
  Event next(std::string_view& input);
  /// Octets to write, in order; the caller clears what it wrote.
  [[nodiscard]] std::string& output() noexcept { return output_; }
  /// After start_tls, or before the greeting where TLS comes first (port 465).
  void tls_started();

  // Commands. False, and nothing is sent, where the text holds a control octet or the session is
  // not ready for it. At most one transaction at a time.
  bool mail(std::string_view path, const MailParameters&);
  bool rcpt(std::string_view path);
  bool data();
  /// The message itself, with dots doubled and its last CRLF, is written by the caller after the
  /// 354 reply; this sends the final dot. Over LMTP one reply comes for each accepted recipient.
  bool end_of_message();
  bool reset();
  bool quit();
  /// Tells whom this session speaks for, as far as the server takes it. After a good reply the
  /// session says EHLO again, in the client's name, and is `ready` a second time (XCLIENT_README:
  /// the server starts over).
  bool xclient(const ClientAttributes&);
  /// Any other command whole, without CRLF.
  bool command(Stage stage, std::string_view line);

  [[nodiscard]] const Extensions& extensions() const noexcept { return extensions_; }
  [[nodiscard]] const Reply& greeting() const noexcept { return greeting_; }
  [[nodiscard]] const Reply& hello_reply() const noexcept { return hello_; }
  [[nodiscard]] bool esmtp() const noexcept { return esmtp_; }
  [[nodiscard]] bool tls() const noexcept { return tls_; }
  [[nodiscard]] bool ready() const noexcept { return state_ == State::ready; }
  /// The stage whose reply is waited for; `connect` where none is.
  [[nodiscard]] Stage waiting_for() const noexcept;
  /// Ready for another transaction: everything is answered and none is open.
  [[nodiscard]] bool reusable() const noexcept {
    return state_ == State::ready && expected_.empty() && !transaction_ && !closing_ &&
           parser_.idle();
  }

 private:
  enum class State : std::uint8_t {
    greeting,
    hello,
    helo,
    start_tls,
    handshake,
    announce,  // open; `ready` is the next event
    ready,
    failed,
  };
  struct Expected {
    Stage stage;
    std::size_t recipient;
  };

  bool send(Stage stage, std::string_view line, std::size_t recipient = 0);
  void say_hello();
  Event fail(Stage stage, std::string_view what, Reply reply = {});
  std::optional<Event> opening(Reply reply, std::string_view input);
  Event answered(Reply reply);

  ClientOptions options_;
  Extensions extensions_;
  Reply greeting_;
  Reply hello_;
  ReplyParser parser_;
  std::string output_;
  std::deque<Expected> expected_;
  std::size_t recipients_ = 0;  // rcpt() of this transaction
  std::size_t accepted_ = 0;    // of them with a good reply
  State state_ = State::greeting;
  bool tls_ = false;
  bool esmtp_ = false;
  bool transaction_ = false;
  bool closing_ = false;  // the server said 421, or was told to quit
};

}  // namespace postern::smtp

// A server session fed with anything, whole and in pieces: it says the same, the message that comes
// out is the same, and nothing that comes out of an envelope ends a line.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "fuzz.hpp"
#include "smtp/server_session.hpp"

namespace {

using postern::fuzz::require;
using postern::smtp::Reply;
using postern::smtp::ServerSession;
using Kind = ServerSession::Kind;

struct Seen {
  std::string output;
  std::string messages;
  bool closed = false;
};

bool is_clean(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// One answer for each thing asked, that depends on what was asked alone.
Seen play(const postern::smtp::ServerOptions& options, std::string_view input, std::size_t piece) {
  Seen seen;
  ServerSession session(options);
  session.set_client({}, true);
  session.greet({}, seen.output);
  std::string message;
  while (!input.empty() && !seen.closed) {
    std::string_view part = input.substr(0, piece);
    input.remove_prefix(part.size());
    for (bool going = true; going;) {
      const auto event = session.next(part, seen.output);
      switch (event.kind) {
        case Kind::input:
          going = false;
          break;
        case Kind::start_tls:
          session.tls_started();
          // A handshake takes what is there; here the rest goes on as if it had come under TLS.
          break;
        case Kind::close:
          seen.closed = true;
          going = false;
          break;
        case Kind::abandoned:
          message.clear();
          break;
        case Kind::signed_out:
          require(!session.authenticated(), "who was signed out is not signed in");
          break;
        case Kind::mail:
          require(is_clean(session.transaction().mail.wire()), "a sender ends no line");
          session.answer({250, "2.1.0", "OK"}, seen.output);
          break;
        case Kind::rcpt: {
          const std::string& text = session.recipient().text;
          require(is_clean(text), "a recipient ends no line");
          const bool refused = text.size() % 3 == 0;
          session.answer(refused ? Reply{550, "5.7.68", "No"} : Reply{250, "2.1.5", "OK"},
                         seen.output);
          break;
        }
        case Kind::data:
          session.answer({354, "", "go"}, seen.output);
          break;
        case Kind::body:
          message += event.held;
          message += event.text;
          break;
        case Kind::message:
          require(message.empty() || message.ends_with("\r\n"), "a message ends with a line");
          require(message.find("\r\n.\r\n") == std::string::npos && !message.starts_with(".\r\n"),
                  "a message holds no end of a message");
          for (std::size_t i = 0; i < message.size(); ++i) {
            if (message[i] == '\n') require(i > 0 && message[i - 1] == '\r', "no bare LF");
            if (message[i] == '\r') require(message[i + 1] == '\n', "no bare CR");
            require(message[i] != '\0', "no NUL");
          }
          seen.messages += message + "|";
          message.clear();
          session.answer({250, "2.0.0", "OK"}, seen.output);
          break;
        case Kind::auth:
        case Kind::auth_line:
          require(is_clean(session.text()), "an AUTH line is one line");
          session.answer(
              session.text().size() % 2 == 0 ? Reply{334, "", ""} : Reply{535, "5.7.8", "No"},
              seen.output);
          break;
      }
    }
  }
  return seen;
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  smtp::ServerOptions options;
  options.host_name = "mx.example";
  options.starttls = true;
  options.auth_mechanisms = {"PLAIN", "LOGIN"};
  options.auth_in_clear = true;
  options.data = {2000, 500, 300};
  options.longest_command = 200;
  const Seen whole = play(options, input, input.size() + 1);
  require(whole.output.size() < 1000 + input.size() * 200, "the output is bounded");
  // What depends on what comes in one piece: octets behind STARTTLS and behind a refused DATA.
  const bool timing = whole.output.find("Ready to start TLS") != std::string::npos ||
                      whole.output.find("No valid recipients") != std::string::npos ||
                      whole.output.find("Send MAIL first") != std::string::npos;
  const Seen pieces = play(options, input, 1 + input.size() / 7);
  if (timing) return;
  require(whole.output == pieces.output, "the size of the pieces changes no reply");
  require(whole.messages == pieces.messages, "the size of the pieces changes no message");
}

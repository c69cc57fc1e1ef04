// A client session against a server that says anything, whole and in pieces.
#include <cstddef>
#include <string>
#include <string_view>

#include "fuzz.hpp"
#include "smtp/client_session.hpp"

namespace {

using postern::fuzz::require;
using postern::smtp::ClientSession;
using Kind = ClientSession::Kind;

struct Seen {
  std::string events;
  std::string sent;
};

Seen play(std::string_view input, std::size_t piece, bool lmtp) {
  Seen seen;
  ClientSession session({"client.example", lmtp, postern::smtp::ClientOptions::Tls::if_offered});
  int steps = 0;
  while (!input.empty()) {
    std::string_view part = input.substr(0, piece);
    input.remove_prefix(part.size());
    for (;;) {
      const auto event = session.next(part);
      if (event.kind == Kind::need_input) break;
      if (event.kind == Kind::failed) {
        require(!event.what.empty(), "a failure says why");
        require(!session.reusable(), "a failed session is not used again");
        seen.events += "failed";
        return seen;
      }
      if (event.kind == Kind::start_tls) {
        session.tls_started();
        continue;
      }
      if (event.kind == Kind::reply) {
        require(event.reply.code >= 100 && event.reply.code < 600, "a code has three digits");
        require(event.reply.text.size() <= 2048 * 200, "a reply is bounded");
        seen.events += event.reply.line() + ';';
      }
      // A transaction, a step a reply.
      switch (steps++ % 6) {
        case 0:
          session.mail("<a@b.example>", {10, postern::smtp::Body::eight_bit_mime, true});
          break;
        case 1:
          session.rcpt("<c@d.example>");
          break;
        case 2:
          session.data();
          break;
        case 3:
          session.end_of_message();
          break;
        case 4:
          session.reset();
          break;
        default:
          break;
      }
      seen.sent += session.output();
      session.output().clear();
    }
  }
  return seen;
}

}  // namespace

void postern::fuzz::run(std::string_view input) {
  if (input.empty()) return;
  const bool lmtp = input.front() % 2 == 1;
  input.remove_prefix(1);
  const Seen whole = play(input, input.size() + 1, lmtp);
  const Seen pieces = play(input, 1 + input.size() / 7, lmtp);
  // TLS hangs on what comes in one piece (CVE-2011-0411).
  if (whole.sent.find("STARTTLS") != std::string::npos) return;
  require(whole.events == pieces.events && whole.sent == pieces.sent,
          "the size of the pieces changes nothing");
}

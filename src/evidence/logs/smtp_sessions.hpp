// What commands and replies that a log shows say of the mail in an SMTP session, whichever side
// wrote the log. Replies answer commands in order, also where commands were sent in a row
// (PIPELINING). Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "policy/submission.hpp"

namespace postern::evidence {

/// One recipient of a message that has come to its end, or was refused.
struct SessionRecipient {
  std::string address;
  std::string reply;  ///< that ended it
  bool accepted = false;
};

/// The server that a greeting or the reply to EHLO names: "220 AM0….mail.protection.outlook.com
/// Microsoft ESMTP …", "250-AM0… Hello [192.0.2.7]". Empty where it names none.
std::string_view host_of_reply(std::string_view reply) noexcept;

class SmtpSession {
 public:
  policy::ReversePath::State sender_state = policy::ReversePath::State::unknown;
  std::string sender;
  std::string helo;
  bool signed_in = false;
  bool tls = false;

  /// A command, as "MAIL FROM:<a@b> SIZE=1".
  void command(std::string_view text);
  /// A reply, as "250 2.1.0 OK" or "250-SIZE"; appends the recipients that it settles.
  void reply(std::string_view text, std::vector<SessionRecipient>& settled);
  /// The session ends without more replies: what was accepted and never sent is let go.
  [[nodiscard]] bool has_mail() const noexcept { return !recipients_.empty(); }

 private:
  enum class Expected : std::uint8_t { other, greeting, starttls, auth, mail, rcpt, data, text };
  struct Pending {
    std::string address;
    bool answered = false;
  };
  void refuse_open(std::string_view text, std::vector<SessionRecipient>& settled);
  void reset() noexcept;

  std::deque<Expected> expected_;
  std::vector<Pending> recipients_;
};

}  // namespace postern::evidence

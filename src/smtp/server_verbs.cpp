// The verbs of ServerSession, each a function that gives a reply, or asks the owner for one.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "smtp/server_session.hpp"

namespace postern::smtp {

const ServerSession::Verb* ServerSession::find_verb(std::string_view name) noexcept {
  using S = ServerSession;
  static constexpr std::array verbs{
      Verb{"EHLO", &S::ehlo},
      Verb{"HELO", &S::helo},
      Verb{"MAIL", &S::mail},
      Verb{"RCPT", &S::rcpt},
      Verb{"DATA", &S::data},
      Verb{"RSET", &S::rset},
      Verb{"NOOP", &S::noop},
      Verb{"QUIT", &S::quit},
      Verb{"VRFY", &S::vrfy},
      Verb{"EXPN", &S::vrfy},
      Verb{"HELP", &S::help},
      Verb{"STARTTLS", &S::starttls},
      Verb{"AUTH", &S::auth},
      Verb{"BDAT", &S::bdat},
      Verb{"XCLIENT", &S::xclient},
      // Browsers and other servers that were made to speak to us (ALPACA; cross-protocol
      // scripting): their next lines could be commands, so there is no next line.
      Verb{"GET", &S::foreign_protocol},
      Verb{"POST", &S::foreign_protocol},
      Verb{"PUT", &S::foreign_protocol},
      Verb{"HEAD", &S::foreign_protocol},
      Verb{"DELETE", &S::foreign_protocol},
      Verb{"OPTIONS", &S::foreign_protocol},
      Verb{"CONNECT", &S::foreign_protocol},
      Verb{"TRACE", &S::foreign_protocol},
      Verb{"PATCH", &S::foreign_protocol},
      Verb{"PRI", &S::foreign_protocol},
      Verb{"HOST:", &S::foreign_protocol},
      Verb{"USER-AGENT:", &S::foreign_protocol},
  };
  const auto found = std::find_if(verbs.begin(), verbs.end(),
                                  [name](const Verb& verb) { return iequals(verb.name, name); });
  return found == verbs.end() ? nullptr : &*found;
}

ServerSession::Outcome ServerSession::ask(Kind kind) {
  asked_ = kind;
  state_ = State::awaiting;
  return std::nullopt;
}

void ServerSession::take_helo(std::string_view name, bool esmtp) {
  ++idle_commands_;
  forget_transaction();
  greeted_ = true;
  client_.esmtp = esmtp;
  if (!helo_told_) client_.helo = name;
}

ServerSession::Outcome ServerSession::helo(std::string_view name, std::string_view) {
  if (!is_helo_name(name)) return Reply{501, "5.5.4", "Syntax: HELO hostname"};
  take_helo(name, false);
  return Reply{250, "", options_->host_name};
}

ServerSession::Outcome ServerSession::ehlo(std::string_view name, std::string_view) {
  if (!is_helo_name(name)) return Reply{501, "5.5.4", "Syntax: EHLO hostname"};
  take_helo(name, true);
  // CHUNKING is not offered: BDAT's octet counts are one more way for two readers to disagree
  // (CVE-2017-16943, CVE-2026-45185).
  std::string text = options_->host_name + "\nPIPELINING\nSIZE " +
                     std::to_string(options_->data.message) + "\n8BITMIME\nENHANCEDSTATUSCODES";
  if (options_->smtputf8) text += "\nSMTPUTF8";
  if (options_->starttls && !tls_) text += "\nSTARTTLS";
  if (auth_offered()) {
    text += "\nAUTH";
    for (const std::string& mechanism : options_->auth_mechanisms)
      text += ' ' + mechanism;
  }
  if (xclient_allowed_) {
    text += '\n';
    text += xclient_offer;
  }
  return Reply{250, "", std::move(text)};
}

// RFC 5321, 4.1.4: the order of commands.
ServerSession::Outcome ServerSession::mail(std::string_view arguments, std::string_view) {
  if (!greeted_) return Reply{503, "5.5.1", "Send HELO or EHLO first"};
  if (transaction_) return Reply{503, "5.5.1", "Sender already given"};
  if (options_->require_tls && !tls_) return Reply{530, "5.7.0", "Send STARTTLS first"};
  auto mail = parse_mail(arguments);
  if (!mail) return std::move(mail.error());
  if (mail->smtputf8 && !options_->smtputf8) return Reply{555, "5.5.4", "Parameter not offered"};
  if (mail->size && *mail->size > options_->data.message) {
    return Reply{552, "5.3.4", "Message too large"};
  }
  transaction_ = std::make_unique<Transaction>();
  transaction_->mail = std::move(*mail);
  return ask(Kind::mail);
}

ServerSession::Outcome ServerSession::rcpt(std::string_view arguments, std::string_view) {
  if (!transaction_) return Reply{503, "5.5.1", "Send MAIL first"};
  auto recipient = parse_rcpt(arguments, transaction_->mail.smtputf8);
  if (!recipient) return std::move(recipient.error());
  // RFC 5321, 4.5.3.1.10: a client sends the rest in another transaction.
  if (transaction_->recipients.size() >= options_->recipients) {
    return Reply{452, "4.5.3", "Too many recipients"};
  }
  recipient_ = std::move(*recipient);
  return ask(Kind::rcpt);
}

ServerSession::Outcome ServerSession::data(std::string_view arguments, std::string_view rest) {
  if (!arguments.empty()) return Reply{501, "5.5.4", "Syntax: DATA"};
  const char* wrong = !transaction_                      ? "Send MAIL first"
                      : transaction_->recipients.empty() ? "No valid recipients"
                                                         : nullptr;
  if (wrong != nullptr) {
    // RFC 2920, 3.1: DATA is the last of a group. What follows a refused one is a message that
    // would be read as commands.
    if (!rest.empty()) {
      closing_ = true;
      fault_ = "a message behind a refused DATA";
    }
    return Reply{transaction_ ? 554 : 503, "5.5.1", wrong};
  }
  return ask(Kind::data);
}

ServerSession::Outcome ServerSession::rset(std::string_view arguments, std::string_view) {
  if (!arguments.empty()) return Reply{501, "5.5.4", "Syntax: RSET"};
  ++idle_commands_;
  forget_transaction();
  return Reply{250, "2.0.0", "OK"};
}

ServerSession::Outcome ServerSession::noop(std::string_view, std::string_view) {
  ++idle_commands_;
  return Reply{250, "2.0.0", "OK"};
}

ServerSession::Outcome ServerSession::quit(std::string_view arguments, std::string_view) {
  if (!arguments.empty()) return Reply{501, "5.5.4", "Syntax: QUIT"};
  forget_transaction();
  closing_ = true;
  return Reply{221, "2.0.0", options_->host_name + " Bye"};
}

// RFC 5321, 7.3: whether a mailbox exists is nobody's business; EXPN likewise.
ServerSession::Outcome ServerSession::vrfy(std::string_view, std::string_view) {
  ++idle_commands_;
  return Reply{252, "2.5.0", "Send a message, and see"};
}

ServerSession::Outcome ServerSession::help(std::string_view, std::string_view) {
  ++idle_commands_;
  return Reply{214, "2.0.0", "Postern refuses Direct Send in front of a mail server"};
}

ServerSession::Outcome ServerSession::starttls(std::string_view arguments, std::string_view) {
  if (tls_) return Reply{503, "5.5.1", "TLS is already active"};
  if (!options_->starttls) return Reply{502, "5.5.1", "STARTTLS not available"};
  if (!arguments.empty()) return Reply{501, "5.5.4", "Syntax: STARTTLS"};
  forget_transaction();
  // RFC 3207, 4.2: what was learnt in the clear counts for nothing.
  forget_sign_in();
  state_ = State::handshake;
  return Reply{220, "2.0.0", "Ready to start TLS"};
}

ServerSession::Outcome ServerSession::bdat(std::string_view, std::string_view) {
  // Its octets follow at once and would be read as commands.
  closing_ = true;
  fault_ = "BDAT without CHUNKING";
  return Reply{502, "5.5.1", "CHUNKING is not offered"};
}

ServerSession::Outcome ServerSession::xclient(std::string_view arguments, std::string_view) {
  if (!xclient_allowed_) return Reply{550, "5.7.0", "Not allowed from here"};
  if (transaction_) return Reply{503, "5.5.1", "XCLIENT is not for the middle of a transaction"};
  ClientAttributes told = client_;
  told.login.clear();
  if (!parse_xclient(arguments, told)) return Reply{501, "5.5.4", "Bad XCLIENT attributes"};
  // A HELO= given now stays, whatever the proxy says of itself afterwards.
  helo_told_ = !told.helo.empty() && ifind(arguments, "HELO=") != std::string_view::npos;
  start_over();
  forget_sign_in();
  client_ = std::move(told);
  spoken_for_ = true;
  return Reply{220, "", options_->host_name + " ESMTP"};
}

ServerSession::Outcome ServerSession::foreign_protocol(std::string_view, std::string_view) {
  closing_ = true;
  fault_ = "another protocol";
  return Reply{521, "5.5.1", "This is a mail server"};
}

}  // namespace postern::smtp

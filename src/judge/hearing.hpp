// One transaction before the judge.
//
//   Hearing hearing(judge, session, sender, now, id);        // at MAIL
//   const auto answer = hearing.recipient(address);          // at each RCPT
//   if (answer.action != Action::accept) reply(answer.reply);
//   …
//   // at the end of the message; `results` only where hearing.needs_authentication()
//   const auto outcome = hearing.message(header, results);
//   …
//   ledger.add(hearing.take_records());                      // however the transaction ended
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "judge/facts.hpp"
#include "judge/header_edits.hpp"
#include "judge/judge.hpp"
#include "ledger/record.hpp"
#include "smtp/reply.hpp"

namespace postern::judge {

enum class Action : std::uint8_t { accept, refuse, defer };

/// The answer to RCPT.
struct RecipientAnswer {
  Action action = Action::accept;
  smtp::Reply reply;  ///< where not accept
  policy::Reason reason = policy::Reason::missing_facts;
  /// Refused only because this message already has recipients that another outcome awaits: one
  /// message has one reply. A client sends it again at once (RFC 5321, 4.5.3.1.10).
  bool split = false;
};

/// The answer to the message.
struct MessageAnswer {
  Action action = Action::accept;
  smtp::Reply reply;              ///< where not accept
  std::vector<HeaderEdit> edits;  ///< where accept
  std::string_view why;           ///< where not accept: the record's reason. A literal
};

/// Keeps the judge it began under.
class Hearing {
 public:
  /// `session` must outlive it.
  Hearing(std::shared_ptr<const Judge> judge, const SessionFacts& session, Sender sender,
          UnixTime now, std::string transaction);
  Hearing(Hearing&&) noexcept;
  Hearing& operator=(Hearing&&) = delete;
  ~Hearing();

  /// Judges one recipient. No I/O; allocates only where something is refused or recorded.
  RecipientAnswer recipient(const message::Address& address);
  /// The same for a recipient whose domain can't be read, so that it may be anybody's: refused with
  /// `reply` where the mode of any domain refuses. Recorded in any mode, as "unreadable_recipient".
  RecipientAnswer unreadable_recipient(std::string text, const smtp::Reply& reply);
  /// The caller did not take a recipient that was accepted here (a next hop refused it).
  void withdraw_last();

  /// message() should be called at all, with the header.
  [[nodiscard]] bool needs_header() const noexcept;
  /// message() needs the results of SPF, DKIM, DMARC and ARC: the body must be read.
  [[nodiscard]] bool needs_authentication() const noexcept;
  /// The same, now that the header is there: true less often. What message() judges by is this one.
  [[nodiscard]] bool needs_authentication(const message::HeaderBlock& header);
  /// The outcome hangs on the message: it must be held until message() has answered. Otherwise it
  /// may go on as soon as the header is edited.
  [[nodiscard]] bool needs_verdict() const noexcept;
  /// `results` nullptr: not checked.
  MessageAnswer message(const message::HeaderBlock& header,
                        const auth::MessageAuthentication* results);

  /// Instead of message(), where the header can't be read whole: refused with `reply` where the
  /// mode of any recipient refuses. Recorded for each of a tenant's, as "unreadable_header".
  MessageAnswer unreadable_header(const smtp::Reply& reply);

  /// What to put into the ledger, once the transaction is over or abandoned.
  std::vector<ledger::Record> take_records();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postern::judge

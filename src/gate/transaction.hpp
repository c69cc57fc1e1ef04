// One transaction of a client, from MAIL to its end: each recipient judged, the message held or
// passed on, and every refusal recorded. However it ends, also by the end of the program, its
// records are handed on: they are written down where it is destroyed.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gate/delivery.hpp"
#include "gate/hold.hpp"
#include "gate/session_facts.hpp"
#include "gate/sign_in.hpp"
#include "gate/worker.hpp"
#include "judge/hearing.hpp"
#include "smtp/message_octets.hpp"

namespace postern::gate {

class Transaction {
 public:
  /// `session` has read MAIL. It, `hop` and `sign_in` must outlive the transaction.
  Transaction(Worker& worker, const smtp::ServerSession& session, const HopFacts& hop,
              SignIn& sign_in);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// The reply to RCPT.
  Awaitable<smtp::Reply> recipient();
  /// The reply to DATA.
  Awaitable<smtp::Reply> data();
  /// A piece of the message. What fails is told by message().
  Awaitable<void> body(const smtp::ServerSession::Event& event);
  /// The message is complete: the reply to it.
  Awaitable<smtp::Reply> message();

  /// "64f…": in logs, Received and the ledger.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

 private:
  Awaitable<void> pass_on_header();
  Awaitable<smtp::Reply> pass_on_held();
  Awaitable<bool> write_held();
  void hold(std::string_view octets);
  void complete_header();
  void begin_check();
  Awaitable<std::optional<auth::MessageAuthentication>> finish_check();
  [[nodiscard]] std::string own_fields() const;
  [[nodiscard]] std::string edited(const judge::MessageAnswer& answer) const;
  [[nodiscard]] LogLine line(std::string_view event) const;
  void log_refusal(const smtp::Reply& reply, std::string_view reason, bool of_recipient);
  void log_outcome(const smtp::Reply& reply);

  Worker& worker_;
  const smtp::ServerSession& session_;
  const HopFacts& hop_;
  SignIn& sign_in_;
  std::shared_ptr<const GateConfig> config_;  // it begins under the newest, and ends under that
  std::string id_;
  judge::SessionFacts facts_;
  judge::Hearing hearing_;
  std::unique_ptr<Delivery> delivery_;
  const Route* route_ = nullptr;
  smtp::StuffedOctets incoming_;  // the header, until it is complete
  smtp::MessageOctets header_;    // then: as the next hop will read it
  message::HeaderBlock fields_;   // of header_
  std::unique_ptr<Hold> held_;    // the whole message, where it is judged before it goes on
  std::unique_ptr<Authenticator::Check> check_;  // of the held message, while it comes
  smtp::Unstuffer unstuffer_;
  bool header_done_ = false;
  bool hold_failed_ = false;
  bool refused_ = false;  // by the judge, after the message
};

/// A line of the log about a session: its client, and the transaction's id where it is not empty.
LogLine session_line(std::string_view event, const smtp::ServerSession& session,
                     std::string_view id, Weight weight = Weight::outcome);

}  // namespace postern::gate

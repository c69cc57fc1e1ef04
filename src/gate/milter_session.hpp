// One milter connection without I/O: a mail server's frames in, our frames out, with the judge in
// between. A connection keeps the settings that it began with.
//
//   MilterSession session(judge);
//   for (;;) {
//     const auto event = session.next(input, output, now);
//     switch (event.kind) {
//       case Kind::input:   write(output); input = read(); break;
//       case Kind::header:  begin the checks of session.header() if session.authenticates(); break;
//       case Kind::body:    feed event.body to them; break;
//       case Kind::message: session.answer(results, output); break;
//       case Kind::close:   write(output); close(); return;
//     }
//     ledger.add(session.take_records());
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gate/milter_protocol.hpp"
#include "judge/hearing.hpp"
#include "smtp/message_octets.hpp"

namespace postern::gate {

class MilterSession {
 public:
  static constexpr std::size_t longest_header = 1u << 20;

  enum class Kind : std::uint8_t {
    input,    ///< all input was taken: write the output, then read
    header,   ///< header() is complete
    body,     ///< event.body; only where authenticates()
    message,  ///< the message is complete: answer()
    close,    ///< write the output and close; fault() says why, empty where the server quit
  };
  struct Event {
    Kind kind = Kind::input;
    std::string_view body;
  };

  explicit MilterSession(std::shared_ptr<const judge::Judge> judge);
  ~MilterSession();
  MilterSession(const MilterSession&) = delete;
  MilterSession& operator=(const MilterSession&) = delete;

  Event next(std::string_view& input, std::string& output, UnixTime now);
  /// Answers `message`. `results` nullptr: not checked.
  void answer(const auth::MessageAuthentication* results, std::string& output);

  /// No transaction is under way.
  [[nodiscard]] bool idle() const noexcept { return hearing_ == nullptr; }
  /// The connection is gone without a word: what was under way is over.
  void hang_up() { end_transaction(); }

  /// The header as the mail server told it, with CRLF and its empty line; and as it is read.
  [[nodiscard]] std::string_view header() const noexcept { return octets_.view(); }
  [[nodiscard]] const message::HeaderBlock& fields() const noexcept { return fields_; }
  /// Whether answer() wants results for this message.
  [[nodiscard]] bool authenticates() const noexcept { return authenticates_; }
  [[nodiscard]] const judge::Settings& settings() const noexcept { return judge_->settings(); }
  [[nodiscard]] const judge::SessionFacts& facts() const noexcept { return facts_; }
  [[nodiscard]] const judge::Sender& sender() const noexcept { return sender_; }
  /// The queue id, where the server has told one.
  [[nodiscard]] std::string queue_id() const;

  /// Of transactions that are over.
  std::vector<ledger::Record> take_records() { return std::exchange(records_, {}); }
  /// What the server does not tell or let do, and what that disables: a sentence each. Complete
  /// with the first MAIL.
  std::vector<std::string> take_remarks() { return std::exchange(remarks_, {}); }
  /// Recipients judged since the last call.
  std::size_t take_recipients() noexcept { return std::exchange(recipients_, 0); }
  [[nodiscard]] std::string_view fault() const noexcept { return fault_; }

 private:
  using Pending = std::optional<Event>;  // nullopt: go on with the next frame
  Pending take(const milter::Frame& frame, std::string& output, UnixTime now);
  Pending negotiate(std::string_view arguments, std::string& output);
  Pending connect(std::string_view arguments, std::string& output);
  Pending helo(std::string_view arguments, std::string& output);
  Pending mail(std::string_view arguments, std::string& output, UnixTime now);
  [[nodiscard]] bool is_own(std::string_view domain) const;
  void judge_by_servers_reading();
  std::optional<message::Address> recipient_address(std::string_view written);
  Pending recipient(std::string_view arguments, std::string& output);
  Pending header(std::string_view arguments, std::string& output);
  Pending body(std::string_view arguments, std::string& output);
  Pending end_of_message(std::string_view arguments, std::string& output);
  Pending close(std::string_view fault);
  void learn_facts();
  void remark_on_facts();
  void end_transaction();
  void reset();
  [[nodiscard]] bool negotiated(std::uint32_t bit) const noexcept {
    return (options_.steps & bit) != 0;
  }
  Event complete_header();

  std::shared_ptr<const judge::Judge> judge_;
  milter::Frames frames_;
  milter::Macros macros_;
  milter::Options options_;
  judge::SessionFacts facts_;
  judge::Sender sender_;
  std::unique_ptr<judge::Hearing> hearing_;
  std::string header_;          // as it comes
  smtp::MessageOctets octets_;  // then: whole
  message::HeaderBlock fields_;
  std::vector<ledger::Record> records_;
  std::vector<std::string> remarks_;
  std::string last_body_;
  std::string_view fault_;
  std::size_t recipients_ = 0;
  bool symbols_ = false;     // the server was asked for macros: what it does not send is not there
  bool can_change_ = false;  // the server lets headers be changed
  bool remarked_ = false;
  bool header_done_ = false;
  bool header_too_long_ = false;
  bool header_continues_ = false;
  bool mail_macros_are_new_ = false;  // came since the last MAIL
  bool recipient_macros_are_new_ = false;
  bool authenticates_ = false;
  bool body_pending_ = false;     // last_body_ is to be handed out
  bool message_pending_ = false;  // and then the end of the message
};

}  // namespace postern::gate

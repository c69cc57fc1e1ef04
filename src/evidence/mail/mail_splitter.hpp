// Cuts a stream of mail into header blocks: one message (.eml), or an mbox in any of its dialects.
// Bodies are passed over unless they are asked for; memory holds one header block, whatever the
// input looks like.
//
// mbox: a line "From sender date" begins a message at the start, after an empty line, and wherever
// a header field follows (not all writers put the empty line); mboxo and mboxrd escape such lines
// in bodies. "From " alone (Thunderbird since 2024) and "From sender" count after an empty line
// where a header field follows. What may begin a message besides is told as doubtful and stays
// text. Content-Length (mboxcl) is not believed: a sender can write one. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::evidence {

class MailSplitter {
 public:
  enum class Kind { single, mbox };

  /// Takes what was found. Views are valid during the call; `line` is where the message starts.
  class Handler {
   public:
    virtual ~Handler() = default;
    /// True where the lines of the body are wanted.
    virtual bool header_block(std::string_view block, std::uint64_t line) = 0;
    virtual void header_too_long(std::uint64_t line) = 0;
    /// A line that begins with "From " and a known header field after it, that was taken as text.
    virtual void doubtful_separator(std::uint64_t /*line*/) {}
    /// Without its line break; of a line over 8 KiB its start.
    virtual void body_line(std::string_view) {}
    /// What follows of such a line, in pieces.
    virtual void body_line_goes_on(std::string_view) {}
    /// After the last line of a body that was wanted.
    virtual void body_ends() {}
  };

  MailSplitter(Kind kind, std::size_t longest_header, Handler& handler);

  void feed(std::string_view bytes);
  /// Call once, after the last bytes.
  void finish();
  /// True where the rest of the input can't matter any more (the body of a single message).
  [[nodiscard]] bool done() const noexcept {
    return kind_ == Kind::single && state_ == State::body && !body_is_wanted_;
  }

 private:
  enum class State { start, header, body };

  void take(std::string_view piece);
  void go_on(std::string_view piece);
  void end_line();
  bool end_pending_line(std::string_view line);
  void pending_line_is_text(std::string_view next);
  void tell_pending_line();
  void begin_message(std::uint64_t line);
  void end_header();
  void end_body();

  Kind kind_;
  std::size_t longest_header_;
  Handler& handler_;
  State state_ = State::start;
  std::string header_;              // complete lines of the current block
  std::string line_;                // the current line; in a body only its start
  bool line_is_longer_ = false;     // than line_ holds
  bool line_is_told_ = false;       // its start, to the handler
  bool cr_is_held_ = false;         // of a told line: it may belong to the line break
  bool after_empty_line_ = true;    // in a body
  std::string pending_;             // it may begin a message: the next line tells
  bool pending_separates_ = false;  // if a header field follows
  bool body_is_wanted_ = false;
  std::uint64_t line_number_ = 1;  // of the current line
  std::uint64_t message_line_ = 1;
};

/// A line that begins a message in an mbox: "From " and a date with month, time and year.
bool is_mbox_separator(std::string_view line) noexcept;

}  // namespace postern::evidence

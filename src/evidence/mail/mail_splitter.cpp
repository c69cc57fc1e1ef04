#include "evidence/mail/mail_splitter.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/ascii.hpp"
#include "evidence/mail/mail_message.hpp"

namespace postern::evidence {
namespace {

// In a body only separators and empty lines matter; this much of a line tells them.
constexpr std::size_t line_start = 512;
constexpr std::size_t longest_body_line = 8192;

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_ascii_digit);
}

std::string_view without_cr(std::string_view line) noexcept {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// "From " without sender and date, or with the "-" that Thunderbird puts for the sender.
bool is_bare_separator(std::string_view line) noexcept {
  return line == "From " || line == "From" || line == "From -" || line == "From - ";
}

// "From " and a sender, without a date.
bool is_dateless_separator(std::string_view line) noexcept {
  if (!line.starts_with("From ")) return false;
  const std::string_view sender = trim(line.substr(5));
  return sender == "MAILER-DAEMON" || (sender.find('@') != std::string_view::npos &&
                                       sender.find_first_of(" \t<>:") == std::string_view::npos);
}

// Where the next line is a header field, these may begin a message. Writers of mbox escape lines
// that begin with "From " in bodies; not all do.
bool may_separate(std::string_view line) noexcept {
  return line.starts_with("From ") || line == "From";
}

bool is_known_field(std::string_view line) noexcept {
  const std::string_view name = line.substr(0, line.find(':'));
  return is_mail_field(name) || istarts_with(name, "X-");
}

bool looks_like_field(std::string_view line) noexcept {
  const std::size_t colon = line.find(':');
  return colon != std::string_view::npos && colon > 0 &&
         std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

bool is_mbox_separator(std::string_view line) noexcept {
  if (!line.starts_with("From ")) return false;
  // A sentence may begin with "From "; it rarely holds a month, a time and a year as words.
  static constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";
  bool month = false;
  bool time = false;
  bool year = false;
  std::size_t at = 5;
  while (at < line.size()) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    const std::string_view word = without_cr(line.substr(at, end - at));
    at = end + 1;
    if (word.size() == 3) {
      const std::size_t index = ifind(months, word);
      month = month || (index != std::string_view::npos && index % 3 == 0);
    }
    if (word.size() == 4 && all_digits(word)) year = true;
    if (word.size() >= 4 && word.size() <= 8) {
      const std::size_t colon = word.find(':');
      time = time || (colon != std::string_view::npos && all_digits(word.substr(0, colon)) &&
                      all_digits(word.substr(colon + 1, 2)));
    }
  }
  return month && time && year;
}

MailSplitter::MailSplitter(Kind kind, std::size_t longest_header, Handler& handler)
    : kind_(kind), longest_header_(longest_header), handler_(handler) {}

void MailSplitter::feed(std::string_view bytes) {
  while (!bytes.empty() && !done()) {
    const std::size_t newline = bytes.find('\n');
    take(bytes.substr(0, newline));
    if (newline == std::string_view::npos) return;
    end_line();
    bytes.remove_prefix(newline + 1);
  }
}

void MailSplitter::finish() {
  if (done()) return;
  if (!line_.empty() || line_is_longer_) end_line();
  tell_pending_line();
  if (state_ == State::header) end_header();
  end_body();
}

void MailSplitter::take(std::string_view piece) {
  const std::size_t most = !pending_.empty() ? longest_header_
                           : body_is_wanted_ ? longest_body_line
                                             : line_start;
  std::size_t room = most - std::min(line_.size(), most);
  if (state_ != State::body) {
    const std::size_t used = header_.size() + line_.size();
    room = longest_header_ - std::min(used, longest_header_);
  }
  std::string_view beyond;
  if (piece.size() > room) {
    beyond = piece.substr(room);
    piece = piece.substr(0, room);
    line_is_longer_ = true;
  }
  line_ += piece;
  if (body_is_wanted_ && !beyond.empty()) go_on(beyond);
  if (line_is_longer_ && state_ != State::body) {
    if (state_ == State::start) message_line_ = line_number_;
    handler_.header_too_long(message_line_);
    header_.clear();
    state_ = State::body;
  }
}

void MailSplitter::go_on(std::string_view piece) {
  if (!line_is_told_) {
    if (kind_ == Kind::mbox && is_mbox_separator(line_)) return;
    if (!pending_.empty() && pending_separates_ && looks_like_field(line_)) return;
    pending_line_is_text(line_);
    cr_is_held_ = line_.ends_with('\r');
    handler_.body_line(without_cr(line_));
    line_is_told_ = true;
  }
  if (cr_is_held_) handler_.body_line_goes_on("\r");
  cr_is_held_ = piece.ends_with('\r');
  handler_.body_line_goes_on(without_cr(piece));
}

void MailSplitter::end_line() {
  const std::string_view line = without_cr(line_);
  const bool empty = line.empty() && !line_is_longer_;
  const bool separator = kind_ == Kind::mbox && is_mbox_separator(line);
  const auto add_to_header = [&] { header_.append(line).push_back('\n'); };
  if (state_ == State::start) {
    // Empty lines before the first message are nobody's.
    if (!empty) {
      begin_message(line_number_);
      add_to_header();
    }
  } else if (state_ == State::header) {
    // The message before it was cut off in its header.
    if (separator ||
        (kind_ == Kind::mbox && (is_bare_separator(line) || is_dateless_separator(line)))) {
      end_header();
      end_body();
      begin_message(line_number_);
      add_to_header();
    } else if (empty) {
      end_header();
      after_empty_line_ = true;
    } else {
      add_to_header();
    }
  } else if (!pending_.empty() && end_pending_line(line)) {
    if (state_ == State::header) add_to_header();
    after_empty_line_ = false;
  } else {
    if (separator && after_empty_line_) {
      end_body();
      begin_message(line_number_);
      add_to_header();
    } else if (kind_ == Kind::mbox && !line_is_longer_ && may_separate(line)) {
      pending_ = line;
      pending_separates_ = separator || (after_empty_line_ &&
                                         (is_bare_separator(line) || is_dateless_separator(line)));
    } else if (body_is_wanted_ && !line_is_told_) {
      handler_.body_line(line);
    }
    after_empty_line_ = empty;
  }
  line_.clear();
  line_is_longer_ = line_is_told_ = cr_is_held_ = false;
  ++line_number_;
}

// The line after one that may separate. True where it begins a header, and with it a message.
bool MailSplitter::end_pending_line(std::string_view line) {
  if (!pending_separates_ || !looks_like_field(line)) {
    pending_line_is_text(line);
    return false;
  }
  end_body();
  begin_message(line_number_ - 1);
  if (line_is_longer_) {
    handler_.header_too_long(message_line_);
    state_ = State::body;
  } else {
    header_.append(pending_).push_back('\n');
  }
  pending_.clear();
  return true;
}

void MailSplitter::pending_line_is_text(std::string_view next) {
  if (pending_.empty()) return;
  if (looks_like_field(next) && is_known_field(next)) {
    handler_.doubtful_separator(line_number_ - 1);
  }
  tell_pending_line();
}

void MailSplitter::tell_pending_line() {
  if (pending_.empty()) return;
  if (body_is_wanted_) handler_.body_line(pending_);
  pending_.clear();
}

void MailSplitter::begin_message(std::uint64_t line) {
  state_ = State::header;
  message_line_ = line;
}

void MailSplitter::end_header() {
  state_ = State::body;
  body_is_wanted_ = handler_.header_block(header_, message_line_);
  header_.clear();
}

void MailSplitter::end_body() {
  if (body_is_wanted_) handler_.body_ends();
  body_is_wanted_ = false;
}

}  // namespace postern::evidence

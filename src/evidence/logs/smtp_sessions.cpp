#include "evidence/logs/smtp_sessions.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

namespace postern::evidence {
namespace {

constexpr std::size_t longest_text = 1000;
constexpr std::size_t most_pending = 1000;  // commands and recipients of one session

// The address after "MAIL FROM:" or "RCPT TO:", without its brackets.
std::string_view path_of(std::string_view text) noexcept {
  const std::size_t open = text.find('<');
  if (open == std::string_view::npos) return trim(text.substr(0, text.find(' ')));
  return text.substr(open + 1, text.find('>', open) - open - 1);
}

}  // namespace

std::string_view host_of_reply(std::string_view reply) noexcept {
  if (!reply.starts_with("220") && !reply.starts_with("250")) return {};
  const std::string_view word = reply.substr(std::min<std::size_t>(4, reply.size()));
  const std::string_view name = word.substr(0, word.find(' '));
  const bool is_name = name.find('.') != std::string_view::npos && !is_ascii_digit(name[0]);
  return is_name ? name : std::string_view{};
}

void SmtpSession::reset() noexcept {
  recipients_.clear();
  sender.clear();
  sender_state = policy::ReversePath::State::unknown;
}

void SmtpSession::command(std::string_view text) {
  text = trim(text);
  Expected expected = Expected::other;
  if (istarts_with(text, "EHLO ") || istarts_with(text, "HELO ")) {
    helo = text.substr(5, longest_text);
  } else if (istarts_with(text, "STARTTLS")) {
    expected = Expected::starttls;
  } else if (istarts_with(text, "AUTH ")) {
    expected = Expected::auth;
  } else if (istarts_with(text, "MAIL FROM:")) {
    expected = Expected::mail;
    recipients_.clear();
    sender = path_of(text.substr(10)).substr(0, longest_text);
    sender_state =
        sender.empty() ? policy::ReversePath::State::null : policy::ReversePath::State::address;
  } else if (istarts_with(text, "RCPT TO:")) {
    expected = Expected::rcpt;
    if (recipients_.size() < most_pending) {
      recipients_.push_back({std::string(path_of(text.substr(8)).substr(0, longest_text)), false});
    }
  } else if (istarts_with(text, "DATA")) {
    expected = Expected::data;
  } else if (istarts_with(text, "BDAT ")) {
    if (ifind(text, "LAST") != std::string_view::npos) expected = Expected::text;
  } else if (istarts_with(text, "RSET")) {
    reset();
  }
  if (expected_.size() < most_pending) expected_.push_back(expected);
}

// What has not been answered, and what has been accepted, got this for an answer.
void SmtpSession::refuse_open(std::string_view text, std::vector<SessionRecipient>& settled) {
  for (Pending& each : recipients_)
    settled.push_back({std::move(each.address), std::string(text.substr(0, longest_text)), false});
  recipients_.clear();
}

void SmtpSession::reply(std::string_view text, std::vector<SessionRecipient>& settled) {
  text = trim(text);
  if (text.size() < 3 || !is_ascii_digit(text[0]) || (text.size() > 3 && text[3] == '-')) return;
  const bool good = text[0] == '2' || text[0] == '3';
  // The greeting answers no command.
  if (expected_.empty()) return;
  Expected expected = expected_.front();
  expected_.pop_front();
  // Some logs leave out good replies: a refusal is of the first recipient that waits.
  const auto waiting = std::find_if(recipients_.begin(), recipients_.end(),
                                    [](const Pending& each) { return !each.answered; });
  if (!good && expected == Expected::mail && waiting != recipients_.end() && !expected_.empty() &&
      expected_.front() == Expected::rcpt) {
    expected = Expected::rcpt;
    expected_.pop_front();
  }
  switch (expected) {
    case Expected::starttls:
      tls = tls || good;
      return;
    case Expected::auth:
      if (text.starts_with("235")) signed_in = true;
      if (text.starts_with("334")) expected_.push_front(Expected::auth);  // more is asked for
      return;
    case Expected::mail:
      if (!good) refuse_open(text, settled);
      return;
    case Expected::rcpt:
      if (waiting == recipients_.end()) return;
      waiting->answered = true;
      if (good) return;
      settled.push_back(
          {std::move(waiting->address), std::string(text.substr(0, longest_text)), false});
      recipients_.erase(waiting);
      return;
    case Expected::data:
      if (text[0] == '3') {
        expected_.push_front(Expected::text);
      } else {
        refuse_open(text, settled);
      }
      return;
    case Expected::text:
      for (Pending& each : recipients_)
        settled.push_back(
            {std::move(each.address), std::string(text.substr(0, longest_text)), good});
      recipients_.clear();
      return;
    case Expected::greeting:
    case Expected::other:
      return;
  }
}

}  // namespace postern::evidence
